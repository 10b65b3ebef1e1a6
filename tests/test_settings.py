"""Settings: where values come from, and that all that is wrong with them is said at once."""

from __future__ import annotations

import os
from dataclasses import fields
from pathlib import Path

import pytest

from loomgraph import settings
from loomgraph.errors import InvalidSettings, response_to


def test_defaults_follow_xdg(tmp_path: Path) -> None:
    assert settings.load({"HOME": str(tmp_path)}).data_dir == tmp_path / ".local/share/loomgraph"
    given = {"HOME": str(tmp_path), "XDG_DATA_HOME": str(tmp_path / "data")}
    assert settings.load(given).data_dir == tmp_path / "data" / "loomgraph"
    relative = {"HOME": str(tmp_path), "XDG_DATA_HOME": "data"}
    assert settings.load(relative).data_dir == tmp_path / ".local/share/loomgraph"


def test_the_environment_outranks_the_file(tmp_path: Path) -> None:
    file = tmp_path / "my.toml"
    file.write_text('jobs = 3\nexclude = ["*.gen.py", "docs/"]\nlock_wait = 1.5\n')
    found = settings.load({"HOME": str(tmp_path), "LOOMGRAPH_CONFIG": str(file), "LOOMGRAPH_JOBS": "2"})
    assert (found.jobs, found.exclude, found.lock_wait) == (2, ("*.gen.py", "docs/"), 1.5)
    assert found.source("jobs") == "LOOMGRAPH_JOBS"
    assert found.source("lock_wait") == f"{file}: lock_wait"
    assert found.source("color") == "default"


def test_the_usual_file_is_read_when_it_is_there(tmp_path: Path) -> None:
    folder = tmp_path / "config" / "loomgraph"
    folder.mkdir(parents=True)
    (folder / "config.toml").write_text('project = "mine"\n')
    found = settings.load({"HOME": str(tmp_path), "XDG_CONFIG_HOME": str(tmp_path / "config")})
    assert found.project == "mine"
    assert found.config_file == folder / "config.toml"


def test_all_problems_are_said_at_once_with_their_places(tmp_path: Path) -> None:
    file = tmp_path / "bad.toml"
    file.write_text('color = "pink"\nmystery = 1\nexclude = 7\n')
    environment = {
        "HOME": str(tmp_path),
        "LOOMGRAPH_CONFIG": str(file),
        "LOOMGRAPH_JOBS": "many",
        "LOOMGRAPH_DATA_DIR": "here",
        "LOOMGRAPH_LOCK_WAIT": "nan",
    }
    with pytest.raises(InvalidSettings) as caught:
        settings.load(environment)
    said = str(caught.value)
    for part in (
        f"{file}: color: must be auto, always or never",
        f"{file}: mystery: no such setting",
        f"{file}: exclude: must be a list",
        "LOOMGRAPH_JOBS: must be a number, not 'many'",
        "LOOMGRAPH_DATA_DIR: must be an absolute path, not 'here'",
        "LOOMGRAPH_LOCK_WAIT: must be between 0 and 86400",
    ):
        assert part in said
    assert len(caught.value.problems) == 6
    assert response_to(caught.value).exit == 2


@pytest.mark.parametrize("value", ["1.5", "-1", "257", "", "true", "inf"])
def test_jobs_is_a_small_whole_number(tmp_path: Path, value: str) -> None:
    with pytest.raises(InvalidSettings):
        settings.load({"HOME": str(tmp_path), "LOOMGRAPH_JOBS": value})


@pytest.mark.parametrize("text", ["jobs = true", "not toml", "\xff", "[jobs]\na = 1"])
def test_a_wrong_file_is_an_error(tmp_path: Path, text: str) -> None:
    file = tmp_path / "bad.toml"
    file.write_bytes(text.encode("latin-1"))
    with pytest.raises(InvalidSettings, match=r"bad\.toml"):
        settings.load({"HOME": str(tmp_path), "LOOMGRAPH_CONFIG": str(file)})


def test_a_named_file_must_exist(tmp_path: Path) -> None:
    with pytest.raises(InvalidSettings, match="LOOMGRAPH_CONFIG: no such file"):
        settings.load({"HOME": str(tmp_path), "LOOMGRAPH_CONFIG": str(tmp_path / "none.toml")})


def test_no_color_wins_unless_color_is_set(tmp_path: Path) -> None:
    home = {"HOME": str(tmp_path)}
    assert settings.load({**home, "NO_COLOR": "1"}).color == "never"
    assert settings.load({**home, "NO_COLOR": ""}).color == "auto"
    assert settings.load({**home, "NO_COLOR": "1", "LOOMGRAPH_COLOR": "always"}).color == "always"


def test_patterns_come_as_a_comma_list(tmp_path: Path) -> None:
    found = settings.load({"HOME": str(tmp_path), "LOOMGRAPH_INCLUDE": "src/, *.py ,"})
    assert found.include == ("src/", "*.py")


def test_folders_come_as_in_path_and_must_be_whole(tmp_path: Path) -> None:
    given = {"HOME": str(tmp_path), "LOOMGRAPH_INDEX_ROOTS": os.pathsep.join(["/srv/code", "", " /srv/more, too "])}
    assert settings.load(given).keeping.roots == ("/srv/code", "/srv/more, too")
    with pytest.raises(InvalidSettings, match="LOOMGRAPH_INDEX_ROOTS.*absolute"):
        settings.load({**given, "LOOMGRAPH_INDEX_ROOTS": "code"})


def test_unknown_variables_are_reported_not_refused(tmp_path: Path) -> None:
    assert settings.load({"HOME": str(tmp_path), "LOOMGRAPH_JBOS": "2"}).unknown == ("LOOMGRAPH_JBOS",)


def test_every_setting_is_declared_once_and_stands_where_it_says() -> None:
    plain = settings.Settings(data_dir=Path("/data"))
    held = {field.name for field in fields(settings.Settings)} - {"config_file", "sources", "unknown"}
    assert {setting.group or setting.attribute for setting in settings.FIELDS} == held
    names = [setting.name for setting in settings.FIELDS]
    variables = [name for setting in settings.FIELDS for name in (setting.variable, *setting.aliases)]
    assert len(names) == len(set(names))
    assert len(variables) == len(set(variables))
    assert all(setting.doc.endswith(".") and setting.default for setting in settings.FIELDS)
    for setting in settings.FIELDS:
        plain.value(setting)


def test_lightrags_names_count_but_ours_win(tmp_path: Path) -> None:
    file = tmp_path / "my.toml"
    file.write_text('llm_model = "from-file"\nllm_max_tokens = 7\n[llm_extra_body]\nthinking = false\n')
    given = {
        "HOME": str(tmp_path),
        "LOOMGRAPH_CONFIG": str(file),
        "LLM_BINDING": "openai",
        "LLM_MODEL": "theirs",
        "LOOMGRAPH_LLM_HOST": "http://127.0.0.1:9/v1/",
        "LLM_BINDING_HOST": "http://elsewhere/v1",
        "EMBEDDING_BINDING": "ollama",
        "EMBEDDING_MODEL": "jina",
        "EMBEDDING_DIM": "768",
        "EMBEDDING_BATCH_NUM": "",
        "OPENAI_LLM_TEMPERATURE": "None",
    }
    found = settings.load(given)
    assert (found.llm.model, found.llm.host, found.llm.max_tokens) == ("theirs", "http://127.0.0.1:9/v1", 7)
    assert found.llm.extra_body == {"thinking": False}
    assert found.llm.ready
    assert found.llm.temperature is None
    assert (found.embedding.name, found.embedding.model, found.embedding.dim) == ("ollama", "jina", 768)
    assert found.embedding.batch == 32
    assert found.embedding.base_url == "http://localhost:11434/v1"
    assert found.source("llm_model") == "LLM_MODEL"
    assert found.source("llm_host") == "LOOMGRAPH_LLM_HOST"
    assert settings.load({**given, "LOOMGRAPH_LLM_MODEL": "ours"}).llm.model == "ours"


@pytest.mark.parametrize(
    ("given", "speaks", "ready"),
    [
        ({}, "none", False),
        ({"LLM_MODEL": "m"}, "none", False),
        ({"LLM_MODEL": "m", "LLM_BINDING": "openai"}, "openai", True),
        ({"LLM_MODEL": "m", "LLM_BINDING_HOST": "http://h"}, "openai", True),
        ({"LLM_BINDING_HOST": "http://h"}, "openai", False),
        ({"LLM_MODEL": "m", "LLM_BINDING_HOST": "http://h", "LOOMGRAPH_LLM_BINDING": "none"}, "none", False),
    ],
)
def test_a_model_alone_sends_nothing_anywhere(given: dict[str, str], speaks: str, ready: bool) -> None:
    llm = settings.load({"HOME": "/", **given}).llm
    assert (llm.speaks, llm.ready) == (speaks, ready)


@pytest.mark.parametrize(
    ("name", "value", "says"),
    [
        ("LLM_BINDING", "gemini", "must be openai, ollama, openai-ollama or none"),
        ("LLM_BINDING_HOST", "localhost:8080", "must be the address of a server"),
        ("LLM_BINDING_HOST", "http://h:99999", "must be the address of a server"),
        ("LLM_BINDING_HOST", "http://user:pass@h/v1", "must not hold a user or a password"),
        ("OPENAI_LLM_EXTRA_BODY", "[1]", "must be a JSON object"),
        ("OPENAI_LLM_EXTRA_BODY", "{", "must be a JSON object"),
        ("OPENAI_LLM_TEMPERATURE", "3", "must be between 0 and 2"),
        ("EMBEDDING_SEND_DIM", "perhaps", "must be true or false"),
        ("EMBEDDING_BINDING", "bedrock", "must be static, local, openai, ollama or none"),
    ],
)
def test_what_is_wrong_with_a_server_is_said_under_the_name_it_was_given(name: str, value: str, says: str) -> None:
    with pytest.raises(InvalidSettings, match=f"{name}: {says}"):
        settings.load({"HOME": "/", name: value})


def test_secrets_are_shown_nowhere() -> None:
    given = {"HOME": "/", "LLM_BINDING_API_KEY": "sk-hidden", "LOOMGRAPH_EMBEDDING_API_KEY": "hf-hidden"}
    found = settings.load(given)
    assert (found.llm.api_key.reveal(), found.embedding.api_key.reveal()) == ("sk-hidden", "hf-hidden")
    shown = [repr(found), str(found), *(str(found.value(one)) for one in settings.FIELDS)]
    assert "hidden" not in " ".join(shown)
    with pytest.raises(InvalidSettings) as caught:
        settings.load({"HOME": "/", "LLM_BINDING_API_KEY": "hid\nden"})
    assert "hid" not in str(caught.value)

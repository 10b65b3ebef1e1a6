"""What is generated, word for word; and that those who read it take it: our settings, LightRAG, YAML's readers."""

from __future__ import annotations

import json
import os
import re
import subprocess
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import settings as settings_of_hypothesis
from hypothesis import strategies as st

from loomgraph import settings
from loomgraph.deploy import docker, dotenv, files, secrets, variables
from loomgraph.deploy.plan import LIGHTRAG_START, Deployment, Storage
from tests.deploy import planned
from tests.deploy.readers import LIGHTRAG_PYTHON

GOLDEN = Path(__file__).parents[1] / "golden" / "deploy"
PLANS = {"instances": planned.instances, "server": planned.server}
SECRETS = {"LIGHTRAG_API_KEY": "it's $ecret", "POSTGRES_PASSWORD": "p#ss word", "REDIS_URI": "redis://:x@db:6379"}
_letters = st.text("abcxyzABC019_-", min_size=1, max_size=50)
_names = st.one_of(_letters, st.sampled_from(["default", "a-b", "a_b", "A-B", "a" * 60, "a" * 61])).filter(
    lambda name: name[0].isalnum()
)


@pytest.fixture(autouse=True)
def known_secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in secrets.NAMES:
        monkeypatch.delenv(name, raising=False)
    for name, value in SECRETS.items():
        monkeypatch.setenv(name, value)


@pytest.mark.parametrize("layout", PLANS)
def test_every_text_is_as_reviewed(layout: str) -> None:
    """Run with UPDATE_GOLDEN=1 to accept changed texts; the difference is for review."""
    here = str(LIGHTRAG_START.parent)
    made = {text.path: text.content.replace(here, "/opt/loomgraph") for text in files.texts(PLANS[layout]())}
    folder = GOLDEN / layout
    if os.environ.get("UPDATE_GOLDEN"):
        for path, content in made.items():
            target = folder / path.replace("/.env", "/env")  # .gitignore passes over .env
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(content, encoding="utf-8")
    kept = {
        path.relative_to(folder).as_posix().replace("/env", "/.env"): path.read_text("utf-8")
        for path in folder.rglob("*")
        if path.is_file()
    }
    assert made == kept


def test_generation_is_a_function_of_the_plan() -> None:
    assert files.texts(planned.server()) == files.texts(planned.server())
    assert {text.mode for text in files.texts(planned.server()) if text.path.endswith(".env")} == {0o600}


@pytest.mark.parametrize("layout", PLANS)
def test_our_server_reads_the_settings(layout: str, tmp_path: Path) -> None:
    deployment = PLANS[layout](tmp_path)
    process = next(one for one in deployment.processes if one.kind == "loomgraph")
    found = settings.load(dotenv.read(files.env(deployment, process)))
    assert (found.server.host, found.server.port) == ("127.0.0.1", str(process.port))
    assert found.data_dir == process.data
    assert found.llm.extra_body == planned.EXTRA
    assert (found.llm.model, found.llm.max_tokens, found.llm.host) == ("glm-4.7", 4096, "http://127.0.0.1:3000/v1")
    assert (found.embedding.name, found.embedding.dim, found.embedding.model) == ("openai", 768, "jina-code")
    assert found.server.api_key.reveal() == SECRETS["LIGHTRAG_API_KEY"]
    assert found.server.max_body_bytes == 200 * 1024 * 1024
    assert found.server.workers == (4 if layout == "server" else 1)
    assert found.server.workspace == ("default" if layout == "server" else "shop")
    assert not found.unknown


def test_static_vectors_and_no_model_are_said_plainly(tmp_path: Path) -> None:
    plain = Deployment(tmp_path, instances=planned.projects(tmp_path, ("shop", "loomgraph", "native")))
    found = settings.load(dotenv.read(files.env(plain, plain.processes[0])))
    assert (found.embedding.name, found.llm.ready) == ("static", False)


@pytest.mark.parametrize("layout", PLANS)
def test_lightrags_own_server_reads_the_settings(layout: str, tmp_path: Path) -> None:
    if not LIGHTRAG_PYTHON.exists():
        pytest.skip("no .venv-lightrag: `make lightrag` installs LightRAG")
    deployment = PLANS[layout](tmp_path)
    process = deployment.process("legacy")
    assert process
    process.folder.mkdir()
    process.env_file.write_text(files.env(deployment, process), encoding="utf-8")
    found = lightrags_reading(process.folder)
    expected = {
        "workspace": "legacy", "host": "127.0.0.1", "port": process.port, "working_dir": str(process.data),
        "input_dir": str(process.inputs), "llm_binding": "openai", "llm_model": "glm-4.7", "key": "it's $ecret",
        "llm_binding_host": "http://127.0.0.1:3000/v1", "llm_binding_api_key": "EMPTY", "embedding_dim": 768,
        "embedding_model": "jina-code", "embedding_binding": "openai", "embedding_binding_api_key": "EMPTY",
        "embedding_token_limit": 8192, "openai_llm_extra_body": planned.EXTRA, "openai_llm_max_tokens": 4096,
        "max_request_body_bytes": 200 * 1024 * 1024, "max_upload_size": 200 * 1024 * 1024,
    }  # fmt: skip
    assert {name: found[name] for name in expected} == expected
    storages = [found[f"{name}_storage"] for name in ("kv", "vector", "graph", "doc_status")]
    files_of_theirs = ["JsonKVStorage", "NanoVectorDBStorage", "NetworkXStorage", "JsonDocStatusStorage"]
    postgres = ["PGKVStorage", "PGVectorStorage", "PGTableGraphStorage", "PGDocStatusStorage"]
    assert storages == (postgres if layout == "server" else files_of_theirs)
    assert found["password"] == (SECRETS["POSTGRES_PASSWORD"] if layout == "server" else None)


def lightrags_reading(folder: Path) -> dict[str, Any]:
    """What LightRAG's own parser makes of the ``.env`` of a folder, and the password it sees."""
    read = (
        "import json, os, sys; sys.argv = ['x']\nfrom lightrag.api.config import parse_args\n"
        "print(json.dumps({**vars(parse_args()), 'password': os.environ.get('POSTGRES_PASSWORD')}, default=str))"
    )
    clean = {"PATH": os.environ["PATH"], "HOME": str(folder)}
    done = subprocess.run([LIGHTRAG_PYTHON, "-c", read], cwd=folder, env=clean, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout.splitlines()[-1])
    assert isinstance(found, dict)
    return found


@pytest.mark.parametrize("layout", PLANS)
def test_the_compose_file_is_yaml_that_says_the_same(layout: str) -> None:
    deployment = PLANS[layout](Path("/srv/gr$phs"))
    found = yaml.safe_load(docker.compose(deployment))
    services = found["services"]
    assert len(services) == len(deployment.processes) + 1
    for process in deployment.processes:
        name = "server" if process.name == "_server" else f"project-{process.name}"
        service = services[name]
        assert service["volumes"][0]["source"] == str(process.folder).replace("$", "$$")
        assert service["entrypoint"][:3] == ["sh", "/srv/gr$$phs/with-env.sh", process.folder.name]
        assert f":{process.port}/health" in service["healthcheck"]["test"][-1]
        assert service["build"]["dockerfile"] in docker.files(deployment)


def test_ports_are_told_for_projects_of_the_one_server_too() -> None:
    rows = {row.name: row for row in files.port_rows(planned.server())}
    assert rows["shop"].url == "https://graphs.example.org:3001/p/shop"
    assert rows["legacy"].url == "https://graphs.example.org:3013"
    assert rows["(server)"].inside_url == "http://127.0.0.1:9621"
    assert rows["embedding"].url == "https://graphs.example.org:3002"


@settings_of_hypothesis(max_examples=200)
@given(st.lists(_names, max_size=6, unique_by=str.lower))
def test_lightrag_on_servers_keeps_projects_apart(names: list[str]) -> None:
    """However a storage spells a name: in small letters, with ``_`` for all else, cut at 36."""
    base = replace(planned.instances(), storage=Storage("postgres"))
    found = [variables.workspace(base, replace(base.instances[2], name=name)) for name in names]
    spelled = {re.sub(r"\W", "_", one.lower())[:36] for one in found}
    assert len(spelled) == len(names)
    assert all(re.fullmatch("[a-z0-9_]{1,36}", one) and one != "default" for one in found)
    alone = replace(base, storage=Storage())
    assert [variables.workspace(alone, replace(base.instances[2], name=name)) for name in names] == names


def test_secrets_come_from_the_nearest_place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    deployment = planned.instances(tmp_path)
    shop, bank = deployment.processes[:2]
    shop.folder.mkdir()
    (tmp_path / "secrets.env").write_text("LIGHTRAG_API_KEY=of-all\nexport OTHER_KEY='x # y'\n")
    (shop.folder / "secrets.env").write_text('LIGHTRAG_API_KEY="of shop"\n')
    assert secrets.secrets_of(deployment, shop)["LIGHTRAG_API_KEY"] == "of shop"
    assert secrets.secrets_of(deployment, bank)["LIGHTRAG_API_KEY"] == "of-all"
    assert secrets.secrets_of(deployment, bank)["OTHER_KEY"] == "x # y"
    shop.env_file.write_text("POSTGRES_PASSWORD=kept\nLLM_BINDING_API_KEY=EMPTY\n")
    monkeypatch.delenv("POSTGRES_PASSWORD")
    found = secrets.secrets_of(deployment, shop)
    assert found["POSTGRES_PASSWORD"] == "kept"
    assert "LLM_BINDING_API_KEY" not in found
    assert len(secrets.readable_by_others(deployment)) == 2


def test_a_proxy_open_to_others_without_keys_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    deployment = planned.instances()
    monkeypatch.delenv("LIGHTRAG_API_KEY")
    assert secrets.open_to_all(deployment) == []
    beyond = replace(deployment, proxy=replace(deployment.proxy, listen="0.0.0.0"))
    assert secrets.open_to_all(beyond) == ["shop", "bank-2", "legacy"]
    assert secrets.open_to_all(replace(beyond, proxy=replace(beyond.proxy, allow=("10.0.0.0/8",)))) == []

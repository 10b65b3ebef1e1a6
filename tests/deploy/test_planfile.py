"""``deployment.toml``: what is written is read as it was, comments stay, and all that is wrong is said at once."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from loomgraph.deploy import planfile
from loomgraph.deploy.plan import LIGHTRAG_START, Deployment, Engine, Instance, Kind, Llm, Proxy, Storage
from loomgraph.errors import NoDeployment, PlanInvalid
from tests.deploy import planned

FOLDER = Path("/srv/graphs")
_line = st.text(st.characters(exclude_categories=["Cc", "Cs"]), max_size=20)
_leaf = st.one_of(
    st.booleans(), st.integers(-(2**60), 2**60), st.text(st.characters(exclude_categories=["Cs"]), max_size=9)
)
_key = st.text("a\"'. #=é", max_size=5)
_json = st.recursive(
    _leaf,
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(_key, inner, max_size=3)),
    max_leaves=6,
)


@pytest.mark.parametrize("plan", [planned.instances, planned.server, lambda: Deployment(FOLDER)])
def test_a_plan_is_read_as_it_was_written(plan: type[Deployment]) -> None:
    deployment = plan()  # type: ignore[call-arg]
    text = planfile.dump(deployment)
    assert planfile.parse(text, FOLDER) == deployment
    assert planfile.dump(planfile.parse(text, FOLDER)) == text


@settings(max_examples=150, deadline=None)
@given(_line, _line, st.dictionaries(st.text(max_size=5).filter(str.isprintable), _json, max_size=3))
def test_any_text_is_read_as_it_was_written(model: str, path: str, extra: dict[str, object]) -> None:
    llm = Llm(model=model, extra_body=extra)
    proxy = Proxy(tls_certificate=f"/{path}x".replace("$", ""), tls_key="/y")
    deployment = Deployment(FOLDER, llm=llm, proxy=proxy, storage=Storage(user=model))
    assert planfile.parse(planfile.dump(deployment), FOLDER) == deployment


_edits = st.lists(st.tuples(st.booleans(), st.integers(0, 5)), max_size=14)


@settings(max_examples=100, deadline=None)
@given(_edits)
def test_adding_and_removing_keep_all_else(edits: list[tuple[bool, int]]) -> None:
    """Projects come and go in any order; the comments of the file and of those that stay, stay."""
    plain = Deployment(FOLDER)
    text = "# A person's first line\n" + planfile.dump(plain).replace(
        "[llm]", "[llm] # asked of\n# two lines of\n# mine"
    )
    there: dict[str, Instance] = {}
    for add, number in edits:
        name = f"p{number}"
        if add and name not in there:
            environment = {"TOP_K": str(number)} if number % 2 else {}
            there[name] = Instance(
                name, "loomgraph", "native", 9700 + number, 3100 + number, FOLDER / name, environment
            )
            text = planfile.with_table(text, there[name])
            text = text.replace(f'name = "{name}"\n', f'# of {name}\nname = "{name}" # named\n')
        elif not add and name in there:
            text = planfile.without_table(text, name)
            del there[name]
        found = planfile.parse(text, FOLDER)
        assert found == replace(plain, instances=tuple(there.values()))
    assert text.startswith("# A person's first line\n")
    assert "[llm] # asked of\n# two lines of\n# mine" in text
    assert [name for name in (f"p{number}" for number in range(6)) if f"# of {name}\n" in text] == sorted(there)
    assert "\n\n\n" not in text


def test_a_comment_above_a_table_goes_with_it() -> None:
    text = planfile.dump(replace(Deployment(FOLDER), instances=two()))
    text = text.replace('[[instance]]\nname = "b"', '# why there is a b\n[[instance]]\nname = "b"')
    assert "why there is a b" in planfile.without_table(text, "a")
    assert "why there is a b" not in planfile.without_table(text, "b")


def two() -> tuple[Instance, ...]:
    return planned.projects(FOLDER, ("a", "loomgraph", "native"), ("b", "loomgraph", "native"))


# what is wrong → what is said of it
WRONG = {
    'profile = "developmnt"': "profile: Invalid enum value",
    "[ports]\nhots = 1": "ports.hots: no such setting",
    "[ports]\ninside = [1, 2, 3]": "ports.inside",
    "[ports]\nhost = 'localhost'": "ports.host",
    "[ports]\noutside = [4000, 3000]": "ports.outside: must be the first and the last port",
    "[llm]\nurl = 'http://user:pw@host/v1'": "llm.url: must be an address without a user",
    "[llm]\nurl = 'http://host/\"; evil'": "llm.url",
    "[proxy]\nserver_name = 'a b; evil'": "proxy.server_name",
    "[proxy]\nlisten = 'any'": "proxy.listen",
    "[proxy]\nallow = ['10.0.0.0/99']": "proxy.allow",
    "[proxy]\ntls_certificate = '/x'": "tls_certificate and tls_key come together",
    "[proxy]\ntls_certificate = \"a\\nb\"\ntls_key = 'k'": "proxy.tls_certificate: must be one line",
    "[proxy]\ntls_certificate = '/a$b'\ntls_key = '/k'": "proxy.tls_certificate: must be an absolute path",
    "[proxy]\ntls_certificate = '/a'\ntls_key = 'k'": "proxy.tls_key: must be an absolute path",
    "[proxy]\nmax_body = '200 MB'": "proxy.max_body",
    "[run]\nuser = 'root; x'": "run.user",
    "[environment]\nOPENAI_API_KEY = 'sk'": "environment.OPENAI_API_KEY: a secret belongs into secrets.env",
    '[environment]\nX = "a\\nb"': "X cannot stand in a file of variables",
    "[environment]\nPORT = 8080": "environment.PORT: the plan says it already",
    "[environment]\nX = [1]": "environment.X: must be text",
    "[[instance]]\nname = '../etc'": "instance ../etc: ",
    "[[instance]]\nname = 'a'\nprot = 1": "instance a.prot: no such setting",
    "[[instance]]\nname = 'a'\nport = 70000\noutside = 3011": "a: 70000 is no port",
    "[[instance]]\nname = 'a'\nport = 3000\noutside = 3011": "port 3000 is both that of the LLM and of a",
    "[[instance]]\nname = 'a'\nport = 9621\noutside = 3011": "port 9621 is both that of the project default and of a",
    "[[instance]]\nname = 'a'\nport = 9700\noutside = 9700": "port 9700 is both that of a and of a at the proxy",
    "[[instance]]\nname='a'\nport=1\noutside=2\n[[instance]]\nname='A'\nport=3\noutside=4": "A: named twice",
    "[[instance]]\nname = 'a'\nkind = 'lightrag'\nport = 9\noutside = 8": "LightRAG needs a language model",
    "layout = 'server'\n[[instance]]\nname = 'a'\nengine = 'lightrag'": "the one server makes projects with its own",
    "[[instance]]\nname = 'a'\nkind = 'neo4j'": "instance a.kind",
    "[[instance]]\nname = 'a'\nkind = 'lightrag'\nengine = 'native'\nport = 9\noutside = 8": "has the engine lightrag",
    "instance = 3": "each project is a table",
    "ports = 3": "ports: must be a table",
    "nothing = 1": "nothing: no such setting",
    "x = ": "Invalid value",
}


@pytest.mark.parametrize("text", WRONG)
def test_what_is_wrong_is_said(text: str) -> None:
    with pytest.raises(PlanInvalid) as error:
        planfile.parse(f"version = 1\n{text}\n", FOLDER)
    assert WRONG[text] in str(error.value)
    assert "/srv/graphs/deployment.toml" in str(error.value)


def test_all_that_is_wrong_is_said_at_once() -> None:
    with pytest.raises(PlanInvalid) as error:
        planfile.parse("version = 2\nx = 1\n[llm]\nmodel = 3\n", FOLDER)
    assert len(error.value.problems) == 3


def test_a_folder_without_a_plan_is_none(tmp_path: Path) -> None:
    for folder in (tmp_path, tmp_path / "none"):
        with pytest.raises(NoDeployment, match="deploy init"):
            planfile.load(folder)
    (tmp_path / "deployment.toml").write_bytes(b"\xff\xfe")
    with pytest.raises(PlanInvalid, match="utf-8"):
        planfile.load(tmp_path)


def test_what_runs_follows_from_the_layout() -> None:
    kinds: list[tuple[str, Kind, Engine]] = [("a", "loomgraph", "native"), ("b", "lightrag", "lightrag")]
    base = Deployment(FOLDER, instances=planned.projects(FOLDER, *kinds))
    assert [one.name for one in base.processes] == ["a", "b"]
    one_server = replace(base, layout="server")
    assert [one.name for one in one_server.processes] == ["_server", "b"]
    assert one_server.outside_address(base.instances[0]) == "http://127.0.0.1:3001/p/a"
    assert one_server.outside_address(base.instances[1]) == "http://127.0.0.1:3012"
    assert base.command(base.instances[0])[:4] == ("loomgraph", "serve", "--project", "a")
    assert base.command(base.instances[1]) == ("python3", str(LIGHTRAG_START))
    assert LIGHTRAG_START.is_file()

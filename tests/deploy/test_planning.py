"""Making a deployment, adding and removing projects: checked before anything is written, and nobody's work is lost."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from loomgraph.deploy import dotenv, files, planfile, planning, ports, secrets, writing
from loomgraph.deploy.plan import Deployment, Embedding, Llm, Ports
from loomgraph.errors import (
    DeployError,
    DeploymentExists,
    InstanceExists,
    InstanceRuns,
    InvalidProjectName,
    NoDeployment,
    NoPortLeft,
    PlanInvalid,
    PortTaken,
    UnknownInstance,
)
from tests.ports import free_port, heard_only


@pytest.fixture
def heard(monkeypatch: pytest.MonkeyPatch) -> set[int]:
    """The ports at which somebody listens."""
    return heard_only(monkeypatch)


@pytest.fixture
def folder(tmp_path: Path, heard: set[int]) -> Path:
    """A deployment in which nothing is planned yet."""
    made = replace(
        planning.fresh(tmp_path / "graphs", "development"),
        ports=Ports(inside=(39631, 39640), outside=(33011, 33020), default_inside=39621, default_outside=33001),
        llm=Llm(model="m", url="http://127.0.0.1:33000/v1"),
        embedding=Embedding("openai", "e", url="http://127.0.0.1:39624/v1", outside=33002, dim=8),
    )
    planning.init(made)
    return made.folder


@pytest.fixture
def listener(heard: set[int]) -> int:
    heard.add(39632)
    return 39632


def tree(folder: Path) -> dict[str, tuple[int, bytes]]:
    return {
        path.relative_to(folder).as_posix(): (path.stat().st_mode, path.read_bytes())
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def never(_instance: object) -> bool:
    return False


def test_a_new_deployment_holds_all_it_needs(folder: Path) -> None:
    made = tree(folder)
    assert {"deployment.toml", "secrets.env", "PORTS.md", "start-all.sh", "_nginx/site.conf"} <= made.keys()
    assert made["secrets.env"][0] & 0o777 == 0o600
    assert os.access(folder / "start-all.sh", os.X_OK)
    assert dotenv.read_file(folder / "secrets.env") == {}
    assert {state.outcome for state in planning.generate(folder).states} == {"same"}
    assert tree(folder) == made
    with pytest.raises(DeploymentExists):
        planning.init(planning.fresh(folder, "development"))
    assert tree(folder) == made


def test_profiles_are_what_the_field_recommends(tmp_path: Path) -> None:
    small, large = planning.fresh(tmp_path, "development"), planning.fresh(tmp_path, "production")
    assert (small.layout, small.storage.store) == ("instances", "files")
    assert (large.layout, large.storage.store, large.run.workers > 1) == ("server", "postgres", True)
    assert planning.fresh(tmp_path, "production", "instances").layout == "instances"


def test_ports_are_the_next_that_are_free(folder: Path, listener: int) -> None:
    made = [planning.add(folder, name).instance for name in ("a", "b", "default")]
    assert [(one.port, one.outside) for one in made if one] == [(39631, 33011), (39633, 33012), (39621, 33001)]
    assert dotenv.read_file(folder / "b" / ".env")["PORT"] == "39633"
    assert (folder / "b" / "rag_storage").is_dir()
    assert (folder / "b" / ".env").stat().st_mode & 0o777 == 0o600
    assert "33012" in (folder / "PORTS.md").read_text()


@pytest.mark.parametrize(
    ("wish", "reason"),
    [
        ({"port": 39631}, "that of a in the plan"),
        ({"port": 33002}, "the embedding server at the proxy"),
        ({"port": 33000}, "the LLM"),
        ({"port": 39621}, "the project default"),
        ({"port": 39632}, "somebody listens there now"),
        ({"outside": 39632}, "somebody listens there now"),
        ({"port": 39700, "outside": 39700}, "itself"),
    ],
)
def test_a_port_that_is_taken_is_refused_before_anything_is_written(
    folder: Path, listener: int, wish: dict[str, int], reason: str
) -> None:
    planning.add(folder, "a")
    before = tree(folder)
    with pytest.raises(PortTaken, match=reason):
        planning.add(folder, "b", **wish)  # type: ignore[arg-type]
    assert tree(folder) == before
    assert not (folder / "b").exists()


def test_a_port_that_was_written_by_hand_is_looked_at_too(folder: Path, listener: int, heard: set[int]) -> None:
    planning.add(folder, "a")
    plan = folder / "deployment.toml"
    plan.write_text(plan.read_text().replace("port = 39631", "port = 39632"))
    before = tree(folder)
    with pytest.raises(PortTaken, match="somebody listens there now"):
        planning.generate(folder)
    assert tree(folder) == before
    heard.add(39631)  # the project itself, as it runs
    plan.write_text(plan.read_text().replace("port = 39632", "port = 39631"))
    assert {state.outcome for state in planning.generate(folder).states} == {"same"}


def test_a_full_range_is_said(folder: Path) -> None:
    path = folder / "deployment.toml"
    path.write_text(path.read_text().replace("[39631, 39640]", "[39631, 39631]"))
    planning.add(folder, "a")
    with pytest.raises(NoPortLeft, match="39631 to 39631"):
        planning.add(folder, "b")


def test_listeners_are_seen_on_any_address() -> None:
    port = free_port()
    with socket.create_server(("127.0.0.1", port)):
        assert ports.listening(port)
    assert not ports.listening(port)
    if socket.has_ipv6:
        with socket.create_server(("::1", 0), family=socket.AF_INET6) as other:
            assert ports.listening(other.getsockname()[1])


def test_names_are_checked_first(folder: Path) -> None:
    before = tree(folder)
    for name in ("../up", "", "_server", "a b", "con"):
        with pytest.raises(InvalidProjectName):
            planning.add(folder, name)
    planning.add(folder, "shop")
    with pytest.raises(InstanceExists):
        planning.add(folder, "SHOP")
    with pytest.raises(UnknownInstance):
        planning.remove(folder, "none", keep_data=False, runs=never)
    with pytest.raises(NoDeployment):
        planning.add(folder / "none", "a")
    assert before.keys() < tree(folder).keys()
    assert not (folder / "none").exists()


def test_lightrag_without_a_model_is_refused(folder: Path) -> None:
    path = folder / "deployment.toml"
    path.write_text(path.read_text().replace('model = "m"', 'model = ""'))
    before = tree(folder)
    with pytest.raises(PlanInvalid, match="needs a language model"):
        planning.add(folder, "legacy", "lightrag")
    assert tree(folder) == before


def test_what_cannot_be_written_is_refused_before_anything_is(folder: Path) -> None:
    path = folder / "deployment.toml"
    path.write_text(path.read_text().replace('model = "m"', 'model = "${HOME}"'))
    before = tree(folder)
    with pytest.raises(DeployError.__mro__[1], match="LLM_MODEL cannot stand"):
        planning.add(folder, "shop")
    assert tree(folder) == before


def test_removing_leaves_no_trace_or_the_data(folder: Path) -> None:
    before = tree(folder)
    planning.add(folder, "a")
    (folder / "a" / "rag_storage" / "kept").write_text("x")
    planning.remove(folder, "a", keep_data=True, runs=never)
    assert (folder / "a" / "rag_storage" / "kept").read_text() == "x"
    assert not (folder / "a" / ".env").exists()
    planning.add(folder, "a")
    planning.remove(folder, "a", keep_data=False, runs=never)
    assert tree(folder) == before
    assert not (folder / "a").exists()


def test_what_runs_is_not_removed(folder: Path) -> None:
    planning.add(folder, "a")
    before = tree(folder)
    with pytest.raises(InstanceRuns):
        planning.remove(folder, "a", keep_data=False, runs=lambda one: one.name == "a")
    assert tree(folder) == before


def test_a_link_is_not_followed_to_delete(folder: Path, tmp_path: Path) -> None:
    planning.add(folder, "a")
    (folder / "a").rename(tmp_path / "elsewhere")
    (folder / "a").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(DeployError, match="is a link"):
        planning.remove(folder, "a", keep_data=False, runs=never)
    assert (tmp_path / "elsewhere" / ".env").exists()
    assert planfile.load(folder).instance("a")


def test_what_a_person_changed_is_reported_and_left(folder: Path) -> None:
    planning.add(folder, "a")
    (folder / "PORTS.md").write_text("mine")
    (folder / "a" / ".env").unlink()
    states = {state.path: state.outcome for state in planning.generate(folder).states}
    assert (states["PORTS.md"], states["a/.env"]) == ("changed", "new")
    assert (folder / "PORTS.md").read_text() == "mine"
    forced = {state.path: state.backup for state in planning.generate(folder, force=True).states}
    assert forced["PORTS.md"] == "PORTS.md.orig"
    assert (folder / "PORTS.md.orig").read_text() == "mine"
    (folder / "PORTS.md").write_bytes(b"again \xff")
    planning.generate(folder, force=True)
    assert (folder / "PORTS.md.orig").read_text() == "mine"
    assert (folder / "PORTS.md.orig.1").read_bytes() == b"again \xff"


def test_files_that_were_there_before_are_left(folder: Path) -> None:
    (folder / "b").mkdir()
    (folder / "b" / ".env").write_text("OWN=1\n")
    states = {state.path: state.outcome for state in planning.add(folder, "b").states}
    assert states["b/.env"] == "changed"
    assert dotenv.read_file(folder / "b" / ".env") == {"OWN": "1"}
    (folder / writing.MANIFEST).write_text("{broken")
    assert {state.outcome for state in planning.generate(folder).states} == {"same", "changed"}


def test_a_mode_that_was_loosened_is_tightened(folder: Path) -> None:
    planning.add(folder, "a")
    (folder / "a" / ".env").chmod(0o644)
    planning.generate(folder)
    assert (folder / "a" / ".env").stat().st_mode & 0o777 == 0o600


def test_differences_show_no_secrets(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    planning.add(folder, "a")
    monkeypatch.setenv("LIGHTRAG_API_KEY", "very-secret")
    (folder / "secrets.env").write_text("MY_OWN_THING=also-secret\n")
    with (folder / "a" / ".env").open("a") as stream:
        stream.write("export ADDED_BY_HAND='a third'\n#OLD_KEY=a third one\nX='\na third line'\n")
    deployment = planfile.load(folder)
    shown = writing.differences(folder, files.texts(deployment), secrets.hidden(deployment))
    assert "ADDED_BY_HAND=(not shown)" in shown
    assert "a third" not in shown
    assert "LIGHTRAG_API_KEY=(not shown)" in shown
    assert "very-secret" not in shown
    assert "also-secret" not in shown
    assert not json.loads((folder / writing.MANIFEST).read_text())["files"].keys() & {"secrets.env", "deployment.toml"}


def test_adding_at_once_gives_each_its_own_ports(folder: Path) -> None:
    run = "import sys; from pathlib import Path; from loomgraph.deploy import planning\n"
    run += "planning.add(Path(sys.argv[1]), sys.argv[2])"
    names = [f"p{number}" for number in range(4)]
    started = [subprocess.Popen([sys.executable, "-c", run, str(folder), name]) for name in names]
    assert [one.wait() for one in started] == [0] * len(names)
    found = planfile.load(folder)
    assert {one.name for one in found.instances} == set(names)
    assert len({one.port for one in found.instances} | {one.outside for one in found.instances}) == 2 * len(names)
    assert all(state.outcome == writing.SAME for state in writing.states(folder, files.texts(found)))


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can write what belongs to others")
def test_what_root_generates_belongs_to_the_user(folder: Path) -> None:
    nobody = 65534
    (folder / ".lock").unlink()
    for path in [folder, *folder.rglob("*")]:
        os.chown(path, nobody, nobody)
    planning.add(folder, "a")
    plan = folder / "deployment.toml"
    plan.write_text(plan.read_text().replace('listen = "127.0.0.1"', 'listen = "::1"'))
    planning.generate(folder)
    assert [path for path in folder.rglob("*") if path.stat().st_uid != nobody] == []
    assert (folder / "a").stat().st_mode & 0o777 == 0o700


def test_projects_of_the_one_server_have_no_ports(tmp_path: Path, heard: set[int]) -> None:
    large = planning.fresh(tmp_path / "large", "development", "server")
    large = replace(large, ports=Ports(default_inside=39621, default_outside=33001))
    planning.init(large)
    done = planning.add(large.folder, "shop")
    assert done.instance
    assert (done.instance.port, done.instance.outside) == (0, 0)
    assert not (large.folder / "shop").exists()
    with pytest.raises(PortTaken, match="no process of its own"):
        planning.add(large.folder, "bank", port=39700)
    planning.remove(large.folder, "shop", keep_data=False, runs=never)
    assert not planfile.load(large.folder).instances


def test_a_folder_no_file_can_name_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DeployError, match="control character"):
        planning.init(Deployment(tmp_path / "a\nb"))

"""Pushes: only what is lacking travels, the graph is that of an index, and nothing hostile gets anywhere."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import threading
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from loomgraph.errors import (
    BadInput,
    DiskFull,
    Forbidden,
    InvalidRequest,
    LoomGraphError,
    NotPushable,
    PushIncomplete,
    UnknownProject,
    UnknownPush,
)
from loomgraph.service import Service
from loomgraph.settings import load
from loomgraph.workspaces.pushed import hash_of

SHOP = Path(__file__).resolve().parents[2] / "docs" / "examples" / "shop"
CODE = {
    "shop/cart.py": b"from shop.price import total\n\n\ndef add():\n    return total()\n",
    "shop/price.py": b"def total():\n    return 1\n",
    "latin.py": "# é\nx = 1\n".encode("latin-1"),
}


@pytest.fixture
def service(tmp_path: Path) -> Service:
    return Service(load({"LOOMGRAPH_DATA_DIR": str(tmp_path / "data"), "HOME": str(tmp_path)}), tmp_path)


def lines(rows):
    return b"".join(json.dumps(row).encode() + b"\n" for row in rows)


def manifest(files):
    return lines({"path": path, "hash": hash_of(data), "size": len(data)} for path, data in files.items())


def content(files, hashes):
    import base64

    by_hash = {hash_of(data): data for data in files.values()}
    rows = []
    for digest in hashes:
        try:
            rows.append({"hash": digest, "text": by_hash[digest].decode()})
        except UnicodeDecodeError:
            rows.append({"hash": digest, "base64": base64.b64encode(by_hash[digest]).decode()})
    return lines(rows)


def push(service, files, project="shop", *, alone=True):
    """A whole push; gives the summary and how many contents travelled."""
    plan = service.sync_plan(project, manifest(files))
    if plan.lacks:
        received = service.sync_content(project, plan.plan, content(files, plan.lacks))
        assert received.lacks == 0 or not alone  # what another push cleared away is missed when this one commits
    return service.sync_commit(project, plan.plan), len(plan.lacks)


def no_room(*_: object) -> None:
    raise DiskFull(path="here", reason="none left")


def edges(service, project):
    with service.reading(project) as (_, reader):
        return [(edge.kind, edge.source, edge.target, edge.lines, edge.resolution) for edge in reader.all_edges()]


def test_a_push_gives_the_graph_of_an_index(service, tmp_path):
    shutil.copytree(SHOP, tmp_path / "code", ignore=shutil.ignore_patterns("__pycache__"))
    service.index(str(tmp_path / "code"), project="indexed")
    found = service.local_files(str(tmp_path / "code"))
    summary, travelled = push(
        service, {file.path: (tmp_path / "code" / file.path).read_bytes() for file in found.files}
    )
    assert (summary.new, summary.project, summary.root) == (True, "shop", "")
    assert travelled == len({file.hash for file in found.files})
    assert edges(service, "shop") == edges(service, "indexed")
    assert service.project("shop").root == ""


def test_only_what_changed_travels(service):
    push(service, CODE)
    changed = {**CODE, "shop/price.py": b"def total():\n    return 2\n"}
    summary, travelled = push(service, changed)
    assert (travelled, summary.changed, summary.added, summary.deleted, summary.new) == (1, 1, 0, 0, False)
    summary, travelled = push(service, changed)
    assert (travelled, summary.up_to_date) == (0, True)


def test_moved_copied_and_swapped_files_do_not_travel_again(service):
    push(service, CODE)
    moved = {"a/cart.py": CODE["shop/cart.py"], "b/cart.py": CODE["shop/cart.py"],
             "latin.py": CODE["shop/price.py"], "shop/price.py": CODE["latin.py"]}  # fmt: skip
    _, travelled = push(service, moved)
    assert travelled == 0
    for path, data in moved.items():
        assert service.source(path, project="shop").text.encode() == data.decode("latin-1").encode()
    with pytest.raises(LoomGraphError):
        service.source("shop/cart.py", project="shop")


def test_a_file_can_become_a_folder_and_a_folder_a_file(service):
    push(service, {"a.py": b"x = 1\n", "b.py/c.py": b"y = 1\n"})
    after = {"a.py/z.py": b"x = 2\n", "b.py": b"y = 2\n"}
    push(service, after)
    with service.reading("shop") as (_, reader):
        assert [file.path for file in reader.files()] == sorted(after)


def test_a_push_goes_on_where_it_broke_off(service):
    plan = service.sync_plan("shop", manifest(CODE))
    service.sync_content("shop", plan.plan, content(CODE, plan.lacks[:1]))
    with pytest.raises(PushIncomplete) as caught:
        service.sync_commit("shop", plan.plan)
    assert caught.value.details["count"] == 2
    with pytest.raises(UnknownProject):
        service.find_project("shop")  # nothing half-made
    again = service.sync_plan("shop", manifest(CODE))
    assert (again.plan, set(again.lacks)) == (plan.plan, set(plan.lacks[1:]))
    service.sync_content("shop", again.plan, content(CODE, again.lacks))
    assert service.sync_commit("shop", again.plan).new
    with pytest.raises(UnknownPush):
        service.sync_commit("shop", again.plan)
    assert not list((service.settings.data_dir / ".incoming").iterdir())


def test_a_reader_sees_the_graph_before_until_the_commit_is_done(service, monkeypatch):
    push(service, CODE)
    before = edges(service, "shop")
    changed = {"shop/cart.py": b"def add():\n    return 1\n"}
    monkeypatch.setattr("loomgraph.indexing.build._Build._apply", no_room)
    with pytest.raises(DiskFull):
        push(service, changed)
    assert edges(service, "shop") == before
    monkeypatch.undo()
    summary, travelled = push(service, changed)  # what had arrived is there
    assert (travelled, summary.deleted) == (0, 2)
    assert edges(service, "shop") != before


def test_a_first_push_that_fails_leaves_no_project(service, monkeypatch):
    monkeypatch.setattr("loomgraph.indexing.build._Build._apply", no_room)
    with pytest.raises(DiskFull):
        push(service, CODE)
    assert service.project_names() == []


def test_named_files_are_replaced_and_the_others_stay(service):
    push(service, CODE)
    summary = service.sync_files(
        "shop", [{"path": "new.py", "content": "def fresh():\n    return 1\n"}], delete=["latin.py"]
    )
    assert (summary.added, summary.deleted, summary.changed) == (1, 1, 0)
    with service.reading("shop") as (_, reader):
        assert [file.path for file in reader.files()] == ["new.py", "shop/cart.py", "shop/price.py"]
    with pytest.raises(InvalidRequest, match="holds no file"):
        service.sync_files("shop", [], delete=["latin.py"])
    with pytest.raises(InvalidRequest, match="both a file and a folder"):
        service.sync_files("shop", [{"path": "new.py/x.py", "content": ""}])
    assert service.sync_files("made", [{"path": "a.py", "content": "x = 1\n"}]).new


def test_ignore_files_and_vendored_names_are_the_clients_matter(service):
    """The client has chosen; the server does not choose again."""
    files = {"node_modules/a.js": b"function one() {}\n", ".gitignore": b"*\n", "vendor/b.py": b"def two(): ...\n"}
    push(service, files)
    with service.reading("shop") as (_, reader):
        assert [file.path for file in reader.files()] == ["node_modules/a.js", "vendor/b.py"]


def test_other_projects_are_not_pushed_to(service, tmp_path):
    shutil.copytree(SHOP, tmp_path / "code")
    service.index(str(tmp_path / "code"), project="indexed")
    with pytest.raises(NotPushable, match="indexed from a folder"):
        service.sync_plan("indexed", manifest(CODE))


@dataclass(frozen=True)
class Rights:
    """What a key may do with ``shop``."""

    read: bool
    write: bool
    admin: bool = False

    def may_read(self, project: str) -> bool:
        return project == "shop" and self.read

    def may_write(self, project: str) -> bool:
        return project == "shop" and self.write


def test_a_push_takes_the_right_to_write(service):
    push(service, CODE)
    plan = service.sync_plan("shop", manifest({"a.py": b"x = 1\n"}))
    acts = (
        lambda seen: seen.sync_plan("shop", manifest(CODE)),
        lambda seen: seen.sync_content("shop", plan.plan, content({"a.py": b"x = 1\n"}, plan.lacks)),
        lambda seen: seen.sync_commit("shop", plan.plan),
        lambda seen: seen.sync_files("shop", [{"path": "a.py", "content": ""}]),
    )
    for act in acts:
        with pytest.raises(Forbidden):
            act(service.seen_by(Rights(True, False)))
        with pytest.raises(UnknownProject):
            act(service.seen_by(Rights(False, False)))
    writer = service.seen_by(Rights(True, True))
    with pytest.raises(UnknownProject):
        writer.sync_plan("other", manifest(CODE))
    assert push(writer, CODE)[0].up_to_date


def test_projects_are_made_only_where_the_settings_allow_it(service):
    closed = replace(service.settings, server=replace(service.settings.server, create_projects=False))
    with pytest.raises(UnknownProject):
        Service(closed, service.here).sync_plan("shop", manifest(CODE))
    push(service, CODE)
    assert push(Service(closed, service.here), CODE)[0].up_to_date


# -- hostile pushes -------------------------------------------------------------------------------------------------

PATHS = [
    "", "/etc/passwd", "../x.py", "a/../../x.py", "a//b.py", "./a.py", "a/.", "a\0.py", ".git/config", "a/.GIT/hooks/x",
    "a" * 300 + ".py", "/".join(["a"] * 300), "x" * 5000, "a::b.py", "external:x", "\ud800.py", "..", "a/",
]  # fmt: skip


@pytest.mark.parametrize("path", PATHS)
def test_a_path_that_is_none_is_refused(service, path, tmp_path):
    row = {"path": path, "hash": hash_of(b""), "size": 0}
    with pytest.raises(InvalidRequest, match="line 1"):
        service.sync_plan("shop", lines([row]))
    with pytest.raises(InvalidRequest):
        service.sync_files("shop", [{"path": path, "content": ""}])
    assert not (tmp_path / "data" / "shop").exists()


@pytest.mark.parametrize(
    "body",
    [b"{", b"[]\n", b'"x"\n', b"{}\n", b'{"path": 1, "hash": "x", "size": 1}\n', b"\xff\xfe\n", b"[" * 100_000,
     lines([{"path": "a.py", "hash": "../../../../etc/passwd00000000000", "size": 1}]),
     lines([{"path": "a.py", "hash": "0" * 32, "size": -1}]), lines([{"path": "a.py", "hash": "0" * 32, "size": 1e99}]),
     lines([{"path": "a.py", "hash": "0" * 32, "size": True}]), lines([{"path": "a.py", "hash": "A" * 32, "size": 1}]),
     lines([{"path": "a.py", "hash": "0" * 32, "size": 2**62}]),
     lines([{"path": "a.py", "hash": "0" * 32, "size": 1}] * 2),
     lines([{"path": "a.py", "hash": "0" * 32, "size": 1}, {"path": "b.py", "hash": "0" * 32, "size": 2}]),
     lines([{"path": "a", "hash": "0" * 32, "size": 1}, {"path": "a/b", "hash": "1" * 32, "size": 1}])],
)  # fmt: skip
def test_a_manifest_that_is_none_is_refused(service, body):
    with pytest.raises(InvalidRequest):
        service.sync_plan("shop", body)


@pytest.mark.parametrize("plan", ["", "x", "../" * 10 + "xx", "0" * 32, "a" * 31 + "/", "\0" * 32])
def test_a_push_nobody_began_is_unknown(service, plan):
    for act in (service.sync_commit, lambda project, plan: service.sync_content(project, plan, b"")):
        with pytest.raises(UnknownPush):
            act("shop", plan)


def test_content_must_be_what_its_hash_says(service):
    plan = service.sync_plan("shop", manifest(CODE))
    digest = plan.lacks[0]
    for row in (
        {"hash": digest, "text": "another"}, {"hash": "0" * 32, "text": ""}, {"text": "x"}, {"hash": digest},
        {"hash": digest, "base64": "!"}, {"hash": digest, "text": "x", "base64": ""},
        {"hash": digest, "text": "\ud800"}, {"hash": ["x"], "text": "x"},
    ):  # fmt: skip
        with pytest.raises(InvalidRequest, match="line 1"):
            service.sync_content("shop", plan.plan, lines([row]))
    assert service.sync_plan("shop", manifest(CODE)).lacks == plan.lacks


def test_an_empty_push_does_not_empty_a_project(service):
    push(service, CODE)
    plan = service.sync_plan("shop", b"")
    with pytest.raises(BadInput):
        service.sync_commit("shop", plan.plan)


@pytest.mark.parametrize("name", ["../x", "a/b", "", ".incoming", "con\0"])
def test_a_name_that_is_none_is_refused(service, name):
    with pytest.raises(BadInput):
        service.sync_plan(name, manifest(CODE))


def test_a_link_in_the_tree_is_replaced_not_written_through(service, tmp_path):
    push(service, CODE)
    source = tmp_path / "data" / "shop" / "source"
    (tmp_path / "victim.py").write_text("mine\n")
    (source / "shop" / "price.py").unlink()
    os.symlink(tmp_path / "victim.py", source / "shop" / "price.py")
    push(service, CODE)
    assert (tmp_path / "victim.py").read_text() == "mine\n"
    assert (source / "shop" / "price.py").read_bytes() == CODE["shop/price.py"]


names = st.sampled_from(["a.py", "b.py", "c/a.py", "c/b.py", "c/d/e.py", "a.py/x.py"])
bodies = st.integers(0, 3).map(lambda n: b"def f%d():\n    return 1\n" % n)
trees = st.dictionaries(names, bodies, min_size=1, max_size=5).filter(lambda t: not {"a.py", "a.py/x.py"} <= set(t))


@settings(max_examples=15, deadline=None)
@given(st.lists(trees, min_size=2, max_size=5))
def test_any_sequence_of_pushes_ends_in_the_graph_of_the_last(tmp_path_factory, pushes):
    base = tmp_path_factory.mktemp("pushes")
    service = Service(load({"LOOMGRAPH_DATA_DIR": str(base / "data"), "HOME": str(base)}), base)
    for tree in pushes:
        push(service, tree)
    push(service, pushes[-1], "fresh")
    assert edges(service, "shop") == edges(service, "fresh")
    with service.reading("shop") as (_, reader):
        assert {file.path: file.digest for file in reader.files()} == {p: hash_of(d) for p, d in pushes[-1].items()}


def test_pushes_at_once_end_in_the_graph_of_one_of_them(service):
    """Some may have to go round again, as `loomgraph push` does by itself; none is mixed with another."""
    trees = [{f"{name}{n}.py": f"def {name}{n}(): ...\n".encode() for n in range(8)} for name in "abc"]
    failures: list[BaseException] = []

    def run(tree: dict[str, bytes]) -> None:
        try:
            for _ in range(4):
                for _ in range(20):
                    with contextlib.suppress(PushIncomplete, UnknownPush):
                        push(service, tree, alone=False)
                        break
                else:
                    raise AssertionError("a push never got through")
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=run, args=(tree,)) for tree in trees]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failures
    with service.reading("shop") as (_, reader):
        found = [file.path for file in reader.files()]
    assert found in [sorted(tree) for tree in trees]
    for tree in trees:
        push(service, tree)
        with service.reading("shop") as (_, reader):
            assert [file.path for file in reader.files()] == sorted(tree)


def test_a_line_longer_than_any_file_is_not_read(tmp_path: Path) -> None:
    service = Service(
        load({"LOOMGRAPH_DATA_DIR": str(tmp_path), "HOME": str(tmp_path), "LOOMGRAPH_MAX_FILE_BYTES": "100"}), tmp_path
    )
    body = tmp_path / "body"
    body.write_bytes(manifest({"a.py": b"x = 1\n"}) + b" " * 100_000)
    with pytest.raises(InvalidRequest, match="line 2: it is longer than"):
        service.sync_plan("shop", body)


def test_a_push_of_more_files_than_any_project_has_is_refused(service, monkeypatch) -> None:
    monkeypatch.setattr("loomgraph.service.syncing.MOST_FILES", 2)
    assert service.sync_plan("shop", manifest({"a.py": b"1", "b.py": b"2"})).files == 2
    with pytest.raises(InvalidRequest, match="line 3: a push names at most 2 files"):
        service.sync_plan("shop", manifest({"a.py": b"1", "b.py": b"2", "c.py": b"3"}))

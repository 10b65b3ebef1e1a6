"""``index`` and ``watch``: what they build, say, and leave behind."""

from __future__ import annotations

import contextlib
import json
import os
import select
import signal
import subprocess
import sys

import pytest

COMMAND = [sys.executable, "-c", "from loomgraph.cli import main; main()"]


def test_index_makes_a_project_named_after_the_folder(shop, run):
    (project,) = run("projects", "--json").json["projects"]
    assert (project["name"], project["root"], project["files"]) == ("shop", str(shop), 4)
    assert project["problem"] == ""


def test_index_again_has_nothing_to_do(shop, run):
    done = run("index", "--json")
    assert done.code == 0
    assert (done.json["up_to_date"], done.json["new"], done.json["unchanged"]) == (True, False, 4)
    assert "up to date" in run("index").out


def test_index_sees_what_changed(shop, run):
    (shop / "shop" / "prices.py").unlink()
    (shop / "shop" / "new.py").write_text("def fresh():\n    pass\n")
    done = run("index", "--json").json
    assert (done["added"], done["changed"], done["deleted"]) == (1, 0, 1)
    assert "1 added" in run("index", "--rebuild").out or "4 added" in run("index", "--rebuild").out


def test_nothing_is_written_into_the_folder(shop, run):
    before = sorted(path.relative_to(shop) for path in shop.rglob("*"))
    run("index", "--rebuild")
    assert sorted(path.relative_to(shop) for path in shop.rglob("*")) == before


def test_include_and_exclude(shop, run):
    assert run("index", "--exclude", "tests/", "--json").json["counts"]["files"] == 3
    assert run("index", "--include", "cart.py", "--json").json["counts"]["files"] == 1


@pytest.mark.parametrize(
    ("path", "code", "error"),
    [("nowhere", 2, "folder_not_found"), ("shop/cart.py", 2, "not_a_folder"), ("empty", 2, "nothing_to_index")],
)
def test_bad_folders_are_refused_and_leave_nothing(shop, run, path, code, error):
    (shop / "empty").mkdir()
    done = run("index", path, "--json")
    assert (done.code, done.json["error"]["code"]) == (code, error)
    assert path in done.err
    assert [project["name"] for project in run("projects", "--json").json["projects"]] == ["shop"]


def test_a_folder_without_source_is_nothing_to_index(shop, run, tmp_path):
    only = tmp_path / "pictures"
    only.mkdir()
    (only / "a.png").write_bytes(b"\x89PNG\r\n\0")
    done = run("index", str(only))
    assert done.code == 2
    assert "Nothing to index" in done.err
    assert run("projects", "show", "pictures").code == 3


@pytest.mark.parametrize("name", ["../up", "a/b", "", "-x", "con", "x" * 65])
def test_bad_names_are_refused(shop, run, name):
    done = run("index", ".", f"--project={name or ' '}", "--json")
    assert (done.code, done.json["error"]["code"]) == (2, "invalid_project_name")


def test_a_name_of_another_folder_is_taken(shop, run, tmp_path):
    other = tmp_path / "other" / "shop"
    other.mkdir(parents=True)
    (other / "a.py").write_text("x = 1\n")
    done = run("index", str(other), "--json")
    assert (done.code, done.json["error"]["code"]) == (2, "project_taken")
    assert str(shop) in done.err
    assert run("index", str(other), "--project", "shop-2").code == 0


def test_a_damaged_graph_is_said_and_rebuilt_on_request(shop, run, tmp_path):
    graph = tmp_path / "data" / "shop" / "graph.db"
    graph.write_bytes(b"not a graph at all" * 100)
    for command in (["stats"], ["index"]):
        done = run(*command, "--json")
        assert (done.code, done.json["error"]["code"]) == (5, "graph_damaged")
        assert "--rebuild" in done.err
    assert graph.read_bytes().startswith(b"not a graph")
    assert run("doctor").code == 5
    assert run("index", "--rebuild").code == 0
    assert run("stats", "--json").json["counts"]["files"] == 4


def test_damage_deep_inside_is_found_by_the_doctor(shop, run, tmp_path):
    graph = tmp_path / "data" / "shop" / "graph.db"
    data = bytearray(graph.read_bytes())
    middle = len(data) // 2
    data[middle : middle + 8192] = os.urandom(8192)
    graph.write_bytes(data)
    assert run("doctor").code == 5
    assert run("index", "--rebuild").code == 0
    assert run("doctor").code == 0


def test_a_graph_of_a_newer_format_is_refused(shop, run, tmp_path):
    import sqlite3

    graph = sqlite3.connect(tmp_path / "data" / "shop" / "graph.db")
    graph.execute("PRAGMA user_version = 9999")
    graph.close()
    done = run("index", "--json")
    assert (done.code, done.json["error"]["code"]) == (5, "graph_newer")
    assert run("index", "--rebuild").code == 0


def test_a_second_index_waits_and_then_says_so(shop, run, monkeypatch, tmp_path):
    from loomgraph.indexing.lock import exclusive

    monkeypatch.setenv("LOOMGRAPH_LOCK_WAIT", "0.2")
    with exclusive(tmp_path / "data" / "shop" / "update.lock"):
        done = run("index", "--json")
    assert (done.code, done.json["error"]["code"]) == (6, "graph_busy")
    assert f"waiting for another index of this project (process {os.getpid()})" in done.err
    assert run("index").code == 0


def test_a_full_disk_leaves_the_graph_before(shop, run, tmp_path):
    before = run("export").out
    for number in range(40):
        (shop / f"more{number}.py").write_text("".join(f"def f{number}_{at}(): return f{at}()\n" for at in range(200)))
    limit = (tmp_path / "data" / "shop" / "graph.db").stat().st_size + 100_000
    full = (
        "import resource, signal; signal.signal(signal.SIGXFSZ, signal.SIG_IGN);"
        f"resource.setrlimit(resource.RLIMIT_FSIZE, ({limit}, {limit}));"
        "from loomgraph.cli import main; main()"
    )
    done = subprocess.run([sys.executable, "-c", full, "index"], capture_output=True, text=True, check=False)
    assert done.returncode == 7, done.stderr
    assert run("export").out == before
    assert run("index").code == 0


def test_json_is_one_document_and_progress_goes_elsewhere(shop, run):
    done = run("index", "--rebuild", "--json")
    assert done.json["project"] == "shop"
    assert done.err == ""


@contextlib.contextmanager
def watching(folder, interval):
    """``loomgraph watch --json`` as a process, and a function that waits for its next document."""
    environment = {**os.environ, "LOOMGRAPH_WATCH_INTERVAL": interval}
    command = [*COMMAND, "watch", "--json"]
    # tests that run in the background of a shell are born deaf to Ctrl-C, and so would be what they start
    with subprocess.Popen(
        command, cwd=folder, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, bufsize=0,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    ) as process:  # fmt: skip

        def document():
            ready, _, _ = select.select([process.stdout], [], [], 30)
            assert ready, "nothing was said for 30 seconds"
            return json.loads(process.stdout.readline())

        try:
            yield process, document
        finally:
            process.kill()


def test_ctrl_c_leaves_the_graph_and_ends_with_130(shop, run):
    with watching(shop, "30") as (process, document):
        assert document()["project"] == "shop"
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=20)
        assert (process.returncode, out, err.strip()) == (130, b"", b"interrupted")
    assert run("stats", "--json").json["counts"]["files"] == 4


def test_watch_follows_changes(shop):
    with watching(shop, "0.1") as (_, document):
        assert document()["up_to_date"] is True
        (shop / "shop" / "more.py").write_text("def more():\n    return 1\n")
        assert document()["added"] == 1
        (shop / "shop" / "more.py").unlink()
        assert document()["deleted"] == 1

"""``projects``, ``stats``, ``doctor``, ``completion``, ``export`` and ``import``, and how a run ends."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest

COMMAND = [sys.executable, "-c", "from loomgraph.cli import main; main()"]


def test_projects_are_listed_shown_renamed_and_deleted(shop, run):
    assert run("projects").out.startswith("shop  ")
    assert run("projects", "list", "--json").json["projects"][0]["name"] == "shop"
    shown = run("projects", "show", "shop").out
    assert str(shop) in shown
    assert run("projects", "rename", "shop", "store").out == "shop is now store\n"
    assert run("stats", "--project", "store").code == 0
    assert run("projects", "rename", "store", "a/b").code == 2
    assert run("projects", "delete", "store", "--yes").out == "deleted store\n"
    assert run("projects", "delete", "store", "--yes").code == 3
    assert "No projects yet" in run("projects").out
    assert (shop / "shop" / "cart.py").exists()


def test_projects_are_made_on_either_engine(shop, run):
    assert run("projects", "create", "notes", "--engine", "lightrag").out == "notes is made, on the engine lightrag\n"
    assert run("projects", "create", "own", "--json").json["engine"] == "native"
    assert "lightrag" in run("projects", "show", "notes").out
    assert run("projects", "create", "notes").code == 2
    assert run("projects", "create", "x", "--engine", "other").code == 2


def test_a_project_that_is_being_updated_stays(shop, run, tmp_path, monkeypatch):
    from loomgraph.indexing.lock import exclusive

    monkeypatch.setenv("LOOMGRAPH_LOCK_WAIT", "0.1")
    with exclusive(tmp_path / "data" / "shop" / "update.lock"):
        assert run("projects", "delete", "shop", "--yes").code == 6
        assert run("projects", "rename", "shop", "store").code == 6
    assert run("projects", "delete", "shop", "--yes").code == 0


def test_deleting_asks_first(shop, run, monkeypatch):
    done = subprocess.run(
        [*COMMAND, "projects", "delete", "shop"], input="n\n", capture_output=True, text=True, check=False
    )
    assert done.returncode == 130
    assert run("projects", "show", "shop").code == 0


def test_questions_about_unknown_projects_create_nothing(run, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    done = run("stats", "--project", "ghost", "--json")
    assert (done.code, done.json["error"]["code"]) == (3, "unknown_project")
    assert run("stats").code == 2
    assert run("projects", "show", "ghost").code == 3
    assert not (tmp_path / "data").exists()


def test_the_folder_chooses_the_project(shop, run, monkeypatch):
    monkeypatch.chdir(shop / "shop")
    assert run("stats", "--json").json["project"] == "shop"
    monkeypatch.chdir(shop.parent)
    done = run("stats", "--json")
    assert (done.code, done.json["error"]["code"]) == (2, "no_project_here")
    monkeypatch.setenv("LOOMGRAPH_PROJECT", "shop")
    assert run("stats", "--json").json["project"] == "shop"


def test_stats_count_the_graph(shop, run):
    counts = run("stats", "--json").json["counts"]
    assert counts["files"] == 4
    assert counts["files_by_language"] == {"python": 4}
    assert counts["edges_by_kind"]["CALLS"] >= 6
    assert sum(counts["edges_by_resolution"].values()) == counts["edges"]
    assert "files 4" in run("stats").out


def test_doctor_reports(shop, run, monkeypatch):
    monkeypatch.setenv("LOOMGRAPH_NOSUCH", "1")
    report = run("doctor", "--json").json
    facts = {fact["name"]: fact["value"] for fact in report["facts"]}
    assert facts["unknown setting"] == "LOOMGRAPH_NOSUCH"
    assert facts["data_dir"].endswith("[LOOMGRAPH_DATA_DIR]")
    assert [(check["project"], check["ok"]) for check in report["checks"]] == [("shop", True)]


def test_bad_settings_are_said_before_anything_is_done(run, monkeypatch, tmp_path):
    monkeypatch.setenv("LOOMGRAPH_JOBS", "many")
    monkeypatch.setenv("LOOMGRAPH_COLOR", "pink")
    done = run("projects", "--json")
    assert done.code == 2
    assert len(done.json["error"]["details"]["problems"]) == 2


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_scripts(run, shell):
    done = run("completion", shell)
    assert done.code == 0
    assert "_LOOMGRAPH_COMPLETE" in done.out


def completions(words: str, index: int) -> list[str]:
    environment = {**os.environ, "_LOOMGRAPH_COMPLETE": "bash_complete", "COMP_WORDS": words, "COMP_CWORD": str(index)}
    done = subprocess.run(COMMAND, env=environment, capture_output=True, text=True, check=False)
    return [line.partition(",")[2] for line in done.stdout.splitlines()]


def test_completion_knows_commands_projects_and_symbols(shop):
    assert "index" in completions("loomgraph in", 1)
    assert completions("loomgraph stats --project sh", 3) == ["shop"]
    assert completions("loomgraph callers parse_", 2) == ["parse_price"]


@pytest.mark.parametrize("name", ["edges", "jsonl", "custom-kg", "graphml"])
def test_export_to_a_file_is_what_goes_to_standard_output(shop, run, tmp_path, name):
    file = tmp_path / "out"
    written = run("export", "--format", name, "--output", str(file), "--json")
    assert written.code == 0
    assert written.json["bytes"] == file.stat().st_size
    assert run("export", "--format", name).out == file.read_text("utf-8")
    assert sorted(path.name for path in tmp_path.glob(".out*")) == []


def test_export_to_a_folder_that_is_not_there(shop, run):
    done = run("export", "--output", "no/such/file", "--json")
    assert (done.code, done.json["error"]["code"]) == (7, "store_unwritable")


def test_export_with_json_needs_a_file(shop, run):
    assert run("export", "--json").code == 2


def test_a_full_disk_leaves_the_old_file(shop, run, tmp_path):
    file = tmp_path / "old"
    file.write_text("old")
    limit = (
        "import resource, signal; signal.signal(signal.SIGXFSZ, signal.SIG_IGN);"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (500, 500));"
        "from loomgraph.cli import main; main()"
    )
    command = [sys.executable, "-c", limit, "export", "--format", "edges", "--output", str(file)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 7
    assert file.read_text() == "old"
    assert list(tmp_path.glob(".old*")) == []


def test_import_makes_a_copy_that_exports_the_same(shop, run, tmp_path):
    file = tmp_path / "shop.jsonl"
    run("export", "--output", str(file))
    done = run("import", str(file), "--project", "copy", "--json")
    assert (done.code, done.json["new"], done.json["files"]) == (0, True, 4)
    assert run("export", "--project", "copy").out == file.read_text("utf-8")
    assert run("import", str(file), "--project", "copy", "--json").json["new"] is False
    assert run("export", "--project", "copy").out == file.read_text("utf-8")


def test_import_refuses_what_it_cannot_do(shop, run, tmp_path, monkeypatch):
    file = tmp_path / "bad.json"
    file.write_text("[]")
    assert run("import", str(file), "--project", "copy").code == 2
    assert run("projects", "show", "copy").code == 3
    file.write_text(json.dumps({"entities": [{"entity_name": "A"}]}))
    done = run("import", str(file), "--project", "shop", "--json")
    assert done.json["error"]["code"] == "project_taken"
    assert run("import", str(tmp_path / "none"), "--project", "copy").code == 2
    assert run("import", str(file)).code == 2


def test_a_closed_pipe_is_quiet(shop):
    command = [*COMMAND, "export", "--format", "jsonl"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=shop) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        assert process.stderr.read() == b""
    assert process.returncode == 141


@pytest.mark.parametrize("arguments", [["nonsense"], ["index", "--nonsense"], ["export", "--format", "xml"]])
def test_usage_errors_end_with_2(run, arguments):
    done = run(*arguments)
    assert done.code == 2
    assert done.out == ""
    assert "Error" in done.err
    assert run(*arguments, "--json").json["error"]["code"] == "usage"


def test_colour_only_where_it_is_wanted(shop, run, monkeypatch):
    assert "\x1b" not in run("projects").out
    monkeypatch.setenv("LOOMGRAPH_COLOR", "always")
    assert "\x1b" in run("projects").out
    monkeypatch.setenv("LOOMGRAPH_COLOR", "auto")
    monkeypatch.setenv("NO_COLOR", "1")
    assert "\x1b" not in run("projects").out


def test_version_and_help(run):
    assert run("--version").out.startswith("loomgraph ")
    helped = run("--help").out
    for word in ("Build:", "Ask:", "index", "callers"):
        assert word in helped


def test_every_command_has_help_with_examples(run):
    from loomgraph.cli.main import SECTIONS

    for section in SECTIONS.values():
        for name in section:
            helped = run(name, "--help").out
            assert "Examples:" in helped, name
            assert f"loomgraph {name}" in helped, name
            # a group's commands have it, and what answers over HTTP needs none
            if name not in ("deploy", "keys", "mcp", "projects", "serve"):
                assert "--json" in helped, name

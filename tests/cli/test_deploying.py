"""The commands that plan a deployment, as a person types them."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from tests.cli.conftest import Run
from tests.ports import heard_only

RANGES = (
    ("[9631, 9999]", "[38631, 38650]"), ("[3011, 3999]", "[34011, 34020]"), ("9621", "38621"), ("3001", "34001"),
)  # fmt: skip


@pytest.fixture
def heard(monkeypatch: pytest.MonkeyPatch) -> set[int]:
    """The ports at which somebody listens."""
    return heard_only(monkeypatch)


@pytest.fixture
def folder(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, heard: set[int]) -> str:
    """A new deployment, in ranges of its own."""
    monkeypatch.delenv("LIGHTRAG_API_KEY", raising=False)
    made = str(tmp_path / "my graphs")
    assert run("deploy", "init", "--dir", made).code == 0
    plan = Path(made) / "deployment.toml"
    text = plan.read_text()
    for before, after in RANGES:
        text = text.replace(before, after)
    plan.write_text(text)
    return made


def test_the_usual_way(run: Run, folder: str) -> None:
    added = run("deploy", "add", "shop", "--dir", folder)
    assert added.code == 0
    assert added.out.startswith("added shop: http://127.0.0.1:34011\n")
    listed = run("deploy", "list", "--dir", folder, "--json").json
    assert [(one["name"], one["port"], one["outside"]) for one in listed["projects"]] == [("shop", 38631, 34011)]
    table = run("deploy", "ports", "--dir", folder)
    assert "http://127.0.0.1:38631" in table.out
    assert run("deploy", "ports", "--dir", folder, "--json").json["ports"][0]["name"] == "shop"
    assert run("deploy", "generate", "--check", "--dir", folder).code == 0
    removed = run("deploy", "remove", "shop", "--yes", "--dir", folder, "--json")
    assert removed.json["project"] == "shop"
    assert "No projects yet" in run("deploy", "list", "--dir", folder).out


def test_check_and_diff_write_nothing(run: Run, folder: str) -> None:
    run("deploy", "add", "shop", "--dir", folder)
    plan = Path(folder) / "deployment.toml"
    plan.write_text(plan.read_text().replace('max_body = "200M"', 'max_body = "100M"'))
    checked = run("deploy", "generate", "--check", "--dir", folder)
    assert checked.code == 7
    assert "_nginx/site.conf (stale)" in checked.err
    diff = run("deploy", "generate", "--diff", "--dir", folder)
    assert "+    client_max_body_size 100M;" in diff.out
    assert "200M" in (Path(folder) / "_nginx" / "site.conf").read_text()
    assert run("deploy", "generate", "--dir", folder).code == 0
    assert run("deploy", "generate", "--diff", "--check", "--dir", folder, "--json").json == {"files": []}


def test_a_changed_file_is_said_and_left(run: Run, folder: str) -> None:
    page = Path(folder) / "PORTS.md"
    page.write_text("mine")
    done = run("deploy", "generate", "--dir", folder)
    assert done.code == 7
    assert "PORTS.md: changed by hand, left as it is" in done.out
    assert "--force" in done.err
    forced = run("deploy", "generate", "--force", "--dir", folder)
    assert forced.code == 0
    assert "as it was: PORTS.md.orig" in forced.out


def test_mistakes_are_said(run: Run, folder: str, tmp_path: Path, heard: set[int]) -> None:
    assert run("deploy", "init", "--dir", folder).code == 2
    assert run("deploy", "list", "--dir", str(tmp_path / "none")).code == 3
    heard.add(38640)
    refused = run("deploy", "add", "shop", "--port", "38640", "--dir", folder, "--json")
    assert refused.json["error"]["code"] == "port_taken"
    assert "somebody listens there now" in refused.err
    assert run("deploy", "add", "no/name", "--dir", folder).code == 2
    assert run("deploy", "add", "old", "--kind", "lightrag", "--dir", folder, "--json").json["error"]["code"] == (
        "plan_invalid"
    )


def test_a_running_project_is_not_removed(run: Run, folder: str, heard: set[int]) -> None:
    run("deploy", "add", "shop", "--dir", folder)
    heard.add(38631)
    refused = run("deploy", "remove", "shop", "--yes", "--dir", folder)
    assert refused.code == 6
    assert (Path(folder) / "shop" / ".env").exists()


def test_secrets_are_written_and_never_shown(run: Run, folder: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LIGHTRAG_API_KEY", "it's very secret")
    for shown in (
        run("deploy", "add", "shop", "--dir", folder), run("deploy", "generate", "--dir", folder),
        run("deploy", "ports", "--dir", folder), run("deploy", "list", "--json", "--dir", folder),
    ):  # fmt: skip
        assert "very secret" not in shown.out + shown.err
    assert 'LIGHTRAG_API_KEY="it\'s very secret"\n' in (Path(folder) / "shop" / ".env").read_text()
    readers = [path for path in Path(folder).rglob("*") if path.is_file() and b"very secret" in path.read_bytes()]
    assert readers == [Path(folder) / "shop" / ".env"]
    (Path(folder) / "secrets.env").chmod(0o644)
    assert "chmod 600" in run("deploy", "generate", "--dir", folder).err


@pytest.mark.usefixtures("heard")
def test_an_open_proxy_without_a_key_is_warned_of(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("LIGHTRAG_API_KEY", raising=False)
    ports = ("--port", "38621", "--outside", "34001")
    made = run("deploy", "init", "--layout", "server", "--listen", "0.0.0.0", *ports, "--dir", str(tmp_path / "open"))
    assert made.code == 0
    assert "warning: _server has no key" in made.err


def test_the_machine_gets_steps_to_take(run: Run, folder: str) -> None:
    run("deploy", "add", "shop", "--dir", folder)
    proxy = run("deploy", "nginx", "--dir", folder)
    assert "-s reload" in proxy.out
    assert "server 127.0.0.1:38631;" in run("deploy", "nginx", "--show", "--dir", folder).out
    units = run("deploy", "systemd", "--dir", folder)
    assert "systemctl enable --now loomgraph.target" in units.out
    steps = run("deploy", "systemd", "--dir", folder, "--json").json
    assert steps["installed"] is False
    assert ["systemctl", "daemon-reload"] in steps["steps"]


def test_the_scripts_call_the_command(run: Run, folder: str, tmp_path: Path) -> None:
    program = tmp_path / "program"
    program.write_text('#!/bin/sh\nfor one in "$@"; do echo "[$one]"; done\n')
    program.chmod(0o755)
    plan = Path(folder) / "deployment.toml"
    lines = [f'program = "{program}"' if line.startswith("program") else line for line in plan.read_text().splitlines()]
    plan.write_text("\n".join(lines) + "\n")
    run("deploy", "generate", "--dir", folder)
    calls = {
        "start-all.sh": ["[start]", "[--all]"], "stop-all.sh": ["[stop]", "[--all]"], "status.sh": ["[status]"],
        "start-instance.sh": ["[start]", "[shop]"], "stop-instance.sh": ["[stop]", "[shop]"],
    }  # fmt: skip
    for script, words in calls.items():
        given = ["shop"] if "instance" in script else []
        done = subprocess.run([Path(folder) / script, *given], capture_output=True, text=True, cwd="/", check=True)
        assert done.stdout.split("\n")[:-1] == ["[deploy]", words[0], "[--dir]", f"[{folder}]", *words[1:]]
    for script in ("start-instance.sh", "with-env.sh"):
        bare = subprocess.run([Path(folder) / script], capture_output=True, text=True)
        assert (bare.returncode, bare.stderr[:6]) == (2, "usage:")

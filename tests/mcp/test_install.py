"""The configuration of clients: each in its own form, merged into what stands there without losing anything."""

from __future__ import annotations

import json
import os
import stat
import tomllib
from pathlib import Path

import pytest

from loomgraph.errors import BadInput
from loomgraph.mcp.clients import CLIENTS, Launch
from loomgraph.mcp.install import shown, write

LOCAL = Launch("/opt/bin/loomgraph", ("mcp", "--project", "shop"), {"LOOMGRAPH_DATA_DIR": "/data"})
SERVER = Launch(url="http://127.0.0.1:9621/mcp", key="secret")
COMMAND = {
    "command": "/opt/bin/loomgraph",
    "args": ["mcp", "--project", "shop"],
    "env": {"LOOMGRAPH_DATA_DIR": "/data"},
}
BEARER = {"Authorization": "Bearer secret"}
URL = "http://127.0.0.1:9621/mcp"

# What each client's documentation asks for: for a program, and for a server over HTTP.
FORMS = {
    "claude": ("mcpServers", {"type": "stdio", **COMMAND}, {"type": "http", "url": URL, "headers": BEARER}),
    "claude-desktop": ("mcpServers", COMMAND, None),
    "cursor": ("mcpServers", {"type": "stdio", **COMMAND}, {"url": URL, "headers": BEARER}),
    "codex": ("mcp_servers", COMMAND, {"url": URL, "http_headers": BEARER}),
    "vscode": ("servers", {"type": "stdio", **COMMAND}, {"type": "http", "url": URL, "headers": BEARER}),
    "copilot": (
        "mcpServers",
        {"type": "local", "tools": ["*"], **COMMAND},
        {"type": "http", "tools": ["*"], "url": URL, "headers": BEARER},
    ),
    "windsurf": ("mcpServers", COMMAND, {"serverUrl": URL, "headers": BEARER}),
    "zed": ("context_servers", {"source": "custom", **COMMAND}, {"url": URL, "headers": BEARER}),
    "gemini": ("mcpServers", COMMAND, {"httpUrl": URL, "headers": BEARER}),
    "opencode": (
        "mcp",
        {
            "type": "local",
            "enabled": True,
            "command": ["/opt/bin/loomgraph", "mcp", "--project", "shop"],
            "environment": {"LOOMGRAPH_DATA_DIR": "/data"},
        },
        {"type": "remote", "enabled": True, "url": URL, "headers": BEARER},
    ),
    "kiro": ("mcpServers", COMMAND, {"url": URL, "headers": BEARER}),
}
JSON_CLIENTS = [name for name in FORMS if name != "codex"]


def parsed(name, text):
    return tomllib.loads(text) if name == "codex" else json.loads(text)


def test_every_client_has_its_form_tested():
    assert set(FORMS) == set(CLIENTS)


@pytest.mark.parametrize("name", FORMS)
def test_the_form_is_the_clients_own(name):
    under, local, server = FORMS[name]
    assert parsed(name, shown(CLIENTS[name], LOCAL)) == {under: {"loomgraph": local}}
    if server is None:
        with pytest.raises(BadInput, match="takes no address"):
            shown(CLIENTS[name], SERVER)
    else:
        assert parsed(name, shown(CLIENTS[name], SERVER)) == {under: {"loomgraph": server}}


@pytest.mark.parametrize("name", FORMS)
def test_it_is_written_where_nothing_was(name, tmp_path):
    place = tmp_path / "deep" / "config"
    done = write(CLIENTS[name], LOCAL, place)
    assert (done.outcome, done.backup) == ("created", "")
    assert parsed(name, place.read_text()) == {FORMS[name][0]: {"loomgraph": FORMS[name][1]}}
    assert stat.S_IMODE(place.stat().st_mode) == 0o600  # it may hold a key
    assert os.listdir(place.parent) == ["config"]


@pytest.mark.parametrize("name", JSON_CLIENTS)
def test_json_is_merged_without_losing_anything(name, tmp_path):
    under = FORMS[name][0]
    place = tmp_path / "config.json"
    before = {"zebra": [1, 2.5, None], under: {"other": {"command": "x"}, "loomgraph": {"command": "old"}}, "ü": "é"}
    place.write_text(json.dumps(before, indent=4, ensure_ascii=False), "utf-8")
    place.chmod(0o640)
    done = write(CLIENTS[name], LOCAL, place)
    assert done.outcome == "changed"
    assert json.loads(Path(done.backup).read_text("utf-8")) == before
    after = json.loads(place.read_text("utf-8"))
    assert after == {**before, under: {"other": {"command": "x"}, "loomgraph": FORMS[name][1]}}
    assert list(after) == list(before)
    assert '    "zebra"' in place.read_text("utf-8")  # its own way of indenting
    assert "é" in place.read_text("utf-8")
    assert stat.S_IMODE(place.stat().st_mode) == stat.S_IMODE(os.stat(done.backup).st_mode) == 0o640
    assert write(CLIENTS[name], LOCAL, place).outcome == "unchanged"
    assert len(os.listdir(tmp_path)) == 2


TOML = """\
# mine
model = "o"   # the best

[mcp_servers.loomgraph]
command = "old"

[mcp_servers.loomgraph.env]
X = "1"

[mcp_servers.other]   # keep me
command = "x"
args = [
  "a",  # with a word
]
"""


def test_toml_is_merged_letter_by_letter(tmp_path):
    place = tmp_path / "config.toml"
    place.write_text(TOML)
    done = write(CLIENTS["codex"], LOCAL, place)
    assert Path(done.backup).read_text() == TOML
    text = place.read_text()
    for line in ("# mine", 'model = "o"   # the best', "[mcp_servers.other]   # keep me", '  "a",  # with a word'):
        assert line in text
    found = tomllib.loads(text)
    assert found["mcp_servers"] == {"other": {"command": "x", "args": ["a"]}, "loomgraph": COMMAND}
    assert write(CLIENTS["codex"], LOCAL, place).outcome == "unchanged"


@pytest.mark.parametrize(
    "text",
    ['mcp_servers = { loomgraph = { command = "x" } }\n', 'mcp_servers.loomgraph.command = "x"\n', "[mcp_servers\n",
     'mcp_servers = "x"\n'],
)  # fmt: skip
def test_toml_that_cannot_be_changed_safely_is_left_alone(tmp_path, text):
    place = tmp_path / "config.toml"
    place.write_text(text)
    with pytest.raises(BadInput, match="Nothing was changed"):
        write(CLIENTS["codex"], LOCAL, place)
    assert place.read_text() == text
    assert os.listdir(tmp_path) == ["config.toml"]


@pytest.mark.parametrize(
    "text",
    ['{\n  // mine\n  "a": 1\n}', '{"a": 1,}', '{"a": 1, "a": 2}', "[1]", '{"mcpServers": []}', "{", "\x00"],
)  # fmt: skip
def test_json_that_would_lose_something_is_left_alone(tmp_path, text):
    place = tmp_path / "config.json"
    place.write_text(text)
    with pytest.raises(BadInput, match="Nothing was changed"):
        write(CLIENTS["cursor"], LOCAL, place)
    assert place.read_text() == text
    assert os.listdir(tmp_path) == ["config.json"]


def test_comments_are_named_as_the_reason(tmp_path):
    place = tmp_path / "settings.json"
    place.write_text('{\n  // mine\n  "context_servers": {}\n}')
    with pytest.raises(BadInput, match="comments"):
        write(CLIENTS["zed"], LOCAL, place)


def test_a_link_to_the_file_stays_a_link(tmp_path):
    (tmp_path / "real.json").write_text("{}")
    (tmp_path / "link.json").symlink_to("real.json")
    write(CLIENTS["cursor"], LOCAL, tmp_path / "link.json")
    assert (tmp_path / "link.json").is_symlink()
    assert "loomgraph" in (tmp_path / "real.json").read_text()


def test_every_change_has_a_backup_of_its_own(tmp_path):
    place = tmp_path / "config.json"
    place.write_text("{}")
    backups = [write(CLIENTS["cursor"], Launch("x", (str(n),)), place).backup for n in range(3)]
    assert len(set(backups)) == 3
    assert Path(backups[0]).read_text() == "{}"

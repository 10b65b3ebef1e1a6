"""How each MCP client wants to be told of a server: the shape of its configuration, and where it usually lies.

Data and pure functions: nothing is read or written here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from loomgraph.errors import BadInput

NAME = "loomgraph"


@dataclass(frozen=True, slots=True)
class Launch:
    """What a client is to start (``command``), or to call (``url``, with ``key`` when it needs one)."""

    command: str = ""
    arguments: tuple[str, ...] = ()
    environment: Mapping[str, str] = field(default_factory=dict)
    url: str = ""
    key: str = ""


@dataclass(frozen=True, slots=True)
class Client:
    """One client. ``under`` is the key that holds its servers; ``usual`` are the files it reads, and when.

    ``stdio`` and ``http`` are keys that an entry carries besides the command or the address; ``url`` is the name of the
    address, "" when the client starts programs only.
    """

    name: str
    title: str
    under: str
    usual: tuple[tuple[str, str], ...]
    stdio: Mapping[str, Any] = field(default_factory=dict)
    http: Mapping[str, Any] = field(default_factory=dict)
    url: str = "url"
    headers: str = "headers"
    environment: str = "env"
    one_command: bool = False  # the command and its arguments are one list
    toml: bool = False

    def entry(self, launch: Launch) -> dict[str, Any]:
        """What stands under the name of the server."""
        if launch.url:
            if not self.url:
                raise BadInput(reason=f"{self.title} starts programs and takes no address: leave --url out.")
            found = {**self.http, self.url: launch.url}
            if launch.key:
                found[self.headers] = {"Authorization": f"Bearer {launch.key}"}
            return found
        found = dict(self.stdio)
        if self.one_command:
            found["command"] = [launch.command, *launch.arguments]
        else:
            found |= {"command": launch.command, "args": list(launch.arguments)}
        if launch.environment:
            found[self.environment] = dict(launch.environment)
        return found

    def document(self, launch: Launch) -> dict[str, Any]:
        """A whole configuration with nothing but this server."""
        return {self.under: {NAME: self.entry(launch)}}


_TYPED = {"type": "stdio"}
_TYPED_HTTP = {"type": "http"}

CLIENTS = {
    client.name: client
    for client in (
        Client(
            "claude", "Claude Code", "mcpServers",
            ((".mcp.json", "this project, shared"), ("~/.claude.json", "every project")), _TYPED, _TYPED_HTTP,
        ),
        Client(
            "claude-desktop", "Claude Desktop", "mcpServers",
            (("~/Library/Application Support/Claude/claude_desktop_config.json", "macOS"),
             ("%APPDATA%\\Claude\\claude_desktop_config.json", "Windows")), url="",
        ),
        Client(
            "cursor", "Cursor", "mcpServers",
            ((".cursor/mcp.json", "this project"), ("~/.cursor/mcp.json", "every project")), _TYPED,
        ),
        Client(
            "codex", "Codex", "mcp_servers",
            (("~/.codex/config.toml", "every project"), (".codex/config.toml", "this project, when trusted")),
            headers="http_headers", toml=True,
        ),
        Client(
            "vscode", "VS Code", "servers",
            ((".vscode/mcp.json", "this workspace"), ("mcp.json in the user profile", "every workspace")),
            _TYPED, _TYPED_HTTP,
        ),
        Client(
            "copilot", "Copilot CLI", "mcpServers", (("~/.copilot/mcp-config.json", "every project"),),
            {"type": "local", "tools": ["*"]}, {"type": "http", "tools": ["*"]},
        ),
        Client(
            "windsurf", "Windsurf", "mcpServers", (("~/.codeium/windsurf/mcp_config.json", "every project"),),
            url="serverUrl",
        ),
        Client(
            "zed", "Zed", "context_servers",
            (("~/.config/zed/settings.json", "every project"), (".zed/settings.json", "this project")),
            {"source": "custom"},
        ),
        Client(
            "gemini", "Gemini CLI", "mcpServers",
            ((".gemini/settings.json", "this project"), ("~/.gemini/settings.json", "every project")), url="httpUrl",
        ),
        Client(
            "opencode", "opencode", "mcp",
            (("opencode.json", "this project"), ("~/.config/opencode/opencode.json", "every project")),
            {"type": "local", "enabled": True}, {"type": "remote", "enabled": True},
            environment="environment", one_command=True,
        ),
        Client(
            "kiro", "Kiro", "mcpServers",
            ((".kiro/settings/mcp.json", "this workspace"), ("~/.kiro/settings/mcp.json", "every workspace")),
        ),
    )
}  # fmt: skip

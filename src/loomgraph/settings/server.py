"""What can be set about the HTTP server, by LightRAG's names where it has them."""

from __future__ import annotations

from dataclasses import dataclass

from loomgraph.settings.declaring import setting
from loomgraph.settings.values import Secret, flag, number, patterns, secret, text, whole


@dataclass(frozen=True, slots=True)
class ServerSettings:
    """How ``loomgraph serve`` listens and what it lets in."""

    host: str = setting(text, "The address to listen at.", "127.0.0.1", aliases=("HOST",))
    # Text, read as a number when serving: other programs set PORT, and not for us.
    port: str = setting(text, "The port to listen at; 0 takes any.", "9621", aliases=("PORT",))
    workers: int = setting(whole(1, 256), "How many processes answer.", 1)
    threads: int = setting(whole(1, 1000), "How many questions one process answers at a time; more of them wait.", 16)
    api_key: Secret = setting(
        secret,
        "A key with all rights, beside those that `loomgraph keys` makes. It is shown nowhere.",
        Secret(), shown="none", aliases=("LIGHTRAG_API_KEY",), name="api_key",
    )  # fmt: skip
    workspace: str = setting(
        text,
        "The project of requests that name none in their path or in the header LIGHTRAG-WORKSPACE.",
        "default", aliases=("WORKSPACE",), name="workspace",
    )  # fmt: skip
    create_projects: bool = setting(
        flag, "Whether the first insert into a project that is not there makes it.", True,
        name="create_projects",
    )  # fmt: skip
    max_body_bytes: int = setting(
        whole(1024, 2**40), "The largest body that an insert may have, unpacked.", 200 * 1024 * 1024,
        name="max_body_bytes",
    )  # fmt: skip
    body_timeout: float = setting(
        number(0.1, 86400),
        "How many seconds the server waits for the headers of a request, or for more of its body.",
        20.0, shown="20", name="body_timeout",
    )  # fmt: skip
    allowed_hosts: tuple[str, ...] = setting(
        patterns,
        "Names by which clients may call the server, beside its addresses; `*` is any. It guards browsers on this"
        " machine against pages that rebind their name to it.",
        (), shown="this machine's own; any, when keys are needed", name="allowed_hosts",
    )  # fmt: skip
    cors_origins: tuple[str, ...] = setting(
        patterns, "Origins whose pages may call the server from a browser; `*` is any.", (), shown="none",
        aliases=("CORS_ORIGINS",), name="cors_origins",
    )  # fmt: skip
    log_file: str = setting(
        text,
        "A file for all that the server says, instead of standard error. The server itself keeps it from growing.",
        "", shown="none", name="log_file",
    )  # fmt: skip
    log_bytes: int = setting(
        whole(1000, 2**40),
        "How long the log file may become before it is put aside as FILE.1, and that one as FILE.2.",
        10 * 1024 * 1024, name="log_bytes", aliases=("LOG_MAX_BYTES",),
    )  # fmt: skip
    log_backups: int = setting(
        whole(1, 1000), "How many log files put aside are kept.", 5, name="log_backups", aliases=("LOG_BACKUP_COUNT",)
    )

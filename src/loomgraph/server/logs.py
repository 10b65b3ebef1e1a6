"""Logs as JSON lines on standard error: one a request, and what happens to the server itself.

No header, body, query or key is ever written, so no secret is. This module must not know routes.
"""

from __future__ import annotations

import json
import logging
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from loomgraph.settings.server import ServerSettings

_KNOWN = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "color_message", "websocket"}


class JsonLines(logging.Formatter):
    """A record as one line of JSON; what it was logged with as ``extra`` stands beside the message."""

    def format(self, record: logging.LogRecord) -> str:
        said: dict[str, Any] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
        }
        said.update({key: value for key, value in vars(record).items() if key not in _KNOWN})
        if record.exc_info:
            said["traceback"] = self.formatException(record.exc_info)
        return json.dumps(said, ensure_ascii=True, default=str)


def configuration(level: str) -> dict[str, Any]:
    """What ``logging`` is to be set up with, in every process of the server."""
    mine = {"handlers": ["lines"], "level": level.upper(), "propagate": False}
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"lines": {"()": "loomgraph.server.logs.JsonLines"}},
        "handlers": {"lines": {"class": "logging.StreamHandler", "formatter": "lines", "stream": "ext://sys.stderr"}},
        "loggers": {
            "uvicorn": {**mine, "level": "WARNING" if level == "warning" else "INFO"},
            "uvicorn.access": {"handlers": [], "level": "CRITICAL", "propagate": False},
            "loomgraph": mine,
        },
    }


def keep(settings: ServerSettings) -> None:
    """Write what this process says to the log file, if there is to be one."""
    if settings.log_file:
        from loomgraph.service.rolling import Rolling

        Rolling(Path(settings.log_file).expanduser(), settings.log_bytes, settings.log_backups).begin()

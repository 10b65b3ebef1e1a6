"""Reading the logs of a deployment: the last error, the last lines, and lines as they come.

Our server writes a JSON object a line, LightRAG's plain text, and both may end with a traceback. This module must not
know who writes a log or cuts it.
"""

from __future__ import annotations

import json
import os
import re
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO

_TAIL = 262_144  # bytes at the end of a log that are looked through
_LOOK = 0.25
_BAD = re.compile(r"\b(?:ERROR|CRITICAL)\b|^loomgraph: ")
_RAISED = re.compile(r"^(?:[A-Za-z_][\w.]*(?:Error|Exception|Exit|Interrupt))\b")
_LONG = 300


def last_lines(path: Path, count: int) -> list[str]:
    """The last lines of a log, without what stands before the last quarter of a megabyte."""
    try:
        with open(path, "rb") as file:
            size = file.seek(0, os.SEEK_END)
            file.seek(max(0, size - _TAIL))
            text = file.read().decode("utf-8", "replace")
    except OSError:
        return []
    return text.splitlines()[-count:] if count else []


def last_error(path: Path) -> str:
    """The last error that a log tells of, in a line; nothing when it tells of none."""
    for line in reversed(last_lines(path, _TAIL)):
        found = _error(line)
        if found:
            return found[:_LONG]
    return ""


def last_words(path: Path) -> str:
    """Why a process that ended did so, as far as its log tells."""
    return last_error(path) or " / ".join(filter(None, map(str.strip, last_lines(path, 3))))[:_LONG]


def _error(line: str) -> str:
    if not line.startswith("{"):
        return line.strip() if _BAD.search(line) or _RAISED.match(line) else ""
    try:
        said = json.loads(line)
    except ValueError:
        return ""
    if not isinstance(said, dict) or said.get("level") not in ("error", "critical"):
        return ""
    raised = str(said.get("traceback", "")).strip().rpartition("\n")[2]
    parts = (said.get("time", ""), said.get("message", ""), said.get("problem", ""), raised)
    return " ".join(str(part) for part in parts if part)


def follow(paths: dict[str, Path], over: Callable[[], bool]) -> Iterator[tuple[str, str]]:
    """Whose and what, as lines come, until it is ``over``; a log that was put aside is followed in its successor."""
    open_files: dict[str, IO[bytes]] = {}
    try:
        for name, path in paths.items():
            _reopen(open_files, name, path, at_end=True)
        while not over():
            came = False
            for name, path in paths.items():
                for line in _fresh(open_files, name, path):
                    came = True
                    yield name, line
            if not came:
                time.sleep(_LOOK)
    finally:
        for file in open_files.values():
            file.close()


def _fresh(open_files: dict[str, IO[bytes]], name: str, path: Path) -> Iterator[str]:
    """The whole lines that came; what has no end yet waits for it."""
    moved = name not in open_files or _moved(open_files[name], path)
    if name in open_files:
        file = open_files[name]
        while line := file.readline():
            if not line.endswith(b"\n") and not moved:
                file.seek(-len(line), os.SEEK_CUR)
                return
            yield line.decode("utf-8", "replace").rstrip("\r\n")
    if moved:
        _reopen(open_files, name, path, at_end=False)


def _moved(file: IO[bytes], path: Path) -> bool:
    try:
        there, mine = path.stat(), os.fstat(file.fileno())
    except OSError:
        return False
    return not os.path.samestat(there, mine) or there.st_size < file.tell()


def _reopen(open_files: dict[str, IO[bytes]], name: str, path: Path, *, at_end: bool) -> None:
    try:
        file = open(path, "rb")  # noqa: SIM115 - it stays open until the end
    except OSError:
        return
    if at_end:
        file.seek(0, os.SEEK_END)
    if name in open_files:
        open_files.pop(name).close()
    open_files[name] = file

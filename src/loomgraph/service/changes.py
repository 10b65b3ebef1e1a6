"""What changed in a folder of code: from git, or from a diff that somebody hands over.

git runs as a subprocess with arguments that no name can turn into options and with the hooks of a repository's own
configuration switched off. This module must not know what a graph is.
"""

from __future__ import annotations

import os
import re
import subprocess
from dataclasses import dataclass
from pathlib import Path

from loomgraph.errors import DiffUnreadable, GitFailed

_HUNK = re.compile(r"@@ -\d+(?:,(\d+))? \+(\d+)(?:,(\d+))? @@")
_SAFE = ("-c", "core.fsmonitor=false", "-c", "core.quotePath=true", "-c", "core.hooksPath=/dev/null")
_DIFF = (
    "diff", "--no-ext-diff", "--no-textconv", "--no-color", "--unified=0", "--find-renames", "--relative",
    "--src-prefix=a/", "--dst-prefix=b/",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class FileChange:
    """Lines of a file that changed, as it is now: inclusive ranges, 1-based; no ranges means the whole file.

    Where lines were only taken away, the range is the line before them. ``path`` is relative to the root;
    ``deleted`` says that the file is gone.
    """

    path: str
    ranges: tuple[tuple[int, int], ...] = ()
    deleted: bool = False


def since(root: Path, revision: str) -> list[FileChange]:
    """What changed in ``root`` since a revision (or within a range ``a..b``), files unknown to git included."""
    if revision.startswith("-") or "\0" in revision:
        raise GitFailed(path=str(root), reason=f"{revision!r} is not a revision")
    changes = from_diff(_git(root, *_DIFF, "--end-of-options", revision, "--"))
    if ".." in revision:
        return changes
    untracked = _git(root, "ls-files", "--others", "--exclude-standard", "-z").split("\0")
    known = {change.path for change in changes}
    return changes + [FileChange(path) for path in untracked if path and path not in known]


def is_revision(root: Path, text: str) -> bool:
    """Whether git knows ``text`` as a revision or a range of them."""
    if text.startswith("-") or not text or "\0" in text:
        return False
    ends = [end or "HEAD" for end in re.split(r"\.{2,3}", text)]
    try:
        for end in ends:
            _git(root, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{end}^{{commit}}")
    except GitFailed:
        return False
    return len(ends) <= 2


def _git(root: Path, *arguments: str) -> str:
    environment = {**os.environ, "GIT_OPTIONAL_LOCKS": "0", "LC_ALL": "C", "GIT_TERMINAL_PROMPT": "0"}
    try:
        done = subprocess.run(
            ["git", *_SAFE, "-C", os.fspath(root), *arguments],
            capture_output=True, stdin=subprocess.DEVNULL, env=environment, check=False,
        )  # fmt: skip
    except FileNotFoundError:
        raise GitFailed(path=str(root), reason="git is not installed") from None
    if done.returncode:
        said = done.stderr.decode("utf-8", "replace").strip().splitlines()
        raise GitFailed(path=str(root), reason=said[0] if said else f"git exited with {done.returncode}")
    return os.fsdecode(done.stdout)


def from_diff(text: str) -> list[FileChange]:
    """The changes in a unified diff, as ``git diff`` or ``diff -u`` write it."""
    found: dict[str, list[tuple[int, int]]] = {}
    deleted: set[str] = set()
    reader = _DiffReader(found, deleted)
    for number, line in enumerate(text.split("\n"), 1):
        reader.line(line.removesuffix("\r"), number)
    if not found and not deleted and text.strip():
        raise DiffUnreadable(reason="it names no file")
    paths = sorted(set(found) | deleted)
    return [FileChange(path, tuple(found.get(path, ())), path in deleted and path not in found) for path in paths]


class _DiffReader:
    """Reads a unified diff line by line, knowing how many lines of a hunk are still to come."""

    def __init__(self, found: dict[str, list[tuple[int, int]]], deleted: set[str]) -> None:
        self._found, self._deleted = found, deleted
        self._old = ""
        self._path = ""
        self._at = 0  # line of the new file
        self._gone = 0  # the line before lines that were taken away, until others come in their place
        self._old_left = self._new_left = 0

    def line(self, line: str, number: int) -> None:
        if self._old_left > 0 or self._new_left > 0:
            self._body(line)
        elif line.startswith("--- "):
            self._old = _file_name(line[4:])
        elif line.startswith("+++ "):
            self._file(_file_name(line[4:]))
        elif line.startswith("rename from "):
            self._deleted.add(_unquote(line[12:]))
        elif line.startswith("rename to "):
            self._found.setdefault(_unquote(line[10:]), [])
        elif line.startswith("@@ "):
            self._hunk(line, number)

    def _file(self, new: str) -> None:
        if new:
            self._path = new
            self._found.setdefault(new, [])
        elif self._old:
            self._path = ""
            self._deleted.add(self._old)

    def _hunk(self, line: str, number: int) -> None:
        match = _HUNK.match(line)
        if not match:
            raise DiffUnreadable(reason=f"line {number} is no hunk: {line[:60]}")
        self._old_left = int(match[1] or 1)
        self._new_left = int(match[3] or 1)
        self._at = int(match[2]) + (0 if self._new_left else 1)

    def _body(self, line: str) -> None:
        if line.startswith("\\"):
            return  # "\ No newline at end of file"
        if line.startswith("+"):
            self._gone = 0
            self._mark(self._at)
            self._at += 1
            self._new_left -= 1
        elif line.startswith("-"):
            self._gone = max(1, self._at - 1)
            self._old_left -= 1
        else:
            self._flush()
            self._at += 1
            self._old_left -= 1
            self._new_left -= 1
        if self._old_left <= 0 and self._new_left <= 0:
            self._flush()

    def _flush(self) -> None:
        if self._gone:
            self._mark(self._gone)
        self._gone = 0

    def _mark(self, line: int) -> None:
        if not self._path:
            return
        ranges = self._found[self._path]
        if ranges and ranges[-1][1] >= line - 1:
            ranges[-1] = (ranges[-1][0], max(ranges[-1][1], line))
        else:
            ranges.append((line, line))


def _file_name(text: str) -> str:
    """The path in a ``---`` or ``+++`` line; "" for /dev/null."""
    text = text if text.startswith('"') else text.partition("\t")[0]
    name = _unquote(text)
    if name == "/dev/null":
        return ""
    return name[2:] if name[:2] in ("a/", "b/") else name


_ESCAPES = {"a": 7, "b": 8, "t": 9, "n": 10, "v": 11, "f": 12, "r": 13, '"': 34, "\\": 92}


def _unquote(text: str) -> str:
    """git puts odd paths in double quotes, with C's escapes and octal bytes."""
    if len(text) < 2 or not (text.startswith('"') and text.endswith('"')):
        return text
    raw = bytearray()
    for match in re.finditer(r"\\([0-7]{3})|\\(.)|([^\\]+)", text[1:-1]):
        if match[1]:
            raw.append(int(match[1], 8) & 255)
        elif match[2]:
            raw.append(_ESCAPES.get(match[2], ord(match[2]) & 255))
        else:
            raw += os.fsencode(match[3])
    return os.fsdecode(bytes(raw))

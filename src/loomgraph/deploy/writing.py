"""Generated files on disk: what differs from the plan, and writing it without losing what a person changed.

``.generated.json`` holds a hash of each file as it was generated. A file that is no longer so was changed by a person:
it is reported and left, and ``force`` writes it anew beside a copy. This module must not know what the files say.
"""

from __future__ import annotations

import contextlib
import difflib
import fcntl
import hashlib
import json
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from loomgraph.deploy import dotenv
from loomgraph.deploy.files import PRIVATE, Text
from loomgraph.deploy.secrets import masked
from loomgraph.errors import DeployError

MANIFEST = ".generated.json"
_LOCK = ".lock"
NEW, SAME, STALE, CHANGED, GONE = "new", "same", "stale", "changed", "gone"


@dataclass(frozen=True, slots=True)
class State:
    """How a file stands: ``new`` (not there), ``same``, ``stale`` (generated, and the plan says another now),
    ``changed`` (by a person), ``gone`` (the plan has it no more; nobody changed it)."""

    path: str
    outcome: str
    backup: str = ""


@contextlib.contextmanager
def alone(folder: Path) -> Iterator[None]:
    """Hold a deployment's folder for a change: plans and files are changed by one at a time."""
    descriptor = os.open(folder / _LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        _give(descriptor, folder)
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def states(folder: Path, wanted: Sequence[Text]) -> list[State]:
    """How every file stands, those of earlier generations too."""
    known = _manifest(folder)
    found = [State(text.path, _outcome(folder, text, known)) for text in wanted]
    left = sorted(known.keys() - {text.path for text in wanted})
    for path in left:
        now = _hash_of(folder / path)
        if now:
            found.append(State(path, GONE if now == known[path] else CHANGED))
    return found


def _outcome(folder: Path, text: Text, known: dict[str, str]) -> str:
    path = folder / text.path
    now = _hash_of(path)
    if not now:
        return NEW
    if now == _hash(text.content.encode()):
        return SAME if path.stat().st_mode & 0o777 == text.mode else STALE
    return STALE if now == known.get(text.path) else CHANGED


def write(folder: Path, wanted: Sequence[Text], *, force: bool = False) -> list[State]:
    """Bring the files up to date; with ``force`` also those that a person changed, kept beside them."""
    texts = {text.path: text for text in wanted}
    known = _manifest(folder)
    done = []
    for state in states(folder, wanted):
        path, text = folder / state.path, texts.get(state.path)
        if state.outcome == CHANGED and not force:
            done.append(state)
            continue
        backup = _keep(path) if state.outcome == CHANGED else ""
        if text is None:
            path.unlink(missing_ok=True)
            known.pop(state.path, None)
        else:
            if state.outcome != SAME:
                put(path, text.content.encode(), text.mode)
            known[text.path] = _hash(text.content.encode())
        done.append(State(state.path, state.outcome, backup))
    kept = {path: value for path, value in sorted(known.items()) if path in texts or _hash_of(folder / path)}
    content = json.dumps({"version": 1, "files": kept}, indent=1) + "\n"
    if _hash_of(folder / MANIFEST) != _hash(content.encode()):
        put(folder / MANIFEST, content.encode(), PRIVATE)
    return done


def differences(folder: Path, wanted: Sequence[Text], secret: frozenset[str]) -> str:
    """What :func:`write` would change, as a unified diff. Of files of variables it shows what the plan says, nothing
    that is ``secret`` or that a person added."""
    texts = {text.path: text.content for text in wanted}
    parts: list[str] = []
    for state in states(folder, wanted):
        if state.outcome == SAME:
            continue
        path = folder / state.path
        before = path.read_text("utf-8", errors="replace").splitlines(keepends=True) if path.exists() else []
        after = texts.get(state.path, "").splitlines(keepends=True)
        if state.path.endswith(".env"):
            shown = frozenset(dotenv.read("".join(after))) - secret
            before, after = masked(before, shown, after), masked(after, shown, after)
        parts += difflib.unified_diff(before, after, f"{state.path} ({state.outcome})", f"{state.path} (plan)")
    return "".join(parts)


def make_folder(path: Path) -> None:
    """A folder for its owner alone, with those above it that are not there."""
    missing = [one for one in (path, *path.parents) if not one.exists()]
    for one in reversed(missing):
        one.mkdir(mode=0o700, exist_ok=True)
        _give(one, one.parent)


def _give(made: int | Path, folder: Path) -> None:
    """What root made belongs to the owner of its folder: `sudo loomgraph deploy nginx` leaves all to the user."""
    if os.geteuid() == 0:
        there = folder.stat()
        os.chown(made, there.st_uid, there.st_gid)


def put(path: Path, content: bytes, mode: int) -> None:
    """Write a file whole or not at all; nobody reads it with more rights than ``mode`` at any moment."""
    make_folder(path.parent)
    fresh = path.with_name(f".{path.name}.{os.getpid()}.new")
    try:
        descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        with open(descriptor, "wb") as stream:
            stream.write(content)
            os.fchmod(stream.fileno(), mode)
            _give(stream.fileno(), path.parent)
            stream.flush()
            os.fsync(stream.fileno())
        os.replace(fresh, path)
    except OSError as error:
        fresh.unlink(missing_ok=True)
        raise DeployError(reason=f"{path} cannot be written: {error.strerror or error}") from None


def _keep(path: Path) -> str:
    """A copy beside the file, over none that is there; its name."""
    number = 0
    while True:
        kept = path.with_name(f"{path.name}.orig{f'.{number}' if number else ''}")
        if not kept.exists():
            break
        number += 1
    put(kept, path.read_bytes(), path.stat().st_mode & 0o777)
    return kept.name


def _manifest(folder: Path) -> dict[str, str]:
    try:
        found = json.loads((folder / MANIFEST).read_text("utf-8"))["files"]
    except FileNotFoundError:
        return {}
    except (OSError, ValueError, KeyError, TypeError):
        return {}  # then every file that differs counts as changed, and is left
    return {str(path): str(value) for path, value in found.items()} if isinstance(found, dict) else {}


def _hash_of(path: Path) -> str:
    try:
        return _hash(path.read_bytes())
    except (FileNotFoundError, NotADirectoryError):
        return ""
    except OSError as error:
        raise DeployError(reason=f"{path} cannot be read: {error.strerror or error}") from None


def _hash(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()

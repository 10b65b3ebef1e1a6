"""A client's configuration: shown, or put into a file beside everything that stands there already.

A file that cannot be read as what it should be is refused and left alone; one that is changed is kept beside itself
first. Keys of other servers, comments in TOML and the order of everything stay as they are. This module must not know
the shapes of clients.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from loomgraph.errors import BadInput
from loomgraph.mcp.clients import NAME, Client, Launch

_BARE = re.compile(r"[A-Za-z0-9_-]+")
_MOST_BACKUPS = 1000


@dataclass(frozen=True, slots=True)
class Written:
    """What was done to a file: ``created``, ``changed`` or ``unchanged``, and where the file as it was before lies."""

    path: str
    outcome: str
    backup: str = ""


def shown(client: Client, launch: Launch) -> str:
    """The client's configuration as text, with nothing but this server in it."""
    if client.toml:
        return _toml(client, launch)
    return json.dumps(client.document(launch), indent=2, ensure_ascii=False) + "\n"


def write(client: Client, launch: Launch, path: Path) -> Written:
    """Put the server into the configuration at ``path``."""
    before = _read(path)
    after = (_merged_toml if client.toml else _merged_json)(client, launch, before or "", path)
    if before == after:
        return Written(str(path), "unchanged")
    backup = _backup(path, before) if before is not None else ""
    _replace(path, after)
    return Written(str(path), "created" if before is None else "changed", backup)


def _read(path: Path) -> str | None:
    try:
        return path.read_bytes().decode("utf-8-sig")
    except FileNotFoundError:
        return None
    except UnicodeDecodeError:
        raise BadInput(reason=f"{path} is no UTF-8 text. Nothing was changed.") from None
    except OSError as error:
        raise BadInput(reason=f"{path} cannot be read: {error.strerror}. Nothing was changed.") from None


# -- JSON ---------------------------------------------------------------------------------------------------------


def _merged_json(client: Client, launch: Launch, before: str, path: Path) -> str:
    plain = _parsed(before, path) if before.strip() else {}
    servers = plain.setdefault(client.under, {})
    if not isinstance(servers, dict):
        raise BadInput(reason=f"{path}: {client.under} is no object. Nothing was changed.")
    entry = client.entry(launch)
    if servers.get(NAME) == entry:
        return before
    servers[NAME] = entry
    indent = re.search(r"^([ \t]+)\S", before, re.MULTILINE)
    step: int | str = indent[1] if indent else 2
    return json.dumps(plain, indent=step, ensure_ascii=False) + "\n"


def _parsed(text: str, path: Path) -> dict[str, Any]:
    def once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        found = dict(pairs)
        if len(found) < len(pairs):
            raise BadInput(reason=f"{path} says a key twice: writing it again would lose one. Nothing was changed.")
        return found

    try:
        plain = json.loads(text, object_pairs_hook=once)
    except ValueError as error:
        comments = re.search(r"^\s*(//|/\*)|,\s*[}\]]", text, re.MULTILINE)
        why = "it holds comments or trailing commas, which writing it again would lose" if comments else str(error)
        raise BadInput(
            reason=f"{path} cannot be merged into: {why}. Nothing was changed; without --write the entry is printed."
        ) from None
    if not isinstance(plain, dict):
        raise BadInput(reason=f"{path} holds no JSON object. Nothing was changed.")
    return plain


# -- TOML ---------------------------------------------------------------------------------------------------------


def _merged_toml(client: Client, launch: Launch, before: str, path: Path) -> str:
    """The text with our table added at its end, or written anew where it stands; all else stays letter by letter."""
    try:
        plain = tomllib.loads(before)
    except tomllib.TOMLDecodeError as error:
        raise BadInput(reason=f"{path} is no TOML: {error}. Nothing was changed.") from None
    servers = plain.get(client.under, {})
    if not isinstance(servers, dict):
        raise BadInput(reason=f"{path}: {client.under} is no table. Nothing was changed.")
    if servers.get(NAME) == client.entry(launch):
        return before
    kept = _without_table(before, client)
    text = kept.rstrip() + ("\n\n" if kept.strip() else "") + _toml(client, launch)
    expected = {**plain, client.under: {**servers, NAME: client.entry(launch)}}
    try:
        same = tomllib.loads(text) == expected
    except tomllib.TOMLDecodeError:
        same = False
    if not same:
        raise BadInput(
            reason=f"{path} says {client.under}.{NAME} in a form that cannot be replaced safely. Nothing was changed."
        )
    return text


def _without_table(text: str, client: Client) -> str:
    """The text without the tables of our server."""
    ours = re.compile(rf"\s*\[\s*{client.under}\s*\.\s*[\"']?{NAME}[\"']?\s*(\.[^\]]*)?\]")
    kept: list[str] = []
    inside = False
    for line in text.splitlines(keepends=True):
        if re.match(r"\s*\[", line):
            inside = bool(ours.match(line))
        if not inside:
            kept.append(line)
    return "".join(kept)


def _toml(client: Client, launch: Launch) -> str:
    lines = [f"[{client.under}.{NAME}]"]
    for key, value in client.entry(launch).items():
        lines.append(f"{_key(key)} = {_value(value)}")
    return "\n".join(lines) + "\n"


def _key(key: str) -> str:
    return key if _BARE.fullmatch(key) else json.dumps(key)


def _value(value: object) -> str:
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{_key(key)} = {_value(item)}" for key, item in value.items()) + " }"
    if isinstance(value, list):
        return "[" + ", ".join(map(_value, value)) + "]"
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")


# -- files --------------------------------------------------------------------------------------------------------


def _backup(path: Path, text: str) -> str:
    """Keep the file as it was beside itself, under a name that nothing has."""
    for number in range(_MOST_BACKUPS):
        place = path.with_name(f"{path.name}.backup{number or ''}")
        with contextlib.suppress(FileExistsError), open(place, "x", encoding="utf-8", newline="") as file:
            os.chmod(place, path.stat().st_mode & 0o777)
            file.write(text)
            return str(place)
    raise BadInput(reason=f"There are {_MOST_BACKUPS} backups of {path} already: remove some. Nothing was changed.")


def _replace(path: Path, text: str) -> None:
    """Write the file whole or not at all; a link stays one."""
    place = Path(os.path.realpath(path))
    draft = place.with_name(f".{place.name}.{os.getpid()}")
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
        mode = place.stat().st_mode & 0o777 if place.exists() else 0o600
        with open(
            os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "w", encoding="utf-8", newline=""
        ) as file:
            file.write(text)
        draft.replace(place)
    except OSError as error:
        draft.unlink(missing_ok=True)
        raise BadInput(reason=f"{path} cannot be written: {error.strerror}.") from None

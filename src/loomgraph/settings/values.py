"""How the values of settings are read: from the text of a variable or from a TOML value, checked and typed.

Each reader raises ``ValueError`` with words that go behind the place of the value ("must be …"); a secret's reader
never repeats the value. This module must not know any setting.
"""

from __future__ import annotations

import math
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

Read = Callable[[object], Any]
_YES = ("1", "true", "yes", "on")
_NO = ("0", "false", "no", "off", "")


class Secret:
    """A text that is shown nowhere: neither printed, logged nor written into an error. ``reveal`` is the way to it."""

    __slots__ = ("_text",)

    def __init__(self, text: str = "") -> None:
        self._text = text

    def reveal(self) -> str:
        """The secret itself, for whoever sends it to where it belongs."""
        return self._text

    def __bool__(self) -> bool:
        return bool(self._text)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and other._text == self._text

    def __hash__(self) -> int:
        return hash(self._text)

    def __str__(self) -> str:
        return "(set, not shown)" if self._text else ""

    __repr__ = __str__


class Address(Secret):
    """The address of a database: shown without its password."""

    __slots__ = ()

    def __str__(self) -> str:
        from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

        parts = urlsplit(self.reveal())
        who, at, where = parts.netloc.rpartition("@")
        user = who.partition(":")[0]
        query = urlencode([(name, value) for name, value in parse_qsl(parts.query) if "password" not in name.lower()])
        return urlunsplit(parts._replace(netloc=f"{user}{at}{where}", query=query))

    __repr__ = __str__


def text(value: object) -> str:
    """Any text."""
    if not isinstance(value, str):
        raise ValueError("must be text")
    return value


def path(value: object) -> Path:
    """An absolute path; ``~`` is the home."""
    given = text(value)
    if not given:
        raise ValueError("must not be empty")
    found = Path(given).expanduser()
    if not found.is_absolute():
        raise ValueError(f"must be an absolute path, not {given!r}")
    return found


def number(low: float, high: float) -> Callable[[object], float]:
    """A number within bounds."""

    def read(value: object) -> float:
        if isinstance(value, bool) or not isinstance(value, (int, float, str)):
            raise ValueError("must be a number")
        try:
            found = float(value)
        except ValueError:
            raise ValueError(f"must be a number, not {value!r}") from None
        if not low <= found <= high:
            most = f"between {low:g} and {high:g}" if math.isfinite(high) else f"{low:g} or more"
            raise ValueError(f"must be {most}, not {value}")
        return found

    return read


def whole(low: int, high: int) -> Callable[[object], int]:
    """A whole number within bounds."""
    read_number = number(low, high)

    def read(value: object) -> int:
        found = read_number(value)
        if found != int(found):
            raise ValueError(f"must be a whole number, not {value}")
        return int(found)

    return read


def flag(value: object) -> bool:
    """True or false."""
    if isinstance(value, bool):
        return value
    said = str(value).strip().lower() if isinstance(value, (str, int)) else "?"
    if said not in _YES + _NO:
        raise ValueError(f"must be true or false, not {value!r}")
    return said in _YES


def choice(*names: str, meaning: dict[str, str] | None = None) -> Callable[[object], str]:
    """One of some words, whatever their case; ``meaning`` says what a word stands for, itself otherwise."""

    def read(value: object) -> str:
        said = value.strip().lower() if isinstance(value, str) else value
        if said not in names:
            words = [name for name in names if name]
            raise ValueError(f"must be {', '.join(words[:-1])} or {words[-1]}, not {value!r}")
        return (meaning or {}).get(str(said), str(said))

    return read


def patterns(value: object) -> tuple[str, ...]:
    """A list of texts; in the environment separated by commas."""
    if isinstance(value, str):
        return tuple(part.strip() for part in value.split(",") if part.strip())
    if isinstance(value, list) and all(isinstance(part, str) for part in value):
        return tuple(value)
    raise ValueError("must be a list of patterns (in the environment: separated by commas)")


def paths(value: object) -> tuple[str, ...]:
    """A list of absolute paths; in the environment separated as in ``PATH``."""
    given = value.split(os.pathsep) if isinstance(value, str) else patterns(value)
    return tuple(str(path(one.strip())) for one in given if one.strip())


def secret(value: object) -> Secret:
    """A key or a password."""
    if not isinstance(value, str):
        raise ValueError("must be text")
    if not value.isprintable() or not value.isascii():
        raise ValueError("must be plain ASCII text without line ends")
    return Secret(value.strip())


def url(value: object) -> str:
    """The address of a server, without credentials (they would be shown) and without a slash at the end."""
    from urllib.parse import urlsplit

    given = text(value).strip()
    if not given:
        return ""
    try:
        parts = urlsplit(given)
        _ = parts.port
    except ValueError:
        raise ValueError("must be the address of a server, such as http://localhost:8080/v1") from None
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ValueError("must be the address of a server, such as http://localhost:8080/v1")
    if parts.username or parts.password:
        raise ValueError("must not hold a user or a password: keys have a setting of their own")
    return given.rstrip("/")


def database(*words: str) -> Callable[[object], Address]:
    """The address of a PostgreSQL database, or one of some words."""

    def read(value: object) -> Address:
        from urllib.parse import urlsplit

        given = value.strip() if isinstance(value, str) else ""
        if given.lower() in words:
            return Address(given.lower())
        try:
            parts = urlsplit(given)
            _ = parts.port
        except ValueError:
            parts = urlsplit("")
        if parts.scheme not in ("postgresql", "postgres") or not given.isprintable():
            raise ValueError(
                f"must be {' or '.join(words)}, or an address such as postgresql://user@host:5432/database"
            )
        return Address(given)

    return read


def json_object(value: object) -> dict[str, Any]:
    """A JSON object; in the file, a table."""
    if isinstance(value, dict):
        return value
    import json

    if not isinstance(value, str):
        raise ValueError("must be a JSON object")
    if not value.strip():
        return {}
    try:
        found = json.loads(value)
    except ValueError as error:
        raise ValueError(f"must be a JSON object ({error})") from None
    if not isinstance(found, dict):
        raise ValueError("must be a JSON object")
    return found

"""Which functions something outside the project starts: ``entry_points.toml``, read once."""

from __future__ import annotations

import tomllib
from functools import lru_cache
from importlib.resources import files
from typing import NamedTuple


class EntryPoints(NamedTuple):
    """Last names of decorators, and names of module-level functions."""

    decorators: frozenset[str]
    names: frozenset[str]


@lru_cache(maxsize=1)
def entry_points() -> EntryPoints:
    """The rules of the file beside this module."""
    table = tomllib.loads(files(__package__).joinpath("entry_points.toml").read_text(encoding="utf-8"))
    return EntryPoints(frozenset(table["decorators"]), frozenset(table["names"]))

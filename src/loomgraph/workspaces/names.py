"""Names of projects: what is one, and how a folder's name becomes one.

A name is checked here before it touches a path, a key or SQL. This module must not know where projects lie.
"""

from __future__ import annotations

import re

from loomgraph.errors import InvalidProjectName

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}")
_INVALID = re.compile(r"[^A-Za-z0-9_-]+")
_LONGEST = 64

# Names of devices, which Windows gives to no file or folder.
_RESERVED = frozenset(
    ["con", "prn", "aux", "nul", *(f"com{digit}" for digit in range(10)), *(f"lpt{digit}" for digit in range(10))]
)


def check(name: str) -> str:
    """``name`` itself when it is a project name; raises ``InvalidProjectName`` otherwise."""
    if not _NAME.fullmatch(name) or name.lower() in _RESERVED:
        raise InvalidProjectName(name=name or "(nothing)")
    return name


def is_name(name: str) -> bool:
    """Whether ``name`` is a project name."""
    return bool(_NAME.fullmatch(name)) and name.lower() not in _RESERVED


def from_folder(folder_name: str) -> str:
    """A project name made from the name of a folder: what no name may hold becomes ``-``."""
    name = _INVALID.sub("-", folder_name).strip("-_")[:_LONGEST].rstrip("-_")
    if not name:
        return "project"
    return f"{name}-project"[:_LONGEST] if name.lower() in _RESERVED else name

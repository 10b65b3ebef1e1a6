"""How a setting is declared: as a field of a frozen dataclass that says all there is to say about it.

``setting`` makes the field; ``declared`` lists the settings of a class. Such a class is a group: its settings are
called ``<prefix><field>`` in the configuration file and ``LOOMGRAPH_<PREFIX><FIELD>`` in the environment. This module
must not know any setting.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import Any

from loomgraph.settings.values import Read, Secret

PREFIX = "LOOMGRAPH_"
_KEY = "setting"


@dataclass(frozen=True, slots=True)
class Field:
    """One setting: its name, how its value is read, what it defaults to in words, and what it does.

    ``attribute`` is where it stands in its group, ``group`` the attribute of ``Settings`` that holds the group ("" for
    ``Settings`` itself); ``aliases`` are variables of other programs that set it, too.
    """

    name: str
    read: Read
    default: str
    doc: str
    aliases: tuple[str, ...] = ()
    group: str = ""
    attribute: str = ""

    @property
    def variable(self) -> str:
        """The environment variable that sets it."""
        return PREFIX + self.name.upper()


def setting(
    read: Read, doc: str, default: Any = dataclasses.MISSING, *, shown: str = "", aliases: tuple[str, ...] = (),
    name: str = "",
) -> Any:  # fmt: skip
    """A field of a group of settings.

    ``shown`` says the default in words where the value does not; ``name`` is the setting's whole name where it is not
    the group's prefix and the field's name.
    """
    metadata = {_KEY: (read, doc, shown, aliases, name)}
    hidden = isinstance(default, Secret)
    if isinstance(default, (dict, list, set)):
        return dataclasses.field(default_factory=lambda: default.copy(), metadata=metadata)
    return dataclasses.field(default=default, metadata=metadata, repr=not hidden)


def declared(kind: type, prefix: str = "", group: str = "") -> list[Field]:
    """The settings that a dataclass declares."""
    found = []
    for one in dataclasses.fields(kind):
        if _KEY not in one.metadata:
            continue
        read, doc, shown, aliases, name = one.metadata[_KEY]
        default = shown or str(one.default)
        found.append(Field(name or prefix + one.name, read, default, doc, aliases, group, one.name))
    return found

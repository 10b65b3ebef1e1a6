"""Ids: the names that the definitions of a file carry in the graph.

``path`` for the module, ``path::Outer.inner`` inside it, ``~2``, ``~3`` … for later definitions of the same name in
the same place. Hidden definitions have no id of their own: what they hold hangs under the nearest symbol.
"""

from __future__ import annotations

from collections.abc import Sequence

from loomgraph.facts import DefFlag, Definition, DefKind

_HIDDEN = int(DefFlag.HIDDEN)
_EXTENSION = int(DefFlag.EXTENSION)


def names_of(definitions: Sequence[Definition]) -> list[str]:
    """The dotted name of each definition inside its file, made unique; "" for the module and for hidden ones."""
    dotted: list[str] = [""] * len(definitions)  # what children are prefixed with
    names: list[str] = [""] * len(definitions)
    seen: dict[str, int] = {}
    for at, definition in enumerate(definitions):
        if at == 0:
            continue
        above = dotted[definition.parent]
        if definition.flags & _HIDDEN or definition.kind == DefKind.SCOPE:
            # an extension of a type declared elsewhere still names what it holds
            named = definition.flags & _EXTENSION and definition.name
            dotted[at] = (f"{above}.{definition.name}" if above else definition.name) if named else above
            continue
        name = f"{above}.{definition.name}" if above else definition.name
        count = seen.get(name, 0) + 1
        seen[name] = count
        names[at] = dotted[at] = name if count == 1 else f"{name}~{count}"
    return names


def symbol_ids(path: str, definitions: Sequence[Definition]) -> list[str]:
    """The id of each definition; hidden ones get the id of the nearest symbol around them."""
    ids: list[str] = []
    for definition, name in zip(definitions, names_of(definitions), strict=True):
        if name:
            ids.append(f"{path}::{name}")
        elif definition.parent < 0:
            ids.append(path)
        else:
            ids.append(ids[definition.parent])
    return ids

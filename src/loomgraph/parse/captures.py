"""What the query of a structure language finds in a file, put in order.

The captures of ``symbols.scm``, each pattern with one main capture and others beside it:

``@definition.KIND``  a definition (KINDS of ``structure.py``) with ``@name``, ``@receiver`` (the type it belongs to
    when that stands elsewhere), ``@params``, ``@result``, ``@type`` and ``@value`` (of a field or variable),
    ``@inherits``, ``@implements`` (types), ``@body``, ``@whole`` (the declaration around it, with
    modifiers). A second pattern with the same node adds captures to the first.
``@local``  a local variable: ``@name``, ``@type``, ``@value``; also a field when it stands in a class.
``@ignored``  what is not looked into (attributes whose text looks like calls).
``@package``  the name of the package the file declares itself part of.
``@import.KIND``  an import: ``@module`` (and ``@alias``) when the language names files, else its text is read.
``@call`` and ``@new``  with ``@name`` (the last name of the callee), ``@receiver``, ``@arguments``, ``@tokens`` (the
    same, unparsed), ``@extra`` (an argument outside the list). ``@reference`` a type or name used.
"""

from __future__ import annotations

from tree_sitter import Node, Query, QueryCursor

_MAIN = frozenset(("ignored", "definition", "local", "package", "import", "call", "new", "reference"))
_ORDER = {"ignored": 0, "package": 0, "definition": 1}

Captures = dict[str, list[Node]]


class Item:
    """One thing a query found: its main node, what kind of thing it is, and the captures beside it."""

    __slots__ = ("captures", "category", "detail", "node", "rank")

    def __init__(self, category: str, detail: str, node: Node, captures: Captures, rank: int) -> None:
        self.category, self.detail, self.node, self.captures, self.rank = category, detail, node, captures, rank

    def first(self, name: str) -> Node | None:
        found = self.captures.get(name)
        return found[0] if found else None

    def add(self, captures: Captures) -> None:
        """Take in what another pattern captured beside the same node."""
        mine = self.captures
        for name, nodes in captures.items():
            have = mine.get(name)
            if have is None:
                mine[name] = nodes
            elif len(nodes) > 1 or nodes[0].id != have[-1].id:
                seen = {node.id for node in have}
                mine[name] = [*have, *(node for node in nodes if node.id not in seen)]


def found_items(query: Query, root: Node) -> list[Item]:
    """What the query finds, outer things first; patterns that name the same node as one thing are put together."""
    found: dict[tuple[int, str], Item] = {}
    for pattern, captures in QueryCursor(query).matches(root):
        for name, nodes in captures.items():
            category, _, detail = name.partition(".")
            if category not in _MAIN:
                continue
            for node in nodes if category == "reference" else nodes[:1]:
                key = (node.id, category)
                known = found.get(key)
                if known is None:
                    found[key] = Item(category, detail, node, captures, pattern)
                    continue
                if pattern < known.rank:
                    known.rank, known.detail = pattern, detail
                known.add(captures)
    items = list(found.values())
    items.sort(key=lambda i: (i.node.start_byte, -i.node.end_byte, _ORDER.get(i.category, 3), i.rank))
    return items

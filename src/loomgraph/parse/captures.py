"""What the query of a structure language finds in a file, put in order.

The captures of ``symbols.scm``, each pattern with one main capture and others beside it:

``@definition.KIND``  a definition of one of :data:`KINDS`, with ``@name``, ``@receiver`` (the type it belongs to
    when that stands elsewhere), ``@params``, ``@result``, ``@type`` and ``@value`` (of a field or variable),
    ``@inherits``, ``@implements`` (types), ``@returned`` (a value it gives), ``@body``, ``@whole`` (the declaration
    around it, with modifiers). A second pattern with the same node adds captures to the first.
``@local``  a local variable: ``@name``, ``@type``, ``@value``; also a field when it stands in a class.
``@ignored``  what is not looked into (attributes whose text looks like calls).
``@package``  the name of the package the file declares itself part of.
``@import.KIND``  an import: ``@module`` (and ``@alias``) when the language names files, else its text is read.
``@call`` and ``@new``  with ``@name`` (the last name of the callee), ``@receiver``, ``@arguments``, ``@tokens`` (the
    same, unparsed), ``@extra`` (an argument outside the list). ``@reference`` a type or name used.
"""

from __future__ import annotations

from tree_sitter import Node, Query, QueryCursor

from loomgraph.facts import DefFlag, DefKind
from loomgraph.model import SymbolKind

_MAIN = frozenset(("ignored", "definition", "local", "package", "import", "call", "new", "reference"))
_ORDER = {"ignored": 0, "package": 0, "definition": 1}

KINDS: dict[str, tuple[DefKind, SymbolKind, int]] = {
    "class": (DefKind.CLASS, SymbolKind.CLASS, 0),
    "struct": (DefKind.CLASS, SymbolKind.STRUCT, DefFlag.STRUCT),
    "interface": (DefKind.CLASS, SymbolKind.INTERFACE, DefFlag.INTERFACE | DefFlag.ABSTRACT),
    "enum": (DefKind.CLASS, SymbolKind.ENUM, DefFlag.ENUM),
    "object": (DefKind.CLASS, SymbolKind.OBJECT, 0),
    "module": (DefKind.CLASS, SymbolKind.MODULE, 0),
    "namespace": (DefKind.CLASS, SymbolKind.NAMESPACE, 0),
    "extension": (DefKind.CLASS, SymbolKind.CLASS, DefFlag.EXTENSION | DefFlag.HIDDEN),
    "type": (DefKind.TYPE, SymbolKind.CLASS, 0),
    "function": (DefKind.FUNCTION, SymbolKind.FUNCTION, 0),
    "declared": (DefKind.FUNCTION, SymbolKind.FUNCTION, DefFlag.OVERLOAD),
    "macro": (DefKind.FUNCTION, SymbolKind.FUNCTION, 0),
    "singleton": (DefKind.FUNCTION, SymbolKind.FUNCTION, DefFlag.STATIC),
    "constructor": (DefKind.FUNCTION, SymbolKind.CONSTRUCTOR, DefFlag.CONSTRUCTOR),
    "operator": (DefKind.FUNCTION, SymbolKind.OPERATOR, 0),
    "lambda": (DefKind.FUNCTION, SymbolKind.FUNCTION, DefFlag.HIDDEN),
    "property": (DefKind.VALUE, SymbolKind.PROPERTY, 0),
    "promoted": (DefKind.VALUE, SymbolKind.FIELD, 0),  # a parameter that is a field of the class around, too
    "accessor": (DefKind.FUNCTION, SymbolKind.FIELD, 0),  # a field that is read by calling it
    "reader": (DefKind.FUNCTION, SymbolKind.PROPERTY, 0),  # the same, of a field under another name
    "field": (DefKind.VALUE, SymbolKind.FIELD, 0),
    "constant": (DefKind.VALUE, SymbolKind.CONSTANT, 0),
    "variable": (DefKind.VALUE, SymbolKind.VARIABLE, 0),
    "enum_member": (DefKind.VALUE, SymbolKind.ENUM_MEMBER, 0),
    "event": (DefKind.VALUE, SymbolKind.EVENT, 0),
}

SPACES = (SymbolKind.MODULE, SymbolKind.NAMESPACE)  # classes whose functions are functions, not methods

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

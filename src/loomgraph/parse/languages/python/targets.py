"""What assignments write to: names, patterns, attributes, elements of containers.

Every way of binding (assignment, ``for``, ``with``, ``except``, imports aside) ends in :func:`assign`.
"""

from __future__ import annotations

from typing import Final

from tree_sitter import Node

from loomgraph.facts import BindingFlag, DefKind, Member, Op
from loomgraph.parse.builder import NONE
from loomgraph.parse.languages.python import nodes as k
from loomgraph.parse.languages.python.nodes import SEQUENCES, meaningful, parts
from loomgraph.parse.languages.python.state import REF, State

_PATTERNS: Final = frozenset({k.PATTERN_LIST, k.TUPLE_PATTERN, k.LIST_PATTERN, k.TUPLE, k.LIST, k.EXPRESSION_LIST})
_SPLATS: Final = frozenset({k.LIST_SPLAT_PATTERN, k.LIST_SPLAT})
_LITERALS: Final = frozenset({k.STRING, k.CONCATENATED_STRING, k.INTEGER, k.NONE, k.ELLIPSIS})
_MOST_UPDATES: Final = 12  # of one container in one scope: what is put in later seldom is of another kind
_ELEMENT_METHODS: Final = frozenset({"append", "add", "appendleft", "insert"})


def assign(s: State, target: Node, value: int, flags: int = 0) -> None:
    """``target`` takes ``value``."""
    kind = target.kind_id
    if kind == k.IDENTIFIER:
        s.bind(s.text(target), value, target.start_point[0] + 1, flags)
    elif kind == k.ATTRIBUTE:
        set_attribute(s, target, value)
    elif kind == k.SUBSCRIPT:
        set_element(s, target, value)
    elif kind in _PATTERNS:
        unpack(s, meaningful(target), value, flags)
    elif kind in _SPLATS:
        assign(s, meaningful(target)[0], s.b.seq("list", [value]), flags)
    elif kind in (k.PARENTHESIZED, k.AS_PATTERN_TARGET):
        for child in meaningful(target):
            assign(s, child, value, flags)
    else:
        s.expr(target)


def unpack(s: State, targets: list[Node], value: int, flags: int = 0) -> None:
    """``a, *b, c = value``: what stands after a starred name is counted from the end, hence any element."""
    starred = False
    for at, target in enumerate(targets):
        if target.kind_id in _SPLATS:
            starred = True
            element = s.b.op(Op.ELEM, value, NONE)
        else:
            element = s.b.op(Op.ELEM, value, NONE if starred else at)
        assign(s, target, element, flags)


def assign_sequence(s: State, target: Node, right: Node, flags: int = 0) -> int:
    """``a, b = x, y``: each target gets its own value, which is exact where an element of a whole would not be."""
    targets, values = meaningful(target), meaningful(right)
    drafts = [s.expr(v) for v in values]
    stars = [at for at, t in enumerate(targets) if t.kind_id in _SPLATS]
    plain = not any(v.kind_id in _SPLATS for v in values)
    whole = s.b.seq(SEQUENCES.get(right.kind_id, "tuple"), drafts)
    if not plain or len(stars) > 1 or (len(targets) != len(drafts) if not stars else len(targets) - 1 > len(drafts)):
        unpack(s, targets, whole, flags)
        return whole
    taken = 0
    for at, each in enumerate(targets):
        if at in stars:
            many = len(drafts) - len(targets) + 1
            rest = s.b.seq("list", drafts[taken : taken + many])
            assign(s, meaningful(each)[0], rest, flags)
            taken += many
        else:
            nested = values[taken]
            if each.kind_id in _PATTERNS and nested.kind_id in SEQUENCES:
                _nested(s, each, drafts[taken], flags)
            else:
                assign(s, each, drafts[taken], flags)
            taken += 1
    return whole


def _nested(s: State, target: Node, value: int, flags: int) -> None:
    unpack(s, meaningful(target), value, flags)


def sequence_pair(target: Node, right: Node) -> bool:
    """Whether both sides are written out, so that :func:`assign_sequence` applies."""
    return target.kind_id in _PATTERNS and right.kind_id in SEQUENCES


def is_receiver(s: State, node: Node) -> bool:
    """Whether ``node`` is ``self`` (or ``cls``) of the method around."""
    frame = s.frame
    return bool(frame.receiver) and node.kind_id == k.IDENTIFIER and s.text(node) == frame.receiver


def set_attribute(s: State, target: Node, value: int) -> None:
    base_node, _, name_node = parts(target, 3)
    name = s.text(name_node)
    own = is_receiver(s, base_node)
    base = s.expr(base_node)
    line = name_node.start_point[0] + 1
    s.b.site(s.b.attr(base, name), line, REF)  # what is set may be declared, or a property
    if own:
        s.b.member(s.frame.owner_class, name, value, line)
    else:
        s.stores += (base, name, value)


def set_element(s: State, target: Node, value: int) -> None:
    """``base[key] = value``: the container is from here on one that also holds the value."""
    children = meaningful(target)
    base_node = children[0]
    keys = [key(s, c) for c in children[1:]]
    if base_node.kind_id != k.IDENTIFIER and not _own_attribute(s, base_node):
        s.expr(base_node)
    added = s.b.mapping([(keys[0] if len(keys) == 1 else NONE, value)])
    add_to(s, base_node, added)


def key(s: State, node: Node) -> int:
    """A key of a mapping or an index; small whole numbers keep their value, as ``#`` and the number."""
    if node.kind_id == k.INTEGER and node.end_byte - node.start_byte <= 3:
        return s.b.string("#" + s.text(node))
    return s.expr(node)


def add_by_method(
    s: State, base_node: Node, method: str, node: Node, args: list[int], keywords: list[tuple[str, int]]
) -> None:
    """``items.append(value)`` and its kin; ``node`` holds the arguments."""
    if method in _ELEMENT_METHODS and args:
        add_to(s, base_node, s.b.seq("list", [args[-1]]))
    elif method == "setdefault" and len(args) == 2:
        add_to(s, base_node, s.b.mapping([(args[0], args[1])]))
    elif method == "update" and (args or keywords):
        if args:
            written_out = meaningful(node)[0].kind_id == k.DICTIONARY
            add_to(s, base_node, args[0] if written_out else s.b.mapping([(NONE, s.b.op(Op.DICTITEM, args[0]))]))
        if keywords:
            add_to(s, base_node, s.b.mapping([(s.b.string(name), v) for name, v in keywords if name != "**"]))
    elif method == "extend" and args:
        add_to(s, base_node, s.b.seq("list", [s.b.op(Op.ITER, args[0])]))


def _own_attribute(s: State, node: Node) -> bool:
    return node.kind_id == k.ATTRIBUTE and is_receiver(s, parts(node, 3)[0])


def add_to(s: State, base_node: Node, added: int) -> None:
    """The container that ``base_node`` names also holds what ``added`` holds."""
    frame = s.frame
    if base_node.kind_id == k.IDENTIFIER:
        name = s.text(base_node)
        count = frame.containers.get(name, 0)
        if count >= _MOST_UPDATES:
            return
        frame.containers[name] = count + 1
        owned = name in frame.plain or frame.kind in (DefKind.MODULE, DefKind.CLASS)
        before = s.b.name(name)
        line = base_node.start_point[0] + 1
        value = s.b.union([before, added])
        if owned or name in frame.redirect:
            s.bind(name, value, line, BindingFlag.AUGMENTED)
        else:  # a container of an enclosing scope: it is the same object there
            s.b.bind(name, added, flags=BindingFlag.AUGMENTED | BindingFlag.GLOBAL, scope=_holder(s, name), line=line)
    elif _own_attribute(s, base_node):
        name_node = parts(base_node, 3)[2]
        count = frame.containers.get(s.text(name_node), 0)
        if count < _MOST_UPDATES:
            frame.containers[s.text(name_node)] = count + 1
            line = name_node.start_point[0] + 1
            s.updates.append(Member(frame.owner_class, s.text(name_node), added, s.b.scope, line))


def flush_updates(s: State, owner: int) -> None:
    """What is put into containers that the class ``owner`` itself makes; those it inherits are described there."""
    own = {m.name for m in s.b.members if m.owner == owner} | s.frame.symbols
    s.b.members += [u for u in s.updates if u.owner == owner and u.name in own]
    s.updates = [u for u in s.updates if u.owner != owner]


def _holder(s: State, name: str) -> int:
    """The scope that owns ``name``, seen from here: the nearest enclosing function that binds it, else the module."""
    for frame in reversed(s.frames[:-1]):
        if frame.kind in (DefKind.FUNCTION, DefKind.SCOPE) and name in frame.plain:
            return frame.index
    return 0


def is_literal(node: Node) -> bool:
    return node.kind_id in _LITERALS

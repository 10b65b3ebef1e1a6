"""Statements: assignments, control flow with what its tests prove, and scopes of names."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from tree_sitter import Node

from loomgraph.facts import BindingFlag, DefFlag, DefKind, Op, SiteKind
from loomgraph.parse.builder import NONE
from loomgraph.parse.languages.python import nodes as k
from loomgraph.parse.languages.python.annotations import type_expr
from loomgraph.parse.languages.python.definitions import block, class_, decorated, function
from loomgraph.parse.languages.python.expressions import CALL_VALUE, iterate
from loomgraph.parse.languages.python.imports import exported_names, from_import, plain_import
from loomgraph.parse.languages.python.matching import match
from loomgraph.parse.languages.python.narrowing import Proofs, narrow, tests
from loomgraph.parse.languages.python.nodes import EXITS, meaningful
from loomgraph.parse.languages.python.state import State, Statement
from loomgraph.parse.languages.python.targets import (
    assign,
    assign_sequence,
    is_literal,
    is_receiver,
    sequence_pair,
)

_CONTAINERS: Final = frozenset({k.LIST, k.DICTIONARY, k.TUPLE, k.SET, k.LAMBDA})
_SYMBOL_SCOPES: Final = (int(DefKind.MODULE), int(DefKind.CLASS))
_LONGEST_SIGNATURE: Final = 120
_NOT_FIELDS: Final = frozenset({"__slots__", "__all__", "_"})


def expression_statement(s: State, node: Node) -> None:
    expressions = s.expressions
    for child in node.children:
        kind = child.kind_id
        if kind == k.ASSIGNMENT:
            assignment(s, child)
        elif kind != k.STRING:
            handler = expressions.get(kind)
            if handler is not None:
                handler(s, child)
            elif child.is_named:
                statement = s.statements.get(kind)
                if statement is not None:
                    statement(s, child)
                else:
                    s.children(child)


# -- assignments ------------------------------------------------------------------------------------------------


def assignment(s: State, node: Node) -> int:
    """``target: type = value``; gives the value, for ``a = b = value``."""
    target = type_node = right = None
    after_equals = False
    for child in node.children:
        kind = child.kind_id
        if kind == k.TYPE:
            type_node = child
        elif not child.is_named:
            after_equals = after_equals or child.type == "="
        elif kind in k.EXTRAS:
            continue
        elif after_equals:
            right = child
        else:
            target = child
    if target is None:
        s.children(node)
        return s.nothing()
    if type_node is not None:
        return _annotated(s, node, target, type_node, right)
    if right is None:
        return s.nothing()
    value = NONE
    if right.kind_id == k.ASSIGNMENT:
        value = assignment(s, right)
    elif sequence_pair(target, right):
        _declare_values(s, target, node, None)
        return assign_sequence(s, target, right)
    else:
        if target.kind_id == k.IDENTIFIER and s.frame.kind == DefKind.MODULE:
            if s.text(target) == "__all__":
                exported_names(s, right)
            elif right.kind_id == k.CALL and _type_variable(s, target, right, node):
                return s.nothing()
        value = s.expr(right)
    _declare_values(s, target, node, right)
    if s.frame.members is not None and target.kind_id == k.IDENTIFIER and s.text(target) in s.frame.members:
        value = s.b.typed(s.b.op(Op.PLAIN, s.frame.index))
    assign(s, target, value)
    return value


def _annotated(s: State, node: Node, target: Node, type_node: Node, right: Node | None) -> int:
    declared = type_expr(s, type_node)
    special = s.typing_name(meaningful(type_node)[0])
    if right is not None and special == "TypeAlias":
        value = type_expr(s, right)
    else:
        value = s.expr(right) if right is not None else NONE
    flags = 0
    if special not in ("TypeAlias", "Final"):
        flags = BindingFlag.TYPED
        value = _declared_value(s, declared, value, right, local=target.kind_id == k.IDENTIFIER)
    elif value == NONE:
        value = s.nothing()
    _declare_values(s, target, node, right)
    if target.kind_id == k.ATTRIBUTE and not is_receiver(s, target.children[0]):
        s.expr(target)
        return value
    assign(s, target, value, flags)
    return value


def _declared_value(s: State, declared: int, value: int, right: Node | None, *, local: bool) -> int:
    """What a declared variable holds: its type, which a local variable's visible value sharpens."""
    whole = s.b.typed(declared)
    if right is None or is_literal(right):
        return whole
    if right.kind_id in _CONTAINERS:
        return whole if right.named_child_count == 0 else s.b.union([whole, value])
    if s.frame.kind == DefKind.FUNCTION and local:
        return s.b.op(Op.NARROW, value, declared)
    return s.b.op(Op.CAST, declared, value)


def _type_variable(s: State, target: Node, right: Node, node: Node) -> bool:
    """``T = TypeVar("T", bound=X)``: a type parameter rather than a variable."""
    if s.typing_name(right.children[0]) not in ("TypeVar", "ParamSpec", "TypeVarTuple"):
        return False
    bounds = []
    arguments = meaningful(right.children[1])
    for argument in arguments:
        if argument.kind_id == k.KEYWORD_ARGUMENT:
            name_node, value_node = meaningful(argument)
            if s.text(name_node) == "bound":
                bounds.append(type_expr(s, value_node))
    if not bounds:
        bounds = [type_expr(s, a) for a in arguments[1:] if a.kind_id != k.KEYWORD_ARGUMENT]
    line = node.start_point[0] + 1
    draft = s.b.define(s.text(target), DefKind.TYPE, "typeParameter", line, node.end_point[0] + 1)
    draft.signature = _first_line(s, node)
    if bounds:
        draft.returns = [s.b.union(bounds)]
    s.declare(draft.name)
    s.type_variables[draft.name] = draft.index
    s.b.bind_definition(draft)
    return True


def _declare_values(s: State, target: Node, node: Node, right: Node | None) -> None:
    """Names assigned at module or class level are symbols, one for each name and scope."""
    kind = s.frame.kind
    if kind not in _SYMBOL_SCOPES:
        return
    if target.kind_id == k.IDENTIFIER:
        _declare_value(s, s.text(target), node, right, kind == DefKind.CLASS)
    elif target.kind_id in (k.PATTERN_LIST, k.TUPLE_PATTERN, k.LIST_PATTERN):
        for child in meaningful(target):
            _declare_values(s, child, node, None)


def _declare_value(s: State, name: str, node: Node, right: Node | None, in_class: bool) -> None:
    symbols = s.frame.symbols
    if name in symbols or name in _NOT_FIELDS:
        return
    symbols.add(name)
    kind = "constant" if name.isupper() else "field" if in_class else "variable"
    if in_class and s.b.definitions[s.frame.index].flags & DefFlag.ENUM and right is not None and name[0] != "_":
        kind = "enumMember"
        s.frame.members = (s.frame.members or frozenset()) | {name}
    flags = DefFlag.PRIVATE if name.startswith("_") and not name.endswith("__") else 0
    line = node.start_point[0] + 1
    draft = s.b.define(name, DefKind.VALUE, kind, line, node.end_point[0] + 1, flags=flags)
    draft.signature = _first_line(s, node)


def _first_line(s: State, node: Node) -> str:
    start = node.start_byte
    text = s.source[start : min(node.end_byte, start + 4 * _LONGEST_SIGNATURE)].decode("utf-8", "replace")
    return text.partition("\n")[0][:_LONGEST_SIGNATURE]


def augmented(s: State, node: Node) -> None:
    target, right = meaningful(node)
    if target.kind_id == k.IDENTIFIER:
        name = s.text(target)
        if name == "__all__" and s.frame.kind == DefKind.MODULE:
            exported_names(s, right)
        before = s.b.name(name)
        value = s.expr(right)
        line = target.start_point[0] + 1
        s.bind(name, s.b.op(Op.BINOP, s.b.intern("+"), before, value), line, BindingFlag.AUGMENTED)
        return
    value = s.expr(right)
    if target.kind_id == k.ATTRIBUTE and right.kind_id not in (k.LIST, k.TUPLE):
        s.expr(target.children[0])
    else:
        assign(s, target, value)


def type_alias(s: State, node: Node) -> None:
    """``type Name[T] = …``"""
    left, right = meaningful(node)
    while left.kind_id in (k.TYPE, k.GENERIC_TYPE):
        left = meaningful(left)[0]
    line = node.start_point[0] + 1
    draft = s.b.define(s.text(left), DefKind.TYPE, "variable", line, node.end_point[0] + 1)
    draft.signature = _first_line(s, node)
    draft.returns = [type_expr(s, right)]
    s.declare(draft.name)
    s.b.bind_definition(draft)


# -- control flow -----------------------------------------------------------------------------------------------


def if_statement(s: State, node: Node) -> None:
    """Each branch is a block; what a test proves holds in its branch, or behind it when the other one leaves."""
    s.b.open_block()
    children = [c for c in node.children if c.is_named and c.kind_id not in k.EXTRAS]
    condition, *rest = children
    s.expr(condition)
    positive, negative = tests(s, condition)
    leaves = _branch(s, rest[0], positive) if rest else False
    for clause in rest[1:]:
        if clause.kind_id == k.ELIF_CLAUSE:
            inner = [c for c in clause.children if c.is_named and c.kind_id not in k.EXTRAS]
            s.expr(inner[0])
            if len(inner) > 1:
                _branch(s, inner[1], tests(s, inner[0])[0])
        elif clause.kind_id == k.ELSE_CLAUSE:
            _branch(s, clause, negative if len(rest) == 2 else ())
        else:
            s.children(clause)
    s.b.close_block()
    if len(rest) == 1 and leaves:
        narrow(s, tuple(p for p in negative if "." not in p.subject))


def _branch(s: State, node: Node, proved: Proofs) -> bool:
    """Lower a branch; gives whether it leaves the block around (return, raise, continue, break)."""
    s.b.open_block()
    narrow(s, proved)
    leaves = False
    for body in node.children if node.kind_id == k.ELSE_CLAUSE else (node,):
        if body.kind_id == k.BLOCK:
            block(s, body)
            last = body.child(body.child_count - 1) if body.child_count else None
            leaves = last is not None and last.kind_id in EXITS
    narrow(s, proved, undo=True)
    s.b.close_block()
    return leaves


def loop(s: State, node: Node) -> None:
    """``while``: its body is a block."""
    s.b.open_block()
    proved: Proofs = ()
    for child in node.children:
        kind = child.kind_id
        if kind == k.BLOCK:
            block(s, child)
        elif kind in s.expressions:
            s.expr(child)
            proved = tests(s, child)[0]
            narrow(s, proved)
        elif child.is_named:
            s.children(child)
    narrow(s, proved, undo=True)
    s.b.close_block()


def for_statement(s: State, node: Node) -> None:
    children = [c for c in node.children if c.is_named and c.kind_id not in k.EXTRAS]
    target, right, *bodies = children
    iterated = s.expr(right)
    s.b.open_block()
    iterate(s, target, iterated, right, node.children[0].type == "async")
    for body in bodies:
        if body.kind_id == k.BLOCK:
            block(s, body)
        else:
            s.children(body)
    s.b.close_block()


def with_statement(s: State, node: Node) -> None:
    is_async = node.children[0].type == "async"
    for child in node.children:
        if child.kind_id == k.WITH_CLAUSE:
            items = meaningful(child)
            if len(items) == 1 and items[0].kind_id == k.WITH_ITEM:
                inner = meaningful(items[0])[0]
                if inner.kind_id == k.TUPLE:
                    items = meaningful(inner)
            for item in items:
                _with_item(s, meaningful(item)[0] if item.kind_id == k.WITH_ITEM else item, is_async)
        elif child.kind_id == k.BLOCK:
            block(s, child)


def _with_item(s: State, node: Node, is_async: bool) -> None:
    target = None
    if node.kind_id == k.AS_PATTERN:
        node, target = meaningful(node)
    manager = s.expr(node)
    line = node.end_point[0] + 1
    for method in ("__aenter__", "__aexit__") if is_async else ("__enter__", "__exit__"):
        s.b.site(s.b.attr(manager, method), line, CALL_VALUE)
    if target is not None:
        assign(s, target, s.b.op(Op.ENTER, manager))


def try_statement(s: State, node: Node) -> None:
    for child in node.children:
        kind = child.kind_id
        if kind == k.BLOCK:
            s.b.open_block()
            block(s, child)
            s.b.close_block()
        elif kind == k.EXCEPT_CLAUSE:
            s.b.open_block()
            _except(s, child)
            s.b.close_block()
        elif kind == k.FINALLY_CLAUSE or kind == k.ELSE_CLAUSE:
            s.children(child)


def _except(s: State, node: Node) -> None:
    for child in meaningful(node):
        kind = child.kind_id
        if kind == k.BLOCK:
            block(s, child)
            continue
        target = None
        if kind == k.AS_PATTERN:
            child, target = meaningful(child)
        elements = meaningful(child) if child.kind_id == k.TUPLE else [child]
        types = [s.expr(e) for e in elements]
        if target is not None:
            assign(s, target, s.b.typed(s.b.union(types)))


def assert_statement(s: State, node: Node) -> None:
    nodes = meaningful(node)
    for child in nodes:
        s.expr(child)
    if nodes:
        narrow(s, tuple(p for p in tests(s, nodes[0])[0] if "." not in p.subject))


def return_statement(s: State, node: Node) -> None:
    for child in meaningful(node):
        s.frame.function.returns.append(s.expr(child))


def raise_statement(s: State, node: Node) -> None:
    """``raise Problem`` makes an instance, as a call would."""
    for child in meaningful(node):
        value = s.expr(child)
        kind = child.kind_id
        if kind == k.ATTRIBUTE or (kind == k.IDENTIFIER and s.text(child) not in s.frame.plain):
            s.b.site(s.b.call(value), child.end_point[0] + 1, SiteKind.CALL)


def global_statement(s: State, node: Node) -> None:
    for child in meaningful(node):
        name = s.text(child)
        if s.frame.kind == DefKind.FUNCTION:
            s.frame.redirect[name] = 0
            s.frame.plain.discard(name)


def nonlocal_statement(s: State, node: Node) -> None:
    for child in meaningful(node):
        name = s.text(child)
        for frame in reversed(s.frames[:-1]):
            if frame.kind == DefKind.FUNCTION and name in frame.plain:
                s.frame.redirect[name] = frame.redirect.get(name, frame.index)
                break


def nothing(s: State, node: Node) -> None:
    """A statement that says nothing."""


STATEMENTS: Final[Mapping[int, Statement]] = {
    k.EXPRESSION_STATEMENT: expression_statement, k.FUNCTION_DEFINITION: function, k.CLASS_DEFINITION: class_,
    k.kind("decorated_definition"): decorated, k.kind("if_statement"): if_statement,
    k.kind("for_statement"): for_statement, k.kind("while_statement"): loop, k.kind("with_statement"): with_statement,
    k.kind("try_statement"): try_statement, k.kind("return_statement"): return_statement,
    k.kind("raise_statement"): raise_statement, k.kind("assert_statement"): assert_statement,
    k.kind("import_statement"): plain_import, k.kind("import_from_statement"): from_import,
    k.kind("future_import_statement"): nothing, k.kind("global_statement"): global_statement,
    k.kind("nonlocal_statement"): nonlocal_statement, k.kind("match_statement"): match,
    k.kind("augmented_assignment"): augmented, k.kind("type_alias_statement"): type_alias, k.BLOCK: block,
    k.ASSIGNMENT: lambda s, node: _ignore(assignment(s, node)), k.COMMENT: nothing, k.kind("pass_statement"): nothing,
}  # fmt: skip


def _ignore(value: int) -> None:
    """Drop the value of an assignment that stands as a statement."""

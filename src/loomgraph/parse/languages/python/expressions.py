"""Expressions: names, attributes, calls, operators, literals, comprehensions, lambdas.

Every handler lowers one node and gives its expression; sites (calls, references) are noted on the way.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from tree_sitter import Node

from loomgraph.facts import DefFlag, DefKind, Op, SiteKind
from loomgraph.parse.builder import NONE
from loomgraph.parse.languages.python import nodes as k
from loomgraph.parse.languages.python.annotations import type_expr
from loomgraph.parse.languages.python.narrowing import narrow, tests
from loomgraph.parse.languages.python.nodes import SEQUENCES, meaningful, parts
from loomgraph.parse.languages.python.parameters import parameters
from loomgraph.parse.languages.python.state import REF, Expression, Frame, State
from loomgraph.parse.languages.python.targets import add_by_method, assign, key

CALL: Final = int(SiteKind.CALL)
CALL_VALUE: Final = int(SiteKind.CALL_VALUE)
_LONGEST_STRING: Final = 64
_MOST_ELEMENTS: Final = 200
_UPDATES: Final = frozenset({"append", "add", "appendleft", "insert", "extend", "update", "setdefault"})
_BY_PATH: Final = frozenset({"include", "import_module", "import_string"})  # a module named by a string
_NAMED_OBJECTS: Final = frozenset({k.IDENTIFIER, k.ATTRIBUTE, k.CALL, k.SUBSCRIPT})
_OPERATORS: Final = {
    "+": "__add__", "-": "__sub__", "*": "__mul__", "/": "__truediv__", "//": "__floordiv__", "%": "__mod__",
    "@": "__matmul__", "**": "__pow__", "<<": "__lshift__", ">>": "__rshift__", "&": "__and__", "^": "__xor__",
    "|": "__or__",
}  # fmt: skip
_QUOTES: Final = b"\"'"


def identifier(s: State, n: Node) -> int:
    name = s.source[n.start_byte : n.end_byte].decode("utf-8", "replace")
    at = s.b.name(name)
    if name not in s.frame.plain and name not in s.modules:
        s.refer(at, name, n.start_point[0] + 1)
    return at


def attribute(s: State, n: Node) -> int:
    names = s.plain_path(n)
    if names is not None:
        return s.path(names, n.start_point[0] + 1)
    base_node, _, name_node = parts(n, 3)
    at = s.b.attr(s.expr(base_node), s.text(name_node))
    s.b.site(at, name_node.start_point[0] + 1, REF)
    if s.narrowed:
        proved = s.narrowed.get(s.text(n))
        if proved:
            return s.b.op(Op.NARROW, at, proved[-1])
    return at


# -- calls ------------------------------------------------------------------------------------------------------


def call(s: State, n: Node) -> int:
    children = n.children
    function, arguments = children if len(children) == 2 else parts(n, 2)
    kind = function.kind_id
    b = s.b
    if kind == k.IDENTIFIER:
        name = s.text(function)
        if name == "super":
            s.children(arguments)
            return b.super()
        callee = b.name(name)
        line = function.start_point[0] + 1
    elif kind == k.ATTRIBUTE:
        names = s.plain_path(function)
        if names is not None:
            line = function.start_point[0] + 1
            name = names.pop()
            callee = b.attr(s.path(names, line), name)
        else:
            base_node, _, name_node = parts(function, 3)
            name = s.text(name_node)
            callee = b.attr(s.expr(base_node), name)
            line = name_node.start_point[0] + 1
    else:
        name = ""
        callee = s.expr(function)
        line = function.end_point[0] + 1
    special = s.typing_name(function) if s.typing or s.typing_modules else ""
    if special in _TYPING_CALLS:
        return _typing_call(s, special, callee, arguments, line)
    at, args, keywords = _arguments(s, callee, arguments)
    b.site(at, line, CALL)
    if kind == k.ATTRIBUTE and name in _UPDATES and arguments.child_count > 2:
        add_by_method(s, parts(function, 3)[0], name, arguments, args, keywords)
    if name in _BY_PATH and args:
        b.site(at, line, REF)
    elif name == "getattr" and len(args) >= 2:
        return _getattr(s, arguments, args, at)
    return at


def _arguments(s: State, callee: int, node: Node) -> tuple[int, list[int], list[tuple[str, int]]]:
    """The call of ``callee`` with the arguments in ``node``; functions written in place learn where they stand."""
    args: list[int] = []
    keywords: list[tuple[str, int]] = []
    lambdas: list[tuple[int, int]] = []
    if node.kind_id == k.GENERATOR_EXPRESSION:
        args.append(s.expr(node))
    else:
        expressions = s.expressions
        for child in node.named_children:
            kind = child.kind_id
            if kind == k.KEYWORD_ARGUMENT:
                name_node, _, value_node = parts(child, 3)
                kind = value_node.kind_id
                if kind == k.LAMBDA:
                    lambdas.append((len(s.b.definitions), ~len(keywords)))
                handler = expressions.get(kind)
                value = handler(s, value_node) if handler is not None else s.unknown(value_node)
                keywords.append((s.text(name_node), value))
            elif kind == k.DICTIONARY_SPLAT:
                keywords.append(("**", s.expr(meaningful(child)[0])))
            else:
                handler = expressions.get(kind)
                if handler is not None:
                    if kind == k.LAMBDA:
                        lambdas.append((len(s.b.definitions), len(args)))
                    args.append(handler(s, child))
    at = s.b.call(callee, args, keywords)
    for index, position in lambdas:
        s.b.definitions[index].context = (at, position if position >= 0 else len(args) + ~position)
    return at, args, keywords


_TYPING_CALLS: Final = frozenset({"cast", "NewType", "TypeVar", "assert_type"})


def _typing_call(s: State, special: str, callee: int, arguments: Node, line: int) -> int:
    """``cast(T, x)`` and declarations of types, whose arguments are types and may be strings."""
    nodes = meaningful(arguments)
    args: list[int] = []
    keywords: list[tuple[str, int]] = []
    for at, node in enumerate(nodes):
        if node.kind_id == k.KEYWORD_ARGUMENT:
            name_node, _, value_node = parts(node, 3)
            is_type = s.text(name_node) == "bound"
            keywords.append((s.text(name_node), type_expr(s, value_node) if is_type else s.expr(value_node)))
        else:
            is_type = at == 0 if special == "cast" else at > 0
            args.append(type_expr(s, node) if is_type else s.expr(node))
    whole = s.b.call(callee, args, keywords)
    s.b.site(whole, line, CALL)
    if special == "cast" and len(args) == 2:
        return s.b.op(Op.CAST, args[0], args[1])
    return whole


def _getattr(s: State, arguments: Node, args: list[int], at: int) -> int:
    """``getattr(x, "name", default)`` with the name written out is the attribute, or the default."""
    nodes = meaningful(arguments)
    if nodes[1].kind_id != k.STRING:
        return at
    name = s.text(nodes[1]).strip("\"'")
    if not name.isidentifier():
        return at
    found = s.b.attr(args[0], name)
    return s.b.union([found, args[2]]) if len(args) > 2 else found


# -- operators --------------------------------------------------------------------------------------------------


def binary_operator(s: State, n: Node) -> int:
    """Operators of one chain from left to right, without recursion: generated code has chains of thousands."""
    chain = []
    while n.kind_id == k.BINARY_OPERATOR:
        left, operator, right = parts(n, 3)
        chain.append((operator, right, left.kind_id))
        n = left
    value = s.expr(n)
    textual = n.kind_id in (k.STRING, k.CONCATENATED_STRING)
    for operator, right, left_kind in reversed(chain):
        other = s.expr(right)
        if textual:
            value = s.literal("str")
            continue
        symbol = s.text(operator)
        method = _OPERATORS.get(symbol)
        if left_kind in _NAMED_OBJECTS and method is not None and right.kind_id != k.STRING:
            s.b.site(s.b.attr(value, method), operator.start_point[0] + 1, CALL_VALUE)
        value = s.b.op(Op.BINOP, s.b.intern(symbol), value, other)
    return value


def boolean_operator(s: State, n: Node) -> int:
    left, operator, right = parts(n, 3)
    first = s.expr(left)
    conjunction = operator.type == "and"
    proved = tests(s, left)[0 if conjunction else 1]
    if proved:
        s.b.open_block()
        narrow(s, proved)
        second = s.expr(right)
        narrow(s, proved, undo=True)
        s.b.close_block()
    else:
        second = s.expr(right)
    return second if conjunction else s.b.union([first, second])


def conditional(s: State, n: Node) -> int:
    body, condition, other = meaningful(n)
    s.expr(condition)
    positive, negative = tests(s, condition)
    found = []
    for node, proved in ((body, positive), (other, negative)):
        s.b.open_block()
        narrow(s, proved)
        found.append(s.expr(node))
        narrow(s, proved, undo=True)
        s.b.close_block()
    return s.b.union(found)


def comparison(s: State, n: Node) -> int:
    for child in n.named_children:
        handler = s.expressions.get(child.kind_id)
        if handler is not None:
            handler(s, child)
    return s.literal("bool")


def unary(s: State, n: Node) -> int:
    operand = meaningful(n)[0]
    value = s.expr(operand)
    return value


def parenthesized(s: State, n: Node) -> int:
    inner = meaningful(n)
    return s.expr(inner[0]) if len(inner) == 1 else s.unknown(n)


def await_expression(s: State, n: Node) -> int:
    inner = meaningful(n)
    return s.b.op(Op.AWAIT, s.expr(inner[0])) if inner else s.unknown(n)


def named_expression(s: State, n: Node) -> int:
    parts = meaningful(n)
    if len(parts) != 2:
        return s.unknown(n)
    target, value = parts[0], s.expr(parts[1])
    inner, function = s.frame, s.frame.function
    if inner is function:
        assign(s, target, value)
    else:  # inside a comprehension the name belongs to the function around
        s.frame = function
        assign(s, target, value)
        s.frame = inner
        inner.plain.add(s.text(target))
    return value


def yield_expression(s: State, n: Node) -> int:
    inner = meaningful(n)
    value = s.expr(inner[0]) if inner else s.literal("None")
    if any(c.type == "from" for c in n.children):
        s.frame.function.yields.append(s.b.op(Op.ITER, value))
    else:
        s.frame.function.yields.append(value)
    return s.nothing()


def splat(s: State, n: Node) -> int:
    inner = meaningful(n)
    return s.b.op(Op.STAR, s.expr(inner[0])) if inner else s.unknown(n)


# -- literals ---------------------------------------------------------------------------------------------------


def string(s: State, n: Node) -> int:
    """A string: short ones without spaces keep their value, for they may be keys, names or paths."""
    source, start, end = s.source, n.start_byte, n.end_byte
    first = source[start]
    if first not in _QUOTES:
        at = start
        while at < end and source[at] not in _QUOTES:  # broken syntax may leave none
            at += 1
        prefix = source[start:at].lower()
        if b"f" in prefix or b"t" in prefix:
            for child in n.children:
                if child.kind_id == k.INTERPOLATION:
                    s.children(child)
            return s.literal("str")
        if b"b" in prefix:
            return s.literal("bytes")
        start = at
    if end - start > _LONGEST_STRING:
        return s.literal("str")
    content = source[start:end].strip(_QUOTES)
    if content in s.strings:
        return s.strings[content]
    if b" " in content or b"\n" in content or b"\\" in content:
        return s.literal("str")
    found = s.strings[content] = s.b.string(content.decode("utf-8", "replace"))
    return found


def concatenated_string(s: State, n: Node) -> int:
    value = s.literal("str")
    for child in n.children:
        if child.kind_id == k.STRING and string(s, child) == s.literals.get("bytes", NONE):
            value = s.literal("bytes")
    return value


def integer(s: State, n: Node) -> int:
    return s.literal("int")


def floating(s: State, n: Node) -> int:
    return s.literal("float")


def boolean(s: State, n: Node) -> int:
    return s.literal("bool")


def none(s: State, n: Node) -> int:
    return s.literal("None")


def ellipsis(s: State, n: Node) -> int:
    return s.literal("ellipsis")


def sequence(s: State, n: Node) -> int:
    expressions = s.expressions
    elements = []
    for child in n.named_children:
        handler = expressions.get(child.kind_id)
        if handler is not None:
            elements.append(handler(s, child))
    return s.b.seq(SEQUENCES[n.kind_id], elements[:_MOST_ELEMENTS])


def dictionary(s: State, n: Node) -> int:
    pairs: list[tuple[int, int]] = []
    for child in n.named_children:
        kind = child.kind_id
        if kind == k.PAIR:
            key_node, _, value_node = parts(child, 3)
            pairs.append((key(s, key_node), s.expr(value_node)))
        elif kind == k.DICTIONARY_SPLAT:
            pairs.append((NONE, s.b.op(Op.DICTITEM, s.expr(meaningful(child)[0]))))
    return s.b.mapping(pairs[:_MOST_ELEMENTS])


def subscript(s: State, n: Node) -> int:
    children = meaningful(n)
    base = s.expr(children[0])
    if len(children) == 2 and children[1].kind_id == k.SLICE:
        s.children(children[1])
        return s.b.op(Op.SLICE, base)
    return s.b.index(base, [key(s, c) for c in children[1:]])


# -- scopes inside expressions ----------------------------------------------------------------------------------

_COMPREHENSIONS: Final = {
    k.kind("list_comprehension"): "list",
    k.kind("set_comprehension"): "set",
    k.GENERATOR_EXPRESSION: "generator",
    k.DICTIONARY_COMPREHENSION: "dict",
}


def comprehension(s: State, n: Node) -> int:
    """A scope of its own; the clauses come before the body, as they run, though they stand behind it."""
    body, *clauses = meaningful(n)
    first = meaningful(clauses[0])
    outermost = s.expr(first[1]) if len(first) > 1 else s.nothing()
    line = n.start_point[0] + 1
    draft = s.b.define("<comprehension>", DefKind.SCOPE, "", line, n.end_point[0] + 1, flags=DefFlag.HIDDEN)
    s.b.begin(draft)
    s.push(Frame(draft.index, DefKind.SCOPE, s.frame))
    undo = []
    for at, clause in enumerate(clauses):
        inner = meaningful(clause)
        if clause.kind_id == k.FOR_IN_CLAUSE:
            iterated = outermost if at == 0 else s.expr(inner[1])
            iterate(s, inner[0], iterated, inner[1], clause.children[0].type == "async")
        elif clause.kind_id == k.IF_CLAUSE:
            s.expr(inner[0])
            proved = tests(s, inner[0])[0]
            narrow(s, proved)
            undo.append(proved)
    kind = _COMPREHENSIONS[n.kind_id]
    if body.kind_id == k.PAIR:
        key_node, _, value_node = parts(body, 3)
        found = s.b.mapping([(s.expr(key_node), s.expr(value_node))])
    else:
        found = s.b.seq(kind, [s.expr(body)])
    for proved in undo:
        narrow(s, proved, undo=True)
    s.pop()
    s.b.end(draft)
    return found


def iterate(s: State, target: Node, iterated: int, node: Node, is_async: bool = False) -> None:
    """``for target in iterated``: an object of the project is asked for its iterator and for its elements."""
    if node.kind_id in _NAMED_OBJECTS:
        first, second = ("__aiter__", "__anext__") if is_async else ("__iter__", "__next__")
        line = node.end_point[0] + 1
        iterator = s.b.attr(iterated, first)
        s.b.site(iterator, line, CALL_VALUE)
        s.b.site(s.b.attr(s.b.call(iterator), second), line, CALL_VALUE)
    assign(s, target, s.b.op(Op.ITER, iterated))


def lambda_expression(s: State, n: Node) -> int:
    line = n.start_point[0] + 1
    draft = s.b.define("<lambda>", DefKind.FUNCTION, "function", line, n.end_point[0] + 1, flags=DefFlag.HIDDEN)
    children = meaningful(n)
    if len(children) > 1:
        draft.params = parameters(s, children[0])
    s.b.begin(draft)
    frame = Frame(draft.index, DefKind.FUNCTION, s.frame)
    s.push(frame)
    s.b.bind_params(draft)
    frame.plain.update(p.name for p in draft.params)
    draft.returns = [s.expr(children[-1])]
    s.pop()
    s.b.end(draft)
    return s.b.op(Op.DEF, draft.index)


EXPRESSIONS: Final[Mapping[int, Expression]] = {
    k.IDENTIFIER: identifier, k.ATTRIBUTE: attribute, k.CALL: call, k.SUBSCRIPT: subscript, k.STRING: string,
    k.CONCATENATED_STRING: concatenated_string, k.INTEGER: integer, k.kind("float"): floating,
    k.kind("true"): boolean, k.kind("false"): boolean, k.NONE: none, k.ELLIPSIS: ellipsis,
    k.TUPLE: sequence, k.LIST: sequence, k.SET: sequence, k.EXPRESSION_LIST: sequence, k.DICTIONARY: dictionary,
    k.PARENTHESIZED: parenthesized, k.BINARY_OPERATOR: binary_operator, k.BOOLEAN_OPERATOR: boolean_operator,
    k.NOT_OPERATOR: comparison, k.kind("comparison_operator"): comparison, k.kind("unary_operator"): unary,
    k.kind("conditional_expression"): conditional, k.kind("await"): await_expression,
    k.NAMED_EXPRESSION: named_expression, k.YIELD: yield_expression, k.LIST_SPLAT: splat,
    k.LAMBDA: lambda_expression, **dict.fromkeys(_COMPREHENSIONS, comprehension),
}  # fmt: skip

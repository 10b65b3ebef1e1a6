"""Expressions: names, members, calls, operators, literals."""

from __future__ import annotations

from collections.abc import Sequence

from tree_sitter import Node

from loomgraph.facts import Op, SiteKind
from loomgraph.parse.languages.ecmascript import (
    assignments,
    classes,
    commonjs,
    frameworks,
    functions,
    jsdoc,
    jsx,
    narrowing,
    objects,
)
from loomgraph.parse.languages.ecmascript.objects import Waiting, give_context, value_in_place
from loomgraph.parse.languages.ecmascript.walk import Handler, Walk, line_of, unquote

_TRANSPARENT = frozenset({"parenthesized_expression", "non_null_expression"})


def identifier(walk: Walk, node: Node) -> int:
    name = walk.text(node)
    if name == "undefined":
        return walk.builder.literal("undefined")
    special = commonjs.module_object(walk, node)
    return special if special >= 0 else walk.use(node, name)


def callee(walk: Walk, node: Node) -> int:
    """Lower what is called: as an expression, but the called name itself is no separate reference."""
    kind = node.type
    if kind == "identifier":
        return walk.use(node, walk.text(node), site=False)
    if kind == "member_expression":
        return member(walk, node, site=False)
    if kind in _TRANSPARENT and node.named_child_count == 1:
        inner = node.named_children[0]
        return callee(walk, inner) if inner.type not in functions.FUNCTION_VALUES else walk.expr(inner)
    if kind == "super":
        return super_(walk, node)
    return walk.expr(node)


def callee_line(node: Node) -> int:
    """The line of the last name of a callee."""
    if node.type == "member_expression":
        last = node.child_by_field_name("property")
        return line_of(last if last is not None else node)
    if node.type in _TRANSPARENT and node.named_child_count == 1:
        return callee_line(node.named_children[0])
    return line_of(node)


def member(walk: Walk, node: Node, *, site: bool = True) -> int:
    builder = walk.builder
    base_node = node.child_by_field_name("object")
    name_node = node.child_by_field_name("property")
    if base_node is None or name_node is None:
        return walk.unknown()
    name = walk.text(name_node)
    special = commonjs.module_object(walk, node)
    if special >= 0:
        return special
    base = walk.expr(base_node)
    expression = builder.attr(base, name)
    if site:
        builder.site(expression, line_of(name_node), SiteKind.REF)
    return narrowing.narrowed_member(walk, node, expression) if walk.member_guards else expression


def subscript(walk: Walk, node: Node) -> int:
    builder = walk.builder
    base = walk.expr(node.child_by_field_name("object"))
    key_node = node.child_by_field_name("index")
    known = assignments.key_text(walk, key_node)
    if known and key_node is not None:
        expression = builder.attr(base, known)
        builder.site(expression, line_of(key_node), SiteKind.REF)
        return expression
    if key_node is not None and key_node.type == "number":
        digits = walk.text(key_node)
        if digits.isdigit() and len(digits) < 6:
            return builder.op(Op.ELEM, base, int(digits))
    walk.expr(key_node)
    if key_node is not None and key_node.type in ("identifier", "member_expression"):
        local = walk.find(walk.text(key_node).partition(".")[0])
        if local is None or local.symbol:  # a member with a computed name: `[Symbol.iterator]`, `[KEY]`
            named = builder.attr(base, f"[{walk.text(key_node)}]")
            builder.site(named, line_of(key_node), SiteKind.REF)
            return builder.union([named, builder.op(Op.DICTITEM, base)])
    return builder.op(Op.DICTITEM, base)


# -- calls --------------------------------------------------------------------------------------------------


def arguments_of(walk: Walk, node: Node | None) -> tuple[list[int], list[Waiting]]:
    """The lowered arguments, and the functions among them that learn their types from the call."""
    args: list[int] = []
    pending: list[Waiting] = []
    if node is None:
        return args, pending
    if node.type == "template_string":
        args.append(walk.builder.literal("TemplateStringsArray"))
        args += [walk.expr(part.named_children[0]) for part in node.named_children
                 if part.type == "template_substitution" and part.named_children]  # fmt: skip
        return args, pending
    for child in node.named_children:
        if child.type == "comment":
            continue
        at = len(args)
        args.append(value_in_place(walk, child, pending, at, ()))
    return args, pending


def call(walk: Walk, node: Node) -> int:
    builder = walk.builder
    target = node.child_by_field_name("function")
    if target is None:
        return walk.unknown()
    arguments = node.child_by_field_name("arguments")
    loaded = _module_load(walk, target, arguments, line_of(node))
    if loaded is not None:
        return loaded
    is_definition = assignments.defining_call(walk, target, arguments)
    if is_definition is not None:
        return is_definition
    with_this = _bound_function(walk, target, arguments)
    if with_this is not None:
        return with_this
    function = callee(walk, target)
    if target.type == "super":
        function = builder.attr(function, "constructor")
    type_arguments = node.child_by_field_name("type_arguments")
    if type_arguments is not None:
        function = builder.index(function, walk.type_arguments(type_arguments))
    args, pending = arguments_of(walk, arguments)
    name = _last_name(walk, target)
    if name:
        frameworks.mark_handlers(walk, name, arguments)
    if args and name in ("call", "apply"):
        args[0] = builder.op(Op.STAR, args[0])  # what is called is not called with these arguments in this order
    expression = builder.call(function, args)
    builder.site(expression, callee_line(target), SiteKind.CALL)
    give_context(walk, expression, pending)
    assignments.adding_call(walk, target, args)
    return expression


def _last_name(walk: Walk, node: Node) -> str:
    name = node.child_by_field_name("property") if node.type == "member_expression" else None
    return walk.text(name) if name is not None else ""


def _module_load(walk: Walk, target: Node, arguments: Node | None, line: int) -> int | None:
    """``require("m")`` and ``import("m")``, when that is what the call is."""
    kind = target.type
    if kind == "import":
        word = "dynamic"
    elif kind == "identifier" and walk.text(target) == "require" and walk.find("require") is None:
        word = "require"
    else:
        return None
    children = arguments.named_children if arguments is not None else []
    if not children or children[0].type not in {"string", "template_string"} or children[0].named_child_count > 1:
        return None if word == "require" else walk.unknown()
    module = unquote(walk.text(children[0]))
    at = walk.builder.bind_import(module, "", "", line, kind=word)
    return walk.builder.op(Op.IMPORT, at)


def _bound_function(walk: Walk, target: Node, arguments: Node | None) -> int | None:
    """``function () { … }.bind(this)`` is the function, with the surrounding `this`."""
    if target.type != "member_expression" or arguments is None:
        return None
    function, name = target.child_by_field_name("object"), target.child_by_field_name("property")
    if function is None or name is None or walk.text(name) != "bind":
        return None
    while function.type == "parenthesized_expression" and function.named_child_count == 1:
        function = function.named_children[0]
    children = arguments.named_children
    if function.type != "function_expression" or len(children) != 1 or children[0].type != "this":
        return None
    return walk.definition(functions.function_expression(walk, function, this=walk.this))


def new(walk: Walk, node: Node) -> int:
    builder = walk.builder
    target = node.child_by_field_name("constructor")
    if target is None:
        return walk.unknown()
    constructor = callee(walk, target)
    type_arguments = node.child_by_field_name("type_arguments")
    if type_arguments is not None:
        constructor = builder.index(constructor, walk.type_arguments(type_arguments))
    args, pending = arguments_of(walk, node.child_by_field_name("arguments"))
    expression = builder.call(constructor, args, new=True)
    builder.site(expression, callee_line(target), SiteKind.CALL)
    give_context(walk, expression, pending)
    return expression


def super_(walk: Walk, node: Node) -> int:
    if walk.this is None:
        return walk.unknown()
    if walk.this.static:  # in static code: the class that is extended
        bases = walk.builder.definitions[walk.this.owner].bases
        return next((base for base, kind in bases if kind == "INHERITS"), walk.unknown())
    return walk.builder.op(Op.SUPER, walk.this.owner)


# -- operators ----------------------------------------------------------------------------------------------

_BOOLEAN = frozenset({"==", "===", "!=", "!==", "<", ">", "<=", ">=", "in", "instanceof"})
_CHOICE = frozenset({"||", "??"})


def binary(walk: Walk, node: Node) -> int:
    """A chain of binary operators, its left spine walked in a loop: generated code nests thousands of them."""
    spine: list[Node] = []
    at: Node | None = node
    while at is not None and at.type == "binary_expression":
        spine.append(at)
        at = at.child_by_field_name("left")
    left = walk.expr(at)
    opened = 0
    for each in reversed(spine):
        operator_node = each.child_by_field_name("operator")
        operator = operator_node.type if operator_node is not None else ""
        right_node = each.child_by_field_name("right")
        if operator in ("&&", "||"):
            guards = narrowing.guards(each.child_by_field_name("left"), operator == "&&")
            if guards:
                walk.open_block()
                opened += 1
                narrowing.bind_guards(walk, guards)
        right = walk.expr(right_node)
        left = _combine(walk, operator, left, right)
    for _ in range(opened):
        walk.close_block()
    return left


def _combine(walk: Walk, operator: str, left: int, right: int) -> int:
    builder = walk.builder
    if operator in _CHOICE:
        return builder.union([left, right])
    if operator == "&&":
        return right
    if operator in _BOOLEAN:
        return builder.literal("boolean")
    if operator == "+":
        return builder.op(Op.BINOP, builder.intern("+"), left, right)
    return builder.literal("number")


def ternary(walk: Walk, node: Node) -> int:
    condition = node.child_by_field_name("condition")
    walk.expr(condition)
    parts = []
    for field, positive in (("consequence", True), ("alternative", False)):
        branch = node.child_by_field_name(field)
        guards = narrowing.guards(condition, positive)
        if guards:
            walk.open_block()
            narrowing.bind_guards(walk, guards)
        parts.append(walk.expr(branch))
        if guards:
            walk.close_block()
    return walk.builder.union(parts)


def unary(walk: Walk, node: Node) -> int:
    argument = node.child_by_field_name("argument")
    walk.expr(argument)
    operator = node.children[0].type
    name = {"typeof": "string", "!": "boolean", "delete": "boolean", "void": "undefined"}.get(operator, "number")
    return walk.builder.literal(name)


def update(walk: Walk, node: Node) -> int:
    walk.expr(node.child_by_field_name("argument"))
    return walk.builder.literal("number")


def await_(walk: Walk, node: Node) -> int:
    return walk.builder.op(Op.AWAIT, _only(walk, node))


def yield_(walk: Walk, node: Node) -> int:
    value = _only(walk, node)
    if any(child.type == "*" for child in node.children):
        value = walk.builder.op(Op.ITER, value)
    functions.add_yield(walk, value)
    return walk.unknown()


def spread(walk: Walk, node: Node) -> int:
    return walk.builder.op(Op.STAR, _only(walk, node))


def _only(walk: Walk, node: Node) -> int:
    for child in node.named_children:
        if child.type != "comment":
            return walk.expr(child)
    return walk.unknown()


def parenthesized(walk: Walk, node: Node) -> int:
    value = sequence(walk, node)
    declared = jsdoc.cast(walk, node)
    return walk.builder.op(Op.CAST, declared, value) if declared >= 0 else value


def sequence(walk: Walk, node: Node) -> int:
    last = -1
    for child in node.named_children:
        if child.type != "comment":
            last = walk.expr(child)
    return last if last >= 0 else walk.unknown()


def cast(walk: Walk, node: Node) -> int:
    """``x as T``, ``<T>x``: `as const` and a type that says nothing leave the value what it is."""
    children = [child for child in node.named_children if child.type != "comment"]
    if node.type == "type_assertion":
        children.reverse()
        if len(children) > 1 and children[1].type == "type_arguments":
            children[1:] = children[1].named_children[:1]
    if len(children) < 2:
        return walk.expr(children[0]) if children else walk.unknown()
    declared = walk.type(children[1]) if children[1].type != "const" else -1
    value = objects.value_of_type(walk, children[0], declared)
    return walk.builder.op(Op.CAST, declared, value) if declared >= 0 else value


def satisfies(walk: Walk, node: Node) -> int:
    children = [child for child in node.named_children if child.type != "comment"]
    if len(children) < 2:
        return _only(walk, node)
    return objects.value_of_type(walk, children[0], walk.type(children[1]))


# -- literals -----------------------------------------------------------------------------------------------


def _literal(name: str) -> Handler:
    def lower(walk: Walk, node: Node) -> int:
        return walk.builder.literal(name)

    return lower


def string(walk: Walk, node: Node) -> int:
    return walk.builder.string(unquote(walk.text(node)))


def template(walk: Walk, node: Node) -> int:
    for child in node.named_children:
        if child.type == "template_substitution":
            for inner in child.named_children:
                walk.expr(inner)
    return walk.builder.literal("string")


def array(walk: Walk, node: Node) -> int:
    elements = [walk.expr(child) for child in node.named_children if child.type != "comment"]
    return walk.builder.seq("Array", elements)


def this(walk: Walk, node: Node) -> int:
    return walk.this_expression()


def nothing(walk: Walk, node: Node) -> int:
    return walk.unknown()


def instantiation(walk: Walk, node: Node) -> int:
    children: Sequence[Node] = node.named_children
    value = walk.expr(children[0]) if children else walk.unknown()
    for child in children[1:]:
        walk.type(child)
    return value


def function_value(walk: Walk, node: Node) -> int:
    return walk.definition(functions.function_expression(walk, node))


def class_value(walk: Walk, node: Node) -> int:
    return walk.definition(classes.class_expression(walk, node))


def object_value(walk: Walk, node: Node) -> int:
    return walk.definition(objects.object_literal(walk, node))


EXPRESSIONS: dict[str, Handler] = {
    "identifier": identifier,
    "undefined": _literal("undefined"),
    "this": this,
    "super": super_,
    "member_expression": member,
    "subscript_expression": subscript,
    "call_expression": call,
    "new_expression": new,
    "binary_expression": binary,
    "ternary_expression": ternary,
    "unary_expression": unary,
    "update_expression": update,
    "await_expression": await_,
    "yield_expression": yield_,
    "spread_element": spread,
    "parenthesized_expression": parenthesized,
    "sequence_expression": sequence,
    "as_expression": cast,
    "type_assertion": cast,
    "satisfies_expression": satisfies,
    "non_null_expression": sequence,
    "instantiation_expression": instantiation,
    "assignment_expression": assignments.assignment,
    "augmented_assignment_expression": assignments.augmented,
    "string": string,
    "template_string": template,
    "number": _literal("number"),
    "true": _literal("boolean"),
    "false": _literal("boolean"),
    "null": _literal("null"),
    "regex": _literal("RegExp"),
    "array": array,
    "object": object_value,
    "arrow_function": function_value,
    "function_expression": function_value,
    "generator_function": function_value,
    "class": class_value,
    "jsx_element": jsx.element,
    "jsx_self_closing_element": jsx.element,
    "jsx_fragment": jsx.element,
    "jsx_expression": jsx.expression,
    "meta_property": nothing,
    "comment": nothing,
    "import": nothing,
    "property_identifier": nothing,
    "string_fragment": nothing,
}

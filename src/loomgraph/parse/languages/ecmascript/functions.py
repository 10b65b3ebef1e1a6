"""Functions of every form: their parameters, what they give back, and the walk through their bodies."""

from __future__ import annotations

from tree_sitter import Node

from loomgraph.facts import BindingFlag, DefFlag, DefKind, Op, Param, ParamKind
from loomgraph.parse.builder import NONE, DefinitionDraft
from loomgraph.parse.languages.ecmascript import hoisting, jsdoc
from loomgraph.parse.languages.ecmascript.narrowing import PREDICATE
from loomgraph.parse.languages.ecmascript.patterns import take_apart
from loomgraph.parse.languages.ecmascript.walk import Local, This, Walk, has_token, line_of

FUNCTION_VALUES = frozenset({"arrow_function", "function_expression", "generator_function", "function"})
_PARAMETERS = frozenset(
    {
        "required_parameter", "optional_parameter", "identifier", "object_pattern", "array_pattern",
        "assignment_pattern", "rest_pattern",
    }
)  # fmt: skip
_RESULTS = ("return_type", "type")


def define_function(
    walk: Walk, node: Node, name: str, symbol_kind: str = "function", *,
    name_node: Node | None = None, whole: Node | None = None, parent: int | None = None, flags: int = 0,
) -> DefinitionDraft:  # fmt: skip
    """A definition for the function ``node``; ``whole`` is the declaration it is part of. Nameless ones are hidden."""
    whole = node if whole is None else whole
    draft = walk.builder.define(
        name, DefKind.FUNCTION, symbol_kind, line_of(whole), whole.end_point[0] + 1,
        name_line=line_of(name_node if name_node is not None else whole), parent=parent,
    )  # fmt: skip
    describe_function(walk, draft, node, whole)
    draft.flags |= flags | (0 if name else DefFlag.HIDDEN)
    return draft


def describe_function(walk: Walk, draft: DefinitionDraft, node: Node, whole: Node) -> None:
    """Fill flags, signature and doc of a function definition."""
    body = node.child_by_field_name("body")
    for child in node.children:
        kind = child.type
        if kind == "async":
            draft.flags |= DefFlag.ASYNC
        elif kind == "*":
            draft.flags |= DefFlag.GENERATOR
        elif kind == "formal_parameters":
            break
    walk.documented = ""
    if draft.name:
        draft.signature = walk.folded(whole.start_byte, body.start_byte if body is not None else whole.end_byte)
        node_of_doc = walk.doc_node
        draft.doc = walk.take_doc()
        walk.documented = walk.text(node_of_doc) if node_of_doc is not None and walk.plain else ""


def function_expression(
    walk: Walk, node: Node, *, name: str = "", name_node: Node | None = None, whole: Node | None = None,
    parent: int | None = None, symbol_kind: str = "function", this: This | None = None, flags: int = 0,
    result: int = NONE,
) -> DefinitionDraft:  # fmt: skip
    """Define and lower a function value. ``name`` is what it is assigned to; without one it is no symbol, whatever
    it calls itself: that name is for its own body alone."""
    own = node.child_by_field_name("name") if node.type in FUNCTION_VALUES else None  # a method's is no name in it
    draft = define_function(
        walk, node, name, symbol_kind, name_node=name_node, whole=whole, parent=parent, flags=flags
    )  # fmt: skip
    lower_function(walk, draft, node, this=this, own_name=walk.text(own) if own is not None else "", result=result)
    return draft


def lower_function(
    walk: Walk, draft: DefinitionDraft, node: Node, *, this: This | None = None, own_name: str = "", result: int = NONE
) -> None:
    """Walk through a function: parameters, declared result, body. An arrow function keeps the `this` around it."""
    builder = walk.builder
    outer_this = walk.this
    if node.type != "arrow_function":
        walk.this = this
    draft.position = builder.position
    builder.begin(draft)
    walk.frames.append({})
    walk.functions.append(draft)
    if own_name:
        walk.declare(own_name, Local(draft.index, True))
        builder.bind(own_name, walk.definition(draft), flags=BindingFlag.DECLARES)
    type_parameters(walk, draft, node)
    documented, walk.documented = jsdoc.read(walk.documented), ""
    _parameters(walk, draft, node, documented)
    declared = declared_result(walk, node)
    _predicate(walk, draft, node.child_by_field_name("return_type"))
    if declared < 0:
        declared = jsdoc.declared(walk, documented.result)
    draft.result = declared if declared >= 0 else result
    body = node.child_by_field_name("body")
    if body is not None:
        if body.type == "statement_block":
            walk.frames.append({})
            hoisting.hoist(walk, body.named_children, exported=False)
            block(walk, body.named_children)
            walk.frames.pop()
        else:
            draft.returns.append(walk.typed_value(walk, body, draft.result))
    walk.functions.pop()
    walk.frames.pop()
    builder.end(draft)
    walk.this = outer_this


def block(walk: Walk, nodes: list[Node]) -> None:
    """Lower statements in order; a JSDoc comment goes to the statement that follows it."""
    comment: Node | None = None
    for node in nodes:
        if node.type == "comment":
            comment = node
            continue
        walk.doc_node = None
        if comment is not None:
            if walk.source.startswith(b"/**", comment.start_byte) and comment.end_point[0] >= node.start_point[0] - 1:
                walk.doc_node = comment
            comment = None
        walk.stmt(node)


def _predicate(walk: Walk, draft: DefinitionDraft, annotation: Node | None) -> None:
    """`(x): x is T`: where a call of the function holds, its argument is a T."""
    if annotation is None or annotation.type != "type_predicate_annotation":
        return
    for child in annotation.named_children:
        tested = walk.type(child.child_by_field_name("type")) if child.type == "type_predicate" else NONE
        if tested >= 0:
            walk.builder.member(draft.index, PREDICATE, walk.builder.typed(tested), line_of(child))


def declared_result(walk: Walk, node: Node) -> int:
    annotation = node.child_by_field_name("return_type")
    if annotation is None:
        annotation = node.child_by_field_name("type")
    return walk.type(annotation)


def type_parameters(walk: Walk, draft: DefinitionDraft, node: Node) -> None:
    """Define the type parameters of ``node``; names of them are resolved here, by the walk's frames."""
    found = node.child_by_field_name("type_parameters")
    if found is None:
        return
    builder = walk.builder
    fresh: list[tuple[DefinitionDraft, Node]] = []
    for child in found.named_children:
        name_node = child.child_by_field_name("name")
        if child.type == "type_parameter" and name_node is not None:
            name = walk.text(name_node)
            param = builder.define(name, DefKind.TYPE, "typeParameter", line_of(child), line_of(child),
                                   flags=DefFlag.HIDDEN, parent=draft.index)  # fmt: skip
            draft.type_params.append(param.index)
            walk.declare(name, Local(draft.index, False, types=(param.index,)))
            fresh.append((param, child))
    for param, child in fresh:
        bound = walk.type(child.child_by_field_name("constraint"))
        default = walk.type(child.child_by_field_name("value"))
        param.returns += [each for each in (bound, default) if each >= 0][:1]


# -- parameters ---------------------------------------------------------------------------------------------


def _parameters(walk: Walk, draft: DefinitionDraft, node: Node, documented: jsdoc.JsDoc) -> None:
    """Read the parameters, bind them, then take the patterns among them apart."""
    single = node.child_by_field_name("parameter")
    if single is not None:
        draft.params.append(Param(walk.text(single), NONE, NONE, ParamKind.POSITIONAL))
    patterns: list[tuple[str, Node]] = []
    properties: list[tuple[Node, Node, int]] = []
    found = node.child_by_field_name("parameters")
    for child in found.named_children if found is not None else ():
        if child.type in _PARAMETERS:
            _parameter(walk, draft, child, patterns, properties)
    if documented.params:
        for at, param in enumerate(draft.params):
            if param.annotation < 0 and param.name in documented.params:
                draft.params[at] = param._replace(annotation=jsdoc.declared(walk, documented.params[param.name]))
    walk.builder.bind_params(draft)
    for param in draft.params:
        walk.declare(param.name, Local(draft.index, False, param.annotation >= 0))
    for name, pattern in patterns:
        take_apart(
            walk, pattern, walk.builder.name(name), lambda target, value: _bind_local(walk, draft, target, value)
        )
    for whole, target, annotation in properties:
        _parameter_property(walk, draft, whole, target, annotation)


def _bind_local(walk: Walk, draft: DefinitionDraft, target: Node, value: int) -> None:
    name = walk.text(target)
    walk.declare(name, Local(draft.index, False))
    walk.builder.bind(name, value, flags=BindingFlag.DECLARES, line=line_of(target))


def _parameter(
    walk: Walk, draft: DefinitionDraft, child: Node,
    patterns: list[tuple[str, Node]], properties: list[tuple[Node, Node, int]],
) -> None:  # fmt: skip
    kind = ParamKind.POSITIONAL
    annotation = default = NONE
    target: Node | None = child
    if child.type in ("required_parameter", "optional_parameter"):
        target = child.child_by_field_name("pattern")
        type_node = child.child_by_field_name("type")
        rest = target is not None and target.type == "rest_pattern"
        annotation = walk.type(_element(type_node) if rest else type_node)
        value = child.child_by_field_name("value")
        if value is not None:
            default = walk.typed_value(walk, value, annotation)
        elif child.type == "optional_parameter":
            default = walk.unknown()
    elif child.type == "assignment_pattern":
        target = child.child_by_field_name("left")
        default = walk.expr(child.child_by_field_name("right"))
    if target is not None and target.type == "rest_pattern":
        kind = ParamKind.STAR
        draft.flags |= DefFlag.VARIADIC
        target = target.named_children[0] if target.named_children else None
    if target is not None and target.type == "this":  # `this: T` is no parameter
        if annotation >= 0:
            owner = walk.this.owner if walk.this is not None else draft.index
            walk.this = This(owner, False, annotation)
        return
    if target is None:
        return
    if target.type in ("object_pattern", "array_pattern"):
        name = f"#{len(draft.params)}"
        patterns.append((name, target))
    else:
        name = walk.text(target)
    draft.params.append(Param(name, annotation, default, kind))
    if child.type != "identifier" and has_token(child, "accessibility_modifier", "readonly", "override_modifier"):
        properties.append((child, target, annotation))


def _element(annotation: Node | None) -> Node | None:
    """The element type of a rest parameter's array type."""
    if annotation is None or not annotation.named_children:
        return None
    inner = annotation.named_children[0]
    if inner.type == "readonly_type" and inner.named_children:
        inner = inner.named_children[0]
    if inner.type == "array_type":
        return inner.named_children[0] if inner.named_children else None
    if inner.type == "generic_type":
        arguments = inner.child_by_field_name("type_arguments")
        return arguments.named_children[0] if arguments is not None and arguments.named_children else None
    return None


def _parameter_property(walk: Walk, draft: DefinitionDraft, whole: Node, target: Node, annotation: int) -> None:
    """``constructor(private x: T)`` declares the field ``x``."""
    builder = walk.builder
    owner = draft.parent
    name = walk.text(target)
    field = builder.define(
        name, DefKind.VALUE, "property", line_of(whole), whole.end_point[0] + 1, name_line=line_of(target), parent=owner
    )  # fmt: skip
    field.signature = walk.folded(whole.start_byte, whole.end_byte)
    if annotation >= 0:
        builder.bind(name, builder.typed(annotation), flags=BindingFlag.TYPED, scope=owner, line=line_of(target))
    else:
        builder.member(owner, name, builder.name(name), line_of(target))


# -- what functions give ------------------------------------------------------------------------------------


def return_(walk: Walk, node: Node) -> int:
    children = [child for child in node.named_children if child.type != "comment"]
    if children:
        function = walk.functions[-1] if walk.functions else None
        value = walk.typed_value(walk, children[0], function.result if function is not None else NONE)
        if function is not None:
            function.returns.append(value)
    return NONE


def add_yield(walk: Walk, value: int) -> None:
    """Record a yielded value: what calling the generator gives iterates over these."""
    if walk.functions:
        walk.functions[-1].returns.append(walk.builder.op(Op.YIELDS, 1, value))

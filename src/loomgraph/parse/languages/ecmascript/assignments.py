"""Assignments: to variables, to `this`, to what a module exports, to prototypes and to properties of known objects.

JavaScript before classes defines by assignment: `F.prototype.m = function …`, `exports.x = …`, `app.use = function …`.
Here such assignments become definitions with the members they mean.
"""

from __future__ import annotations

from tree_sitter import Node

from loomgraph.facts import BindingFlag, DefFlag, DefKind, Op, SiteKind
from loomgraph.parse.builder import NONE, DefinitionDraft
from loomgraph.parse.languages.ecmascript import classes, jsdoc, objects
from loomgraph.parse.languages.ecmascript.commonjs import EXPORTS, exports_holder, is_exports
from loomgraph.parse.languages.ecmascript.functions import FUNCTION_VALUES, function_expression, lower_function
from loomgraph.parse.languages.ecmascript.hoisting import constructs
from loomgraph.parse.languages.ecmascript.patterns import take_apart
from loomgraph.parse.languages.ecmascript.walk import This, Walk, key_name, line_of, unquote

_PATTERNS = frozenset({"object_pattern", "array_pattern"})


def assignment(walk: Walk, node: Node) -> int:
    left, right = node.child_by_field_name("left"), node.child_by_field_name("right")
    if left is None or right is None:
        return walk.unknown()
    while left.type in ("parenthesized_expression", "non_null_expression") and left.named_child_count == 1:
        left = left.named_children[0]
    if left.type in _PATTERNS:
        value = walk.expr(right)
        take_apart(walk, left, value, lambda target, part: assign(walk, target, part))
        return value
    if left.type == "identifier":
        return _to_name(walk, left, right)
    if left.type == "member_expression":
        return _to_member(walk, node, left, right)
    if left.type == "subscript_expression":
        value = _element_value(walk, left, right)
        _to_element(walk, left, value)
        return value
    value = walk.expr(right)
    walk.expr(left)
    return value


def augmented(walk: Walk, node: Node) -> int:
    left, right = node.child_by_field_name("left"), node.child_by_field_name("right")
    if left is None or right is None:
        return walk.unknown()
    operator = node.child_by_field_name("operator")
    before = walk.expr(left)
    value = walk.expr(right)
    if operator is not None and operator.type in ("??=", "||=", "&&="):
        value = walk.builder.union([before, value])
        assign(walk, left, value, plain=False)
        return value
    return walk.builder.literal("number")


def assign(walk: Walk, target: Node, value: int, *, plain: bool = True) -> None:
    """Give ``value`` to a target that is a name or an expression."""
    kind = target.type
    if kind in ("identifier", "shorthand_property_identifier_pattern"):
        _bind(walk, walk.text(target), value, line_of(target))
    elif kind == "member_expression":
        base, name = target.child_by_field_name("object"), target.child_by_field_name("property")
        if base is not None and name is not None and base.type == "this":
            _to_this(walk, walk.text(name), value, line_of(target))
        elif plain:
            walk.expr(target)
    elif plain:
        walk.expr(target)


def _bind(walk: Walk, name: str, value: int, line: int) -> None:
    local = walk.find(name)
    if local is None:
        walk.builder.bind(name, value, scope=0, flags=BindingFlag.GLOBAL, line=line)
    elif not local.typed:
        walk.builder.bind(name, value, scope=local.scope, line=line)


def _to_name(walk: Walk, left: Node, right: Node) -> int:
    name = walk.text(left)
    if name == "exports" and walk.find(name) is None:
        return walk.expr(right)  # `exports = module.exports = …`: the inner assignment says it all
    local = walk.find(name)
    if right.type in FUNCTION_VALUES and (local is None or not local.typed) and walk.at_top():
        parent = walk.builder.scope if local is None else local.scope
        draft = function_value(walk, name, left, right, right, parent if parent != walk.builder.scope else None)
        value = walk.definition(draft)
    else:
        value = walk.expr(right)
    if local is not None and local.symbol:
        walk.builder.site(walk.builder.name(name), line_of(left), SiteKind.REF)
    _bind(walk, name, value, line_of(left))
    return value


def function_value(
    walk: Walk, name: str, name_node: Node, node: Node, whole: Node, parent: int | None = None, result: int = NONE
) -> DefinitionDraft:  # fmt: skip
    """A function assigned to a name; one that is used as a class becomes a class with it as the constructor."""
    if node.type == "function_expression" and constructs(walk, name, node):
        draft = walk.builder.define(name, DefKind.CLASS, "class", line_of(whole), whole.end_point[0] + 1,
                                    name_line=line_of(name_node), parent=parent)  # fmt: skip
        lower_constructor_function(walk, draft, node)
        return draft
    return function_expression(walk, node, name=name, name_node=name_node, whole=whole, parent=parent, result=result)


def lower_constructor_function(walk: Walk, draft: DefinitionDraft, node: Node) -> None:
    """A function that is used as a class: the class, which is what has the name, and a hidden constructor."""
    builder = walk.builder
    body = node.child_by_field_name("body")
    draft.signature = walk.folded(node.start_byte, body.start_byte if body is not None else node.end_byte)
    documented = walk.text(walk.doc_node) if walk.doc_node is not None and walk.plain else ""
    draft.doc = walk.take_doc()
    walk.documented = documented
    builder.begin(draft)
    constructor = builder.define("constructor", DefKind.FUNCTION, "constructor", draft.line, draft.end_line,
                                 name_line=draft.name_line, parent=draft.index,
                                 flags=DefFlag.CONSTRUCTOR | DefFlag.HIDDEN)  # fmt: skip
    own = node.child_by_field_name("name")
    lower_function(walk, constructor, node, this=This(draft.index, False))
    if own is not None and walk.text(own) != draft.name:
        builder.bind(walk.text(own), walk.definition(draft), scope=constructor.index, flags=BindingFlag.DECLARES)
    builder.bind(
        "constructor", walk.definition(constructor), flags=BindingFlag.DEFINES, scope=draft.index, line=draft.name_line
    )
    builder.end(draft)


# -- members ------------------------------------------------------------------------------------------------


def _to_member(walk: Walk, node: Node, left: Node, right: Node) -> int:
    base, name_node = left.child_by_field_name("object"), left.child_by_field_name("property")
    if base is None or name_node is None:
        return walk.expr(right)
    name = walk.text(name_node)
    if base.type == "this":
        return _assign_this(walk, node, name, name_node, right)
    if is_exports(walk, left):
        return _assign_exports(walk, node, right)
    if is_exports(walk, base):
        value = _named_value(walk, name, name_node, right, node, exports_holder(walk), exported=True)
        walk.builder.export(name, value, line=line_of(node))
        walk.builder.member(exports_holder(walk), name, value, line_of(node))
        return value
    if name == "prototype":
        return _assign_prototype(walk, base, right)
    prototype = _prototype_owner(walk, base)
    owner = prototype if prototype != NONE else _holder(walk, base)
    if prototype != NONE and name == "constructor":
        return walk.expr(right)
    if owner != NONE and name == "__proto__":
        value = walk.expr(right)
        if prototype != NONE:
            add_base(walk, prototype, right)
        else:
            walk.builder.definitions[owner].bases.append((walk.builder.op(Op.TYPEOF, value), objects.SPREAD))
        return value
    if owner != NONE:
        value = _named_value(walk, name, name_node, right, node, owner)
        walk.builder.member(owner, name, value, line_of(node))
        return value
    target = walk.expr(left)
    if right.type in FUNCTION_VALUES and walk.plain and walk.builder.owner == 0:
        draft = function_expression(walk, right, name=name, name_node=name_node, whole=node, this=walk.this)
        objects.declared_context(walk, draft, walk.builder.op(Op.TYPEOF, target))
        return walk.definition(draft)
    return walk.typed_value(walk, right, walk.builder.op(Op.TYPEOF, target))


def _named_value(
    walk: Walk, name: str, name_node: Node, right: Node, whole: Node, owner: int, *, exported: bool = False
) -> int:
    """The value given to a property of ``owner``: functions and classes take the property's name."""
    builder = walk.builder
    if right.type in FUNCTION_VALUES:
        if right.type == "function_expression" and constructs(walk, name, right):
            return walk.definition(function_value(walk, name, name_node, right, whole))
        nameless = not exported and not walk.plain and not walk.at_top()  # in types the property is what has a name
        draft = function_expression(
            walk, right, name="" if nameless else name, name_node=name_node, whole=whole,
            parent=_naming_parent(walk, owner), symbol_kind="function" if exported else "method",
            this=This(owner, False),
        )  # fmt: skip
        draft.flags |= DefFlag.EXPORTED if exported else 0
        return walk.definition(draft)
    if right.type == "class":
        return walk.definition(classes.class_expression(walk, right, name, name_node))
    if right.type == "object" and objects.holds_functions(right):
        parent = builder.define(name, DefKind.VALUE, "property", line_of(whole), whole.end_point[0] + 1,
                                name_line=line_of(name_node), parent=_naming_parent(walk, owner))  # fmt: skip
        return walk.definition(objects.object_literal(walk, right, parent=parent.index))
    return walk.expr(right)


def _naming_parent(walk: Walk, owner: int) -> int | None:
    """``owner`` as the parent of a definition here, when names in sight here stay in sight from there."""
    definitions = walk.builder.definitions
    at = owner
    while definitions[at].kind in (DefKind.CLASS, DefKind.VALUE):
        at = definitions[at].parent
    return owner if at == walk.builder.scope else None


def _assign_this(walk: Walk, node: Node, name: str, name_node: Node, right: Node) -> int:
    this = walk.this
    if this is None:
        return walk.expr(right)
    builder = walk.builder
    declared = jsdoc.of_statement(walk)
    if declared >= 0:
        walk.typed_value(walk, right, declared)
        value = builder.typed(declared)
    elif right.type in FUNCTION_VALUES and walk.plain:
        draft = function_expression(
            walk, right, name=name, name_node=name_node, whole=node, symbol_kind="method", this=this
        )
        value = walk.definition(draft)
    else:
        value = walk.expr(right)
    if builder.definitions[this.owner].flags & DefFlag.OBJECT or name not in walk.class_fields:
        _to_this(walk, name, value, line_of(node))
    return value


def _to_this(walk: Walk, name: str, value: int, line: int) -> None:
    if walk.this is not None:
        walk.builder.member(walk.this.owner, name, value, line)


def _element_value(walk: Walk, left: Node, right: Node) -> int:
    """What is stored under a key: a function stored in a prototype runs on its instances."""
    base = left.child_by_field_name("object")
    owner = _prototype_owner(walk, base) if base is not None and right.type == "function_expression" else NONE
    if owner == NONE:
        return walk.expr(right)
    return walk.definition(function_expression(walk, right, this=This(owner, False)))


def _to_element(walk: Walk, left: Node, value: int) -> None:
    """`object[key] = value`: an element of an object that this file creates; the key is not known."""
    base, key = left.child_by_field_name("object"), left.child_by_field_name("index")
    if base is None or key is None:
        return
    owner = _holder(walk, base)
    if is_exports(walk, base):
        owner = exports_holder(walk)
    if owner == NONE:
        walk.expr(base)
    name = key_text(walk, key)
    if not name:
        walk.expr(key)
        name = "[]"
    if base.type == "this" and walk.this is not None:
        owner = walk.this.owner
    if owner != NONE:
        walk.builder.member(owner, name, value, line_of(left))
    elif base.type == "identifier":
        _holds_too(walk, base, [value])


def key_text(walk: Walk, key: Node | None) -> str:
    """The property that a key in brackets names: a string, or a constant whose value is one; "" when not known."""
    if key is None:
        return ""
    if key.type == "string":
        return unquote(walk.text(key))
    if key.type == "identifier":
        local = walk.find(walk.text(key))
        return local.text if local is not None else ""
    return ""


def _holds_too(walk: Walk, base: Node, values: list[int]) -> None:
    """From here on a local collection holds further values."""
    builder, name = walk.builder, walk.text(base)
    local = walk.find(name)
    if local is not None and not local.typed and local.holder == NONE:
        value = builder.union([builder.name(name), builder.seq("Array", values)])
        builder.bind(name, value, scope=local.scope, flags=BindingFlag.AUGMENTED, line=line_of(base))


def _holder(walk: Walk, base: Node) -> int:
    """The definition that holds what is set on ``base``: a class, function or object literal of this file."""
    if base.type != "identifier":
        return NONE
    local = walk.find(walk.text(base))
    if local is None or local.holder == NONE:
        return NONE
    walk.use(base, walk.text(base))
    return local.holder


def _prototype_owner(walk: Walk, node: Node) -> int:
    """The class F when ``node`` is `F.prototype` (or a variable that holds it)."""
    if node.type != "member_expression":
        return NONE
    base, name = node.child_by_field_name("object"), node.child_by_field_name("property")
    if base is None or name is None or walk.text(name) != "prototype":
        return NONE
    if base.type == "identifier":
        return _holder(walk, base)
    if base.type == "member_expression":  # `ns.F.prototype`: F of this file by its own name
        last = base.child_by_field_name("property")
        if last is not None:
            wanted = walk.text(last)
            for draft in walk.builder.definitions:
                if draft.kind == DefKind.CLASS and draft.name == wanted:
                    return draft.index
    return NONE


# -- prototypes ---------------------------------------------------------------------------------------------


def _assign_prototype(walk: Walk, base: Node, right: Node) -> int:
    """`F.prototype = …`: an object literal gives members; `Object.create(B.prototype)` or `new B` a base."""
    owner = _holder(walk, base)
    if owner == NONE:
        walk.expr(base)
        return walk.expr(right)
    if right.type == "object":
        objects.object_members(walk, right, owner, [])
        return walk.builder.op(Op.THIS, owner)
    value = walk.expr(right)
    add_base(walk, owner, right)
    return value


def add_base(walk: Walk, owner: int, node: Node) -> None:
    """Record the class whose prototype ``node`` evaluates to as a base of ``owner``."""
    target: Node | None = None
    if node.type == "call_expression":
        arguments = node.child_by_field_name("arguments")
        first = arguments.named_children[0] if arguments is not None and arguments.named_children else None
        if first is not None:
            add_base(walk, owner, first)
        return
    if node.type == "new_expression":
        target = node.child_by_field_name("constructor")
    elif node.type == "member_expression":
        name = node.child_by_field_name("property")
        if name is not None and walk.text(name) in ("prototype", "__proto__"):
            target = node.child_by_field_name("object")
    if target is not None and walk.text(target) != "Object":
        walk.builder.definitions[owner].bases.append((walk.expr(target), "INHERITS"))


def defining_call(walk: Walk, target: Node, arguments: Node | None) -> int | None:
    """`Object.assign(F.prototype, {…})`, `Object.defineProperty(…)`, `util.inherits(F, B)`: definitions by call."""
    if target.type != "member_expression" or arguments is None:
        return None
    name_node = target.child_by_field_name("property")
    name = walk.text(name_node) if name_node is not None else ""
    args = [child for child in arguments.named_children if child.type != "comment"]
    handler = {
        "assign": _assign_all, "defineProperty": _define_property, "defineProperties": _define_properties,
        "inherits": _inherits, "setPrototypeOf": _set_prototype,
    }.get(name)  # fmt: skip
    if handler is None or len(args) < 2:
        return None
    owner = _target(walk, args[0])
    if owner == NONE:
        return None
    return walk.expr(args[0]) if handler(walk, owner, args) else None


def _target(walk: Walk, node: Node) -> int:
    """The class or object of this file that a definition by call adds to."""
    if is_exports(walk, node):
        return exports_holder(walk)
    prototype = _prototype_owner(walk, node)
    if prototype != NONE:
        return prototype
    if node.type == "this" and walk.this is not None:
        return walk.this.owner
    return _holder(walk, node)


def _assign_all(walk: Walk, owner: int, args: list[Node]) -> bool:
    for arg in args[1:]:
        if arg.type == "object":
            objects.object_members(walk, arg, owner, [])
        else:
            value = walk.expr(arg)
            walk.builder.definitions[owner].bases.append((walk.builder.op(Op.TYPEOF, value), objects.SPREAD))
    return True


def _define_property(walk: Walk, owner: int, args: list[Node]) -> bool:
    if len(args) < 3 or args[1].type != "string" or args[2].type != "object":
        return False
    _descriptor(walk, owner, unquote(walk.text(args[1])), args[1], args[2])
    return True


def _define_properties(walk: Walk, owner: int, args: list[Node]) -> bool:
    if args[1].type != "object":
        return False
    for child in args[1].named_children:
        key, value = child.child_by_field_name("key"), child.child_by_field_name("value")
        if key is not None and value is not None and value.type == "object":
            _descriptor(walk, owner, key_name(walk, key), key, value)
    return True


def _descriptor(walk: Walk, owner: int, name: str, name_node: Node, node: Node) -> None:
    """A property descriptor: `{ get() … }` is a getter called ``name``, `{ value: … }` a member."""
    for child in node.named_children:
        key_node = child.child_by_field_name("key") or child.child_by_field_name("name")
        key = walk.text(key_node) if key_node is not None else ""
        function = child if child.type == "method_definition" else child.child_by_field_name("value")
        if function is None:
            continue
        if key in ("get", "set") and (function.type in FUNCTION_VALUES or function is child):
            draft = function_expression(
                walk, function, name=name, name_node=name_node, whole=child, parent=_naming_parent(walk, owner),
                symbol_kind="property", this=This(owner, False),
                flags=DefFlag.PROPERTY if key == "get" else DefFlag.SETTER,
            )  # fmt: skip
            classes.bind_accessor(walk, walk.builder.definitions[owner], draft)
        elif key == "value":
            value = _named_value(walk, name, name_node, function, child, owner)
            walk.builder.member(owner, name, value, line_of(child))
        else:
            walk.expr(function)


def _inherits(walk: Walk, owner: int, args: list[Node]) -> bool:
    walk.builder.definitions[owner].bases.append((walk.expr(args[1]), "INHERITS"))
    return True


def _set_prototype(walk: Walk, owner: int, args: list[Node]) -> bool:
    if args[0].type == "this":
        return False  # what constructors of errors do: nothing new about the class
    if args[1].type == "member_expression":
        add_base(walk, owner, args[1])
        return True
    value = walk.expr(args[1])
    walk.builder.definitions[owner].bases.append((walk.builder.op(Op.TYPEOF, value), objects.SPREAD))
    return True


def adding_call(walk: Walk, target: Node, args: list[int]) -> None:
    """`list.push(x)`: from here on the list holds x too."""
    if target.type != "member_expression" or not args:
        return
    base, name = target.child_by_field_name("object"), target.child_by_field_name("property")
    if base is None or name is None or walk.text(name) not in ("push", "unshift"):
        return
    builder = walk.builder
    if base.type == "identifier":
        _holds_too(walk, base, args)
    elif base.type == "member_expression":
        inner, field = base.child_by_field_name("object"), base.child_by_field_name("property")
        if inner is not None and field is not None and inner.type == "this":
            text = walk.text(field)
            if walk.this is not None and text not in walk.class_fields:
                _to_this(walk, text, builder.seq("Array", args), line_of(base))


# -- CommonJS exports ---------------------------------------------------------------------------------------


def _assign_exports(walk: Walk, node: Node, right: Node) -> int:
    """`module.exports = value`."""
    builder = walk.builder
    line = line_of(node)
    if right.type == "object":
        draft = objects.object_literal(walk, right)
        if walk.exports_holder == NONE:
            walk.exports_holder = draft.index
        value = walk.definition(draft)
    elif right.type in FUNCTION_VALUES:
        own = right.child_by_field_name("name")
        name = walk.text(own) if own is not None else "exports"
        draft = function_value(walk, name, own if own is not None else node, right, right)
        draft.flags |= DefFlag.EXPORTED
        value = walk.definition(draft)
        walk.exports_holder = draft.index
    elif right.type == "class":
        draft = classes.class_expression(walk, right, "" if right.child_by_field_name("name") else "exports", right)
        value = walk.definition(draft)
        walk.exports_holder = draft.index
    else:
        value = walk.expr(right)
        if right.type == "identifier":
            local = walk.find(walk.text(right))
            if local is not None and local.holder != NONE:
                walk.exports_holder = local.holder
    builder.export(EXPORTS, value, line=line)
    return value

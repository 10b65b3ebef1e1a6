"""Lowering driven by a query: what serves every language that is a folder of data.

``symbols.scm`` says what things are, by the capture names that ``captures.py`` lists; ``language.toml`` says how they
are written. This module puts the two together and knows no language.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable

from tree_sitter import Node, Query

from loomgraph.facts import BindingFlag, DefFlag, DefKind, Op, Param, ParamKind, SiteKind
from loomgraph.model import SymbolKind
from loomgraph.parse.builder import NONE, Builder, DefinitionDraft
from loomgraph.parse.captures import KINDS, SPACES, Item, found_items
from loomgraph.parse.comments import CommentReader
from loomgraph.parse.imports import ImportReader, plain_module
from loomgraph.parse.registry import LanguageSpec
from loomgraph.parse.signatures import Patterns, first_brackets, signature_of
from loomgraph.parse.structure_expressions import Expressions


class StructureLowering:
    """Lowers the files of one language."""

    def __init__(self, spec: LanguageSpec, query: Query) -> None:
        self.spec, self.query = spec, query
        self.patterns = Patterns(spec.structure)
        self.imports = ImportReader(spec.structure.imports, spec.structure.separators)

    def lower(self, root: Node | None, source: bytes, builder: Builder) -> None:
        if root is not None:
            _File(self, root, source, builder).run()


class _File(Expressions):
    """The lowering of one file."""

    def __init__(self, language: StructureLowering, root: Node, source: bytes, builder: Builder) -> None:
        self.items = found_items(language.query, root)
        super().__init__(language.spec.structure, language.patterns, source, builder, self.items)
        self.language = language
        self.handlers: dict[str, Callable[[Item], None]] = {
            "ignored": self.on_ignored,
            "package": self.on_package,
            "import": self.on_import,
            "definition": self.on_definition,
            "local": self.on_local,
            "call": self.on_call,
            "new": self.on_call,
            "reference": self.on_reference,
        }
        self.comments = CommentReader(source.split(b"\n"), language.spec.comments)
        self.open: list[tuple[DefinitionDraft, int]] = []  # entered definitions with the byte at which each ends
        self.types: dict[tuple[int, str], DefinitionDraft] = {}  # by scope and name; under -1, the first of a name
        self.declared: dict[tuple[int, str], DefinitionDraft | None] = {}  # methods declared, bodies to come
        self.latest: dict[int, tuple[DefinitionDraft, int]] = {}  # by parent, the last function and its arity
        self.importing = {item.node.id for item in self.items if item.category == "import"}
        self.ignored = 0  # the byte up to which nothing counts
        self.imported = 0  # the byte up to which imports are read
        self.own = frozenset((*self.rules.receivers, *self.rules.super_receivers, *self.rules.static_receivers))
        self.names: set[int] = set()  # nodes that name definitions: no references

    def run(self) -> None:
        for item in self.items:
            start = item.node.start_byte
            while self.open and self.open[-1][1] <= start:
                self.builder.end(self.open.pop()[0])
            if start >= self.ignored:
                self.handlers[item.category](item)
        while self.open:
            self.builder.end(self.open.pop()[0])
        if self.rules.package and not self.builder.package:
            found = re.search(self.rules.package, self.source.decode("utf-8", "replace"), re.MULTILINE)
            self.builder.package = ".".join(self.patterns.path(found[1])) if found else ""

    def enter(self, draft: DefinitionDraft, node: Node) -> None:
        self.builder.begin(draft)
        self.open.append((draft, node.end_byte))

    # -- packages, imports ----------------------------------------------------------------------------------

    def on_ignored(self, item: Item) -> None:
        self.ignored = item.node.end_byte

    def on_package(self, item: Item) -> None:
        self.names.add(item.node.id)
        name = ".".join(self.patterns.path(self.text(item.node).strip()))
        package = self.builder.package
        if item.detail == "part" and package:  # Scala: package a; package b
            self.builder.package = f"{package}.{name}"
        elif not package:
            self.builder.package = name

    def on_import(self, item: Item) -> None:
        if item.node.end_byte <= self.imported:
            return
        self.imported = item.node.end_byte
        line = item.node.start_point[0] + 1
        kind = item.detail or "import"
        module, alias = item.first("module"), item.first("alias")
        if module is not None:
            name = plain_module(self.text(module))
            bound = self.text(alias) if alias is not None else ""
            self.builder.bind_import(name, "" if bound else "*", bound, line, kind=kind)
            return
        for imported in self.language.imports.read(self.text(item.node)):
            self.builder.bind_import(imported.module, imported.name, imported.alias, line, kind=kind)

    # -- definitions ----------------------------------------------------------------------------------------

    def on_definition(self, item: Item) -> None:
        kind, symbol_kind, flags = KINDS[item.detail]
        name, receiver = self.name_and_receiver(item)
        builder = self.builder
        local = builder.definitions[builder.scope].kind == DefKind.FUNCTION and not receiver
        if item.detail == "promoted":
            self.bind_local(item, name)
            if builder.enclosing_class() < 0:
                return
        elif local and (kind == DefKind.VALUE or item.detail == "object") or item.node.id in self.importing:
            self.bind_local(item, name)
            return
        if not name and not flags & DefFlag.HIDDEN:
            return
        if item.detail == "namespace" and "." in name:
            name = self.outer_namespaces(name, item.node)
        if item.detail == "promoted":
            parent = builder.enclosing_class()
        else:
            parent = self.receiver_class(receiver, item.node) if receiver else builder.scope
        around = builder.definitions[parent]
        in_class = around.kind == DefKind.CLASS and around.symbol_kind not in SPACES
        if in_class and item.detail in ("function", "declared", "singleton"):
            symbol_kind = SymbolKind.METHOD
            if name in self.rules.constructors or name == around.name:
                symbol_kind, flags = SymbolKind.CONSTRUCTOR, flags | DefFlag.CONSTRUCTOR
        elif kind == DefKind.VALUE and in_class and symbol_kind == SymbolKind.VARIABLE:
            symbol_kind = SymbolKind.FIELD
        sibling = self.types.get((parent, name))
        if item.detail == "object" and sibling is not None and not sibling.flags & DefFlag.HIDDEN:
            flags |= DefFlag.EXTENSION | DefFlag.HIDDEN  # a companion: its members are the type's own
        declared = self.declared.get((parent, name)) if item.detail == "function" else None
        if declared is not None:
            self.complete(declared, item)
            return
        if self.rules.clauses and kind == DefKind.FUNCTION and self.continued(parent, name, item):
            return
        node, name_node = item.node, item.first("name")
        bases = [*self.bases(item, "inherits", "INHERITS"), *self.bases(item, "implements", "IMPLEMENTS")]
        draft = builder.define(
            name, kind, symbol_kind, node.start_point[0] + 1, last_line(node),
            name_line=(name_node or node).start_point[0] + 1, flags=flags, parent=parent,
        )  # fmt: skip
        draft.bases += bases
        if kind == DefKind.CLASS:
            self.types.setdefault((parent, name), draft)
            self.types.setdefault((-1, name), draft)
        self.describe(draft, item, in_class)
        if item.detail == "declared":
            twice = (parent, name) in self.declared
            self.declared[parent, name] = None if twice else draft  # overloads: no telling which is completed
        if not flags & (DefFlag.EXTENSION | DefFlag.HIDDEN):
            self.bind_name(draft, item)
        if kind in (DefKind.CLASS, DefKind.FUNCTION):
            extends = sibling is not None and flags & DefFlag.EXTENSION  # of this file: the members are the type's own
            self.enter(sibling if extends and sibling is not None else draft, node)
            if kind == DefKind.FUNCTION:
                self.function(draft, item, in_class)

    def function(self, draft: DefinitionDraft, item: Item, in_class: bool) -> None:
        """What a function takes and gives, in its own scope."""
        self.parameters(draft, item, in_class)
        self.builder.bind_params(draft)
        if item.detail == "reader" and self.rules.field_mark:
            draft.returns.append(self.builder.name(self.rules.field_mark + draft.name))
        for returned in item.captures.get("returned", ()):
            draft.returns.append(self.expression(returned))
            self.expressions.clear()  # where it stands, its names may mean something else

    def complete(self, draft: DefinitionDraft, item: Item) -> None:
        """A method declared in its class gets the body that the same file gives it further down."""
        node = item.node
        doc, flags, signature = draft.doc, draft.flags, draft.signature
        self.declared[draft.parent, draft.name] = None
        draft.end_line = last_line(node)
        if not self.rules.clauses:
            draft.line = node.start_point[0] + 1
            draft.name_line = (item.first("name") or node).start_point[0] + 1
        draft.params.clear()
        self.describe(draft, item, True)
        draft.doc, draft.flags = draft.doc or doc, flags & ~DefFlag.OVERLOAD
        draft.signature = signature if self.rules.clauses else draft.signature
        self.enter(draft, node)
        self.parameters(draft, item, True)
        self.builder.bind_params(draft)

    def continued(self, parent: int, name: str, item: Item) -> bool:
        """Whether this is one more clause of the function before it, which takes it in."""
        texts = [self.text(node) for node in item.captures.get("params", ())]
        parameters = [parameter for text in texts for parameter in self.patterns.parameters(text)]
        earlier, arity = self.latest.get(parent, (None, 0))
        if earlier is None or earlier.name != name or arity != len(parameters):
            return False
        earlier.end_line = last_line(item.node)
        self.enter(earlier, item.node)
        for parameter in parameters:
            self.builder.bind(parameter.name, NONE, line=item.node.start_point[0] + 1)
        return True

    def outer_namespaces(self, name: str, node: Node) -> str:
        """Enter all but the last of the namespaces that ``a.b.c`` opens at once; gives the last one's name."""
        *outer, last = name.split(".")
        for part in outer:
            draft = self.builder.define(
                part, DefKind.CLASS, SymbolKind.NAMESPACE, node.start_point[0] + 1, last_line(node)
            )
            draft.signature = f"namespace {part}"
            self.builder.bind_definition(draft)
            self.enter(draft, node)
        return last

    def name_and_receiver(self, item: Item) -> tuple[str, list[str]]:
        """The definition's own name, and the path of the type it belongs to when it stands outside of it."""
        node = item.first("name")
        if node is None:
            return "", []
        self.names.add(node.id)
        text = self.text(node).strip("\"'`").lstrip(":")
        receiver = item.first("receiver")
        path = self.patterns.type_path(self.text(receiver)) if receiver is not None else []
        if item.detail == "extension":
            parts = self.patterns.type_path(text)
            return (parts[-1] if parts else ""), []
        parts = self.patterns.path(text)
        whole = self.rules.packaged and item.detail in ("module", "interface") and self.builder.scope == 0
        if whole and len(parts) > 1 and self.builder.package in ("", ".".join(parts[:-1])):
            self.builder.package = self.builder.package or ".".join(parts[:-1])
            return parts[-1], []
        if len(parts) > 1 and item.detail not in ("namespace",):
            return parts[-1], [*path, *parts[:-1]]
        return (".".join(parts) if parts else " ".join(text.split())), path

    def receiver_class(self, path: list[str], node: Node) -> int:
        """The definition of the type named by ``path``: the file's own, or an extension that stands for it."""
        builder = self.builder
        if path[0] in self.rules.receivers or path[0] in self.rules.static_receivers:
            around = builder.enclosing_class()
            return around if around >= 0 else builder.scope
        at = builder.scope
        for name in path:
            found = self.types.get((at, name)) or (self.types.get((-1, name)) if len(path) == 1 else None)
            if found is None:
                found = builder.define(
                    name, DefKind.CLASS, SymbolKind.CLASS, node.start_point[0] + 1, last_line(node),
                    flags=DefFlag.EXTENSION | DefFlag.HIDDEN, parent=at,
                )  # fmt: skip
                self.types[at, name] = found
            at = found.index
        return at

    def bases(self, item: Item, capture: str, kind: str) -> Iterable[tuple[int, str]]:
        for node in item.captures.get(capture, ()):
            self.names.add(node.id)
            expr = self.type_expression(self.text(node))
            if expr != NONE:
                yield expr, kind

    def describe(self, draft: DefinitionDraft, item: Item, in_class: bool) -> None:
        """Signature, documentation and flags."""
        node, name_node = item.first("whole") or item.node, item.first("name") or item.node
        head = self.head(item)
        draft.signature = signature_of(head)
        before = self.source[node.start_byte : name_node.start_byte].decode("utf-8", "replace")
        patterns = self.patterns
        for pattern, flag in (
            (patterns.private, DefFlag.PRIVATE), (patterns.exported, DefFlag.EXPORTED),
            (patterns.static, DefFlag.STATIC),
            (patterns.abstract, DefFlag.ABSTRACT), (patterns.asynchronous, DefFlag.ASYNC),
        ):  # fmt: skip
            if pattern.search(before):
                draft.flags |= flag
        if draft.kind == DefKind.FUNCTION and draft.name in self.rules.entry_points:
            draft.flags |= DefFlag.ENTRY_POINT
        if patterns.private_name.search(draft.name):
            draft.flags |= DefFlag.PRIVATE
        around = self.builder.definitions[draft.parent]
        if draft.kind == DefKind.FUNCTION and around.flags & DefFlag.INTERFACE and self.body(item) is None:
            draft.flags |= DefFlag.ABSTRACT
        variable = draft.symbol_kind in (SymbolKind.VARIABLE, SymbolKind.FIELD)
        if variable and patterns.constant.search(before + draft.name):
            draft.symbol_kind = SymbolKind.CONSTANT
        if not self.first_on_line(node):
            return
        draft.doc = self.comments.doc_above(node.start_point[0])
        if not draft.doc and not in_class and node.parent is not None and node.parent.start_point[0] < draft.line - 1:
            above = node.parent  # `template <…>`, `export` and the like stand between a comment and its definition
            if above.end_byte == node.end_byte and above.parent is not None:
                draft.doc = self.comments.doc_above(above.start_point[0])

    def first_on_line(self, node: Node) -> bool:
        row, column = node.start_point
        return not self.comments.lines[row][:column].strip()

    def head(self, item: Item) -> str:
        """The text of a definition before its body."""
        node = item.first("whole") or item.node
        body = self.body(item)
        if body is not None and body.start_byte > node.start_byte:
            return self.source[node.start_byte : body.start_byte].decode("utf-8", "replace")
        text = self.text(node)
        one_line = KINDS[item.detail][0] == DefKind.VALUE or item.detail == "macro"
        return text.partition("\n")[0] if one_line else text[:2000]

    def body(self, item: Item) -> Node | None:
        body = item.first("body") or item.node.child_by_field_name("body")
        if body is None and self.rules.bodies:
            body = next((child for child in item.node.children if child.type in self.rules.bodies), None)
        return body

    def bind_name(self, draft: DefinitionDraft, item: Item) -> None:
        """What the definition's name means in the scope that holds it."""
        builder, rules = self.builder, self.rules
        around = builder.definitions[draft.parent]
        member = rules.open_enums and around.flags & DefFlag.ENUM and draft.symbol_kind != SymbolKind.METHOD
        if member or rules.open_interfaces and around.flags & DefFlag.INTERFACE:
            value = builder.op(Op.DEF, draft.index)
            builder.bind(draft.name, value, scope=around.parent, line=draft.name_line, flags=BindingFlag.DEFINES)
        if draft.kind == DefKind.VALUE:
            value, flags = self.value_of(item)
            builder.bind(draft.name, value, scope=draft.parent, line=draft.name_line, flags=flags)
            return
        builder.bind_definition(draft)
        aliased = item.first("type") if draft.kind == DefKind.TYPE else None
        if aliased is not None:
            draft.returns.append(self.type_expression(self.text(aliased)))

    def value_of(self, item: Item) -> tuple[int, int]:
        """What a field or variable holds: its declared type, else its value."""
        declared, value = item.first("type"), item.first("value")
        if declared is not None and self.text(declared) not in self.rules.inferred_types:
            expr = self.type_expression(self.text(declared))
            if expr != NONE:
                return self.builder.typed(expr), BindingFlag.TYPED
        return (self.expression(value) if value is not None else NONE), 0

    def parameters(self, draft: DefinitionDraft, item: Item, in_class: bool) -> None:
        """The parameters and the declared result of a function."""
        if self.rules.any_arity or item.detail == "macro" and "params" not in item.captures:
            draft.params.append(Param("", NONE, NONE, ParamKind.STAR))
        result = item.first("result")
        if result is not None:
            draft.result = self.type_expression(self.text(result))
        texts = [self.text(node) for node in item.captures.get("params", ())]
        name = item.first("name")
        if self.rules.params_after_name and not texts and name is not None:
            end = item.node.start_byte + len(self.head(item).encode())
            texts = [first_brackets(self.source[name.end_byte : end].decode("utf-8", "replace"))]
        received = False
        for text in texts:
            for parameter in self.patterns.parameters(text):
                received = received or parameter.kind == ParamKind.RECEIVER
                annotation = self.type_expression(parameter.type) if parameter.type else NONE
                default = self.builder.op(Op.UNION, 0) if parameter.optional else NONE
                draft.params.append(Param(parameter.name, annotation, default, parameter.kind))
        self.latest[draft.parent] = draft, 0 if self.rules.any_arity else len(draft.params)
        if self.rules.receiver_parameter and in_class and not received:
            draft.flags |= DefFlag.STATIC

    # -- locals, calls, references --------------------------------------------------------------------------

    def on_local(self, item: Item) -> None:
        name = item.first("name")
        if name is not None:
            self.names.add(name.id)
            self.bind_local(item, self.text(name))

    def bind_local(self, item: Item, name: str) -> None:
        value, flags = self.value_of(item)
        mark, scope = self.rules.field_mark, self.builder.scope
        if mark and name.startswith(mark) and self.builder.enclosing_class() >= 0:
            scope = self.builder.enclosing_class()
        self.builder.bind(name, value, scope=scope, line=item.node.start_point[0] + 1, flags=flags)

    def on_call(self, item: Item) -> None:
        name = item.first("name")
        if name is None or self.text(name) in self.rules.ignored_calls and item.first("receiver") is None:
            return
        if item.category == "call":
            if name.id in self.names or self.rules.own_class and self.text(name) == self.rules.own_class:
                return
            self.names.add(name.id)  # no reference beside the call
        self.builder.site(self.expression(item.node), name.start_point[0] + 1, SiteKind.CALL)

    def on_reference(self, item: Item) -> None:
        node = item.node
        if node.id in self.names:
            return
        path = self.patterns.path(self.text(node))
        if path and (len(path) > 1 or path[0] not in self.own):
            self.builder.site(self.path_expression(path), node.end_point[0] + 1, SiteKind.REF)


def last_line(node: Node) -> int:
    """The last line a node stands on; one that ends with a line break does not reach the next."""
    row, column = node.end_point
    return max(row + (column > 0), node.start_point[0] + 1)

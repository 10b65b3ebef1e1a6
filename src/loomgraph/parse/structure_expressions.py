"""Expressions of structure languages: what names, calls and literals say, as far as their text tells it.

Works on the calls that a query found and on what ``language.toml`` says of names; it defines nothing and knows no
language.
"""

from __future__ import annotations

from collections.abc import Iterable

from tree_sitter import Node

from loomgraph.facts import Op
from loomgraph.parse.builder import NONE, Builder
from loomgraph.parse.captures import Item
from loomgraph.parse.registry import Structure
from loomgraph.parse.signatures import Patterns, split_list


class Expressions:
    """The expressions of one file."""

    def __init__(
        self, rules: Structure, patterns: Patterns, source: bytes, builder: Builder, items: Iterable[Item]
    ) -> None:
        self.rules, self.patterns, self.source, self.builder = rules, patterns, source, builder
        self.calls = {item.node.id: item for item in items if item.category in ("call", "new")}
        self.expressions: dict[int, int] = {}
        self.unplaced = frozenset((*rules.keyword_arguments, *rules.ignored_arguments))

    def text(self, node: Node) -> str:
        return self.source[node.start_byte : node.end_byte].decode("utf-8", "replace")

    def expression(self, node: Node) -> int:
        """The value of the expression ``node``, as far as names and calls tell it."""
        known = self.expressions.get(node.id)
        if known is not None:
            return known
        item = self.calls.get(node.id)
        if item is None and node.type == "parenthesized_expression" and node.named_child_count == 1:
            inner = node.named_children[0]
            return self.expression(inner)
        if item is not None:
            expr = self.call(item)
        elif node.type in self.rules.literals:
            expr = self.builder.literal(self.rules.literals[node.type])
        else:
            path = self.patterns.path(self.text(node))
            expr = self.path_expression(path) if path else self.builder.op(Op.UNION, 0)
        self.expressions[node.id] = expr
        return expr

    def call(self, item: Item) -> int:
        builder = self.builder
        name_node, receiver = item.first("name"), item.first("receiver")
        assert name_node is not None
        name = self.text(name_node).strip("`")
        new = item.category == "new"
        if receiver is not None:
            base = self.expression(receiver)
            if name == self.rules.own_class and self.text(receiver) in self.rules.receivers:
                return builder.op(Op.DEF, builder.enclosing_class()) if builder.enclosing_class() >= 0 else base
            if name in self.rules.new_methods:
                callee, new = base, True
            else:
                callee = builder.attr(base, name)
        elif name in self.rules.new_methods and builder.enclosing_class() >= 0:
            callee, new = builder.op(Op.DEF, builder.enclosing_class()), True
        else:
            callee = self.path_expression(self.patterns.path(name) or [name])
        return builder.call(callee, self.arguments(item), self.keywords(item), new=new)

    def arguments(self, item: Item) -> list[int]:
        given: list[int] = []
        for node in item.captures.get("arguments", ()):
            for child in node.named_children:
                if "comment" not in child.type and child.type not in self.unplaced:
                    given.append(self.argument(child))
        for node in item.captures.get("tokens", ()):  # arguments that the grammar leaves unread: their number alone
            given += [self.builder.op(Op.UNION, 0) for _ in split_list(self.text(node).strip("()[]{} \n")[:2000])]
        given += [self.builder.op(Op.UNION, 0) for _ in item.captures.get("extra", ())]
        return given

    def keywords(self, item: Item) -> list[tuple[str, int]]:
        """Arguments given by name, where the language keeps those apart."""
        found: list[tuple[str, int]] = []
        if self.rules.keyword_arguments:
            for node in item.captures.get("arguments", ()):
                for child in node.named_children:
                    if child.type in self.rules.keyword_arguments and child.named_child_count == 2:
                        key, value = child.named_children
                        found.append((self.text(key), self.argument(value)))
        return found

    def argument(self, node: Node) -> int:
        start = self.source[node.start_byte : node.start_byte + 3]
        if "splat" in node.type or "spread" in node.type or "variadic" in node.type or start == b"...":
            return self.builder.op(Op.STAR, self.builder.op(Op.UNION, 0))
        while node.id not in self.calls and node.named_child_count == 1 and "argument" in node.type:
            inner = node.named_child(0)
            if inner is None:
                break
            node = inner
        return self.expression(node)

    def path_expression(self, path: list[str]) -> int:
        """A chain of names; its first may stand for the object or the class around."""
        builder, rules = self.builder, self.rules
        first = path[0]
        around = builder.enclosing_class()
        if first in rules.receivers and around >= 0:
            expr = builder.this()
        elif first in rules.super_receivers and around >= 0:
            expr = builder.super()
        elif first in rules.static_receivers and around >= 0:
            expr = builder.op(Op.DEF, around)
        else:
            expr = builder.name(first)
        for name in path[1:]:
            expr = builder.attr(expr, name)
        return expr

    def type_expression(self, text: str) -> int:
        """The class that a type as written names, or -1."""
        path = self.patterns.type_path(text)
        return self.path_expression(path) if path else NONE

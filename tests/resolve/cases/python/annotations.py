from __future__ import annotations

import typing as t
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, ClassVar, Generic, Literal, Optional, Protocol, TypeAlias, TypeVar, Union, cast

from typing_extensions import Self

if TYPE_CHECKING:
    from other import Remote


class Node:
    parent: Node | None
    children: list[Node]
    registry: ClassVar[dict[str, Node]] = {}
    on_visit: Callable[[Node], Visitor]
    mode: Literal["a", "b"] = "a"

    def visit(self) -> Visitor:
        return self.parent.visit()  # calls: ::Node.visit

    def clone(self) -> Self:
        return self

    def walk(self) -> Iterator[Node]:
        for child in self.children:  # calls: nothing
            yield child.clone()  # calls: ::Node.clone
            child.walk()  # calls: ::Node.walk


class Leaf(Node):
    def only_leaf(self):
        self.clone().only_leaf()  # calls: ::Leaf.only_leaf, ::Node.clone


class Visitor:
    def enter(self):
        return None


def optional(node: Optional[Node], other: "Node | None", third: Union[Node, None], fourth: t.Optional["Node"]):
    node.visit()  # calls: ::Node.visit [exact]
    other.visit()  # calls: ::Node.visit
    third.visit()  # calls: ::Node.visit
    fourth.visit()  # calls: ::Node.visit
    node.visit().enter()  # calls: ::Node.visit, ::Visitor.enter


def union(thing: Node | Visitor, text: str):
    thing.visit()  # calls: ::Node.visit
    thing.enter()  # calls: ::Visitor.enter
    text.visit()  # calls: nothing


def containers(
    many: list[Node], mapping: Mapping[str, Node], nested: dict[str, list[Node]], pair: tuple[Node, Visitor], more: tuple[Node, ...]
):
    many[0].visit()  # calls: ::Node.visit
    many.pop().visit()  # calls: ::Node.visit, external:builtins.list.pop
    mapping["x"].visit()  # calls: ::Node.visit
    mapping.get("x").visit()  # calls: ::Node.visit
    for key, value in mapping.items():  # calls: nothing
        value.visit()  # calls: ::Node.visit
    for value in mapping.values():
        value.visit()  # calls: ::Node.visit
    for values in nested.values():
        for value in values:
            value.visit()  # calls: ::Node.visit
    pair[0].visit()  # calls: ::Node.visit
    pair[1].enter()  # calls: ::Visitor.enter
    first, second = pair
    first.visit()  # calls: ::Node.visit
    second.enter()  # calls: ::Visitor.enter
    for each in more:
        each.visit()  # calls: ::Node.visit
    for at, each in enumerate(many):
        each.visit()  # calls: ::Node.visit
    for one, two in zip(many, more):
        two.visit()  # calls: ::Node.visit
    sorted(many, key=lambda n: n.visit())[0].clone()  # calls: ::Node.visit, ::Node.clone
    return [n.visit() for n in many if n.clone()]  # calls: ::Node.visit, ::Node.clone


def callables(make: Callable[..., Node], registry: dict[str, Callable[[], Node]], kind: type[Node]):
    make().visit()  # calls: ::Node.visit
    registry["a"]().visit()  # calls: ::Node.visit
    kind().visit()  # calls: ::Node, ::Node.visit
    Node.registry["x"].visit()  # calls: ::Node.visit


def callback(node: Node):
    node.on_visit(node).enter()  # calls: ::Visitor.enter


def remote(r: Remote, s: "Remote"):
    r.call()  # calls: other.py::Remote.call
    s.call()  # calls: other.py::Remote.call


T = TypeVar("T")
N = TypeVar("N", bound=Node)
Alias: TypeAlias = "dict[str, Node]"
Plain = list[Node]


class Box(Generic[T]):
    def __init__(self, item: T):
        self.item = item

    def get(self) -> T:
        return self.item


class NodeBox(Box[Node]):
    pass


def generic(box: Box[Node], sub: NodeBox, bounded: N) -> N:
    box.get().visit()  # calls: ::Box.get, ::Node.visit [exact]
    box.item.visit()  # calls: ::Node.visit [exact]
    sub.get().visit()  # calls: ::Box.get, ::Node.visit [exact]
    bounded.visit()  # calls: ::Node.visit
    return bounded


def identity(x: T) -> T:
    return x


def first_of(xs: Iterable[T]) -> T:
    for x in xs:
        return x


def infer(many: list[Leaf], alias: Alias, plain: Plain, anything: Any):
    identity(Leaf()).only_leaf()  # calls: ::identity, ::Leaf, ::Leaf.only_leaf
    first_of(many).only_leaf()  # calls: ::first_of, ::Leaf.only_leaf
    generic(None, None, Leaf()).only_leaf()  # calls: ::generic, ::Leaf, ::Leaf.only_leaf
    alias["x"].visit()  # calls: ::Node.visit
    plain[0].visit()  # calls: ::Node.visit
    cast(Leaf, anything).only_leaf()  # calls: ::Leaf.only_leaf
    cast("Leaf", anything).only_leaf()  # calls: ::Leaf.only_leaf
    Box(Leaf()).get().only_leaf()  # calls: ::Box.__init__, ::Leaf, ::Box.get, ::Leaf.only_leaf [exact]


class Greets(Protocol):
    def greet(self) -> Node: ...


def structural(g: Greets):
    g.greet().visit()  # calls: ::Greets.greet, ::Node.visit


class Chain:
    def step(self: T) -> T:
        return self

    @classmethod
    def start(cls: type[T]) -> T:
        return cls()


class LongChain(Chain):
    def finish(self):
        return None


LongChain.start().step().finish()  # calls: ::Chain.start, ::Chain.step, ::LongChain.finish
# path: other.py
class Remote:
    def call(self):
        return None
# path: inherited.py
from abc import ABC, abstractmethod


class Event:
    def stop(self):
        return None


class Handler(ABC):
    @abstractmethod
    def handle(self, event: Event):
        return None


class Loud(Handler):
    def handle(self, event):  # overrides: ::Handler.handle
        event.stop()  # calls: ::Event.stop

from __future__ import annotations

from dataclasses import dataclass, field

from .prices import price_of


@dataclass
class Item:
    name: str
    count: int = 1

    def total(self) -> int:
        return price_of(self.name) * self.count


class Basket:
    def add(self, name: str) -> Basket:
        raise NotImplementedError

    def total(self) -> int:
        return 0


class Cart(Basket):
    """What somebody wants to buy."""

    def __init__(self) -> None:
        self.items: list[Item] = []

    def add(self, name: str) -> Cart:
        self.items.append(Item(name))
        return self

    def total(self) -> int:
        return super().total() + sum(item.total() for item in self.items)


def checkout(cart: Cart, printer) -> int:
    printer.print_line("total")
    return cart.add("bag").total()

"""What somebody is about to buy."""

from shop.prices import Price, parse_price


class Cart:
    """Things and their prices."""

    def __init__(self) -> None:
        self.prices: list[Price] = []

    def add(self, text: str) -> "Cart":
        self.prices.append(parse_price(text))
        return self

    def total(self, rate: float = 0.2) -> int:
        return sum(price.with_tax(rate).cents for price in self.prices)


def checkout(cart: Cart) -> str:
    """The line on the receipt."""
    return f"to pay: {cart.total() / 100:.2f}"

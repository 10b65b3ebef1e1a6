"""What things cost."""


class Price:
    """An amount in cents."""

    def __init__(self, cents: int) -> None:
        self.cents = cents

    def with_tax(self, rate: float) -> "Price":
        return Price(round(self.cents * (1 + rate)))


class SalePrice(Price):
    """A price with something taken off."""

    def with_tax(self, rate: float) -> "Price":
        return Price(self.cents // 2).with_tax(rate)


def parse_price(text: str) -> Price:
    """Read "12.50"."""
    whole, _, part = text.partition(".")
    return Price(int(whole) * 100 + int(part or 0))

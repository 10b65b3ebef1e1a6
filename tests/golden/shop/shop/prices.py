import json
from pathlib import Path

TABLE = Path(__file__).with_name("prices.json")


def load() -> dict[str, int]:
    return json.loads(TABLE.read_text())


def price_of(name: str) -> int:
    """The price of one piece."""
    return load()[name]

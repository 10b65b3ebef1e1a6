"""A shelf in memory, for tests and demonstrations."""

from collections import Counter

from .base import Shelf


class MemoryShelf(Shelf):
    """Copies in a counter."""

    def __init__(self) -> None:
        self.copies: Counter[str] = Counter()

    def take(self, isbn: str) -> bool:
        if not self.copies[isbn]:
            return False
        self.copies[isbn] -= 1
        return True

    def put(self, isbn: str) -> None:
        self.copies[isbn] += 1

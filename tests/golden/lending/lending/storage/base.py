"""The contract of a shelf: how many copies of each book there are."""

from abc import ABC, abstractmethod


class Shelf(ABC):
    """Keeps count of copies."""

    @abstractmethod
    def take(self, isbn: str) -> bool:
        """Remove one copy; False when there is none."""

    @abstractmethod
    def put(self, isbn: str) -> None:
        """Add one copy."""

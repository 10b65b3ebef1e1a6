"""Where each file stands in the order of paths, by the number that a database gives it.

It is read once for each generation of a graph: files that were found are known by it. Must not know what is found.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


class FileOrder:
    """The files of one generation; ``files`` are their numbers and paths."""

    def __init__(self, files: Iterable[tuple[Any, ...]]) -> None:
        import numpy as np

        numbers = np.array([number for _, number in sorted((path, number) for number, path in files)], np.int64)
        self._places = np.argsort(numbers)
        self._numbers = numbers[self._places]

    def of(self, numbers: NDArray[Any]) -> NDArray[np.intp]:
        """Where files stand, -1 for one that is not there."""
        import numpy as np

        at = np.searchsorted(self._numbers, numbers)
        at[at == len(self._numbers)] = 0
        found = np.full(len(at), -1, np.intp)
        if len(self._numbers):
            there = self._numbers[at] == numbers
            found[there] = self._places[at[there]]
        return found

    @property
    def nbytes(self) -> int:
        """Bytes held."""
        return self._numbers.nbytes + self._places.nbytes


class LastOrder:
    """The order of the generation that was asked for last; for any number of threads."""

    def __init__(self) -> None:
        self._last: tuple[int, FileOrder] | None = None

    def of(self, generation: int, files: Callable[[], Iterable[tuple[Any, ...]]]) -> FileOrder:
        """The order at a generation; ``files`` gives numbers and paths if it is not known yet."""
        last = self._last
        if last is None or last[0] != generation:
            last = self._last = generation, FileOrder(files())
        return last[1]

    @property
    def nbytes(self) -> int:
        """Bytes held."""
        return self._last[1].nbytes if self._last is not None else 0

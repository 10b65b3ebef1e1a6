"""Engine: answers queries once, whatever the order they are asked in, and knows which files each answer read.

A query is a function of a key. Queries ask one another; cycles are solved by iterating to the least fixed point
(values only grow), so an answer never depends on which query came first. Every answer carries the set of
*tokens* (project files and name keys) whose content it depends on: that is what makes an update re-resolve just
what a change touches. The engine knows nothing about languages or what a query computes.

Dependencies are kept as bits of an integer; ``token`` numbers them.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import islice
from typing import Any, TypeAlias

from loomgraph.resolve.values import ANY, ANYTHING, EMPTY, MAX_VALUES

Key: TypeAlias = tuple[Any, ...]

_MAX_ROUNDS = 12


class Engine:
    """Memoised queries with dependency tracking. One per resolution run; not thread-safe."""

    __slots__ = ("_active", "_assumed", "_low", "_memo", "_pending", "_sets", "_tokens", "_values", "names", "reads")

    def __init__(self) -> None:
        self._memo: dict[Key, tuple[Any, int]] = {}
        self._active: dict[Key, int] = {}  # key → depth on the stack of queries being answered
        self._assumed: dict[Key, Any] = {}  # answers of the last round of a cycle
        self._pending: dict[Key, tuple[Any, int, int]] = {}  # answers of this round that hang on a query below
        self._low = 1 << 60  # the lowest stack depth the current query has read from
        self.reads = 0  # tokens read by the query being answered (bits)
        self._values: dict[Any, Any] = {}  # equal answers are kept once
        self._sets: dict[int, int] = {}  # equal sets of tokens are kept once: they are long, and mostly the same
        self._tokens: dict[str, int] = {}
        self.names: list[str] = []

    def token(self, name: str) -> int:
        """The bit of a token, numbered on first use."""
        at = self._tokens.get(name)
        if at is None:
            at = self._tokens[name] = len(self.names)
            self.names.append(name)
        return 1 << at

    def tokens_of(self, bits: int) -> list[str]:
        """The names of the tokens in ``bits``."""
        found = []
        while bits:
            low = bits & -bits
            found.append(self.names[low.bit_length() - 1])
            bits ^= low
        return found

    def remembered(self) -> int:
        """How many answers are kept."""
        return len(self._memo)

    def forget(self, since: int, kinds: frozenset[str], number: int) -> None:
        """Drop the answers about places in file ``number``, of these kinds of query, that came after the first
        ``since``; who asks again has them computed again."""
        memo = self._memo
        late = list(islice(reversed(memo), len(memo) - since))
        for key in late:
            if key[0] in kinds and key[1] == number:
                del memo[key]

    def ask(self, compute: Callable[[Key], Any], key: Key, bottom: Any = EMPTY) -> Any:
        """The answer of the query ``key``. ``bottom`` is what a cycle starts from."""
        hit = self._memo.get(key)
        if hit is not None:
            self.reads |= hit[1]
            return hit[0]
        depth = self._active.get(key)
        if depth is not None:
            if depth < self._low:
                self._low = depth
            return self._assumed.get(key, bottom)
        waiting = self._pending.get(key)
        if waiting is not None:
            self.reads |= waiting[1]
            if waiting[2] < self._low:
                self._low = waiting[2]
            return waiting[0]
        return self._answer(compute, key, bottom)

    def _answer(self, compute: Callable[[Key], Any], key: Key, bottom: Any) -> Any:
        outer_reads, outer_low = self.reads, self._low
        depth = len(self._active)
        self._active[key] = depth
        try:
            rounds = 0
            while True:
                self.reads, self._low = 0, 1 << 60
                first_pending = len(self._pending)
                value = compute(key)
                if value.__class__ is frozenset and (len(value) > MAX_VALUES or ANY in value):
                    value = ANYTHING
                reads, low = self.reads, self._low
                if low > depth:  # nothing below was read: final
                    if value.__class__ is frozenset:
                        value = self._values.setdefault(value, value)
                    self._memo[key] = (value, self._sets.setdefault(reads, reads))
                    break
                rounds += 1
                if low < depth:  # part of a cycle that ends further down: that query iterates
                    self._pending[key] = (value, reads, low)
                    break
                if self._settled(key, value, first_pending, bottom) or rounds >= _MAX_ROUNDS:
                    self._commit(key, value, reads, first_pending)
                    break
        finally:
            del self._active[key]
            self.reads |= outer_reads
            self._low = min(outer_low, self._low) if self._low < depth else outer_low
        return value

    def _settled(self, key: Key, value: Any, first_pending: int, bottom: Any) -> bool:
        """Whether this round of the cycle under ``key`` gave what the round assumed; if not, start the next."""
        same: bool = self._assumed.get(key, bottom) == value
        pending = self._pending
        inner = list(pending)[first_pending:]
        for other in inner:
            if self._assumed.get(other, EMPTY) != pending[other][0]:
                same = False
        if same:
            return True
        self._assumed[key] = value
        for other in inner:
            self._assumed[other] = pending.pop(other)[0]
        return False

    def _commit(self, key: Key, value: Any, reads: int, first_pending: int) -> None:
        reads = self._sets.setdefault(reads, reads)
        self._memo[key] = (value, reads)
        self._assumed.pop(key, None)
        for other in list(self._pending)[first_pending:]:
            self._memo[other] = (self._pending.pop(other)[0], reads)
            self._assumed.pop(other, None)
        if len(self._active) == 1:  # the outermost query: nothing assumed is of use any more
            self._assumed.clear()

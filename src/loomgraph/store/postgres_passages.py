"""Finding chunks by their terms in PostgreSQL: an inverted index of the project's own, ranked as SQLite's FTS5 ranks.

A row of postings is one stem in one block of files: a record for each chunk that holds it, with how often each field
does and how long the chunk is. Blocks keep rows few where a stem is common, and an update of a file small. Must not
know what terms mean.
"""

from __future__ import annotations

import json
import zlib
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from struct import Struct
from typing import TYPE_CHECKING, Any

from loomgraph.store import postgres_sql as sql
from loomgraph.store.base import PassageHits, PassageTerms
from loomgraph.store.bm25 import ENOUGH, damps, gains, rarity, split
from loomgraph.store.postgres_terms import Ask, Put
from loomgraph.store.stems import shared_stems, stems_in, stems_of

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

CHUNKS, CARDS = 0, 1  # the sorts: what is quoted, and what only leads to symbols
_BLOCK = 6  # bits of a file's number within its block
_PLACE = 20  # bits of a passage's place in its file
_MOST_COUNT = 0xFFFF
_RECORD = Struct("<I4HI")  # file and place within the block, how often in each field, length
_FIELDS = 4

_Key = tuple[int, int]  # sort and stem


def pack_passages(passages: Sequence[PassageTerms]) -> bytes:
    return zlib.compress(json.dumps(passages, separators=(",", ":")).encode("ascii"), 1)


def unpack_passages(data: bytes) -> list[PassageTerms]:
    return [PassageTerms(*fields) for fields in json.loads(zlib.decompress(data))]


class Totals:
    """How many passages of each sort there are, and how many words they hold."""

    def __init__(self, packed: str = "0 0 0 0") -> None:
        self._numbers = [int(number) for number in packed.split(" ")]

    def __str__(self) -> str:
        return " ".join(map(str, self._numbers))

    def add(self, sort: int, passages: int, words: int) -> None:
        self._numbers[2 * sort] += passages
        self._numbers[2 * sort + 1] += words

    def of(self, sort: int) -> tuple[int, int]:
        return self._numbers[2 * sort], self._numbers[2 * sort + 1]


class PassageWriter:
    """The changes that one update makes; ``last`` is the greatest number of a file before it."""

    def __init__(self, ask: Ask, put: Put, last: int) -> None:
        self._ask, self._put = ask, put
        self._last_block = last >> _BLOCK if last else -1
        self._totals = Totals(*(packed for (packed,) in ask(sql.LEXICAL)))
        self._added: dict[int, dict[_Key, bytearray]] = {}
        self._dropped: dict[int, dict[_Key, set[int]]] = {}

    def put(self, file: int, passages: Sequence[PassageTerms], cards: int) -> None:
        """Add the passages of a file that has none; the last ``cards`` of them are cards."""
        if not passages:
            return
        self._put(sql.PUT_PASSAGES, [(file, cards, pack_passages(passages))])
        block = file >> _BLOCK
        if block not in self._added:
            self._write_new(block)
        added = self._added.setdefault(block, defaultdict(bytearray))
        first = len(passages) - cards
        for at, (counts, length) in enumerate(counted(passages)):
            sort = CHUNKS if at < first else CARDS
            self._totals.add(sort, 1, length)
            place = (file & (1 << _BLOCK) - 1) << _PLACE | at
            for stem, fields in counts.items():
                added[sort, stem] += _RECORD.pack(place, *fields, length)

    def drop(self, file: int) -> None:
        """Take away the passages of a file."""
        for cards, data in self._ask(sql.PASSAGES_SAID, (file,)):
            passages = unpack_passages(data)
            dropped = self._dropped.setdefault(file >> _BLOCK, {})
            first = len(passages) - cards
            for at, (counts, length) in enumerate(counted(passages)):
                sort = CHUNKS if at < first else CARDS
                self._totals.add(sort, -1, -length)
                for stem in counts:
                    dropped.setdefault((sort, stem), set()).add(file & (1 << _BLOCK) - 1)
            self._ask(sql.DROP_PASSAGES, (file,))

    def _write_new(self, coming: int) -> None:
        """Write blocks that the graph did not have and that are full: files are numbered one after another."""
        for block in [one for one in self._added if self._last_block < one < coming]:
            for (sort, stem), records in self._added.pop(block).items():
                self._put(sql.PUT_POSTINGS, [(sort, stem, block, bytes(records))])

    def finish(self) -> None:
        """Write what is left."""
        for block in sorted({*self._added, *self._dropped}):
            added, dropped = self._added.get(block, {}), self._dropped.get(block, {})
            for sort in (CHUNKS, CARDS):
                words = sorted({stem for one, stem in (*added, *dropped) if one == sort})
                if words:
                    self._change(block, sort, words, added, dropped)
        self._ask(sql.SET_LEXICAL, (str(self._totals),))

    def _change(
        self, block: int, sort: int, words: list[int], added: dict[_Key, bytearray], dropped: dict[_Key, set[int]]
    ) -> None:
        before: dict[int, bytes] = {}
        if block <= self._last_block:
            before = dict(self._ask(sql.POSTINGS_OF_BLOCK, (sort, words, block)))
            self._ask(sql.DROP_POSTINGS, (sort, words, block))
        rows: list[sql.Row] = []
        for stem in words:
            gone = dropped.get((sort, stem), set())
            kept = b"".join(
                _RECORD.pack(*record)
                for record in _RECORD.iter_unpack(before.get(stem, b""))
                if record[0] >> _PLACE not in gone
            )
            data = kept + bytes(added.get((sort, stem), b""))
            if data:
                rows.append((sort, stem, block, data))
        self._put(sql.PUT_POSTINGS, rows)


def counted(passages: Sequence[PassageTerms]) -> Iterable[tuple[dict[int, list[int]], int]]:
    """For each passage how often each of its stems stands in each field, and how many there are in all."""
    words = [[field.split(" ") for field in passage] for passage in passages]
    known = shared_stems().of(word for fields in words for field in fields for word in field)
    for fields in words:
        counts: dict[int, list[int]] = {}
        length = 0
        for at, field in enumerate(fields):
            for word in field:
                for stem in known[word]:
                    length += 1
                    found = counts.get(stem)
                    if found is None:
                        found = counts[stem] = [0] * _FIELDS
                    if found[at] < _MOST_COUNT:
                        found[at] += 1
        yield counts, length


# -- searching --------------------------------------------------------------------------------------------------


def counts(ask: Callable[..., Sequence[Any]], terms: Sequence[str]) -> list[int]:
    """How many passages hold each of ``terms``."""
    found = stems_of(terms)
    wanted = sorted({stem for stem in found if stem is not None})
    sizes = dict(ask(sql.POSTING_BYTES, (wanted,))) if wanted else {}
    return [sizes.get(stem, 0) // _RECORD.size for stem in found]


def search(
    ask: Callable[..., Sequence[Any]], sort: int, terms: Sequence[str], weights: Sequence[float], limit: int
) -> PassageHits:
    """The best matches by the numbers of their files, about twice ``limit`` so that ties can be cut by other means."""
    wanted = stems_in(terms)
    packed = [packed for (packed,) in ask(sql.LEXICAL)]
    if not wanted or not packed:
        return PassageHits.none()
    import numpy as np

    postings = _read(ask(sql.POSTINGS, (sort, sorted(set(wanted)))), weights)
    rare, common = split([len(postings[stem].rows) if stem in postings else 0 for stem in wanted], ENOUGH * limit)
    found = [postings[wanted[at]].rows for at in rare if wanted[at] in postings]
    if not found:
        return PassageHits.none()
    rows = np.unique(np.concatenate(found))
    scores = np.zeros(len(rows))
    passages, words = Totals(packed[0]).of(sort)
    phrases = [*rare, *rare, *common, *common] if common else rare  # as FTS5 is asked for them
    for at in phrases:
        if wanted[at] in postings:
            postings[wanted[at]].add_to(scores, rows, passages, words / passages)
    best = np.lexsort((rows, -scores))[: 2 * limit]
    rows, scores = rows[best], scores[best]
    return PassageHits(rows >> _PLACE, rows & ((1 << _PLACE) - 1), scores)


class _Posting:
    """The passages of one stem, by number; how often they hold it, weighted by field; how long they are."""

    def __init__(self, rows: NDArray[np.int64], often: NDArray[np.float64], lengths: NDArray[np.float64]) -> None:
        self.rows, self._often, self._lengths = rows, often, lengths

    def add_to(self, scores: NDArray[np.float64], rows: NDArray[np.int64], passages: int, mean: float) -> None:
        """Add what BM25 gives those of ``rows`` that hold the stem."""
        import numpy as np

        at = np.searchsorted(rows, self.rows)
        at[at == len(rows)] = 0
        held = rows[at] == self.rows
        gained = gains(self._often[held], damps(self._lengths[held], mean))
        scores[at[held]] += rarity(passages, len(self.rows)) * gained


def _read(found: Sequence[Any], weights: Sequence[float]) -> dict[int, _Posting]:
    """The postings of each stem."""
    import numpy as np

    record = np.dtype([("place", "<u4"), ("often", "<u2", (_FIELDS,)), ("length", "<u4")])
    blocks: dict[int, list[tuple[int, bytes]]] = {}
    for stem, block, data in found:
        blocks.setdefault(stem, []).append((block, data))
    postings: dict[int, _Posting] = {}
    for stem, parts in blocks.items():
        records = np.frombuffer(b"".join(data for _, data in parts), record)
        sizes = [len(data) // record.itemsize for _, data in parts]
        starts = np.repeat(np.array([block for block, _ in parts], np.int64) << _BLOCK + _PLACE, sizes)
        often = records["often"].astype(np.float64) @ np.array(weights, np.float64)
        postings[stem] = _Posting(starts + records["place"], often, records["length"].astype(np.float64))
    return postings

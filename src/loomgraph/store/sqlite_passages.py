"""Finding chunks by their terms in the SQLite store: segments of postings in its tables, ranked as FTS5 ranks.

An update adds a segment of the passages it brings and notes which files of older ones are gone; whatever it adds is
seen with it and not before. Segments of about one size are merged when there are many. Must not know what terms mean.
"""

from __future__ import annotations

import struct
import threading
from bisect import bisect_right
from collections import OrderedDict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import accumulate
from typing import TYPE_CHECKING, Any

from loomgraph.store import sqlite_sql as sql
from loomgraph.store.base import PassageHits, PassageTerms
from loomgraph.store.bm25 import ENOUGH, damps, gains, rarity, split
from loomgraph.store.sqlite_rows import UnreadableRow, encode_text, join_passages, plain_row, read_all
from loomgraph.store.stems import stems_in, stems_of

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from loomgraph.store.file_order import FileOrder
    from loomgraph.store.segments import Frame, Gathering, Numbers, Part, Segment

    Posting = tuple[Numbers, Numbers]  # passages, each once, and how often each field of them holds the stem
    Postings = tuple[Posting, Posting]  # chunks and cards

Ask = Callable[[str, Sequence[Any]], Sequence[Any]]  # a statement and its parameters → rows
Put = Callable[[str, Iterable[Sequence[Any]]], None]  # a statement and the parameters of each time it is run

_AT_ONCE = 500_000  # words gathered for a segment: they are in memory
_SHARE = 1 / 6  # of all words of an update, which a segment may have if that is more: large graphs have larger ones
_MOST_AT_ONCE = 4_000_000
_TIER = 8  # segments of about one size, so many of which become one that is about as many times as large
_SMALL = 512  # postings: what has less counts as one size
_MOST = 4_000_000  # postings of segments that become one: they are in memory then
_NUMBERS = 16  # bits of a segment's number for those of one update
_TIES = 8  # times what is wanted: of more passages with one score those of the first files are taken
_CHUNK, _CARD = 0, 1
_MOST_RECENT = 8 << 20  # bytes of postings that are remembered: those of the words that a project is asked about
_AN_ENTRY = 1000  # bytes that one takes beside its numbers, about
_AT_A_TIME = 16  # stems whose blocks are in memory


# -- writing ------------------------------------------------------------------------------------------------------


class PassageWriter:
    """The changes that one update makes; ``generation`` is the one it leads to."""

    def __init__(self, ask: Ask, put: Put, generation: int) -> None:
        self._ask, self._put = ask, put
        self._next = generation << _NUMBERS  # never that of a segment that is gone: some may still be remembered
        self._gathering: Gathering | None = None
        self._written = 0  # words

    def put(self, file: int, passages: Sequence[PassageTerms], cards: int) -> None:
        """Add the passages of a file that has none; the last ``cards`` of them are cards."""
        if not passages:
            return
        if self._gathering is None:
            from loomgraph.store.segments import Gathering  # NumPy: only where there are passages

            self._gathering = Gathering()
        text = join_passages(passages)
        self._gathering.put(file, text, len(passages), cards)
        self._put(sql.PUT_PASSAGES, [(file, cards, encode_text(text))])
        if self._gathering.words >= min(max(_AT_ONCE, _SHARE * self._written), _MOST_AT_ONCE):
            self._written += self._gathering.words
            self._write(self._gathering.segment())

    def drop(self, file: int) -> None:
        """Take away the passages of a file."""
        self._ask(sql.ADD_GONE, (file,))
        self._ask(sql.DROP_PLACE, (file,))
        self._ask(sql.DROP_PASSAGES, (file,))

    def finish(self) -> None:
        """Write what is left, and merge what has become many."""
        if self._gathering is not None and len(self._gathering):
            self._write(self._gathering.segment())
        while numbers := _to_merge(self._ask(sql.SIZES, ())):
            self._merge(numbers)

    def _write(self, segment: Segment) -> None:
        number, self._next = self._next, self._next + 1
        files = segment.frame.files.tolist()
        self._put(sql.PUT_POSTINGS, ((number, first, data) for first, data in segment.blocks()))
        self._put(sql.PUT_SEGMENT, [(number, len(segment.postings.passages), len(files), segment.frame.pack())])
        self._put(sql.PUT_PLACE, ((file, number) for file in files))

    def _merge(self, numbers: Sequence[int]) -> None:
        from loomgraph.store.segments import merged

        with _readable():
            whole = merged(map(self._part, numbers))
        for statement in sql.DROP_SEGMENT:
            self._put(statement, [(number,) for number in numbers])
        if len(whole.frame.files):
            self._write(whole)

    def _part(self, number: int) -> Part:
        from loomgraph.store.segments import Block, Frame

        ((data,),) = self._ask(sql.FRAME, (number,))
        blocks = (Block.unpack(found) for (found,) in self._ask(sql.BLOCKS, (number,)))
        return Frame.unpack(data), [file for (file,) in self._ask(sql.GONE_OF, (number,))], blocks


def _to_merge(sizes: Iterable[Sequence[int]]) -> list[int]:
    """The numbers of segments that are to become one: rows of number, postings, files and files that are gone."""
    tiers: dict[int, list[tuple[int, int]]] = {}
    for number, postings, files, gone in sizes:
        if 2 * gone > files:
            return [number]
        tier = 0
        while postings >= _SMALL * _TIER**tier:
            tier += 1
        tiers.setdefault(tier, []).append((postings, number))
    for _, found in sorted(tiers.items()):
        found.sort()
        some = bisect_right(list(accumulate([postings for postings, _ in found])), _MOST)
        if some >= _TIER:
            return [number for _, number in found[:some]]
    return []


# -- what is remembered -------------------------------------------------------------------------------------------


class Passages:
    """The passages of one sort in one generation of a graph: those of segment behind segment, numbered through.

    ``files`` are those of the segments, by where they stand among all.
    """

    def __init__(
        self, sort: int, frames: dict[int, Frame], gone: dict[int, NDArray[np.bool_]], files: NDArray[np.intp]
    ) -> None:
        import numpy as np

        none = np.empty(0, np.uint32)
        sizes, before, lengths, dead = [none], [none], [none], [np.empty(0, np.bool_)]
        for number, frame in frames.items():
            mine = slice(frame.first_card, None) if sort == _CARD else slice(frame.first_card)
            sizes.append(frame.cards if sort == _CARD else frame.chunks)
            before.append(frame.chunks if sort == _CARD else np.zeros_like(frame.chunks))
            lengths.append(frame.lengths[mine])
            dead.append(frame.are(gone[number])[mine] if number in gone else np.zeros(len(lengths[-1]), np.bool_))
        self._starts = np.concatenate((np.zeros(1, np.int64), np.cumsum(np.concatenate(sizes), dtype=np.int64)))
        self._before = np.concatenate(before)  # places of a file that are of the other sort
        self._files = files
        live = ~np.concatenate(dead)
        words = np.concatenate(lengths).astype(np.float64)
        self.count = int(live.sum())
        self.live = None if self.count == len(live) else live  # None: all
        self.damps = damps(words, float(words[live].sum()) / max(self.count, 1))

    def __len__(self) -> int:
        return len(self.damps)

    def places(self, passages: NDArray[np.intp]) -> tuple[NDArray[np.intp], NDArray[np.int64]]:
        """The file of each passage, and its place there."""
        import numpy as np

        at = np.searchsorted(self._starts, passages, "right") - 1
        return self._files[at], passages - self._starts[at] + self._before[at]

    @property
    def nbytes(self) -> int:
        """Bytes held, about."""
        return 9 * len(self.damps) + 16 * len(self._files)


class Recent:
    """Postings of the stems that were asked for last; for any number of threads.

    Questions say the same words again, and a common one stands in many pages of every segment.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._kept: OrderedDict[int, Postings] = OrderedDict()
        self.nbytes = 0

    def get(self, stem: int) -> Postings | None:
        with self._lock:
            found = self._kept.get(stem)
            if found is not None:
                self._kept.move_to_end(stem)
        return found

    def put(self, stem: int, found: Postings) -> None:
        with self._lock:
            if stem not in self._kept:
                self._kept[stem] = found
                self.nbytes += _size(found)
            while self.nbytes > _MOST_RECENT:
                self.nbytes -= _size(self._kept.popitem(last=False)[1])


def _size(found: Postings) -> int:
    return _AN_ENTRY + sum(rows.nbytes + counts.nbytes for rows, counts in found)


class Known:
    """What is known of the passages of one generation, whose files stand in an ``order``."""

    def __init__(self, frames: dict[int, Frame], gone: dict[int, set[int]], order: FileOrder) -> None:
        mask = {number: frame.gone(gone[number]) for number, frame in frames.items() if number in gone}
        files = _standing(frames, mask, order)
        self.sorts = Passages(_CHUNK, frames, mask, files), Passages(_CARD, frames, mask, files)
        self.recent = Recent()
        self.segments: list[tuple[int, int, tuple[int, int]]] = []  # number, first card, and what lies before, by sort
        before = (0, 0)
        for number, frame in frames.items():
            self.segments.append((number, frame.first_card, before))
            before = before[0] + frame.first_card, before[1] + len(frame.lengths) - frame.first_card

    @property
    def nbytes(self) -> int:
        """Bytes held, about."""
        return sum(one.nbytes for one in self.sorts)


def _standing(frames: dict[int, Frame], gone: dict[int, NDArray[np.bool_]], order: FileOrder) -> NDArray[np.intp]:
    """Where the files of segments stand among all; of those that are gone it does not matter."""
    import numpy as np

    files = np.concatenate([np.empty(0, np.uint32), *(frame.files for frame in frames.values())])
    none = np.empty(0, np.bool_)
    dead = [gone.get(number, np.zeros(len(frame.files), np.bool_)) for number, frame in frames.items()]
    found = order.of(files)
    if (found[~np.concatenate([none, *dead])] < 0).any():
        raise ValueError("there are passages of a file that is not there")
    return found


class Remembered:
    """What is known of a graph's passages from one reader to the next; for any number of threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._frames: dict[int, Frame] = {}
        self._last: tuple[int, Known] | None = None

    def of(self, generation: int, ask: Ask) -> Known:
        """What is known at a generation; whoever reads that one is asked for what is not known yet."""
        last = self._last
        if last is not None and last[0] == generation:
            return last[1]
        with self._lock:
            known = self._frames
            frames = {number: known.get(number) or _frame(ask, number) for (number,) in ask(sql.SEGMENTS, ())}
            gone: dict[int, set[int]] = {}
            for number, file in ask(sql.GONE, ()):
                gone.setdefault(number, set()).add(file)
            from loomgraph.store.file_order import FileOrder

            with _readable():
                found = Known(frames, gone, FileOrder(read_all(plain_row, ask(sql.PATHS, ()))))
            self._frames, self._last = frames, (generation, found)
        return found

    @property
    def nbytes(self) -> int:
        """Bytes held, about."""
        last = self._last
        return 2 * last[1].nbytes + last[1].recent.nbytes if last is not None else 0


def _frame(ask: Ask, number: int) -> Frame:
    from loomgraph.store.segments import Frame

    with _readable():
        ((data,),) = ask(sql.FRAME, (number,))
        return Frame.unpack(data)


@contextmanager
def _readable() -> Iterator[None]:
    """Bytes that no update has written are an error of their own."""
    try:
        yield
    except (IndexError, ValueError, TypeError, struct.error) as error:
        raise UnreadableRow(f"what passages are found by cannot be read: {error!r}") from error


# -- searching ----------------------------------------------------------------------------------------------------


class PassageSearch:
    """Searches of one reader: what they read for one stays for the next."""

    def __init__(self, known: Known, ask: Ask) -> None:
        self._known = known
        self._ask = ask
        self._found: dict[int, Postings] = {}

    def search(self, terms: Sequence[str], weights: Sequence[float], limit: int, cards: bool) -> PassageHits:
        """The ``limit`` best matches."""
        sort = _CARD if cards else _CHUNK
        passages = self._known.sorts[sort]
        wanted = stems_in(terms) if passages.count else []
        with _readable():
            found = [postings[sort] for postings in self._postings(wanted)]
            found = [one for one in found if len(one[0])]
            return _ranked(found, passages, weights, limit) if found else PassageHits.none()

    def counts(self, terms: Sequence[str]) -> list[int]:
        """How many passages hold each of ``terms``."""
        stems = stems_of(terms)
        with _readable():
            found = iter(self._postings([stem for stem in stems if stem is not None]))
            return [0 if stem is None else sum(len(rows) for rows, _ in next(found)) for stem in stems]

    def _postings(self, stems: Sequence[int]) -> list[Postings]:
        """The chunks that hold each of some stems, and the cards."""
        found, recent = self._found, self._known.recent
        missing = []
        for stem in dict.fromkeys(stems):
            if stem not in found:
                kept = recent.get(stem)
                if kept is None:
                    missing.append(stem)
                else:
                    found[stem] = kept
        for start in range(0, len(missing), _AT_A_TIME):
            for stem, blocks in self._blocks(missing[start : start + _AT_A_TIME]).items():
                found[stem] = self._read(stem, blocks)
                recent.put(stem, found[stem])
        return [found[stem] for stem in stems]

    def _blocks(self, stems: Sequence[int]) -> dict[int, dict[int, bytes]]:
        """For each stem, by segment, the block that it stands in if it stands in any."""
        found: dict[int, dict[int, bytes]] = {stem: {} for stem in stems}
        statement = sql.BLOCKS_OF.replace("{stems}", ",".join(["(?)"] * len(stems)))
        for stem, segment, data in self._ask(statement, stems):
            if data is not None:
                found[stem][segment] = data
        return found

    def _read(self, stem: int, blocks: Mapping[int, bytes]) -> Postings:
        import numpy as np

        from loomgraph.store.segments import Block

        rows: tuple[list[NDArray[np.intp]], ...] = ([np.empty(0, np.intp)], [np.empty(0, np.intp)])
        counts: tuple[list[Any], ...] = ([np.empty((0, 4), np.uint8)], [np.empty((0, 4), np.uint8)])
        for number, first_card, before in self._known.segments:
            if number in blocks:
                held, often = Block.unpack(blocks[number]).of(stem)
                cut = int(np.searchsorted(held, first_card))
                for sort, part in ((_CHUNK, slice(cut)), (_CARD, slice(cut, None))):
                    rows[sort].append(held[part].astype(np.intp) + (before[sort] - sort * first_card))
                    counts[sort].append(often[part])
        chunks, cards = (self._live(sort, np.concatenate(rows[sort]), np.concatenate(counts[sort])) for sort in (0, 1))
        return chunks, cards

    def _live(self, sort: int, rows: NDArray[np.intp], counts: Numbers) -> Posting:
        import numpy as np

        passages = self._known.sorts[sort]
        if passages.live is not None:
            kept = passages.live[rows]
            rows, counts = rows[kept], counts[kept]
        return rows.astype(np.min_scalar_type(len(passages))), counts


def _ranked(found: Sequence[Posting], passages: Passages, weights: Sequence[float], limit: int) -> PassageHits:
    """The best of what some stems find, each of which finds something."""
    import numpy as np

    weight = np.array(weights, np.float64)
    scores, hit = np.zeros(len(passages)), np.zeros(len(passages), np.bool_)

    def add(rows: NDArray[np.intp], counts: Numbers, holders: int) -> None:
        scores[rows] += rarity(passages.count, holders) * gains(counts @ weight, passages.damps.take(rows))

    rare, common = split([len(rows) for rows, _ in found], ENOUGH * limit)
    for at in rare:
        rows = found[at][0].astype(np.intp)
        hit[rows] = True
        add(rows, found[at][1], len(rows))
    for at in common:  # nothing is found by them alone
        every, counts = found[at]
        held = np.flatnonzero(hit.take(every))
        add(every.take(held).astype(np.intp), counts.take(held, axis=0), len(every))
    best = np.flatnonzero(hit)
    some = scores.take(best)
    if len(best) > limit:
        least = np.partition(some, len(some) - limit)[len(some) - limit]
        kept = np.flatnonzero(some >= least)
        best, some = best.take(kept), some.take(kept)
    if common:
        some = some * 2.0  # FTS5 is asked for every term twice then
    if len(best) > _TIES * limit:
        first = np.argsort(-some, kind="stable")[: _TIES * limit]
        best, some = best.take(first), some.take(first)
    return PassageHits.best(*passages.places(best), some, limit)

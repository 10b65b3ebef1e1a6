"""Segments: passages and the stems they hold, as arrays, and as the bytes that a store keeps of them.

A segment is written once and never changed (as in "The log-structured merge-tree", O'Neil et al., 1996, and in Lucene):
what an update adds is a segment of its own, and small ones are merged into larger ones later. Its postings lie in
blocks, sorted by stem: many rare stems share one, a common stem has one to itself. Must not know where bytes are kept.
"""

from __future__ import annotations

import struct
from array import array
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Any

import numpy as np

from loomgraph.store.sqlite_rows import BETWEEN
from loomgraph.store.stems import Stems, shared_stems

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Numbers = NDArray[np.unsignedinteger[Any]]  # of as many bits as they need

_FIELDS = 4
_MANY = 5000  # words that take long to learn
_MOST_KNOWN = 200_000  # words remembered from one segment to the next
_BLOCK = 1024  # postings in a block, if no stem has more
_MOST_COUNT = 0xFFFF
_CARDS = 1 << 40  # more than any segment has chunks
_FRAME = struct.Struct("<II")  # files, passages
_HEAD = struct.Struct("<IIII")  # stems, postings, bytes of a count, bytes of a passage's number


@dataclass(frozen=True, slots=True)
class Frame:
    """The passages of a segment: the chunks of each of its files, file after file, and then the cards of each.

    ``chunks`` and ``cards`` say how many a file has; ``lengths`` how many words each passage holds.
    """

    files: NDArray[np.uint32]
    chunks: NDArray[np.uint32]
    cards: NDArray[np.uint32]
    lengths: NDArray[np.uint32]

    def pack(self) -> bytes:
        arrays = (self.files, self.chunks, self.cards, self.lengths)
        return _FRAME.pack(len(self.files), len(self.lengths)) + b"".join(one.astype("<u4").tobytes() for one in arrays)

    @classmethod
    def unpack(cls, data: bytes) -> Frame:
        files, passages = _FRAME.unpack_from(data)
        arrays, at = [], _FRAME.size
        for count in (files, files, files, passages):
            arrays.append(np.frombuffer(data, "<u4", count, at))
            at += 4 * count
        return cls(*arrays)

    @property
    def first_card(self) -> int:
        """How many chunks there are: the number of the first card."""
        return int(self.chunks.sum())

    def are(self, files: NDArray[np.bool_]) -> NDArray[np.bool_]:
        """For each passage what is so of its file."""
        return np.concatenate((np.repeat(files, self.chunks), np.repeat(files, self.cards)))

    def gone(self, files: Collection[int]) -> NDArray[np.bool_]:
        """For each of its files whether it is among ``files``."""
        return np.isin(self.files, np.array(sorted(files), np.uint32))


@dataclass(frozen=True, slots=True)
class Block:
    """Postings of some stems, sorted by stem and passage: ``ends`` say where those of each stem end. ``passages`` are
    numbers within the segment; ``counts`` has a column for each field of :class:`PassageTerms`."""

    stems: NDArray[np.int64]
    ends: NDArray[np.uint32]
    passages: Numbers
    counts: Numbers

    def pack(self) -> bytes:
        count = 1 if self.counts.max(initial=0) <= 0xFF else 2
        number = 2 if self.passages.max(initial=0) <= 0xFFFF else 4
        head = _HEAD.pack(len(self.stems), len(self.passages), count, number)
        parts = (self.stems.astype("<i8"), self.ends.astype("<u4"), self.passages.astype(f"<u{number}"),
                 self.counts.astype(f"<u{count}"))  # fmt: skip
        return head + b"".join(part.tobytes() for part in parts)

    @classmethod
    def unpack(cls, data: bytes) -> Block:
        stems, postings, count, number = _HEAD.unpack_from(data)
        at = _HEAD.size
        ends, passages = at + 8 * stems, at + 12 * stems
        return cls(
            np.frombuffer(data, "<i8", stems, at), np.frombuffer(data, "<u4", stems, ends),
            np.frombuffer(data, f"<u{number}", postings, passages),
            np.frombuffer(data, f"<u{count}", postings * _FIELDS, passages + number * postings).reshape(-1, _FIELDS),
        )  # fmt: skip

    def of(self, stem: int) -> tuple[Numbers, Numbers]:
        """The passages that hold a stem, and how often each field does."""
        at = int(np.searchsorted(self.stems, stem))
        if at == len(self.stems) or self.stems[at] != stem:
            return self.passages[:0], self.counts[:0]
        start, end = int(self.ends[at - 1]) if at else 0, int(self.ends[at])
        return self.passages[start:end], self.counts[start:end]


@dataclass(frozen=True, slots=True)
class Segment:
    """A whole one: its passages, and all its postings as one block."""

    frame: Frame
    postings: Block

    def blocks(self) -> Iterator[tuple[int, bytes]]:
        """The postings as a store keeps them: the first stem of each block, and its bytes."""
        whole = self.postings
        ends = whole.ends.astype(np.int64)
        at = start = 0
        while at < len(ends):
            stop = max(int(np.searchsorted(ends, start + _BLOCK, "right")), at + 1)
            end = int(ends[stop - 1])
            part = Block(
                whole.stems[at:stop], (ends[at:stop] - start).astype(np.uint32), whole.passages[start:end],
                whole.counts[start:end],
            )  # fmt: skip
            yield int(whole.stems[at]), part.pack()
            at, start = stop, end


# -- making -------------------------------------------------------------------------------------------------------


class _Numbers(dict[str, int]):
    """Word → number, the next one for a new word; 0 is what stands between fields."""

    def __init__(self) -> None:
        super().__init__({BETWEEN: 0})

    def __missing__(self, word: str) -> int:
        number = self[word] = len(self)
        return number


class Gathering:
    """Passages on their way into segments, one after another."""

    def __init__(self) -> None:
        self._stems = shared_stems()
        self._forget()
        self._clear()

    def _forget(self) -> None:
        """Know no word."""
        self._known = _Numbers()
        self._learned = np.empty(0, np.int64), np.empty(0, np.uint32), np.empty(0, np.uint32)

    def _clear(self) -> None:
        """Hold no passage."""
        self._words = array("I")
        self._files, self._sizes, self._cards = array("I"), array("I"), array("I")

    @property
    def words(self) -> int:
        """How many there are by now."""
        return len(self._words)

    def __len__(self) -> int:
        return len(self._files)

    def put(self, file: int, text: str, passages: int, cards: int) -> None:
        """Add the passages of a file as one text; the last ``cards`` of them are cards."""
        self._words.extend(map(self._known.__getitem__, text.split(" ")))
        self._words.append(0)
        self._files.append(file)
        self._sizes.append(passages)
        self._cards.append(cards)

    def segment(self) -> Segment:
        """What was added since the last time."""
        stems, first, size = self._stemmed()
        words = np.frombuffer(self._words, np.uint32)
        slots = np.cumsum(words == 0, dtype=np.uint32)  # of each word the field that it stands in
        fields = int(slots[-1]) if len(slots) else 0
        sizes = size[words]
        if sizes.max(initial=0) > 1:  # some words hold several stems
            slots = np.repeat(slots, sizes)
            before = np.cumsum(sizes, dtype=np.uint32) - sizes
            found = np.repeat(first[words] - before, sizes)  # less than nothing goes round, and comes back
            found += np.arange(len(slots), dtype=np.uint32)
            del before
        else:
            slots, found = slots[sizes == 1], first[words[sizes == 1]]
        ranks, order = np.unique(stems, return_inverse=True)
        frame, numbers = self._frame(np.bincount(slots // _FIELDS, minlength=fields // _FIELDS))
        keys = order[found]
        del words, found, sizes
        keys *= max(fields, 1)
        keys += slots % _FIELDS
        slots //= _FIELDS
        numbers *= _FIELDS
        keys += numbers[slots]
        del slots, numbers
        made = Segment(frame, _postings(keys, ranks, fields))
        self._clear()
        if len(self._known) > _MOST_KNOWN:
            self._forget()
        return made

    def _frame(self, lengths: NDArray[np.intp]) -> tuple[Frame, NDArray[np.int64]]:
        """The passages, and the number of each in the order they came in: the chunks and cards of file after file."""
        every, cards = np.array(self._sizes, np.uint32), np.array(self._cards, np.uint32)
        halves = np.stack((every - cards, cards), axis=1).ravel()
        is_card = np.repeat(np.arange(len(halves)) % 2 == 1, halves)
        order = np.argsort(is_card, kind="stable")
        numbers = np.empty(len(order), np.int64)
        numbers[order] = np.arange(len(order))
        files = np.array(self._files, np.uint32)
        return Frame(files, every - cards, cards, lengths[order].astype(np.uint32)), numbers

    def _stemmed(self) -> tuple[NDArray[np.int64], NDArray[np.uint32], NDArray[np.uint32]]:
        """The stems of all words, one word after another; where those of each begin, and how many there are."""
        stems, _, size = self._learned
        new = list(islice(self._known, len(size), None))
        if new:
            if len(new) > _MANY and self._stems is shared_stems():
                self._stems = Stems()  # nobody else is made to wait
            found = self._stems.of_all(new)
            if not len(size):
                found[0] = ()  # what stands between fields is no word
            size = np.concatenate((size, np.fromiter(map(len, found), np.uint32, len(found))))
            stems = np.concatenate((stems, np.array([stem for group in found for stem in group], np.int64)))
            self._learned = stems, (np.cumsum(size) - size).astype(np.uint32), size
        return self._learned


def _postings(keys: NDArray[np.int64], ranks: NDArray[np.int64], slots: int) -> Block:
    """Postings from one key for each standing of a stem: its rank among ``ranks``, the passage and the field.

    ``keys`` are used up, in their place: what is made of a large graph's words is not to be in memory twice.
    """
    keys.sort()
    new = _begins(keys)
    often = np.minimum(_lengths(new), _MOST_COUNT).astype(np.uint16)
    keys = _kept(keys, new)
    fields = (keys % _FIELDS).astype(np.uint8)
    keys //= _FIELDS
    new = _begins(keys)
    at = np.cumsum(new, dtype=np.uint32)
    counts = np.zeros((int(at[-1]) if len(at) else 0, _FIELDS), np.uint16)
    at -= 1
    at *= _FIELDS
    at += fields
    counts.reshape(-1)[at] = often
    del at, fields, often
    pairs = _kept(keys, new)
    del keys, new
    per_stem = slots // _FIELDS
    passages = (pairs % per_stem).astype(np.uint32)
    pairs //= per_stem
    new = _begins(pairs)
    return Block(ranks[pairs[new]], _ends(new), passages, counts)


def _begins(values: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Where in sorted values another one begins."""
    new = np.ones(len(values), np.bool_)
    np.not_equal(values[1:], values[:-1], out=new[1:])
    return new


def _kept(values: NDArray[np.int64], which: NDArray[np.bool_]) -> NDArray[np.int64]:
    """Some values, in the place of all."""
    kept = values[which]
    values[: len(kept)] = kept
    return values[: len(kept)]


def _ends(new: NDArray[np.bool_]) -> NDArray[np.uint32]:
    """Where those that begin at some places end: where the next one begins."""
    return np.append(np.flatnonzero(new), len(new))[1:].astype(np.uint32)


def _lengths(new: NDArray[np.bool_]) -> NDArray[np.uint32]:
    """How many places each takes."""
    return np.diff(_ends(new), prepend=np.uint32(0))


Part = tuple[Frame, Collection[int], Iterable[Block]]


def merged(parts: Iterable[Part]) -> Segment:
    """One segment of several, each with the files of it that are gone and its blocks."""
    frames: list[tuple[NDArray[np.uint32], ...]] = []
    stems: list[NDArray[np.int64]] = [np.empty(0, np.int64)]
    passages: list[NDArray[np.int64]] = [np.empty(0, np.int64)]
    counts: list[Numbers] = [np.empty((0, _FIELDS), np.uint8)]
    chunks = cards = 0
    for frame, gone, blocks in parts:
        kept_files = ~frame.gone(gone)
        stays, first = frame.are(kept_files), frame.first_card
        kept = frame.files[kept_files], frame.chunks[kept_files], frame.cards[kept_files]
        frames.append((*kept, frame.lengths[:first][stays[:first]], frame.lengths[first:][stays[first:]]))
        # cards come behind all chunks, whose number is known at the end
        numbers = np.concatenate((np.cumsum(stays[:first]) - 1 + chunks, np.cumsum(stays[first:]) - 1 + cards + _CARDS))
        for block in blocks:
            some = stays[block.passages]
            stems.append(np.repeat(block.stems, np.diff(block.ends, prepend=np.uint32(0)))[some])
            passages.append(numbers[block.passages[some]])
            counts.append(block.counts[some])
        chunks, cards = chunks + len(frames[-1][3]), cards + len(frames[-1][4])
    every, places = np.concatenate(stems), np.concatenate(passages)
    places[places >= _CARDS] += chunks - _CARDS
    order = np.lexsort((places, every))
    every = every[order]
    last = np.flatnonzero(np.diff(every, append=every[-1:] + 1))
    postings = Block(
        every[last], (last + 1).astype(np.uint32), places[order].astype(np.uint32), np.concatenate(counts)[order]
    )
    files, of_chunks, of_cards, *lengths = map(np.concatenate, zip(*frames, strict=True))
    return Segment(Frame(files, of_chunks, of_cards, np.concatenate(lengths)), postings)

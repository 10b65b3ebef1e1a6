"""Segments: what is gathered is what passages hold, bytes come back as they were, and merging changes nothing."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from loomgraph.store.base import PassageTerms
from loomgraph.store.segments import Block, Frame, Gathering, Segment, merged
from loomgraph.store.sqlite_rows import join_passages
from loomgraph.store.stems import shared_stems

WORDS = ["hash", "hashed", "session", "two-parts", "密码", "", "-"]
Held = dict[tuple[int, int, bool], tuple[int, Counter[tuple[int, int]]]]

fields = st.lists(st.sampled_from(WORDS), max_size=4).map(" ".join)
passages = st.lists(st.builds(PassageTerms, fields, fields, fields, fields), min_size=1, max_size=3)
files = st.lists(st.tuples(passages, st.integers(0, 3)), max_size=4)


def gathered(found: list[tuple[list[PassageTerms], int]], first: int = 0) -> Segment:
    gathering = Gathering()
    for number, (some, cards) in enumerate(found, first):
        gathering.put(number, join_passages(some), len(some), min(cards, len(some)))
    return gathering.segment()


def meant(found: list[tuple[list[PassageTerms], int]], first: int = 0) -> Held:
    """By file, place and sort: how many words a passage has, and how often each field holds each stem."""
    held: Held = {}
    for number, (some, cards) in enumerate(found, first):
        for at, passage in enumerate(some):
            stems = [
                (stem, field) for field, text in enumerate(passage) for word in text.split(" ")
                for stem in shared_stems().of([word])[word]
            ]  # fmt: skip
            held[number, at, at >= len(some) - min(cards, len(some))] = len(stems), Counter(stems)
    return held


def said(segment: Segment) -> Held:
    """The same, from a segment."""
    frame, block = segment.frame, segment.postings
    places = []
    for is_card in (False, True):
        sizes = zip(frame.files.tolist(), frame.chunks.tolist(), frame.cards.tolist(), strict=True)
        for file, chunks, cards in sizes:
            places += [(file, at + chunks * is_card, is_card) for at in range(cards if is_card else chunks)]
    held: Held = {place: (int(length), Counter()) for place, length in zip(places, frame.lengths, strict=True)}
    for stem in block.stems.tolist():
        rows, counts = block.of(stem)
        assert rows.tolist() == sorted(set(rows.tolist()))
        for row, often in zip(rows.tolist(), counts.tolist(), strict=True):
            held[places[row]][1].update({(stem, field): count for field, count in enumerate(often) if count})
    return held


@given(files)
def test_what_is_gathered_is_what_passages_hold(found: list[tuple[list[PassageTerms], int]]) -> None:
    assert said(gathered(found)) == meant(found)


@given(st.lists(files, min_size=1, max_size=3), st.sets(st.integers(0, 9), max_size=4))
def test_merging_leaves_what_is_not_gone(
    parts: list[list[tuple[list[PassageTerms], int]]], gone: set[int]
) -> None:  # fmt: skip
    expected: Held = {}
    segments: list[tuple[Frame, set[int], list[Block]]] = []
    first = 0
    for found in parts:
        segment = gathered(found, first)
        segments.append((segment.frame, gone, [Block.unpack(data) for _, data in segment.blocks()]))
        expected |= {place: held for place, held in meant(found, first).items() if place[0] not in gone}
        first += len(found)
    assert said(merged(segments)) == expected


@pytest.mark.parametrize("number", [3, 0xFFFF, 0x1_0000])
@pytest.mark.parametrize("often", [2, 0xFF, 0x100])
def test_numbers_take_the_bytes_that_they_need(number: int, often: int) -> None:
    block = Block(
        np.array([-5, 7], np.int64), np.array([1, 3], np.uint32), np.array([0, 2, number], np.uint32),
        np.array([[1, 0, 0, 2], [0, 0, 0, 1], [often, 0, 0, 0]], np.uint16),
    )  # fmt: skip
    data = block.pack()
    again = Block.unpack(data)
    for stem in (-5, 7, 8):
        assert [part.tolist() for part in again.of(stem)] == [part.tolist() for part in block.of(stem)]
    assert len(data) == 16 + 2 * 12 + 3 * (2 if number <= 0xFFFF else 4) + 12 * (1 if often <= 0xFF else 2)


def test_blocks_hold_every_stem_once() -> None:
    found = [([PassageTerms("", "", "", f"common word{at} other{at % 7}")], 0) for at in range(3000)]
    segment = gathered(found)
    blocks = [(first, Block.unpack(data)) for first, data in segment.blocks()]
    assert len(blocks) > 5
    assert [first for first, _ in blocks] == [int(block.stems[0]) for _, block in blocks]
    assert np.concatenate([block.stems for _, block in blocks]).tolist() == segment.postings.stems.tolist()
    assert max(len(block.stems) for _, block in blocks) <= 1024

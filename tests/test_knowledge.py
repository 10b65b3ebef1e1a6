"""Rows that were packed, looked at one by one, are those that were given."""

from __future__ import annotations

import zlib

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from loomgraph.knowledge import GivenChunk, GivenEntity, GivenRelation, Packed, Said, cards, pack, unpack

NAMES = st.sampled_from(["a", "b", "\0", "\1x", "src/a.py::f", "größe", "\udcff", "external:x"])
ENTITIES = st.lists(
    st.builds(GivenEntity, NAMES, st.sampled_from([None, "function"]), st.text(max_size=9), st.just("src/a.py:3-9")),
    max_size=5, unique_by=lambda row: row.entity_name,
)  # fmt: skip
RELATIONS = st.lists(st.builds(GivenRelation, NAMES, NAMES, st.text(max_size=9), st.just("calls, uses")), max_size=8)
CHUNKS = st.lists(st.builds(GivenChunk, st.text(max_size=9), st.just("src/a.py")), max_size=2)


@given(st.builds(Said, ENTITIES, RELATIONS, CHUNKS))
def test_rows_come_back_as_they_were_given(said: Said) -> None:
    assert unpack(pack(said), [chunk.content for chunk in said.chunks]) == said


def test_rows_are_read_that_were_packed_in_the_way_before() -> None:
    said = Said([GivenEntity("a")], [GivenRelation("b", "a", "uses a", "uses")], [GivenChunk("text", "a.py")])
    assert unpack(zlib.compress(b"m" + msgspec.msgpack.encode(said))) == said


def test_many_rows_are_compressed_and_few_are_not() -> None:
    few, many = (Said([GivenEntity(f"name {at}") for at in range(count)]) for count in (3, 3000))
    assert b"name 1" in pack(few)
    assert b"name 1" not in pack(many)
    assert unpack(pack(many)) == many


@given(st.builds(Said, ENTITIES, RELATIONS, CHUNKS))
def test_each_row_is_as_it_was_given(said: Said) -> None:
    packed = Packed(pack(said))
    whole = list(cards(said))
    assert packed.names == [card.name for card in whole]
    assert packed.chunks == len(said.chunks)
    for at, card in enumerate(whole):
        row = next((one for one in said.entities if one.entity_name == card.name), None)
        assert packed.card(at) == (card, row)
        assert packed.place_of(card.name) == at
        assert packed.entity(card.name) == row
    for one in said.relations:
        assert packed.relations_from(one.src_id) == [row for row in said.relations if row.src_id == one.src_id]
    described = {row.entity_name for row in said.entities}
    assert packed.elsewhere() == sorted({one.src_id for one in said.relations} - described)


def test_names_are_found_among_many() -> None:
    many = [f"src/a.py::f{at}" for at in range(300)]
    said = Said([GivenEntity(name, "function", "", "src/a.py") for name in many], [], [])
    packed = Packed(pack(said))
    assert [packed.place_of(name) for name in many] == list(range(300))
    assert packed.place_of("src/a.py") == packed.place_of("f7") == -1
    assert packed.entity(many[250]) == said.entities[250]


def test_what_is_no_packed_rows_is_refused() -> None:
    for data in (b"", b"no rows", pack(Said())[:-1]):
        for read in (Packed, unpack):
            with pytest.raises(ValueError, match="decompress|sum"):
                read(data)

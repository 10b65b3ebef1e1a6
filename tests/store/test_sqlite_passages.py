"""Segments of postings rank as FTS5 does, after any updates, merges included; what is damaged is said to be."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from loomgraph.errors import GraphDamaged
from loomgraph.store import segments, sqlite_passages
from loomgraph.store.base import FileGraph, PassageTerms, Store, Update
from loomgraph.store.memory import MemoryStore
from loomgraph.store.sqlite import SqliteStore
from loomgraph.store.sqlite_read import SqliteReader
from loomgraph.store.sqlite_rows import BETWEEN, join_passages, part_passages
from loomgraph.store.testing import record
from loomgraph.store.testing_passages import Named, named

WORDS = ["hash", "hashed", "hashing", "session", "save", "a", "größe", "密码", "two-parts", "-", "", "x" * 70, "42"]
ASKED = [word for word in WORDS if word != "two-parts"]  # a phrase to FTS5, no word to us
WEIGHTS = (1.5, 3.0, 2.0, 1.0)

fields = st.lists(st.sampled_from(WORDS), max_size=5).map(" ".join)
passages = st.lists(st.builds(PassageTerms, fields, fields, fields, fields), max_size=4)


@st.composite
def graphs(draw: st.DrawFn, path: str) -> FileGraph:
    found = draw(passages)
    return FileGraph(record(path), passages=found, cards=draw(st.integers(0, len(found))))


@st.composite
def updates(draw: st.DrawFn) -> Update:
    paths = draw(st.lists(st.sampled_from("abcdefgh"), unique=True, max_size=4))
    gone = draw(st.lists(st.sampled_from("abcdefgh"), max_size=2))
    return Update([draw(graphs(path)) for path in paths], delete=gone, wipe=draw(st.integers(0, 9)) == 0)


@pytest.fixture(scope="module", autouse=True)
def small_segments() -> Iterator[None]:
    """Segments so small that a few files make several, and that they are merged at once."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sqlite_passages, "_AT_ONCE", 12)
        patch.setattr(sqlite_passages, "_SHARE", 0.0)
        patch.setattr(sqlite_passages, "_TIER", 2)
        patch.setattr(sqlite_passages, "_SMALL", 4)
        patch.setattr(segments, "_BLOCK", 3)
        yield


def found(store: Store, terms: Sequence[str], limit: int) -> list[Named]:
    with store.read() as reader:
        files = reader.files()
        return [named(files, reader.search_passages(terms, WEIGHTS, limit, cards=cards)) for cards in (False, True)]


def held(store: Store) -> tuple[list[int], list[tuple[str, list[PassageTerms], int]]]:
    """How many passages hold each word, and the terms that each file has."""
    with store.read() as reader:
        said = [(one.record.path, list(one.passages or ()), one.cards) for one in reader.said()]
        return reader.passage_counts(ASKED), said


def clear(hits: Named) -> set[tuple[str, int]]:
    """Those of which no other may have taken the place by the last digit of a score."""
    return {(path, at) for path, at, score in zip(*hits, strict=True) if score > hits.scores[-1] * (1 + 1e-9)}


@settings(max_examples=60, deadline=None)
@given(st.lists(updates(), min_size=1, max_size=8), st.lists(st.sampled_from(ASKED), max_size=4), st.integers(1, 6))
def test_any_updates_are_found_as_fts5_finds_them(changes: list[Update], terms: list[str], limit: int) -> None:
    with TemporaryDirectory() as folder, closing(SqliteStore(Path(folder) / "a.db", create=True)) as store:
        memory = MemoryStore()
        for change in changes:
            store.apply(change)
            memory.apply(change)
            assert held(store) == held(memory)
            for ours, theirs in zip(found(store, terms, limit), found(memory, terms, limit), strict=True):
                assert ours.scores == pytest.approx(theirs.scores)
                assert clear(ours) == clear(theirs)


def segments_of(store: SqliteStore) -> list[tuple[int, int, int]]:
    """Number, postings and files of each segment, with a connection of our own."""
    with closing(sqlite3.connect(store.path)) as connection:
        return connection.execute("SELECT id, postings, files FROM segments").fetchall()


def one(path: str, words: str) -> FileGraph:
    return FileGraph(record(path), passages=[PassageTerms("", "", "", words)])


def test_many_small_segments_become_few(tmp_path: Path) -> None:
    with closing(SqliteStore(tmp_path / "a.db", create=True)) as store:
        for at in range(40):
            store.apply(Update([one(f"{at:02}.py", f"word{at} session")]))
        assert len(segments_of(store)) <= 7
        assert sum(files for _, _, files in segments_of(store)) == 40
        assert found(store, ["session"], 50)[0].paths == [f"{at:02}.py" for at in range(40)]
        assert found(store, ["word7"], 5)[0].paths == ["07.py"]


def test_what_is_gone_is_let_go_of(tmp_path: Path) -> None:
    with closing(SqliteStore(tmp_path / "a.db", create=True)) as store:
        for at in range(30):
            store.apply(Update([one("a.py", f"word{at}")]))
        assert [files for _, _, files in segments_of(store)] == [1]
        store.apply(Update(delete=["a.py"]))
        assert segments_of(store) == []
        store.apply(Update([one("b.py", "again")]))
        assert found(store, ["again"], 5)[0].paths == ["b.py"]


def test_a_store_sees_what_another_wrote_into_the_same_file(tmp_path: Path) -> None:
    stores = [SqliteStore(tmp_path / "a.db", create=True) for _ in range(2)]
    with closing(stores[0]), closing(stores[1]):
        for at in range(6):
            stores[at % 2].apply(Update([one(f"{at}.py", f"word{at}")], wipe=at == 3))
            for store in stores:
                expected = [f"{at}.py"] if at != 4 else ["4.py"]
                assert found(store, [f"word{at}"], 5)[0].paths == expected
        assert [hits.paths for hits in found(stores[0], ["word1"], 5)] == [[], []]


def test_counts_that_a_byte_does_not_hold(tmp_path: Path) -> None:
    with closing(SqliteStore(tmp_path / "a.db", create=True)) as store:
        store.apply(Update([one("a.py", "often " * 300 + "x"), one("b.py", "often x")]))
        memory = MemoryStore()
        memory.apply(Update([one("a.py", "often " * 300 + "x"), one("b.py", "often x")]))
        ours, theirs = found(store, ["often", "x"], 5)[0], found(memory, ["often", "x"], 5)[0]
        assert ours[:2] == theirs[:2]
        assert ours.scores == pytest.approx(theirs.scores)


@pytest.mark.parametrize(
    "damage",
    [
        "UPDATE postings SET data = x'01'",
        "UPDATE postings SET data = zeroblob(16)",
        "UPDATE segments SET data = x'0100000001000000'",
        "UPDATE postings SET data = 'text'",
        "UPDATE passages SET terms = 'no four fields'",
    ],
)
def test_damage_is_said_and_no_traceback(tmp_path: Path, damage: str) -> None:
    path = tmp_path / "a.db"
    with closing(SqliteStore(path, create=True)) as store:
        store.apply(Update([one("a.py", "session save"), one("b.py", "save")]))
    with closing(sqlite3.connect(path)) as connection:
        connection.execute(damage)
        connection.commit()
    ask = held if "terms" in damage else lambda store: found(store, ["session"], 5)
    with closing(SqliteStore(path)) as store, pytest.raises(GraphDamaged):
        ask(store)


@given(st.lists(st.builds(PassageTerms, *[st.sampled_from(["", "a", " ", "a b", f"x {BETWEEN} y"])] * 4), min_size=1))
def test_terms_come_back_from_one_text(found: list[PassageTerms]) -> None:
    plain = [PassageTerms(*(field.replace(BETWEEN, " ") for field in one)) for one in found]
    assert part_passages(join_passages(found)) == plain


def postings_read(store: SqliteStore, terms: Sequence[str]) -> int:
    """How many statements that read postings a search takes."""
    with store.read() as reader:
        assert isinstance(reader, SqliteReader)
        asked: list[str] = []
        reader._connection.set_trace_callback(asked.append)
        for cards in (False, True):
            reader.search_passages(terms, WEIGHTS, 5, cards=cards)
        reader.passage_counts(terms)
        reader._connection.set_trace_callback(None)
    return sum("postings" in one for one in asked)


def test_what_is_asked_for_again_is_not_read_again(tmp_path: Path) -> None:
    with closing(SqliteStore(tmp_path / "a.db", create=True)) as store:
        for at in range(5):
            store.apply(Update([one(f"{at}.py", f"word{at} session")]))
        assert len(segments_of(store)) > 1
        assert postings_read(store, ["session", "word1", "nowhere"]) == 1
        assert postings_read(store, ["word1", "nowhere", "session"]) == 0
        assert postings_read(store, ["word2", "session"]) == 1
        store.apply(Update([one("5.py", "session")]))
        assert postings_read(store, ["session"]) == 1
        assert len(found(store, ["session"], 9)[0].paths) == 6


def test_postings_are_remembered_within_a_budget(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sqlite_passages, "_MOST_RECENT", 2 * sqlite_passages._AN_ENTRY + 100)
    with closing(SqliteStore(tmp_path / "a.db", create=True)) as store:
        store.apply(Update([one("a.py", "session save hash word")]))
        assert postings_read(store, ["session", "save"]) == 1
        held = store.memory()
        assert postings_read(store, ["session", "hash"]) == 1  # save is let go of
        assert store.memory() == held
        assert postings_read(store, ["session", "hash"]) == 0
        assert postings_read(store, ["save"]) == 1
        assert found(store, ["session", "save", "hash", "word"], 5)[0].paths == ["a.py"]

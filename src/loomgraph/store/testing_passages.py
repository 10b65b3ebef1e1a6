"""The contract suite for what chunks are found by: terms and vectors. Shipped, as :mod:`loomgraph.store.testing` is.

Use: subclass :class:`PassageContract` with the same ``make_store`` fixture.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import pytest

from loomgraph.errors import ConflictingUpdate
from loomgraph.model import Chunk
from loomgraph.store.base import FileGraph, FileRecord, PassageHits, PassageTerms, Store, Update
from loomgraph.store.testing import MakeStore, record, symbol

EVEN = (1.0, 1.0, 1.0, 1.0)


def terms(body: str = "", *, path: str = "", names: str = "", doc: str = "") -> PassageTerms:
    """The terms of one chunk."""
    return PassageTerms(path, names, doc, body)


def passages(path: str, *found: PassageTerms, vectors: bytes = b"", version: int = 1) -> FileGraph:
    """A file with a chunk for each of ``found``."""
    chunks = [Chunk(f"{path}#{at}", path, at + 1, at + 1, one.body, path) for at, one in enumerate(found)]
    return FileGraph(record(path, version), [symbol(path)], chunks=chunks, passages=found, vectors=vectors)


class Named(NamedTuple):
    """What was found, files by their paths."""

    paths: list[str]
    places: list[int]
    scores: list[float]


def named(files: Sequence[FileRecord], hits: PassageHits) -> Named:
    """What was found among some files."""
    return Named([files[at].path for at in hits.files], hits.places.tolist(), hits.scores.tolist())


def search(store: Store, *words: str, weights: Sequence[float] = EVEN, limit: int = 10, cards: bool = False) -> Named:
    with store.read() as reader:
        return named(reader.files(), reader.search_passages(words, weights, limit, cards=cards))


def places(store: Store, *words: str, weights: Sequence[float] = EVEN, limit: int = 10) -> list[tuple[str, int]]:
    return standing(search(store, *words, weights=weights, limit=limit))


def standing(hits: Named) -> list[tuple[str, int]]:
    """Where each of what was found stands."""
    return list(zip(hits.paths, hits.places, strict=True))


class PassageContract:
    """Tests of what :mod:`loomgraph.store.base` promises of passages and vectors."""

    @pytest.fixture
    def store(self, make_store: MakeStore) -> Iterator[Store]:
        store = make_store("passages")
        yield store
        store.close()

    # -- terms ------------------------------------------------------------------------------------------------

    def test_an_empty_store_finds_nothing(self, store: Store) -> None:
        assert standing(search(store, "session")) == []
        with store.read() as reader:
            assert list(reader.vectors()) == []

    def test_vectors_of_some_files(self, store: Store) -> None:
        files = [passages(path, terms("x"), vectors=path.encode()) for path in ("b.py", "a.py", "c.py")]
        store.apply(Update([*files, passages("d.py", terms("x"))]))
        with store.read() as reader:
            assert list(reader.vectors(["c.py", "a.py", "d.py", "e.py"])) == [("a.py", b"a.py"), ("c.py", b"c.py")]
            assert list(reader.vectors([])) == []

    def test_the_commonest_term_adds_to_what_the_others_find(self, store: Store) -> None:
        common = [terms(f"request word{at}") for at in range(60)]
        rare = [terms(f"token other{at}") for at in range(9)]
        store.apply(Update([passages("a.py", *common, terms("token request"), *rare)]))
        found = places(store, "request", "token", limit=2)
        assert found[0] == ("a.py", 60)
        assert found[1][1] > 60

    def test_how_many_chunks_hold_a_term(self, store: Store) -> None:
        store.apply(Update([
            passages("a.py", terms("hashing a"), terms("hash hashed")), passages("b.py", terms(names="token")),
        ]))  # fmt: skip
        with store.read() as reader:
            assert reader.passage_counts(["hash", "token", "nowhere", "", '"']) == [2, 1, 0, 0, 0]
            assert reader.passage_counts([]) == []

    def test_no_terms_find_nothing(self, store: Store) -> None:
        store.apply(Update([passages("a.py", terms("session save"))]))
        assert standing(search(store)) == []
        assert standing(search(store, "")) == []

    def test_any_term_is_enough_and_the_best_match_comes_first(self, store: Store) -> None:
        store.apply(Update([
            passages("a.py", terms("open file read"), terms("session save"), terms("other words here")),
            passages("b.py", terms("session open again")),
        ]))  # fmt: skip
        assert places(store, "session", "save") == [("a.py", 1), ("b.py", 0)]
        assert places(store, "nowhere") == []
        scores = search(store, "session", "save").scores
        assert scores == sorted(scores, reverse=True)

    def test_rare_terms_weigh_more_than_common_ones(self, store: Store) -> None:
        common = [terms(f"request word{at}") for at in range(8)]
        store.apply(Update([passages("a.py", *common, terms("token word8"))]))
        assert places(store, "request", "token")[0] == ("a.py", 8)

    def test_weights_say_what_a_field_counts(self, store: Store) -> None:
        store.apply(Update([
            passages("a.py", terms("filler", names="session")),
            passages("b.py", terms("session")),
            passages("c.py", terms("other")),
            passages("d.py", terms("words")),
        ]))  # fmt: skip
        assert places(store, "session", weights=(1, 9, 1, 1)) == [("a.py", 0), ("b.py", 0)]
        assert places(store, "session", weights=(1, 1, 1, 9)) == [("b.py", 0), ("a.py", 0)]

    def test_every_field_is_searched(self, store: Store) -> None:
        store.apply(Update([
            passages("a.py", terms(path="alpha")), passages("b.py", terms(names="beta")),
            passages("c.py", terms(doc="gamma")), passages("d.py", terms("delta")),
        ]))  # fmt: skip
        found = [places(store, word) for word in ("alpha", "beta", "gamma", "delta")]
        assert found == [[("a.py", 0)], [("b.py", 0)], [("c.py", 0)], [("d.py", 0)]]

    def test_english_terms_are_stemmed(self, store: Store) -> None:
        store.apply(Update([passages("a.py", terms("hashing passwords"))]))
        assert places(store, "password", "hashed") == [("a.py", 0)]

    def test_terms_of_other_scripts_are_found(self, store: Store) -> None:
        store.apply(Update([passages("a.py", terms("密码 哈希")), passages("b.py", terms("größe ändern"))]))
        assert places(store, "密码") == [("a.py", 0)]
        assert places(store, "größe") == [("b.py", 0)]

    def test_terms_are_terms_and_no_query_language(self, store: Store) -> None:
        store.apply(Update([passages("a.py", terms("near or not session"))]))
        assert places(store, "near", "or", "not", "and") == [("a.py", 0)]
        assert search(store, '"', '"session', "body:session", "*") == search(store, "session", "body:session")

    def test_equal_scores_stand_in_the_order_of_path_and_chunk(self, store: Store) -> None:
        same = [terms("session save")] * 3
        store.apply(Update([passages(path, *same) for path in ("b.py", "a.py", "c.py")]))
        everything = [(path, at) for path in ("a.py", "b.py", "c.py") for at in range(3)]
        assert places(store, "session") == everything
        assert places(store, "session", limit=4) == everything[:4]

    def test_cards_are_found_apart_from_chunks(self, store: Store) -> None:
        two = [terms("session save"), terms("session card"), terms("other card")]
        store.apply(Update([
            FileGraph(record("a.py"), chunks=[Chunk("1", "a.py", 1, 1, "x", "")], passages=two, cards=2),
            passages("b.py", terms("session card")),
        ]))  # fmt: skip
        assert standing(search(store, "session", cards=True)) == [("a.py", 1)]
        assert len(search(store, "card", cards=True).paths) == 2
        assert sorted(places(store, "session")) == [("a.py", 0), ("b.py", 0)]
        store.apply(Update(delete=["a.py"]))
        assert standing(search(store, "session", cards=True)) == []

    # -- updates ----------------------------------------------------------------------------------------------

    def test_replaced_and_deleted_files_are_found_no_more(self, store: Store) -> None:
        store.apply(Update([passages("a.py", terms("old words"), terms("more")), passages("b.py", terms("gone"))]))
        store.apply(Update([passages("a.py", terms("new words"), version=2)], delete=["b.py"]))
        assert places(store, "old") == places(store, "more") == places(store, "gone") == []
        assert places(store, "words") == [("a.py", 0)]

    def test_passages_of_none_leave_both_as_they_were(self, store: Store) -> None:
        store.apply(Update([passages("a.py", terms("session"), vectors=b"\1\2")]))
        kept = FileGraph(record("a.py"), [symbol("a.py")], chunks=[Chunk("a.py#0", "a.py", 1, 1, "session", "a.py")],
                         passages=None)  # fmt: skip
        store.apply(Update([kept]))
        assert places(store, "session") == [("a.py", 0)]
        with store.read() as reader:
            assert list(reader.vectors()) == [("a.py", b"\1\2")]

    def test_scores_are_those_of_a_store_built_anew(self, store: Store, make_store: MakeStore) -> None:
        old = [passages(f"{name}.py", terms("session save open"), terms("other")) for name in "abc"]
        new = [passages("a.py", terms("session again"), version=2), passages("d.py", terms("open session close"))]
        store.apply(Update(old))
        store.apply(Update(new, delete=["b.py"]))
        fresh = make_store("anew")
        fresh.apply(Update([new[0], old[2], new[1]]))
        words = ("session", "open", "other")
        assert places(store, *words) == places(fresh, *words)
        scores = search(fresh, *words).scores
        assert search(store, *words).scores == pytest.approx(scores)
        fresh.close()

    def test_wipe_forgets_everything(self, store: Store) -> None:
        store.apply(Update([passages("a.py", terms("session"), vectors=b"\1\2")]))
        store.apply(Update([passages("b.py", terms("open"))], wipe=True))
        assert places(store, "session") == []
        assert places(store, "open") == [("b.py", 0)]
        with store.read() as reader:
            assert list(reader.vectors()) == []

    def test_a_reader_sees_one_moment(self, store: Store) -> None:
        store.apply(Update([passages("a.py", terms("session"))]))
        with store.read() as reader:
            store.apply(Update(delete=["a.py"]))
            assert named(reader.files(), reader.search_passages(["session"], EVEN, 5)).paths == ["a.py"]
        assert standing(search(store, "session")) == []

    def test_files_are_known_whatever_their_names(self, store: Store) -> None:
        odd = ["z.py", "\udcff.py", "\ue000.py", "\U0001f600", "\0.py", "\U0010ffff\U0010f800.py", "\udc80\ue000.py"]
        store.apply(Update([passages(path, terms(f"common word{at}")) for at, path in enumerate(odd)]))
        for at, path in enumerate(odd):
            assert places(store, f"word{at}") == [(path, 0)]
        assert search(store, "common").paths == sorted(odd)
        store.apply(Update([passages("\uffff.py", terms("common word9"))], delete=odd[:3]))
        assert search(store, "common").paths == sorted(["\uffff.py", *odd[3:]])

    # -- vectors ----------------------------------------------------------------------------------------------

    def test_vectors_come_by_path_and_go_with_their_file(self, store: Store) -> None:
        files = [passages("b.py", terms("x"), vectors=b"bb"), passages("a.py", terms("y"), vectors=b"aa"),
                 passages("c.py", terms("z"))]  # fmt: skip
        store.apply(Update(files))
        with store.read() as reader:
            assert list(reader.vectors()) == [("a.py", b"aa"), ("b.py", b"bb")]
        store.apply(Update([passages("a.py", terms("y"), version=2)], delete=["b.py"]))
        with store.read() as reader:
            assert list(reader.vectors()) == []

    def test_vectors_may_follow_their_passages(self, store: Store) -> None:
        files = [passages("b.py", terms("x"), vectors=b"bb"), passages("a.py", terms("y")), passages("c.py")]
        card = FileGraph(record("d.kg"), [symbol("d.kg")], passages=[terms("z")], cards=1)
        store.apply(Update([*files, card], meta={"described": "m"}))
        with store.read() as reader:
            assert reader.without_vectors() == ["a.py", "d.kg"]
            counts = reader.counts()
        store.apply(Update(vectors={"a.py": b"aa", "b.py": b"B"}, meta={"dimension": "1"}))
        with store.read() as reader:
            assert list(reader.vectors()) == [("a.py", b"aa"), ("b.py", b"B")]
            assert reader.without_vectors() == ["d.kg"]
            assert reader.counts() == counts
            assert reader.meta() == {"described": "m", "dimension": "1"}
        assert places(store, "y") == [("a.py", 0)]
        with pytest.raises(ConflictingUpdate):
            store.apply(Update(vectors={"nowhere.py": b"aa"}))
        store.apply(Update([passages("e.py", terms("w"))], vectors={"e.py": b"ee", "d.kg": b"dd"}))
        with store.read() as reader:
            assert [path for path, _ in reader.vectors()] == ["a.py", "b.py", "d.kg", "e.py"]

    # -- how central a file is --------------------------------------------------------------------------------

    def test_dependents_are_counted_as_they_are_named(self, store: Store) -> None:
        store.apply(Update([
            FileGraph(record("a.py"), [symbol("a.py")]),
            FileGraph(record("b.py"), [symbol("b.py")], depends=["a.py"]),
            FileGraph(record("c.py"), [symbol("c.py")], depends=["a.py", "b.py"]),
        ]))  # fmt: skip
        with store.read() as reader:
            for path in ("a.py", "b.py", "c.py", "nowhere.py"):
                assert reader.dependent_count(path) == len(reader.dependents([path]))
            assert reader.dependent_count("a.py") == 2

"""Random updates: the memory store and the SQLite store give the same answers, and both those of a new store."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import given, settings
from hypothesis import strategies as st

from loomgraph.model import Chunk, Edge, Problem, Resolution, Symbol, SymbolKind, UnresolvedCall
from loomgraph.store.base import FileGraph, FileRecord, Store, Update
from loomgraph.store.memory import MemoryStore
from loomgraph.store.sqlite import SqliteStore
from loomgraph.store.testing import dump

PATHS = ["a.py", "b/c.py", "b/\udcff.py", "z.go"]
NAMES = ["f", "g", "C", "C.m", "C.\U0010ffff"]
SYMBOLS = [f"{path}::{name}" for path in PATHS for name in NAMES] + PATHS
OUTSIDE = ["external:x", "external:os.path.join", "external:n\udc80.f"]
KINDS = ["CALLS", "CONTAINS", "TESTS", "custom kind"]
numbers = st.integers(0, 3)


@st.composite
def symbols(draw: st.DrawFn, path: str) -> list[Symbol]:
    chosen = draw(st.lists(st.sampled_from(NAMES), unique=True, max_size=4))
    return [
        Symbol(
            f"{path}::{name}", draw(st.sampled_from(list(SymbolKind)[:8])), name.rpartition(".")[2], path,
            draw(numbers), 9, 1, draw(st.sampled_from([path, f"{path}::C", ""])), "python", "sig", "doc", 1,
            draw(numbers),
        )
        for name in chosen
    ]  # fmt: skip


@st.composite
def edges(draw: st.DrawFn, path: str) -> list[Edge]:
    own = [one for one in SYMBOLS if one.startswith(path)]
    ends = st.tuples(
        st.sampled_from(own + SYMBOLS[:3] + OUTSIDE[:1]), st.sampled_from(KINDS), st.sampled_from(SYMBOLS + OUTSIDE)
    )
    found = draw(st.lists(ends, unique=True, max_size=6))
    lines = st.lists(st.integers(1, 9), unique=True, max_size=3).map(sorted).map(tuple)
    return [
        Edge(kind, source, target, path, draw(lines), draw(numbers), draw(st.sampled_from(Resolution)))
        for source, kind, target in found
    ]


@st.composite
def graphs(draw: st.DrawFn, path: str) -> FileGraph:
    text = st.sampled_from(["f", "g", "b.py", *PATHS])
    texts = st.lists(text, max_size=3)
    calls = st.builds(
        UnresolvedCall, st.sampled_from(["f", "m"]), st.sampled_from(SYMBOLS), st.just(path), numbers, numbers
    )
    return FileGraph(
        FileRecord(path, "python", f"d{draw(numbers)}", draw(numbers), 1, "1", "", 9),
        draw(symbols(path)),
        draw(edges(path)),
        draw(st.lists(calls, max_size=3)),
        draw(st.lists(st.builds(Chunk, text, st.just(path), numbers, numbers, text, text), max_size=2)),
        draw(st.lists(st.builds(Problem, st.just(path), numbers, text), max_size=2)),
        *(draw(texts) for _ in range(4)),
    )


@st.composite
def updates(draw: st.DrawFn) -> Update:
    replaced = draw(st.lists(st.sampled_from(PATHS), unique=True))
    replacing = [draw(graphs(path)) for path in replaced]
    return Update(
        replace=replacing,
        delete=draw(st.lists(st.sampled_from(PATHS), max_size=2)),
        facts=[(graph.record.facts_key, graph.record.facts_key.encode()) for graph in replacing],
        meta=draw(st.dictionaries(st.sampled_from(["m", "n\udc80"]), st.sampled_from(["", "1", "2"]), max_size=2)),
        wipe=draw(st.integers(0, 9)) == 0,
    )


def state_after(changes: list[Update]) -> Update:
    """One update that says at once what the changes say one after another."""
    said: dict[str, FileGraph] = {}
    meta: dict[str, str] = {}
    for change in changes:
        if change.wipe:
            said, meta = {}, {}
        for path in change.delete:
            said.pop(path, None)
        said.update((graph.record.path, graph) for graph in change.replace)
        meta.update(change.meta)
    keys = {graph.record.facts_key for graph in said.values()}
    return Update(list(said.values()), meta=meta, facts={key: key.encode() for key in keys})


def answers(store: Store) -> dict[str, object]:
    with store.read() as reader:
        return {
            **dump(store),
            "every symbol": reader.symbols(SYMBOLS + OUTSIDE),
            "every edge out": reader.edges_from(SYMBOLS + OUTSIDE),
            "every call in": reader.edges_to(SYMBOLS + OUTSIDE, ["CALLS", "custom kind"]),
            "every name": [reader.unresolved_named([name]) for name in ("f", "m", "C", "x", "join")],
            "terms": [
                (reader.dependents([p], [p]), reader.files_defining(p), reader.files_calling(p)) for p in ("f", *PATHS)
            ],
        }


@settings(max_examples=30, deadline=None)
@given(st.lists(updates(), min_size=1, max_size=5))
def test_stores_agree_after_any_updates(changes: list[Update]) -> None:
    with TemporaryDirectory() as folder:
        sqlite, whole = (SqliteStore(Path(folder) / name, create=True) for name in ("a.db", "b.db"))
        memory = MemoryStore()
        for change in changes:
            assert sqlite.apply(change) == memory.apply(change)
            assert answers(sqlite) == answers(memory)
        whole.apply(state_after(changes))
        assert answers(whole) == answers(sqlite)
        sqlite.verify()
        sqlite.close()
        whole.close()

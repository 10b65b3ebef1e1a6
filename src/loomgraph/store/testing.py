"""The contract suite that every store passes; shipped, so that a store written elsewhere can prove itself.

Use: subclass :class:`StoreContract` in a test module and give it a ``make_store`` fixture that returns a function
making an empty store under a name, or opening the one already made under that name (``reopens`` says whether the
store keeps anything). :class:`Project` makes small graphs in a few words, for these tests and others.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict
from typing import Any

import pytest

from loomgraph.errors import ConflictingUpdate, GraphChanged
from loomgraph.model import Chunk, Edge, EdgeKind, Problem, Resolution, Symbol, SymbolFlag, SymbolKind, UnresolvedCall
from loomgraph.store.base import FileGraph, FileRecord, Reader, Store, Update, last_name

MakeStore = Callable[[str], Store]


def record(path: str, version: int = 1) -> FileRecord:
    plain = path.encode("ascii", "backslashreplace").decode()
    return FileRecord(path, "python", f"digest of {plain} {version}", 100 + version, version, "1", "", 50)


def symbol(symbol_id: str, kind: SymbolKind = SymbolKind.FUNCTION, line: int = 1, **more: Any) -> Symbol:
    """A symbol of the file its id names."""
    path, _, qualified = symbol_id.partition("::")
    outer = qualified.rpartition(".")[0]
    parent = "" if not qualified else f"{path}::{outer}" if outer else path
    values: dict[str, Any] = {"name": last_name(symbol_id), "end_line": line + 1, "name_line": line, "parent": parent}
    values |= more
    return Symbol(id=symbol_id, kind=kind, file=path, line=line, language="python", **values)


def edge(source: str, target: str, kind: str = EdgeKind.CALLS, line: int = 1, file: str = "") -> Edge:
    """An edge whose site lies in the file of its source."""
    return Edge(kind, source, target, file or source.partition("::")[0], (line,), 1, Resolution.EXACT)


def graph(path: str, *names: str, edges: Iterable[Edge] = (), version: int = 1, **more: Any) -> FileGraph:
    """What a file says that holds a module and functions ``names``, one a line."""
    found = [symbol(path, SymbolKind.MODULE)]
    found += [symbol(f"{path}::{name}", line=line) for line, name in enumerate(names, 2)]
    contains = [edge(one.parent, one.id, EdgeKind.CONTAINS, one.line) for one in found[1:]]
    return FileGraph(record(path, version), found, [*contains, *edges], **more)


def dump(store: Store) -> dict[str, Any]:
    """Everything that a store answers, for comparing two."""
    with store.read() as reader:
        return dump_reader(reader)


def dump_reader(reader: Reader) -> dict[str, Any]:
    files = [file.path for file in reader.files()]
    symbols = list(reader.all_symbols())
    ids = [one.id for one in symbols]
    return {
        "meta": reader.meta(),
        "counts": asdict(reader.counts()),
        "files": reader.files(),
        "symbols": symbols,
        "by id": reader.symbols(ids),
        "by file": reader.symbols_in(files),
        "by name": reader.symbols_named({one.name for one in symbols}),
        "names": reader.names(),
        "edges": list(reader.all_edges()),
        "from": reader.edges_from(ids),
        "to": reader.edges_to(ids),
        "links": list(reader.all_links([EdgeKind.CALLS, EdgeKind.CONTAINS])),
        "calls": list(reader.all_edges([EdgeKind.CALLS])),
        "unresolved": list(reader.all_unresolved()),
        "problems": reader.problems(),
        "chunks": reader.chunks_in(files),
        "facts": reader.facts([file.facts_key for file in reader.files()]),
        "dependents": {path: reader.dependents([path]) for path in files},
        "dependent counts": {path: reader.dependent_count(path) for path in files},
    }


class StoreContract:
    """Tests of everything :mod:`loomgraph.store.base` promises."""

    reopens = True

    @pytest.fixture
    def store(self, make_store: MakeStore) -> Iterator[Store]:
        store = make_store("contract")
        yield store
        store.close()

    # -- reading what was written ----------------------------------------------------------------------------

    def test_an_empty_store_answers_nothing(self, store: Store) -> None:
        with store.read() as reader:
            assert reader.generation() == 0
            assert reader.counts().symbols == reader.counts().files == reader.counts().edges == 0
            assert reader.symbols(["a.py"]) == {}
            assert reader.edges_to(["a.py"]) == reader.edges_from(["a.py"]) == []
            assert reader.file("a.py") is None
            assert not reader.files()
            assert not reader.symbols_named(["x"])
            assert reader.names() == reader.dependents(["a"]) == reader.files_calling("a") == []

    def test_gives_back_every_field(self, store: Store) -> None:
        full = Symbol(
            "a.py::C.m~2", SymbolKind.METHOD, "m", "a.py", 3, 9, 4, "a.py::C", "python", "def m(self)", "Says.", 2, 5
        )
        odd_parent = symbol("a.py::odd", parent="elsewhere::X")
        link = Edge("CUSTOM", "a.py::C.m~2", "a.py::odd", "a.py", (3, 7), 4, Resolution.CANDIDATE)
        bare = Edge("BARE", "a.py::odd", "a.py::C.m~2", "a.py", (), 0, Resolution.INFERRED)
        call = UnresolvedCall("go", "a.py::C.m~2", "a.py", 5, 2)
        chunk = Chunk("a.py#1", "a.py", 1, 4, "text \u2603\n", "a.py::odd")
        problem = Problem("a.py", 7, "broken")
        said = FileGraph(
            FileRecord("a.py", "python", "d", 3, 5, "9", "pkg", 11, True, True),
            [full, odd_parent], [link, bare], [call, call], [chunk], [problem],
        )  # fmt: skip
        store.apply(Update([said], meta={"root": "/x"}, facts={"d:python:9": b"\0facts"}))
        with store.read() as reader:
            assert reader.files() == [said.record]
            assert reader.file("a.py") == said.record
            assert reader.symbols(["a.py::odd", "a.py::C.m~2"]) == {"a.py::odd": odd_parent, full.id: full}
            assert list(reader.all_edges()) == [link, bare]
            assert reader.edges_from([full.id]) == reader.edges_to(["a.py::odd"]) == [link]
            assert reader.unresolved_named(["go"]) == reader.unresolved_in(["a.py"]) == [call, call]
            assert reader.chunks_in(["a.py", "none"]) == [chunk]
            assert reader.problems() == [problem]
            assert reader.meta() == {"root": "/x"}
            assert reader.facts(["d:python:9", "none"]) == {"d:python:9": b"\0facts"}

    def test_finds_symbols_by_name(self, store: Store) -> None:
        store.apply(Update([graph("b.py", "Go", "going"), graph("a.py", "Go", "x")]))
        with store.read() as reader:
            assert [one.id for one in reader.symbols_named(["Go", "x", "Go"])] == ["a.py::Go", "a.py::x", "b.py::Go"]
            assert reader.symbols_named(["go", "Goi"]) == []
            assert reader.names("GO") == ["Go", "going"]
            assert reader.names() == ["Go", "a.py", "b.py", "going", "x"]

    def test_finds_symbols_with_a_flag(self, store: Store) -> None:
        flags = {"a.py::t": SymbolFlag.TEST, "a.py::both": SymbolFlag.TEST | SymbolFlag.ASYNC, "a.py::none": 0}
        said = FileGraph(record("a.py"), [symbol(name, flags=int(flag)) for name, flag in flags.items()])
        store.apply(Update([said]))
        with store.read() as reader:
            assert reader.flagged([*flags, "a.py::nobody"], SymbolFlag.TEST) == {"a.py::t", "a.py::both"}
            assert reader.flagged(["a.py::t", "a.py::both"], SymbolFlag.ASYNC) == {"a.py::both"}

    def test_filters_edges_by_kind(self, store: Store) -> None:
        said = graph("a.py", "f", "g", edges=[edge("a.py::f", "a.py::g"), edge("a.py::f", "a.py::g", "REFERENCES")])
        store.apply(Update([said]))
        with store.read() as reader:
            assert [e.kind for e in reader.edges_to(["a.py::g"])] == ["CONTAINS", "CALLS", "REFERENCES"]
            assert [e.kind for e in reader.edges_to(["a.py::g"], [EdgeKind.CALLS, "NOT"])] == ["CALLS"]
            assert [e.kind for e in reader.edges_from(["a.py::f"], ["REFERENCES"])] == ["REFERENCES"]
            assert reader.edges_from(["a.py::f"], []) == []

    def test_order_does_not_depend_on_the_order_of_writing(self, make_store: MakeStore) -> None:
        said = [
            graph("z.py", "b", "a", edges=[edge("z.py::a", "é.py::q"), edge("z.py::a", "B.py::q")]),
            graph("é.py", "q", edges=[edge("é.py::q", "z.py::a"), edge("é.py::q", "external:x.y")]),
            graph("B.py", "q", edges=[edge("B.py::q", "z.py::b"), edge("B.py::q", "é.py::q")]),
        ]
        one, other = make_store("one"), make_store("other")
        one.apply(Update(said))
        for part in reversed(said):
            other.apply(Update([part]))
        assert dump(one) == dump(other)
        with one.read() as reader:
            assert [file.path for file in reader.files()] == ["B.py", "z.py", "é.py"]
            assert [s.id for s in reader.all_symbols()][:3] == ["external:x.y", "B.py", "B.py::q"]
        one.close()
        other.close()

    def test_many_ids_at_once(self, store: Store) -> None:
        names = [f"f{n}" for n in range(2500)]
        calls = [edge(f"a.py::{name}", "a.py::f0") for name in names]
        store.apply(Update([graph("a.py", *names, edges=calls)]))
        with store.read() as reader:
            ids = [f"a.py::{name}" for name in names]
            assert list(reader.symbols(ids)) == ids
            assert len(reader.edges_from(ids, ["CALLS"])) == 2500
            assert reader.edges_to(ids, ["CALLS"]) == reader.edges_from(ids, ["CALLS"])

    def test_odd_text(self, store: Store) -> None:
        paths = ["caf\udce9/\udcff\udcfe.py", "\U0010ffff\U0010ffff.py", "with\nline 'quote' %.py", "\U0010ffff\udc80"]
        for path in paths:
            lone = symbol(f"{path}::na\ud800me", signature="\udcff", doc="nul \0 and \ud83d")
            link = edge(lone.id, f"external:{path}.x")
            chunk = Chunk(f"{path}#1", path, 1, 1, "\udcff\0 \ud800", lone.id)
            said = FileGraph(record(path), [lone], [link], (), [chunk], [Problem(path, 1, path)], [path], ["\udcff"])
            store.apply(Update([said], meta={"root": path}, facts={record(path).facts_key: b"x"}))
            with store.read() as reader:
                assert reader.file(path) == record(path)
                assert reader.symbols([lone.id]) == {lone.id: lone}
                assert reader.symbols_named(["na\ud800me"])[-1].name == "na\ud800me"
                assert reader.edges_to([f"external:{path}.x"]) == [link]
                assert reader.chunks_in([path]) == [chunk]
                assert reader.meta()["root"] == path
                assert reader.dependents([path]) == [path]
                assert path in reader.dependents(keys=["\udcff"])
        with store.read() as reader:
            assert [file.path for file in reader.files()] == sorted(paths)
            assert [p.file for p in reader.problems()] == sorted(paths)

    # -- updates -----------------------------------------------------------------------------------------------

    def test_replacing_takes_away_what_the_file_said(self, store: Store) -> None:
        old = graph(
            "a.py", "f", "g", edges=[edge("a.py::f", "a.py::g")], chunks=[Chunk("1", "a.py", 1, 1, "t", "")],
            unresolved=[UnresolvedCall("u", "a.py", "a.py", 1, 0)], problems=[Problem("a.py", 0, "p")],
            depends=["b"], keys=["k"], defined=["f"], called=["g"],
        )  # fmt: skip
        store.apply(Update([old], facts={old.record.facts_key: b"old"}))
        store.apply(Update([graph("a.py", "g", version=2)]))
        with store.read() as reader:
            assert [one.id for one in reader.all_symbols()] == ["a.py", "a.py::g"]
            assert [one.kind for one in reader.all_edges()] == ["CONTAINS"]
            assert not reader.unresolved_named(["u"])
            assert not reader.problems()
            assert not reader.chunks_in(["a.py"])
            assert reader.dependents(["b"], ["k"]) == reader.files_defining("f") == reader.files_calling("g") == []
            assert reader.facts([old.record.facts_key]) == {}

    def test_deleting_leaves_nothing(self, store: Store, make_store: MakeStore) -> None:
        said = graph("a.py", "f", edges=[edge("a.py::f", "external:x.y")], depends=["b.py"], called=["y"])
        store.apply(Update([said, graph("b.py", "g")], facts={said.record.facts_key: b"f"}))
        store.apply(Update(delete=["a.py", "never.py"]))
        alone = make_store("alone")
        alone.apply(Update([graph("b.py", "g")]))
        assert dump(store) == dump(alone)
        alone.close()

    def test_an_edge_without_its_target_is_an_unresolved_call_until_the_target_returns(self, store: Store) -> None:
        caller = graph("a.py", "f", edges=[edge("a.py::f", "b.py::C.go", line=7), edge("a.py::f", "b.py", "IMPORTS")])
        callee = FileGraph(record("b.py"), [symbol("b.py"), symbol("b.py::C"), symbol("b.py::C.go")])
        store.apply(Update([caller, callee]))
        whole = dump(store)
        for without in (Update(delete=["b.py"]), Update([FileGraph(record("b.py"), [])])):
            store.apply(without)
            with store.read() as reader:
                assert reader.edges_from(["a.py::f"]) == reader.edges_to(["b.py::C.go", "b.py"]) == []
                assert {e.kind for e in reader.all_edges()} == {"CONTAINS"}
                lost = UnresolvedCall("go", "a.py::f", "a.py", 7, -1)
                assert reader.unresolved_named(["go"]) == list(reader.all_unresolved()) == [lost]
                assert reader.unresolved_in(["a.py"]) == [lost]
                assert not reader.symbols_named(["go"])
                assert not reader.names("go")
                assert (reader.counts().edges, reader.counts().unresolved, reader.counts().externals) == (1, 1, 0)
            store.apply(Update([callee]))
            assert dump(store) == whole

    def test_an_edge_to_a_symbol_that_comes_later(self, store: Store) -> None:
        store.apply(Update([graph("a.py", "f", edges=[edge("a.py::f", "b.py::g")])]))
        with store.read() as reader:
            assert reader.edges_from(["a.py::f"]) == []
        store.apply(Update([graph("b.py", "g")]))
        with store.read() as reader:
            assert reader.edges_from(["a.py::f"]) == [edge("a.py::f", "b.py::g")]
            assert reader.unresolved_named(["g"]) == []

    def test_an_edge_belongs_to_the_file_of_its_site(self, store: Store) -> None:
        stray = edge("a.py::f", "a.py::g", "TESTS", file="b.py")
        store.apply(Update([graph("a.py", "f", "g"), graph("b.py", edges=[stray])]))
        with store.read() as reader:
            assert reader.edges_from(["a.py::f"]) == [stray]
        store.apply(Update([graph("a.py", "f", "g", version=2)]))
        with store.read() as reader:
            assert reader.edges_from(["a.py::f"]) == [stray]
        store.apply(Update([graph("a.py", "g")]))
        with store.read() as reader:
            assert reader.edges_to(["a.py::g"], ["TESTS"]) == []
            assert reader.counts().edges == 1
        store.apply(Update([graph("a.py", "f", "g")], delete=["b.py"]))
        with store.read() as reader:
            assert reader.edges_from(["a.py::f"]) == []

    def test_external_symbols_live_as_long_as_an_edge_reaches_them(self, store: Store) -> None:
        get = edge("a.py::f", "external:requests.get")
        store.apply(Update([graph("a.py", "f", edges=[get]), graph("b.py", "g", edges=[edge("b.py::g", get.target)])]))
        store.apply(Update(delete=["b.py"]))
        with store.read() as reader:
            (found,) = reader.symbols_named(["get"])
            assert (found.id, found.kind, found.file) == ("external:requests.get", SymbolKind.EXTERNAL, "")
            assert reader.edges_to([get.target]) == [get]
            assert reader.counts().externals == 1
            assert reader.names("get") == []
        store.apply(Update([graph("a.py", "f")]))
        with store.read() as reader:
            assert reader.symbols([get.target]) == {}
            assert reader.counts().externals == 0

    def test_facts_live_as_long_as_a_file_has_their_key(self, store: Store) -> None:
        one, moved = record("a.py"), FileRecord("new.py", "python", "digest of a.py 1", 1, 1, "1")
        store.apply(Update([FileGraph(one)], facts=[(one.facts_key, b"facts"), ("nobody's", b"x")]))
        with store.read() as reader:
            assert reader.facts([one.facts_key, "nobody's"]) == {one.facts_key: b"facts"}
        store.apply(Update([FileGraph(moved)], delete=["a.py"]))
        with store.read() as reader:
            assert reader.facts([moved.facts_key]) == {one.facts_key: b"facts"}
        store.apply(Update(delete=["new.py"]))
        with store.read() as reader:
            assert reader.facts([one.facts_key]) == {}

    def test_facts_are_kept_for_an_update_to_come(self, store: Store) -> None:
        old, said, other = (graph(path, name) for path, name in (("old.py", "o"), ("a.py", "f"), ("b.py", "g")))
        keys = [one.record.facts_key for one in (old, said, other)]
        generation = store.apply(Update([old], meta={"m": "1"}, facts={keys[0]: b"old"}))
        with store.read() as reader:
            before = dump_reader(reader)
        store.keep({keys[1]: b"f"})
        store.keep({keys[2]: b"g", "nobody's": b"x"})
        store.keep({keys[0]: b"old"})
        with store.read() as reader:
            assert reader.kept() == sorted([*keys, "nobody's"])
            assert reader.facts([*keys, "nobody's"]) == {
                keys[0]: b"old",
                keys[1]: b"f",
                keys[2]: b"g",
                "nobody's": b"x",
            }
            assert reader.generation() == generation
            assert dump_reader(reader) == before
        store.apply(Update([said], expects=generation))
        with store.read() as reader:
            assert reader.kept() == []
            assert reader.facts([*keys, "nobody's"]) == {keys[0]: b"old", keys[1]: b"f"}
            assert reader.meta() == {"m": "1"}

    def test_a_wipe_forgets_kept_facts(self, store: Store) -> None:
        store.keep({"nobody's": b"x"})
        store.apply(Update([graph("a.py", "f")], wipe=True))
        with store.read() as reader:
            assert reader.kept() == []
            assert reader.facts(["nobody's"]) == {}

    def test_touching_changes_the_record_alone(self, store: Store) -> None:
        store.apply(Update([graph("a.py", "f", called=["x"])], facts={record("a.py").facts_key: b"f"}))
        touched = FileRecord("a.py", "python", record("a.py").digest, 100, 999, "1")
        store.apply(Update(touch=[touched]))
        with store.read() as reader:
            assert reader.file("a.py") == touched
            assert [one.name for one in reader.symbols_in(["a.py"])] == ["a.py", "f"]
            assert reader.facts([touched.facts_key])
            assert reader.files_calling("x") == ["a.py"]
        with pytest.raises(ConflictingUpdate):
            store.apply(Update(touch=[record("none.py")]))

    def test_dependents(self, store: Store) -> None:
        one = graph("a.py", depends=["b.py", "c.py"], keys=["name"], defined=["f"], called=["go", "f"])
        two = graph("b.py", depends=["c.py"], keys=["name", "b.py"], called=["go"])
        store.apply(Update([two, one]))
        with store.read() as reader:
            assert reader.dependents(["c.py"]) == reader.dependents(keys=["name"]) == ["a.py", "b.py"]
            assert reader.dependents(["b.py"]) == reader.files_defining("f") == reader.files_calling("f") == ["a.py"]
            assert reader.dependents(["a.py"], ["b.py"]) == ["b.py"]
            assert reader.files_calling("go") == ["a.py", "b.py"]
            assert reader.files_defining("go") == reader.dependents(["name"]) == []
        store.apply(Update([graph("a.py", depends=["d.py"])]))
        with store.read() as reader:
            assert reader.dependents(["c.py", "d.py"]) == ["a.py", "b.py"]
            assert reader.dependents(["b.py"]) == []
            assert reader.files_calling("go") == ["b.py"]

    def test_generation_grows_and_is_checked(self, store: Store) -> None:
        first = store.apply(Update([graph("a.py", "f")], expects=0))
        second = store.apply(Update(meta={"x": "1", "y": "2"}))
        assert 0 < first < second
        with pytest.raises(GraphChanged):
            store.apply(Update(delete=["a.py"], expects=first))
        store.apply(Update(meta={"x": ""}))
        with store.read() as reader:
            assert reader.generation() > second
            assert reader.meta() == {"y": "2"}
            assert reader.counts().files == 1

    def test_wiping_forgets_everything_but_the_generation(self, store: Store, make_store: MakeStore) -> None:
        said = graph("a.py", "f", edges=[edge("a.py::f", "external:x.y")], called=["y"])
        store.apply(Update([said], meta={"old": "1"}, facts={said.record.facts_key: b"f"}))
        with store.read() as reader:
            before = reader.generation()
        store.apply(Update([graph("b.py", "g")], wipe=True))
        fresh = make_store("fresh")
        fresh.apply(Update([graph("b.py", "g")]))
        assert dump(store) == dump(fresh)
        with store.read() as reader:
            assert reader.generation() > before
        fresh.close()

    def test_a_failed_update_leaves_the_graph_before(self, store: Store) -> None:
        store.apply(Update([graph("a.py", "f", edges=[edge("a.py::f", "external:x.y")])], meta={"m": "1"}))
        whole = dump(store)

        def breaking() -> Iterator[FileGraph]:
            yield graph("a.py", "other")
            raise OSError("the source went away")

        with pytest.raises(OSError, match="went away"):
            store.apply(Update(breaking(), delete=["a.py"], meta={"m": "2"}))
        twice = [edge("b.py::f", "b.py::f"), edge("b.py::f", "b.py::f", line=2)]
        for contradiction in (
            [graph("b.py", "f", edges=twice)],
            [graph("b.py", "f", "f")],
            [graph("b.py"), graph("b.py")],
            [FileGraph(record("b.py"), [symbol("a.py::g")])],
            [FileGraph(record("b.py"), (), [edge("a.py::f", "a.py::f")])],
        ):
            with pytest.raises(ConflictingUpdate):
                store.apply(Update(contradiction))
        assert dump(store) == whole

    def test_an_update_may_read_the_graph_before(self, store: Store) -> None:
        store.apply(Update([graph("a.py", "f"), graph("b.py", "g")]))

        def reading() -> Iterator[FileGraph]:
            for path in ("a.py", "b.py"):
                with store.read() as reader:
                    names = [one.name for one in reader.symbols_in(["a.py", "b.py"])]
                assert names == ["a.py", "f", "b.py", "g"]
                yield graph(path, "h")

        store.apply(Update(reading()))
        with store.read() as reader:
            assert [one.id for one in reader.symbols_named(["h"])] == ["a.py::h", "b.py::h"]

    # -- several readers ---------------------------------------------------------------------------------------

    def test_a_reader_keeps_the_graph_it_began_with(self, store: Store) -> None:
        store.apply(Update([graph("a.py", "f")]))
        with store.read() as reader:
            before = dump_reader(reader)
            generation = reader.generation()
            store.apply(Update([graph("a.py", "g"), graph("b.py")], meta={"x": "1"}))
            assert dump_reader(reader) == before
            with store.read() as later:
                assert later.generation() > generation == reader.generation()
                assert [one.name for one in later.symbols_in(["a.py"])] == ["a.py", "g"]

    def test_concurrent_readers_see_before_or_after(self, store: Store) -> None:
        """Every version holds v files of v functions each; a reader must never see anything between two versions."""

        def version(n: int) -> Update:
            names = [f"f{i}" for i in range(n)]
            return Update([graph(f"m{i}.py", *names) for i in range(n)], meta={"v": str(n)})

        store.apply(version(1))
        torn: list[Any] = []
        done = threading.Event()

        def watch() -> None:
            while not done.is_set():
                with store.read() as reader:
                    n = int(reader.meta()["v"])
                    seen = [len(reader.symbols_in([f"m{i}.py"])) for i in range(n)]
                    if len(reader.files()) != n or set(seen) != {n + 1}:
                        torn.append((n, seen))

        watchers = [threading.Thread(target=watch) for _ in range(3)]
        for watcher in watchers:
            watcher.start()
        for n in range(2, 12):
            store.apply(version(n))
        done.set()
        for watcher in watchers:
            watcher.join()
        assert torn == []

    def test_reopening(self, make_store: MakeStore) -> None:
        if not self.reopens:
            pytest.skip("this store keeps nothing")
        store = make_store("kept")
        said = graph("a.py", "f", edges=[edge("a.py::f", "external:x.y")], depends=["b.py"])
        generation = store.apply(Update([said], meta={"m": "1"}, facts={said.record.facts_key: b"f"}))
        whole = dump(store)
        store.close()
        again = make_store("kept")
        assert dump(again) == whole
        assert again.apply(Update([graph("b.py")])) > generation
        again.verify()
        again.close()

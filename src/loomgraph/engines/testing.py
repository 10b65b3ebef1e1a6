"""The contract suite that every engine passes; shipped, so that an engine written elsewhere can prove itself.

Use: subclass :class:`EngineContract` in a test module and give it a ``make_engine`` fixture that returns a function
making an empty engine under a name, or opening the one already made under that name. An engine that lacks a part says
so in ``lacks`` (``direction``, ``parallel``, ``source``, ``edits``, ``structure``, ``questions``): what it cannot do it
must refuse with ``NotSupported``, and the tests of it see that it does.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from typing import Any, ClassVar

import pytest

from loomgraph.engines.base import Deleted, Engine, EntityChange, Inserted, RelationChange
from loomgraph.engines.custom_kg import decode
from loomgraph.errors import (
    BadInput,
    EntityExists,
    NotSupported,
    RelationExists,
    StoreError,
    UnknownEntity,
    UnknownRelation,
)
from loomgraph.knowledge import CustomKg, GivenEntity, GivenRelation

MakeEngine = Callable[[str], Engine]


def body(**lists: list[dict[str, Any]]) -> CustomKg:
    """The rows of a body."""
    return decode(json.dumps({"custom_kg": lists}).encode())


def entity(name: str, **more: Any) -> dict[str, Any]:
    return {"entity_name": name, "entity_type": "function", "description": f"what {name} does", **more}


def relation(source: str, target: str, keywords: str = "calls", **more: Any) -> dict[str, Any]:
    return {"src_id": source, "tgt_id": target, "description": f"{source} to {target}", "keywords": keywords, **more}


def chunk(content: str, source_id: str, **more: Any) -> dict[str, Any]:
    return {"content": content, "source_id": source_id, **more}


def field() -> CustomKg:
    """A body as clients in the field send it: two files, a call across, one back, a recursion, a stranger."""
    return body(
        chunks=[chunk("def login(): return check()", "src/auth.py:1-9"), chunk("def check(): ...", "src/check.py")],
        entities=[
            entity("src/auth.py::login", source_id="src/auth.py:1-9"),
            entity("src/check.py::check", source_id="src/check.py", entity_type="Method"),
        ],
        relationships=[
            relation("src/auth.py::login", "src/check.py::check", source_id="src/auth.py:3", weight=2.5),
            relation("src/check.py::check", "src/auth.py::login", "imports", source_id="src/check.py"),
            relation("src/auth.py::login", "src/auth.py::login", source_id="src/auth.py:5"),
            relation("src/auth.py::login", "jwt.decode", "calls, references", source_id="src/auth.py:7"),
        ],
    )


class EngineContract:
    """Tests of everything :mod:`loomgraph.engines.base` promises of what is inserted."""

    lacks: ClassVar[frozenset[str]] = frozenset()

    @pytest.fixture
    def engine(self, make_engine: MakeEngine) -> Iterator[Engine]:
        engine = make_engine("contract")
        yield engine
        engine.close()

    def needs(self, part: str, use: Callable[[], Any]) -> None:
        """Leave a test that an engine cannot pass, having seen that it says so."""
        if part in self.lacks:
            with pytest.raises(NotSupported):
                use()
            pytest.skip(f"this engine has no {part}")

    @staticmethod
    def dump(engine: Engine) -> tuple[list[GivenEntity], list[GivenRelation], list[str]]:
        with engine.view() as view:
            return view.entities(), view.relations(), view.source_ids()

    # -- inserting --------------------------------------------------------------------------------------------

    def test_an_empty_engine_answers_nothing(self, engine: Engine) -> None:
        with engine.view() as view:
            assert [*view.labels(), *view.popular(), *view.search("a"), *view.entities(), *view.relations()] == []
            assert not view.exists("a")
            assert view.subgraph("*").entities == ()
            assert view.subgraph("nowhere").entities == ()
        assert engine.clear() == 0

    def test_rows_come_back_as_they_were_given(self, engine: Engine) -> None:
        assert engine.insert_custom_kg(field()) == Inserted(2, 2, 4)
        with engine.view() as view:
            assert view.labels() == ["jwt.decode", "src/auth.py::login", "src/check.py::check"]
            (check,) = view.entities(["src/check.py::check"])
            assert (check.entity_type, check.description) == ("Method", "what src/check.py::check does")
            assert (check.source_id, view.entities(["nowhere"])) == ("src/check.py", [])
            assert view.entities(["jwt.decode"])[0].entity_type == "UNKNOWN"
            assert view.exists("jwt.decode")
            (call,) = [row for row in view.relations() if row.weight == 2.5]
            assert (call.keywords, call.source_id) == ("calls", "src/auth.py:3")
            assert call.description == "src/auth.py::login to src/check.py::check"

    def test_direction_recursion_and_parallel_relations_stay(self, engine: Engine) -> None:
        self.needs("parallel", lambda: engine.insert_custom_kg(field()))
        engine.insert_custom_kg(field())
        with engine.view() as view:
            found = {(row.src_id, row.tgt_id, row.keywords) for row in view.relations()}
        login, check = "src/auth.py::login", "src/check.py::check"
        assert found == {
            (login, check, "calls"), (check, login, "imports"), (login, login, "calls"),
            (login, "jwt.decode", "calls, references"),
        }  # fmt: skip

    def test_the_same_body_twice_leaves_the_graph_of_once(self, engine: Engine) -> None:
        engine.insert_custom_kg(field())
        before, generation = self.dump(engine), engine.generation()
        assert engine.insert_custom_kg(field()) == Inserted(2, 2, 4, changed=False)
        assert self.dump(engine) == before
        assert engine.generation() == generation
        assert (engine.stats().symbols, engine.stats().chunks) == (3, 2)

    def test_every_list_may_be_missing(self, engine: Engine) -> None:
        assert engine.insert_custom_kg(body()) == Inserted(0, 0, 0, changed=False)
        assert engine.insert_custom_kg(body(entities=[entity("A")])).entities == 1
        assert engine.insert_custom_kg(body(relationships=[relation("A", "B")])).relationships == 1
        assert engine.insert_custom_kg(body(chunks=[chunk("text", "a.py")])).chunks == 1
        with engine.view() as view:
            assert view.labels() == ["A", "B"]

    def test_a_later_row_replaces_what_it_names(self, engine: Engine) -> None:
        engine.insert_custom_kg(field())
        login = "src/auth.py::login"
        engine.insert_custom_kg(body(entities=[entity(login, description="new", source_id="src/auth.py:2-9")]))
        engine.insert_custom_kg(body(relationships=[relation(login, login, weight=9, source_id="src/auth.py:6")]))
        with engine.view() as view:
            assert view.entities([login])[0].description == "new"
            assert [row.weight for row in view.relations() if row.src_id == row.tgt_id] == [9.0]
            assert len(view.relations()) == 4

    def test_a_placeholder_becomes_the_entity_that_comes_later(self, engine: Engine) -> None:
        engine.insert_custom_kg(body(relationships=[relation("A", "B")]))
        engine.insert_custom_kg(body(entities=[entity("B", source_id="b.py")]))
        with engine.view() as view:
            assert [row.entity_type for row in view.entities()] == ["UNKNOWN", "function"]
            assert len(view.relations(["B"])) == 1

    def test_an_entity_sent_without_its_source_keeps_it(self, engine: Engine) -> None:
        engine.insert_custom_kg(body(entities=[entity("A", source_id="a.py:4")]))
        engine.insert_custom_kg(body(entities=[entity("A", description="new")]))
        with engine.view() as view:
            assert [(row.description, row.source_id) for row in view.entities()] == [("new", "a.py:4")]

    # -- taking away ------------------------------------------------------------------------------------------

    def test_deleting_a_source_leaves_what_others_say(self, engine: Engine) -> None:
        self.needs("source", lambda: engine.delete_by_source(["src/check.py"]))
        engine.insert_custom_kg(field())
        whole = self.dump(engine)
        assert engine.delete_by_source(["src/check.py", "nowhere.py"]) == Deleted(1, 1, 1)
        with engine.view() as view:
            assert view.labels() == ["jwt.decode", "src/auth.py::login", "src/check.py::check"]
            assert view.entities(["src/check.py::check"])[0].entity_type == "UNKNOWN"
            assert len(view.relations()) == 3
        assert engine.delete_by_source(["src/check.py"]) == Deleted()
        engine.insert_custom_kg(field())
        assert self.dump(engine) == whole

    def test_a_source_is_a_file_or_a_source_id_as_given(self, engine: Engine) -> None:
        self.needs("source", lambda: engine.delete_by_source(["src/auth.py:5"]))
        engine.insert_custom_kg(field())
        assert engine.delete_by_source(["src/auth.py:5"]) == Deleted(0, 1, 0)
        assert engine.delete_by_source(["src/auth.py"]) == Deleted(1, 2, 1)

    def test_clearing(self, engine: Engine) -> None:
        engine.insert_custom_kg(field())
        generation = engine.generation()
        assert engine.clear() > 0
        assert self.dump(engine) == ([], [], [])
        assert engine.generation() > generation
        engine.insert_custom_kg(field())
        assert len(self.dump(engine)[0]) == 3

    # -- edits ------------------------------------------------------------------------------------------------

    def test_entities_are_created_changed_and_deleted(self, engine: Engine) -> None:
        self.needs("edits", lambda: engine.create_entity(GivenEntity("A")))
        engine.create_entity(GivenEntity("A", "function", "first"))
        with pytest.raises(EntityExists):
            engine.create_entity(GivenEntity("A"))
        engine.create_entity(GivenEntity("B", "class"))
        engine.create_relation(GivenRelation("A", "B", "uses it", "calls"))
        assert engine.edit_entity("A", EntityChange(description="second")).entity_type == "function"
        assert engine.edit_entity("A", EntityChange(name="C")).description == "second"
        with engine.view() as view:
            assert view.labels() == ["B", "C"]
            assert [(row.src_id, row.tgt_id) for row in view.relations()] == [("C", "B")]
        with pytest.raises(EntityExists):
            engine.edit_entity("C", EntityChange(name="B"))
        with pytest.raises(UnknownEntity):
            engine.edit_entity("A", EntityChange(description="x"))
        assert engine.delete_entity("B") == Deleted(1, 1, 0)
        with pytest.raises(UnknownEntity):
            engine.delete_entity("B")
        with engine.view() as view:
            assert (view.labels(), view.relations()) == (["C"], [])

    def test_entities_are_merged(self, engine: Engine) -> None:
        self.needs("edits", lambda: engine.merge_entities(["A"], "B"))
        engine.insert_custom_kg(body(
            entities=[entity("A", source_id="a.py"), entity("B", source_id="b.py"), entity("C")],
            relationships=[relation("A", "C"), relation("C", "B"), relation("A", "B", "imports")],
        ))  # fmt: skip
        merged = engine.merge_entities(["A", "B"], "D")
        assert merged.description == "what A does\nwhat B does"
        with engine.view() as view:
            assert view.labels() == ["C", "D"]
            assert [(row.src_id, row.tgt_id) for row in view.relations()] == [("C", "D"), ("D", "C"), ("D", "D")]
        assert engine.edit_entity("C", EntityChange(name="D"), merge=True).entity_name == "D"
        with engine.view() as view:
            assert view.labels() == ["D"]
        with pytest.raises(BadInput):
            engine.merge_entities([], "D")
        with pytest.raises(UnknownEntity):
            engine.merge_entities(["nobody"], "D")

    def test_relations_are_created_changed_and_deleted(self, engine: Engine) -> None:
        self.needs("edits", lambda: engine.delete_relation("A", "B"))
        engine.insert_custom_kg(body(entities=[entity("A"), entity("B")]))
        engine.create_relation(GivenRelation("A", "B", "one", "calls"))
        engine.create_relation(GivenRelation("A", "B", "two", "imports", 3.0))
        with pytest.raises(RelationExists):
            engine.create_relation(GivenRelation("A", "B", "three", "call"))
        with pytest.raises(UnknownEntity):
            engine.create_relation(GivenRelation("A", "nobody", "", "calls"))
        assert engine.edit_relation("A", "B", RelationChange(description="new"), "imports").weight == 3.0
        with pytest.raises(UnknownRelation):
            engine.edit_relation("B", "A", RelationChange(description="new"))
        assert engine.delete_relation("A", "B", "calls") == Deleted(0, 1, 0)
        with engine.view() as view:
            assert [row.description for row in view.relations()] == ["new"]
        assert engine.delete_relation("A", "B") == Deleted(0, 1, 0)
        with pytest.raises(UnknownRelation):
            engine.delete_relation("A", "B")

    # -- parts and measures -----------------------------------------------------------------------------------

    def test_parts_of_a_graph(self, engine: Engine) -> None:
        chain = [relation(f"n{at}", f"n{at + 1}", source_id="a.py") for at in range(5)]
        star = [relation(f"s{at}", "n0", source_id="b.py") for at in range(4)]
        engine.insert_custom_kg(body(relationships=[*chain, *star], entities=[entity("alone")]))
        with engine.view() as view:
            near = view.subgraph("n1", depth=1)
            assert {row.entity_name for row in near.entities} == {"n0", "n1", "n2"}
            assert (len(near.relations), near.truncated) == (2, False)
            some = view.subgraph("n0", depth=5, nodes=4)
            assert (len(some.entities), some.truncated) == (4, True)
            most = view.subgraph("*", nodes=2)
            assert [row.entity_name for row in most.entities] == ["n0", "n1"]
            assert (len(most.relations), most.truncated) == (1, True)
            assert len(view.subgraph("*").entities) == 11
            assert view.popular(1) == ["n0"]
            assert view.search("N", 3) == ["n0", "n1", "n2"]
            assert [row.entity_name for row in view.orphans()] == ["alone"]
            assert view.orphans(exclude_types=["Function"]) == []

    def test_measures_of_a_graph(self, engine: Engine) -> None:
        engine.insert_custom_kg(body(
            entities=[entity(name, source_id=f"{name}.py") for name in ("x/a", "x/b", "y/c")],
            relationships=[relation("x/a", "x/b"), relation("x/a", "y/c"), relation("y/c", "x/a")],
        ))  # fmt: skip
        with engine.view() as view:
            assert [(one.name, one.incoming, one.outgoing) for one in view.degrees()] == [
                ("x/a", 1, 2), ("y/c", 1, 1), ("x/b", 1, 0),
            ]  # fmt: skip
            assert [one.name for one in view.degrees("out", least=2)] == ["x/a"]
            assert [one.name for one in view.degrees(source_prefix="y/")] == ["y/c"]
            found = view.coupling()
            assert (found.entities, found.relations, found.across, found.inside) == (3, 3, 2, 1)
            assert found.density == pytest.approx(2 / 3, abs=1e-6)
            assert view.source_ids("x/") == ["x/a.py", "x/b.py"]
            with pytest.raises(BadInput):
                view.degrees("sideways")

    # -- how it is --------------------------------------------------------------------------------------------

    def test_it_is_open_to_many_readers_and_one_writer(self, engine: Engine) -> None:
        engine.insert_custom_kg(field())
        torn: list[int] = []

        def write(at: int) -> None:
            engine.insert_custom_kg(body(entities=[entity(f"e{at}.{n}", source_id=f"f{at}.py") for n in range(5)]))

        def look() -> None:
            for _ in range(10):
                with engine.view() as view:
                    torn.append((len(view.labels()) - 3) % 5)

        threads = [threading.Thread(target=write, args=(at,)) for at in range(4)]
        threads += [threading.Thread(target=look) for _ in range(2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert set(torn) == {0}
        assert engine.stats().symbols == 23

    def test_what_was_inserted_is_there_when_it_is_opened_again(self, make_engine: MakeEngine) -> None:
        engine = make_engine("kept")
        engine.insert_custom_kg(field())
        whole = self.dump(engine)
        engine.close()
        again = make_engine("kept")
        assert self.dump(again) == whole
        again.verify()
        assert again.health().missing == ()
        assert again.memory() > 0
        again.close()
        with pytest.raises(StoreError):
            again.generation()

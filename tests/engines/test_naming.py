"""Names that are kept: the same as those read anew, and never older than the graph."""

from __future__ import annotations

import shutil
from pathlib import Path

from loomgraph.engines.custom_kg import decode
from loomgraph.engines.graphs import NativeGraph
from loomgraph.engines.native import NativeEngine
from loomgraph.engines.places import FilePlace
from loomgraph.engines.testing import field


def asked(view: NativeGraph) -> object:
    return view.labels(), view.labels(2), view.popular(), view.popular(1), view.search("LOG"), view.search(" ")


def test_kept_names_are_those_of_the_graph(tmp_path: Path) -> None:
    with NativeEngine(FilePlace(tmp_path / "graph.db"), create=True) as engine:
        for body in (field(), decode(b'{"entities": [{"entity_name": "Logbook.login"}]}')):
            engine.insert_custom_kg(body)
            for _ in range(2):
                with engine.view() as view, engine.read() as reader:
                    assert asked(view) == asked(NativeGraph(reader))
                    assert view.labels()
        before = engine.memory()
        with engine.view() as view:
            view.labels().clear()
            assert "Logbook.login" in view.labels()
            assert "Logbook.login" in view.search("LOGIN")
        assert engine.memory() == before
        engine.clear()
        with engine.view() as view:
            assert asked(view) == ([], [], [], [], [], [])


def test_another_graph_in_the_place_of_one_has_its_own_names(tmp_path: Path) -> None:
    for name in ("one", "other"):
        with NativeEngine(FilePlace(tmp_path / name / "graph.db"), create=True) as engine:
            engine.insert_custom_kg(decode(f'{{"entities": [{{"entity_name": "{name}"}}]}}'.encode()))
    with NativeEngine(FilePlace(tmp_path / "one" / "graph.db")) as engine:
        with engine.view() as view:
            assert view.search("o") == ["one"]
        shutil.rmtree(tmp_path / "one")
        (tmp_path / "other").rename(tmp_path / "one")
        with engine.view() as view:
            assert view.search("o") == ["other"]

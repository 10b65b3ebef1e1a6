"""A project at a glance, and how fresh its graph is."""

from __future__ import annotations

import json
import os
from collections import defaultdict
from pathlib import Path

import pytest

from loomgraph.service import Service
from loomgraph.settings import load

FILES = {
    "README.md": "# Shop\n\n" + "It sells things.\n" * 60 + "\n## Install\n\n" + "With pip.\n" * 60,
    "shop/__init__.py": "",
    "shop/__main__.py": "from shop.web import make_app\n\n\ndef main():\n    make_app()\n\n\nmain()\n",
    "shop/web/__init__.py": "import flask\n\nfrom shop.core.price import Price\n\n\n"
    "def make_app():\n    app = flask.Flask('shop')\n    Price(1).total()\n    return app\n",
    "shop/web/cart.py": "from shop.core.price import Price\n\n\ndef add():\n    return Price(2).total()\n",
    "shop/core/__init__.py": "",
    "shop/core/price.py": "class Price:\n    def __init__(self, n):\n        self.n = n\n\n"
    "    def total(self):\n        return self._one()\n\n    def _one(self):\n        return 1\n",
    "tests/test_price.py": "from shop.core.price import Price\n\n\n"
    "def test_one():\n    assert Price(1)._one()\n    assert Price(2)._one()\n",
}


@pytest.fixture
def root(tmp_path: Path) -> Path:
    for name, text in FILES.items():
        path = tmp_path / "code" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        os.utime(path, (1_000_000_000, 1_000_000_000))
    return tmp_path / "code"


@pytest.fixture
def service(root: Path, tmp_path: Path) -> Service:
    made = Service(load({"LOOMGRAPH_DATA_DIR": str(tmp_path / "data"), "HOME": str(tmp_path)}), root)
    made.index(str(root), project="shop")
    return made


def test_an_overview_says_what_a_project_is(service: Service) -> None:
    found = service.overview()
    assert (found.project, found.test_files) == ("shop", 1)
    assert [one.language for one in found.languages] == ["markdown", "python"]
    assert found.lines == sum(one.lines for one in found.languages)
    # shop holds most files and is looked into; its own files stand beside the folders of the root
    assert {one.path: one.files for one in found.folders} == {"shop": 2, "shop/core": 2, "shop/web": 2, "": 1}
    assert [one.id for one in found.entry_points] == ["shop/__main__.py::main", "shop/web/__init__.py::make_app"]
    assert [(one.name, one.area) for one in found.frameworks] == [("Flask", "web")]
    assert [(one.line, one.heading) for one in found.headings] == [(1, "Shop"), (64, "Shop > Install")]


def test_what_is_central_is_used_by_other_files_that_are_no_tests(service: Service) -> None:
    users = {one.symbol.id: one.users for one in service.overview().central}
    assert users["shop/core/price.py::Price.total"] == 2
    assert "shop/core/price.py::Price._one" not in users  # used by its own file, and by a test
    (core,) = [one for one in service.overview().folders if one.path == "shop/core"]
    assert core.central[0].users == max(users.values())


def test_an_overview_is_the_same_each_time(service: Service) -> None:
    first = service.plain(service.overview())
    service.index(str(service.here), rebuild=True)
    assert service.plain(service.overview()) == first


def test_an_overview_of_a_graph_without_code(service: Service, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "empty" / "x.py").write_text("")
    service.index(str(tmp_path / "empty"), project="empty")
    found = service.overview(project="empty")
    assert (found.central, found.entry_points, found.frameworks) == ((), (), ())
    assert [one.path for one in found.folders] == [""]


def test_a_graph_is_fresh_until_a_file_changes(service: Service, root: Path) -> None:
    status = service.index_status()
    assert (status.checked, status.fresh, status.files) == (True, True, ())
    assert status.project.symbols > 0
    (root / "shop" / "core" / "price.py").write_text("class Price: ...\n")
    (root / "shop" / "new.py").write_text("x = 1\n")
    (root / "shop" / "web" / "cart.py").unlink()
    status = service.index_status()
    assert (status.fresh, status.added, status.changed, status.deleted) == (False, 1, 1, 1)
    assert status.files == ("shop/core/price.py", "shop/new.py", "shop/web/cart.py")
    service.index(str(root))
    assert service.index_status().fresh


def test_a_file_written_again_with_the_same_bytes_leaves_the_graph_fresh(service: Service, root: Path) -> None:
    path = root / "shop" / "core" / "price.py"
    path.write_bytes(path.read_bytes())
    assert service.index_status().fresh


def test_a_graph_whose_folder_is_gone_cannot_be_checked(service: Service, root: Path) -> None:
    root.rename(root.with_name("moved"))
    status = service.index_status(project="shop")
    assert (status.checked, status.fresh) == (False, False)


def test_what_an_older_version_has_read_is_said(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    import loomgraph.service.status as status

    monkeypatch.setattr(status, "rules_versions", lambda languages: defaultdict(lambda: "newer"))
    found = service.index_status()
    assert (found.fresh, found.outdated, found.changed, found.files) == (False, len(FILES), 0, ())


def test_an_inserted_graph_has_an_overview_too(service: Service) -> None:
    relations = [{"src_id": f"user{n}", "tgt_id": "hub", "description": "x", "keywords": "calls"} for n in range(3)]
    entities = [{"entity_name": "hub", "entity_type": "function", "source_id": "src/hub.py"}]
    service.insert_custom_kg("given", json.dumps({"entities": entities, "relationships": relations}).encode())
    found = service.overview(project="given")
    assert [(one.symbol.id, one.users) for one in found.central] == [("hub", 3)]
    assert [one.path for one in found.folders] == ["src"]
    assert found.languages == ()

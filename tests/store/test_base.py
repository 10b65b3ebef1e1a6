"""The names in ids."""

from __future__ import annotations

import pytest

from loomgraph.model import SymbolKind
from loomgraph.store.base import external_symbol, last_name


@pytest.mark.parametrize(
    ("symbol_id", "name"),
    [
        ("a/b.py", "b.py"),
        ("a/b.py::f", "f"),
        ("a/b.py::C.m~2", "m"),
        ("a/b.py::C~2.m", "m"),
        ("n.cpp::Node.~Node", "~Node"),
        ("n.ts::Node.#index", "#index"),
        ("odd::path.py::C.m", "m"),
        ("external:requests.get", "get"),
        ("external:net/http.Get", "Get"),
        ("external:@scope/package", "package"),
        ("external:", "external"),
    ],
)
def test_last_name(symbol_id: str, name: str) -> None:
    assert last_name(symbol_id) == name


def test_an_external_symbol_is_all_in_its_id() -> None:
    symbol = external_symbol("external:os.path.join")
    assert (symbol.kind, symbol.name, symbol.file, symbol.line) == (SymbolKind.EXTERNAL, "join", "", 0)
    assert symbol.qualified_name == ""

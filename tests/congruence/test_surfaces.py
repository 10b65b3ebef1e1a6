"""The same question by the command line, by HTTP and by MCP: the same symbols in the same order.

One table of questions, each put to all three as a user of each would put it: a process of the command, a request to the
server that `loomgraph serve` runs, a call of the SDK's client to /mcp of that server.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import anyio
import httpx
import pytest
from mcp import Client

SHOP = Path(__file__).resolve().parents[2] / "docs" / "examples" / "shop"
RUN = [sys.executable, "-c", "from loomgraph.cli import main; main()"]
_URL = re.compile(r"listens at (http://[^\s\"]+)")


@dataclass(frozen=True)
class Question:
    """A question: as a command, as a request, as a call of a tool; and where each answer names its symbols."""

    command: list[str]
    request: tuple[str, str, dict[str, Any]]
    tool: tuple[str, dict[str, Any]]
    cli: str
    mcp: str = "id"


def structure(name: str, symbol: str, depth: int, *kinds: str) -> Question:
    kinds = kinds or ("CALLS",)
    flags = [part for kind in kinds for part in ("--kind", kind)]
    return Question(
        [name, symbol, "--depth", str(depth), *flags],
        ("GET", f"/{name}", {"symbol": symbol, "depth": depth, "kind": list(kinds)}),
        (name, {"symbol": symbol, "depth": depth, "kinds": list(kinds)}),
        "hops.symbol.id",
    )


def words(name: str, text: str, top: int = 10) -> Question:
    cli = "results.file" if name == "search" else "entities.symbol.id"
    argument = "query" if name == "search" else "question"
    return Question(
        [name, text, "--top", str(top)],
        ("POST", f"/{name}", {"query": text, "top": top}),
        (name, {argument: text, "top": top, "max_tokens": 50_000}),
        cli,
        "file" if name == "search" else "entity",
    )


QUESTIONS = [
    structure("callers", "Price.with_tax", 1),
    structure("callers", "Price.with_tax", 3),
    structure("callers", "Price", 2, "CALLS", "REFERENCES", "INHERITS"),
    structure("callers", "shop/prices.py:4", 1),
    structure("callees", "Cart.total", 1),
    structure("callees", "checkout", 3),
    structure("callees", "shop/cart.py::Cart", 2),
    Question(
        ["path", "checkout", "Price.with_tax"],
        ("GET", "/path", {"source": "checkout", "target": "Price.with_tax"}),
        ("path", {"source": "checkout", "target": "Price.with_tax"}), "symbols.id",
    ),
    Question(
        ["path", "Price.with_tax", "checkout"],
        ("GET", "/path", {"source": "Price.with_tax", "target": "checkout"}),
        ("path", {"source": "Price.with_tax", "target": "checkout"}), "symbols.id",
    ),
    Question(
        ["impact", "--symbol", "Price.with_tax", "--depth", "4"],
        ("POST", "/impact", {"symbols": ["Price.with_tax"], "depth": 4}),
        ("impact", {"symbols": ["Price.with_tax"], "depth": 4, "max_tokens": 50_000}), "affected.symbol.id",
    ),
    Question(
        ["impact", "shop/prices.py"], ("POST", "/impact", {"files": ["shop/prices.py"]}),
        ("impact", {"files": ["shop/prices.py"], "max_tokens": 50_000}), "affected.symbol.id",
    ),
    Question(
        ["show", "Cart"], ("GET", "/symbols/Cart", {}), ("show_symbol", {"symbol": "Cart"}), "members.id", "holds",
    ),
    Question(["overview"], ("GET", "/overview", {}), ("overview", {}), "central.symbol.id", "central"),
    words("search", "total of a cart"),
    words("search", "with_tax", 3),
    words("search", "where are prices parsed"),
    words("ask", "how is the total of a cart computed"),
    words("ask", "who calls Price.with_tax"),
    words("ask", "what inherits from Price"),
]  # fmt: skip
MISSES = [
    (["callers", "with_taxx"], ("GET", "/callers", {"symbol": "with_taxx"}), ("callers", {"symbol": "with_taxx"})),
    (["callers", "with_tax"], ("GET", "/callers", {"symbol": "with_tax"}), ("callers", {"symbol": "with_tax"})),
    (["search", "!?"], ("POST", "/search", {"query": "!?"}), ("search", {"query": "!?"})),
    (["callers", "Price", "--kind", "BAKES"], ("GET", "/callers", {"symbol": "Price", "kind": "BAKES"}),
     ("callers", {"symbol": "Price", "kinds": ["BAKES"]})),
]  # fmt: skip


def picked(plain: Any, path: str) -> list[Any]:
    """The values at a dotted path, through lists, in order."""
    found = [plain]
    for name in path.split("."):
        found = [item[name] for item in found]
        found = [inner for item in found for inner in (item if isinstance(item, list) else [item])]
    return found


@dataclass(frozen=True)
class Surfaces:
    """The three ways in."""

    folder: Path
    environment: dict[str, str]
    url: str
    said: dict[str, Any] = field(default_factory=dict)

    def cli(self, arguments: list[str]) -> Any:
        """What the command says; each runs once."""
        key = json.dumps(arguments)
        if key not in self.said:
            self.said[key] = self._run(arguments)
        return self.said[key]

    def _run(self, arguments: list[str]) -> Any:
        done = subprocess.run(
            [*RUN, *arguments, "--json"], cwd=self.folder, env=self.environment, capture_output=True, text=True,
            timeout=120, check=False,
        )  # fmt: skip
        return json.loads(done.stdout)

    def http(self, method: str, path: str, data: dict[str, Any]) -> Any:
        options: dict[str, Any] = {"params": data} if method == "GET" else {"json": data}
        with httpx.Client(timeout=60, trust_env=False) as http:
            return http.request(method, f"{self.url}/api/v1/projects/shop{path}", **options).json()

    def mcp(self, name: str, arguments: dict[str, Any]) -> Any:
        async def main() -> Any:
            async with Client(f"{self.url}/mcp") as client:
                return (await client.call_tool(name, {**arguments, "project": "shop"})).structured_content

        return anyio.run(main)


@pytest.fixture(scope="session")
def surfaces(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Surfaces]:
    base = tmp_path_factory.mktemp("congruence")
    folder = base / "shop"
    shutil.copytree(SHOP, folder, ignore=shutil.ignore_patterns("__pycache__"))
    kept = {key: value for key, value in os.environ.items() if not key.startswith(("LOOMGRAPH_", "LIGHTRAG_"))}
    environment = {**kept, "LOOMGRAPH_DATA_DIR": str(base / "data"), "HOME": str(base)}
    subprocess.run([*RUN, "index", "--project", "shop"], cwd=folder, env=environment, check=True, capture_output=True)
    with (base / "log").open("w") as log, serving(folder, environment, log, base / "log") as url:
        yield Surfaces(folder, environment, url)


@contextlib.contextmanager
def serving(folder: Path, environment: dict[str, str], log: Any, place: Path) -> Iterator[str]:
    process = subprocess.Popen([*RUN, "serve", "--port", "0"], cwd=folder, env=environment, stdout=log, stderr=log)
    try:
        for _ in range(1200):
            found = _URL.search(place.read_text())
            if found:
                break
            assert process.poll() is None, place.read_text()
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(0.05)
        else:
            raise AssertionError(place.read_text())
        yield found[1].rstrip("/")
    finally:
        process.terminate()
        process.wait(30)


def symbols(items: list[dict[str, Any]], where: str) -> list[str]:
    """What the items of a tool's answer name."""
    if where == "entity":  # symbols of an answer in words: those that are neither reached nor quoted
        return [item["id"] for item in items if "id" in item and "signature" in item]
    found = [item[where] for item in items if where in item]
    return [one["id"] if isinstance(one, dict) else one for one in found]


@pytest.mark.parametrize("question", QUESTIONS, ids=lambda question: " ".join(question.command))
def test_the_same_symbols_in_the_same_order(surfaces: Surfaces, question: Question) -> None:
    by_cli = surfaces.cli(question.command)
    expected = picked(by_cli, question.cli)
    assert surfaces.http(*question.request) == by_cli
    found = surfaces.mcp(*question.tool)
    assert found["cut"] is None
    assert symbols(found["items"], question.mcp) == expected


def test_the_table_has_answers(surfaces: Surfaces) -> None:
    """Three surfaces that agree on nothing would prove nothing."""
    empty = [q.command for q in QUESTIONS if not picked(surfaces.cli(q.command), q.cli)]
    assert empty == [["path", "Price.with_tax", "checkout"]]


@pytest.mark.parametrize(("command", "request_", "tool"), MISSES, ids=[" ".join(one[0]) for one in MISSES])
def test_the_same_errors(surfaces: Surfaces, command: list[str], request_: Any, tool: Any) -> None:
    by_cli = surfaces.cli(command)["error"]
    by_http, by_mcp = surfaces.http(*request_)["error"], surfaces.mcp(*tool)["error"]
    assert by_cli["code"] == by_http["code"] == by_mcp["code"]
    assert by_cli["message"] == by_http["message"] == by_mcp["message"]

"""The same questions on SQLite and on PostgreSQL: the same answers in the same order, to the last letter.

Two real code bases, each indexed into both (not copied): this program's own part for questions, and click.
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import click
import pytest

from loomgraph.service import Service
from loomgraph.service.retrieval import Wish
from loomgraph.settings import Settings, StoringSettings
from loomgraph.settings.values import Address

CODE = {
    "own": Path(__file__).resolve().parents[2] / "src" / "loomgraph" / "retrieve",
    "click": Path(click.__file__).parent,
}
SYMBOLS = {"own": ("Warm.open", "Answerer.ask", "Searcher"), "click": ("Context.invoke", "echo", "Parameter", "Group")}
WORDS = {
    "own": (
        "how are scores of signals fused",
        "citations that were not in the context",
        "vector file",
        "budget of tokens",
    ),
    "click": (
        "how is an option parsed",
        "completion of shells",
        "colour is stripped",
        "callback of a parameter",
        "prompt",
    ),
}
FORMATS = ("jsonl", "edges", "graphml", "custom-kg")


@pytest.fixture(scope="module", params=["postgres_plain", "postgres_vector"])
def both(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Service, Service]]:
    """The service on files, and on a database, with the same code indexed."""
    folder = tmp_path_factory.mktemp("stores")
    with contextlib.ExitStack() as stack:
        url = stack.enter_context(request.getfixturevalue(request.param).database())
        stores = (StoringSettings(), StoringSettings(store=Address(url)))
        services = []
        for at, storing in enumerate(stores):
            service = Service(replace(Settings(data_dir=folder / str(at)), storing=storing), folder)
            stack.callback(service.close)
            for name, root in CODE.items():
                service.index(str(root), project=name, jobs=1)
            services.append(service)
        yield services[0], services[1]


def structure(service: Service, name: str) -> Iterator[tuple[str, object]]:
    for symbol in SYMBOLS[name]:
        yield f"show {symbol}", service.show(symbol, project=name)
        yield f"callers {symbol}", service.callers(symbol, project=name, depth=3)
        yield f"callees {symbol}", service.callees(symbol, project=name, depth=2)
        yield f"find {symbol}", service.find(symbol.rpartition(".")[2][:4], project=name)
    yield "hierarchy", service.hierarchy(SYMBOLS[name][-1], project=name)
    yield "cycles", service.cycles(project=name)
    yield "unused", service.unused(project=name)
    yield "stats", service.stats(project=name)
    yield "overview", service.overview(project=name)
    first, second = SYMBOLS[name][:2]
    yield "path", service.path(first, second, project=name)


def retrieval(service: Service, name: str) -> Iterator[tuple[str, object]]:
    for text in WORDS[name]:
        yield f"search {text}", service.search(text, projects=[name], wish=Wish(top=20))
        yield f"ask {text}", service.ask(text, projects=[name], wish=Wish(top=10))


def _without_moments(plain: Any) -> Any:
    """An answer without what says when and where it was made."""
    if isinstance(plain, dict):
        return {
            key: _without_moments(value)
            for key, value in plain.items()
            if key not in ("indexed", "created", "seconds", "place", "graph", "bytes", "generation", "changed")
        }
    return [_without_moments(one) for one in plain] if isinstance(plain, list) else plain


@pytest.mark.parametrize("name", CODE)
@pytest.mark.parametrize("questions", [structure, retrieval])
def test_answers_are_the_same(
    both: tuple[Service, Service], name: str, questions: Callable[[Service, str], Iterator[tuple[str, object]]]
) -> None:
    answers = [
        {label: _without_moments(service.plain(answer)) for label, answer in questions(service, name)}
        for service in both
    ]
    assert answers[0].keys() == answers[1].keys()
    for label, answer in answers[0].items():
        assert json.dumps(answer) == json.dumps(answers[1][label]), label
    assert len(json.dumps(answers[0])) > 5_000


@pytest.mark.parametrize("name", CODE)
@pytest.mark.parametrize("form", FORMATS)
def test_exports_are_the_same(both: tuple[Service, Service], name: str, form: str) -> None:
    texts = []
    for service in both:
        with service.export(form, project=name, externals=True) as lines:
            texts.append("".join(lines))
    assert texts[0] == texts[1]
    assert len(texts[0]) > 10_000

"""Questions that threads of a process ask at once: those that only reckon take turns, nobody waits for any other."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from loomgraph import settings
from loomgraph.retrieve.answering import Answerer
from loomgraph.service import Service
from tests.model_server import ModelServer


def service_of(home: Path, **more: str) -> Service:
    for name in ("a", "b"):
        (home / name).mkdir()
        (home / name / "cart.py").write_text("def total(cart):\n    return sum(cart)\n")
    given = {"HOME": str(home), "LOOMGRAPH_DATA_DIR": str(home / "data"), "LOOMGRAPH_JOBS": "1", **more}
    service = Service(settings.load(given), home)
    for name in ("a", "b"):
        service.index(name, project=name)
    return service


def patched(monkeypatch: pytest.MonkeyPatch, before: Callable[[], object]) -> None:
    """Has something done while each question is answered."""
    for name in ("ask", "search"):
        real = getattr(Answerer, name)

        def slow(self: Answerer, *given: Any, real: Callable[..., Any] = real, **named: Any) -> Any:
            before()
            return real(self, *given, **named)

        monkeypatch.setattr(Answerer, name, slow)


def together(service: Service, projects: Sequence[str], threads: int) -> list[int]:
    """How many symbols each of some questions found that were asked at once."""

    def one(number: int) -> int:
        if number % 2:
            return len(service.search("total of a cart", projects=projects).results)
        return len(service.ask("total of a cart", projects=projects).entities)

    with ThreadPoolExecutor(threads) as pool:
        return list(pool.map(one, range(threads)))


def test_questions_that_only_reckon_take_turns(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    service = service_of(tmp_path)
    others, alone = threading.Semaphore(1), []

    def before() -> None:
        alone.append(others.acquire(blocking=False))
        threading.Event().wait(0.02)  # time for the others to come
        others.release()

    patched(monkeypatch, before)
    found = together(service, ["a"], 4)
    assert alone == [True] * 4
    assert all(found)


def test_questions_to_several_projects_hold_nobody_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    service = service_of(tmp_path)
    meeting = threading.Barrier(2, timeout=20)
    patched(monkeypatch, meeting.wait)
    assert all(together(service, ["a", "b"], 2))


def test_questions_that_wait_for_a_model_hold_nobody_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with ModelServer() as server:
        service = service_of(
            tmp_path, EMBEDDING_BINDING="openai", EMBEDDING_BINDING_HOST=server.url, EMBEDDING_MODEL="jina"
        )
        meeting = threading.Barrier(2, timeout=20)
        patched(monkeypatch, meeting.wait)
        assert all(together(service, ["a"], 2))

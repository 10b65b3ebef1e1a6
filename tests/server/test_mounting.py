"""What is mounted costs nothing until it is asked for, is made once, and ends with whom it is mounted on."""

from __future__ import annotations

import asyncio
import contextlib
import subprocess
import sys
from collections.abc import AsyncIterator, Callable

import httpx
import pytest
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from loomgraph.server.mounting import Later


@pytest.fixture
def told() -> list[str]:
    return []


@pytest.fixture
def make(told: list[str]) -> Callable[[], Starlette]:
    async def answer(request):
        return PlainTextResponse(request.method)

    @contextlib.asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        async with asyncio.TaskGroup():  # which only the task that entered it may leave
            told.append("begun")
            yield
            told.append("ended")

    def made() -> Starlette:
        told.append("made")
        return Starlette(routes=[Route("/inner", answer, methods=["GET", "POST"])], lifespan=lifespan)

    return made


@contextlib.asynccontextmanager
async def asking(later: Later) -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(Starlette(routes=[later.route]))
    async with later.lifespan(), httpx.AsyncClient(transport=transport, base_url="http://test") as client:
        yield client


def test_who_is_not_asked_is_not_made(make, told):
    async def run() -> None:
        async with asking(Later("/inner", make)) as client:
            assert (await client.get("/other")).status_code == 404

    asyncio.run(run())
    assert told == []


def test_many_who_ask_first_make_one(make, told):
    async def run() -> None:
        async with asking(Later("/inner", make)) as client:
            answers = await asyncio.gather(*(client.post("/inner") for _ in range(5)))
            assert [one.text for one in answers] == ["POST"] * 5
            assert told == ["made", "begun"]

    asyncio.run(run())
    assert told == ["made", "begun", "ended"]


def test_one_that_cannot_be_made_says_so_to_all_who_ask():
    def broken() -> Starlette:
        raise OSError("no such application")

    async def run() -> None:
        async with asking(Later("/inner", broken)) as client:
            for _ in range(2):
                with pytest.raises(OSError, match="no such application"):
                    await client.get("/inner")

    asyncio.run(run())


def test_a_server_that_nobody_has_asked_holds_no_agents_no_numbers_and_no_models(tmp_path):
    script = (
        "import sys\n"
        "from loomgraph.cli.serving import mcp_routes\n"
        "from loomgraph.server.app import create_app\n"
        "from loomgraph.server.mounting import Mount\n"
        "from loomgraph.settings import load\n"
        "create_app(load(), mounts=[Mount('/mcp', mcp_routes)])\n"
        "print({'mcp', 'numpy', 'httpx', 'tokenizers', 'wordllama'} & set(sys.modules))"
    )
    environment = {"LOOMGRAPH_DATA_DIR": str(tmp_path), "HOME": str(tmp_path)}
    run = subprocess.run([sys.executable, "-c", script], env=environment, capture_output=True, text=True, timeout=120)
    assert run.stdout.strip() == "set()", run.stderr

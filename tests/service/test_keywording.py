"""Keywords from the language model: searched by where they are set, done without where it says something else."""

from __future__ import annotations

from pathlib import Path

import pytest

from loomgraph import settings
from loomgraph.llm.openai import OpenAiChat
from loomgraph.service import Service, wording
from loomgraph.service.keywording import keywords_of
from loomgraph.settings import LlmSettings
from tests.model_server import ModelServer, Reply, refusal, stream

SAID = '```json\n{"high_level": ["taxes", "taxes", 7], "low_level": ["with_tax", ""]}\n```'


def service_of(home: Path, server: ModelServer, **more: str) -> Service:
    (home / "src").mkdir(exist_ok=True)
    (home / "src" / "price.py").write_text("def with_tax(price):\n    return price * 2\n")
    given = {"HOME": str(home), "LLM_BINDING_HOST": server.url, "LLM_MODEL": "glm", "LOOMGRAPH_LLM_KEYWORDS": "true"}
    return Service(settings.load({**given, **more}), home / "src")


@pytest.mark.parametrize(
    ("reply", "found"),
    [
        (stream(SAID[:20], SAID[20:]), (("taxes",), ("with_tax",))),
        (stream("I know none."), ((), ())),
        (stream('{"high_level": "taxes"}'), ((), ())),
        (refusal(401, "no"), ((), ())),
    ],
)
def test_what_a_model_says_becomes_keywords(reply: Reply, found: tuple[tuple[str, ...], tuple[str, ...]]) -> None:
    with ModelServer(reply) as server:
        chat = OpenAiChat(LlmSettings(host=server.url, model="m"))
        assert keywords_of(chat, "how are taxes added") == found
        chat.close()


def test_a_question_is_searched_by_them(tmp_path: Path) -> None:
    with ModelServer(stream(SAID), stream("It doubles [1].")) as server:
        service = service_of(tmp_path, server)
        service.index(".")
        found = service.query("comment calcule-t-on la TVA", wording.params({}), "src")
        assert found["response"].startswith("It doubles")
        assert len(server.asked) == 2
        service.query("TVA", wording.params({"ll_keywords": ["with_tax"]}), "src")
        assert len(server.asked) == 3  # the client's own are enough
    with ModelServer(stream("It doubles [1].")) as server:
        service_of(tmp_path, server, LOOMGRAPH_LLM_KEYWORDS="false").query("tax", wording.params({}), "src")
        assert len(server.asked) == 1

"""Made-up requests for every operation of the OpenAPI document: none may make the server fail.

``LOOMGRAPH_FUZZ=200 pytest tests/server/test_fuzz.py`` tries two hundred examples an operation; the suite a few.
"""

from __future__ import annotations

import os
from collections.abc import Iterator

import httpx
import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings

from tests.server.conftest import Running, running
from tests.server.kgs import SHOP

schemathesis.serializer("application/x-ndjson")(lambda _ctx, value: str(value).encode("utf-8", "replace"))
EXAMPLES = int(os.environ.get("LOOMGRAPH_FUZZ", "2"))


@pytest.fixture(scope="module")
def fuzzed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with running(tmp_path_factory.mktemp("fuzz") / "data", "--log-level", "warning") as found:
        answer = httpx.post(f"{found.url}/p/shop/insert_custom_kg", json=SHOP, timeout=30, trust_env=False)
        assert answer.status_code == 200
        yield found


def test_no_request_makes_the_server_fail(fuzzed: Running) -> None:
    schema = schemathesis.openapi.from_url(f"{fuzzed.url}/openapi.json")
    operations = [found.ok() for found in schema.get_all_operations()]
    assert len(operations) > 90
    failed: list[str] = []
    with fuzzed.client() as client:
        for operation in operations:
            failed += _tried(operation, client)
    assert not failed, (failed[:10], fuzzed.said()[-5000:])
    assert "traceback" not in fuzzed.said()


def _tried(operation: schemathesis.APIOperation, client: httpx.Client) -> list[str]:
    failed: list[str] = []

    @settings(
        max_examples=EXAMPLES, deadline=None, database=None, phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    @given(case=operation.as_strategy())
    def ask(case: schemathesis.Case) -> None:
        if "project" in case.path_parameters:
            case.path_parameters["project"] = "shop"  # so that most get past the door
        answer = case.call(session=None, timeout=20)
        if answer.status_code >= 500:
            failed.append(f"{case.method} {case.formatted_path}: {answer.status_code} {str(case.body)[:300]}")

    ask()
    return failed

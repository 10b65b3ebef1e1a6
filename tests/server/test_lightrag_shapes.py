"""Our routes against the OpenAPI document of LightRAG 1.5.7 itself, route by route: paths, parameters, bodies, answers.

The document comes from LightRAG's own environment (``make lightrag``); without it these tests are skipped.
"""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI

from loomgraph import settings
from loomgraph.server.app import make_api

ROOT = Path(__file__).resolve().parent.parent.parent
THEIR_PYTHON = ROOT / ".venv-lightrag" / "bin" / "python"
Document = dict[str, Any]

# What LightRAG has and this server has not, and why.
NOT_SERVED = {
    "/documents": "text is not indexed here, code is",
    "/ui": "another page",
    "/auth/verify": "no accounts",
    "/login": "no accounts",
}
# Differences that are meant: (method, path, what).
MEANT = {
    ("GET", "/graph/entity/exists", "name"): "the fork's clients say entity_name instead, so neither is required",
}
_NOISE = {"description", "title", "example", "examples", "default"}


@pytest.fixture(scope="module")
def theirs() -> Document:
    if not THEIR_PYTHON.exists():
        pytest.skip("LightRAG is not installed beside the project: make lightrag")
    script = Path(__file__).parent / "dump_lightrag.py"
    done = subprocess.run([THEIR_PYTHON, script], capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 0, done.stderr[-2000:]
    document: Document = json.loads(done.stdout)
    return document


@pytest.fixture(scope="module")
def ours(tmp_path_factory: pytest.TempPathFactory) -> Document:
    data = tmp_path_factory.mktemp("data")
    app, parts = make_api(settings.load({"LOOMGRAPH_DATA_DIR": str(data), "HOME": str(data)}))
    assert isinstance(app, FastAPI)
    try:
        return app.openapi()
    finally:
        parts.close()


def operations(document: Document) -> dict[tuple[str, str], Document]:
    return {
        (method.upper(), path): operation
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
    }


def resolved(document: Document, schema: Any) -> Any:
    """A schema with its references followed and what only people read left out."""
    if isinstance(schema, list):
        return [resolved(document, one) for one in schema]
    if not isinstance(schema, dict):
        return schema
    if "$ref" in schema:
        found: Any = document
        for part in schema["$ref"].removeprefix("#/").split("/"):
            found = found[part]
        return resolved(document, {**found, **{key: one for key, one in schema.items() if key != "$ref"}})
    plain = {}
    for key, value in schema.items():
        if key == "properties":
            plain[key] = {name: resolved(document, one) for name, one in value.items()}
        elif key not in _NOISE:
            plain[key] = resolved(document, value)
    return plain


def kinds(schema: Document) -> set[str]:
    """The types that a field may have."""
    if "anyOf" in schema:
        return set().union(*(kinds(one) for one in schema["anyOf"]))
    if "enum" in schema and "type" not in schema:
        return {"string"}
    return {str(schema.get("type", "any"))}


def served(theirs: Document) -> list[tuple[str, str]]:
    return [key for key in operations(theirs) if key[1] != "/" and not key[1].startswith(tuple(NOT_SERVED))]


def body(document: Document, operation: Document) -> Document:
    content = operation.get("requestBody", {}).get("content", {})
    schema: Document = resolved(document, content.get("application/json", {}).get("schema", {}))
    return schema


def answer(document: Document, operation: Document) -> Document:
    content = operation["responses"].get("200", {}).get("content", {})
    schema: Document = resolved(document, content.get("application/json", {}).get("schema", {}))
    return schema


def test_every_route_is_served_or_left_out_for_a_reason(theirs: Document, ours: Document) -> None:
    missing = [key for key in served(theirs) if key not in operations(ours)]
    assert not missing
    assert len(served(theirs)) >= 20
    below = "/api/v1/projects/{project}"
    for method, path in served(theirs):
        if path not in ("/auth-status", "/health"):
            assert (method, below + path) in operations(ours)


def test_parameters_are_theirs(theirs: Document, ours: Document) -> None:
    mine = operations(ours)
    for key in served(theirs):
        given = {one["name"]: one for one in mine[key].get("parameters", [])}
        for wanted in operations(theirs)[key].get("parameters", []):
            name = wanted["name"]
            if name == "api_key_header_value":  # how their framework shows a header
                continue
            assert name in given, (key, name)
            found = given[name]
            assert found["in"] == wanted["in"]
            if (*key, name) not in MEANT:
                assert found.get("required", False) == wanted.get("required", False), (key, name)
            assert kinds(resolved(theirs, wanted["schema"])) <= kinds(resolved(ours, found["schema"])), (key, name)
            for limit in ("minimum", "maximum", "default"):
                if limit in wanted["schema"]:
                    assert found["schema"].get(limit) == wanted["schema"][limit], (key, name, limit)


def test_bodies_take_what_theirs_take(theirs: Document, ours: Document) -> None:
    compared = 0
    for key in served(theirs):
        wanted = body(theirs, operations(theirs)[key])
        if not wanted:
            continue
        found = body(ours, operations(ours)[key])
        assert set(found.get("required", ())) == set(wanted.get("required", ())), key
        for name, schema in wanted["properties"].items():
            assert name in found["properties"], (key, name)
            assert kinds(schema) <= kinds(found["properties"][name]), (key, name)
            assert set(schema.get("enum", ())) <= set(found["properties"][name].get("enum", schema.get("enum", ())))
            compared += 1
    assert compared > 30


def test_limits_of_a_question_are_theirs(theirs: Document, ours: Document) -> None:
    key = ("POST", "/query")
    wanted, found = (body(one, operations(one)[key])["properties"] for one in (theirs, ours))
    for name in ("query", "top_k", "chunk_top_k", "max_entity_tokens", "max_relation_tokens", "max_total_tokens",
                 "hl_keywords", "ll_keywords", "user_prompt", "response_type"):  # fmt: skip
        assert _limits(found[name]) == _limits(wanted[name]), name


def _limits(schema: Document) -> set[tuple[str, float]]:
    inside = [schema, *schema.get("anyOf", [])]
    names = ("minimum", "maximum", "minLength", "maxLength", "minItems", "maxItems")
    return {(name, float(one[name])) for one in inside for name in names if name in one}


def test_answers_have_their_fields(theirs: Document, ours: Document) -> None:
    compared = 0
    for key in served(theirs):
        wanted = answer(theirs, operations(theirs)[key])
        if not wanted.get("properties"):
            continue
        found = answer(ours, operations(ours)[key])
        assert set(wanted.get("required", ())) <= set(found.get("required", ())), key
        for name, schema in wanted["properties"].items():
            assert name in found["properties"], (key, name)
            assert kinds(found["properties"][name]) - {"null"} <= kinds(schema), (key, name)
            compared += 1
    assert compared >= 12


def test_errors_of_validation_have_their_shape(theirs: Document, ours: Document) -> None:
    wanted = resolved(theirs, theirs["components"]["schemas"]["ValidationError"])
    place = resolved(ours, ours["components"]["schemas"]["Place"])
    assert set(wanted["required"]) <= set(place["properties"])
    detail = resolved(ours, ours["components"]["schemas"]["Failure"])["properties"]["detail"]
    assert kinds(detail) == {"string", "array"}

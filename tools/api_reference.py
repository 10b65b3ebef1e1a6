"""The reference of the HTTP API as Markdown, from the server's own OpenAPI document."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import Any

BELOW = "/api/v1/projects/{project}"
TITLES = {
    "projects": "Projects", "structure": "Structure", "query": "Questions", "sync": "Pushes", "jobs": "Jobs",
    "lightrag": "LightRAG's dialect", "ollama": "Ollama's routes", "openai": "OpenAI's routes", "server": "The server",
}  # fmt: skip
_KEYS = {"LIGHTRAG-WORKSPACE", "project"}


def document() -> dict[str, Any]:
    """The OpenAPI document of a server of this version."""
    from loomgraph import settings
    from loomgraph.server.app import make_api

    with tempfile.TemporaryDirectory() as folder:
        app, parts = make_api(settings.load({"LOOMGRAPH_DATA_DIR": str(Path(folder) / "data"), "HOME": folder}))
        try:
            found: dict[str, Any] = app.openapi()
            return found
        finally:
            parts.close()


def reference() -> str:
    """Every route by topic: what it does, what it takes, what it gives."""
    api = document()
    text = ""
    for tag, title in TITLES.items():
        routes = [
            (path, method, operation)
            for path, methods in api["paths"].items()
            for method, operation in methods.items()
            if _topic(operation) == tag and _shown(api, path)
        ]
        text += f"## {title}\n\n" + "".join(_route(api, *route) for route in routes)
    return text


def _topic(operation: dict[str, Any]) -> str:
    tags = operation.get("tags", [])
    return str(tags[-1] if tags else "server")


def _shown(api: dict[str, Any], path: str) -> bool:
    """A route that can be called in both ways is shown once: without the prefix."""
    short = path.removeprefix(BELOW)
    return not (path.startswith(BELOW) and short in api["paths"] and short != "")


def _route(api: dict[str, Any], path: str, method: str, operation: dict[str, Any]) -> str:
    both = BELOW + path in api["paths"]
    text = f"### {method.upper()} {path}\n\n{operation.get('description') or operation.get('summary', '')}\n\n"
    if both:
        text += f"Also `{method.upper()} {BELOW}{path}`.\n\n"
    rows = [_parameter(one) for one in operation.get("parameters", []) if one["name"] not in _KEYS]
    rows += _fields(api, operation)
    if rows:
        text += "| where | name | type | default | what it is |\n| --- | --- | --- | --- | --- |\n"
        text += "".join("| " + " | ".join(cell.replace("|", "\\|") for cell in row) + " |\n" for row in rows) + "\n"
    text += "".join(f"```json\n{one}\n```\n\n" for one in _examples(api, operation))
    gives = _answer(api, operation)
    return text + (f"Gives {gives}.\n\n" if gives else "")


def _parameter(one: dict[str, Any]) -> list[str]:
    name, schema = _name(one["name"], one.get("required", False)), one["schema"]
    return [one["in"], name, _type(schema), _default(schema), str(one.get("description", ""))]


def _fields(api: dict[str, Any], operation: dict[str, Any]) -> list[list[str]]:
    content = operation.get("requestBody", {}).get("content", {})
    schema = _resolved(api, next(iter(content.values()), {}).get("schema", {}))
    wanted = schema.get("required", ())
    return [
        [
            "body",
            _name(name, name in wanted),
            _type(_resolved(api, one)),
            _default(one),
            str(one.get("description", "")),
        ]
        for name, one in schema.get("properties", {}).items()
    ]


def _examples(api: dict[str, Any], operation: dict[str, Any]) -> list[str]:
    """Bodies, each on one line."""
    content = next(iter(operation.get("requestBody", {}).get("content", {}).values()), {})
    given = [content["example"]] if "example" in content else []
    given += _resolved(api, content.get("schema", {})).get("examples", [])
    return [one.rstrip() if isinstance(one, str) else json.dumps(one, ensure_ascii=False) for one in given]


def _answer(api: dict[str, Any], operation: dict[str, Any]) -> str:
    for status, answer in operation.get("responses", {}).items():
        for kind, content in answer.get("content", {}).items() if status.isdigit() else ():
            schema = _resolved(api, content.get("schema", {}))
            names = ", ".join(f"`{name}`" for name in schema.get("properties", {}))
            if names:
                return names
            if kind != "application/json":
                return f"`{kind}`"
    return ""


def _resolved(api: dict[str, Any], schema: dict[str, Any]) -> dict[str, Any]:
    reference_to = schema.get("$ref", "")
    if reference_to:
        found: dict[str, Any] = api["components"]["schemas"][reference_to.rpartition("/")[2]]
        return found
    return schema


def _name(name: str, required: bool) -> str:
    return f"`{name}`" + (" *" if required else "")


def _type(schema: dict[str, Any]) -> str:
    if "enum" in schema:
        return " or ".join(f"`{one}`" for one in schema["enum"] if one)
    if "anyOf" in schema:
        return " or ".join(dict.fromkeys(_type(one) for one in schema["anyOf"] if one.get("type") != "null"))
    if schema.get("type") == "array":
        return f"list of {_type(schema.get('items', {}))}"
    return str(schema.get("type") or schema.get("$ref", "any").rpartition("/")[2])


def _default(schema: dict[str, Any]) -> str:
    return "" if schema.get("default") in (None, "", []) else f"`{schema['default']}`"

"""The questions as requests: what is sent, how long it may take, whether it may be sent again, how to read the answer.

No input or output happens here; both clients send these. This module must not know how they are sent.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar
from urllib.parse import quote

import msgspec

from loomgraph.client import answers

Answer = TypeVar("Answer")
Kg = Mapping[str, Any] | bytes


@dataclass(frozen=True, slots=True)
class Limits:
    """How many seconds calls may take. ``commit`` is that of a push: an index of all in it."""

    insert: float = 300.0
    commit: float = 3600.0
    query: float = 60.0
    read: float = 30.0
    connect: float = 10.0


@dataclass(frozen=True, slots=True)
class Call(Generic[Answer]):
    """One request. ``again`` says that sending it twice does what sending it once does.

    ``limit`` names one of :class:`Limits`. ``root`` calls go to the server, others to a project.
    """

    method: str
    path: str
    read: Callable[[bytes], Answer]
    parameters: Sequence[tuple[str, str]] = ()
    body: bytes | None = None
    limit: str = "read"
    again: bool = True
    root: bool = False
    headers: Mapping[str, str] = field(default_factory=dict)


def _as(kind: type[Answer]) -> Callable[[bytes], Answer]:
    decoder = msgspec.json.Decoder(kind)
    return decoder.decode


def _get(path: str, kind: type[Answer], /, **parameters: Any) -> Call[Answer]:
    found: list[tuple[str, str]] = []
    for name, value in parameters.items():
        for one in value if isinstance(value, (list, tuple)) else [value]:
            if one is not None:
                found.append((name, str(one).lower() if isinstance(one, bool) else str(one)))
    return Call("GET", path, _as(kind), tuple(found))


def _post(path: str, kind: type[Answer], body: Any, **options: Any) -> Call[Answer]:
    return Call("POST", path, _as(kind), body=msgspec.json.encode(body), **options)


# -- LightRAG's dialect -------------------------------------------------------------------------------------------


class _Insertion(msgspec.Struct):
    details: answers.Inserted = answers.Inserted()


class _Deletion(msgspec.Struct):
    deleted: answers.Deleted = answers.Deleted()


def insert_custom_kg(kg: Kg) -> Call[answers.Inserted]:
    """Sent again when the connection breaks: the same body twice leaves the graph of once."""
    body = kg if isinstance(kg, bytes) else msgspec.json.encode({"custom_kg": kg})
    decode = _as(_Insertion)
    return Call("POST", "/insert_custom_kg", lambda data: decode(data).details, body=body, limit="insert")


def query(text: str, mode: str, options: Mapping[str, Any]) -> Call[answers.QueryAnswer]:
    return _post("/query", answers.QueryAnswer, {"query": text, "mode": mode, **options}, limit="query")


def stream(text: str, mode: str, options: Mapping[str, Any]) -> Call[answers.Piece]:
    body = {"query": text, "mode": mode, "stream": True, **options}
    return _post("/query/stream", answers.Piece, body, limit="query")


def data(text: str, mode: str, options: Mapping[str, Any]) -> Call[answers.QueryData]:
    return _post("/query/data", answers.QueryData, {"query": text, "mode": mode, **options}, limit="query")


def delete_by_source(source_ids: Sequence[str]) -> Call[answers.Deleted]:
    """Not sent again: the second answer would count nothing."""
    body, decode = msgspec.json.encode({"source_ids": list(source_ids)}), _as(_Deletion)
    return Call("DELETE", "/graph/by_source", lambda data: decode(data).deleted, body=body, again=False, limit="insert")


def health(root: bool = False) -> Call[answers.Health]:
    def read(body: bytes) -> answers.Health:
        plain = msgspec.json.decode(body, type=dict[str, Any])
        return answers.Health(str(plain.get("status", "")), "", plain)

    return Call("GET", "/health", read, root=root)


# -- structure, and questions in LoomGraph's words ------------------------------------------------------------------


def find(text: str, kinds: Sequence[str], limit: int) -> Call[answers.Found]:
    return _get("/symbols", answers.Found, q=text, kind=list(kinds), limit=limit)


def show(symbol: str, limit: int) -> Call[answers.Shown]:
    return _get(f"/symbols/{quote(symbol, safe='/:')}", answers.Shown, limit=limit)


def reached(
    path: str, symbol: str, depth: int, kinds: Sequence[str], overrides: bool, limit: int
) -> Call[answers.Reached]:  # fmt: skip
    return _get(path, answers.Reached, symbol=symbol, depth=depth, kind=list(kinds), widen=overrides, limit=limit)


def path(source: str, target: str, kinds: Sequence[str], overrides: bool) -> Call[answers.Route]:
    return _get("/path", answers.Route, source=source, target=target, kind=list(kinds), widen=overrides)


def impact(
    symbols: Sequence[str], files: Sequence[str], diff: str | None, depth: int, limit: int
) -> Call[answers.Impact]:  # fmt: skip
    body = {"symbols": list(symbols), "files": list(files), "diff": diff, "depth": depth, "limit": limit}
    return _post("/impact", answers.Impact, body)


def hierarchy(symbol: str, depth: int) -> Call[answers.Hierarchy]:
    return _get("/hierarchy", answers.Hierarchy, symbol=symbol, depth=depth)


def search(text: str, mode: str, top: int, options: Mapping[str, Any]) -> Call[answers.Hits]:
    return _post("/search", answers.Hits, {"query": text, "mode": mode, "top": top, **options}, limit="query")


def stats() -> Call[answers.Stats]:
    return _get("/stats", answers.Stats)


# -- projects -----------------------------------------------------------------------------------------------------


class _Projects(msgspec.Struct):
    projects: list[answers.ProjectInfo]


def projects() -> Call[list[answers.ProjectInfo]]:
    decode = _as(_Projects)
    return Call("GET", "/api/v1/projects", lambda data: decode(data).projects, root=True)


def create_project(name: str, engine: str) -> Call[answers.ProjectInfo]:
    wanted = {"name": name, "engine": engine} if engine else {"name": name}
    return _post("/api/v1/projects", answers.ProjectInfo, wanted, root=True, again=False)


def delete_project() -> Call[None]:
    return Call("DELETE", "", lambda _: None, again=False)


# -- pushes -------------------------------------------------------------------------------------------------------

_PACKED = {"Content-Encoding": "gzip", "Content-Type": "application/x-ndjson"}


def push_plan(packed: bytes) -> Call[answers.PushPlan]:
    return Call("POST", "/sync/plan", _as(answers.PushPlan), body=packed, limit="insert", headers=_PACKED)


def push_content(plan: str, packed: bytes) -> Call[answers.PushReceived]:
    place = f"/sync/{quote(plan, safe='')}/content"
    return Call("POST", place, _as(answers.PushReceived), body=packed, limit="insert", headers=_PACKED)


def push_commit(plan: str) -> Call[answers.Pushed]:
    """Not sent again by itself: a push that is done is not known any more."""
    place = f"/sync/{quote(plan, safe='')}/commit"
    return Call("POST", place, _as(answers.Pushed), body=b"", limit="commit", again=False)


def sync(files: Mapping[str, str], delete: Sequence[str]) -> Call[answers.Pushed]:
    """Not sent again: what is deleted once cannot be deleted twice."""
    rows = [{"path": path, "content": content} for path, content in files.items()]
    return _post("/sync", answers.Pushed, {"files": rows, "delete": list(delete)}, limit="insert", again=not delete)

"""What answers look like, for the OpenAPI document: JSON schemas of the service's answers, as ``plain`` writes them.

This module must not know routes.
"""

from __future__ import annotations

import dataclasses
import types
import typing
from enum import Enum
from pathlib import PurePath
from typing import Any, Union

from pydantic import BaseModel, Field

from loomgraph.service import answers as service_answers
from loomgraph.service.answers import Counts, Symbol

Schema = dict[str, Any]
_PLAIN: dict[Any, Schema] = {
    str: {"type": "string"}, int: {"type": "integer"}, float: {"type": "number"}, bool: {"type": "boolean"},
    type(None): {"type": "null"}, Any: {}, object: {},
}  # fmt: skip


class Place(BaseModel):
    """Where a request is wrong, and how."""

    loc: list[str | int]
    msg: str
    type: str


class Trouble(BaseModel):
    """What went wrong: a stable code, a message, what the message is filled with, the id that the log knows."""

    code: str
    message: str
    details: dict[str, Any]
    request_id: str


class Failure(BaseModel):
    """Every error. ``detail`` is the message, or the places of a request that is not valid."""

    error: Trouble
    detail: str | list[Place] = Field(description="For LightRAG's clients.")


FAILURES: dict[int | str, dict[str, Any]] = {
    "4XX": {"model": Failure, "description": "The request cannot be answered; `error.code` says why."},
    "5XX": {"model": Failure, "description": "The server cannot answer now; `error.code` says why."},
}


def answers(kind: Any, status: int = 200) -> dict[int | str, dict[str, Any]]:
    """What a route gives, for its ``responses``."""
    return {status: {"description": "Found.", "content": {"application/json": {"schema": schema(kind)}}}}


def schema(kind: Any) -> Schema:
    """The JSON schema of what ``plain`` makes of a value of this type."""
    if kind in _PLAIN:
        return dict(_PLAIN[kind])
    origin, inside = typing.get_origin(kind), typing.get_args(kind)
    if origin in (Union, types.UnionType):
        return {"anyOf": [schema(one) for one in inside]}
    if origin in (tuple, list, set, frozenset):
        return {"type": "array", "items": schema(inside[0]) if inside else {}}
    if origin is dict:
        return {"type": "object", "additionalProperties": schema(inside[1])}
    if isinstance(kind, type) and issubclass(kind, Enum):
        return {"type": "string", "enum": [one.value for one in kind]}
    if isinstance(kind, type) and issubclass(kind, PurePath):
        return {"type": "string"}
    return _fields(kind)


def _fields(kind: Any) -> Schema:
    hints = typing.get_type_hints(kind, localns=vars(service_answers))  # for what is imported only to be checked
    names = [field.name for field in dataclasses.fields(kind)] if dataclasses.is_dataclass(kind) else kind._fields
    named = {name: schema(hints[name]) for name in names}
    if kind is Symbol:
        named |= {"qualified_name": {"type": "string"}, "flags": {"type": "array", "items": {"type": "string"}}}
    if kind is Counts:
        counted = {"type": "object", "additionalProperties": {"type": "integer"}}
        named |= {name: counted for name, one in named.items() if one.get("type") == "array"}
    return {"type": "object", "title": kind.__name__, "required": list(named), "properties": named}

"""A ``custom_kg`` body: bytes → rows, or everything that is wrong with it, each error with its place.

A body is decoded in one go, straight into rows. Only one that cannot be is looked at again, piece by piece, to say all
that is wrong. This module must not know what becomes of the rows.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

from loomgraph.errors import BadCustomKg
from loomgraph.knowledge import CustomKg, GivenChunk, GivenEntity, GivenRelation

MOST_ERRORS = 100  # that one answer lists
PATIENCE = 32 << 20  # bytes of a body that are looked at again; of a longer one the first error is told
_LISTS: dict[str, type[msgspec.Struct]] = {
    "chunks": GivenChunk,
    "entities": GivenEntity,
    "relationships": GivenRelation,
}
_MARK = b"\xef\xbb\xbf"  # what some editors begin a file with
_AT = re.compile(r" - at `\$(.*)`$")


class _Body(msgspec.Struct):
    """A body, wrapped or bare."""

    custom_kg: CustomKg | None = None
    chunks: list[GivenChunk] | None = None
    entities: list[GivenEntity] | None = None
    relationships: list[GivenRelation] | None = None


_DECODER = msgspec.json.Decoder(_Body)


def decode(data: bytes | memoryview) -> CustomKg:
    """The rows of a body, ``{"custom_kg": …}`` or bare. Raises ``BadCustomKg`` with the place of each error."""
    with memoryview(data) as whole, whole[3 if bytes(whole[:3]) == _MARK else 0 :] as view:
        try:
            body = _DECODER.decode(view)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            return _patiently(view, error)
        if body.custom_kg is not None:
            return body.custom_kg
        if body.chunks is None and body.entities is None and body.relationships is None:
            return _patiently(view, ValueError("there are no chunks, entities or relationships"))
        return CustomKg(body.chunks, body.entities, body.relationships)


def _patiently(view: memoryview, error: Exception) -> CustomKg:
    """Find all that is wrong with a body that could not be decoded; what no decoder minds is read after all."""
    if len(view) > PATIENCE:
        raise _bad([_first(error)]) from error
    data = bytes(view)
    try:
        plain = json.loads(data)
    except (ValueError, RecursionError) as wrong:
        raise _bad([_error((), f"this is not JSON ({_reason(wrong)})", "json_invalid")]) from wrong
    found = list(_errors(plain))
    if found:
        raise _bad(found) from error
    wrapped = plain["custom_kg"] if isinstance(plain.get("custom_kg"), dict) else plain
    try:
        return msgspec.convert({key: wrapped.get(key) for key in _LISTS}, CustomKg)
    except msgspec.ValidationError as wrong:  # pragma: no cover - the errors above are all there are
        raise _bad([_error((), str(wrong), "value_error")]) from wrong


def _first(error: Exception) -> dict[str, Any]:
    """The error at which a decoder stopped."""
    match = _AT.search(str(error))
    where = re.findall(r"[^.\[\]]+", match[1]) if match else []
    parts = tuple(int(part) if part.isdigit() else part for part in where)
    return _error(parts, _AT.sub("", str(error)), "value_error")


def _reason(error: Exception) -> str:
    return "it is nested too deeply" if isinstance(error, RecursionError) else str(error)


def _errors(plain: object) -> Iterator[dict[str, Any]]:
    """Everything wrong with a body that is JSON, up to :data:`MOST_ERRORS`."""
    where: tuple[str | int, ...] = ()
    if isinstance(plain, dict) and plain.get("custom_kg") is not None:
        plain, where = plain["custom_kg"], ("custom_kg",)
    if not isinstance(plain, dict):
        yield _error(where, "this must be an object", "dict_type")
        return
    if not where and not _LISTS.keys() & plain.keys():
        yield _error((), "there are no chunks, entities or relationships", "missing")
        return
    left = MOST_ERRORS
    for key, kind in _LISTS.items():
        rows = plain.get(key)
        if rows is not None and not isinstance(rows, list):
            yield _error((*where, key), "this must be a list", "list_type")
            continue
        for at, row in enumerate(rows or ()):
            for error in _row_errors(row, kind, (*where, key, at)):
                yield error
                left -= 1
                if not left:
                    return


def _row_errors(row: object, kind: type[msgspec.Struct], where: tuple[str | int, ...]) -> Iterator[dict[str, Any]]:
    if not isinstance(row, Mapping):
        yield _error(where, "this must be an object", "dict_type")
        return
    for field in msgspec.structs.fields(kind):
        place = (*where, field.name)
        if field.name not in row:
            if field.required:
                yield _error(place, "this is missing", "missing")
            continue
        value = row[field.name]
        if isinstance(value, float) and not math.isfinite(value):
            yield _error(place, "this must be a finite number", "finite_number")
            continue
        try:
            msgspec.convert(value, field.type)
        except msgspec.ValidationError as error:
            yield _error(place, _AT.sub("", str(error)), "value_error")


def _error(where: tuple[str | int, ...], message: str, kind: str) -> dict[str, Any]:
    """One error: ``place`` reads ``entities[3].entity_name``, ``loc`` is the same as a list."""
    place = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in where).lstrip(".")
    return {"loc": list(where), "place": place.removeprefix("custom_kg."), "msg": message, "type": kind}


def _bad(errors: list[dict[str, Any]]) -> BadCustomKg:
    return BadCustomKg(errors=errors)

"""Answers as JSON: encoded fast, odd names made printable, large ones packed when the client can unpack.

This module must not know what is answered.
"""

from __future__ import annotations

import gzip
import json
from typing import Any

import msgspec
from starlette.requests import Request
from starlette.responses import Response

JSON = "application/json"
NDJSON = "application/x-ndjson"
_PACK_FROM = 128 * 1024  # to pack a smaller one takes longer than to send it
_encoder = msgspec.json.Encoder()


def encode(content: object) -> bytes:
    """JSON, whatever bytes names of files hold."""
    try:
        return _encoder.encode(content)
    except UnicodeEncodeError:  # a name that is not UTF-8: escaped, as only this writer does
        return json.dumps(content, ensure_ascii=True, separators=(",", ":")).encode()


def line(content: object) -> bytes:
    """One line of NDJSON."""
    return encode(content) + b"\n"


def packs(request: Request) -> bool:
    """Whether the client takes gzip."""
    accepted = [part.strip().lower() for part in request.headers.get("accept-encoding", "").split(",")]
    return any(part.split(";")[0] == "gzip" and not part.replace(" ", "").endswith(";q=0") for part in accepted)


def body(content: bytes, pack: bool) -> tuple[bytes, dict[str, str]]:
    """The bytes to send and the headers they need."""
    if not pack or len(content) < _PACK_FROM:
        return content, {}
    return gzip.compress(content, 1), {"content-encoding": "gzip", "vary": "accept-encoding"}


class Reply(Response):
    """A JSON answer of plain data."""

    media_type = JSON

    def render(self, content: Any) -> bytes:
        return content if isinstance(content, bytes) else encode(content)

"""Start LightRAG's own server as it is, but for three things: it fetches nothing, installs nothing, and cuts its log.

This file is run by the interpreter that has lightrag-hku, which need not have LoomGraph: it may import nothing but the
standard library and what LightRAG itself needs. LightRAG counts tokens by a table that it would fetch from the network
at every first start; where that is not on this machine, tokens are counted as four bytes each, which is near enough
for its budgets.
"""

from __future__ import annotations

import importlib
import importlib.util
import os
import runpy
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

_WIDTH = 4  # bytes a token: what tables for English and code come to


class Bytes:
    """In place of one of tiktoken's encodings: a token is up to four bytes of UTF-8, read back as they were."""

    def __init__(self, name: str) -> None:
        self.name = name

    def encode(self, text: str, **_: Any) -> list[int]:
        data = text.encode("utf-8", "replace")
        return [int.from_bytes(b"\1" + data[at : at + _WIDTH], "big") for at in range(0, len(data), _WIDTH)]

    def decode(self, tokens: list[int], errors: str = "replace") -> str:
        return b"".join(map(_bytes, tokens)).decode("utf-8", errors)

    def decode_with_offsets(self, tokens: list[int]) -> tuple[str, list[int]]:
        """The text, and at which character of it each token begins."""
        offsets, characters = [], 0
        for token in tokens:
            data = _bytes(token)
            continued = (data[0] & 0xC0) == 0x80  # it begins within a character, which is where it is said to begin
            offsets.append(max(0, characters - continued))
            characters += sum((byte & 0xC0) != 0x80 for byte in data)
        return self.decode(tokens), offsets


def _bytes(token: int) -> bytes:
    return token.to_bytes(_WIDTH + 1, "big").lstrip(b"\0")[1:]


class NotHere(OSError):
    """A file that tiktoken would fetch."""


def fetch_nothing(tiktoken: Any) -> None:
    """Let tiktoken use the tables that are on this machine, and ``Bytes`` for others."""

    def refuse(path: str) -> bytes:
        raise NotHere(path)

    importlib.import_module("tiktoken.load").read_file = refuse  # type: ignore[attr-defined]
    tiktoken.get_encoding = _or_bytes(tiktoken.get_encoding)
    tiktoken.encoding_for_model = _or_bytes(tiktoken.encoding_for_model)


def _or_bytes(load: Callable[[str], Any]) -> Callable[[str], Any]:
    def found(name: str) -> Any:
        try:
            return load(name)
        except NotHere:
            return Bytes(name)

    return found


def install_nothing(pipmaster: Any) -> None:
    """Let LightRAG say what is missing instead of installing it while it starts."""

    def refuse(package: str, *_: Any, **__: Any) -> bool:
        raise SystemExit(f"{package} is not installed for {sys.executable}. Install it with: pip install {package}")

    for name in ("install", "install_if_missing", "install_multiple", "ensure_packages"):
        if hasattr(pipmaster, name):
            setattr(pipmaster, name, refuse)


def cut_log(environment: Any) -> None:
    """Keep the file that standard output goes to from growing, as LoomGraph's own server does."""
    path = environment.get("LOOMGRAPH_LOG_FILE")
    if path:
        source = Path(__file__).resolve().parents[1] / "service" / "rolling.py"
        spec = importlib.util.spec_from_file_location("rolling", source)
        assert spec is not None
        assert spec.loader is not None
        rolling = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(rolling)
        most, backups = environment.get("LOOMGRAPH_LOG_BYTES"), environment.get("LOOMGRAPH_LOG_BACKUPS")
        rolling.Rolling(Path(path), int(most or 10_000_000), int(backups or 5)).begin()


def main() -> None:
    mine = Path(__file__).resolve().parent
    sys.path[:] = [one for one in sys.path if Path(one) != mine]  # whose modules are none of LightRAG's
    cut_log(os.environ)
    fetch_nothing(importlib.import_module("tiktoken"))
    install_nothing(importlib.import_module("pipmaster"))
    runpy.run_module("lightrag.api.lightrag_server", run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main()

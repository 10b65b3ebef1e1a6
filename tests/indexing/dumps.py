"""Graphs in forms that can be compared and read."""

from __future__ import annotations

import marshal
import zlib
from typing import Any

from loomgraph.store.base import Store


def plain(found: dict[str, Any]) -> dict[str, Any]:
    """A dump whose packed facts are unpacked: equal facts may be packed differently."""
    facts = {key: marshal.loads(zlib.decompress(packed)) for key, packed in found["facts"].items()}
    return {**found, "facts": facts}


def text_of(store: Store) -> str:
    """A graph as lines of text, in the store's order."""
    with store.read() as reader:
        lines = [f"file {f.path} {f.language}{' test' if f.test else ''}" for f in reader.files()]
        lines += [
            f"symbol {s.id} {s.kind} {s.line}-{s.end_line} arity={s.arity} flags={s.flags} {s.signature}".rstrip()
            for s in reader.all_symbols()
        ]
        lines += [
            f"edge {e.kind} {e.source} -> {e.target} {','.join(map(str, e.lines))} {e.resolution}"
            for e in reader.all_edges()
        ]
        lines += [f"unresolved {u.name}/{u.arity} in {u.source} at {u.line}" for u in reader.all_unresolved()]
        lines += [f"problem {p.file}:{p.line} {p.reason}" for p in reader.problems()]
        chunks = reader.chunks_in([f.path for f in reader.files()])
        lines += [f"chunk {c.file} {c.start_line}-{c.end_line} {c.symbol}" for c in chunks]
    return "\n".join(lines) + "\n"

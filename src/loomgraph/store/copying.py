"""A whole graph as one update of another store, of whatever kind. It must not know either of them."""

from __future__ import annotations

from collections.abc import Iterator

from loomgraph.store.base import Reader, Update

OWN = "own:"  # what the names of entries begin with that are of one graph alone, and of no copy
_SOME = 200  # facts held in memory at a time


def whole(reader: Reader) -> Update:
    """What ``reader`` reads, in the place of whatever the other store holds; it reads on while it is applied."""
    meta = {name: value for name, value in reader.meta().items() if not name.startswith(OWN)}
    return Update(replace=reader.said(), facts=_facts(reader), meta=meta, wipe=True)


def _facts(reader: Reader) -> Iterator[tuple[str, bytes]]:
    keys = sorted({record.facts_key for record in reader.files()})
    for start in range(0, len(keys), _SOME):
        yield from reader.facts(keys[start : start + _SOME]).items()

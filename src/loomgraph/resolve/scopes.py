"""Scopes: which bindings of a name reach a use of it, by position alone.

Pure functions over bindings; no language, no values.
"""

from __future__ import annotations

from loomgraph.facts import Binding, BindingFlag

_DECLARES = int(BindingFlag.DECLARES)
_NARROWING = int(BindingFlag.NARROWING)
_TYPED = int(BindingFlag.TYPED)
_PARAM = int(BindingFlag.PARAM)
_BLOCKED = _DECLARES | _NARROWING


def reaching(rows: list[Binding], position: int, deferred: bool) -> list[Binding]:
    """The bindings among ``rows`` (one name, one scope, document order) that a use at ``position`` may see.

    ``deferred``: the use runs later than its place says (it stands in an inner function), so that any assignment of
    the scope may have happened; block-scoped declarations still have to enclose it.
    """
    if len(rows) == 1:
        row = rows[0]
        flags = row[5]
        if not flags & _BLOCKED or row[3] <= position < row[4]:
            return rows
        if flags & _DECLARES and deferred and position < row[4]:
            return rows
        return []
    best: Binding | None = None
    for row in rows:
        if row[3] <= position < row[4]:
            best = row
    if deferred:
        return _deferred(rows, position, best)
    if best is None:
        earlier = [r for r in rows if r[3] < position and not r[5] & _BLOCKED]
        return earlier or [r for r in rows if not r[5] & _BLOCKED]
    if best[5] & _NARROWING:
        return [best]
    return _with_later(rows, best, position)


def _with_later(rows: list[Binding], best: Binding, position: int) -> list[Binding]:
    """``best`` and the assignments after it, in blocks closed before the use, that may have replaced its value."""
    start, end, flags = best[3], best[4], best[5]
    if flags & _TYPED:
        return [best]
    later = [r for r in rows if start < r[3] < position and not r[5] & _BLOCKED]
    if best[2] < 0 and not flags & _PARAM:  # declared without a value: what is assigned to it anywhere
        return later or [r for r in rows if start < r[3] < end and not r[5] & _BLOCKED] or [best]
    return [best, *later] if later else [best]


def _deferred(rows: list[Binding], position: int, best: Binding | None) -> list[Binding]:
    if best is not None and best[5] & _NARROWING:
        # a closure may run after the test; the narrowed value is still the best guess
        return [best]
    if best is not None and best[5] & _DECLARES:
        if best[5] & _TYPED:
            return [best]
        inner = [r for r in rows if best[3] < r[3] < best[4] and not r[5] & _BLOCKED]
        return inner if best[2] < 0 and not best[5] & _PARAM and inner else [best, *inner]
    plain = [r for r in rows if not r[5] & _BLOCKED]
    if plain:
        typed = [r for r in plain if r[5] & _TYPED]
        return typed or plain
    declared = [r for r in rows if r[5] & _DECLARES and position < r[4]]
    return declared[:1]

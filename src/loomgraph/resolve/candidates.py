"""Candidates: what a call on a receiver of which nothing is known may mean, by name and arity alone.

Few or none: where many functions share a name, the name says nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from loomgraph.facts import DefFlag, DefKind
from loomgraph.resolve.engine import Key
from loomgraph.resolve.project import FileView
from loomgraph.resolve.symbols import accepts
from loomgraph.resolve.values import SHIFT

if TYPE_CHECKING:
    from loomgraph.resolve.semantics import Semantics

_NO_CANDIDATE = int(DefFlag.HIDDEN | DefFlag.PROPERTY | DefFlag.SETTER | DefFlag.OVERLOAD)
_FUNCTION = int(DefKind.FUNCTION)


def of_name(sem: Semantics, view: FileView, name: str, arity: int) -> list[int]:
    """Refs of the methods called ``name`` that a call in ``view`` may mean, when they are few."""

    def compute(_: Key) -> tuple[int, ...]:
        return tuple(_of_name(sem, name, arity, view.info.test))

    # The same from every file of the language, but that a program does not call its tests.
    return list(sem.engine.ask(compute, ("candidates", sem.__class__, name, arity, view.info.test), ()))


def _of_name(sem: Semantics, name: str, arity: int, test: bool) -> list[int]:
    project, limit = sem.project, sem.candidate_limit
    sem.engine.reads |= sem.engine.token(f"defs:{name}")
    paths = [p for p in sorted(project.source.files_defining(name)) if p in project.numbers]
    if not test:
        paths = [p for p in paths if not project.files[p].test]
    if len(paths) > 4 * limit:
        return []
    found = []
    for path in paths:
        holder = project.view(project.numbers[path])
        if sem.ev.semantics(holder).__class__ is not sem.__class__:
            continue
        for at in holder.named(name):
            definition = holder.definitions[at]
            if definition.kind != _FUNCTION or definition.flags & _NO_CANDIDATE:
                continue
            if holder.definitions[definition.parent].kind == DefKind.CLASS and accepts(definition, arity):
                found.append(holder.number << SHIFT | at)
    if len(found) > 1:
        found = most_general(sem, found)
    return found if len(found) <= limit else []


def most_general(sem: Semantics, found: list[int]) -> list[int]:
    """``found`` without methods of descendants of another one's class: a call on a base means the base's method."""
    owners = {ref: sem.ev.semantics(sem.project.view_of(ref)).owner_class(ref) for ref in found}
    every = set(owners.values())
    mro = sem.ev.classes.mro
    return [ref for ref in found if owners[ref] < 0 or every.isdisjoint(mro(owners[ref])[1:])]

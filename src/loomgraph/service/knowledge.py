"""Graphs given as ``custom_kg`` bodies, and taken away again by their sources.

This module must not know how a body becomes a graph.
"""

from __future__ import annotations

import mmap
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from loomgraph.errors import BadCustomKg, BadInput, StoreUnwritable
from loomgraph.service.core import Core
from loomgraph.service.filling import vectors_follow

if TYPE_CHECKING:
    from loomgraph.engines.base import Deleted, Inserted
    from loomgraph.knowledge import CustomKg


class Knowledge(Core):
    """What clients insert."""

    def insert_custom_kg(
        self, project: str, body: bytes | Path, *, create: bool = True, most: int = 0
    ) -> Inserted:  # fmt: skip
        """Take in a body, or the file that holds one; raises ``BadCustomKg`` with the place of each error.

        A wrong body makes no project, nor does one of more than ``most`` rows, if that is not 0. ``create`` makes one
        for a right body if the settings allow it.
        """
        self.may_insert(project)
        kg = decoded(body)
        if most:
            _bounded(kg, most)
        found = self.for_insert(project) if create else self.writable(project)
        with self.engines.lease(found.name, create=True) as engine:
            inserted = engine.insert_custom_kg(kg)
        notes = vectors_follow(self, found.name, left=inserted.later) if inserted.changed else ()
        return replace(inserted, notes=(*inserted.notes, *notes))

    def delete_by_source(self, project: str, source_ids: Sequence[str]) -> Deleted:
        """Take away what was inserted from these sources; relations that other sources say of it stay."""
        wanted = [source_id for source_id in source_ids if source_id]
        if not wanted:
            raise BadInput(reason="Name the sources to take away, as they were given: source_ids is empty.")
        found = self.writable(project)
        with self.engines.lease(found.name, create=True) as engine:
            deleted = engine.delete_by_source(wanted)
        vectors_follow(self, found.name)
        return deleted


def _bounded(kg: CustomKg, most: int) -> None:
    """A row takes memory however short it is."""
    count = sum(len(rows or ()) for rows in (kg.chunks, kg.entities, kg.relationships))
    if count > most:
        said = f"there are {count:,} rows, and a body may have {most:,}: send it in parts"
        raise BadCustomKg(errors=[{"loc": [], "place": "", "msg": said, "type": "too_long"}])


def decoded(body: bytes | Path) -> CustomKg:
    """The rows of a body; a file is mapped and not read, so that it is not in memory beside its rows."""
    from loomgraph.engines.custom_kg import decode

    if isinstance(body, bytes):
        return decode(body)
    try:
        with open(body, "rb") as file:
            if not body.stat().st_size:
                return decode(b"")
            with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as mapped, memoryview(mapped) as view:
                return decode(view)
    except OSError as error:
        raise StoreUnwritable(path=str(body), reason=error.strerror or str(error)) from error

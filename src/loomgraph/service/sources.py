"""The text of a file that a graph holds: from the folder when it is unchanged there, else as far as the graph has it.

Only a path that the graph holds is ever read, and only below the project's own folder: a link that leads elsewhere is
not followed. This module must not know who asks.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING

from loomgraph.errors import NotFound, UnknownFile
from loomgraph.service.core import Core

if TYPE_CHECKING:
    from loomgraph.model import Chunk
    from loomgraph.store.base import FileRecord

_NEAREST = 5


@dataclass(frozen=True, slots=True)
class SourceText:
    """A file's text. ``whole`` is false when it is put together from what the graph quotes, with gaps marked."""

    project: str
    path: str
    language: str
    lines: int
    text: str
    whole: bool


class Sources(Core):
    """Text of files."""

    def source(self, path: str, *, project: str = "") -> SourceText:
        """The text of a file of the graph, as it was indexed; raises ``UnknownFile``."""
        with self.reading(project) as (found, reader):
            record = reader.file(path)
            if record is None:
                import difflib

                near = difflib.get_close_matches(path, [file.path for file in reader.files()], _NEAREST, 0.5)
                if near:
                    raise NotFound(reason=f"The graph holds no file {path}. Nearest: {', '.join(near)}.")
                raise UnknownFile(path=path)
            chunks = reader.chunks_in([path])
        for root in (found.root, str(found.folder / "source")):
            text = _unchanged(root, record) if root else None
            if text is not None:
                return SourceText(found.name, path, record.language, record.lines, text, True)
        return SourceText(found.name, path, record.language, record.lines, _pieced(chunks), False)


def _unchanged(root: str, record: FileRecord) -> str | None:
    """The file's text below ``root`` when it still is what was indexed."""
    from loomgraph.indexing.manifest import digest_of
    from loomgraph.indexing.reading import read_bytes
    from loomgraph.parse.text import read_text

    where = os.path.realpath(root)
    place = os.path.join(where, *record.path.split("/"))
    if os.path.realpath(place) != place:
        return None
    try:
        data, _ = read_bytes(place)
    except (OSError, ValueError):
        return None
    return read_text(data).source.decode("utf-8", "replace") if digest_of(data) == record.digest else None


def _pieced(chunks: list[Chunk]) -> str:
    """What the graph quotes of a file, in order, each part at its lines."""
    parts: list[str] = []
    at = 1
    for chunk in sorted(chunks, key=lambda one: (one.start_line, one.end_line)):
        lines = chunk.text.splitlines()
        lines = lines[max(0, len(lines) - (chunk.end_line - chunk.start_line + 1)) :]
        seen = max(0, at - chunk.start_line)
        if chunk.start_line > at:
            parts.append(f"[lines {at}-{chunk.start_line - 1} are not quoted by the graph]")
        parts += lines[seen:]
        at = max(at, chunk.end_line + 1)
    return "\n".join(parts) + ("\n" if parts else "")

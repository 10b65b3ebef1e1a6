"""What documents mean by the names they mention: a definition of the project, when only one answers to the name.

Names in prose have no scope. ``flask.Config.from_file`` is the definition whose dotted name ends so and whose file's
path holds what stands before; ``Config`` alone must be the name of one thing. Where several answer, none is meant.
"""

from __future__ import annotations

import posixpath

from loomgraph.facts import DefFlag, DefKind, Op
from loomgraph.resolve.evaluate import Evaluator
from loomgraph.resolve.languages.structure_files import ProjectFiles
from loomgraph.resolve.project import FileView
from loomgraph.resolve.semantics import Semantics
from loomgraph.resolve.values import SHIFT

_MAX_FILES = 40  # files that define a name beyond which it says nothing
_HIDDEN = int(DefFlag.HIDDEN)


class ProseSemantics(Semantics):
    """Markdown and reStructuredText."""

    def __init__(self, evaluator: Evaluator) -> None:
        super().__init__(evaluator)
        self.files = ProjectFiles(self.project)

    def mentioned(self, view: FileView, expr: int) -> list[int]:
        code = view.code
        if code[expr] == Op.STR:
            return self._file(view, view.names[code[expr + 1]])
        parts: list[str] = []
        while code[expr] == Op.ATTR:
            parts.append(view.names[code[expr + 2]])
            expr = code[expr + 1]
        parts.append(view.names[code[expr + 1]])
        parts.reverse()
        return self._definition(parts) or self._module(view, parts)

    def _file(self, view: FileView, path: str) -> list[int]:
        """The file a path means: from the document's folder, from the root, or the only one that ends so."""
        number = self.files.beside(view.path, path)
        if number < 0:
            number = self.files.file(posixpath.normpath(path).lstrip("/"))
        if number < 0:
            number = self.files.by_suffix(view.path, path)
        return [number << SHIFT] if number >= 0 else []

    def _definition(self, parts: list[str]) -> list[int]:
        name = parts[-1]
        self.engine.reads |= self.engine.token(f"defs:{name}")
        paths = [p for p in sorted(self.project.source.files_defining(name)) if p in self.project.numbers]
        found: list[tuple[tuple[bool, int, int], int]] = []
        for path in paths if len(paths) <= _MAX_FILES else ():
            holder = self.project.view(self.project.numbers[path])
            for at in holder.named(name):
                definition = holder.definitions[at]
                if definition.flags & _HIDDEN or definition.kind == DefKind.SCOPE:
                    continue
                chain = chain_of(holder, at)
                if agrees(parts, chain, path):
                    self.engine.reads |= holder.bit
                    nested = holder.kinds[definition.parent] == DefKind.FUNCTION
                    rank = (self.project.files[path].test, nested, abs(len(chain) - len(parts)))
                    found.append((rank, holder.number << SHIFT | at))
        if not found:
            return []
        best = min(rank for rank, _ in found)
        best_ones = [ref for rank, ref in found if rank == best]
        return best_ones if len(best_ones) == 1 else []

    def _module(self, view: FileView, parts: list[str]) -> list[int]:
        """The file that a dotted name means as a module."""
        if len(parts) < 2:
            return []
        stem = "/".join(parts)
        found = {self.files.by_suffix(view.path, f"{stem}{end}") for end in (".py", "/__init__.py")} - {-1}
        return [number << SHIFT for number in sorted(found)][:1]


def chain_of(view: FileView, index: int) -> list[str]:
    """The names of a definition and of what it stands in, outermost first."""
    names: list[str] = []
    while index > 0:
        if view.definitions[index].name:
            names.append(view.definitions[index].name)
        index = view.parents[index]
    return names[::-1]


def agrees(parts: list[str], chain: list[str], path: str) -> bool:
    """Whether a name as written may be the definition with the names ``chain`` in the file at ``path``."""
    if len(parts) <= len(chain):
        return chain[-len(parts) :] == parts
    if parts[-len(chain) :] != chain:
        return False
    folders = iter([*path.split("/")[:-1], path.rpartition("/")[2].partition(".")[0]])
    return all(part in folders for part in parts[: -len(chain)])  # in this order, others between them

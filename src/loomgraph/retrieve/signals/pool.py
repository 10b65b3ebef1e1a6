"""The pool of candidates: passages that some signal found, with their signals. Signals share it and nothing else."""

from __future__ import annotations

from collections.abc import Sequence

from loomgraph.retrieve.view import File


class Candidate:
    """A passage that some signal found: the ``at``-th of a file. The rest are its signals, and what they add up to.

    A question makes hundreds: what is nothing yet stands in the class, which is twice as fast as to write it into each.
    """

    lexical = semantic = definition = siblings = stem = centrality = score = 0.0
    card: bool | None = None  # whether it is one, as far as that is known

    def __init__(self, file: File, at: int) -> None:
        self.file = file
        self.at = at

    @property
    def path(self) -> str:
        return self.file.path

    @property
    def signals(self) -> dict[str, float]:
        """Its signals by name."""
        return {
            "lexical": self.lexical, "semantic": self.semantic, "file": self.siblings, "stem": self.stem,
            "definition": self.definition, "centrality": self.centrality,
        }  # fmt: skip


Held = Sequence[Candidate]  # the candidates of one file, some at least: what is so of a file is found out once


class Pool:
    """Candidates of the files of one view. What lies in a file that the view does not know is left out."""

    def __init__(self, files: dict[str, File]) -> None:
        self._files = files
        self._found: dict[str, list[Candidate]] = {}

    def at(self, path: str, place: int) -> Candidate:
        """The candidate of a passage, made when it is new."""
        some = self._found.get(path)
        if some is None:
            one = Candidate(self._files[path], place)
            self._found[path] = [one]
            return one
        for one in some:  # few passages of a file are found
            if one.at == place:
                return one
        one = Candidate(some[0].file, place)
        some.append(one)
        return one

    def by_file(self) -> list[Held]:
        """All of them, file by file."""
        return list(self._found.values())

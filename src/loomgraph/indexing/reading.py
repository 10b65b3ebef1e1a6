"""Files on disk → facts: the part of an index that runs in worker processes.

It reads a file, tells its language, and extracts its facts unless they are known already. It must not know the
graph or any file but the one at hand.
"""

from __future__ import annotations

import gc
import os
import stat
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from loomgraph.facts import Facts, table
from loomgraph.indexing.manifest import UNTRUSTED, digest_of, trusted_time
from loomgraph.model import Chunk, Problem
from loomgraph.parse.extract import Extractor, Limits
from loomgraph.parse.registry import HEAD_BYTES, Languages, rules_version
from loomgraph.parse.text import read_text
from loomgraph.resolve import called_names, defined_names
from loomgraph.store.base import FileRecord


@dataclass(slots=True)
class FileRead:
    """What reading one file gave: a record with packed facts, or the reason to leave the file out.

    ``facts`` is ``None`` when facts of the record's key are known already.
    """

    path: str
    record: FileRecord | None = None
    facts: bytes | None = None
    defined: tuple[str, ...] = ()
    called: tuple[str, ...] = ()
    package: str = ""
    lines: int = 0
    generated: bool = False
    skipped: str = ""
    problem: Problem | None = None


class Reader:
    """Reads files below ``root``, one after the other. ``known`` are the keys of facts that need no extraction."""

    def __init__(self, root: str, languages: Languages, known: frozenset[str], limits: Limits | None = None) -> None:
        self._root = root
        self._languages = languages
        self._known = known
        self._extractor = Extractor(languages, limits)
        self._rules: dict[str, str] = {}

    def read_all(self, paths: Sequence[str]) -> list[FileRead]:
        """Each of ``paths`` in turn."""
        return [self.read(path) for path in paths]

    def read(self, path: str) -> FileRead:
        """One file, whatever is wrong with it."""
        try:
            data, mtime_ns = read_bytes(f"{self._root}/{path}")
        except FileNotFoundError:
            return FileRead(path, skipped="vanished")
        except OSError as error:
            return FileRead(path, skipped="unreadable", problem=Problem(path, 0, f"cannot be read: {error.strerror}"))
        spec = self._languages.language_of(path, data[:HEAD_BYTES])
        if spec is None:
            return FileRead(path, skipped="no language")
        rules = self._rules.get(spec.name)
        if rules is None:
            rules = self._rules[spec.name] = rules_version(spec)
        record = FileRecord(path, spec.name, digest_of(data), len(data), mtime_ns, rules)
        if record.facts_key in self._known:
            return FileRead(path, record)
        if b"\0" in data and read_text(data).binary:
            return FileRead(path, skipped="binary")
        facts = self._extractor.extract(path.rpartition("/")[2], data, spec)
        if facts.generated:
            reduce_generated(facts)
        return FileRead(
            path, record, facts.pack(), tuple(sorted(defined_names(facts))), tuple(sorted(called_names(facts))),
            facts.package, facts.lines, facts.generated,
        )  # fmt: skip


def make_worker(root: str, known: frozenset[str]) -> Callable[[list[str]], list[FileRead]]:
    """What a worker process does with a task: a list of paths."""
    gc.disable()  # facts hold no cycles, and looking for some costs a tenth of the time
    return Reader(root, Languages.load(), known).read_all


def tasks(sizes: Iterable[tuple[int, str]], limit: int) -> list[list[str]]:
    """Paths in lists of about ``limit`` bytes, to be taken from the end: the largest files first."""
    out: list[list[str]] = []
    room = 0
    for size, path in sorted(sizes):
        if room <= 0:
            out.append([])
            room = limit
        out[-1].append(path)
        room -= size + 1_000
    return out


def crashed(path: str) -> FileRead:
    """What stands for a file whose reading killed its process."""
    return FileRead(path, skipped="unreadable", problem=Problem(path, 0, "reading it crashed the parser: left out"))


def read_bytes(path: str) -> tuple[bytes, int]:
    """A regular file's bytes and the modification time to record for them."""
    descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_BINARY", 0) | getattr(os, "O_NONBLOCK", 0))
    with open(descriptor, "rb", buffering=0) as file:
        before = os.fstat(descriptor)
        if not stat.S_ISREG(before.st_mode):
            raise FileNotFoundError(path)
        data = file.readall()
        after = os.fstat(descriptor)
    same = before.st_mtime_ns == after.st_mtime_ns and after.st_size == len(data)
    return data, trusted_time(after.st_mtime_ns, time.time_ns()) if same else UNTRUSTED


def reduce_generated(facts: Facts) -> None:
    """Keep of a generated file what others may call or name; what it does itself is nobody's reading."""
    facts.sites = table(())
    facts.chunks = ()


def chunks_of(root: str, record: FileRecord, facts: Facts, ids: Sequence[str]) -> list[Chunk] | None:
    """The chunks of a file as text; ``None`` when the file is no longer what its record says."""
    if not facts.chunks:
        return []
    try:
        with open(f"{root}/{record.path}", "rb", buffering=0) as file:
            data = file.readall()
    except OSError:
        return None
    if digest_of(data) != record.digest:
        return None
    source = read_text(data).source
    chunks: list[Chunk] = []
    for at, span in enumerate(facts.chunks):
        text = source[span.start_byte : span.end_byte].decode("utf-8", "replace")
        if span.heading:
            text = f"{span.heading}\n{text}"
        chunk_id = f"{record.path}#{at}"
        chunks.append(Chunk(chunk_id, record.path, span.start_line, span.end_line, text, ids[span.owner]))
    return chunks

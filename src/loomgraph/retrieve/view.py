"""View: what is remembered of one generation of a project's graph from one question to the next.

Files and what is known of them, and the chunks and symbols of the files that questions led to, as many as a budget of
bytes allows. Any number of threads may use a view, each with a reader of its own. It must not know what is asked.
"""

from __future__ import annotations

import re
import threading
from bisect import bisect_right
from collections import OrderedDict
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from loomgraph.knowledge import CARD, Card, Packed
from loomgraph.model import Chunk, Symbol, SymbolKind
from loomgraph.retrieve.file_words import FileWords
from loomgraph.store.inserted import packed_rows, symbol_of

if TYPE_CHECKING:
    from loomgraph.knowledge import GivenEntity
    from loomgraph.store.base import FileRecord, Reader

MOST_BYTES = 40 << 20  # of chunks, symbols and rows kept: what is inserted with 50,000 entities
_MOST_TERMS = 10_000
CALLABLE = frozenset((SymbolKind.FUNCTION, SymbolKind.METHOD, SymbolKind.CONSTRUCTOR))
_ENTRY = re.compile(r"(?:^|/)(?:__init__\.pyi?|index\.[cm]?[jt]sx?|mod\.rs|lib\.rs|package-info\.java)$")
_DOCUMENT = re.compile(r"\.(?:md|markdown|rst|txt)$", re.IGNORECASE)
_A_FILE, _A_CHUNK, _A_SYMBOL = 400, 300, 850  # bytes that objects take beside their texts, roughly


class File:
    """What is known of a file.

    ``number`` is its place in the order of paths. ``central`` is filled in by the signal that looks at it, ``chunks``
    when its rows are looked at.
    """

    __slots__ = (
        "central",
        "chunks",
        "document",
        "entry",
        "generated",
        "given",
        "language",
        "number",
        "path",
        "plain",
        "test",
    )

    def __init__(self, record: FileRecord, number: int) -> None:
        self.path = record.path
        self.number = number
        self.language = record.language
        self.test = record.test
        self.generated = record.generated
        self.given = record.facts_key if record.inserted else ""  # by what its rows are found
        self.entry = _ENTRY.search(record.path) is not None
        self.document = not self.entry and _DOCUMENT.search(record.path) is not None
        self.plain = not (self.test or self.generated or self.entry or self.document)  # as most are
        self.central = -1.0
        self.chunks = -1  # that were inserted: what stands behind them are cards


def _bytes_of(chunks: Iterable[Chunk]) -> int:
    return sum(len(chunk.text) + _A_CHUNK for chunk in chunks)


class Content:
    """The chunks and symbols of a file, and which functions begin in which chunk."""

    __slots__ = ("_starts", "chunks", "functions", "nbytes", "symbols")

    def __init__(self, chunks: Sequence[Chunk], symbols: list[Symbol]) -> None:
        self.chunks = chunks
        self.symbols = symbols
        self._starts = [chunk.start_line for chunk in chunks]
        self.functions: list[list[Symbol]] = [[] for _ in chunks]
        for symbol in symbols:
            if symbol.kind in CALLABLE and (place := self.place_of(symbol)) >= 0:
                self.functions[place].append(symbol)
        self.nbytes = _bytes_of(chunks)
        self.nbytes += sum(len(one.signature) + len(one.doc) + _A_SYMBOL for one in symbols)

    def place_of(self, symbol: Symbol) -> int:
        """The chunk in which a symbol is named, or -1."""
        line = symbol.name_line
        at = bisect_right(self._starts, line) - 1
        while at > 0 and self.chunks[at - 1].end_line >= line:  # parts of one long line: the first
            at -= 1
        return at if at >= 0 and line <= self.chunks[at].end_line else -1

    def symbols_in(self, chunk: Chunk) -> list[Symbol]:
        """The symbols that are named in a chunk."""
        return [one for one in self.symbols if chunk.start_line <= one.name_line <= chunk.end_line]


def is_card(chunk: Chunk) -> bool:
    """Whether a chunk is the card of an entity, which nobody wrote and no answer quotes."""
    return chunk.id.startswith(CARD)


class GivenContent:
    """An inserted file: its chunks, read when a question leads to one, and behind them the cards of its entities.

    ``others`` are symbols of its cards that other files have.
    """

    __slots__ = ("_others", "_own", "_path", "nbytes", "rows")

    def __init__(self, path: str, rows: Packed, others: Mapping[str, Symbol]) -> None:
        self.rows = rows
        self._path = path
        self._others = others
        self._own: Sequence[Chunk] | None = None if rows.chunks else ()
        self.nbytes = rows.nbytes + _A_SYMBOL * len(others)

    def is_card(self, at: int) -> bool:
        """Whether the passage at a place is a card."""
        return at >= self.rows.chunks

    def holds(self, at: int) -> bool:
        """Whether the passage at a place can be looked at: not a chunk while those have not been read."""
        return self._own is not None or self.is_card(at)

    def put(self, own: Sequence[Chunk]) -> int:
        """Take in the chunks; gives the bytes that they take."""
        if self._own is not None:
            return 0
        # found beside its entity, not instead of it: a chunk is of no symbol here
        self._own = [chunk._replace(symbol="") for chunk in own]
        more = _bytes_of(own)
        self.nbytes += more
        return more

    def chunk(self, at: int) -> Chunk:
        """A chunk that was given."""
        assert self._own is not None, "its chunks have not been read"
        return self._own[at]

    def card(self, at: int) -> tuple[Card, Symbol | None]:
        """A card by its place behind the chunks, and its symbol, if there is one."""
        card, row = self.rows.card(at - self.rows.chunks)
        return card, self._symbol(card.name, row)

    def symbol(self, at: int) -> Symbol | None:
        """The symbol of a card alone, which is much faster to make."""
        at -= self.rows.chunks
        return self._symbol(self.rows.name_at(at), self.rows.entity_at(at))

    def _symbol(self, name: str, row: GivenEntity | None) -> Symbol | None:
        return self._others.get(name) or (symbol_of(self._path, row) if row is not None else None)

    def place_of(self, symbol: Symbol) -> int:
        """The card of a symbol, or -1."""
        at = self.rows.place_of(symbol.id)
        return at + self.rows.chunks if at >= 0 else -1


class View:
    """One generation of a graph, as questions see it."""

    def __init__(self, files: Iterable[FileRecord], passages: int, most: int = MOST_BYTES) -> None:
        self.passages = passages
        self.files = {record.path: File(record, number) for number, record in enumerate(files)}
        self.numbered = list(self.files.values())
        self.plain = np.array([file.plain for file in self.numbered], np.bool_)
        self.words = FileWords(list(self.files))
        self.given = any(file.given for file in self.files.values())
        self.source = not all(file.given for file in self.files.values())
        self._most = most
        self._held = 0
        self._contents: OrderedDict[str, Content | GivenContent] = OrderedDict()
        self._holders: dict[str, int] = {}
        self._lock = threading.Lock()

    @property
    def nbytes(self) -> int:
        """Bytes held, roughly."""
        return self._held + _A_FILE * len(self.files)

    def holders(self, reader: Reader, terms: Sequence[str]) -> list[int]:
        """How many passages hold each of ``terms``: the words of questions come again."""
        known = self._holders
        if len(known) > _MOST_TERMS:
            known = self._holders = {}
        missing = [term for term in terms if term not in known]
        known.update(zip(missing, reader.passage_counts(missing) if missing else (), strict=True))
        return [known[term] for term in terms]

    def content(self, reader: Reader, path: str) -> Content | GivenContent:
        """The chunks and symbols of a file."""
        return self.contents(reader, (path,))[path]

    def contents(
        self, reader: Reader, paths: Iterable[str], places: Iterable[tuple[str, int]] = ()
    ) -> dict[str, Content | GivenContent]:
        """The chunks and symbols of files, those not remembered read in one go.

        Of an inserted file its chunks are there if one of them is among ``places``: a path, and which passage of it.
        """
        found: dict[str, Content | GivenContent] = {}
        missing: list[str] = []
        with self._lock:
            for path in dict.fromkeys(paths):
                content = self._contents.get(path)
                if content is None:
                    missing.append(path)
                else:
                    self._contents.move_to_end(path)
                    found[path] = content
        if missing:
            given = [path for path in missing if self.files[path].given]
            new: dict[str, Content | GivenContent] = {}
            if len(given) < len(missing):
                new |= read_contents(reader, [path for path in missing if not self.files[path].given])
            if given:
                new |= self._given(reader, given)
            found.update(new)
            self._keep(new)
        if self.given:
            self._quote(reader, found, places)
        return found

    def _given(self, reader: Reader, paths: Sequence[str]) -> dict[str, GivenContent]:
        """Inserted files as they are searched."""
        keys = {path: self.files[path].given for path in paths}
        facts = reader.facts(keys.values())
        packed = {path: packed_rows(path, facts.get(key, b"")) for path, key in keys.items()}
        for path, one in packed.items():
            self.files[path].chunks = one.chunks
        # a file of source may have what these rows describe
        elsewhere = {path: one.names if self.source else one.elsewhere() for path, one in packed.items()}
        others = reader.symbols(sorted({name for names in elsewhere.values() for name in names}))
        return {
            path: GivenContent(path, one, {name: others[name] for name in elsewhere[path] if name in others})
            for path, one in packed.items()
        }

    def _quote(
        self, reader: Reader, found: Mapping[str, Content | GivenContent], places: Iterable[tuple[str, int]]
    ) -> None:
        """Read the chunks of inserted files of which one is looked at."""
        missing: dict[str, GivenContent] = {}
        for path, at in places:
            content = found[path]
            if isinstance(content, GivenContent) and not content.holds(at):
                missing[path] = content
        chunks: dict[str, list[Chunk]] = {path: [] for path in missing}
        for chunk in reader.chunks_in(missing.keys()) if missing else ():
            chunks[chunk.file].append(chunk)
        with self._lock:
            for path, content in missing.items():
                more = content.put(chunks[path])
                self._held += more if self._contents.get(path) is content else 0

    def cards(self, reader: Reader, places: Sequence[tuple[str, int]]) -> list[bool]:
        """Whether passages of inserted files are cards, each the so manieth of a file at a path."""
        missing = {path for path, _ in places if self.files[path].chunks < 0}
        if missing:
            self.contents(reader, sorted(missing))
        return [at >= self.files[path].chunks for path, at in places]

    def said(self, path: str) -> Packed | None:
        """The rows of an inserted file, if they are remembered."""
        content = self._contents.get(path)
        return content.rows if isinstance(content, GivenContent) else None

    def _keep(self, new: Mapping[str, Content | GivenContent]) -> None:
        with self._lock:
            for path, content in new.items():
                if path not in self._contents:
                    self._contents[path] = content
                    self._held += content.nbytes
            while self._held > self._most and self._contents:
                _, dropped = self._contents.popitem(last=False)
                self._held -= dropped.nbytes


def read_contents(reader: Reader, paths: Sequence[str]) -> dict[str, Content]:
    """The chunks and symbols of files as the store has them."""
    chunks: dict[str, list[Chunk]] = {path: [] for path in paths}
    symbols: dict[str, list[Symbol]] = {path: [] for path in paths}
    for chunk in reader.chunks_in(paths):
        chunks[chunk.file].append(chunk)
    for symbol in reader.symbols_in(paths):
        symbols[symbol.file].append(symbol)
    return {path: Content(chunks[path], symbols[path]) for path in paths}

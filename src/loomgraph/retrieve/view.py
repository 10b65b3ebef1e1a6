"""View: what is remembered of one generation of a project's graph from one question to the next.

Files and what is known of them, and the chunks and symbols of the files that questions led to, as many as a budget of
bytes allows. Any number of threads may use a view, each with a reader of its own. It must not know what is asked.
"""

from __future__ import annotations

import re
import threading
from bisect import bisect_right
from collections import OrderedDict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, overload

from loomgraph.knowledge import CARD, Cards, GivenRelation, Said, unpack
from loomgraph.model import Chunk, Edge, Symbol, SymbolKind
from loomgraph.store.inserted import symbol_of

if TYPE_CHECKING:
    from loomgraph.store.base import FileRecord, Reader

MOST_BYTES = 16 << 20  # of chunks and symbols kept
_MOST_TERMS = 10_000
CALLABLE = frozenset((SymbolKind.FUNCTION, SymbolKind.METHOD, SymbolKind.CONSTRUCTOR))
_TOLD = 60  # files that are opened to see what relations say
_ENTRY = re.compile(r"(?:^|/)(?:__init__\.pyi?|index\.[cm]?[jt]sx?|mod\.rs|lib\.rs|package-info\.java)$")
_DOCUMENT = re.compile(r"\.(?:md|markdown|rst|txt)$", re.IGNORECASE)
_A_FILE, _A_CHUNK, _A_SYMBOL = 400, 300, 500  # bytes that objects take beside their texts, roughly


class File:
    """What is known of a file. ``central`` and ``words`` are filled in by the signals that look at them."""

    __slots__ = ("central", "document", "entry", "generated", "given", "language", "path", "test", "words")

    def __init__(self, record: FileRecord) -> None:
        self.path = record.path
        self.language = record.language
        self.test = record.test
        self.generated = record.generated
        self.given = record.facts_key if record.inserted else ""  # by what its rows are found
        self.entry = _ENTRY.search(record.path) is not None
        self.document = not self.entry and _DOCUMENT.search(record.path) is not None
        self.central = -1.0
        self.words: tuple[tuple[str, int], ...] | None = None  # of its name: stems, and letters of the words


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
        self.nbytes = sum(len(chunk.text) + _A_CHUNK for chunk in chunks)
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


class GivenContent(Content):
    """The chunks of an inserted file, and behind them the cards of its entities, made when they are looked at.

    ``symbols`` are those of the cards looked at so far; ``others`` are symbols that other files have.
    """

    __slots__ = ("_behind", "_first", "_others", "_path", "_places", "_relations")

    def __init__(self, path: str, own: Sequence[Chunk], said: Said, others: Mapping[str, Symbol]) -> None:
        # found beside its entity, not instead of it: a chunk is of no symbol here
        super().__init__([replace(chunk, symbol="") for chunk in own], [])
        self._path = path
        self._behind = Cards(said)
        self._others = others
        self._first = len(own)
        self._places: dict[str, int] | None = None  # made when they are looked at, as are the relations
        self._relations: dict[tuple[str, str], list[GivenRelation]] | None = None
        self.chunks = _Lazy(list(self.chunks), len(self._behind.names), self._card)
        self.functions = [[]] * len(self.chunks)  # a card is of one entity, a chunk of no more than it says
        self.nbytes += _A_SYMBOL * (len(self._behind.names) + len(said.relations))

    @property
    def said(self) -> Said:
        """The rows of the file, without the contents of its chunks."""
        return self._behind.said

    @property
    def relations(self) -> Mapping[tuple[str, str], Sequence[GivenRelation]]:
        """The rows between two names."""
        found = self._relations
        if found is None:
            found = {}
            for row in self.said.relations:
                found.setdefault((row.src_id, row.tgt_id), []).append(row)
            self._relations = found  # whole: other threads look at it, too
        return found

    def _card(self, at: int) -> Chunk:
        row, name = self._behind.entity(at), self._behind.names[at]
        symbol = self._others.get(name) or (symbol_of(self._path, row) if row is not None else None)
        if symbol is not None:
            self.symbols = [*self.symbols, symbol]
        return self._behind.card(at).chunk(self._path)

    def place_of(self, symbol: Symbol) -> int:
        """The card of a symbol, or -1."""
        if self._places is None:
            self._places = {name: at for at, name in enumerate(self._behind.names, self._first)}
        return self._places.get(symbol.id, -1)

    def symbols_in(self, chunk: Chunk) -> list[Symbol]:
        """None: lines of what was given say nothing of what stands in them."""
        return []


class _Lazy(Sequence[Chunk]):
    """Chunks, and behind them others that are made when they are asked for."""

    def __init__(self, own: list[Chunk], behind: int, make: Callable[[int], Chunk]) -> None:
        self._own: list[Chunk | None] = [*own, *[None] * behind]
        self._first = len(own)
        self._make = make

    def __len__(self) -> int:
        return len(self._own)

    @overload
    def __getitem__(self, at: int) -> Chunk: ...

    @overload
    def __getitem__(self, at: slice) -> list[Chunk]: ...

    def __getitem__(self, at: int | slice) -> Chunk | list[Chunk]:
        if isinstance(at, slice):
            return [self[one] for one in range(*at.indices(len(self)))]
        found = self._own[at]
        if found is None:
            found = self._own[at] = self._make(at - self._first)
        return found


class View:
    """One generation of a graph, as questions see it."""

    def __init__(self, files: Iterable[FileRecord], passages: int, most: int = MOST_BYTES) -> None:
        self.passages = passages
        self.files = {record.path: File(record) for record in files}
        self.given = any(file.given for file in self.files.values())
        self._mixed = self.given and not all(file.given for file in self.files.values())
        self._most = most
        self._held = 0
        self._contents: OrderedDict[str, Content] = OrderedDict()
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

    def content(self, reader: Reader, path: str) -> Content:
        """The chunks and symbols of a file."""
        return self.contents(reader, (path,))[path]

    def contents(self, reader: Reader, paths: Iterable[str]) -> dict[str, Content]:
        """The chunks and symbols of files, those not remembered read in one go."""
        found: dict[str, Content] = {}
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
            new = read_contents(reader, [path for path in missing if not self.files[path].given])
            if given:
                new |= self._given(reader, given)
            found.update(new)
            self._keep(new)
        return found

    def _given(self, reader: Reader, paths: Sequence[str]) -> dict[str, Content]:
        """Inserted files as they are searched."""
        keys = {path: self.files[path].given for path in paths}
        facts = reader.facts(keys.values())
        said = {path: unpack(facts[key]) for path, key in keys.items()}
        elsewhere: set[str] = set()
        for one in said.values():
            own = {row.entity_name for row in one.entities}
            elsewhere.update(row.src_id for row in one.relations if row.src_id not in own)
            if self._mixed:  # a file of source may have what these rows describe
                elsewhere |= own
        others = reader.symbols(sorted(elsewhere))
        chunks: dict[str, list[Chunk]] = {path: [] for path in paths}
        for chunk in reader.chunks_in([path for path, one in said.items() if one.chunks]):
            chunks[chunk.file].append(chunk)
        return {path: GivenContent(path, chunks[path], one, others) for path, one in said.items()}

    def told(self, reader: Reader, edges: Sequence[Edge]) -> list[str]:
        """What was said of relations where they were inserted: keywords and description, "" of all others."""
        paths = {edge.file for edge in edges if edge.file in self.files and self.files[edge.file].given}
        contents = self.contents(reader, sorted(paths)[:_TOLD])
        found = []
        for edge in edges:
            content = contents.get(edge.file)
            rows = content.relations.get((edge.source, edge.target), ()) if isinstance(content, GivenContent) else ()
            found.append(" ".join(f"{row.keywords} {row.description}" for row in rows))
        return found

    def said(self, path: str) -> Said | None:
        """The rows of an inserted file, if they are remembered; of its chunks without their contents."""
        content = self._contents.get(path)
        return content.said if isinstance(content, GivenContent) else None

    def _keep(self, new: dict[str, Content]) -> None:
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

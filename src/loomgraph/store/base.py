"""The contract of a store: the data of an update, what can be read, and nothing about how it is kept.

A store keeps one project's graph. It decides nothing: what a file says comes whole in a :class:`FileGraph`, and
replaces whatever that file said before. Algorithms over the graph are in ``traverse``, questions in
``questions``; both use only the few reads of :class:`Reader`.

Rules that every store keeps (``loomgraph.store.testing`` checks them):

* An update is one transaction. A reader sees the graph before it or the graph after it, also when the process is
  killed in the middle; what a failed update leaves is the graph before.
* Symbols, edges, unresolved calls, chunks and problems belong to a file; replacing or deleting the file takes them
  away. An edge belongs to the file that holds its site, wherever its ends are.
* No read ever gives an edge with an end that does not exist. An edge whose source or target was taken away is kept
  aside and, when it is a call, shown as an unresolved call; it is back as soon as the symbol is.
* Symbols outside the project (``external:…``) exist as long as an edge of the graph reaches them.
* A file may be *inserted* (:attr:`FileRecord.inserted`): it was given and not read from source. What its edges reach
  and nobody defines is a placeholder (:func:`placeholder_symbol`), which exists as long as such an edge reaches it.
  A symbol that an inserted file and a file of source both claim belongs to the file of source, of two inserted files
  to the one put last; an edge is none the worse for it.
* Answers come in one order, the same in every store: files by path, symbols by :func:`symbol_order`, edges by
  :func:`edge_order`, unresolved calls by :func:`unresolved_order`.
* Text is any Python string: paths of any bytes come as ``os.fsdecode`` gives them.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple, Protocol

from loomgraph.model import Chunk, Edge, Problem, Symbol, SymbolFlag, SymbolKind, UnresolvedCall

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

EXTERNAL_PREFIX = "external:"


@dataclass(frozen=True, slots=True)
class FileRecord:
    """What is known of a file itself.

    ``digest`` is the hash of its content, ``rules`` the version of the language's rules that read it: both, with
    the language, make the key of its facts.
    """

    path: str
    language: str
    digest: str
    size: int
    mtime_ns: int
    rules: str = ""
    package: str = ""
    lines: int = 0
    generated: bool = False
    test: bool = False
    inserted: bool = False

    @property
    def facts_key(self) -> str:
        """The key of the file's facts: equal bytes read by equal rules give equal facts, wherever they lie."""
        return f"{self.digest}:{self.language}:{self.rules}"


class PassageTerms(NamedTuple):
    """By what a chunk is found: terms separated by spaces, as :mod:`loomgraph.lexicon` makes them, by field.

    ``path`` of its file, ``names`` defined in it, ``doc`` its signatures and documentation, ``body`` all of it.
    """

    path: str
    names: str
    doc: str
    body: str


class PassageHits(NamedTuple):
    """Passages that were found, as columns, best first: of each the file, its place there, and its score.

    A file is known by where it stands among :meth:`Reader.files`: hundreds are found, and few paths are asked for.
    """

    files: NDArray[np.intp]
    places: NDArray[np.intp]
    scores: NDArray[np.float64]

    @classmethod
    def best(
        cls, files: NDArray[np.intp], places: NDArray[np.intp], scores: NDArray[np.float64], limit: int
    ) -> PassageHits:
        """The ``limit`` best, those with equal scores in the order of file and place."""
        import numpy as np

        order = np.lexsort((places, files, -scores))[:limit]
        return cls(files.take(order), places.take(order), scores.take(order))

    @classmethod
    def none(cls) -> PassageHits:
        """Nothing."""
        import numpy as np

        return cls(np.empty(0, np.intp), np.empty(0, np.intp), np.empty(0, np.float64))


@dataclass(frozen=True, slots=True)
class FileGraph:
    """All that one file says.

    ``symbols`` are those it defines; an id belongs to one file (another file of source claiming it is
    ``ConflictingUpdate``).
    Symbols outside the project need no row: naming their id in an edge is enough.
    ``edges`` are those whose site lies in the file, CONTAINS included, at most one for each kind, source and target.
    ``depends`` are the paths whose facts its resolution read, ``keys`` any other strings its resolution depends on
    (a name that nobody defined yet); :meth:`Reader.dependents` finds the file by either. ``defined`` and ``called``
    are the names that its facts define and call, for :meth:`Reader.files_defining` and ``files_calling``.
    ``passages`` are the terms of each chunk and ``vectors`` one row of little-endian float16 a chunk (or nothing);
    ``passages`` None leaves both as they were. The last ``cards`` of them belong to no chunk: they lead to symbols.
    ``marks`` are ``depends``, ``keys``, ``defined`` and ``called`` as :func:`term_mark` makes them: a store may keep
    no more of those, so that is how a graph that is copied has them.
    """

    record: FileRecord
    symbols: Iterable[Symbol] = ()
    edges: Iterable[Edge] = ()
    unresolved: Iterable[UnresolvedCall] = ()
    chunks: Iterable[Chunk] = ()
    problems: Iterable[Problem] = ()
    depends: Iterable[str] = ()
    keys: Iterable[str] = ()
    defined: Iterable[str] = ()
    called: Iterable[str] = ()
    passages: Sequence[PassageTerms] | None = ()
    vectors: bytes = b""
    cards: int = 0
    marks: Collection[int] = ()


@dataclass(frozen=True, slots=True)
class Update:
    """A change of the graph, applied whole or not at all.

    ``replace`` may be a generator: a store takes one file at a time, keeps none, and the generator may read the
    store meanwhile (it sees the graph before). Deletions come first, so a path in both is replaced. ``touch`` are
    records of files whose graph stays as it is (a new modification time). ``facts`` are kept by
    :attr:`FileRecord.facts_key` as long as a file of the graph has that key. ``meta`` sets entries; an empty value
    removes one. ``expects`` is the generation the update was prepared on: another one is ``GraphChanged``.
    ``wipe`` forgets every file, fact and meta entry first. ``vectors`` are set last, by path, of files
    whose passages are there: what gives them may take longer than the rest.
    """

    replace: Iterable[FileGraph] = ()
    delete: Iterable[str] = ()
    touch: Iterable[FileRecord] = ()
    facts: Mapping[str, bytes] | Iterable[tuple[str, bytes]] = ()
    meta: Mapping[str, str] = field(default_factory=dict)
    expects: int | None = None
    wipe: bool = False
    vectors: Mapping[str, bytes] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Counts:
    """How much a graph holds. ``symbols`` counts the project's, placeholders too; ``externals`` those outside."""

    files: int
    symbols: int
    externals: int
    edges: int
    unresolved: int
    chunks: int
    problems: int
    symbols_by_kind: tuple[tuple[str, int], ...]
    edges_by_kind: tuple[tuple[str, int], ...]
    edges_by_resolution: tuple[tuple[str, int], ...]
    files_by_language: tuple[tuple[str, int], ...]


class Reader(Protocol):
    """Everything that can be read of a graph, at one moment: no update shows between two reads of a reader."""

    def generation(self) -> int:
        """Grows with every update; 0 before the first."""

    def meta(self) -> dict[str, str]: ...

    def counts(self) -> Counts: ...

    def files(self) -> list[FileRecord]: ...

    def file(self, path: str) -> FileRecord | None: ...

    def problems(self) -> list[Problem]: ...

    def symbols(self, ids: Collection[str]) -> dict[str, Symbol]:
        """Those of ``ids`` that exist, in the order of ``ids``."""

    def flagged(self, ids: Collection[str], flag: SymbolFlag) -> set[str]:
        """Those of ``ids`` that are symbols with a flag."""

    def symbols_in(self, paths: Collection[str]) -> list[Symbol]: ...

    def symbols_named(self, names: Collection[str]) -> list[Symbol]:
        """Symbols whose last name is exactly one of ``names``, external ones included."""

    def names(self, part: str = "") -> list[str]:
        """The distinct last names of the project's own symbols that hold ``part`` in any case, sorted."""

    def edges_from(self, ids: Collection[str], kinds: Collection[str] | None = None) -> list[Edge]: ...

    def edges_to(self, ids: Collection[str], kinds: Collection[str] | None = None) -> list[Edge]: ...

    def strays_from(self, ids: Collection[str]) -> list[Edge]:
        """The edges that begin at ``ids`` and lie in another file than the symbol that they begin at."""

    def unresolved_named(self, names: Collection[str]) -> list[UnresolvedCall]: ...

    def unresolved_in(self, paths: Collection[str]) -> list[UnresolvedCall]: ...

    def chunks_in(self, paths: Collection[str]) -> list[Chunk]:
        """The chunks of files, by path, in the order the files gave them."""

    def search_passages(
        self, terms: Sequence[str], weights: Sequence[float], limit: int, *, cards: bool = False
    ) -> PassageHits:
        """The chunks that hold any of ``terms``, best first, by BM25 (k1 1.2, b 0.75) over stemmed English terms.

        Of ``cards`` those instead, with their places behind the chunks.

        ``weights`` are those of the fields of :class:`PassageTerms`; equal scores stand in the order of path and
        chunk. Scores compare within one search. Where many times ``limit`` chunks hold the rarer terms, those that
        hold only the commonest may be left out.
        """

    def passage_counts(self, terms: Sequence[str]) -> list[int]:
        """How many chunks and cards hold each of ``terms``, stemmed as they are searched."""

    def vectors(self, paths: Collection[str] | None = None) -> Iterator[tuple[str, bytes]]:
        """The path and vectors of every file that has any, or of those among ``paths``, by path."""

    def without_vectors(self) -> list[str]:
        """The files that have passages or cards, but no vectors, sorted."""

    def said(self) -> Iterator[FileGraph]:
        """What each file said, by path, also what does not show: edges to what nobody defines.

        Put into an empty store of any kind, with the facts of those files and the meta entries, it is this graph.
        """

    def facts(self, keys: Collection[str]) -> dict[str, bytes]: ...

    def kept(self) -> list[str]:
        """The keys of the facts that :meth:`Store.keep` holds for an update to come, sorted."""

    def dependents(self, paths: Collection[str] = (), keys: Collection[str] = ()) -> list[str]:
        """The files whose ``depends`` hold one of ``paths`` or whose ``keys`` hold one of ``keys``, sorted."""

    def dependent_count(self, path: str) -> int:
        """How many files :meth:`dependents` gives for a path, without naming them."""

    def files_defining(self, name: str) -> list[str]: ...

    def files_calling(self, name: str) -> list[str]: ...

    def all_symbols(self) -> Iterator[Symbol]: ...

    def all_edges(self, kinds: Collection[str] | None = None) -> Iterator[Edge]: ...

    def all_links(self, kinds: Collection[str]) -> Iterator[tuple[str, str]]:
        """The source and target of every edge of these kinds: ``all_edges`` without what proves them, and faster."""

    def all_unresolved(self) -> Iterator[UnresolvedCall]: ...


class Store(Protocol):
    """One project's graph."""

    def read(self) -> AbstractContextManager[Reader]:
        """The graph as it is now; updates meanwhile do not show. Cheap; any thread may hold one of its own."""

    def apply(self, update: Update) -> int:
        """Apply ``update`` whole or not at all; gives the new generation."""

    def keep(self, facts: Mapping[str, bytes]) -> None:
        """Hold facts for an update to come, in a transaction of its own: should that update never be, the next one
        need not read those files again. It is no update: the graph, and its generation, stay as they are. The next
        update lets go of what no file of the graph has then."""

    def memory(self) -> int:
        """Bytes that closing would free, about; cheap."""

    def verify(self) -> None:
        """Look for damage; raises ``GraphDamaged``. Takes time in proportion to the graph."""

    def close(self) -> None: ...


# -- marks --------------------------------------------------------------------------------------------------------


def term_mark(letter: str, text: str) -> int:
    """The 48-bit hash of a string by which a file is found: a path (p) or key (k) that it depends on, a name that it
    defines (d) or calls (c)."""
    data = (letter + text).encode("utf-8", "surrogatepass")
    return zlib.crc32(data) << 16 | zlib.adler32(data) & 0xFFFF


# -- orders and names -------------------------------------------------------------------------------------------


def symbol_order(symbol: Symbol) -> tuple[str, int, str]:
    """Symbols stand in the order of files, lines and ids; external ones (no file) first."""
    return symbol.file, symbol.line, symbol.id


def edge_order(edge: Edge) -> tuple[str, str, str, str]:
    """Edges stand in the order of the files that hold their sites, then by ends and kind."""
    return edge.file, edge.source, edge.kind, edge.target


def unresolved_order(call: UnresolvedCall) -> tuple[str, int, str, str, int]:
    """Unresolved calls stand in the order of their sites."""
    return call.file, call.line, call.name, call.source, call.arity


_SEPARATORS = re.compile(r"[./:]+")
_LATER = re.compile(r"~\d+$")


def last_name(symbol_id: str) -> str:
    """The last name in a symbol's id, ``~2`` apart: what a call site would say."""
    if symbol_id.startswith(EXTERNAL_PREFIX):
        parts = [part for part in _SEPARATORS.split(symbol_id) if part]
        return parts[-1] if parts else symbol_id
    _, inside, name = symbol_id.rpartition("::")
    if not inside:
        return symbol_id.rpartition("/")[2]
    name = name.rpartition(".")[2]
    return _LATER.sub("", name) if "~" in name else name


def external_symbol(symbol_id: str) -> Symbol:
    """The symbol of an id outside the project: everything about it is in its id."""
    return Symbol(
        id=symbol_id, kind=SymbolKind.EXTERNAL, name=last_name(symbol_id), file="", line=0, end_line=0, name_line=0,
        parent="", language="",
    )  # fmt: skip


def placeholder_symbol(symbol_id: str) -> Symbol:
    """The symbol of an id that edges of inserted files reach and nobody defines."""
    return Symbol(
        id=symbol_id, kind=SymbolKind.OBJECT, name=last_name(symbol_id), file="", line=0, end_line=0, name_line=0,
        parent="", language="",
    )  # fmt: skip

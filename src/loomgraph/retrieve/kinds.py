"""Results of wanted kinds: from what ranks to the symbols of those kinds that hold it or begin in it.

A search ranks functions and passages; who wants classes wants those that good passages lie in. It must not know how
anything was ranked.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable

from loomgraph.lexicon import Lexicon
from loomgraph.model import Chunk, Symbol, SymbolKind
from loomgraph.retrieve.matching import stemmed
from loomgraph.retrieve.search import Result
from loomgraph.store.base import Reader

DEPTH = 60  # results that are looked at
RANKED = frozenset({SymbolKind.FUNCTION, SymbolKind.METHOD, SymbolKind.CONSTRUCTOR})  # kinds that a search ranks itself


def of_kinds(reader: Reader, results: Iterable[Result], kinds: Collection[str], terms: Collection[str]) -> list[Result]:
    """The symbols of ``kinds`` that ``results`` are, lie in or show the beginning of; each once, in their order.

    Of several that begin in one result those come first whose own words are most of ``terms``.
    """
    found: dict[str, Result] = {}
    wanted, lexicon = {stemmed(term) for term in terms}, Lexicon()

    def misses(symbol: Symbol) -> int:
        own = lexicon.part_counts(f"{symbol.name} {symbol.signature} {symbol.doc}")
        return -len(wanted & {stemmed(word) for word in own})

    for result in results:
        symbol = result.symbol
        if symbol is not None and symbol.kind in kinds:
            found.setdefault(symbol.id, result)
            continue
        for other in sorted(_around(reader.symbols_in([result.chunk.file]), result, kinds), key=misses):
            if other.id not in found:
                found[other.id] = _at(reader, result, other)
    return list(found.values())


def _around(symbols: Iterable[Symbol], result: Result, kinds: Collection[str]) -> list[Symbol]:
    """The symbols that begin in a result, else the innermost one around it."""
    wanted = [symbol for symbol in symbols if symbol.kind in kinds]
    begin = [one for one in wanted if result.start_line <= one.name_line <= result.end_line]
    own = result.symbol.id if result.symbol is not None else ""
    around = [
        one
        for one in wanted
        if own.startswith(one.id + ".") or (one.line <= result.start_line and result.end_line <= one.end_line)
    ]
    innermost = min(around, key=lambda one: (one.end_line - one.line, one.id), default=None)
    return begin or ([innermost] if innermost is not None else [])


def _at(reader: Reader, result: Result, symbol: Symbol) -> Result:
    """The result as the symbol itself: from its first line as far as the chunk goes in which it is named."""
    chunks = reader.chunks_in([symbol.file])
    chunk = next((one for one in chunks if _holds(one, symbol)), result.chunk)
    start = max(symbol.line, chunk.start_line) if _holds(chunk, symbol) else chunk.start_line
    end = max(start, min(symbol.end_line, chunk.end_line))
    return result._replace(chunk=chunk, symbol=symbol, start_line=start, end_line=end)


def _holds(chunk: Chunk, symbol: Symbol) -> bool:
    return chunk.start_line <= symbol.name_line <= chunk.end_line

"""Questions to LightRAG: what it retrieves → an answer as every engine gives it.

LightRAG finds symbols, relations and texts, each list best first and without scores. Its names lead back to the rows:
symbols as they were given, relations with their directions, texts with their lines. Keywords are the question's names
and words unless a language model is set, which LightRAG then asks for them. This module must not know how LightRAG is
reached.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any

from loomgraph.engines.lightrag.folding import Folding
from loomgraph.errors import LightRagEnded, LightRagFailed
from loomgraph.knowledge import shown_file
from loomgraph.retrieve.answer import Answer, Hit, Hits, Relation
from loomgraph.retrieve.answering import Answerer
from loomgraph.retrieve.context import Budget, fit
from loomgraph.retrieve.graph import Ranked
from loomgraph.retrieve.modes import PARTS, Mode
from loomgraph.retrieve.search import Filter, Result
from loomgraph.retrieve.snippets import first_lines

if TYPE_CHECKING:
    from loomgraph.model import Chunk, Symbol
    from loomgraph.retrieve.opening import Opened
    from loomgraph.retrieve.question import Question
    from loomgraph.store.base import Reader

SIGNAL = "lightrag"
_MOST_TOKENS = 10_000_000
_FILTERED = 5


class LightRagAnswerer(Answerer):
    """Answers questions about one project at one moment by LightRAG's retrieval; ``call`` reaches its instance."""

    def __init__(
        self, project: str, reader: Reader, opened: Opened, mode: Mode, call: Callable[..., dict[str, Any]],
        words: bool = False,
    ) -> None:  # fmt: skip
        super().__init__(project, reader, opened, mode)
        self._call = call
        self._words = words and mode != Mode.NAIVE  # which has no keywords
        self._notes: tuple[str, ...] = ()

    def search(self, text: str, top: int = 10, only: Filter | None = None) -> Hits:
        """The best texts; in the modes of the graph, the best symbols."""
        question = self._read(text)
        data = self._retrieved(question, _wanted(top, only), Budget())
        if PARTS[self.mode].passages:
            hits = [self._hit(one, question) for one in self._results_of(data["chunks"], only)]
        else:
            hits = [self._symbol_hit(one) for one in self._ranked_of(data["entities"], only)]
        return Hits(question.text, str(self.mode), (self.project,), (SIGNAL,), tuple(hits[:top]), notes=self._notes)

    def ask(
        self, text: str, top: int = 10, only: Filter | None = None, budget: Budget | None = None, *, near: bool = True
    ) -> Answer:
        """Everything that LightRAG finds, ``top`` of each part at most, and no more than the budget allows."""
        question = self._read(text)
        budget = budget or Budget()
        data = self._retrieved(question, _wanted(top, only), budget)
        passages = self._results_of(data["chunks"], only)
        answer = Answer(
            question.text, str(self.mode), (self.project,), (SIGNAL,),
            entities=tuple(self._entity(one) for one in self._ranked_of(data["entities"], only)[:top]),
            relations=tuple(self._relations_of(data["relationships"], only)[: 3 * top]),
            passages=tuple(self._passage(one) for one in passages[:top]), notes=self._notes,
        )  # fmt: skip
        return fit(answer, budget, self.opened.count)

    # -- LightRAG ---------------------------------------------------------------------------------------------

    def _retrieved(self, question: Question, top: int, budget: Budget) -> Mapping[str, list[dict[str, Any]]]:
        given: dict[str, Any] = {
            "mode": str(self.mode), "top_k": top, "chunk_top_k": top, "enable_rerank": False,
            "max_entity_tokens": min(budget.max_entity_tokens, _MOST_TOKENS),
            "max_relation_tokens": min(budget.max_relation_tokens, _MOST_TOKENS),
            "max_total_tokens": min(budget.max_total_tokens, _MOST_TOKENS) + _MOST_TOKENS,  # what is shown, we count
        }  # fmt: skip
        self._notes = ()
        if self._words:
            try:
                return self._found(question, given)
            except LightRagEnded:
                raise
            except LightRagFailed as error:
                self._notes = (f"the question's own words stand for keywords, which no model found: {error.reason}",)
        given["ll_keywords"] = list(dict.fromkeys((*question.names, *question.terms)))
        given["hl_keywords"] = [question.text]
        return self._found(question, given)

    def _found(self, question: Question, given: Mapping[str, Any]) -> Mapping[str, list[dict[str, Any]]]:
        data = self._call("query", question=question.text, params=given).get("data") or {}
        return {name: data.get(name) or [] for name in ("entities", "relationships", "chunks")}

    # -- back to the rows -------------------------------------------------------------------------------------

    def _ranked_of(self, rows: Iterable[Mapping[str, Any]], only: Filter | None) -> list[Ranked]:
        names = list(dict.fromkeys(str(row["entity_name"]) for row in rows))
        symbols = self.reader.symbols(names)
        found = [symbols[name] for name in names if name in symbols and _fits(symbols[name], only)]
        return [Ranked(symbol, _score(at)) for at, symbol in enumerate(found)]

    def _relations_of(self, rows: Iterable[Mapping[str, Any]], only: Filter | None) -> list[Relation]:
        """The relations behind LightRAG's edges, each with its direction."""
        pairs = list(dict.fromkeys(frozenset((str(row["src_id"]), str(row["tgt_id"]))) for row in rows))
        order = {pair: at for at, pair in enumerate(pairs)}
        found = []
        for edge in self.reader.edges_from({name for pair in pairs for name in pair}):
            at = order.get(frozenset((edge.source, edge.target)))
            file = shown_file(edge.file)
            if at is not None and edge.source != edge.target and (only is None or only.path in file):
                line = edge.lines[0] if edge.lines else 0
                found.append((at, Relation(
                    self.project, str(edge.kind), edge.source, edge.target, file, line, edge.count, edge.resolution,
                    _score(at), "",
                )))  # fmt: skip
        return [one for _, one in sorted(found, key=lambda pair: pair[0])]

    def _results_of(self, rows: Iterable[Mapping[str, Any]], only: Filter | None) -> list[Result]:
        """The chunks behind LightRAG's, with their lines and symbols."""
        rows = list(rows)
        by_file: dict[str, dict[str, Chunk]] = {}
        folding = Folding(self.reader)
        found = []
        for at, row in enumerate(rows):
            file = str(row.get("file_path", ""))
            if file not in by_file:
                by_file[file] = folding.chunks_of(file)
            chunk = by_file[file].get(str(row.get("chunk_id", "")))
            if chunk is None:
                continue
            symbol = self.reader.symbols([chunk.symbol]).get(chunk.symbol) if chunk.symbol else None
            if only is None or (only.path in chunk.file and (not only.kinds or (symbol and symbol.kind in only.kinds))):
                found.append(Result(chunk, symbol, chunk.start_line, chunk.end_line, _score(at), {SIGNAL: _score(at)}))
        return found

    def _symbol_hit(self, one: Ranked) -> Hit:
        symbol = one.symbol._replace(file=shown_file(one.symbol.file))
        said = first_lines(symbol.doc) or symbol.signature or symbol.id
        return Hit(
            self.project, symbol.file, symbol.line, symbol.end_line, symbol, symbol.line, said, one.score,
            {SIGNAL: one.score},
        )  # fmt: skip


def _wanted(top: int, only: Filter | None) -> int:
    """How much to ask LightRAG for, which knows no filters: more where some of it will be left out."""
    return top if only in (None, Filter()) else _FILTERED * top


def _fits(symbol: Symbol, only: Filter | None) -> bool:
    return only is None or (only.path in symbol.file and (not only.kinds or symbol.kind in only.kinds))


def _score(at: int) -> float:
    """LightRAG gives an order and no numbers."""
    return round(1 / (1 + at), 6)

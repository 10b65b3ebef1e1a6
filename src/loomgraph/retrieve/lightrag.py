"""Answers in LightRAG's shapes: what ``/query``, ``/query/stream`` and ``/query/data`` say, from the typed answer.

Pure functions; the shapes are those of LightRAG 1.5.7's own models. Paths stay whole, relations keep their direction.
It must not know how an answer is found, worded or sent.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import zip_longest
from typing import Any

from loomgraph.errors import BadInput
from loomgraph.retrieve.answer import Answer, Entity, Passage, Relation
from loomgraph.retrieve.context import Budget, Count, estimate, fit
from loomgraph.retrieve.modes import Mode
from loomgraph.retrieve.prompt import Turn
from loomgraph.retrieve.snippets import first_lines

BYPASS = "bypass"
MODES = (*(str(mode) for mode in Mode), BYPASS)
UNKNOWN_SOURCE = "unknown_source"
Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class QueryParams:
    """What a question may say about its answer, by LightRAG's names, with its defaults.

    ``enable_rerank`` and ``disable_user_prompt_prefix`` are taken and change nothing: there is no reranking model and
    no prefix.
    """

    mode: str = "mix"
    only_need_context: bool = False
    only_need_prompt: bool = False
    response_type: str = "Multiple Paragraphs"
    stream: bool | None = None
    top_k: int = 40
    chunk_top_k: int = 20
    max_entity_tokens: int = 6000
    max_relation_tokens: int = 8000
    max_total_tokens: int = 30000
    hl_keywords: tuple[str, ...] = ()
    ll_keywords: tuple[str, ...] = ()
    conversation_history: tuple[Turn, ...] = ()
    user_prompt: str = ""
    enable_rerank: bool = True
    disable_user_prompt_prefix: bool = False
    include_references: bool = True
    include_chunk_content: bool = False
    include_progress: bool = False

    @property
    def budget(self) -> Budget:
        """The tokens that the parts of the context may take."""
        return Budget(self.max_entity_tokens, self.max_relation_tokens, self.max_total_tokens)

    def retrieved_by(self, question: str) -> str:
        """What is searched: the question and the keywords that were given for it."""
        return " ".join((question, *self.ll_keywords, *self.hl_keywords))


def query_params(given: Mapping[str, Any]) -> QueryParams:
    """The parameters of a request's body; what is missing or null has its default. Raises ``BadInput``."""
    known = {name: given[name] for name in QueryParams.__dataclass_fields__ if given.get(name) is not None}
    for name in ("hl_keywords", "ll_keywords"):
        if name in known:
            known[name] = tuple(known[name])
    if "conversation_history" in known:
        known["conversation_history"] = tuple(_turn(one) for one in known["conversation_history"])
    params = QueryParams(**known)
    if params.mode not in MODES:
        raise BadInput(reason=f"There is no mode {params.mode}. Known: {', '.join(MODES)}.")
    if min(params.top_k, params.chunk_top_k, params.max_total_tokens) < 1:
        raise BadInput(reason="top_k, chunk_top_k and max_total_tokens must be at least 1.")
    return params


def _turn(given: object) -> Turn:
    if not isinstance(given, Mapping) or not all(isinstance(given.get(name), str) for name in ("role", "content")):
        raise BadInput(reason="conversation_history must hold objects with the texts role and content.")
    return Turn(given["role"], given["content"])


def limited(answer: Answer, params: QueryParams, count: Count = estimate, reserved: int = 0) -> Answer:
    """What of an answer is wanted and fits; ``reserved`` tokens are taken by what stands around the context."""
    budget = params.budget
    kept = replace(
        answer, entities=answer.entities[: params.top_k], relations=answer.relations[: params.top_k],
        passages=answer.passages[: params.chunk_top_k],
    )  # fmt: skip
    return fit(kept, replace(budget, max_total_tokens=max(0, budget.max_total_tokens - reserved)), count)


def with_followed(answer: Answer) -> Answer:
    """The answer with what the graph says itself first among symbols and relations: LightRAG has no place for it."""
    if not answer.followed:
        return answer
    entities: dict[tuple[str, str], Entity] = {}
    relations: dict[tuple[str, str, str, str, str], Relation] = {}
    for followed in answer.followed:
        for symbol in (followed.reached.symbol, *(hop.symbol for hop in followed.reached.hops)):
            entities.setdefault(
                (followed.project, symbol.id), Entity(followed.project, symbol, first_lines(symbol.doc), 1.0, "")
            )
        for edge in (edge for hop in followed.reached.hops for edge in hop.edges):
            line = edge.lines[0] if edge.lines else 0
            one = Relation(
                followed.project, str(edge.kind), edge.source, edge.target, edge.file, line, edge.count,
                edge.resolution, 1.0, "",
            )  # fmt: skip
            relations.setdefault(_key(one), one)
    own = {(one.project, one.symbol.id): one for one in answer.entities}
    first = [own.get(key, one) for key, one in entities.items()]
    return replace(
        answer, entities=(*first, *(one for key, one in own.items() if key not in entities)),
        relations=(*relations.values(), *(one for one in answer.relations if _key(one) not in relations)),
    )  # fmt: skip


def _key(one: Relation) -> tuple[str, str, str, str, str]:
    return one.project, one.kind, one.source, one.target, one.file


# -- /query and /query/stream -------------------------------------------------------------------------------------


def references(answer: Answer, *, content: bool = False) -> list[Row]:
    """The files that an answer rests on, with the source quoted of each if wanted."""
    rows: list[Row] = []
    for one in answer.references:
        row: Row = {"reference_id": one.id, "file_path": one.file}
        texts = [passage.text for passage in answer.passages if passage.reference == one.id] if content else []
        rows.append({**row, "content": texts} if texts else row)
    return rows


def response(text: str, answer: Answer | None, params: QueryParams, *, seconds: float, llm: bool) -> Row:
    """The answer of ``/query``; ``notes`` say what could not be used for it."""
    listed = references(answer, content=params.include_chunk_content) if answer else []
    row: Row = {
        "response": text,
        "references": listed if params.include_references else None,
        "response_time": round(seconds, 3),
        "llm_generated": llm,
    }
    if answer and answer.notes:
        row["notes"] = list(answer.notes)
    return row


def references_line(answer: Answer | None, params: QueryParams) -> Row | None:
    """The first line of a stream."""
    if not params.include_references:
        return None
    return {"references": references(answer, content=params.include_chunk_content) if answer else []}


def whole_line(text: str, *, llm: bool) -> Row:
    """A line with an answer that does not come in pieces."""
    return {"response": text, "llm_generated": llm}


# -- /query/data --------------------------------------------------------------------------------------------------


def data(
    answer: Answer, params: QueryParams, whole: Answer | None = None, *, words: Sequence[str] = (),
    entities: Iterable[Row | None] = (), relations: Iterable[Row | None] = (),
) -> Row:  # fmt: skip
    """The answer of ``/query/data``: structure alone.

    ``whole`` is the answer before anything was cut; ``words`` are what was searched where no keywords were given.
    ``entities`` and ``relations`` are rows as somebody gave them, which then stand for our own in their order.
    """
    if not answer.found:
        return failure(params)
    before = whole or answer
    low = list(params.ll_keywords) or ([] if params.hl_keywords or answer.mode == Mode.NAIVE else list(words))
    return {
        "status": "success",
        "message": "Query executed successfully",
        "data": {
            "entities": [entity_row(*pair) for pair in zip_longest(answer.entities, entities)],
            "relationships": [relation_row(*pair) for pair in zip_longest(answer.relations, relations)],
            "chunks": [chunk_row(one) for one in answer.passages],
            "references": references(answer, content=params.include_chunk_content),
        },
        "metadata": {
            "query_mode": answer.mode,
            "keywords": {"high_level": list(params.hl_keywords), "low_level": low},
            "processing_info": {
                "total_entities_found": len(before.entities),
                "total_relations_found": len(before.relations),
                "entities_after_truncation": len(answer.entities),
                "relations_after_truncation": len(answer.relations),
                "merged_chunks_count": len(before.passages),
                "final_chunks_count": len(answer.passages),
            },
            **({"notes": list(answer.notes)} if answer.notes else {}),
        },
    }


def bypassed() -> Row:
    """What ``/query/data`` says when nothing is to be looked up."""
    empty: Row = {"entities": [], "relationships": [], "chunks": [], "references": []}
    keywords: Row = {"high_level": [], "low_level": []}
    metadata = {"query_mode": BYPASS, "keywords": keywords, "processing_info": {}}
    return {"status": "success", "message": "Query executed successfully", "data": empty, "metadata": metadata}


def failure(params: QueryParams) -> Row:
    """What ``/query/data`` says when nothing matches."""
    return {
        "status": "failure",
        "message": "Query returned no results",
        "data": {},
        "metadata": {"failure_reason": "no_results", "mode": params.mode},
    }


def entity_row(one: Entity, given: Row | None = None) -> Row:
    """A symbol as an entity: its kind is the type, signature and documentation are the description.

    ``given``: its row, whole, where somebody gave it.
    """
    if given is not None:
        return {**given, "reference_id": one.reference}
    symbol = one.symbol
    lines = f":{symbol.line}-{symbol.end_line}" if symbol.line else ""
    return {
        "entity_name": symbol.id,
        "entity_type": str(symbol.kind),
        "description": "\n".join(part for part in (symbol.signature, one.doc) if part),
        "source_id": symbol.file + lines if symbol.file else "",
        "file_path": symbol.file or UNKNOWN_SOURCE,
        "reference_id": one.reference,
    }


def relation_row(one: Relation, given: Row | None = None) -> Row:
    """An edge as a relationship: from the source to the target, its kind is the keyword; ``given`` as of an entity."""
    if given is not None:
        return {**given, "reference_id": one.reference}
    place = f"{one.file}:{one.line}" if one.file and one.line else one.file
    return {
        "src_id": one.source,
        "tgt_id": one.target,
        "description": f"{one.source} {one.kind.lower()} {one.target}" + (f" ({place})" if place else ""),
        "keywords": one.kind.lower() if one.kind.isupper() else one.kind,
        "weight": float(one.count or 1),
        "source_id": place,
        "file_path": one.file or UNKNOWN_SOURCE,
        "reference_id": one.reference,
    }


def chunk_row(one: Passage) -> Row:
    """A passage as a chunk, named by its place."""
    place = f"{one.file}:{one.start_line}-{one.end_line}"
    return {"reference_id": one.reference, "content": one.text, "file_path": one.file, "chunk_id": place}

"""The context of an answer: how much of it fits into a budget of tokens, and the text that a language model would read.

Entities, relations and everything together have budgets of their own, by LightRAG's names and defaults. Parts are taken
in their order until one does not fit; passages get what the others leave. Tokens are counted with the tokenizer of the
embedding where there is one, else estimated at four bytes each. It must not know where the parts come from.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

from loomgraph.retrieve.answer import Answer, Entity, Followed, Passage, Reference, Relation, Tokens

Count = Callable[[Sequence[str]], list[int]]
_Part = TypeVar("_Part", Entity, Relation, Passage)
_BYTES_A_TOKEN = 4
UNLIMITED = 10**9  # tokens: no limit, so that nothing need be counted


@dataclass(frozen=True, slots=True)
class Budget:
    """How many tokens each part may take."""

    max_entity_tokens: int = 6000
    max_relation_tokens: int = 8000
    max_total_tokens: int = 30000


def estimate(texts: Sequence[str]) -> list[int]:
    """Tokens of each text without a tokenizer: a quarter of its bytes, rounded up."""
    return [
        -(-(len(text) if text.isascii() else len(text.encode("utf-8", "replace"))) // _BYTES_A_TOKEN) for text in texts
    ]


def fit(answer: Answer, budget: Budget, count: Count = estimate) -> Answer:
    """The answer with what fits into ``budget``, its tokens counted and its references numbered.

    Counting takes longer than finding the answer: where parts fit whatever their tokens, those are estimated. Where
    there is no limit the answer is left as it is: somebody will fit it who knows one.
    """
    if budget.max_total_tokens >= UNLIMITED:
        return answer
    tokens = _all_fits(answer, budget, count)
    if tokens is not None:
        return _referenced(replace(answer, tokens=tokens))
    followed, asked = _followed(answer.followed, budget.max_total_tokens // 2, count)
    total = budget.max_total_tokens - asked
    entities, used = _fitting(answer.entities, entity_text, min(budget.max_entity_tokens, total), count)
    relations, more = _fitting(answer.relations, relation_text, min(budget.max_relation_tokens, total - used), count)
    passages, rest = _fitting(answer.passages, passage_text, total - used - more, count)
    return _referenced(
        replace(
            answer, followed=followed, entities=entities, relations=relations, passages=passages,
            tokens=Tokens(used, more, rest, asked),
        )
    )  # fmt: skip


def _all_fits(answer: Answer, budget: Budget, count: Count) -> Tokens | None:
    """The tokens of an answer of which nothing need be cut; None where some may have to be.

    Only passages are counted, if they do not fit by their size.
    """
    asked = [followed_text(one, {}) for one in answer.followed]
    entities = [entity_text(one) for one in answer.entities]
    relations = [relation_text(one) for one in answer.relations]
    passages = [passage_text(one) for one in answer.passages]
    parts = asked, entities, relations, passages
    guessed = [sum(estimate(texts)) for texts in parts]
    limits = budget.max_total_tokens // 2, budget.max_entity_tokens, budget.max_relation_tokens
    each = 2 if all(text.isascii() for texts in parts for text in texts) else _BYTES_A_TOKEN
    most = [each * tokens + len(texts) for tokens, texts in zip(guessed, parts, strict=True)]  # no less than _most
    if sum(most) > budget.max_total_tokens or any(size > limit for size, limit in zip(most, limits, strict=False)):
        most = [_most(asked), _most(entities), _most(relations)]
        left = budget.max_total_tokens - sum(most)
        if left < 0 or any(size > limit for size, limit in zip(most, limits, strict=True)):
            return None
        if _most(passages) > left:
            guessed[-1] = sum(count(passages))
        if guessed[-1] > left:
            return None
    return Tokens(guessed[1], guessed[2], guessed[3], guessed[0])


def _most(texts: Sequence[str]) -> int:
    """More tokens than texts have: two letters each where all are ASCII (code has three and more, and none for its
    lines and indents), else a byte each."""
    return sum([
        (len(text) - text.count("  ") - text.count("\n")) // 2 + 1 if text.isascii()
        else len(text.encode("utf-8", "replace")) + 1
        for text in texts
    ])  # fmt: skip


def _followed(parts: Sequence[Followed], budget: int, count: Count) -> tuple[tuple[Followed, ...], int]:
    """What the graph says itself, with as many of the symbols it names as fit; the counts always stay."""
    used = 0
    kept = []
    for part in parts:
        (tokens,) = count([followed_text(part, {})])
        while used + tokens > budget and part.reached.hops:
            hops = part.reached.hops[: len(part.reached.hops) // 2]
            part = replace(part, reached=replace(part.reached, hops=hops))
            (tokens,) = count([followed_text(part, {})])
        used += tokens
        kept.append(part)
    return tuple(kept), min(used, budget)


def _fitting(
    parts: Sequence[_Part], text: Callable[[_Part], str], budget: int, count: Count
) -> tuple[tuple[_Part, ...], int]:
    used, taken = 0, 0
    for tokens in count([text(part) for part in parts]) if parts else ():
        if used + tokens > budget:
            break
        used += tokens
        taken += 1
    return tuple(parts[:taken]), used


def _referenced(answer: Answer) -> Answer:
    """Number the files that the parts come from, in the order in which they are first named."""
    numbers: dict[tuple[str, str], str] = {}

    def number(project: str, file: str) -> str:
        return numbers.setdefault((project, file), str(len(numbers) + 1)) if file else ""

    entities = tuple([
        Entity(one.project, one.symbol, one.doc, one.score, number(one.project, one.symbol.file))
        for one in answer.entities
    ])  # fmt: skip
    passages = tuple([one._replace(reference=number(one.project, one.file)) for one in answer.passages])
    relations = tuple([
        Relation(
            one.project, one.kind, one.source, one.target, one.file, one.line, one.count, one.resolution, one.score,
            number(one.project, one.file),
        )
        for one in answer.relations
    ])  # fmt: skip
    for followed in answer.followed:
        for _, file, _ in followed_places(followed):
            number(followed.project, file)
    references = tuple(Reference(key, project, file) for (project, file), key in numbers.items())
    return replace(answer, entities=entities, relations=relations, passages=passages, references=references)


def followed_places(followed: Followed) -> list[tuple[str, str, int]]:
    """What the graph's own answer names, each with the file and the line that prove it."""
    found = []
    for hop in followed.reached.hops:
        edge = hop.edges[0] if hop.edges else None
        proof = (edge.file, edge.lines[0] if edge.lines else 0) if edge else (hop.symbol.file, hop.symbol.name_line)
        found.append((hop.symbol.id, *proof))
    return found


# -- text ---------------------------------------------------------------------------------------------------------


def entity_text(entity: Entity) -> str:
    """A symbol as the context shows it."""
    symbol = entity.symbol
    head = f"{symbol.kind} {symbol.id} ({symbol.file}:{symbol.name_line})"
    return "\n".join(part for part in (head, symbol.signature, entity.doc) if part)


def relation_text(relation: Relation) -> str:
    """A relation as the context shows it."""
    place = f"{relation.file}:{relation.line}" if relation.line else relation.file
    return f"{relation.source} {relation.kind} {relation.target} ({place}, {relation.resolution})"


def passage_text(passage: Passage) -> str:
    """A passage as the context shows it."""
    return f"{passage.file}:{passage.start_line}-{passage.end_line}\n{passage.text}"


_ASKED = {
    "callers": "is called by", "callees": "calls", "users": "is used by", "uses": "uses", "subtypes": "is inherited by",
    "bases": "inherits from", "overriders": "is overridden by", "overridden": "overrides",
}  # fmt: skip


def followed_text(followed: Followed, numbers: Mapping[tuple[str, str], str]) -> str:
    """What the graph itself says, as the context shows it."""
    reached = followed.reached
    says = _ASKED.get(followed.asks, followed.asks)
    head = f"{reached.symbol.id} {says} {reached.total or 'nothing in the graph'}"
    lines = [f"{head}{':' if reached.hops else '.'}"]
    for name, file, line in followed_places(followed):
        number = numbers.get((followed.project, file), "")
        mark = f"[{number}] " if number else ""
        lines.append(f"{mark}{name}" + (f" ({file}:{line})" if file and line else f" ({file})" if file else ""))
    if len(reached.hops) < reached.total:
        lines.append(f"and {reached.total - len(reached.hops)} more")
    if reached.direction == "in" and reached.unresolved.count:
        lines.append(f"{reached.unresolved.count} calls of that name could not be resolved.")
    return "\n".join(lines)


def context_text(answer: Answer) -> str:
    """The answer as the text of a context: each part under its title, numbered by the file it comes from."""
    numbers = {(one.project, one.file): one.id for one in answer.references}
    sections = [
        ("From the graph", "\n".join(followed_text(one, numbers) for one in answer.followed)),
        ("Symbols", _lines(answer.entities, entity_text)),
        ("Relations", _lines(answer.relations, relation_text)),
        ("Source", _lines(answer.passages, passage_text)),
        ("References", "\n".join(f"[{one.id}] {_file(one, answer)}" for one in answer.references)),
    ]
    return "\n\n".join(f"# {title}\n\n{text}" for title, text in sections if text)


def _file(one: Reference, answer: Answer) -> str:
    """A file as a reference names it: of several projects, with its own."""
    return f"{one.project}: {one.file}" if len(answer.projects) > 1 else one.file


def _lines(parts: Iterable[_Part], text: Callable[[_Part], str]) -> str:
    return "\n".join(f"[{part.reference}] {text(part)}" for part in parts)

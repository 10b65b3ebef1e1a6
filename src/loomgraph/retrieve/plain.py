"""An answer without a language model as one text for people: what the graph says, symbols, quoted source, references.

The text is Markdown, so that it reads well where it is shown as it is and where it is rendered. It must not know where
it is shown.
"""

from __future__ import annotations

import re

from loomgraph.retrieve.answer import Answer, Entity, Passage, Relation
from loomgraph.retrieve.context import followed_text

_ENTITIES, _PASSAGES, _RELATIONS, _LINES = 8, 5, 4, 40
NOTHING = "Nothing in the code matches this question."


def answer_text(answer: Answer) -> str:
    """The answer in words."""
    if not answer.found:
        near = f" Nearest names: {', '.join(answer.nearest)}." if answer.nearest else ""
        return NOTHING + near
    numbers = {(one.project, one.file): one.id for one in answer.references}
    parts = [followed_text(one, numbers) for one in answer.followed]
    parts += [_entity(one, answer) for one in answer.entities[:_ENTITIES]]
    if not answer.entities:
        parts += [_relation(one) for one in answer.relations[: _ENTITIES * _RELATIONS]]
    parts += [_passage(one) for one in answer.passages[:_PASSAGES]]
    if answer.nearest:
        parts.append(f"Nearest names: {', '.join(answer.nearest)}.")
    return "\n\n".join(part for part in parts if part)


def _entity(entity: Entity, answer: Answer) -> str:
    symbol = entity.symbol
    lines = [
        f"**{symbol.qualified_name or symbol.id}** ({symbol.kind}) {symbol.file}:{symbol.name_line}{_mark(entity)}"
    ]
    if symbol.signature:
        lines.append(f"`{' '.join(symbol.signature.split())}`")
    lines += entity.doc.splitlines()
    near = [one for one in answer.relations if one.project == entity.project and symbol.id in (one.source, one.target)]
    lines += [f"- {_relation(one)}" for one in near[:_RELATIONS]]
    return "\n".join(lines)


def _relation(one: Relation) -> str:
    place = f" ({one.file}:{one.line})" if one.line else ""
    sure = f", {one.resolution}" if one.resolution != "exact" else ""
    return f"{one.source} {one.kind.lower()} {one.target}{place}{sure}"


def _passage(passage: Passage) -> str:
    lines = passage.text.splitlines()
    more = f"\n… to line {passage.end_line}" if len(lines) > _LINES else ""
    fence = "`" * max(3, 1 + max(map(len, re.findall("`+", passage.text)), default=0))
    quoted = "\n".join(lines[:_LINES])
    return f"{passage.file}:{passage.start_line}-{passage.end_line}{_mark(passage)}\n{fence}\n{quoted}{more}\n{fence}"


def _mark(part: Entity | Passage) -> str:
    return f" [{part.reference}]" if part.reference else ""

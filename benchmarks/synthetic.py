"""A synthetic ``custom_kg`` that looks like code: files in folders, modules, classes, functions, calls between them.

    python -m benchmarks.synthetic [--entities 50000] [--relations 100000] [--chunks 5000] [--seed 1] FILE

Made from a seed alone: the same arguments give the same bytes anywhere. Names are drawn so that a few are very common
and most are rare, as in real code; a third of the relations stay in their file.
"""

from __future__ import annotations

import argparse
import json
import random
from functools import cache
from pathlib import Path
from typing import Any

_NOUN_LIST = (
    "session user token cache request response order invoice payment account ledger queue worker index graph node edge"
    " parser lexer buffer stream socket channel packet header cookie password hash salt digest signature key secret"
    " policy role group tenant region cluster shard replica snapshot backup archive bucket object version branch commit"
    " diff patch merge review comment thread message mail template layout widget button form field schema table column"
    " row cursor query filter sort page report chart metric counter gauge histogram trace span log alert rule event job"
    " task schedule timer lock lease quota limit budget price tax discount coupon cart product catalog stock warehouse"
)
_VERB_LIST = (
    "get set load save read write open close create delete update insert remove find search match parse format encode"
    " decode encrypt decrypt sign verify hash compare merge split join sort filter map reduce fold scan walk visit"
    " resolve bind call send receive publish subscribe enqueue dequeue schedule cancel retry commit rollback render"
    " validate normalise convert compute estimate count sum check ensure build make copy move rename archive restore"
)
_SYLLABLE_LIST = (
    "ba be bo bri ca ce cla co cre da de dri du fa fer fi flo ga ge gra gu ha hel hi ja ka ki kro la le li lu ma me mi"
    " mo na ne ni nor o pa pe pla po qua ra re ri ro sa se sha si so sta su ta te ti tor tra u va ve vi wa we xi ze zo"
)
_NOUNS, _VERBS, _SYLLABLES = _NOUN_LIST.split(), _VERB_LIST.split(), _SYLLABLE_LIST.split()
_WORDS = 6000  # of descriptions; the n-th is met n times more rarely than the first
_KINDS = (
    ("calls", 60),
    ("references", 14),
    ("imports", 10),
    ("contains", 8),
    ("inherits", 4),
    ("calls, references", 4),
)


def custom_kg(entities: int = 50_000, relations: int = 100_000, chunks: int = 5_000, seed: int = 1) -> dict[str, Any]:
    """The whole document."""
    rng = random.Random(seed)
    files = [_path(rng, at) for at in range(chunks)]
    made = [_entity(rng, files, at, entities) for at in range(entities)]
    names = [one["entity_name"] for one in made]
    return {
        "chunks": [_chunk(rng, path, at, names, entities, chunks) for at, path in enumerate(files)],
        "entities": made,
        "relationships": list(_relations(rng, made, relations, max(entities // max(chunks, 1), 1))),
    }


def entity(seed: int = 7) -> dict[str, Any]:
    """A body with one more entity, as a client sends it after a small change."""
    rng = random.Random(seed)
    name = f"src/late/module_{seed}.py::{rng.choice(_VERBS)}_{rng.choice(_NOUNS)}_{rng.randrange(10**9)}"
    said = {
        "entity_type": "function",
        "description": _sentence(rng, 8),
        "source_id": f"src/late/module_{seed}.py:12-30",
    }
    return {"entities": [{"entity_name": name, **said}]}


def _path(rng: random.Random, at: int) -> str:
    return f"src/{rng.choice(_NOUNS)}/{rng.choice(_NOUNS)}_{rng.choice(_VERBS)}_{at}.py"


def _entity(rng: random.Random, files: list[str], at: int, entities: int) -> dict[str, Any]:
    file = files[at * len(files) // entities]
    kind = rng.choices(("function", "method", "class", "module", "constant"), (45, 35, 12, 4, 4))[0]
    verb, noun, other = rng.choice(_VERBS), rng.choice(_NOUNS), rng.choice(_NOUNS)
    if kind == "class":
        name = f"{noun.title()}{other.title()}{at}"
    elif kind == "method":
        name = f"{noun.title()}{other.title()}.{verb}_{other}_{at}"
    else:
        name = f"{verb}_{noun}_{at}"
    line = 1 + 17 * (at % 40)
    return {
        "entity_name": f"{file}::{name}",
        "entity_type": kind,
        "description": f"{verb} the {noun}: {_sentence(rng, rng.randrange(4, 16))}",
        "source_id": f"{file}:{line}-{line + rng.randrange(3, 60)}",
        "file_path": file,
    }


@cache
def _vocabulary() -> tuple[str, ...]:
    """Words of descriptions, the common ones first: those that names are made of, then rarer and rarer ones."""
    rng = random.Random(0)
    found = dict.fromkeys((*_NOUNS, *_VERBS))
    while len(found) < _WORDS:
        found.setdefault("".join(rng.choices(_SYLLABLES, k=rng.randrange(2, 5))))
    return tuple(found)


def _sentence(rng: random.Random, words: int) -> str:
    known = _vocabulary()
    return " ".join(known[int(len(known) ** rng.random()) - 1] for _ in range(words)) + "."


def _chunk(rng: random.Random, path: str, at: int, names: list[str], entities: int, chunks: int) -> dict[str, Any]:
    inside = names[at * entities // chunks : (at + 1) * entities // chunks]
    lines = [f"import {rng.choice(_NOUNS)}_{rng.choice(_VERBS)}", ""]
    for name in inside:
        called = name.rpartition("::")[2].rpartition(".")[2]
        lines += [f"def {called}({rng.choice(_NOUNS)}, {rng.choice(_NOUNS)}):", f'    """{_sentence(rng, 7)}"""']
        lines += [f"    {rng.choice(_NOUNS)} = {rng.choice(_VERBS)}_{rng.choice(_NOUNS)}({rng.choice(_NOUNS)})"] * 3
        lines.append(f"    return {rng.choice(_NOUNS)}.{rng.choice(_VERBS)}()")
    return {"content": "\n".join(lines) + "\n", "source_id": path, "file_path": path, "chunk_order_index": 0}


def _relations(rng: random.Random, made: list[dict[str, Any]], relations: int, near: int) -> Any:
    kinds, weights = [kind for kind, _ in _KINDS], [weight for _, weight in _KINDS]
    seen: set[tuple[str, str, str]] = set()
    while len(seen) < relations:
        at = rng.randrange(len(made))
        if rng.random() < 0.34:
            to = min(max(at + rng.randrange(-near, near + 1), 0), len(made) - 1)
        else:
            to = int(len(made) * rng.random() ** 3)  # few are called by many
        source, target = made[at]["entity_name"], made[to]["entity_name"]
        kind = rng.choices(kinds, weights)[0]
        if (source, target, kind) in seen:
            continue
        seen.add((source, target, kind))
        line = int(made[at]["source_id"].rpartition(":")[2].partition("-")[0]) + 2
        yield {
            "src_id": source,
            "tgt_id": target,
            "description": f"{source.rpartition('::')[2]} {kind} {target.rpartition('::')[2]}",
            "keywords": kind,
            "weight": float(rng.randrange(1, 4)),
            "source_id": f"{made[at]['file_path']}:{line}",
            "file_path": made[at]["file_path"],
        }


def main() -> None:
    """Write a document to a file."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("file", type=Path)
    for name, default in (("entities", 50_000), ("relations", 100_000), ("chunks", 5_000), ("seed", 1)):
        parser.add_argument(f"--{name}", type=int, default=default)
    given = parser.parse_args()
    kg = custom_kg(given.entities, given.relations, given.chunks, given.seed)
    given.file.write_text(json.dumps({"custom_kg": kg}), "utf-8")


if __name__ == "__main__":
    main()

"""Matching counts what splitting a text into words counts."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from loomgraph.lexicon import Lexicon
from loomgraph.retrieve.matching import Matcher, stemmed

PIECES = [
    "parse",
    "Parse",
    "PARSE",
    "args",
    "Args",
    "_",
    "__",
    " ",
    ".",
    "8",
    "39",
    "HTML",
    "er",
    "s",
    "(",
    "\n",
    "query",
]
TEXTS = st.lists(st.sampled_from([*PIECES, " ", "\n", "größe", "校验位"]), max_size=20).map("".join)


def by_splitting(text: str, stems: tuple[str, ...]) -> dict[str, int]:
    found: dict[str, int] = {}
    for term, count in Lexicon().counts(text).items():
        if stemmed(term) in stems:
            found[stemmed(term)] = found.get(stemmed(term), 0) + count
    return found


@given(TEXTS, st.lists(st.sampled_from(["parse", "args", "parseargs", "html", "query", "39", "8", "校验"]), min_size=1))
def test_it_counts_as_the_lexicon_does(text: str, terms: list[str]) -> None:
    matcher = Matcher(terms, Lexicon())
    assert matcher.counts(text) == by_splitting(text, matcher.stems)


@given(
    st.lists(TEXTS, max_size=6),
    st.lists(st.sampled_from(["parse", "args", "parseargs", "html", "query", "39", "8", "校验"]), min_size=1),
)
def test_many_texts_are_weighed_as_each_is_counted(texts: list[str], terms: list[str]) -> None:
    matcher = Matcher(terms, Lexicon())
    each = [by_splitting(text, matcher.stems) for text in texts]
    assert matcher.weighed([[(text, 2.0)] for text in texts]) == [
        {stem: 2.0 * count for stem, count in one.items()} for one in each
    ]
    (together,) = matcher.weighed([[(text, at + 0.5) for at, text in enumerate(texts)]])
    held = {stem for one in each for stem in one}
    assert together == {stem: sum((at + 0.5) * one.get(stem, 0) for at, one in enumerate(each)) for stem in held}


def test_parts_and_wholes_count() -> None:
    matcher = Matcher(["args", "parseargs"], Lexicon())
    assert matcher.counts("parse_args(parseArgs) # ARGS, __args__, margs") == {"arg": 4, "parsearg": 2}
    assert matcher.counts("nothing of it") == {}

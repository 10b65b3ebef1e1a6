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
def test_many_texts_are_counted_as_each_is(texts: list[str], terms: list[str]) -> None:
    matcher = Matcher(terms, Lexicon())
    assert matcher.counts_of(texts) == [by_splitting(text, matcher.stems) for text in texts]


def test_parts_and_wholes_count() -> None:
    matcher = Matcher(["args", "parseargs"], Lexicon())
    assert matcher.counts("parse_args(parseArgs) # ARGS, __args__, margs") == {"arg": 4, "parsearg": 2}
    assert matcher.counts("nothing of it") == {}

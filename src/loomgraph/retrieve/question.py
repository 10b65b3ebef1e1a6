"""What a question says: its terms, the names of code in it, and whether it is a name itself.

It must not know the graph.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from loomgraph.errors import EmptyQuestion, QuestionTooLong
from loomgraph.lexicon import CJK, Lexicon
from loomgraph.retrieve import phrases
from loomgraph.retrieve.data import Words

MAX_BYTES = 65_535
_MAX_TERMS = 64
_NAME = re.compile(r"[^\W\d]\w*(?:(?:\.|::|#|->)[^\W\d]\w*)*")
_SPLIT_NAME = re.compile(r"\.|::|#|->")
_MIXED = re.compile(r"[a-z\d][A-Z]|[A-Z]{2}[a-z]|\w_\w|^_\w")
_LINK = re.compile(r"https?://\S+|(?<!\w)#\d+\b")  # where else something stands says nothing of what it is
_GLUED = re.compile(rf"(?<=[{CJK}])(?=[A-Za-z_$])|(?<=[\w$)])(?=[{CJK}])")  # no space stands there in these languages
_IS_CJK = re.compile(rf"[{CJK}]")
_LONGEST_NAME = 6  # such letters: more are a sentence
_PATH = re.compile(r"[\w./-]+\.\w{1,5}\b")


@dataclass(frozen=True, slots=True)
class Question:
    """A question, read.

    ``terms`` are what the lexical index looks for; ``names`` the dotted names that look like code, most telling first;
    ``is_name``: the question is one name (or path) and nothing else; ``asks`` is what of the graph it asks for
    ("callers", "users", "subtypes", …) or ""; ``about`` is the name that it asks the graph about, where its language
    says which.
    """

    text: str
    terms: tuple[str, ...]
    names: tuple[str, ...]
    is_name: bool
    asks: str
    about: str = ""


def read_question(text: str, words: Words, lexicon: Lexicon) -> Question:
    """Read a question. Raises ``EmptyQuestion`` or ``QuestionTooLong``."""
    size = len(text.encode("utf-8", "surrogatepass"))
    if size > MAX_BYTES:
        raise QuestionTooLong(size=size, limit=MAX_BYTES)
    stripped = text.strip()
    found = lexicon.terms(_LINK.sub(" ", stripped)) or lexicon.terms(stripped)
    if not found:
        raise EmptyQuestion()
    terms = [term for term in found if term not in words.stop] or found
    is_name = _is_name(stripped) and not _is_sentence(stripped, words)
    asks, about = phrases.asked(stripped, words.phrases) if not is_name else ("", "")
    if not asks and not is_name:
        asks = next((words.asks[term] for term in found if term in words.asks), "")
    names = tuple(_names(stripped, is_name, words))
    return Question(stripped, tuple(terms[:_MAX_TERMS]), names, is_name, asks, about)


def _is_name(text: str) -> bool:
    """One name of code, with arguments or without."""
    bare = re.sub(r"\(.*\)$", "", text).strip("`'\" ?")
    return bool(_NAME.fullmatch(bare)) or len(bare.split()) == 1


def _is_sentence(text: str, words: Words) -> bool:
    """Whether a text without spaces is one all the same, in a language that writes none."""
    letters = len(_IS_CJK.findall(text))
    mixed = re.search(r"[A-Za-z]", text) is not None
    return letters > 0 and (mixed or letters > _LONGEST_NAME or any(mark in text for mark in words.marks))


def _names(text: str, is_name: bool, words: Words) -> list[str]:
    """The names that look like code: dotted, of mixed case or with underscores, or the whole question."""
    found: dict[str, None] = {}
    first = True
    if not text.isascii():
        text = _GLUED.sub(" ", text)
    for match in _NAME.finditer(text):
        name = match.group()
        dotted = len(_SPLIT_NAME.split(name)) > 1
        capital = name[0].isupper() and not first and name.lower() not in words.stop
        if is_name or dotted or _MIXED.search(name) or (capital and len(name) > 2) or _called(text, match.end()):
            found.setdefault(name)
        first = False
    return list(found)


def _called(text: str, end: int) -> bool:
    return text[end : end + 1] == "("


def last_part(name: str) -> str:
    """``save`` of ``Session.save``."""
    return _SPLIT_NAME.split(name)[-1]


def parts(name: str) -> list[str]:
    """The parts of a dotted name."""
    return _SPLIT_NAME.split(name)

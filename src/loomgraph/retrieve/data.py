"""The words and weights of ranking, read from their files once by whoever ranks."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from loomgraph.retrieve.phrases import Phrases


@dataclass(frozen=True, slots=True)
class Weights:
    """How much each signal counts (``weights.toml``)."""

    fields: tuple[float, float, float, float]
    signals: Mapping[str, float]
    factors: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Words:
    """Words of questions with a meaning of their own (``words.toml``)."""

    stop: frozenset[str]
    asks: Mapping[str, str]
    marks: tuple[str, ...]
    phrases: tuple[Phrases, ...]


@cache
def load_weights() -> Weights:
    """The weights that come with the package."""
    data = tomllib.loads(files("loomgraph.retrieve").joinpath("weights.toml").read_text("utf-8"))
    fields = data["fields"]
    return Weights((fields["path"], fields["names"], fields["doc"], fields["body"]), data["signals"], data["factors"])


@cache
def load_words() -> Words:
    """The words that come with the package."""
    data = tomllib.loads(files("loomgraph.retrieve").joinpath("words.toml").read_text("utf-8"))
    phrases = tuple(Phrases.read(one) for one in data["phrases"])
    return Words(frozenset(data["stop"]), data["asks"], tuple(data["sentences"]["marks"]), phrases)


@cache
def load_prompt(name: str) -> str:
    """A text for language models that comes with the package (``prompts/NAME.txt``)."""
    return files("loomgraph.retrieve").joinpath("prompts", f"{name}.txt").read_text("utf-8").rstrip()

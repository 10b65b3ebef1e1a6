"""Modes: which parts an answer has and from where, by LightRAG's names for them.

naive: passages by words and vectors, without the graph. local: the symbols that answer and what they are related to.
global: the relations among what answers, and the symbols at their ends. hybrid: local and global. mix (the default):
hybrid and passages. It must not know how any part is found.
"""

from __future__ import annotations

from dataclasses import replace
from enum import StrEnum
from typing import NamedTuple

from loomgraph.errors import BadInput
from loomgraph.retrieve.data import Weights


class Mode(StrEnum):
    """How a question is answered."""

    NAIVE = "naive"
    LOCAL = "local"
    GLOBAL = "global"
    HYBRID = "hybrid"
    MIX = "mix"


class Parts(NamedTuple):
    """What an answer is made of."""

    symbols: bool  # entities are the symbols that rank best
    neighbours: bool  # relations are those at the best symbols
    between: bool  # relations are those among everything that ranks, which bring their ends along
    passages: bool  # quoted source
    graph: bool  # signals of the graph count in the ranking, and the graph is asked what the question asks of it


PARTS = {
    Mode.NAIVE: Parts(False, False, False, True, False),
    Mode.LOCAL: Parts(True, True, False, False, True),
    Mode.GLOBAL: Parts(False, False, True, False, True),
    Mode.HYBRID: Parts(True, True, True, False, True),
    Mode.MIX: Parts(True, True, True, True, True),
}
_GRAPH_SIGNALS = ("definition", "name", "kind_named", "centrality", "neighbours")


def mode_named(name: str) -> Mode:
    """The mode of that name."""
    try:
        return Mode(name.lower())
    except ValueError:
        raise BadInput(reason=f"There is no mode {name}. Known: {', '.join(Mode)}.") from None


def weights_for(mode: Mode, weights: Weights) -> Weights:
    """The weights of a mode: those given, without the signals that it does not look at."""
    if PARTS[mode].graph:
        return weights
    return replace(weights, signals={**weights.signals, **dict.fromkeys(_GRAPH_SIGNALS, 0.0)})

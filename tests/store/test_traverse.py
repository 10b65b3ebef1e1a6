"""The walks against plain definitions of what they should find, on random graphs."""

from __future__ import annotations

from itertools import pairwise, product

from hypothesis import given
from hypothesis import strategies as st

from loomgraph.store.base import Update
from loomgraph.store.memory import MemoryReader, MemoryStore
from loomgraph.store.testing import edge, graph
from loomgraph.store.traverse import CALLS, components, incoming, reach, shortest_path

NODES = "abcdefg"
graphs_of_calls = st.sets(st.tuples(st.sampled_from(NODES), st.sampled_from(NODES)))


def reader_of(calls: set[tuple[str, str]]) -> MemoryReader:
    store = MemoryStore()
    store.apply(Update([graph("m.py", *NODES, edges=[edge(f"m.py::{a}", f"m.py::{b}") for a, b in calls])]))
    with store.read() as reader:
        assert isinstance(reader, MemoryReader)
        return reader


def distances(calls: set[tuple[str, str]]) -> dict[tuple[str, str], int]:
    """Fewest steps between any two nodes, by relaxing every edge until nothing changes."""
    far = 99
    found = {(a, b): 0 if a == b else far for a, b in product(NODES, NODES)}
    for _ in NODES:
        for (a, b), c in product(calls, NODES):
            found[a, c] = min(found[a, c], 1 + found[b, c])
    return {pair: steps for pair, steps in found.items() if steps < far}


@given(graphs_of_calls, st.sampled_from(NODES), st.integers(0, 4))
def test_reach(calls: set[tuple[str, str]], end: str, depth: int) -> None:
    hops = reach(reader_of(calls), [f"m.py::{end}"], incoming(CALLS), depth)
    wanted = {
        start: steps for (start, other), steps in distances(calls).items()
        if other == end and start != end and (not depth or steps <= depth)
    }  # fmt: skip
    if (end, end) in calls:
        wanted[end] = 1
    assert {hop.symbol.name: hop.depth for hop in hops} == wanted
    assert [hop.depth for hop in hops] == sorted(hop.depth for hop in hops)


@given(graphs_of_calls, st.sampled_from(NODES), st.sampled_from(NODES))
def test_shortest_path(calls: set[tuple[str, str]], start: str, end: str) -> None:
    way = shortest_path(reader_of(calls), f"m.py::{start}", f"m.py::{end}")
    steps = distances(calls).get((start, end))
    if steps is None:
        assert way is None
        return
    assert way is not None
    names = [start, *(link.far[-1] for link in way)]
    # Of all ways with the fewest steps, the first by name.
    ways = (w for w in product(NODES, repeat=steps + 1) if w[0] == start and w[-1] == end)
    assert tuple(names) == next(w for w in ways if all(pair in calls for pair in pairwise(w)))


@given(graphs_of_calls)
def test_components(calls: set[tuple[str, str]]) -> None:
    successors: dict[str, list[str]] = {}
    for a, b in sorted(calls):
        successors.setdefault(a, []).append(b)
    known = distances(calls)
    groups = {tuple(sorted(b for b in NODES if (a, b) in known and (b, a) in known)) for a in NODES}
    wanted = sorted((list(group) for group in groups if len(group) > 1), key=lambda group: (-len(group), group))
    assert components(successors) == wanted

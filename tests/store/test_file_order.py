"""Files stand in the order of their paths, whatever numbers a database gives them."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from loomgraph.store.file_order import FileOrder, LastOrder


@given(st.dictionaries(st.integers(0, 2**31), st.text(), max_size=30), st.lists(st.integers(0, 2**31), max_size=5))
def test_a_file_is_known_by_its_place_among_all(files: dict[int, str], others: list[int]) -> None:
    ordered = sorted((path, number) for number, path in files.items())
    asked = np.array([*files, *others], np.int64)
    wanted = [ordered.index((files[one], one)) if one in files else -1 for one in asked.tolist()]
    assert FileOrder(files.items()).of(asked).tolist() == wanted


def test_files_are_read_once_a_generation() -> None:
    last, read = LastOrder(), []

    def files() -> list[tuple[int, str]]:
        read.append(len(read))
        return [(7, "b.py"), (3, "c.py")] + [(9, "a.py")] * (len(read) - 1)

    found = [last.of(generation, files).of(np.array([7])).tolist() for generation in (1, 1, 2, 2)]
    assert found == [[0], [0], [1], [1]]
    assert read == [0, 1]

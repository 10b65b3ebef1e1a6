"""Words of the names of files: counted as if each name were split when it is asked for."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from loomgraph.lexicon import Lexicon
from loomgraph.retrieve.file_words import FileWords
from loomgraph.retrieve.matching import stemmed

WORDS = ["user", "users", "Session", "save", "x", "2"]
names = st.lists(st.sampled_from(WORDS), max_size=4).map("_".join)
paths = st.lists(names, min_size=1, max_size=8, unique=True).map(lambda found: [f"app/{name}.py" for name in found])


def counted(path: str, stems: set[str]) -> tuple[int, int, int]:
    words = Lexicon().parts_of(path.removeprefix("app/").removesuffix(".py"))
    hit = [word for word in words if stemmed(word) in stems]
    return len(words), len(hit), sum(map(len, hit))


@given(paths, st.data())
def test_words_are_counted_in_any_order_of_asking(files: list[str], data: st.DataObject) -> None:
    words, lexicon = FileWords(files), Lexicon()
    for _ in range(3):
        asked = data.draw(st.lists(st.integers(0, len(files) - 1), unique=True).map(sorted))
        stems = data.draw(st.sets(st.sampled_from([stemmed(word.lower()) for word in WORDS] + ["nothing"])))
        found = words.holding(np.array(asked, np.intp), stems, lexicon)
        assert list(zip(*(column.tolist() for column in found), strict=True)) == [
            counted(files[at], stems) for at in asked
        ]


def test_a_file_that_gathers_others_is_called_by_its_folder() -> None:
    words = FileWords(["billing/__init__.py", "src/router/index.ts", "plain-text/main.py"])
    sizes, hit, letters = words.holding(np.arange(3), ["bill", "rout", "plain", "index"], Lexicon())
    assert (sizes.tolist(), hit.tolist(), letters.tolist()) == ([1, 1, 2], [1, 1, 1], [7, 6, 5])

"""What chunks are found by: the names, documentation and text of each, and one vector a chunk."""

from __future__ import annotations

import numpy as np
import pytest

from loomgraph.embed.registry import NONE, STATIC
from loomgraph.facts import Facts
from loomgraph.indexing.passages import Describer
from loomgraph.model import Chunk
from loomgraph.parse.extract import Extractor
from loomgraph.parse.registry import Languages

SOURCE = '''"""Sessions of visitors."""


class Session:
    """What a visitor told us."""

    def save(self, store):
        """Write it to disk."""
        store.put(self.key, self.values)


def load_session(store, key):
    return store.get(key)
'''


@pytest.fixture(scope="module")
def facts() -> Facts:
    languages = Languages.load()
    spec = languages.language_of("sessions.py", b"")
    assert spec is not None
    return Extractor(languages).extract("sessions.py", SOURCE.encode(), spec)


def chunk(start: int, end: int) -> Chunk:
    text = "\n".join(SOURCE.splitlines()[start - 1 : end])
    return Chunk(f"web/sessions.py#{start}", "web/sessions.py", start, end, text, "web/sessions.py")


def test_each_chunk_has_the_terms_of_what_it_defines(facts: Facts) -> None:
    first, second = Describer(NONE).describe("web/sessions.py", facts, [chunk(1, 9), chunk(12, 13)])[0]
    assert first.path == second.path == "web sessions"
    assert first.names.split() == ["session", "save"]
    assert second.names.split() == ["load", "session", "loadsession"]
    assert {"visitors", "visitor", "told", "write", "disk"} <= set(first.doc.split())
    assert "store" in second.doc.split()
    assert "visitors" not in second.doc.split()
    assert {"get", "key", "return"} <= set(second.body.split())


def test_a_term_of_the_body_is_said_three_times_at_most(facts: Facts) -> None:
    many = Chunk("a#1", "a.py", 1, 1, "again " * 50, "a.py")
    ((_, _, _, body),) = Describer(NONE).describe("a.py", facts, [many])[0]
    assert body == "again again again"


def test_vectors_are_one_row_a_chunk_of_unit_length(facts: Facts) -> None:
    terms, data = Describer(STATIC).describe("web/sessions.py", facts, [chunk(1, 9), chunk(12, 13)])
    rows = np.frombuffer(data, "<f2").reshape(len(terms), -1).astype(np.float32)
    assert rows.shape == (2, 256)
    assert np.linalg.norm(rows, axis=1) == pytest.approx(1.0, abs=1e-2)


def test_without_an_embedding_there_are_no_vectors(facts: Facts) -> None:
    terms, data = Describer(NONE).describe("web/sessions.py", facts, [chunk(1, 9)])
    assert (len(terms), data) == (1, b"")


def test_no_chunks_no_terms(facts: Facts) -> None:
    assert Describer(STATIC).describe("a.py", facts, []) == ([], b"")


def test_a_describer_gives_the_same_whatever_it_described_before(facts: Facts) -> None:
    used = Describer(STATIC)
    used.describe("other/words.py", facts, [chunk(12, 13)])
    fresh = Describer(STATIC)
    assert used.describe("web/sessions.py", facts, [chunk(1, 9)]) == fresh.describe(
        "web/sessions.py", facts, [chunk(1, 9)]
    )


def test_the_same_code_elsewhere_differs_by_its_path_alone(facts: Facts) -> None:
    ((here, _),) = [Describer(NONE).describe("web/sessions.py", facts, [chunk(1, 9)])]
    ((there, _),) = [Describer(NONE).describe("old/store.py", facts, [chunk(1, 9)])]
    assert here[0][1:] == there[0][1:]
    assert there[0].path == "old store"

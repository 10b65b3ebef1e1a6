"""Which files are tests."""

from __future__ import annotations

import pytest

from loomgraph.indexing.testfiles import TestRules


@pytest.mark.parametrize(
    ("path", "language", "expected"),
    [
        ("tests/test_a.py", "python", True),
        ("pkg/test_a.py", "python", True),
        ("pkg/tests/helpers.py", "python", True),
        ("pkg/contest.py", "python", False),
        ("pkg/testing.py", "python", False),
        ("latest/a.py", "python", False),
        ("src/a.test.ts", "typescript", True),
        ("src/a.ts", "typescript", False),
        ("src/__tests__/a.tsx", "tsx", True),
        ("a_test.go", "go", True),
        ("test/a.go", "go", False),
        ("src/test/java/A.java", "java", True),
        ("src/main/java/Latest.java", "java", False),
        ("src/main/java/ATest.java", "java", True),
        ("spec/a_spec.rb", "ruby", True),
        ("__tests__/a.unknown", "unknown", True),
        ("a.unknown", "unknown", False),
    ],
)
def test_by_name_and_place(path: str, language: str, expected: bool) -> None:
    assert TestRules().is_test(path, language) is expected

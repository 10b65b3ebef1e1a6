"""Which files are tests, by name and place: the rules of ``tests.toml``. Looks at paths only."""

from __future__ import annotations

import fnmatch
import re
import tomllib
from pathlib import Path

_EVERY = "*"


class TestRules:
    """``tests.toml``, ready to ask."""

    __test__ = False  # the name is no request to be collected

    def __init__(self, path: Path | None = None) -> None:
        with (path or Path(__file__).with_name("tests.toml")).open("rb") as file:
            plain = tomllib.load(file)
        every = frozenset(plain.get(_EVERY, {}).get("folders", ()))
        self._every = every
        self._folders: dict[str, frozenset[str]] = {}
        self._files: dict[str, re.Pattern[str]] = {}
        for language, table in plain.items():
            self._folders[language] = every | frozenset(table.get("folders", ()))
            globs = table.get("files", ())
            self._files[language] = re.compile("|".join(map(fnmatch.translate, globs)) or "(?!)")

    def is_test(self, path: str, language: str) -> bool:
        """Whether the file at ``path`` (relative, with ``/``) is a test."""
        folder, _, name = path.rpartition("/")
        pattern = self._files.get(language)
        if pattern is not None and pattern.match(name):
            return True
        return not self._folders.get(language, self._every).isdisjoint(folder.split("/"))

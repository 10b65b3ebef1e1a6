"""Versions of the rules by which facts and edges were made: when one changes, so does what was made by it."""

from __future__ import annotations

import functools
import hashlib
from importlib.util import find_spec
from pathlib import Path

from loomgraph.parse.registry import Languages, rules_version


class RulesVersions(dict[str, str]):
    """The rules version of each language by name, worked out when first asked for; "" for unknown languages."""

    def __init__(self, languages: Languages) -> None:
        super().__init__()
        self._languages = languages

    def __missing__(self, language: str) -> str:
        version = rules_version(self._languages[language]) if language in self._languages else ""
        self[language] = version
        return version


def rules_versions(languages: Languages) -> RulesVersions:
    """Ask it for a language's rules version."""
    return RulesVersions(languages)


@functools.cache  # the running code stays what it is
def resolve_version() -> str:
    """A hash of all that decides which edges facts give."""
    spec = find_spec("loomgraph.resolve")  # found, not imported: an index that finds no change needs none of it
    digest = hashlib.sha256()
    for folder in (spec.submodule_search_locations if spec is not None else None) or ():
        for path in sorted(Path(folder).rglob("*")):
            if path.suffix in (".py", ".toml"):
                digest.update(f"\0{path.name}\0".encode())
                digest.update(path.read_bytes())
    return digest.hexdigest()[:16]

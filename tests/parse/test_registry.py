"""Languages as folders of data: which file is in which language, and that every folder is sound."""

from __future__ import annotations

import ast
import tomllib
from pathlib import Path

import msgspec
import pytest

from loomgraph.parse import registry
from loomgraph.parse.registry import Languages, LanguageSpec, rules_version

LANGUAGES = Languages.load()
FOLDER = Path(registry.__file__).parent / "languages"


@pytest.mark.parametrize(
    ("path", "head", "language"),
    [
        ("src/main.rs", b"", "rust"),
        ("a.b/c.d.cpp", b"", "cpp"),
        ("Main.CPP", b"", "cpp"),
        ("x/Rakefile", b"", "ruby"),
        (".bashrc", b"", "bash"),
        ("run", b"#!/bin/bash -e\n", "bash"),
        ("run", b"#!/usr/bin/env -S PYTHONPATH=. python3.11 -u\n", "python"),
        ("tool", b"#!/usr/bin/env ruby\r\n", "ruby"),
        ("lib.h", b"struct point { int x; };\n#include <stdio.h>\n", "c"),
        ("lib.h", b"#pragma once\nnamespace a {\n}\n", "cpp"),
        ("lib.h", b"int f(std::string s);", "cpp"),
        ("lib.h", b"", "c"),
        ("README.MD", b"", "markdown"),
        ("docs/index.rst", b"", "rst"),
        ("pkg/mod.py", b"", "python"),
        ("noise", b"no shebang\n", None),
        ("run", b"#!\n", None),
        ("archive.tar.gz", b"", None),
        (".py", b"", None),
        ("", b"", None),
    ],
)
def test_language_of(path: str, head: bytes, language: str | None) -> None:
    spec = LANGUAGES.language_of(path, head)
    assert (spec.name if spec else None) == language


def test_a_file_that_only_its_head_tells_is_worth_reading() -> None:
    assert LANGUAGES.may_have_language("bin/run")
    assert LANGUAGES.may_have_language("a.py")
    assert not LANGUAGES.may_have_language("a.png")


def test_no_two_languages_claim_the_same_files() -> None:
    for key in ("extensions", "filenames", "shebangs"):
        claims = [claim for spec in LANGUAGES.specs for claim in getattr(spec, key)]
        assert len(claims) == len(set(claims)), key


@pytest.mark.parametrize("spec", LANGUAGES.specs, ids=lambda spec: spec.name)
def test_every_folder_is_sound(spec: LanguageSpec) -> None:
    """The grammar loads, the lowering is there, and language.toml has no key that nothing reads."""
    assert spec.extensions or spec.filenames
    if spec.grammar:
        assert LANGUAGES.parser(spec).parse(b"").root_node is not None
    assert callable(LANGUAGES.lowering(spec))
    with (spec.path / "language.toml").open("rb") as file:
        _check_keys(tomllib.load(file), LanguageSpec, spec.name)


def _check_keys(table: dict[str, object], kind: type, where: str) -> None:
    fields = {field.name: field.type for field in msgspec.structs.fields(kind)}
    assert table.keys() <= fields.keys(), f"{where}: {table.keys() - fields.keys()}"
    for key, value in table.items():
        inner = fields[key]
        if isinstance(value, dict) and isinstance(inner, type) and issubclass(inner, msgspec.Struct):
            _check_keys(value, inner, f"{where}.{key}")


@pytest.mark.parametrize("spec", LANGUAGES.specs, ids=lambda spec: spec.name)
def test_what_a_folder_imports_counts_for_its_version(spec: LanguageSpec) -> None:
    """Code of another folder that a language uses must be named in ``uses``, or stale facts would be kept."""
    known = {spec.path.name, *spec.uses}
    for path in spec.path.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            module = node.module if isinstance(node, ast.ImportFrom) else None
            if module and module.startswith("loomgraph.parse.languages."):
                assert module.split(".")[3] in known, f"{path.name} imports {module}"


def test_rules_version_follows_code_and_data(tmp_path: Path) -> None:
    folder = tmp_path / "toy"
    folder.mkdir()
    (folder / "language.toml").write_text('name = "toy"\nextensions = [".toy"]\n')
    spec = Languages.load(tmp_path)["toy"]
    first = rules_version(spec)
    assert rules_version(spec) == first
    (folder / "symbols.scm").write_text("; nothing")
    second = rules_version(spec)
    assert second != first
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "shared.py").write_text("A = 1\n")
    uses = msgspec.structs.replace(spec, uses=("other",))
    third = rules_version(uses)
    (tmp_path / "other" / "shared.py").write_text("A = 2\n")
    assert third != rules_version(uses)


def test_versions_differ_between_languages() -> None:
    versions = [rules_version(spec) for spec in LANGUAGES.specs]
    assert len(versions) == len(set(versions))


def test_blanked_text_keeps_every_byte_in_its_place() -> None:
    source = b"class LIB_EXPORT Name {\n  int a;\n};\nclass API Later;\nstruct STAT st;\n"
    seen = LANGUAGES.readable(LANGUAGES["cpp"], source)
    assert seen == b"class            Name {\n  int a;\n};\nclass     Later;\nstruct STAT st;\n"
    assert LANGUAGES.readable(LANGUAGES["c"], source) is source

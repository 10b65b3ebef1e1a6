"""Structure languages: what their queries find, as golden text beside a sample in each language.

Run with UPDATE_GOLDEN=1 to accept changed facts; the difference is for review.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from loomgraph.facts import DefFlag, Facts, Op, ParamKind, SiteKind
from loomgraph.parse.extract import Extractor
from loomgraph.parse.registry import Languages
from loomgraph.resolve.ids import symbol_ids

FOLDER = Path(__file__).parent / "structure"
SAMPLES = sorted(path for path in FOLDER.glob("sample.*") if path.suffix != ".txt")
LANGUAGES = Languages.load()


class Dump:
    """Facts as text, for reading."""

    def __init__(self, facts: Facts) -> None:
        self.facts = facts
        self.ids = [name.removeprefix("::") or "(file)" for name in symbol_ids("", facts.definitions)]

    def lines(self) -> Iterator[str]:
        facts = self.facts
        if facts.package:
            yield f"package {facts.package}"
        for problem in facts.problems:
            yield f"problem {problem.line}: {problem.reason}"
        for imported in facts.imports:
            alias = f" as {imported.alias}" if imported.alias not in ("", imported.name) else ""
            yield f"{imported.line}: {imported.kind} {imported.module or '-'} {imported.name or '(itself)'}{alias}"
        for at in range(1, len(facts.definitions)):
            yield self.definition(at)
        sites = facts.sites
        for at in range(0, len(sites), 4):
            if sites[at + 3] == SiteKind.CALL:
                yield f"{sites[at + 2]}: {self.ids[sites[at + 1]]} calls {self.show(sites[at])}"

    def definition(self, at: int) -> str:
        d = self.facts.definitions[at]
        flags = " ".join(flag.name.lower() for flag in DefFlag if flag & d.flags)
        bases = " ".join(f"{kind.lower()} {self.show(base)}" for base, kind in d.bases)
        marks = {ParamKind.STAR: "*", ParamKind.KEYWORD: ":", ParamKind.RECEIVER: "^"}
        params = ", ".join(marks.get(p.kind, "") + (p.name or "_") + "?" * (p.default >= 0) for p in d.params)
        parts = [f"{d.name_line}-{d.end_line}: {d.symbol_kind} {self.ids[at]}", f"[{flags}]" if flags else "", bases]
        parts.append(f"({params})" if d.kind == 2 else "")
        parts.append(f"-> {self.show(d.result)}" if d.result >= 0 else "")
        parts += [f"`{d.signature}`", f'"{d.doc}"' if d.doc else ""]
        return " ".join(part for part in parts if part)

    def show(self, expr: int) -> str:
        """An expression, briefly."""
        code, names = self.facts.code, self.facts.names
        op = code[expr] if expr >= 0 else 0
        if op == Op.NAME:
            return names[code[expr + 1]]
        if op == Op.ATTR:
            return f"{self.show(code[expr + 1])}.{names[code[expr + 2]]}"
        if op in (Op.CALL, Op.NEW):
            n = code[expr + 2]
            args = [self.show(code[expr + 3 + k]) for k in range(n)]
            rest = expr + 4 + n
            args += [f"{names[code[rest + 2 * k]]}: {self.show(code[rest + 2 * k + 1])}" for k in range(code[rest - 1])]
            return f"{'new ' if op == Op.NEW else ''}{self.show(code[expr + 1])}({', '.join(args)})"
        if op == Op.DEF:
            return f"<{self.facts.definitions[code[expr + 1]].name}>"
        if op == Op.LIT:
            return names[code[expr + 1]]
        return {Op.THIS: "this", Op.SUPER: "super", Op.STAR: "*"}.get(Op(op) if op else Op.NAME, "?")


@pytest.mark.parametrize("path", SAMPLES, ids=lambda path: path.suffix[1:])
def test_sample(path: Path) -> None:
    data = path.read_bytes()
    spec = LANGUAGES.language_of(path.name, data)
    assert spec is not None
    assert not spec.lower
    text = "\n".join(Dump(Extractor(LANGUAGES).extract(path.name, data, spec)).lines()) + "\n"
    golden = path.with_name(path.name + ".txt")
    if os.environ.get("UPDATE_GOLDEN"):
        golden.write_text(text, encoding="utf-8")
    assert text == golden.read_text(encoding="utf-8")


def test_every_structure_language_has_a_sample() -> None:
    wanted = {spec.name for spec in LANGUAGES.specs if not spec.lower and not spec.config}
    shown = {spec.name for path in SAMPLES if (spec := LANGUAGES.language_of(path.name, path.read_bytes()))}
    assert shown == wanted

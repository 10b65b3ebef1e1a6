"""Lowering of Python: what one file's facts hold, construct by construct.

Where a construct only matters for resolution, ``tests/resolve/cases/python`` is the place; here stand the facts that
reach the graph as they are: definitions, signatures, docs, imports, exports, sites, blocks.
"""

from __future__ import annotations

import textwrap

import pytest

from loomgraph.facts import BindingFlag, DefFlag, Definition, DefKind, Facts, Op, ParamKind, SiteKind
from loomgraph.parse.extract import Extractor
from loomgraph.parse.registry import Languages

LANGUAGES = Languages.load()
EXTRACTOR = Extractor(LANGUAGES)


def facts_of(source: str) -> Facts:
    spec = LANGUAGES.language_of("a.py")
    assert spec is not None
    found = EXTRACTOR.extract("a.py", textwrap.dedent(source).encode(), spec)
    assert not [p for p in found.problems if "extraction failed" in p.reason], found.problems
    return found


def definition(facts: Facts, name: str, nth: int = 0) -> Definition:
    return [d for d in facts.definitions if d.name == name][nth]


def sites(facts: Facts, kind: SiteKind) -> list[tuple[str, int]]:
    """(last name, line) of the sites of a kind; for calls the name of the callee."""
    found = []
    for at in range(0, len(facts.sites), 4):
        if facts.sites[at + 3] != kind:
            continue
        expr = facts.sites[at]
        if facts.code[expr] == Op.CALL:
            expr = facts.code[expr + 1]
        operand = {Op.NAME: 1, Op.ATTR: 2}.get(Op(facts.code[expr]))
        found.append((facts.names[facts.code[expr + operand]] if operand else "", facts.sites[at + 2]))
    return found


def visible_names(facts: Facts) -> list[str]:
    return [d.name for d in facts.definitions[1:] if not d.flags & DefFlag.HIDDEN]


def test_kinds_of_definitions() -> None:
    facts = facts_of(
        """
        LIMIT = 3
        name: str = "x"
        class Base:
            field = 1
            def __init__(self): ...
            def method(self): ...
            @property
            def shown(self): ...
            @shown.setter
            def shown(self, value): ...
        class Color(Enum):
            RED = 1
        def function(): ...
        """
    )
    kinds = {d.name: d.symbol_kind for d in facts.definitions[1:]}
    assert kinds == {
        "LIMIT": "constant", "name": "variable", "Base": "class", "field": "field",
        "__init__": "constructor", "method": "method", "shown": "property", "Color": "enum", "RED": "enumMember",
        "function": "function",
    }  # fmt: skip
    assert definition(facts, "shown").flags & DefFlag.PROPERTY
    assert definition(facts, "shown", 1).flags & DefFlag.SETTER


def test_type_variables_are_type_parameters_when_typing_gives_them() -> None:
    facts = facts_of("from typing import TypeVar\nT = TypeVar('T', bound='Base')\n")
    variable = definition(facts, "T")
    assert (variable.kind, variable.symbol_kind, len(variable.returns)) == (DefKind.TYPE, "typeParameter", 1)


def test_lines_cover_decorators_and_names_stand_on_their_own() -> None:
    facts = facts_of(
        """\
        @first
        @second(
            1
        )
        async def job():
            pass
        """
    )
    job = definition(facts, "job")
    assert (job.line, job.name_line, job.end_line) == (1, 5, 6)
    assert job.flags & DefFlag.ASYNC
    assert job.signature == "async def job()"


def test_overloads_are_one_symbol() -> None:
    facts = facts_of(
        """\
        @overload
        def get(x: int) -> int: ...
        @overload
        def get(x: str) -> str: ...
        def get(x):
            return x
        """
    )
    assert visible_names(facts) == ["get"]
    shown = next(d for d in facts.definitions if d.name == "get" and not d.flags & DefFlag.HIDDEN)
    assert (shown.line, shown.name_line, shown.end_line) == (1, 5, 6)


def test_only_declarations_remain_in_stubs() -> None:
    facts = facts_of("@overload\ndef get(x: int) -> int: ...\n@overload\ndef get(x: str) -> str: ...\n")
    assert visible_names(facts) == ["get"]


def test_signatures_are_one_line() -> None:
    facts = facts_of(
        """
        def long(
            first: int,
            *rest: str,
            key: "Node | None" = None,
        ) -> dict[
            str, int
        ]: ...
        class A(
            Base,
            metaclass=Meta,
        ): ...
        """
    )
    expected = 'def long(first: int, *rest: str, key: "Node | None" = None) -> dict[ str, int ]'
    assert definition(facts, "long").signature == expected
    assert definition(facts, "A").signature == "class A(Base, metaclass=Meta)"


@pytest.mark.parametrize(
    ("body", "doc"),
    [
        ('"""One line."""', "One line."),
        ("'''One.\n\n    Two.'''", "One."),
        ('r"""Raw \\d.\n    More of it.\n\n    Rest."""', "Raw \\d.\nMore of it."),
        ('# comment\n    "Plain."', "Plain."),
        ("f'not {a} doc'", "not {a} doc"),
        ("1 + 1", ""),
    ],
)
def test_docs_are_the_first_paragraph(body: str, doc: str) -> None:
    assert definition(facts_of(f"def f():\n    {body}\n"), "f").doc == doc


def test_parameters_and_receivers() -> None:
    facts = facts_of(
        """
        class A:
            def m(self, a, /, b=1, *args, c, **kw): ...
            @classmethod
            def c(cls, x): ...
            @staticmethod
            def s(x): ...
            def __new__(cls): ...
        def f(self, *, k): ...
        """
    )
    kinds = {d.name: [p.kind for p in d.params] for d in facts.definitions if d.kind == DefKind.FUNCTION}
    receiver, positional, keyword = ParamKind.RECEIVER, ParamKind.POSITIONAL, ParamKind.KEYWORD
    assert kinds["m"] == [receiver, positional, positional, ParamKind.STAR, keyword, ParamKind.STAR_KEYWORD]
    assert kinds["c"] == [receiver, positional]
    assert kinds["s"] == [positional]
    assert kinds["__new__"] == [receiver]
    assert kinds["f"] == [positional, keyword]
    assert definition(facts, "__new__").flags & DefFlag.CLASSMETHOD
    assert definition(facts, "m").flags & DefFlag.VARIADIC


def test_flags_of_functions() -> None:
    facts = facts_of(
        """
        def _private(): ...
        def __dunder__(): ...
        def gen(): yield 1
        def test_it(): ...
        def main(): ...
        @app.route("/")
        def home(): ...
        class A:
            @abstractmethod
            def m(self): ...
        """
    )
    flags = {d.name: d.flags for d in facts.definitions}
    assert flags["_private"] & DefFlag.PRIVATE
    assert not flags["__dunder__"] & DefFlag.PRIVATE
    assert flags["gen"] & DefFlag.GENERATOR
    assert flags["test_it"] & DefFlag.TEST
    assert flags["main"] & flags["home"] & DefFlag.ENTRY_POINT
    assert flags["m"] & DefFlag.ABSTRACT


def test_flags_of_classes() -> None:
    facts = facts_of(
        """
        @dataclass(frozen=True)
        class Data: ...
        class Pair(NamedTuple): ...
        class Speaks(Protocol): ...
        class Color(enum.Enum): ...
        """
    )
    assert definition(facts, "Data").flags & DefFlag.DATACLASS
    assert definition(facts, "Pair").flags & DefFlag.DATACLASS
    assert definition(facts, "Speaks").flags & DefFlag.INTERFACE
    assert definition(facts, "Color").flags & DefFlag.ENUM


def test_imports() -> None:
    facts = facts_of(
        """\
        from __future__ import annotations
        import os.path, json as j
        from . import near
        from ..far.away import one as two, three
        from stars import *
        def late():
            import inside
        """
    )
    rows = [(i.module, i.name, i.alias, i.level, i.line) for i in facts.imports]
    assert rows == [
        ("os.path", "", "", 0, 2), ("os", "", "os", 0, 2), ("json", "", "j", 0, 2), ("", "near", "near", 1, 3),
        ("far.away", "one", "two", 2, 4), ("far.away", "three", "three", 2, 4), ("stars", "*", "", 0, 5),
        ("inside", "", "inside", 0, 7),
    ]  # fmt: skip
    assert facts.imports[-1].scope == next(i for i, d in enumerate(facts.definitions) if d.name == "late")


def test_exports() -> None:
    facts = facts_of("__all__ = ['a', \"b\"] + ['c']\n__all__ += ['d']\ndef a(): ...\ndef e(): ...\n")
    assert [e.name for e in facts.exports] == ["a", "b", "c", "d"]
    assert definition(facts, "a").flags & DefFlag.EXPORTED
    assert not definition(facts, "e").flags & DefFlag.EXPORTED
    assert "open_all" not in facts.extra
    assert facts_of("__all__ = ['a'] + other.__all__\n").extra["open_all"] is True


def test_calls_stand_on_the_line_of_their_last_name() -> None:
    facts = facts_of("(query\n    .first()\n    .second(\n        third()))\n")
    assert sites(facts, SiteKind.CALL) == [("first", 2), ("third", 4), ("second", 3)]


def test_references_leave_out_locals_and_built_ins() -> None:
    facts = facts_of(
        """
        def f(param: Node, other: int):
            local = param
            print(local, OUTER, len)
            for item in local:
                item
            return Other.name
        """
    )
    assert sites(facts, SiteKind.REF) == [("Node", 2), ("OUTER", 4), ("Other", 7), ("name", 7)]


def test_a_built_in_name_of_the_file_is_referenced() -> None:
    facts = facts_of("def object(): ...\nx = [object]\n")
    assert sites(facts, SiteKind.REF) == [("object", 2)]


def test_attributes_set_on_self() -> None:
    facts = facts_of(
        """
        class A:
            def __init__(this, x):
                this.x = x
                this.a, this.b = 1, 2
                this.items = []
            def add(self):
                self.items.append(1)
                self.inherited.append(1)
                def inner():
                    self.late = 1
        """
    )
    assert [m.name for m in facts.members] == ["x", "a", "b", "items", "late", "items"]
    assert {m.owner for m in facts.members} == {1}


def test_branches_are_blocks() -> None:
    facts = facts_of(
        """
        if a:
            x = 1
        else:
            x = 2
        x = 3
        """
    )
    first, second, third = [b for b in facts.bindings if b.name == "x"]
    assert first.end < second.position < second.end < third.position < third.end


def test_narrowing_in_branches_and_behind_an_early_return() -> None:
    facts = facts_of(
        """
        def f(x, y):
            if isinstance(x, A):
                pass
            if not isinstance(y, B):
                return
            y
        """
    )
    rows = [(b.name, b.line) for b in facts.bindings if b.flags & BindingFlag.NARROWING]
    assert rows == [("x", 3), ("y", 5)]


def test_global_and_nonlocal_bind_outside() -> None:
    facts = facts_of(
        """
        def outer():
            seen = 1
            def inner():
                nonlocal seen
                global total
                seen = 2
                total = 3
        """
    )
    scopes = {(b.name, b.scope) for b in facts.bindings if b.flags & BindingFlag.GLOBAL}
    assert scopes == {("seen", 1), ("total", 0)}


def test_lambdas_know_where_they_are_passed() -> None:
    facts = facts_of("run(lambda x: x, 1, key=lambda y: y)\n")
    call = facts.sites[0]
    assert [d.context for d in facts.definitions if d.name == "<lambda>"] == [(call, 0), (call, 2)]


def test_comprehensions_are_scopes_that_are_no_symbols() -> None:
    facts = facts_of("x = [use(a) for a in b if (c := a)]\n")
    scope = definition(facts, "<comprehension>")
    assert scope.kind == DefKind.SCOPE
    assert scope.flags & DefFlag.HIDDEN
    bound = {b.name: b.scope for b in facts.bindings}
    assert bound["a"] != 0
    assert bound["c"] == 0


@pytest.mark.parametrize(
    "source",
    [
        "def f(:\n    return g()\n",
        "class A(\n    def m(self): self.x()\n",
        "print 'old'\nexec 'older'\ng()\n",
        "x = [for\ng()\n",
        "try:\n  g()\nexcept:\n",
        "a & class a\ng()\n",
        "match x:\n  case\ng()\n",
        "@\ndef f(): g()\n",
        "f(\n\n" * 300 + "g()",
        "x = " + "+".join(["y"] * 3000) + "\ng()\n",
    ],
)
def test_broken_or_odd_source_gives_what_it_has(source: str) -> None:
    facts = facts_of(source)
    assert facts.definitions[0].end_line >= 1
    assert not [p for p in facts.problems if "extraction failed" in p.reason]


def test_a_syntax_error_is_reported_and_the_rest_is_read() -> None:
    facts = facts_of("def one(): ...\nx = = 1\ndef two(): ...\n")
    assert {"one", "two"} <= set(visible_names(facts))
    assert [p.line for p in facts.problems] == [2]

"""What the Java platform's types are said to be, on a small made-up platform and on the real one."""

from __future__ import annotations

import pytest

from loomgraph.resolve.languages.java_api import ARRAY, OBJECT, JavaApi, Template
from loomgraph.resolve.languages.java_overloads import promoted

SMALL = """\
# a comment
C java.lang.Object : toString()String
C java.lang.String : Object length()int
I a.Source<T> : !next()T $of<E>(E...)Source<E> map<R>(a.Step<T,R>)Source<R>
I a.Step<A,B> : !run(A)B twice()void
A a.Base<K:Object,V> : Object Source<a.Pair<K,V>> names=String[] size()int
C a.Pair<X,Y> : Object first()X
C a.Table<V> : a.Base<String,V> size(boolean)int missing.Thing
I a.Table.Row : Step<int[],String>
"""


@pytest.fixture(scope="module")
def small() -> JavaApi:
    return JavaApi(SMALL)


@pytest.fixture(scope="module")
def real() -> JavaApi:
    return JavaApi.load()


def shown(template: Template) -> str:
    kind, name, args = template
    if kind == "V":
        return name
    short = name.rpartition(".")[2]
    return f"{short}<{', '.join(map(shown, args))}>" if args else short


def test_a_type_has_kind_parameters_and_supertypes(small: JavaApi) -> None:
    base = small.type("a.Base")
    assert base is not None
    assert (base.kind, base.params) == ("A", ("K", "V"))
    assert [shown(above) for above in base.supers] == ["Object", "Source<Pair<K, V>>"]
    assert small.type("a.Nothing") is None
    assert "a.Table.Row" in small
    assert "a.Table.Column" not in small


def test_arguments_reach_ancestors(small: JavaApi) -> None:
    above = small.ancestors("a.Table")
    assert list(above) == ["a.Table", "a.Base", OBJECT, "a.Source"]
    assert [shown(arg) for arg in above["a.Base"]] == ["String", "V"]
    assert [shown(arg) for arg in above["a.Source"]] == ["Pair<String, V>"]


def test_supertypes_nobody_describes_are_left_out(small: JavaApi) -> None:
    table = small.type("a.Table")
    assert table is not None
    assert [shown(above) for above in table.supers] == ["Base<String, V>"]


def test_methods_come_nearest_first(small: JavaApi) -> None:
    assert [(owner, len(method.params)) for method, owner in small.methods("a.Table", "size")] == [
        ("a.Table", 1),
        ("a.Base", 0),
    ]


def test_methods_know_their_types(small: JavaApi) -> None:
    ((of, _),) = small.methods("a.Source", "of")
    assert (of.static, of.variadic, of.type_params) == (True, True, ("E",))
    assert [shown(param) for param in of.params] == ["E"]
    assert [of.accepts(count) for count in (0, 1, 5)] == [True, True, True]
    ((mapped, _),) = small.methods("a.Table", "map")
    assert [shown(param) for param in mapped.params] == ["Step<T, R>"]
    assert [mapped.accepts(count) for count in (0, 1, 2)] == [False, True, False]


def test_fields(small: JavaApi) -> None:
    field = small.field("a.Table", "names")
    assert field is not None
    assert field == ("T", ARRAY, (("T", "java.lang.String", ()),))
    assert small.field("a.Table", "size") is None
    assert small.has_member("a.Table", "toString")


def test_a_functional_interface_has_one_abstract_method(small: JavaApi) -> None:
    function = small.function("a.Table.Row")
    assert function is not None
    assert (function[0].name, function[1]) == ("run", "a.Step")
    assert small.function("a.Pair") is None
    assert small.function("nowhere.At.All") is None


@pytest.mark.parametrize(
    ("name", "method"),
    [
        ("java.lang.Runnable", "run"),
        ("java.util.Comparator", "compare"),
        ("java.util.function.BinaryOperator", "apply"),
        ("java.util.concurrent.Callable", "call"),
    ],
)
def test_functional_interfaces_of_the_platform(real: JavaApi, name: str, method: str) -> None:
    function = real.function(name)
    assert function is not None
    assert function[0].name == method


def test_every_line_of_the_platform_can_be_read(real: JavaApi) -> None:
    assert len(real._lines) > 800
    for name in real._lines:
        known = real.type(name)
        assert known is not None
        assert known.kind in "CAIE"
        for above in known.supers:
            assert above[1] in real
        assert name in real.ancestors(name)


def test_collections_of_the_platform(real: JavaApi) -> None:
    above = real.ancestors("java.util.HashMap")
    assert [shown(arg) for arg in above["java.util.Map"]] == ["K", "V"]
    (entries,) = [method for method, _ in real.methods("java.util.HashMap", "entrySet")]
    assert shown(entries.result) == "Set<Entry<K, V>>"
    assert "java.lang.Appendable" in real.ancestors("java.lang.StringBuilder")
    assert {"java.lang", "java.util", "java.util.function"} <= real.packages


@pytest.mark.parametrize(
    ("left", "right", "wanted"),
    [
        ("int", "int", "int"),
        ("int", "long", "long"),
        ("byte", "char", "int"),
        ("float", "java.lang.Double", "double"),
        ("java.lang.Integer", "short", "int"),
        ("boolean", "boolean", "boolean"),
        ("int", "java.lang.String", ""),
    ],
)
def test_arithmetic_promotes(left: str, right: str, wanted: str) -> None:
    assert promoted(left, right) == wanted

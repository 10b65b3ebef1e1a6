"""Values: what an expression may denote, as the resolver infers it.

A value is a small tuple whose first item is one of the tags below; what an expression may be is a frozenset of
values (``Values``), empty when nothing is known. Sets only grow while inference runs, so that recursive
definitions have one least solution whatever the order of evaluation.

Definitions are named by a *ref*: ``file number << 20 | definition index``.
"""

from __future__ import annotations

from typing import Any, TypeAlias

Value: TypeAlias = tuple[Any, ...]
Values: TypeAlias = frozenset[Value]

EMPTY: Values = frozenset()

CLS = "C"  # (CLS, ref, args): a class itself; args: tuple of Values, one per type parameter
INST = "I"  # (INST, ref, args): an instance of a class
FUNC = "F"  # (FUNC, ref, receiver): a function; receiver is a Value it is bound to, or None
MOD = "M"  # (MOD, file number): a module
PKG = "P"  # (PKG, name): a package or namespace that is no single file
EXT = "X"  # (EXT, "requests.get"): something named outside the project
EXTI = "Y"  # (EXTI, "requests.Session", args): an instance of a type outside the project, or what a call of it gives
TUP = "T"  # (TUP, (Values, …)): a tuple or several results, position by position
SIG = "S"  # (SIG, result Values, (parameter Values, …)): some function of this type
ALIAS = "A"  # (ALIAS, ref, args): a type alias, as a name
VAR = "V"  # (VAR, ref): a type parameter
STRING = "K"  # (STRING, text): a known short string
NODE = "N"  # (NODE, file number, expression): a literal mapping or sequence whose items are looked up lazily
SELF = "S1"  # (SELF, class ref): the instance a method runs on, as seen inside the class; the receiver at a call
SELF_CLS = "S2"  # (SELF_CLS, class ref): its class, as seen inside the class
SUPER = "U"  # (SUPER, class ref, receiver Value): the parents of a class as seen by the receiver

PARAM = "Q"  # (PARAM, function ref, index): whatever the caller passes; the argument at a call
ANY: Value = ("*",)  # too many values to say anything
ANYTHING: Values = frozenset((ANY,))

SHIFT = 20
MASK = (1 << SHIFT) - 1
MAX_VALUES = 24  # a set that would grow beyond says nothing any more
MAX_OUTSIDE = 6  # dots in the name of something outside
MAX_DEPTH = 3  # nesting of type arguments kept


def ref_of(file: int, index: int) -> int:
    """The ref of a definition."""
    return file << SHIFT | index


def one(value: Value) -> Values:
    """The set of one value."""
    return frozenset((value,))


def depth(value: Value) -> int:
    """How deep type arguments nest inside ``value``: 0 without arguments."""
    tag = value[0]
    if tag in (CLS, INST, EXTI):
        inner = value[2]
    elif tag == TUP:
        inner = value[1]
    elif tag == SIG:
        inner = (value[1], *value[2])
    else:
        return 0
    return 1 + max((depth(v) for values in inner for v in values), default=0) if inner else 0


def limit_args(args: tuple[Values, ...]) -> tuple[Values, ...]:
    """``args`` with what nests deeper than MAX_DEPTH left out, so that sets of values stay finite."""
    if not any(args):
        return args
    return tuple(frozenset(v for v in values if depth(v) < MAX_DEPTH) for values in args)


def outside_member(name: str, attribute: str) -> str:
    """The name of ``name.attribute`` outside the project; long chains end in themselves, so that names stay finite."""
    return name if name.count(".") > MAX_OUTSIDE else f"{name}.{attribute}"


def outside_result(name: str) -> str:
    """The name of what calling ``name`` gives; results of results are known by the first call only."""
    return name.partition("()")[0] + "()"


def join(parts: list[Values]) -> Values:
    """The union of several sets."""
    if not parts:
        return EMPTY
    if len(parts) == 1:
        return parts[0]
    return EMPTY.union(*parts)

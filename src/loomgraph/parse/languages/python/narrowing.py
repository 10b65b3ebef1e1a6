"""What run-time tests prove: ``isinstance`` in conditions, in both branches.

A test of a name becomes a NARROWING binding, a test of an attribute (``self.x``) is kept in the state while its
block is lowered. Conditions that prove nothing cost one search for a word.
"""

from __future__ import annotations

from typing import NamedTuple

from tree_sitter import Node

from loomgraph.facts import BindingFlag, Op
from loomgraph.parse.languages.python import nodes as k
from loomgraph.parse.languages.python.annotations import test_type
from loomgraph.parse.languages.python.nodes import meaningful, parts
from loomgraph.parse.languages.python.state import State

_CONDITIONS = frozenset({k.CALL, k.NOT_OPERATOR, k.BOOLEAN_OPERATOR, k.PARENTHESIZED})


class Proof(NamedTuple):
    """``subject`` (a name or a dotted path) is of ``type``; ``line`` is where the test stands."""

    subject: str
    type: int
    line: int


Proofs = tuple[Proof, ...]


def tests(s: State, condition: Node) -> tuple[Proofs, Proofs]:
    """What holds when ``condition`` is true, and what holds when it is false."""
    if condition.kind_id not in _CONDITIONS:
        return (), ()
    if s.source.find(b"isinstance", condition.start_byte, condition.end_byte) < 0:
        return (), ()
    return _tests(s, condition)


def _tests(s: State, node: Node) -> tuple[Proofs, Proofs]:
    kind = node.kind_id
    if kind == k.CALL:
        return _isinstance(s, node), ()
    if kind == k.NOT_OPERATOR:
        positive, negative = _tests(s, meaningful(node)[0])
        return negative, positive
    if kind == k.PARENTHESIZED:
        return _tests(s, meaningful(node)[0])
    if kind == k.BOOLEAN_OPERATOR:
        left, operator, right = parts(node, 3)
        (first, first_not), (second, second_not) = _tests(s, left), _tests(s, right)
        if operator.type == "and":
            return first + second, _either(s, first_not, second_not)
        return _either(s, first, second), first_not + second_not
    return (), ()


def _either(s: State, first: Proofs, second: Proofs) -> Proofs:
    """One of two proofs holds: something is known only of a subject of both."""
    found = []
    for one in first:
        for other in second:
            if one.subject == other.subject:
                found.append(Proof(one.subject, s.b.union([one.type, other.type]), one.line))
    return tuple(found)


def _isinstance(s: State, node: Node) -> Proofs:
    function, arguments = parts(node, 2)
    if function.kind_id != k.IDENTIFIER or s.text(function) != "isinstance":
        return ()
    nodes = meaningful(arguments)
    if len(nodes) != 2:
        return ()
    subject, tested = nodes
    if subject.kind_id == k.NAMED_EXPRESSION:
        subject = meaningful(subject)[0]
    if subject.kind_id != k.IDENTIFIER and subject.kind_id != k.ATTRIBUTE:
        return ()
    return (Proof(s.text(subject), test_type(s, tested), node.start_point[0] + 1),)


def narrow(s: State, proofs: Proofs, *, undo: bool = False) -> None:
    """Let ``proofs`` hold from here to the end of the block; ``undo`` ends those of attributes."""
    for proof in proofs:
        if "." in proof.subject:
            proved = s.narrowed.setdefault(proof.subject, [])
            if not undo:
                proved.append(proof.type)
                continue
            proved.pop()
            if not proved:
                del s.narrowed[proof.subject]
        elif not undo:
            value = s.b.op(Op.NARROW, s.b.name(proof.subject), proof.type)
            s.b.bind(proof.subject, value, flags=BindingFlag.NARROWING, line=proof.line)

"""Classes: linearised bases, members with their owners, and what reading a member of a value gives.

Mechanics only; the order of bases and what a class adds beyond its body are asked of the language.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from loomgraph.facts import Binding, BindingFlag, DefFlag, DefKind
from loomgraph.resolve.engine import Key
from loomgraph.resolve.project import FileView
from loomgraph.resolve.values import (
    CLS,
    EMPTY,
    EXT,
    EXTI,
    FUNC,
    INST,
    MASK,
    MOD,
    NODE,
    PKG,
    SELF,
    SELF_CLS,
    SHIFT,
    SIG,
    STRING,
    SUPER,
    TUP,
    VAR,
    Value,
    Values,
    join,
    one,
)  # fmt: skip

if TYPE_CHECKING:
    from loomgraph.resolve.evaluate import Evaluator

_DEFINES = int(BindingFlag.DEFINES)
_TYPED = int(BindingFlag.TYPED)
_PROPERTY = int(DefFlag.PROPERTY)
_STATIC = int(DefFlag.STATIC)
_CLASSMETHOD = int(DefFlag.CLASSMETHOD)

Entry = tuple[int, int, int, str]  # owner class ref, file number, +binding position or -(member offset) - 1, name


class Classes:
    """Bases, members and attribute access."""

    def __init__(self, evaluator: Evaluator) -> None:
        self.ev = evaluator

    # -- bases ----------------------------------------------------------------------------------------------

    def bases(self, ref: int) -> tuple[tuple[Value, str], ...]:
        """(class or external value, "INHERITS" or "IMPLEMENTS") of each base, in source order."""
        return self.ev.engine.ask(self._bases, ("B", ref), ())  # type: ignore[no-any-return]

    def _bases(self, key: Key) -> tuple[tuple[Value, str], ...]:
        view = self.ev.project.view_of(key[1])
        self.ev.engine.reads |= view.bit
        return tuple(view.sem.bases(view, key[1] & MASK))

    def mro(self, ref: int) -> tuple[int | str, ...]:
        """The class itself and its ancestors in lookup order; ancestors outside the project by name."""
        return self.ev.engine.ask(self._mro, ("O", ref), (ref,))  # type: ignore[no-any-return]

    def _mro(self, key: Key) -> tuple[int | str, ...]:
        view = self.ev.project.view_of(key[1])
        self.ev.engine.reads |= view.bit
        return view.sem.linearise(key[1], self.bases(key[1]))

    def external_base(self, ref: int) -> str:
        """The first ancestor outside the project, or ""."""
        return next((c for c in self.mro(ref) if isinstance(c, str)), "")

    def args_as(self, value: Value, owner: int) -> tuple[Values, ...]:
        """The type arguments that ``value`` (an instance) gives to its ancestor ``owner``."""
        env = self.env(value, owner)
        view = self.ev.project.view_of(owner)
        params = view.definitions[owner & MASK].type_params
        return tuple(env.get(view.number << SHIFT | p, EMPTY) for p in params)

    def env(self, value: Value, owner: int, seen: frozenset[int] = frozenset()) -> dict[int, Values]:
        """What the type parameters of ``owner`` stand for in ``value``, an instance (or class) of a descendant."""
        ref = value[1]
        args = value[2] if value[0] in (INST, CLS) else ()
        view = self.ev.project.view_of(ref)
        own = {
            view.number << SHIFT | p: a
            for p, a in zip(view.definitions[ref & MASK].type_params, args, strict=False)
            if a  # of what is not given the bound is known
        }  # fmt: skip
        if ref == owner or ref in seen:
            return own
        for base, _ in self.bases(ref):
            if base[0] == CLS and owner in self.mro(base[1]):
                inner = tuple(self.ev.types.substitute(a, own, None) for a in base[2])
                return self.env((INST, base[1], inner), owner, seen | {ref})
        return {}

    # -- members --------------------------------------------------------------------------------------------

    def entries(self, ref: int, name: str, after: int = -1) -> tuple[Entry, ...]:
        """Where a class says what ``name`` is: the entries of the first class of the lookup order that has it.

        ``after``: look only behind this class in the order (for ``super``).
        """
        return self.ev.engine.ask(self._entries, ("e", ref, name, after), ())  # type: ignore[no-any-return]

    def _entries(self, key: Key) -> tuple[Entry, ...]:
        order = self.mro(key[1])
        if key[3] in order:
            order = order[order.index(key[3]) + 1 :]
        first: tuple[Entry, ...] = ()
        for cls in order:
            if isinstance(cls, str):
                continue
            found = self.own(cls, key[2])
            if found and (found[0][2] >= 0 or first):
                return first if first and not self._is_declared(found) else found
            first = first or found
        return first

    def _is_declared(self, entries: tuple[Entry, ...]) -> bool:
        """Whether a member is declared with a type, or a property: what methods give it does not change that."""
        row = self.row(entries[0])
        if row is None or row[5] & _TYPED:
            return row is not None
        view = self.ev.project.view(entries[0][1])
        return bool(row[5] & _DEFINES) and bool(view.definitions[view.code[row[2] + 1]].flags & _PROPERTY)

    def own(self, ref: int, name: str) -> tuple[Entry, ...]:
        """The entries of ``name`` in the body of one class."""
        view = self.ev.project.view_of(ref)
        self.ev.engine.reads |= view.bit
        found: list[Entry] = []
        for part, index in view.sem.class_parts(view, ref & MASK):
            self.ev.engine.reads |= part.bit
            rows = part.scope(index).get(name)
            if rows:
                rows = part.sem.member_rows(part, rows)
                found += [(ref, part.number, row[3], name) for row in rows]
            given = part.members(index).get(name, ())
            if given and not (found and self._is_declared(tuple(found))):
                found += [(ref, part.number, -1 - at, name) for at in range(len(given))]
        return tuple(found)

    def entry_value(self, entry: Entry) -> Values:
        """What one entry gives, before it is bound to an instance."""
        view = self.ev.project.view(entry[1])
        self.ev.engine.reads |= view.bit
        if entry[2] < 0:
            owner = self.ev.project.view_of(entry[0])
            for part, index in owner.sem.class_parts(owner, entry[0] & MASK):
                rows = view.members(index).get(entry[3]) if part is view else None
                if rows:
                    return self.ev.cached(view, rows[-1 - entry[2]].value)
            return EMPTY
        row = self.row(entry)
        return self.ev.binding(view, row) if row is not None else EMPTY

    def row(self, entry: Entry) -> Binding | None:
        """The binding an entry names, or None for an attribute set from a method."""
        if entry[2] < 0:
            return None
        view, owner = self.ev.project.view(entry[1]), self.ev.project.view_of(entry[0])
        for part, index in owner.sem.class_parts(owner, entry[0] & MASK):
            if part is view:
                for row in part.scope(index).get(entry[3], ()):
                    if row[3] == entry[2]:
                        return row
        return None

    def member(self, value: Value, name: str, view: FileView) -> Values:
        """What ``value.name`` may be, read in ``view``."""
        tag = value[0]
        if tag in (INST, SELF):
            return self.ev.engine.ask(self._instance_member, ("im", value, name))  # type: ignore[no-any-return]
        if tag in (CLS, SELF_CLS):
            return self.ev.engine.ask(self._class_member, ("cm", value, name))  # type: ignore[no-any-return]
        if tag == MOD:
            target = self.ev.project.view(value[1])
            return target.sem.module_member(target, name)
        sem = view.sem
        if tag == EXT:
            return sem.external_attribute(view, value[1], name)
        if tag in (EXTI, NODE, TUP, STRING, SIG, FUNC):
            return sem.external_member(view, value, name)
        if tag == PKG:
            return sem.package_member(view, value[1], name)
        if tag == SUPER:
            return self._super_member(value, name, view)
        if tag == VAR:
            bound = self.ev.types.close(view, one(value))
            return join([self.member(v, name, view) for v in bound if v[0] != VAR])
        return EMPTY

    def _instance_member(self, key: Key) -> Values:
        value, name = key[1], key[2]
        found = self.entries(value[1], name)
        view = self.ev.project.view_of(value[1])
        if not found:
            return view.sem.missing_member(view, value, name)
        return join([self.bound(self.entry_value(e), value, e) for e in found])

    def bound(self, values: Values, receiver: Value, entry: Entry) -> Values:
        """Member values as read through an instance: methods bound, properties called, type arguments put in."""
        view = self.ev.project.view(entry[1])
        sem = view.sem
        row = self.row(entry)
        methods = row is not None and (row[5] & _DEFINES or sem.binds_assigned_functions)
        parts: list[Values] = []
        plain: list[Value] = []
        for value in values:
            if value[0] == FUNC and methods and value[2] is None:
                parts.append(self.bind(value, receiver))
            elif value[0] in (INST, SELF) and row is not None and sem.descriptors:
                parts.append(sem.descriptor(view, value, receiver))
            else:
                plain.append(value)
        if plain:
            rest = frozenset(plain)
            if self.ev.types.open(rest):
                rest = self.ev.types.substitute(rest, self.env(receiver, entry[0]), receiver)
            parts.append(rest)
        return join(parts)

    def bind(self, function: Value, receiver: Value) -> Values:
        """A method read through an instance (or a class, for class methods)."""
        owner = self.ev.project.view_of(function[1])
        definition = owner.definitions[function[1] & MASK]
        flags = definition.flags
        if flags & _PROPERTY:
            return self.ev.calls.returned((FUNC, function[1], receiver))
        if flags & _STATIC:
            return one(function)
        if flags & _CLASSMETHOD and receiver[0] in (INST, SELF):
            receiver = (CLS, receiver[1], receiver[2]) if receiver[0] == INST else (SELF_CLS, receiver[1])
        return one((FUNC, function[1], receiver))

    def _class_member(self, key: Key) -> Values:
        value, name = key[1], key[2]
        ref = value[1]
        found = self.entries(ref, name)
        view = self.ev.project.view_of(ref)
        sem = view.sem
        if not found:
            return sem.missing_class_member(view, value, name)
        parts: list[Values] = []
        for entry in found:
            if entry[2] < 0 and not sem.instance_attributes_on_class:
                continue
            for inner in self.entry_value(entry):
                if inner[0] == FUNC and inner[2] is None:
                    flags = self.ev.project.view_of(inner[1]).definitions[inner[1] & MASK].flags
                    parts.append(one((FUNC, inner[1], value)) if flags & _CLASSMETHOD else one(inner))
                elif inner[0] in (INST, SELF) and sem.descriptors:
                    parts.append(sem.descriptor(view, inner, value))
                else:
                    parts.append(one(inner))
        return join(parts)

    def _super_member(self, value: Value, name: str, view: FileView) -> Values:
        receiver = value[2]
        ref = receiver[1]
        order = self.mro(ref)
        found = self.entries(ref if value[1] in order else value[1], name, value[1])
        if found:
            return join([self.bound(self.entry_value(e), receiver, e) for e in found])
        order = self.mro(value[1])
        outside = next((c for c in order if isinstance(c, str)), "")
        sem = view.sem
        return one((EXT, f"{outside}.{sem.plain_name(name)}")) if outside else sem.missing_super(view, value, name)

    def constructor(self, ref: int) -> tuple[Entry, ...]:
        """The entries of the constructor that creating an instance of a class runs."""
        view = self.ev.project.view_of(ref)
        for name in view.sem.constructor_names(view, ref & MASK):
            found = self.entries(ref, name)
            if found:
                return found
        return ()

    def is_function(self, ref: int) -> bool:
        """Whether a ref names something with parameters."""
        return self.ev.project.view_of(ref).definitions[ref & MASK].kind == DefKind.FUNCTION

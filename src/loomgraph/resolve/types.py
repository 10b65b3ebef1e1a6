"""Types: from type expressions to instances, through containers, and back through type parameters.

Mechanics only; what a type outside the project means (``Optional``, ``Promise``, ``List``) is asked of the language.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from loomgraph.facts import Op
from loomgraph.resolve.engine import Key
from loomgraph.resolve.project import FileView
from loomgraph.resolve.values import (
    ALIAS,
    ANY,
    CLS,
    EMPTY,
    EXT,
    EXTI,
    FUNC,
    INST,
    MASK,
    NODE,
    PARAM,
    SELF,
    SELF_CLS,
    SHIFT,
    SIG,
    STRING,
    TUP,
    VAR,
    Value,
    Values,
    join,
    limit_args,
    one,
)  # fmt: skip

if TYPE_CHECKING:
    from loomgraph.resolve.evaluate import Evaluator

_INDEX, _UNION, _SEQ, _MAP, _STAR, _STR = (int(o) for o in (Op.INDEX, Op.UNION, Op.SEQ, Op.MAP, Op.STAR, Op.STR))
_TYPEOF = int(Op.TYPEOF)
Env = dict[int, Values]
_OPEN = frozenset((VAR, SELF, SELF_CLS, SIG, ALIAS, PARAM))
PARAM_SHIFT = 8  # room for parameter numbers in the keys of an environment; negative keys, apart from type parameters


def parameter_key(function: int, index: int) -> int:
    """The key of a parameter in an environment."""
    return -(function << PARAM_SHIFT | index)


class Types:
    """Type expressions, elements of containers, substitution and unification of type parameters."""

    def __init__(self, evaluator: Evaluator) -> None:
        self.ev = evaluator

    # -- type expressions -----------------------------------------------------------------------------------

    def instances(self, view: FileView, expr: int) -> Values:
        """The values that have the declared type at ``expr``."""
        if expr < 0:
            return EMPTY
        code = view.code
        op = code[expr]
        if op == _UNION:
            return join([self.instances(view, code[expr + 2 + k]) for k in range(code[expr + 1])])
        if op == _INDEX:
            return self._generic(view, expr)
        if op == _TYPEOF:
            return view.sem.type_of(view, code[expr + 1])
        if op == _SEQ:
            parts = tuple(self.instances(view, code[expr + 3 + k]) for k in range(code[expr + 2]))
            return one((TUP, limit_args(parts)))
        values = self.ev.ev(view, expr)
        return join([self.instance_of(view, v) for v in values]) if values else EMPTY

    def instance_of(self, view: FileView, value: Value) -> Values:
        """What has the type that ``value``, taken as a type, stands for."""
        tag = value[0]
        if tag == CLS:
            return one((INST, value[1], value[2]))
        if tag == EXT:
            return view.sem.external_instance(view, value[1])
        if tag == SELF_CLS:
            return one((SELF, value[1]))
        if tag == ALIAS:
            return self.ev.engine.ask(self._alias, ("al", value[1], value[2]))  # type: ignore[no-any-return]
        if tag == STRING:
            return view.sem.type_from_text(view, value[1])
        if tag in (EXTI, VAR, SIG, TUP, INST, SELF):
            return one(value)
        return EMPTY

    def _alias(self, key: Key) -> Values:
        view = self.ev.project.view_of(key[1])
        self.ev.engine.reads |= view.bit
        definition = view.definitions[key[1] & MASK]
        if not definition.returns:
            return EMPTY
        values = self.instances(view, definition.returns[0])
        if not definition.type_params:
            return values
        file = view.number << SHIFT
        env = {file | p: a for p, a in zip(definition.type_params, key[2], strict=False)}
        return self.substitute(values, env, None)

    def _generic(self, view: FileView, expr: int) -> Values:
        """A type with arguments: ``Repository[User]``."""
        code = view.code
        keys = [code[expr + 3 + k] for k in range(code[expr + 2])]
        parts = []
        for value in self.ev.ev(view, code[expr + 1]):
            tag = value[0]
            if tag in (CLS, ALIAS):
                args = limit_args(tuple(self.instances(view, k) for k in keys))
                parts.append(self.instance_of(view, (tag, value[1], args)))
            elif tag == EXT:
                parts.append(view.sem.external_generic(view, value[1], keys))
            else:
                parts.append(self.instance_of(view, value))
        return join(parts)

    def narrowed(self, view: FileView, operand: int, type_expr: int) -> Values:
        """``operand`` where a test says that it is of the type: the more telling of the two."""
        wanted = self.instances(view, type_expr)
        known = self.ev.ev(view, operand)
        if not wanted:
            return known
        kept = [v for v in known if v[0] in (INST, SELF) and self._is_a(v, wanted)]
        return frozenset(kept) or wanted

    def _is_a(self, value: Value, wanted: Values) -> bool:
        mro = self.ev.classes.mro(value[1])
        return any(w[0] in (INST, SELF) and w[1] in mro for w in wanted)

    # -- containers -----------------------------------------------------------------------------------------

    def subscript(self, view: FileView, value: Value, keys: list[int]) -> Values:
        """``value[keys]`` as a value (a class with type arguments stays a class)."""
        tag = value[0]
        if tag in (NODE, TUP):
            at = view.sem.position_of(view, keys)
            if at is not None and (tag == TUP or self._is_sequence(value)):
                return self.part(view, value, at)
        if tag in (CLS, ALIAS):
            if keys == [-1]:
                return EMPTY
            return one((tag, value[1], limit_args(tuple(self.instances(view, k) for k in keys))))
        if tag in (EXT, SELF_CLS):
            return view.sem.external_subscript(view, value, keys)
        if tag == NODE:
            return self._node_item(value, view, keys)
        if tag == TUP:
            return join(list(value[1]))
        if tag == EXTI:
            return view.sem.item_of(view, value, keys)
        if tag in (INST, SELF):
            return view.sem.subscript_instance(view, value, keys)
        if tag == FUNC:
            return view.sem.subscript_function(view, value, keys)
        if tag == VAR:
            bound = self.close(view, one(value))
            return join([self.subscript(view, v, keys) for v in bound if v[0] != VAR])
        return EMPTY

    def _is_sequence(self, value: Value) -> bool:
        return self.ev.project.view(value[1]).code[value[2]] == _SEQ

    def _node_item(self, value: Value, view: FileView, keys: list[int]) -> Values:
        holder = self.ev.project.view(value[1])
        self.ev.engine.reads |= holder.bit
        code, at = holder.code, value[2]
        if code[at] == _MAP:
            wanted = self._text(view, keys[0]) if keys else None
            parts = []
            for k in range(code[at + 1]):
                key, item = code[at + 2 + 2 * k], code[at + 3 + 2 * k]
                if wanted is not None and key >= 0 and code[key] == _STR and holder.names[code[key + 1]] != wanted:
                    continue
                parts.append(self.ev.cached(holder, item))
            return join(parts)
        return join([self.ev.cached(holder, code[at + 3 + k]) for k in range(code[at + 2])])

    def _text(self, view: FileView, expr: int) -> str | None:
        if expr < 0:
            return None
        if view.code[expr] == _STR:
            return view.names[view.code[expr + 1]]
        values = self.ev.ev(view, expr)
        if len(values) == 1:
            (value,) = values
            if value[0] == STRING:
                return str(value[1])
        return None

    def element(self, view: FileView, value: Value) -> Values:
        """What iterating over ``value`` gives."""
        tag = value[0]
        if tag == NODE:
            holder = self.ev.project.view(value[1])
            self.ev.engine.reads |= holder.bit
            code, at = holder.code, value[2]
            if code[at] == _MAP:
                return join([self.ev.cached(holder, code[at + 2 + 2 * k]) for k in range(code[at + 1])])
            parts = []
            for k in range(code[at + 2]):
                item = code[at + 3 + k]
                if code[item] == _STAR:
                    spread = self.ev.cached(holder, code[item + 1])  # may hold this very list: `a = [...a, x]`
                    parts += [self.ev.engine.ask(self._element, ("el", holder.number, v)) for v in spread]
                else:
                    parts.append(self.ev.cached(holder, item))
            return join(parts)
        if tag == TUP:
            return join(list(value[1]))
        if tag == EXTI:
            return view.sem.element_of(view, value)
        if tag == EXT:
            return view.sem.external_element(view, value)
        if tag in (INST, SELF, CLS):
            return view.sem.iterate_instance(view, value)
        if tag == VAR:
            bound = self.close(view, one(value))
            return join([self.element(view, v) for v in bound if v[0] != VAR])
        return EMPTY

    def _element(self, key: Key) -> Values:
        return self.element(self.ev.project.view(key[1]), key[2])

    def part(self, view: FileView, value: Value, at: int) -> Values:
        """Element ``at`` of ``value`` taken apart (-1: any)."""
        if at >= 0:
            if value[0] == TUP:
                parts: tuple[Values, ...] = value[1]
                return parts[at] if at < len(parts) else EMPTY
            if value[0] == NODE:
                holder = self.ev.project.view(value[1])
                self.ev.engine.reads |= holder.bit
                code, node = holder.code, value[2]
                if code[node] == _SEQ:
                    items = [code[node + 3 + k] for k in range(code[node + 2])]
                    if not any(code[i] == _STAR for i in items[: at + 1]):
                        return self.ev.cached(holder, items[at]) if at < len(items) else EMPTY
            if value[0] in (INST, SELF):
                return view.sem.component(view, value, at)
        return self.element(view, value)

    # -- type parameters ------------------------------------------------------------------------------------

    def open(self, values: Values) -> bool:
        """Whether ``values`` mention type parameters or the receiver."""
        for value in values:
            tag = value[0]
            if tag in _OPEN:
                return True
            if tag in (INST, EXTI, CLS):
                if value[2] and any(map(self.open, value[2])):
                    return True
            elif tag == TUP and any(map(self.open, value[1])):
                return True
        return False

    def substitute(self, values: Values, env: Env, receiver: Value | None) -> Values:
        """``values`` with type parameters replaced by ``env`` and the receiver put in for SELF."""
        if not values or not self.open(values):
            return values
        parts: list[Values] = []
        for value in values:
            tag = value[0]
            if tag == VAR:
                parts.append(env[value[1]] if value[1] in env else one(value))
            elif tag == PARAM:
                key = parameter_key(value[1], value[2])
                parts.append(env[key] if key in env else one(value))
            elif tag in (SELF, SELF_CLS):
                parts.append(self._receiver(value, receiver))
            elif tag in (INST, EXTI, CLS, ALIAS):
                if value[2]:
                    args = tuple(self.substitute(a, env, receiver) for a in value[2])
                    parts.append(one((tag, value[1], limit_args(args))))
                else:
                    parts.append(one(value))
            elif tag == TUP:
                parts.append(one((TUP, limit_args(tuple(self.substitute(a, env, receiver) for a in value[1])))))
            elif tag == SIG:
                params = tuple(self.substitute(a, env, receiver) for a in value[2])
                result = self.substitute(value[1], env, receiver)
                parts.append(one((SIG, *limit_args((result,)), limit_args(params))))
            else:
                parts.append(one(value))
        return join(parts)

    def _receiver(self, value: Value, receiver: Value | None) -> Values:
        """SELF as the receiver of a call sees it: the receiver, when its class descends from SELF's."""
        if receiver is None:
            return one((INST, value[1], ())) if value[0] == SELF else one((CLS, value[1], ()))
        tag = receiver[0]
        if tag not in (INST, CLS, SELF, SELF_CLS) or value[1] not in self.ev.classes.mro(receiver[1]):
            return one((INST, value[1], ())) if value[0] == SELF else one((CLS, value[1], ()))
        args = receiver[2] if tag in (INST, CLS) else None
        if value[0] == SELF:
            return one((SELF, receiver[1]) if args is None else (INST, receiver[1], args))
        return one((SELF_CLS, receiver[1]) if args is None else (CLS, receiver[1], args))

    def unify(self, pattern: Values, actual: Values, env: Env, view: FileView | None = None) -> None:
        """Bind the type parameters ``pattern`` mentions to what ``actual``, passed in ``view``, has in their place."""
        known = frozenset(a for a in actual if a[0] != ANY[0])
        if not known:
            return
        for value in pattern:
            tag = value[0]
            if tag == VAR:
                env[value[1]] = env.get(value[1], EMPTY) | known
            elif tag in (INST, EXTI) and value[2] and self.open(one(value)):
                self._unify_args(value, known, env, view)
            elif tag == SIG:
                for other in known:
                    if other[0] == SIG:
                        self.unify(value[1], other[1], env, view)
                        for mine, theirs in zip(value[2], other[2], strict=False):
                            self.unify(mine, theirs, env, view)
                    else:
                        self.unify(value[1], self.ev.calls.returned(other), env, view)
            elif tag == TUP:
                for other in known:
                    if other[0] == TUP:
                        for mine, theirs in zip(value[1], other[1], strict=False):
                            self.unify(mine, theirs, env, view)

    def _unify_args(self, value: Value, known: Values, env: Env, view: FileView | None) -> None:
        args = value[2]
        for other in known:
            if other[0] == value[0] == EXTI and other[1] == value[1] and other[2]:
                pairs = zip(args, other[2], strict=False)
            elif value[0] == INST and other[0] in (INST, SELF):
                theirs = self.ev.classes.args_as(other, value[1])
                pairs = zip(args, theirs, strict=False)
            elif view is not None and (given := view.sem.args_as(view, other, value, env)) is not None:
                pairs = zip(args, given, strict=False)
            elif len(args) == 1 and other[0] in (NODE, EXTI, TUP):
                holder = self.ev.project.view(other[1]) if other[0] == NODE else None
                got = self.element(holder, other) if holder is not None else EMPTY
                pairs = zip(args, (got,), strict=False)
            else:
                continue
            for mine, got in pairs:
                self.unify(mine, got, env, view)

    def close(self, view: FileView, values: Values) -> Values:
        """``values`` with type parameters that nothing bound replaced by their bounds."""
        if not any(v[0] == VAR for v in values):
            return values
        parts = []
        for value in values:
            if value[0] == VAR:
                parts.append(self.ev.engine.ask(self._bound, ("vb", value[1])))
            else:
                parts.append(one(value))
        return join(parts)

    def _bound(self, key: Key) -> Values:
        view = self.ev.project.view_of(key[1])
        self.ev.engine.reads |= view.bit
        index = key[1] & MASK
        return view.sem.type_bound(view, index)

"""Calls: arguments to parameters, what calling something gives, what a parameter may hold.

Mechanics only; constructors, external functions and generators are asked of the language.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from loomgraph.facts import BindingFlag, DefFlag, Definition, DefKind, Op, ParamKind
from loomgraph.resolve.engine import Key
from loomgraph.resolve.project import FileView
from loomgraph.resolve.types import Env, parameter_key
from loomgraph.resolve.values import (
    ALIAS,
    CLS,
    EMPTY,
    EXT,
    EXTI,
    FUNC,
    INST,
    MASK,
    PARAM,
    SELF,
    SELF_CLS,
    SHIFT,
    SIG,
    Value,
    Values,
    join,
    limit_args,
    one,
)  # fmt: skip

if TYPE_CHECKING:
    from loomgraph.resolve.evaluate import Evaluator

_NAME, _ATTR, _STAR, _INDEX = int(Op.NAME), int(Op.ATTR), int(Op.STAR), int(Op.INDEX)
_PARAM = int(BindingFlag.PARAM)
_FLOW_LIMIT = 40  # call sites of one name beyond which a parameter's callers say nothing


class Calls:
    """Results of calls and values of parameters."""

    def __init__(self, evaluator: Evaluator) -> None:
        self.ev = evaluator

    # -- arguments ------------------------------------------------------------------------------------------

    @staticmethod
    def arguments(view: FileView, expr: int) -> tuple[list[int], list[tuple[str, int]]]:
        """The positional arguments and the (name, value) keyword arguments of a call expression."""
        code = view.code
        n = code[expr + 2]
        at = expr + 3 + n
        args = [code[k] for k in range(expr + 3, at)]
        keywords = [(view.names[code[k]], code[k + 1]) for k in range(at + 1, at + 1 + 2 * code[at], 2)]
        return args, keywords

    def matched(self, view: FileView, expr: int, target: Definition, bound: bool) -> dict[int, list[int]]:
        """Parameter index → argument expressions, for a call of ``target`` (``bound``: its receiver is given)."""
        args, keywords = self.arguments(view, expr)
        params = target.params
        found: dict[int, list[int]] = {}
        at = 0
        for index, param in enumerate(params):
            if param.kind == ParamKind.RECEIVER and bound:
                continue
            if param.kind in (ParamKind.POSITIONAL, ParamKind.RECEIVER):
                if at < len(args):
                    if view.code[args[at]] == _STAR:
                        break
                    found[index] = [args[at]]
                    at += 1
            elif param.kind == ParamKind.STAR and at < len(args):
                found[index] = args[at:]
                at = len(args)
        if keywords:
            by_name = {p.name: i for i, p in enumerate(params)}
            for name, value in keywords:
                index = by_name.get(name, -1)
                if index >= 0:
                    found[index] = [value]
        return found

    # -- parameters -----------------------------------------------------------------------------------------

    def parameter(self, key: Key) -> Values:
        """The query ("p", file, definition, parameter): what the parameter may hold inside the function."""
        view = self.ev.project.view(key[1])
        self.ev.engine.reads |= view.bit
        sem = view.sem
        definition = view.definitions[key[2]]
        param = definition.params[key[3]]
        if param.kind == ParamKind.RECEIVER:
            return sem.receiver(view, key[2])
        if param.annotation >= 0:
            declared = sem.declared_parameter(view, param, self.ev.types.instances(view, param.annotation))
            if declared:
                return declared
        parts = []
        if param.default >= 0:
            parts.append(sem.default_value(self.ev.cached(view, param.default)))
        parts.append(sem.implied_parameter(view, key[2], key[3]))
        if definition.context:
            parts.append(self.contextual(view, definition, key[3]))
        if key[3] < 250 and param.annotation < 0:
            parts.append(one((PARAM, view.number << SHIFT | key[2], key[3])))
            if sem.flows(view, key[2], key[3]):
                parts.append(self.ev.engine.ask(self._flow, ("fl", *key[1:])))
        return sem.collected(param, join(parts))

    def contextual(self, view: FileView, definition: Definition, index: int) -> Values:
        """What a function passed as an argument receives, from the declared type of the parameter it is passed for."""
        call, at = definition.context
        parts = []
        for value in self.callee(view, call):
            for expected in self.expected(view, call, value, at):
                parts.append(view.sem.callback_parameter(view, expected, index))
            if value[0] == EXT:
                parts.append(view.sem.external_callback(view, value[1], call, at, index))
        return join(parts)

    def expected(self, view: FileView, call: int, value: Value, at: int) -> Values:
        """The declared type of what argument ``at`` of a call of ``value`` is passed for."""
        if value[0] == SIG:
            params = value[2]
            return params[at] if at < len(params) else EMPTY
        if value[0] in (CLS, SELF_CLS):
            function = self.function_behind(value)
            return self.expected(view, call, function, at) if function is not None else EMPTY
        if value[0] != FUNC:
            return EMPTY
        holder = self.ev.project.view_of(value[1])
        self.ev.engine.reads |= holder.bit
        target = holder.definitions[value[1] & MASK]
        args, _ = self.arguments(view, call)
        for index, exprs in self.matched(view, call, target, value[2] is not None).items():
            if at < len(args) and args[at] in exprs and target.params[index].annotation >= 0:
                declared = self.ev.types.instances(holder, target.params[index].annotation)
                if not self.ev.types.open(declared):
                    return declared
                env = self._receiver_env(value, target)
                self._argument_env(view, call, value, target, holder, env, skip=at)
                return self.ev.types.substitute(declared, env, value[2])
        return EMPTY

    def _flow(self, key: Key) -> Values:
        """What the callers of a function pass for a parameter, by the call sites of its name."""
        view = self.ev.project.view(key[1])
        index, param = key[2], key[3]
        ref = view.number << SHIFT | index
        definition = view.definitions[index]
        sites = []
        for name in view.sem.names_called_by(view, index):
            # what tests pass says little of what the program does
            for caller in self.ev.project.calling(name, tests=view.info.test):
                sites += [(caller, expr) for expr in calls_of(caller, name)]
                if len(sites) > _FLOW_LIMIT:
                    return EMPTY
        parts = []
        for caller, expr in sites:
            self.ev.engine.reads |= caller.bit
            for value in self.callee(caller, expr):
                target = self.function_behind(value)
                if target is not None and target[1] == ref:
                    matched = self.matched(caller, expr, definition, target[2] is not None)
                    parts += [self.ev.cached(caller, e) for e in matched.get(param, ())]
        return join(parts)

    def function_behind(self, value: Value) -> Value | None:
        """The function that calling ``value`` runs: itself, or the constructor of a class (bound)."""
        if value[0] == FUNC:
            return value
        if value[0] in (CLS, SELF_CLS):
            for entry in self.ev.classes.constructor(value[1]):
                for inner in self.ev.classes.entry_value(entry):
                    if inner[0] == FUNC:
                        return (FUNC, inner[1], (INST, value[1], ()))
        return None

    # -- results --------------------------------------------------------------------------------------------

    def callee(self, view: FileView, expr: int) -> Values:
        """What a call expression calls, overloads chosen."""
        values = self.ev.ev(view, view.code[expr + 1])
        return view.sem.choose(view, expr, values) if values else EMPTY

    def result(self, view: FileView, expr: int) -> Values:
        """What a call expression gives."""
        special = view.sem.special_call(view, expr)
        if special is not None:
            return special
        return join([self.apply(view, expr, v) for v in self.callee(view, expr)])

    def apply(self, view: FileView, expr: int, value: Value) -> Values:
        """What calling ``value`` with the arguments of ``expr`` gives."""
        tag = value[0]
        if tag == FUNC:
            return self._call_function(view, expr, value)
        sem = view.sem
        if tag in (CLS, SELF_CLS):
            return self.ev.project.view_of(value[1]).sem.construct(view, expr, value)
        if tag == EXT:
            return sem.external_call(view, value[1], expr)
        if tag == SIG:
            return value[1]  # type: ignore[no-any-return]
        if tag == ALIAS:
            instances = self.ev.types.instance_of(view, value)
            return join([self.apply(view, expr, (CLS, v[1], v[2])) if v[0] == INST else one(v) for v in instances])
        if tag in (INST, SELF):
            members = sem.called_instance(view, value)
            return join([self.apply(view, expr, m) for m in members if m[0] not in (INST, SELF)])
        if tag == EXTI:
            return sem.external_instance_call(view, value, expr)
        return EMPTY

    def _call_function(self, view: FileView, expr: int, value: Value) -> Values:
        value = self.ev.semantics(view).signature(view, expr, value)
        values = self.ev.engine.ask(self._returned, ("r", value[1]))
        if not values or not self.ev.types.open(values):
            return values  # type: ignore[no-any-return]
        holder = self.ev.project.view_of(value[1])
        target = holder.definitions[value[1] & MASK]
        env = self._receiver_env(value, target)
        self._argument_env(view, expr, value, target, holder, env)
        receiver = value[2]
        if receiver is None:
            receiver = view.sem.implied_receiver(view, expr, value)
        values = self.ev.types.substitute(values, env, receiver)
        return frozenset(v for v in values if v[0] != PARAM or v[1] != value[1])

    def _receiver_env(self, value: Value, target: Definition) -> Env:
        receiver = value[2]
        if receiver is None or receiver[0] not in (INST, CLS, SELF, SELF_CLS):
            return {}
        owner = self.ev.project.view_of(value[1]).sem.owner_class(value[1])
        if owner < 0 or (receiver[1] == owner and (receiver[0] not in (INST, CLS) or not receiver[2])):
            return {}
        return self.ev.classes.env(receiver, owner)

    def _argument_env(
        self, view: FileView, expr: int, value: Value, target: Definition, holder: FileView, env: Env, skip: int = -1
    ) -> None:
        """Bind the type parameters and open parameters of a function from the arguments of a call."""
        callee = view.code[expr + 1]
        if view.code[callee] == _INDEX and target.type_params:
            for at, given in enumerate(target.type_params[: view.code[callee + 2]]):
                env[holder.number << SHIFT | given] = self.ev.types.instances(view, view.code[callee + 3 + at])
        args, _ = self.arguments(view, expr)
        for index, exprs in self.matched(view, expr, target, value[2] is not None).items():
            if skip >= 0 and skip < len(args) and args[skip] in exprs:
                continue
            param = target.params[index]
            if param.annotation >= 0:
                declared = self.ev.types.instances(holder, param.annotation)
                if self.ev.types.open(declared):
                    for e in exprs:
                        self.ev.types.unify(declared, self.ev.cached(view, e), env, view)
            elif index < 250 and param.kind == ParamKind.POSITIONAL:
                env[parameter_key(value[1], index)] = join([self.ev.cached(view, e) for e in exprs])

    def returned(self, value: Value) -> Values:
        """What calling ``value`` gives when nothing is known of the arguments."""
        if value[0] == SIG:
            return value[1]  # type: ignore[no-any-return]
        if value[0] != FUNC:
            return EMPTY
        values = self.ev.engine.ask(self._returned, ("r", value[1]))
        if not values or not self.ev.types.open(values):
            return values  # type: ignore[no-any-return]
        holder = self.ev.project.view_of(value[1])
        env = self._receiver_env(value, holder.definitions[value[1] & MASK])
        values = self.ev.types.substitute(values, env, value[2])
        return frozenset(v for v in values if v[0] != PARAM or v[1] != value[1])

    def _returned(self, key: Key) -> Values:
        """The query ("r", ref): what a function returns, type parameters, receiver and parameters left open."""
        view = self.ev.project.view_of(key[1])
        self.ev.engine.reads |= view.bit
        index = key[1] & MASK
        definition = view.definitions[index]
        sem = view.sem
        if definition.kind != DefKind.FUNCTION:
            return EMPTY
        if definition.result >= 0:
            declared = self.ev.types.instances(view, definition.result)
            if declared:
                return sem.declared_result(view, definition, declared)
        values = join([self.ev.cached(view, r) for r in definition.returns])
        values = sem.inferred_result(view, index, values)
        return sem.asynchronous(values) if definition.flags & DefFlag.ASYNC else values

    def infer_args(self, view: FileView, expr: int, ref: int) -> tuple[Values, ...]:
        """Type arguments of a class from the arguments its constructor is called with."""
        holder = self.ev.project.view_of(ref)
        params = holder.definitions[ref & MASK].type_params
        if not params:
            return ()
        env: Env = {}
        function = self.function_behind((CLS, ref, ()))
        if function is not None:
            owner = self.ev.project.view_of(function[1])
            self._argument_env(view, expr, function, owner.definitions[function[1] & MASK], owner, env)
        args = tuple(env.get(holder.number << SHIFT | p, EMPTY) for p in params)
        return limit_args(args) if any(args) else ()


def calls_of(view: FileView, name: str) -> list[int]:
    """The call expressions of a file whose callee's last name is ``name``."""
    table: dict[str, list[int]] | None = view.cache.get("calls")
    if table is None:
        table = {}
        code, names, sites = view.code, view.names, view.facts.sites
        for at in range(0, len(sites), 4):
            if sites[at + 3] == 1:
                callee = code[sites[at] + 1]
                op = code[callee]
                if op in (_NAME, _ATTR):
                    called = names[code[callee + (1 if op == _NAME else 2)]]
                    if called in table:
                        table[called].append(sites[at])
                    else:
                        table[called] = [sites[at]]
        view.cache["calls"] = table
    return table.get(name, [])


def called_parameters(evaluator: Evaluator, view: FileView) -> set[tuple[int, int]]:
    """(function, parameter) of the parameters of a file that some call site calls by name."""
    found: set[tuple[int, int]] = set()
    code, sites, rows_at = view.code, view.facts.sites, evaluator.rows_at
    for at in range(0, len(sites), 4):
        if sites[at + 3] == 1:
            callee = code[sites[at] + 1]
            if code[callee] == _NAME:
                scope, rows = rows_at(view, callee)
                for row in rows:
                    if row[5] & _PARAM:
                        found.add((scope, row[6]))
    return found

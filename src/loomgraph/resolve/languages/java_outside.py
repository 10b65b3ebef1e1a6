"""What calls of the Java platform's methods give, and what they pass to lambdas, from their declared types.

Types of the platform are templates over type parameters; here they are filled with the values at hand. It knows
nothing of names and scopes.
"""

from __future__ import annotations

from loomgraph.facts import DefFlag, Op, SiteKind
from loomgraph.resolve.calls import Calls
from loomgraph.resolve.engine import Key
from loomgraph.resolve.evaluate import Evaluator
from loomgraph.resolve.languages.java_api import ARRAY, ApiMethod, JavaApi, Template
from loomgraph.resolve.languages.java_overloads import JavaOverloads
from loomgraph.resolve.project import FileView
from loomgraph.resolve.values import (
    CLS,
    EMPTY,
    EXT,
    EXTI,
    FUNC,
    INST,
    MASK,
    NODE,
    SELF,
    SHIFT,
    SIG,
    SUPER,
    VAR,
    Value,
    Values,
    join,
    limit_args,
    one,
)  # fmt: skip

_ATTR, _INDEX, _DEF, _CONSTRUCTOR = int(Op.ATTR), int(Op.INDEX), int(Op.DEF), int(DefFlag.CONSTRUCTOR)
Env = dict[str, Values]


class JavaOutside:
    """The platform seen from one project."""

    def __init__(self, evaluator: Evaluator, api: JavaApi, overloads: JavaOverloads) -> None:
        self.ev, self.api, self.overloads = evaluator, api, overloads
        self.engine = evaluator.engine

    # -- templates ------------------------------------------------------------------------------------------------

    def filled(self, template: Template, env: Env) -> Values:
        """The values of the type that ``template`` writes."""
        if template[0] == "V":
            return env.get(template[1], EMPTY)
        if template[1] == "void":
            return EMPTY
        return one((EXTI, template[1], limit_args(tuple(self.filled(arg, env) for arg in template[2]))))

    def unify(self, view: FileView, template: Template, values: Values, env: Env) -> None:
        """Learn the type parameters of ``template`` (those in ``env``) from values that have its type."""
        if template[0] == "V":
            if template[1] in env:
                known = frozenset(v for v in values if v[0] != "*" and v != (EXTI, "null", ()))
                env[template[1]] |= known
            return
        if not template[2]:
            return
        for value in values:
            args = self.args_as(view, value, template[1])
            if args is not None:
                for inner, arg in zip(template[2], args, strict=False):
                    self.unify(view, inner, arg, env)
            elif value[0] in (FUNC, SIG, CLS):
                self._unify_function(view, template, value, env)

    def _unify_function(self, view: FileView, template: Template, value: Value, env: Env) -> None:
        function = self.api.function(template[1])
        if function is None:
            return
        method, owner = function
        args = self.api.ancestors(template[1]).get(owner, ())
        known = self.api.type(owner)
        outer = self.api.type(template[1])
        if known is None or outer is None:
            return
        own: Env = dict.fromkeys(outer.params, EMPTY)
        if method.result[0] == "V":
            at = known.params.index(method.result[1]) if method.result[1] in known.params else -1
            if 0 <= at < len(args) and args[at][0] == "V":
                own[args[at][1]] = self.result_of(value)
        for name, inner in zip(outer.params, template[2], strict=False):
            if own.get(name):
                self.unify(view, inner, own[name], env)

    def result_of(self, value: Value) -> Values:
        """What a function gives when something outside calls it."""
        if value[0] == CLS:
            return one((INST, value[1], value[2]))
        if value[0] == FUNC:
            view = self.ev.project.view_of(value[1])
            definition = view.definitions[value[1] & MASK]
            if definition.flags & _CONSTRUCTOR:
                return one((INST, view.number << SHIFT | definition.parent, ()))
            return self.ev.types.close(view, self.ev.calls.returned(value))
        return value[1] if value[0] == SIG else EMPTY

    def function_result(self, view: FileView, wanted: Value) -> Values:
        """What the functional type ``wanted`` gives when called."""
        function = self.api.function(wanted[1])
        if function is None:
            return EMPTY
        known = self.api.type(function[1])
        args = self.args_as(view, wanted, function[1])
        env = dict(zip(known.params, args or (), strict=False)) if known is not None else {}
        return self.filled(function[0].result, env)

    # -- type arguments -------------------------------------------------------------------------------------------

    def args_as(self, view: FileView, value: Value, name: str) -> tuple[Values, ...] | None:
        """The type arguments that ``value`` gives the platform type ``name``, None when it is none of those."""
        tag = value[0]
        if tag == EXTI:
            if value[1] == name:
                return value[2]  # type: ignore[no-any-return]
            above = self.api.ancestors(value[1]).get(name)
            known = self.api.type(value[1])
            if above is None or known is None:
                return None
            env = dict(zip(known.params, value[2], strict=False))
            return tuple(self.filled(template, env) for template in above)
        if tag in (INST, SELF):
            found = self.engine.ask(self._inherited, ("jx", value[1], name), None)
            if found is None:
                return None
            owner, args = found
            env_values = self.ev.classes.env(value, owner)
            return tuple(self.ev.types.substitute(arg, env_values, None) for arg in args)
        if tag == NODE and name == ARRAY:
            return (self.ev.types.element(view, value),)
        if tag == VAR:
            bound = self.ev.types.close(view, one(value))
            return next((a for a in (self.args_as(view, v, name) for v in bound if v[0] != VAR) if a is not None), None)
        return None

    def _inherited(self, key: Key) -> tuple[int, tuple[Values, ...]] | None:
        """The query ("jx", class, name): the project class that extends a platform type, and with which arguments."""
        for cls in self.ev.classes.mro(key[1]):
            if isinstance(cls, str):
                continue
            holder = self.ev.project.view_of(cls)
            self.engine.reads |= holder.bit
            for expr, _ in holder.definitions[cls & MASK].bases:
                for value in self.ev.types.instances(holder, expr):
                    if value[0] == EXTI:
                        args = self.args_as(holder, value, key[2])
                        if args is not None:
                            return cls, args
        return None

    # -- calls ----------------------------------------------------------------------------------------------------

    def called(self, view: FileView, name: str, expr: int) -> Values | None:
        """What calling the platform's method ``name`` gives; None when it is none of the platform's."""
        owner, _, method = name.rpartition(".")
        if name == ARRAY + ".clone":
            return self.receivers(view, expr)
        if owner not in self.api:
            return None
        args, _ = Calls.arguments(view, expr)
        fitting = [row for row in self.api.methods(owner, method) if row[0].accepts(len(args))]
        if not fitting:
            return None
        found, declared = fitting[0] if len(fitting) == 1 else self._best(view, fitting, args)
        return self.filled(found.result, self._env(view, expr, found, declared, owner, args, skip=-1))

    def _best(self, view: FileView, rows: list[tuple[ApiMethod, str]], args: list[int]) -> tuple[ApiMethod, str]:
        """The method whose parameters the arguments fit best; the first of equals."""
        types = [self.ev.cached(view, arg) for arg in args]
        best, least = rows[0], 1 << 30
        for row in rows:
            cost = 0
            spread = row[0].variadic and not self._is_array(types, row[0])
            for at, values in enumerate(types):
                template = self._param(row[0], at)
                wanted = self.filled(template, {}) if template is not None and template[0] == "T" else EMPTY
                if row[0].variadic and not spread and at == len(types) - 1:
                    continue
                fit = self.overloads.fits(view, values, wanted)
                cost += 1000 if fit is None else fit
            cost += 100 if spread else 0
            if cost < least:
                best, least = row, cost
        return best

    @staticmethod
    def _is_array(types: list[Values], method: ApiMethod) -> bool:
        """Whether the last argument is the array itself that a variable-arity parameter stands for."""
        return len(types) == len(method.params) and any(v[:2] == (EXTI, ARRAY) for v in types[-1])

    def _env(
        self, view: FileView, expr: int, method: ApiMethod, declared: str, owner: str, args: list[int], skip: int
    ) -> Env:
        env: Env = dict.fromkeys(method.type_params, EMPTY) | self._receiver_env(view, expr, method, declared)
        if method.type_params:
            own: Env = dict.fromkeys(method.type_params, EMPTY)
            callee = view.code[expr + 1]
            if view.code[callee] == _INDEX:  # written out
                for at, param in enumerate(method.type_params[: view.code[callee + 2]]):
                    own[param] = self.ev.types.instances(view, view.code[callee + 3 + at])
            for at, arg in enumerate(args):
                template = self._param(method, at)
                if template is not None and at != skip and self._open(template, method):
                    values = self.ev.cached(view, arg)
                    if (
                        method.variadic
                        and at == len(method.params) - 1
                        and self._is_array([values] * len(args), method)
                    ):
                        template = ("T", ARRAY, (template,))
                    self.unify(view, template, values, own)
            if not all(own.values()):
                self._from_outer_call(view, expr, method, own)
            env |= own
        return env

    def _from_outer_call(self, view: FileView, expr: int, method: ApiMethod, own: Env) -> None:
        """Type parameters that no argument tells of, from what the call is itself an argument of.

        ``stream.collect(toList())``: the collector wanted is one of the stream's elements.
        """
        outer, at = self._arguments_of(view).get(expr, (-1, 0))
        if outer < 0:
            return
        args, _ = Calls.arguments(view, outer)
        for callee in self.ev.ev(view, view.code[outer + 1]):
            if callee[0] != EXT:
                continue
            owner, _, name = callee[1].rpartition(".")
            for found, declared in self.api.methods(owner, name) if owner in self.api else ():
                template = self._param(found, at)
                if template is None or not found.accepts(len(args)):
                    continue
                env: Env = dict.fromkeys(found.type_params, EMPTY) | self._receiver_env(view, outer, found, declared)
                missing = {name for name, values in own.items() if not values}
                told: Env = dict.fromkeys(missing, EMPTY)
                for value in self.filled(template, env):
                    self.unify(view, method.result, one(value), told)
                own |= {name: values for name, values in told.items() if values}

    @staticmethod
    def _arguments_of(view: FileView) -> dict[int, tuple[int, int]]:
        """Argument → the call it is passed to, and its place there."""
        table: dict[int, tuple[int, int]] | None = view.cache.get("java arguments")
        if table is None:
            table = view.cache["java arguments"] = {}
            sites = view.facts.sites
            for at in range(0, len(sites), 4):
                if sites[at + 3] == SiteKind.CALL:
                    for number, arg in enumerate(Calls.arguments(view, sites[at])[0]):
                        table[arg] = (sites[at], number)
        return table

    def _receiver_env(self, view: FileView, expr: int, method: ApiMethod, declared: str) -> Env:
        """The type parameters of the type that declares a method, as the receiver of a call has them."""
        known = self.api.type(declared)
        if method.static or known is None or not known.params:
            return {}
        env: Env = dict.fromkeys(known.params, EMPTY)
        for receiver in self.receivers(view, expr):
            given = self.args_as(view, receiver, declared)
            if given is not None:
                for param, values in zip(known.params, given, strict=False):
                    env[param] |= values
        return env

    @staticmethod
    def _param(method: ApiMethod, at: int) -> Template | None:
        if at < len(method.params):
            return method.params[at]
        return method.params[-1] if method.variadic and method.params else None

    def _open(self, template: Template, method: ApiMethod) -> bool:
        if template[0] == "V":
            return template[1] in method.type_params
        return any(self._open(arg, method) for arg in template[2])

    def receivers(self, view: FileView, expr: int) -> Values:
        """What a call's method is called on."""
        callee = view.code[expr + 1]
        if view.code[callee] == _INDEX:
            callee = view.code[callee + 1]
        if view.code[callee] == _ATTR:
            values = self.ev.ev(view, view.code[callee + 1])
            return frozenset(v[2] if v[0] == SUPER else v for v in values)
        around = view.code[callee + 2] if view.code[callee] == Op.NAME else 0
        found = []
        while around > 0:
            ref = view.sem.class_around(view, around)
            if ref < 0:
                break
            found.append((SELF, ref))
            around = view.definitions[ref & MASK].parent
        return frozenset(found)

    # -- lambdas --------------------------------------------------------------------------------------------------

    def passed(self, view: FileView, name: str, call: int, argument: int, index: int) -> Values:
        """What the platform's method ``name`` passes to parameter ``index`` of the lambda given as ``argument``."""
        owner, _, method = name.rpartition(".")
        if owner not in self.api:
            return EMPTY
        args, _ = Calls.arguments(view, call)
        count = self._lambda_arity(view, args[argument]) if argument < len(args) else -1
        for found, declared in self.api.methods(owner, method):
            template = self._param(found, argument)
            if template is None or not found.accepts(len(args)) or template[0] == "V":
                continue
            function = self.api.function(template[1])
            if function is None or (count >= 0 and len(function[0].params) != count):
                continue
            env = self._env(view, call, found, declared, owner, args, skip=argument)
            return join([self.parameter(view, value, index) for value in self.filled(template, env)])
        return EMPTY

    @staticmethod
    def _lambda_arity(view: FileView, expr: int) -> int:
        if view.code[expr] == _DEF:
            return len(view.definitions[view.code[expr + 1]].params)
        return -1

    def parameter(self, view: FileView, expected: Value, index: int) -> Values:
        """What parameter ``index`` of a lambda receives that stands for the functional type ``expected``."""
        function = self.api.function(expected[1])
        if function is None or index >= len(function[0].params):
            return EMPTY
        known = self.api.type(function[1])
        args = self.args_as(view, expected, function[1])
        env = dict(zip(known.params, args or (), strict=False)) if known is not None else {}
        return self.filled(function[0].params[index], env)

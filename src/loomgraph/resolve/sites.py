"""Sites: from the places where a file uses things to edges, with how each was resolved.

It decides which inferred values count as targets and how sure the graph may be of them; it infers nothing itself.
"""

from __future__ import annotations

from operator import itemgetter

from loomgraph.facts import BindingFlag, DefFlag, DefKind, Op, ParamKind, SiteKind
from loomgraph.model import Edge, EdgeKind, Resolution, UnresolvedCall, external_id
from loomgraph.resolve.calls import Calls
from loomgraph.resolve.denote import Denotation, ExpressionValues, Target
from loomgraph.resolve.evaluate import Evaluator
from loomgraph.resolve.project import FileView
from loomgraph.resolve.values import (
    ALIAS,
    CLS,
    EMPTY,
    EXT,
    FUNC,
    INST,
    MASK,
    MOD,
    PARAM,
    SELF,
    SELF_CLS,
    SHIFT,
    VAR,
    Value,
)  # fmt: skip

_NAME, _ATTR, _CALL, _NEW, _INDEX = int(Op.NAME), int(Op.ATTR), int(Op.CALL), int(Op.NEW), int(Op.INDEX)
_SURE = int(BindingFlag.DEFINES | BindingFlag.IMPORTED | BindingFlag.TYPED)
_RANK = {Resolution.EXACT: 0, Resolution.INFERRED: 1, Resolution.CANDIDATE: 2}
_EXACT, _INFERRED, _CANDIDATE = Resolution.EXACT, Resolution.INFERRED, Resolution.CANDIDATE


_Row = tuple[list[int], Resolution]
_key = itemgetter(0)


class EdgeCollector:
    """Edges of one file, sites of the same edge folded together."""

    def __init__(self, path: str) -> None:
        self.path = path
        self._rows: dict[tuple[str, str, str], _Row] = {}

    def add(self, kind: str, source: str, target: str, line: int, resolution: Resolution) -> None:
        key = (source, kind, target)
        row = self._rows.get(key)
        if row is None:
            self._rows[key] = ([line], resolution)
            return
        row[0].append(line)
        if resolution is not row[1] and _RANK[resolution] < _RANK[row[1]]:
            self._rows[key] = (row[0], resolution)

    def edges(self) -> tuple[Edge, ...]:
        path = self.path
        found = []
        for (source, kind, target), (lines, resolution) in sorted(self._rows.items(), key=_key):
            distinct = tuple(sorted(set(lines))) if len(lines) > 1 else tuple(lines)
            found.append(Edge(kind, source, target, path, distinct, len(lines), resolution))
        return tuple(found)


class Sites:
    """Turns the sites and definitions of one file into edges and unresolved calls."""

    def __init__(self, evaluator: Evaluator, view: FileView) -> None:
        self.ev = evaluator
        self.view = view
        self.sem = evaluator.semantics(view)
        self.values = ExpressionValues(evaluator, view)
        self.denotation = Denotation(evaluator, self.values)
        self.out = EdgeCollector(view.path)
        self.unresolved: list[UnresolvedCall] = []
        self._known: dict[Target, str] = {}  # ids of targets met so far
        self._exact: dict[int, bool] = {}

    def run(self) -> None:
        """Resolve every site of the file."""
        self._structure()
        self._imports()
        sites = self.view.facts.sites.tolist()
        handlers = {
            int(SiteKind.CALL): self._call,
            int(SiteKind.REF): self._reference,
            int(SiteKind.DECORATE): self._decoration,
            int(SiteKind.CALL_VALUE): self._implied_call,
            int(SiteKind.MENTION): self._mention,
        }
        for at in range(0, len(sites), 4):
            handler = handlers.get(sites[at + 3])
            if handler is not None:
                handler(sites[at], sites[at + 1], sites[at + 2])

    # -- targets --------------------------------------------------------------------------------------------

    def _id(self, target: Target) -> str:
        found = self._known.get(target)
        if found is None:
            if isinstance(target, str):
                found = external_id(target)
            else:
                found = self.ev.project.view_of(target).ids[target & MASK]
            self._known[target] = found
        return found

    def _emit(self, kind: str, owner: int, target: Target, line: int, resolution: Resolution) -> None:
        source, target_id = self.view.ids[owner], self._id(target)
        self.out.add(kind, source, target_id, line, resolution)
        if kind == EdgeKind.CALLS and self.view.info.test and not isinstance(target, str):
            holder = self.ev.project.view_of(target)
            if not holder.info.test and self.view.definitions[owner].kind == DefKind.FUNCTION:
                self.out.add(EdgeKind.TESTS, source, target_id, line, resolution)

    def called(self, value: Value) -> tuple[list[Target], bool]:
        """The definitions that calling ``value`` runs, and whether the hierarchy had to be asked."""
        tag = value[0]
        if tag == FUNC:
            definition = self.ev.project.view_of(value[1]).definitions[value[1] & MASK]
            if definition.flags & DefFlag.HIDDEN:
                owner = self.ev.project.view_of(value[1]).sem.owner_class(value[1])
                return ([owner] if definition.flags & DefFlag.CONSTRUCTOR and owner >= 0 else []), False
            receiver = value[2]
            if receiver is None or receiver[0] not in (INST, SELF, CLS, SELF_CLS):
                return [value[1]], False
            owner = self.ev.project.view_of(value[1]).sem.owner_class(value[1])
            return [value[1]], receiver[1] != owner
        if tag in (CLS, SELF_CLS):
            return self._constructed(value[1]), tag == SELF_CLS
        if tag == EXT:
            return [value[1]], False
        if tag == ALIAS:
            found = []
            for inner in self.ev.types.instance_of(self.view, value):
                if inner[0] == INST:
                    found += self._constructed(inner[1])
            return found, False
        if tag in (INST, SELF):
            members = self.sem.called_instance(self.view, value)
            return [t for m in members if m[0] in (FUNC, EXT) for t in self.called(m)[0]], True
        return [], False

    def _constructed(self, ref: int) -> list[Target]:
        """The constructor that a class itself defines, else the class."""
        view = self.ev.project.view_of(ref)
        definition = view.definitions[ref & MASK]
        for entry in self.ev.classes.constructor(ref):
            if entry[0] != ref:
                break
            row = self.ev.classes.row(entry)
            if row is not None:
                holder = self.ev.project.view(entry[1])
                found: list[Target] = [t for t in self.denotation.row(holder, row) if isinstance(t, int)]
                if found:
                    return found
        if definition.flags & DefFlag.HIDDEN or definition.kind == DefKind.SCOPE:
            return []
        return [ref]

    # -- calls ----------------------------------------------------------------------------------------------

    def _call(self, expr: int, owner: int, line: int) -> None:
        view = self.view
        callee = view.code[expr + 1]
        values = self.values(callee)
        if values:
            values = self.sem.choose(view, expr, values)
        found: dict[Target, tuple[str, bool]] = {}
        for value in values:
            kind = self.sem.call_kind(value)
            targets, hierarchy = self.called(value)
            for target in targets:
                found[target] = (kind, hierarchy or target in found and found[target][1])
        if view.code[callee] == _ATTR and not any(v[0] == FUNC and v[2] is not None for v in values):
            name = view.names[view.code[callee + 2]]
            for value in self.sem.read_by_call(self.values(view.code[callee + 1]), name):
                found[value[1]] = (EdgeKind.CALLS, True)
        if found:
            sure = len(found) == 1 and self.exact(callee)
            for target, (kind, hierarchy) in found.items():
                if kind == EdgeKind.CALLS or not (isinstance(target, str) and self.sem.is_everyday(target)):
                    self._emit(kind, owner, target, line, _EXACT if sure and not hierarchy else _INFERRED)
        elif all(v[0] in (PARAM, VAR) and self.sem.call_kind(v) == EdgeKind.CALLS for v in values):
            self._unknown(expr, callee, owner, line)
        else:  # a function held by a field or variable: nothing more is known than where it is held
            self._reference(callee, owner, line)

    def _unknown(self, expr: int, callee: int, owner: int, line: int) -> None:
        """A call whose callee is not known: candidates by name and arity where there are few, else unresolved."""
        view, code = self.view, self.view.code
        op = code[callee]
        while op == _INDEX:
            callee = code[callee + 1]
            op = code[callee]
        if op == _NAME:
            name, member = view.names[code[callee + 1]], False
        elif op == _ATTR:
            name, member = view.names[code[callee + 2]], True
        else:
            return
        args, _ = Calls.arguments(view, expr)
        arity = -1 if any(code[a] == Op.STAR for a in args) else len(args)
        if member and self._receiver_known(code[callee + 1]):
            targets: list[int] = []
        else:
            targets = self.sem.candidates(view, name, arity, member)
        for target in targets:
            self._emit(EdgeKind.CALLS, owner, target, line, _CANDIDATE)
        if len(targets) != 1:
            self.unresolved.append(UnresolvedCall(self.sem.plain_name(name), view.ids[owner], view.path, line, arity))

    def _receiver_known(self, base: int) -> bool:
        """Whether the receiver's type is known, so that a missing member is no reason to guess."""
        return any(
            v[0] not in (PARAM, VAR) and v[0] != "*" and not self.sem.may_have_more(v)
            for v in self.ev.types.close(self.view, self.values(base))
        )

    def exact(self, expr: int) -> bool:
        """Whether scope, import or a declared type alone leads to what ``expr`` means."""
        known = self._exact.get(expr)
        if known is None:
            known = self._exact[expr] = self._is_exact(expr)
        return known

    def _is_exact(self, expr: int) -> bool:
        view, code = self.view, self.view.code
        op = code[expr]
        if op == _NAME:
            scope, rows = self.ev.rows_at(view, expr)
            if not rows:
                return True  # the package or a star import
            for row in rows:
                if row[5] & _SURE:
                    continue
                if row[5] & BindingFlag.PARAM:
                    param = view.definitions[scope].params[row[6]]
                    if param.annotation >= 0 or param.kind == ParamKind.RECEIVER:
                        continue
                elif row[2] >= 0 and code[row[2]] in (Op.TYPED, Op.CAST, Op.DEF, Op.IMPORT, Op.NARROW):
                    continue
                return False
            return True
        if op in (Op.THIS, Op.SUPER):
            return True
        if op == _INDEX:
            return self.exact(code[expr + 1])
        if op == _ATTR:
            base = code[expr + 1]
            if not self.exact(base):
                return False
            if code[base] == _ATTR:
                return all(v[0] in (MOD, CLS, EXT) for v in self.values(base))
            return True
        return op in (_NEW, Op.DEF, Op.TYPED, Op.CAST)

    def _implied_call(self, expr: int, owner: int, line: int) -> None:
        code = self.view.code
        base = self.values(code[expr + 1]) if code[expr] == _ATTR else EMPTY
        for value in self.sem.extra_calls(self.view, expr, base):
            for target in self.called(value)[0]:
                if not isinstance(target, str):
                    self._emit(EdgeKind.CALLS, owner, target, line, _INFERRED)

    # -- references -----------------------------------------------------------------------------------------

    def _reference(self, expr: int, owner: int, line: int) -> None:
        targets = self.denotation.targets(self.view, expr)
        if not targets:
            return
        resolution = _EXACT if len(targets) == 1 and self.exact(expr) else _INFERRED
        own = self.view.ids[owner]
        for target in targets:
            if isinstance(target, str) and self.sem.is_everyday(target):
                continue
            if not isinstance(target, str) and self._id(target) == own:
                continue
            self._emit(EdgeKind.REFERENCES, owner, target, line, resolution)

    def _mention(self, expr: int, owner: int, line: int) -> None:
        found = self.sem.mentioned(self.view, expr)
        for target in self.denotation.targets(self.view, expr) if found is None else found:
            if not isinstance(target, str):
                self._emit(EdgeKind.REFERENCES, owner, target, line, _INFERRED)

    def _decoration(self, expr: int, owner: int, line: int) -> None:
        code = self.view.code
        while code[expr] in (_CALL, _NEW):
            expr = code[expr + 1]
        targets = self.denotation.targets(self.view, expr)
        resolution = _EXACT if len(targets) == 1 and self.exact(expr) else _INFERRED
        for target in targets:
            self.out.add(EdgeKind.DECORATES, self._id(target), self.view.ids[owner], line, resolution)

    # -- structure ------------------------------------------------------------------------------------------

    def _structure(self) -> None:
        view, ids = self.view, self.view.ids
        for at, definition in enumerate(view.definitions):
            if at == 0 or definition.kind == DefKind.SCOPE:
                continue
            if not definition.flags & DefFlag.HIDDEN:
                self.out.add(EdgeKind.CONTAINS, ids[definition.parent], ids[at], definition.name_line, _EXACT)
            if definition.kind == DefKind.CLASS:
                self._bases(at)
            elif definition.kind == DefKind.FUNCTION and not definition.flags & DefFlag.HIDDEN:
                self._overrides(at)

    def _bases(self, index: int) -> None:
        view = self.view
        definition = view.definitions[index]
        if definition.flags & DefFlag.HIDDEN and not definition.bases:
            return
        ref = self.sem.canonical(view, index)
        source = (
            self._id(ref) if not definition.flags & DefFlag.HIDDEN else view.ids[self.sem.holder_of_bases(view, index)]
        )
        for value, kind, line in self.sem.declared_bases(view, index):
            target: Target = value[1]
            if not isinstance(target, str):
                base = self.ev.project.view_of(target).definitions[target & MASK]
                if base.flags & DefFlag.INTERFACE and not definition.flags & DefFlag.INTERFACE:
                    kind = EdgeKind.IMPLEMENTS
            target_id = self._id(target)
            self.out.add(EdgeKind.INHERITS, source, target_id, line, _EXACT)
            if kind == EdgeKind.IMPLEMENTS:
                self.out.add(EdgeKind.IMPLEMENTS, source, target_id, line, _EXACT)

        for target in self.sem.implemented(view, index):
            self.out.add(EdgeKind.IMPLEMENTS, source, self._id(target), definition.name_line, _INFERRED)

    def _overrides(self, index: int) -> None:
        view = self.view
        definition = view.definitions[index]
        parent = definition.parent
        if view.definitions[parent].kind != DefKind.CLASS or definition.flags & DefFlag.CONSTRUCTOR:
            return
        ref = self.sem.canonical(view, parent)
        overridden = False
        for cls in self.ev.classes.mro(ref)[1:]:
            if isinstance(cls, str):
                continue
            base = self.ev.project.view_of(cls).definitions[cls & MASK]
            interface = bool(base.flags & DefFlag.INTERFACE)
            if overridden and not interface:
                continue
            for target in self._methods(cls, self.sem.member_name(definition), index):
                if target != (view.number << 20 | index):
                    kind = EdgeKind.IMPLEMENTS if interface else EdgeKind.OVERRIDES
                    self.out.add(kind, view.ids[index], self._id(target), definition.name_line, _EXACT)
                    overridden = overridden or not interface
        for interface_ref in self.sem.implemented(self.ev.project.view_of(ref), ref & MASK):
            for target in self._methods(interface_ref, definition.name, index):
                self.out.add(EdgeKind.IMPLEMENTS, view.ids[index], self._id(target), definition.name_line, _INFERRED)

    def _methods(self, cls: int, name: str, index: int) -> list[int]:
        found = []
        for entry in self.ev.classes.own(cls, name):
            row = self.ev.classes.row(entry)
            if row is None:
                continue
            for target in self.denotation.row(self.ev.project.view(entry[1]), row):
                if isinstance(target, int) and self.ev.classes.is_function(target):
                    found.append(target)
        return self.sem.overridden(self.view, index, found)

    def _imports(self) -> None:
        view = self.view
        for at, imported in enumerate(view.imports):
            targets = self.sem.import_target(view, imported)
            if imported.name and imported.name != "*":
                found = list(self.ev.engine.ask(self.denotation._imported, ("di", view.number, at), ()))
            else:
                found = []
            found += [t for t in self.denotation.of_values(targets) if not found or not isinstance(t, str)]
            found += [number << SHIFT for number in self.sem.imported_files(view, imported)]
            for target in dict.fromkeys(found):
                if target != view.number << 20:
                    self.out.add(EdgeKind.IMPORTS, view.path, self._id(target), imported.line, _EXACT)

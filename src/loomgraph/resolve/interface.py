"""Interface: what other files may read of a file, and which of it a change touched.

An update re-resolves the files that read what changed, so a change inside a function body that no other file can
see must not look like one. The digest of a file's interface walks definitions, bindings of modules and classes,
and the expressions that results depend on, following local names to the bindings that reach them; positions,
lines and sites do not count.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable

from loomgraph.facts import DefFlag, DefKind, Facts, Op, SiteKind
from loomgraph.resolve.ids import names_of
from loomgraph.resolve.project import FileInfo
from loomgraph.resolve.scopes import reaching

_WORDS = re.compile(r"\w+")

# operators whose operands are all expressions, after `skip` other operands
_SHAPES: dict[int, str] = {
    Op.ATTR: "en", Op.LIT: "n", Op.STR: "n", Op.AWAIT: "e", Op.ITER: "e", Op.ENTER: "e", Op.ELEM: "ei", Op.TYPED: "e",
    Op.STAR: "e", Op.BINOP: "nee", Op.IMPORT: "i", Op.CAST: "ee", Op.KEYOF: "e", Op.TYPEOF: "e", Op.DEREF: "e",
    Op.NARROW: "ee", Op.SLICE: "e", Op.DICTITEM: "e", Op.EXPECTED: "ei", Op.THIS: "i", Op.SUPER: "i", Op.DEF: "i",
    Op.PLAIN: "i",
}  # fmt: skip


class _Canonical:
    """Writes expressions of one file without positions."""

    def __init__(self, facts: Facts) -> None:
        self.facts = facts
        self.names = names_of(facts.definitions)
        self.scopes: dict[int, dict[str, list]] = {}  # type: ignore[type-arg]
        for binding in facts.bindings:
            self.scopes.setdefault(binding.scope, {}).setdefault(binding.name, []).append(binding)
        self.done: dict[int, object] = {}

    def expr(self, at: int) -> object:
        """A plain value equal for expressions that mean the same."""
        if at < 0:
            return None
        if at in self.done:
            return self.done[at]
        self.done[at] = ("cycle",)
        code, op = self.facts.code, self.facts.code[at]
        value: object
        if op == Op.NAME:
            value = self._name(at)
        elif op in (Op.CALL, Op.NEW):
            n = code[at + 2]
            k = code[at + 3 + n]
            rest = at + 4 + n
            value = (
                op, self.expr(code[at + 1]), *[self.expr(code[at + 3 + i]) for i in range(n)], "|",
                *[(self.facts.names[code[rest + 2 * i]], self.expr(code[rest + 2 * i + 1])) for i in range(k)],
            )  # fmt: skip
        elif op == Op.INDEX:
            value = (op, self.expr(code[at + 1]), *[self.expr(code[at + 3 + i]) for i in range(code[at + 2])])
        elif op == Op.SEQ:
            value = (op, self.facts.names[code[at + 1]], *[self.expr(code[at + 3 + i]) for i in range(code[at + 2])])
        elif op == Op.MAP:
            value = (op, *[self.expr(code[at + 2 + i]) for i in range(2 * code[at + 1])])
        elif op in (Op.UNION, Op.YIELDS):
            value = (op, *[self.expr(code[at + 2 + i]) for i in range(code[at + 1])])
        elif op == Op.FUNCTYPE:
            value = (op, self.expr(code[at + 1]), *[self.expr(code[at + 3 + i]) for i in range(code[at + 2])])
        else:
            value = self._shaped(at, op)
        self.done[at] = value
        return value

    def _shaped(self, at: int, op: int) -> object:
        code = self.facts.code
        parts: list[object] = [int(op)]
        for k, shape in enumerate(_SHAPES.get(op, ""), 1):
            operand = code[at + k]
            if shape == "e":
                parts.append(self.expr(operand))
            elif shape == "n":
                parts.append(self.facts.names[operand])
            elif op in (Op.DEF, Op.PLAIN, Op.THIS, Op.SUPER):
                parts.append(self._definition_name(operand))
            elif op == Op.IMPORT:
                imported = self.facts.imports[operand]
                parts.append((imported.module, imported.name, imported.level, imported.kind))
            else:
                parts.append(operand)
        return tuple(parts)

    def _definition_name(self, index: int) -> object:
        name = self.names[index]
        if name or index == 0:
            return name
        # a hidden definition is known by its place among the hidden ones of its parent and by what it returns
        definition = self.facts.definitions[index]
        context = self.expr(definition.context[0]) if definition.context else None
        above = self._definition_name(definition.parent)
        return (above, definition.kind, context, *[self.expr(r) for r in definition.returns])

    def _name(self, at: int) -> object:
        code = self.facts.code
        name, scope, position = self.facts.names[code[at + 1]], code[at + 2], code[at + 3]
        deferred = False
        definitions = self.facts.definitions
        while scope >= 0:
            rows = self.scopes.get(scope, {}).get(name)
            if rows:
                found = reaching(rows, position, deferred)
                if found:
                    local = definitions[scope].kind in (DefKind.FUNCTION, DefKind.SCOPE)
                    inner = tuple((b.flags, b.extra, self.expr(b.value)) for b in found) if local else ()
                    return (Op.NAME, name, self.names[scope], inner)
            if definitions[scope].kind == DefKind.FUNCTION:
                deferred = True
            scope = definitions[scope].parent
        return (Op.NAME, name)

    def definition(self, index: int) -> object:
        """What others may read of a definition."""
        d = self.facts.definitions[index]
        params = tuple((p.name, self.expr(p.annotation), self.expr(p.default), p.kind) for p in d.params)
        parent = self.names[d.parent] if d.parent >= 0 else ""
        return (
            self.names[index], d.name, d.kind, d.symbol_kind, parent, d.flags, params,
            tuple(self.expr(r) for r in d.returns), self.expr(d.result), tuple((self.expr(b), k) for b, k in d.bases),
            tuple(self.expr(x) for x in d.decorators), tuple(self.names[t] for t in d.type_params),
            tuple(self.expr(c) if k == 0 else c for k, c in enumerate(d.context)),
        )  # fmt: skip


def _interface(facts: Facts) -> list[tuple[str, str]]:
    """What other files may read of a file, in parts: (the name at module level that a part hangs on or "", text)."""
    canonical = _Canonical(facts)
    parts: list[tuple[str, object]] = [("", (facts.language, facts.package, facts.generated))]
    top = [name.partition(".")[0].partition("~")[0] for name in canonical.names]
    for index, definition in enumerate(facts.definitions):
        if definition.flags & DefFlag.HIDDEN and definition.kind != DefKind.CLASS:
            continue
        parts.append((top[index], canonical.definition(index)))
    readable = (DefKind.MODULE, DefKind.CLASS, DefKind.SCOPE)
    open_scopes = {i for i, d in enumerate(facts.definitions) if d.kind in readable}
    for b in facts.bindings:
        if b.scope in open_scopes:
            value = (canonical.names[b.scope], b.name, b.flags, canonical.expr(b.value))
            parts.append((top[b.scope] if b.scope else b.name, value))
    for m in facts.members:
        parts.append((top[m.owner], ("member", canonical.names[m.owner], m.name, canonical.expr(m.value))))
    for i in facts.imports:
        if i.scope == 0:
            parts.append((i.alias, (i.module, i.name, i.alias, i.level, i.kind)))
    for e in facts.exports:
        parts.append((e.name.strip("*"), (e.name, canonical.expr(e.value), e.module, e.original)))
    parts += [("", extra) for extra in _extras(facts, canonical)]
    return [(name, repr(part)) for name, part in parts]


def _extras(facts: Facts, canonical: _Canonical) -> Iterable[object]:
    for key, value in sorted(facts.extra.items(), key=lambda kv: kv[0]):
        if key == "expressions" and isinstance(value, dict):  # def index -> expression, by what they are for
            value = {k: [(canonical.names[i], canonical.expr(e)) for i, e in v.items()] for k, v in value.items()}
        elif key == "stores" and isinstance(value, list):
            rows = iter(value)
            value = [(canonical.expr(b), name, canonical.expr(e)) for b, name, e in zip(rows, rows, rows, strict=True)]
        yield (key, value)


def interface_digest(facts: Facts) -> bytes:
    """A digest of what other files may read of a file."""
    return hashlib.blake2b(repr(_interface(facts)).encode("utf-8", "surrogatepass"), digest_size=16).digest()


def additions(old: Facts, new: Facts) -> frozenset[str]:
    """The names that ``new`` has at module level and ``old`` has not, if nothing else that others read differs."""
    before, after = _interface(old), _interface(new)
    added = frozenset(name for name, _ in after).difference(name for name, _ in before)
    return added if [part for part in after if part[0] not in added] == before else frozenset()


def mentions(facts: Facts, names: frozenset[str]) -> bool:
    """Whether a file says one of ``names`` anywhere: what never says a name cannot be changed by its appearing."""
    if not names.isdisjoint(facts.names) or any(d.name in names for d in facts.definitions):
        return True
    return any(not names.isdisjoint((*_WORDS.findall(i.module), i.name, i.alias)) for i in facts.imports) or any(
        not names.isdisjoint((e.name, e.original, *_WORDS.findall(e.module))) for e in facts.exports
    )


def called_names(facts: Facts) -> set[str]:
    """The last names of the callees of a file's calls that pass an argument."""
    found = set()
    names, code, sites = facts.names, facts.code.tolist(), facts.sites.tolist()
    call, name, attr = int(SiteKind.CALL), int(Op.NAME), int(Op.ATTR)
    for expr, kind in zip(sites[::4], sites[3::4], strict=True):
        if kind == call and (code[expr + 2] or code[expr + 3]):
            callee = code[expr + 1]
            if code[callee] == name:
                found.add(code[callee + 1])
            elif code[callee] == attr:
                found.add(code[callee + 2])
    return {names[at] for at in found}


def defined_names(facts: Facts) -> set[str]:
    """The names of a file's definitions."""
    return {d.name for d in facts.definitions if d.name}


def _definition_keys(facts: Facts) -> dict[str, object]:
    found: dict[str, list[object]] = {}
    names = names_of(facts.definitions)
    for d, name in zip(facts.definitions, names, strict=True):
        if d.name:
            params = tuple((p.kind, p.default >= 0) for p in d.params)
            found.setdefault(d.name, []).append(
                (name, d.kind, d.symbol_kind, d.flags, params, facts.definitions[d.parent].kind)
            )
    return {name: repr(rows) for name, rows in found.items()}


def _call_keys(facts: Facts) -> dict[str, object]:
    canonical = _Canonical(facts)
    found: dict[str, set[str]] = {}
    code, names, sites = facts.code, facts.names, facts.sites
    for at in range(0, len(sites), 4):
        if sites[at + 3] == SiteKind.CALL:
            expr = sites[at]
            callee = code[expr + 1]
            if code[callee] in (Op.NAME, Op.ATTR):
                name = names[code[callee + (1 if code[callee] == Op.NAME else 2)]]
                found.setdefault(name, set()).add(repr(canonical.expr(expr)))
    return {name: sorted(rows) for name, rows in found.items()}


def _changed(old: dict[str, object], new: dict[str, object]) -> Iterable[str]:
    return (k for k in old.keys() | new.keys() if old.get(k) != new.get(k))


def interface_changes(
    path: str, old: Facts | None, old_info: FileInfo | None, new: Facts | None, new_info: FileInfo | None
) -> tuple[bool, set[str]]:
    """Whether what other files may read of ``path`` changed, and the name keys whose meaning did.

    ``None`` stands for a file that is not there.
    """
    keys: set[str] = set()
    if old is None or new is None:
        keys.add(f"path:{path}")
    if old_info is None or new_info is None or old_info.package != new_info.package:
        keys.add("files")
        for info in (old_info, new_info):
            if info is not None:
                keys.update(presence_keys(path, info))
    for prefix, table in (("defs:", _definition_keys), ("calls:", _call_keys)):
        before, after = table(old) if old else {}, table(new) if new else {}
        keys.update(prefix + name for name in _changed(before, after))
    if old is None or new is None or old_info != new_info:
        return True, keys
    return interface_digest(old) != interface_digest(new), keys


def presence_keys(path: str, info: FileInfo) -> set[str]:
    """Keys that stand for a file's being there: its language, its name, its folder and package with their ancestors."""
    keys = {f"language:{info.language}"}
    package = info.package
    while package:
        keys.add(f"package:{package}")
        package = package.rpartition(".")[0]
    keys.add(f"file:{path.rpartition('/')[2]}")
    folder = path
    while folder:
        folder = folder.rpartition("/")[0]
        keys.add(f"dir:{folder}")
    if info.language == "python":
        keys.update(_python_keys(path))
    return keys


def python_module_name(path: str) -> str:
    """The last part of the dotted name of the Python module at ``path``: a package is named by its folder."""
    folder, _, file = path.rpartition("/")
    stem = file.partition(".")[0]
    return folder.rpartition("/")[2] if stem == "__init__" else stem


def _python_keys(path: str) -> Iterable[str]:
    """Names of modules and namespace packages that a Python file's being there decides."""
    yield f"pymod:{python_module_name(path)}"
    for part in path.split("/")[:-1]:
        yield f"pypkg:{part}"

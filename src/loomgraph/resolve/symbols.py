"""Symbols: the definitions of a file as symbols of the graph."""

from __future__ import annotations

from loomgraph.facts import DefFlag, Definition, DefKind, ParamKind
from loomgraph.model import Symbol, SymbolFlag, SymbolKind
from loomgraph.resolve.project import FileView

_FLAGS = (
    (int(DefFlag.ABSTRACT), int(SymbolFlag.ABSTRACT)),
    (int(DefFlag.STATIC), int(SymbolFlag.STATIC)),
    (int(DefFlag.ASYNC), int(SymbolFlag.ASYNC)),
    (int(DefFlag.PRIVATE), int(SymbolFlag.PRIVATE)),
    (int(DefFlag.EXPORTED), int(SymbolFlag.EXPORTED)),
    (int(DefFlag.ENTRY_POINT), int(SymbolFlag.ENTRY_POINT)),
)
_ANY_FLAG = sum(mine for mine, _ in _FLAGS)
_HIDDEN = int(DefFlag.HIDDEN)


def arity_of(definition: Definition) -> int:
    """How many positional arguments a function takes at most, receivers apart; -1 for any number or no function."""
    if definition.kind != DefKind.FUNCTION:
        return -1
    count = 0
    for param in definition.params:
        if param.kind == ParamKind.STAR:
            return -1
        if param.kind == ParamKind.POSITIONAL:
            count += 1
    return -1 if definition.flags & DefFlag.VARIADIC else count


def accepts(definition: Definition, arity: int) -> bool:
    """Whether a call with ``arity`` positional arguments (-1: unknown) fits a function."""
    if arity < 0 or definition.flags & DefFlag.VARIADIC:
        return True
    least = most = 0
    for param in definition.params:
        if param.kind in (ParamKind.STAR, ParamKind.STAR_KEYWORD):
            return arity >= least
        if param.kind == ParamKind.POSITIONAL:
            most += 1
            least += param.default < 0
    return arity <= most  # too few may come as keywords


def symbols_of(view: FileView) -> tuple[Symbol, ...]:
    """The symbols of a file, the module first, in document order."""
    info = view.info
    base = (int(SymbolFlag.TEST) if info.test else 0) | (int(SymbolFlag.GENERATED) if info.generated else 0)
    ids, path, language = view.ids, view.path, info.language
    kinds = {kind.value: kind for kind in SymbolKind}
    found = []
    for at, d in enumerate(view.definitions):
        if at == 0:
            stem = path.rpartition("/")[2].partition(".")[0] or path
            found.append(
                Symbol(path, kinds.get(d.symbol_kind, SymbolKind.MODULE), stem, path, 1, d.end_line, 1, "", language,
                       view.facts.package, d.doc, -1, base)
            )  # fmt: skip
            continue
        if d.flags & _HIDDEN or d.kind == DefKind.SCOPE:
            continue
        flags = base
        if d.flags & _ANY_FLAG:
            for mine, theirs in _FLAGS:
                if d.flags & mine:
                    flags |= theirs
        if d.flags & DefFlag.TEST:
            flags |= int(SymbolFlag.TEST)
        kind = kinds.get(d.symbol_kind, SymbolKind.VARIABLE)
        found.append(
            Symbol(ids[at], kind, d.name, path, d.line, d.end_line, d.name_line, ids[d.parent], language,
                   d.signature, d.doc, arity_of(d), flags)
        )  # fmt: skip
    return tuple(found)

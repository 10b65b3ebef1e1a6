"""From what a user types to one symbol: whole ids, dotted names, ``file:line``, unambiguous suffixes, imported names.

A spelling is never guessed at: when several symbols fit equally well, the answer is the list of them. This module
must not know what is asked about the symbol.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from loomgraph.errors import AmbiguousSymbol, UnknownSymbol
from loomgraph.model import EdgeKind, Symbol, SymbolKind
from loomgraph.store.base import EXTERNAL_PREFIX, Reader, symbol_order
from loomgraph.store.traverse import DERIVES, outgoing, reach

_LINE = re.compile(r"(.+?):(\d+)(?::\d+)?")
_SEPARATORS = re.compile(r"[/.:]+|(?<=\w)#")  # as in Class#method; a private name (#field) keeps its mark
_LATER = re.compile(r"~\d+$")  # what tells later definitions of a name apart
_NEAREST = 5
_BOUND = 4000  # names compared by likeness at most


def resolve_symbol(reader: Reader, spelling: str) -> Symbol:
    """The one symbol that ``spelling`` means; raises ``UnknownSymbol`` or ``AmbiguousSymbol``."""
    text = spelling.strip()
    exact = reader.symbols([text, EXTERNAL_PREFIX + text]) if text else {}
    if text in exact:
        return exact[text]
    found = _at_line(reader, text) or _meant(reader, text) or _named(reader, text, anycase=True)
    outside = exact.get(EXTERNAL_PREFIX + text)
    if outside and not any(_whole(symbol, fold=False) == _parts(text) for symbol in found):
        found = [*found, outside]  # what is outside has this whole name, what is inside only ends with it
    if not found:
        raise UnknownSymbol(spelling=spelling, nearest=nearest(reader, text))
    if len(found) > 1 and not _one_property(found):
        raise AmbiguousSymbol(spelling=spelling, candidates=tuple(symbol.id for symbol in found))
    return found[0]


def _one_property(found: Sequence[Symbol]) -> bool:
    """Whether these are getter, setter and deleter of one property."""
    return len({_LATER.sub("", symbol.id) for symbol in found}) == 1 and found[0].kind == SymbolKind.PROPERTY


# -- file:line --------------------------------------------------------------------------------------------------


def _at_line(reader: Reader, text: str) -> list[Symbol]:
    match = _LINE.fullmatch(text)
    if not match:
        return []
    found = (_at(reader.symbols_in([path]), int(match[2])) for path in files_ending(reader, match[1]))
    return [symbol for symbol in found if symbol]


def _at(symbols: Sequence[Symbol], line: int) -> Symbol | None:
    """The symbol that is named on a line (of several the outermost), else the smallest around it."""
    named = [symbol for symbol in symbols if symbol.name_line == line and symbol.parent]
    outermost = max(named, key=lambda symbol: (symbol.end_line - symbol.line, -len(symbol.id)), default=None)
    return outermost or innermost(symbols, line)


def innermost(symbols: Iterable[Symbol], line: int) -> Symbol | None:
    """The smallest of a file's symbols that holds a line."""
    holding = [symbol for symbol in symbols if symbol.line <= line <= symbol.end_line]
    return min(holding, key=lambda symbol: (symbol.end_line - symbol.line, -symbol.line, symbol.id), default=None)


def files_ending(reader: Reader, text: str) -> list[str]:
    """The files with this path, or whose paths end with it."""
    text = text.removeprefix("./")
    if reader.file(text):
        return [text]
    return [file.path for file in reader.files() if file.path.endswith("/" + text)]


# -- names ------------------------------------------------------------------------------------------------------


class _Form(NamedTuple):
    """A symbol's id cut into names: those of its path (without the file's ending) and those inside the file."""

    path: tuple[str, ...]
    inside: tuple[str, ...]


def _form(symbol: Symbol, fold: bool) -> _Form:
    text = symbol.id.casefold() if fold else symbol.id
    if text.startswith(EXTERNAL_PREFIX):
        return _Form((), _parts(text[len(EXTERNAL_PREFIX) :]))
    path, inside = (symbol.file.casefold() if fold else symbol.file), ""
    if text.startswith(path + "::"):
        inside = text[len(path) + 2 :]
    elif text != path:
        return _Form((), _parts(text))
    return _Form(path_names(path), _parts(inside))


def path_names(path: str) -> tuple[str, ...]:
    """The names in a path as a module's: ``a/b/__init__.py`` and ``a/b.py`` are both ``a b``."""
    head, _, base = path.rpartition("/")
    stem = base.partition(".")[0] if not base.startswith(".") else base
    names = _parts(head.replace(".", "\0")) if head else ()
    names = tuple(name.replace("\0", ".") for name in names)
    return names if stem in ("__init__", "index", "mod") and names else (*names, stem)


def _parts(text: str) -> tuple[str, ...]:
    return tuple(part for part in _SEPARATORS.split(text) if part)


def _named(reader: Reader, text: str, *, anycase: bool = False) -> list[Symbol]:
    """The symbols that a name means: with the whole path if there are any, else by suffix; externals come last."""
    wanted_path, _, wanted = text.rpartition("::")
    if anycase:
        wanted_path, wanted = wanted_path.casefold(), wanted.casefold()
    parts = _parts(wanted)
    if not parts:
        return []
    candidates = _candidates(reader, parts[-1], anycase)
    if wanted_path:
        folders = "/" + wanted_path
        inside = [
            symbol
            for symbol in candidates
            if _ends(_form(symbol, anycase).inside, parts)
            and ("/" + (symbol.file.casefold() if anycase else symbol.file)).endswith(folders)
        ]
        return inside or [s for s in candidates if _ends(_whole(s, anycase), (*_parts(wanted_path), *parts))]
    if not anycase:
        candidates += _modules(reader, parts)
    matching = [symbol for symbol in candidates if _ends(_whole(symbol, anycase), parts)]
    whole = [symbol for symbol in matching if len(_whole(symbol, anycase)) == len(parts)]
    own = [symbol for symbol in matching if symbol.kind != SymbolKind.EXTERNAL]
    # A lone name means what is called so before it means a file that is.
    inside = [symbol for symbol in own if _form(symbol, anycase).inside]
    chosen = [s for s in whole if s in own] or (inside if len(parts) == 1 else own) or own or matching
    return sorted({symbol.id: symbol for symbol in chosen}.values(), key=symbol_order)


def _whole(symbol: Symbol, fold: bool) -> tuple[str, ...]:
    form = _form(symbol, fold)
    return form.path + form.inside


def _ends(names: tuple[str, ...], end: tuple[str, ...]) -> bool:
    """Whether names end like that; one that was not told apart (``name~2``) means all of its kind."""
    if len(names) < len(end):
        return False
    tail = names[len(names) - len(end) :]
    return tail == end or all(
        name == wanted or _LATER.sub("", name) == wanted for name, wanted in zip(tail, end, strict=True)
    )


def _candidates(reader: Reader, name: str, anycase: bool) -> list[Symbol]:
    name = _LATER.sub("", name)
    names = [name]
    if anycase:
        names = [other for other in reader.names(name) if other.casefold() == name]
    return reader.symbols_named(names)


def _modules(reader: Reader, parts: tuple[str, ...]) -> list[Symbol]:
    """The module symbols of files whose path ends with these names."""
    paths = [record.path for record in reader.files() if _ends(path_names(record.path), parts)]
    return list(reader.symbols(paths).values())


# -- names by which code knows a symbol without its lying there -----------------------------------------------------


def _meant(reader: Reader, text: str) -> list[Symbol]:
    """The symbols that a name means as it stands: where it is defined, where it is imported, where it is inherited."""
    return _named(reader, text) or _imported(reader, _parts(text)) or _inherited(reader, text)


def _imported(reader: Reader, parts: tuple[str, ...]) -> list[Symbol]:
    """``package.Name`` for what the package imports from where it is defined, and members of that."""
    for cut in range(len(parts) - 1, 0, -1):
        modules = [module.id for module in _modules(reader, parts[:cut])]
        targets = [edge.target for edge in reader.edges_from(modules, (EdgeKind.IMPORTS,))] if modules else []
        named = [symbol.id for symbol in reader.symbols(targets).values() if symbol.name == parts[cut]]
        inside = "".join(f".{part}" for part in parts[cut + 1 :])
        found = reader.symbols(
            sorted(name + inside for name in named if name.startswith(EXTERNAL_PREFIX) or "::" in name)
        )
        if found:
            return sorted(found.values(), key=symbol_order)
    return []


def _member(symbol_id: str, names: tuple[str, ...]) -> str:
    """The id of what lies that deep in a symbol."""
    inside = ".".join(names)
    between = "" if not inside else "." if "::" in symbol_id or symbol_id.startswith(EXTERNAL_PREFIX) else "::"
    return symbol_id + between + inside


def _inherited(reader: Reader, text: str) -> list[Symbol]:
    """``Class.member`` for a member that the class has from the nearest of its bases that defines it."""
    outer, _, member = text.rpartition(".")
    if not outer or not member:
        return []
    exact = reader.symbols([outer])
    owners = list(exact.values()) or _named(reader, outer) or _imported(reader, _parts(outer))
    found: dict[str, Symbol] = {}
    for owner in owners:
        depth = 0
        inherited: dict[str, Symbol] = {}
        for hop in reach(reader, [owner.id], outgoing(DERIVES)):
            if inherited and hop.depth > depth:
                break
            depth = hop.depth
            inherited |= reader.symbols([_member(hop.symbol.id, (member,))])
        found |= inherited
    return sorted(found.values(), key=symbol_order)


# -- what was perhaps meant -----------------------------------------------------------------------------------------


def nearest(reader: Reader, text: str) -> tuple[str, ...]:
    """Ids of symbols whose names are most like the last name in ``text``."""
    from difflib import get_close_matches  # only when something was mistyped

    parts = _parts(text.casefold())
    if not parts:
        return ()
    last = parts[-1]
    by_fold: dict[str, str] = {}
    for name in reader.names():
        by_fold.setdefault(name.casefold(), name)
    near = [name for name in by_fold if abs(len(name) - len(last)) <= 3 and (name[0] == last[0] or last[1:] in name)]
    near += [name for name in by_fold if len(last) >= 3 and last in name]
    close = get_close_matches(last, dict.fromkeys(near[:_BOUND]), _NEAREST, 0.6)
    symbols = reader.symbols_named([by_fold[name] for name in close])
    own = [symbol for symbol in symbols if symbol.kind != SymbolKind.EXTERNAL]
    own.sort(key=lambda symbol: close.index(symbol.name.casefold()) if symbol.name.casefold() in close else 99)
    return tuple(symbol.id for symbol in own[:_NEAREST])

"""What a project is, on one page: languages, folders and what is central in each, where it starts, what it stands on.

Everything is counted from the graph, in one pass over its links, and comes in a fixed order. This module must not know
how the page is shown.
"""

from __future__ import annotations

import re
import tomllib
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from loomgraph.knowledge import NOWHERE
from loomgraph.model import EdgeKind, Symbol, SymbolFlag, SymbolKind
from loomgraph.store.base import EXTERNAL_PREFIX, Counts, FileRecord, Reader, symbol_order

_USES = (EdgeKind.CALLS, EdgeKind.REFERENCES, EdgeKind.INHERITS, EdgeKind.IMPLEMENTS, EdgeKind.DECORATES)
_LINKS = (*_USES, EdgeKind.IMPORTS)
_PROSE = ("markdown", "rst")
_STARTS = (
    "main",
    "Main",
    "run",
    "cli",
    "app",
    "application",
    "create_app",
    "make_app",
    "handler",
    "lambda_handler",
    "serve",
)
_START_FILES = re.compile(
    r"(.*/)?(__main__|main|index|app|server|cli|manage|wsgi|asgi|setup)\.(py|[cm]?[jt]sx?|go|java|rs|rb|php|kt|c|cc|cpp)"
)
_FOLDERS = 12
_SHARE = 0.6  # a folder with more of the files than this is looked into
_CENTRAL = 12
_CENTRAL_IN_FOLDER = 3
_ENTRY_POINTS = 10
_HEADINGS = 24
_HEADINGS_OF_FILE = 8
_OUTSIDE = 12
_REVERSED = ("org", "com", "io", "net", "java", "javax", "jakarta")  # where names begin with a domain turned round
_STEPS = re.compile(r"[./:]")


@dataclass(frozen=True, slots=True)
class LanguageSize:
    """How much of a language there is."""

    language: str
    files: int
    lines: int


@dataclass(frozen=True, slots=True)
class Central:
    """A symbol that many others use: ``users`` counts the links to it from other files, tests left out."""

    symbol: Symbol
    users: int


@dataclass(frozen=True, slots=True)
class FolderSize:
    """A main folder ("" holds the files beside the folders), and what of it the rest of the project uses most."""

    path: str
    files: int
    lines: int
    central: tuple[Central, ...]


@dataclass(frozen=True, slots=True)
class Framework:
    """A framework that code of the project uses, what it is for, and by how many links."""

    name: str
    area: str
    uses: int


@dataclass(frozen=True, slots=True)
class Outside:
    """Something outside the project that its code uses, by how many links."""

    name: str
    uses: int


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading of the documentation, with the headings around it."""

    file: str
    line: int
    heading: str


@dataclass(frozen=True, slots=True)
class Overview:
    """``overview``: what a project is."""

    project: str
    root: str
    counts: Counts
    lines: int
    test_files: int
    languages: tuple[LanguageSize, ...]
    folders: tuple[FolderSize, ...]
    central: tuple[Central, ...]
    entry_points: tuple[Symbol, ...]
    frameworks: tuple[Framework, ...]
    outside: tuple[Outside, ...]
    headings: tuple[Heading, ...]


def overview(name: str, root: str, reader: Reader) -> Overview:
    """What the graph of a project says that it is."""
    files = reader.files()
    code = [file for file in files if not file.test]
    code = [
        file for file in code if not (file.inserted and file.path.startswith(f"{NOWHERE}/"))
    ]  # given without a place
    of_folder = _main_folders([file.path for file in code])
    tests = frozenset(file.path for file in files if file.test)
    users, outside = _uses(reader, tests, frozenset(file.path for file in files))
    central = _best(reader, users, _CENTRAL, lambda _: "")
    in_files = Counter({symbol_id: count for symbol_id, count in users.items() if "::" in symbol_id})
    by_folder = _best(reader, in_files, _CENTRAL_IN_FOLDER, lambda path: of_folder(path))
    return Overview(
        project=name,
        root=root,
        counts=reader.counts(),
        lines=sum(file.lines for file in files),
        test_files=len(tests),
        languages=_languages(files),
        folders=_folders(code, of_folder, by_folder),
        central=tuple(central.get("", ())),
        entry_points=_entry_points(reader, files, users),
        frameworks=_frameworks(outside),
        outside=_outside(outside),
        headings=_headings(reader, files),
    )


def _uses(reader: Reader, tests: frozenset[str], modules: frozenset[str]) -> tuple[Counter[str], Counter[str]]:
    """How often each symbol is used by code of other files that is no test, and each thing outside by any file."""
    users: Counter[str] = Counter()
    outside: Counter[str] = Counter()
    for source, target in reader.all_links(_LINKS):
        if target.startswith(EXTERNAL_PREFIX):
            outside[target] += 1
            continue
        file = source.partition("::")[0]
        if file not in tests and file != target.partition("::")[0] and target not in modules:
            users[target] += 1
    return users, outside


def _best(
    reader: Reader, users: Counter[str], most: int, group: Callable[[str], str]
) -> dict[str, list[Central]]:  # fmt: skip
    """The most used symbols of each group of files."""
    ids: dict[str, list[tuple[int, str]]] = defaultdict(list)
    for symbol_id, count in users.items():
        ids[group(symbol_id.partition("::")[0])].append((-count, symbol_id))
    chosen = {name: sorted(found)[: most * 2] for name, found in ids.items()}
    symbols = reader.symbols([symbol_id for found in chosen.values() for _, symbol_id in found])
    best = {}
    for name, found in chosen.items():
        kept = [Central(symbols[i], -count) for count, i in found if i in symbols and not _is_test(symbols[i])]
        best[name] = kept[:most]
    return best


def _is_test(symbol: Symbol) -> bool:
    return bool(symbol.flags & SymbolFlag.TEST)


def _languages(files: Sequence[FileRecord]) -> tuple[LanguageSize, ...]:
    count: Counter[str] = Counter()
    lines: Counter[str] = Counter()
    for file in files:
        if file.language:  # what was inserted has none
            count[file.language] += 1
            lines[file.language] += file.lines
    found = [LanguageSize(language, number, lines[language]) for language, number in count.items()]
    return tuple(sorted(found, key=lambda one: (-one.lines, -one.files, one.language)))


# -- folders ----------------------------------------------------------------------------------------------------


def _main_folders(paths: Sequence[str]) -> Callable[[str], str]:
    """Which main folder a path belongs to: one that holds most of everything stands for its inner folders instead."""
    inside: dict[str, int] = Counter()
    for path in paths:
        parts = path.split("/")[:-1]
        for length in range(1, len(parts) + 1):
            inside["/".join(parts[:length])] += 1
    children: dict[str, list[str]] = defaultdict(list)
    for folder in inside:
        children[folder.rpartition("/")[0]].append(folder)
    opened = {""}
    while True:
        shown = [folder for parent in opened for folder in children[parent] if folder not in opened]
        greatest = max(shown, key=lambda folder: (inside[folder], folder), default="")
        if not greatest or inside[greatest] <= _SHARE * len(paths) or not children[greatest]:
            break
        opened.add(greatest)
    main = frozenset(shown)

    def of(path: str) -> str:
        at = path.rpartition("/")[0]
        while at and at not in main and at not in opened:
            at = at.rpartition("/")[0]
        return at

    return of


def _folders(
    files: Sequence[FileRecord], of_folder: Callable[[str], str], central: dict[str, list[Central]]
) -> tuple[FolderSize, ...]:
    count: Counter[str] = Counter()
    lines: Counter[str] = Counter()
    for file in files:
        folder = of_folder(file.path)
        count[folder] += 1
        lines[folder] += file.lines
    found = [FolderSize(name, number, lines[name], tuple(central.get(name, ()))) for name, number in count.items()]
    return tuple(sorted(found, key=lambda one: (-one.lines, -one.files, one.path))[:_FOLDERS])


# -- where it starts, what it stands on, what is written about it -------------------------------------------------


def _entry_points(reader: Reader, files: Sequence[FileRecord], users: Counter[str]) -> tuple[Symbol, ...]:
    """Functions that something outside runs, of the usual names; then modules that are run, nearest the root first."""
    tests = {file.path for file in files if file.test}
    named = [
        symbol
        for symbol in reader.symbols_named(_STARTS)
        if symbol.kind in (SymbolKind.FUNCTION, SymbolKind.METHOD, SymbolKind.VARIABLE, SymbolKind.CONSTANT)
        and symbol.file not in tests
        and (
            symbol.flags & SymbolFlag.ENTRY_POINT or symbol.name.startswith(("main", "Main", "create_app", "make_app"))
        )
    ]
    starts = [file.path for file in files if file.path not in tests and _START_FILES.fullmatch(file.path)]
    modules = [reader.symbols([path]).get(path) for path in sorted(starts, key=_depth_first)[:_ENTRY_POINTS]]
    functions = sorted(named, key=lambda one: (one.file.count("/"), -users[one.id], symbol_order(one)))
    held = {symbol.file for symbol in functions}
    return tuple([*functions, *(one for one in modules if one is not None and one.file not in held)][:_ENTRY_POINTS])


def _depth_first(path: str) -> tuple[int, str]:
    return path.count("/"), path


def _frameworks(outside: Counter[str]) -> tuple[Framework, ...]:
    """The known frameworks among the names outside."""
    known = {
        prefix: (name, area)
        for area, table in tomllib.loads(Path(__file__).with_name("frameworks.toml").read_text("utf-8")).items()
        for name, prefixes in table.items()
        for prefix in prefixes
    }
    uses: Counter[tuple[str, str]] = Counter()
    for symbol_id, count in outside.items():
        name = symbol_id.removeprefix(EXTERNAL_PREFIX)
        found = next((known[prefix] for prefix in _prefixes(name) if prefix in known), None)
        if found:
            uses[found] += count
    ranked = [Framework(name, area, count) for (name, area), count in uses.items()]
    return tuple(sorted(ranked, key=lambda one: (-one.uses, one.name)))


def _prefixes(name: str) -> Iterable[str]:
    """A name and what it lies below, longest first."""
    yield name
    for match in reversed(list(_STEPS.finditer(name))):
        yield name[: match.start()]


def _outside(outside: Counter[str]) -> tuple[Outside, ...]:
    """What the code uses most of what is outside, by the first part of its name."""
    uses: Counter[str] = Counter()
    for symbol_id, count in outside.items():
        uses[_package(symbol_id.removeprefix(EXTERNAL_PREFIX))] += count
    uses.pop("builtins", None)
    ranked = sorted(uses.items(), key=lambda one: (-one[1], one[0]))
    return tuple(Outside(name, count) for name, count in ranked[:_OUTSIDE] if name)


def _package(name: str) -> str:
    """The package that a name outside belongs to, by the habits of its language."""
    if "/" in name:
        parts = name.split("/")
        host = "." in parts[0]  # a Go module: its host, its owner, its name
        kept = parts[:3] if host else parts[: 2 if name.startswith("@") else 1]
        return "/".join([*kept[:-1], re.split(r"[.:]", kept[-1])[0]])
    parts = re.split(r"[.:]", name)
    if parts[0] in _REVERSED and len(parts) > 2:
        return ".".join(parts[:2])
    return parts[0]


def _headings(reader: Reader, files: Sequence[FileRecord]) -> tuple[Heading, ...]:
    """Headings of the documentation, the files nearest to the root and README first, those of greatest rank."""
    prose = [file.path for file in files if file.language in _PROSE]
    prose.sort(key=lambda path: (path.count("/"), not path.rpartition("/")[2].lower().startswith("readme"), path))
    found: list[Heading] = []
    for path in prose[:_HEADINGS]:
        of_file: list[Heading] = []
        for chunk in reader.chunks_in([path]):
            lines = chunk.text.splitlines()
            if (
                len(lines) > chunk.end_line - chunk.start_line + 1
            ):  # a chunk under a heading begins with its whole title
                of_file.append(Heading(path, chunk.start_line, lines[0]))
        unique = list({one.heading: one for one in reversed(of_file)}.values())
        unique.sort(key=lambda one: (one.heading.count(" > "), one.line))
        found += sorted(unique[:_HEADINGS_OF_FILE], key=lambda one: one.line)
    return tuple(found[:_HEADINGS])

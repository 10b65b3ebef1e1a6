"""Which language a file is in, and what is needed to read it.

A language is a folder of ``parse/languages``: ``language.toml`` (decoded here into :class:`LanguageSpec`), queries
as ``.scm`` files, and ``lower.py`` where queries do not suffice. This module knows the form of those folders and no
language by name. Grammars and lowerings are imported when first used, so that a project in one language pays for
one.
"""

from __future__ import annotations

import hashlib
import importlib
import os
import re
import tomllib
from collections.abc import Callable, Iterable
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import msgspec
from tree_sitter import Language, Node, Parser, Query

from loomgraph.facts import FACTS_FORMAT
from loomgraph.parse.builder import Builder

HEAD_BYTES = 8192
"""How many bytes of a file are enough for :meth:`Languages.language_of`."""

Lowering = Callable[[Node | None, bytes, Builder], None]


class Comments(msgspec.Struct, frozen=True):
    """How comments are written: what starts one, and which starts make it documentation."""

    line: tuple[str, ...] = ()
    block: tuple[tuple[str, str], ...] = ()
    doc: tuple[str, ...] = ()  # starts of comments that document; empty: any comment directly above does
    noise: str = ""  # a pattern of mark-up in documentation to leave out
    above: tuple[str, ...] = ()  # starts of other lines that belong to the definition below (attributes, decorators)


class ChunkRules(msgspec.Struct, frozen=True):
    """What the chunker must know beyond definitions."""

    style: str = "code"  # "code", "headings" (the lowering gives the chunks), "none"


class ImportRules(msgspec.Struct, frozen=True):
    """How the text of an import is read when queries capture it whole."""

    strip: str = ""  # a pattern of what is not part of the path: keywords, semicolons
    alias: str = r"\s+as\s+"  # a pattern between a name and its alias
    alias_first: str = ""  # the same where the alias stands first (C#)
    wildcards: tuple[str, ...] = ("*",)
    itself: tuple[str, ...] = ()  # what names, in a list, the thing the list belongs to (Rust's self)
    bare: bool = False  # a single name is a module, not a member of the outermost one
    whole: bool = False  # an import without alias makes all names of what it names visible


class Structure(msgspec.Struct, frozen=True):
    """What ``structure.py`` must know of a language beyond its queries. Patterns are regular expressions."""

    separators: tuple[str, ...] = (".",)  # between the parts of a path, as written
    receivers: tuple[str, ...] = ()  # how a method names its own object
    static_receivers: tuple[str, ...] = ()  # … its own class
    super_receivers: tuple[str, ...] = ()  # … its parent class
    transparent: tuple[str, ...] = ()  # generic types that stand for their first argument (Option, Box, shared_ptr)
    constructors: tuple[str, ...] = ()  # names of methods that construct
    entry_points: tuple[str, ...] = ()  # names of functions that are called from outside
    own_class: str = ""  # what an object calls its own class by (Ruby's self.class)
    field_mark: str = ""  # what the names of fields begin with where they are declared by assignment
    new_methods: tuple[str, ...] = ()  # names of calls on a class that construct it (Ruby's new)
    params_after_name: bool = False  # parameters are found in the text behind the name, not captured
    parameter: str = r"(?P<name>\w+)"  # reads one parameter: groups name and type
    optional: str = "="  # a parameter that may be left out
    variadic: str = r"\.\.\."  # a parameter that takes any number of arguments
    keyword: str = ""  # a parameter that is given by name only
    keyword_arguments: tuple[str, ...] = ()  # kinds of argument nodes that give such a parameter
    ignored_arguments: tuple[str, ...] = ()  # kinds of nodes among the arguments that are none
    receiver_parameter: str = ""  # a parameter that is the receiver; methods without one are static
    any_arity: bool = False  # functions declare no parameters and take any
    package: str = ""  # a pattern whose group is the package, for files too broken for the query to find it
    private: str = ""  # in the text before the name
    exported: str = ""
    static: str = ""
    abstract: str = ""
    asynchronous: str = ""
    constant: str = ""
    private_name: str = ""  # in the name itself
    open_enums: bool = False  # members of an enum are names of the scope around it
    open_interfaces: bool = False  # … and the functions of an interface
    packaged: bool = False  # a module stands under its whole name, whose first parts are its package
    clauses: bool = False  # a function may be written as several, side by side, one for each form of its arguments
    inferred_types: tuple[str, ...] = ()  # what stands for a type that the value decides
    bodies: tuple[str, ...] = ()  # kinds of nodes that are bodies where the grammar does not name the field
    literals: dict[str, str] = {}  # kinds of literal nodes → the built-in type they have
    ignored_calls: tuple[str, ...] = ()  # names that look like calls and are syntax of the language
    imports: ImportRules = ImportRules()


class LanguageSpec(msgspec.Struct, frozen=True):
    """One language folder's ``language.toml``."""

    name: str
    grammar: str = ""  # "module:function"; empty: no syntax tree, the lowering reads the text
    extensions: tuple[str, ...] = ()
    filenames: tuple[str, ...] = ()
    shebangs: tuple[str, ...] = ()
    family: str = ""  # languages of one family may call each other by name
    rules: int = 1
    lower: bool = False
    uses: tuple[str, ...] = ()  # folders whose code or data this one uses
    sniff: str = ""  # for extensions that others claim: a pattern of the text that makes the file ours
    sniff_extensions: tuple[str, ...] = ()
    blanked: tuple[str, ...] = ()  # patterns with a group each that the grammar must not see (macros in declarations)
    config: bool = False  # a configuration file that a resolver needs; it has no symbols of its own
    comments: Comments = Comments()
    chunks: ChunkRules = ChunkRules()
    structure: Structure = Structure()
    folder: str = ""

    @property
    def path(self) -> Path:
        return Path(self.folder)


class Languages:
    """The languages known, and lazily what it takes to parse and lower each. One per process or thread."""

    def __init__(self, specs: Iterable[LanguageSpec]) -> None:
        self.specs = tuple(sorted(specs, key=lambda spec: spec.name))
        self._by_name = {spec.name: spec for spec in self.specs}
        self._by_filename = {name: spec for spec in self.specs for name in spec.filenames}
        self._by_extension = {ext: spec for spec in self.specs for ext in spec.extensions}
        self._by_shebang = {name: spec for spec in self.specs for name in spec.shebangs}
        self._sniffed: dict[str, tuple[re.Pattern[bytes], LanguageSpec]] = {
            ext: (re.compile(spec.sniff.encode(), re.MULTILINE), spec)
            for spec in self.specs
            for ext in spec.sniff_extensions
        }
        self._blanked: dict[str, re.Pattern[bytes]] = {
            spec.name: re.compile("|".join(spec.blanked).encode(), re.MULTILINE) for spec in self.specs if spec.blanked
        }
        self._parsers: dict[str, Parser] = {}
        self._languages: dict[str, Language] = {}
        self._lowerings: dict[str, Lowering] = {}
        self._queries: dict[tuple[str, str], Query] = {}

    @classmethod
    def load(cls, folder: Path | None = None) -> Languages:
        """Every language folder below ``folder`` (the built-in ones by default)."""
        base = folder or Path(__file__).parent / "languages"
        return cls(read_spec(path) for path in sorted(base.glob("*/language.toml")))

    def __getitem__(self, name: str) -> LanguageSpec:
        return self._by_name[name]

    def __contains__(self, name: object) -> bool:
        return name in self._by_name

    def language_of(self, path: str, head: bytes = b"") -> LanguageSpec | None:
        """The language of the file at ``path``: by file name, by the longest known extension, by ``#!`` line.

        ``head`` is the start of the file (:data:`HEAD_BYTES` suffice); without it, extensions that several
        languages share go to their first claimant and files without extension stay unknown.
        """
        name = path.rpartition("/")[2]
        found = self._by_filename.get(name)
        if found is not None:
            return found
        at = name.find(".", 1)
        while at > 0:
            for ext in (name[at:], name[at:].lower()):
                found = self._by_extension.get(ext)
                if found is not None:
                    return self._sniff(ext, head) or found
            at = name.find(".", at + 1)
        if head.startswith(b"#!") and "." not in name[1:]:
            return self._by_shebang.get(_interpreter(head))
        return None

    def may_have_language(self, path: str) -> bool:
        """Whether :meth:`language_of` could answer for ``path`` once it is given the head of the file."""
        return "." not in path.rpartition("/")[2][1:] or self.language_of(path) is not None

    def _sniff(self, ext: str, head: bytes) -> LanguageSpec | None:
        pattern, spec = self._sniffed.get(ext, (None, None))
        return spec if pattern is not None and pattern.search(head) else None

    def language(self, spec: LanguageSpec) -> Language:
        """The tree-sitter language of ``spec``; imports the grammar on first use."""
        found = self._languages.get(spec.name)
        if found is None:
            module, _, function = spec.grammar.partition(":")
            found = Language(getattr(importlib.import_module(module), function)())
            self._languages[spec.name] = found
        return found

    def parser(self, spec: LanguageSpec) -> Parser:
        found = self._parsers.get(spec.name)
        if found is None:
            found = self._parsers[spec.name] = Parser(self.language(spec))
        return found

    def readable(self, spec: LanguageSpec, source: bytes) -> bytes:
        """``source`` with what the grammar must not see turned to blanks, byte for byte."""
        pattern = self._blanked.get(spec.name)
        return pattern.sub(_blank_group, source) if pattern is not None else source

    def query(self, spec: LanguageSpec, name: str) -> Query:
        """The compiled query ``name``.scm of the language's folder."""
        found = self._queries.get((spec.name, name))
        if found is None:
            text = (spec.path / f"{name}.scm").read_text(encoding="utf-8")
            found = self._queries[spec.name, name] = Query(self.language(spec), text)
        return found

    def lowering(self, spec: LanguageSpec) -> Lowering:
        """The ``lower`` function of the language's folder; for a structure language, the generic one."""
        found = self._lowerings.get(spec.name)
        if found is None:
            if spec.lower:
                module = importlib.import_module(f"{__package__}.languages.{spec.path.name}.lower")
                found = module.lower
            else:
                structure = importlib.import_module(f"{__package__}.structure")
                found = structure.StructureLowering(spec, self.query(spec, "symbols")).lower
            self._lowerings[spec.name] = found
        return found


def _blank_group(match: re.Match[bytes]) -> bytes:
    group = match.lastindex or 0
    start, end = match.start(group) - match.start(), match.end(group) - match.start()
    return match[0][:start] + re.sub(rb"[^\n]", b" ", match[group]) + match[0][end:]


def read_spec(path: Path) -> LanguageSpec:
    """The language described by the ``language.toml`` at ``path``."""
    with path.open("rb") as file:
        plain = tomllib.load(file)
    plain["folder"] = str(path.parent)
    spec = msgspec.convert(plain, LanguageSpec)
    return spec if spec.family else msgspec.structs.replace(spec, family=spec.name)


def rules_version(spec: LanguageSpec) -> str:
    """A hash of all that decides what facts a file of this language gives; part of the facts cache's key."""
    digest = hashlib.sha256(f"{FACTS_FORMAT} {spec.name} {spec.rules} {_grammar_version(spec)}".encode())
    shared = Path(__file__).parent
    folders = [spec.path, *(spec.path.parent / name for name in spec.uses)]
    paths = [*sorted(shared.glob("*.py"))]
    for folder in folders:
        paths += sorted(p for p in folder.rglob("*") if p.suffix in (".py", ".toml", ".scm"))
    for path in paths:
        digest.update(f"\0{path.parent.name}/{path.name}\0".encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()[:16]


def _grammar_version(spec: LanguageSpec) -> str:
    names = ["tree-sitter", spec.grammar.partition(":")[0].replace("_", "-")] if spec.grammar else []
    return " ".join(map(_version, names))


def _version(distribution: str) -> str:
    try:
        return version(distribution)
    except PackageNotFoundError:
        return "unknown"


def _interpreter(head: bytes) -> str:
    """The program that a ``#!`` line names, without folder and version."""
    words = head[2:256].split(b"\n", 1)[0].decode("utf-8", "replace").split()
    names = [os.path.basename(word) for word in words]
    if names and names[0] == "env":
        names = [name for name in names[1:] if not name.startswith("-") and "=" not in name]
    return re.sub(r"[\d.]+$", "", names[0]) if names else ""

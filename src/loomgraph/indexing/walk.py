"""Which files of a folder belong to its graph.

Walks a tree in a fixed order and applies, in this order: symbolic links (never followed), include and exclude
globs, ignore files, and the folders and files that are not the project's own source (``skip.toml``). It reads
ignore files and nothing else; it must not know what a language is beyond a function that says whether a name could
have one.
"""

from __future__ import annotations

import fnmatch
import itertools
import os
import re
import stat
import tomllib
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from loomgraph.indexing.ignore import IgnoreRules
from loomgraph.model import Problem

DEFAULT_MAX_BYTES = 10_000_000
VERSION_CONTROL = "version control"


class Entry(NamedTuple):
    """A file found: ``path`` relative to the root with ``/``, undecodable bytes as surrogate escapes."""

    path: str
    size: int
    mtime_ns: int


@dataclass(slots=True)
class WalkResult:
    """The files found, sorted by path; what was skipped, counted by reason; what could not be read."""

    entries: list[Entry] = field(default_factory=list)
    skipped: Counter[str] = field(default_factory=Counter)
    problems: list[Problem] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class WalkOptions:
    """``include`` and ``exclude`` are globs in the form of ``.gitignore`` patterns, relative to the root.

    With ``include``, only files that match one, or lie in a folder that does, are taken, and a folder that matches
    is entered even when it is vendored. ``exclude`` wins over everything. ``chosen`` says that somebody has applied all
    rules already: every file is taken.
    """

    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    max_bytes: int = DEFAULT_MAX_BYTES
    chosen: bool = False


class FolderRule(NamedTuple):
    """A folder rule of ``skip.toml``."""

    beside: tuple[str, ...]
    holds: tuple[str, ...]
    within: frozenset[str]
    unless: tuple[str, ...]
    reason: str


class SkipRules:
    """``skip.toml``, arranged for look-up by name."""

    def __init__(self, path: Path | None = None) -> None:
        with (path or Path(__file__).with_name("skip.toml")).open("rb") as file:
            plain = tomllib.load(file)
        self._folders: dict[str, list[FolderRule]] = {}
        self._patterns: list[tuple[re.Pattern[str], FolderRule]] = []
        self._any: list[FolderRule] = []
        for table in plain["folder"]:
            rule = FolderRule(
                tuple(table.get("beside", ())), tuple(table.get("holds", ())), frozenset(table.get("within", ())),
                tuple(table.get("unless", ())), table["reason"],
            )  # fmt: skip
            for name in table["names"]:
                if name == "*":
                    self._any.append(rule)
                elif "*" in name:
                    self._patterns.append((re.compile(fnmatch.translate(name)), rule))
                else:
                    self._folders.setdefault(name, []).append(rule)
        self._files: dict[str, str] = {}
        self._suffixes: dict[str, str] = {}
        endings: list[tuple[str, str]] = []
        for table in plain["file"]:
            for name in table["names"]:
                tail = name.removeprefix("*")
                if tail.startswith(".") and tail.count(".") == 1 and "*" not in tail:
                    self._suffixes[tail[1:]] = table["reason"]
                else:
                    endings.append((fnmatch.translate(name), table["reason"]))
        self._endings = [(re.compile(pattern), reason) for pattern, reason in endings]
        self._any_of_endings = re.compile("|".join(pattern for pattern, _ in endings) or "(?!)")

    def by_name(self, name: str, parent: str, siblings: Iterable[str]) -> tuple[str, list[FolderRule]]:
        """A folder's verdict before it is read: (reason or "", rules that must look inside)."""
        rules = list(self._folders.get(name, ()))
        if len(name) > 5:
            rules += [rule for pattern, rule in self._patterns if pattern.match(name)]
        later: list[FolderRule] = []
        for rule in rules:
            if rule.within and parent not in rule.within:
                continue
            if rule.beside and not _any_match(rule.beside, siblings):
                continue
            if rule.holds or rule.unless:
                later.append(rule)
            else:
                return rule.reason, []
        return "", later

    def by_content(self, rules: list[FolderRule], inside: Iterable[str]) -> str:
        """A folder's verdict once its entries are known: a reason or ""."""
        for rule in (*rules, *self._any) if rules else self._any:
            if (not rule.holds or _any_match(rule.holds, inside)) and not _any_match(rule.unless, inside):
                return rule.reason
        return ""

    def file(self, name: str) -> str:
        """The reason to skip a file of that name, or ""."""
        reason = self._suffixes.get(name.rpartition(".")[2], "")
        if reason == "" and self._any_of_endings.match(name):
            return next(reason for pattern, reason in self._endings if pattern.match(name))
        return reason


def _any_match(globs: Sequence[str], names: Iterable[str]) -> bool:
    for glob in globs:
        if "*" in glob:
            if any(fnmatch.fnmatchcase(name, glob) for name in names):
                return True
        elif glob in names:
            return True
    return False


class _Rules(NamedTuple):
    """Ignore rules in force in a folder: each with the length of its own folder's path, innermost first."""

    ignore: tuple[tuple[int, IgnoreRules], ...]
    git: tuple[tuple[int, IgnoreRules], ...]
    exclude: tuple[tuple[int, IgnoreRules], ...]
    any: bool

    def add(self, kind: str, rules: IgnoreRules, start: int) -> _Rules:
        """These rules and, before those of their kind, the rules of a folder further in."""
        if not rules:
            return self
        new = ((start, rules),)
        if kind == ".ignore":
            return _Rules(new + self.ignore, self.git, self.exclude, True)
        if kind == ".gitignore":
            return _Rules(self.ignore, new + self.git, self.exclude, True)
        return _Rules(self.ignore, self.git, new + self.exclude, True)

    def ignored(self, path: str, name: str, is_dir: bool) -> bool:
        """``.ignore`` files outrank ``.gitignore`` files, which outrank ``.git/info/exclude``; inner outrank outer."""
        for level in (self.ignore, self.git, self.exclude):
            for start, rules in level:
                verdict = rules.verdict(path[start:] if start else path, name, is_dir)
                if verdict is not None:
                    return verdict
        return False


class _Folder(NamedTuple):
    """A folder still to be read."""

    path: str  # "" for the root
    rules: _Rules
    checks: list[FolderRule]
    chosen: bool  # no include globs, or one matches this folder or one around it


class Walker:
    """One walk over a tree. ``may_have_language`` says by name whether a file could be in a known language.

    ``named`` says whether a name without extension tells the language; with it, other files without extension are
    taken only when they begin with ``#!``.
    """

    def __init__(
        self, root: str | os.PathLike[str], may_have_language: Callable[[str], bool],
        options: WalkOptions | None = None, skip: SkipRules | None = None, *,
        named: Callable[[str], bool] | None = None,
    ) -> None:  # fmt: skip
        options = options or WalkOptions()
        self._named = named
        self._root = os.path.realpath(root)
        self._may = may_have_language
        self._known: dict[str, bool] = {}
        self._skip = skip or SkipRules()
        self._include = IgnoreRules(options.include)
        self._exclude = IgnoreRules(options.exclude)
        self._wanted = _literal_folders(options.include)
        self._max_bytes = options.max_bytes
        self._chosen = options.chosen
        self.result = WalkResult()

    def walk(self) -> WalkResult:
        """The files of the tree. A folder that cannot be read is a problem, not an error."""
        if self._chosen:
            return self._walk_chosen()
        stack = [_Folder("", outer_rules(self._root), [], not self._include)]
        while stack:
            stack.extend(self._read(stack.pop()))
        self.result.entries.sort()
        self.result.problems.sort(key=lambda problem: problem.file)
        return self.result

    def _walk_chosen(self) -> WalkResult:
        """Every regular file, but through no link."""
        stack = [""]
        while stack:
            prefix = stack.pop()
            with os.scandir(f"{self._root}/{prefix}") as scan:
                for entry in scan:
                    if entry.is_dir(follow_symlinks=False):
                        stack.append(f"{prefix}{entry.name}/")
                    elif entry.is_file(follow_symlinks=False):
                        found = entry.stat(follow_symlinks=False)
                        self.result.entries.append(Entry(prefix + entry.name, found.st_size, found.st_mtime_ns))
        self.result.entries.sort()
        return self.result

    def _read(self, folder: _Folder) -> list[_Folder]:
        """Take the files of ``folder``; the folders below it that are to be read."""
        result = self.result
        path = folder.path
        try:
            with os.scandir(f"{self._root}/{path}") as scan:
                entries = {entry.name: entry for entry in scan}
        except OSError as error:
            result.problems.append(Problem(path, 0, f"folder cannot be read: {error.strerror}"))
            result.skipped["unreadable"] += 1
            return []
        if path and path not in self._wanted:
            reason = self._skip.by_content(folder.checks, entries)
            if reason:
                result.skipped[reason] += 1
                return []
        rules = self._rules(folder, entries)
        prefix = f"{path}/" if path else ""
        below: list[_Folder] = []
        for name, entry in entries.items():
            if entry.is_symlink():
                result.skipped["symbolic link"] += 1
            elif entry.is_dir(follow_symlinks=False):
                taken = self._folder(folder, prefix + name, name, rules, entries)
                if taken is not None:
                    below.append(taken)
            else:
                self._file(folder.chosen, prefix + name, entry, rules)
        return below

    def _folder(self, outer: _Folder, path: str, name: str, rules: _Rules, siblings: Iterable[str]) -> _Folder | None:
        """The folder ``path`` to be read, or ``None`` when it is skipped (and counted)."""
        if self._exclude and self._exclude.verdict(path, name, True):
            self.result.skipped["excluded"] += 1
            return None
        parent = outer.path.rpartition("/")[2] or "."
        reason, checks = self._skip.by_name(name, parent, siblings)
        if reason and (path not in self._wanted or reason == VERSION_CONTROL):
            if reason != VERSION_CONTROL:
                self.result.skipped[reason] += 1
            return None
        if rules.any and rules.ignored(path, name, True):
            self.result.skipped["ignored"] += 1
            return None
        return _Folder(path, rules, checks, outer.chosen or bool(self._include.verdict(path, name, True)))

    def _file(self, chosen: bool, path: str, entry: os.DirEntry[str], rules: _Rules) -> None:
        """Take a file, or count why not."""
        name = entry.name
        reason = ""
        if (self._exclude and self._exclude.verdict(path, name, False)) or not (
            chosen or self._include.verdict(path, name, False)
        ):
            reason = "excluded"
        elif rules.any and rules.ignored(path, name, False):
            reason = "ignored"
        else:
            reason = self._skip.file(name) or ("" if self._has_language(path, name) else "no language")
        if not reason:
            try:
                found = entry.stat(follow_symlinks=False)
            except OSError as error:
                self.result.problems.append(Problem(path, 0, f"cannot be read: {error.strerror}"))
                reason = "unreadable"
            else:
                if not stat.S_ISREG(found.st_mode):
                    reason = "not a file"
                elif found.st_size > self._max_bytes:
                    reason = "too large"
                    self.result.problems.append(Problem(path, 0, f"larger than {self._max_bytes:,} bytes"))
                elif "::" in path or path.startswith("external:"):  # its ids could not be told from other symbols'
                    reason = "unusable name"
                    self.result.problems.append(Problem(path, 0, "its path looks like the id of a symbol"))
                else:
                    self.result.entries.append(Entry(path, found.st_size, found.st_mtime_ns))
                    return
        self.result.skipped[reason] += 1

    def _has_language(self, path: str, name: str) -> bool:
        """``may_have_language``, remembered by extension where the name has one dot."""
        stem, dot, suffix = name.partition(".")
        if not (stem and dot) and self._named is not None and self._may(name):
            return self._named(name) or self._is_program(path)
        if not (stem and dot) or "." in suffix:
            return self._may(name)
        known = self._known.get(suffix)
        if not known:  # names that are known as a whole (package.json) may share an extension with unknown ones
            known = self._known[suffix] = self._may(f"x.{suffix}")
        return known or self._may(name)

    def _is_program(self, path: str) -> bool:
        """Whether a file names its interpreter; one that cannot be read is for others to report."""
        try:
            with open(f"{self._root}/{path}", "rb", buffering=0, opener=_without_waiting) as file:
                return file.read(2) == b"#!"
        except OSError:
            return True

    def _rules(self, folder: _Folder, entries: dict[str, os.DirEntry[str]]) -> _Rules:
        """The ignore rules in force inside ``folder``."""
        rules = folder.rules
        start = len(folder.path) + 1 if folder.path else 0
        base = f"{self._root}/{folder.path}"
        if ".ignore" in entries:
            rules = rules.add(".ignore", self._load(base, ".ignore", folder.path), start)
        if ".gitignore" in entries:
            rules = rules.add(".gitignore", self._load(base, ".gitignore", folder.path), start)
        if ".git" in entries and os.path.isdir(f"{base}/.git/info"):
            rules = rules.add("exclude", self._load(base, ".git/info/exclude", folder.path), start)
        return rules

    def _load(self, base: str, name: str, folder: str) -> IgnoreRules:
        try:
            return load_rules(f"{base}/{name}")
        except OSError as error:
            path = f"{folder}/{name}" if folder else name
            self.result.problems.append(Problem(path, 0, f"cannot be read: {error.strerror}"))
            return IgnoreRules(())


def _without_waiting(path: str, flags: int) -> int:
    """Opens a file; a pipe nobody writes to must not hold the walk up."""
    return os.open(path, flags | getattr(os, "O_NONBLOCK", 0))


def load_rules(path: str) -> IgnoreRules:
    """The ignore file at ``path``; no rules when there is none."""
    try:
        with open(path, encoding="utf-8-sig", errors="surrogateescape", newline="\n") as file:
            return IgnoreRules(file)
    except (FileNotFoundError, IsADirectoryError, NotADirectoryError):
        return IgnoreRules(())


class _OuterRules(IgnoreRules):
    """Rules of a folder above the root: paths are seen from there."""

    __slots__ = ("_inside", "_rules")

    def __init__(self, rules: IgnoreRules, inside: str) -> None:
        self._rules, self._inside = rules, inside

    def __bool__(self) -> bool:
        return bool(self._rules)

    def verdict(self, path: str, name: str, is_dir: bool) -> bool | None:
        return self._rules.verdict(f"{self._inside}/{path}", name, is_dir)


def outer_rules(root: str) -> _Rules:
    """The rules of the git repository around ``root``, when it is a folder of one.

    When those rules ignore the root itself, whoever named it wants it all the same: they do not apply.
    """
    empty = _Rules((), (), (), False)
    parents: list[tuple[str, str]] = []  # (folder, root seen from it), innermost first
    at = root
    while not os.path.lexists(f"{at}/.git"):
        above = os.path.dirname(at)
        if above == at:
            return empty
        at = above
        parents.append((at, root[len(at) :].strip("/").replace(os.sep, "/")))
    rules = empty
    for folder, inside in reversed(parents):
        try:
            if folder == at:
                rules = rules.add("exclude", _OuterRules(load_rules(f"{folder}/.git/info/exclude"), inside), 0)
            for name in (".gitignore", ".ignore"):
                rules = rules.add(name, _OuterRules(load_rules(f"{folder}/{name}"), inside), 0)
        except OSError:
            continue  # not ours to report: the file lies outside what was asked for
    return empty if _ignores_itself(rules, parents) else rules


def _ignores_itself(rules: _Rules, parents: list[tuple[str, str]]) -> bool:
    """Whether the outer rules ignore the root or a folder between it and theirs."""
    for level in (rules.ignore, rules.git, rules.exclude):
        for _, outer in level:
            inner, inside = outer._rules, outer._inside  # type: ignore[attr-defined]
            parts = inside.split("/")
            for count in range(1, len(parts) + 1):
                if inner.verdict("/".join(parts[:count]), parts[count - 1], True):
                    return True
    return False


def _literal_folders(globs: Sequence[str]) -> frozenset[str]:
    """The folders that include globs name literally, and those around them: entered even when vendored."""
    found: set[str] = set()
    for glob in globs:
        parts = glob.strip("/").split("/")
        literal = list(itertools.takewhile(lambda part: not set("*?[") & set(part), parts))
        for count in range(1, len(literal) + 1):
            found.add("/".join(literal[:count]))
    return frozenset(found)

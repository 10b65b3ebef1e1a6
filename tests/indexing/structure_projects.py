"""The made-up projects of :mod:`projects` in the languages read by structure alone, and in prose about them.

A language here is a :class:`Form`: templates filled with names. What matters is that every way in which files of the
language reach each other is in it: imports, packages, includes, types that several files extend.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .projects import Class, Function, Project, Ref


@dataclass(frozen=True)
class Form:
    """How a language writes a module.

    ``{name}`` is the thing at hand, ``{module}`` the module it is of, ``{owner}`` the same capitalised, ``{near}`` the
    path from here to that module's file without its ending, ``{dots}`` the one from the root with ``separator`` between
    its parts, ``{dotted}`` its folder so, ``{inside}`` with one more behind, ``{here}`` the same of the folder here.
    """

    ending: str
    function: str
    method: str
    type: str
    based: str  # a type with a base
    extending: str  # more methods for the base itself, where the language has that
    call: str
    use: str
    loose: str
    gives: str = ""
    nothing: str = ""
    result: str = ""  # how a declared result is written
    unknown: str = ""  # what stands there otherwise
    separator: str = "."
    titled: bool = False  # folders begin with a capital in the names of modules
    package: str = ""
    opening: str = ""  # stands before everything, when a file has it
    importing: str = ""  # an imported name
    itself: str = ""  # how a module calls itself
    importing_function: str = ""  # the same for a function, where that differs
    first: str = ""  # before the items
    last: str = ""  # behind the functions
    closing: str = ""  # behind everything
    end: str = "}"
    type_end: str = "}"
    method_extending: str = ""  # the head of a method in such a place, where it differs
    broken: str = "fn ( {"


def render(form: Form, project: Project, name: str) -> dict[str, str]:
    """The file of a module."""
    return {f"{project.folders[name]}/{name}{form.ending}".lstrip("/"): _Module(form, project, name).text()}


class _Module:
    def __init__(self, form: Form, project: Project, name: str) -> None:
        self.form, self.project, self.name = form, project, name
        self.module, self.folder = project.modules[name], project.folders[name]

    def text(self) -> str:
        from .projects import Function, imports_of

        form = self.form
        lines = [self.fill(form.opening, (self.name, ""))]
        if self.folder:
            lines.append(self.fill(form.package, (self.name, "")))
        imports = set()
        for ref in imports_of(self.name, self.module):
            template = form.importing_function if ref[1].islower() and form.importing_function else form.importing
            if self.project.folders.get(ref[0]) or "{dotted}" not in template:
                imports.add(self.fill(template, ref))
        lines += sorted(imports)
        lines.append(self.fill(form.first, (self.name, "")))
        for item in self.module.items:
            if isinstance(item, Function):
                lines += self.function(form.function, item, "")
        lines.append(self.fill(form.last, (self.name, "")))
        for item in self.module.items:
            if not isinstance(item, Function):
                lines += self.type(item)
        lines += [form.broken] if self.module.broken else []
        lines.append(form.closing)
        return "\n".join(line for line in lines if line) + "\n"

    def dotted(self, folder: str) -> str:
        return (folder.title() if self.form.titled else folder).replace("/", self.form.separator)

    def fill(self, template: str, ref: Ref, **others: object) -> str:
        there = self.project.folders.get(ref[0], self.folder)
        dotted, here = (self.dotted(folder) for folder in (there, self.folder))
        return template.format(
            name=ref[1], owner=ref[0].capitalize(),
            module=self.form.itself if self.form.itself and ref[0] == self.name and ref[1] else ref[0],
            dots=f"{there}/{ref[0]}".lstrip("/").replace("/", self.form.separator),
            near=os.path.relpath(f"/{there}/{ref[0]}", f"/{self.folder}"), dotted=dotted,
            inside=dotted and dotted + self.form.separator, here=here and here + self.form.separator, **others,
        )  # fmt: skip

    def function(self, head: str, function: Function, owner: str) -> list[str]:
        form = self.form
        result = self.fill(form.result, function.gives) if function.gives else form.unknown
        out = [head.format(name=function.name, type=owner, result=result)]
        out += ["  " + self.fill(form.call, ref) for ref in function.calls]
        for at, (ref, method) in enumerate(function.uses):
            out += ["  " + self.fill(form.use, ref, method=method, at=at)]
        out += ["  " + form.loose.format(method=method) for method in function.loose]
        return [*out, "  " + (self.fill(form.gives, function.gives) if function.gives else form.nothing), form.end]

    def type(self, item: Class) -> list[str]:
        form = self.form
        if item.base and item.methods and len(item.methods) % 2 and form.extending:
            head, owner = self.fill(form.extending, item.base, type=item.name), item.base[1]
            method = form.method_extending or form.method
        else:
            head = form.based if item.base else form.type
            head = self.fill(head, item.base or (self.name, ""), type=item.name)
            owner, method = item.name, form.method
        lines = [head]
        for function in item.methods:
            lines += self.function(method, function, owner)
        return [*lines, form.type_end] if head.rstrip().endswith(OPENERS) or form.type_end == "end" else lines


OPENERS = ("{", ",")

FORMS = {
    "rust": Form(
        ".rs", "pub fn {name}(value: i32){result} {{", "pub fn {name}(&self, value: i32){result} {{",
        "pub struct {type};\nimpl {type} {{", "pub struct {type};\nimpl {name} for {type} {{", "impl {name} {{",
        "{name}(1);", "let v{at} = {name}::make(1); v{at}.{method}(1);", "value.{method}(1);", "{name} {{}}",
        result=" -> {name}", separator="::", importing="use crate::{inside}{module}::{name};",
    ),
    "csharp": Form(
        ".cs", "public static object {name}(int value) {{", "public {result} {name}(int value) {{",
        "public class {type} {{", "public class {type} : {name} {{", "public partial class {name} {{",
        "{owner}.{name}(1);", "var v{at} = new {name}(); v{at}.{method}(1);", "value.{method}(1);",
        "return new {name}();", "return null;", result="{name}", unknown="object", package="namespace {dotted};",
        importing="using {dotted};", first="public static class {owner} {{", last="}}", broken="class {{",
    ),
    "php": Form(
        ".php", "function {name}($value){result} {{", "public function {name}($value){result} {{",
        "class {type} {{", "class {type} extends {name} {{", "class {type} {{ use {name};",
        "{name}(1);", "$v{at} = new {name}(); $v{at}->{method}(1);", "$value->{method}(1);", "return new {name}();",
        result=": {name}", separator="\\", opening="<?php", package="namespace {dotted};",
        importing="use {inside}{name};", importing_function="use function {inside}{name};",
    ),
    "ruby": Form(
        ".rb", "def {name}(value)", "def {name}(value)", "class {type}", "class {type} < {name}",
        "class {type}\ninclude {name}", "{name}(1)", "{name}.new.{method}(1)", "value.{method}(1)", "{name}.new",
        importing="require_relative '{near}'", end="end", type_end="end", broken="def (",
    ),
    "kotlin": Form(
        ".kt", "fun {name}(value: Any){result} {{", "fun {name}(value: Any){result} {{", "open class {type} {{",
        "open class {type} : {name}() {{", "// of {name}", "{name}(1)", "val v{at} = {name}(); v{at}.{method}(1)",
        "value.{method}(1)", "return {name}()", result=": {name}", package="package {dotted}",
        importing="import {inside}{name}", method_extending="fun {type}.{name}(value: Any){result} {{",
    ),
    "swift": Form(
        ".swift", "func {name}(_ value: Any){result} {{", "func {name}(_ value: Any){result} {{", "class {type} {{",
        "class {type}: {name} {{", "extension {name} {{", "{name}(1)", "let v{at} = {name}()\n  v{at}.{method}(1)",
        "value.{method}(1)", "return {name}()", result=" -> {name}",
    ),
    "scala": Form(
        ".scala", "def {name}(value: Any){result} = {{", "def {name}(value: Any){result} = {{", "class {type} {{",
        "class {type} extends {name} {{", "object {type} extends {name} {{", "{name}(1)",
        "val v{at} = new {name}(); v{at}.{method}(1)", "value.{method}(1)", "new {name}()", result=": {name}",
        package="package {dotted}", importing="import {inside}{name}",
    ),
    "lua": Form(
        ".lua", "function M.{name}(value)", "function {type}:{name}(value)", "local {type} = {{}}\nM.{type} = {type}",
        "local {type} = setmetatable({{}}, {{ __index = {module}.{name} }})", "", "{module}.{name}(1)",
        "{module}.{name}:{method}(1)", "value:{method}(1)", "return {module}.{name}",
        importing='local {module} = require("{dots}")', first="local M = {{}}", closing="return M", itself="M",
        end="end", type_end="", broken="function (",
    ),
    "elixir": Form(
        ".ex", "def {name}(value) do", "def {name}(value) do", "defmodule {here}{type} do",
        "defmodule {here}{type} do\nuse {inside}{name}", "defimpl {inside}{name}, for: {type} do",
        "{inside}{owner}.{name}(1)", "1 |> {name}.{method}()", "value.{method}(1)", "%{name}{{}}", ":ok", titled=True,
        importing="alias {inside}{name}", importing_function="import {inside}{owner}",
        first="defmodule {inside}{owner} do", last="end", end="end", type_end="end", broken="def (",
    ),
    "haskell": Form(
        ".hs", "{name} :: Int -> IO ()\n{name} value = do {{", "{name} value = do {{", "class {type} a where {{",
        "instance {name} {type} where {{", "instance {name} Int where {{", "{name} 1;", "{method} ({name} 1);",
        "{method} value;", "pure {name};", "pure ();", titled=True, opening="module {inside}{owner} where",
        importing="import {inside}{owner}", end="};", type_end="}", broken="data = (",
    ),
    "zig": Form(
        ".zig", "pub fn {name}(value: i32) {result} {{", "pub fn {name}(self: *{type}, value: i32) {result} {{",
        "pub const {type} = struct {{", "pub const {type} = struct {{ base: {module}.{name} = undefined,", "",
        "{module}.{name}(1);", "const v{at} = {module}.{name}{{}}; v{at}.{method}(1);", "value.{method}(1);",
        "return {module}.{name}{{}};", "return;", result="{module}.{name}", unknown="void",
        importing='const {module} = @import("{near}.zig");', first='const {module} = @import("{module}.zig");',
        type_end="};",
    ),
    "bash": Form(
        ".sh", "{name}() {{", "{type}_{name}() {{", "# {type}", "# {type} {name}", "", "{name} 1", "{name}_{method} 1",
        "{method} 1", "echo {name}", ":", importing=". ./{near}.sh", type_end="", broken="if (",
    ),
}  # fmt: skip

_C = Form(
    ".c", "int {name}(int value) {{", "int {type}_{name}(int value) {{", "", "", "", "{name}(1);",
    "{name}_{method}(1);", "value.{method}(1);", "return {name}(1);", "return 0;", importing='#include "{near}.h"',
    type_end="",
)  # fmt: skip
_CPP = Form(
    ".cpp", "{result} {name}(int value) {{", "{result} {type}::{name}(int value) {{", "", "", "", "{name}(1);",
    "{name} v{at}; v{at}.{method}(1);", "value.{method}(1);", "return {name}();", "return 0;", result="{name}",
    unknown="int", importing='#include "{near}.hpp"', type_end="",
)  # fmt: skip


def _declared(form: Form, ending: str, project: Project, name: str) -> dict[str, str]:
    """A header that declares what the source file beside it defines."""
    from .projects import Function

    files = render(form, project, name)
    path, text = next(iter(files.items()))
    lines = []
    for item in project.modules[name].items:
        if isinstance(item, Function):
            lines.append(f"int {item.name}(int value);")
        elif form is _C:
            lines += [f"struct {item.name} {{ int a; }};", *(f"int {item.name}_{m.name}(int);" for m in item.methods)]
        else:
            lines.append(f"class {item.name}{f' : public {item.base[1]}' if item.base else ''} {{ public:")
            lines += [*(f"  {m.gives[1] if m.gives else 'int'} {m.name}(int value);" for m in item.methods), "};"]
    header = path.removesuffix(form.ending) + ending
    return {path: f'#include "{name}{ending}"\n{text}', header: "\n".join(lines) + "\n"}


def _prose(project: Project, name: str, ending: str, section: str, code: str, fence: str) -> dict[str, str]:
    """A module in Python, and a page about what it uses."""
    from .projects import Function, python, refs_of

    path, text = python(project, name)
    module = project.modules[name]
    lines = [section.format(name=name, line="=" * len(name))]
    for item in module.items:
        lines.append(section.format(name=item.name, line="=" * len(item.name)))
        methods = () if isinstance(item, Function) else item.methods
        lines += [code.format(name=f"{item.name}.{method.name}") for method in methods]
        for target, symbol in refs_of(item):
            folder = project.folders.get(target, "").replace("/", ".")
            lines += [code.format(name=symbol), code.format(name=f"{folder}.{target}.{symbol}()".lstrip("."))]
            lines.append(code.format(name=f"{target}.py"))
    return {path: text, path.removesuffix(".py") + ending: "\n\n".join([*lines, *[fence] * module.broken]) + "\n"}


def markdown(project: Project, name: str) -> dict[str, str]:
    return _prose(project, name, ".md", "# {name}", "See `{name}`.", "```")


def rst(project: Project, name: str) -> dict[str, str]:
    return _prose(project, name, ".rst", "{name}\n{line}", "See ``{name}`` and :func:`{name}`.", ".. class:: (")


def c(project: Project, name: str) -> dict[str, str]:
    return _declared(_C, ".h", project, name)


def cpp(project: Project, name: str) -> dict[str, str]:
    return _declared(_CPP, ".hpp", project, name)


def _of_form(form: Form) -> Callable[[Project, str], dict[str, str]]:
    return lambda project, name: render(form, project, name)


STRUCTURE: dict[str, Callable[[Project, str], dict[str, str]]] = {
    **{language: _of_form(form) for language, form in FORMS.items()}, "c": c, "cpp": cpp, "markdown": markdown,
    "rst": rst,
}  # fmt: skip

_MODULES = ("one", "two", "three", "four", "five")
_MODS = "".join(f"pub mod {name};\n" for name in _MODULES)
STRUCTURE_FIXED: dict[str, dict[str, str]] = {
    "rust": {
        "lib.rs": f"{_MODS}pub mod pkg;\npub mod lib;\n", "pkg/mod.rs": _MODS, "lib/mod.rs": "pub mod deep;\n",
        "lib/deep/mod.rs": _MODS,
    },
}  # fmt: skip

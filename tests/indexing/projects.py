"""Small made-up projects in several languages, and random edits of them, for tests of updates."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from random import Random

from .structure_projects import STRUCTURE, STRUCTURE_FIXED

FUNCTIONS = ("alpha", "beta", "gamma", "delta")
CLASSES = ("Ant", "Bee", "Cow")
METHODS = ("run", "stop", "make", "twin")
MODULES = ("one", "two", "three", "four", "five")

Ref = tuple[str, str]  # module, name


@dataclass(frozen=True)
class Function:
    """``calls`` are functions, ``uses`` classes of which a method is called, ``gives`` the class it returns."""

    name: str
    calls: tuple[Ref, ...] = ()
    uses: tuple[tuple[Ref, str], ...] = ()
    gives: Ref | None = None
    loose: tuple[str, ...] = ()  # methods called on something unknown


@dataclass(frozen=True)
class Class:
    name: str
    base: Ref | None = None
    methods: tuple[Function, ...] = ()


Item = Function | Class


@dataclass
class Module:
    items: list[Item] = field(default_factory=list)
    broken: bool = False


@dataclass
class Project:
    """Modules by name; ``folder`` says in which folder each lies."""

    modules: dict[str, Module] = field(default_factory=dict)
    folders: dict[str, str] = field(default_factory=dict)


class Editor:
    """Makes and edits projects at random, the same ones for the same seed."""

    def __init__(self, seed: int) -> None:
        self.random = Random(seed)
        self.project = Project()
        for name in MODULES[:3]:
            self.project.modules[name] = Module([self.item() for _ in range(self.random.randint(1, 3))])
            self.project.folders[name] = self.random.choice(("", "pkg"))

    def ref(self, names: tuple[str, ...]) -> Ref:
        return self.random.choice(MODULES[:4]), self.random.choice(names)

    def function(self, names: tuple[str, ...]) -> Function:
        pick = self.random
        return Function(
            pick.choice(names),
            tuple(sorted({self.ref(FUNCTIONS) for _ in range(pick.randint(0, 2))})),
            tuple(sorted({(self.ref(CLASSES), pick.choice(METHODS)) for _ in range(pick.randint(0, 2))})),
            self.ref(CLASSES) if pick.random() < 0.4 else None,
            (pick.choice(METHODS),) if pick.random() < 0.3 else (),
        )

    def item(self) -> Item:
        if self.random.random() < 0.5:
            return self.function(FUNCTIONS)
        methods = {m.name: m for m in (self.function(METHODS) for _ in range(self.random.randint(0, 3)))}
        base = self.ref(CLASSES) if self.random.random() < 0.4 else None
        return Class(self.random.choice(CLASSES), base, tuple(methods.values()))

    def edit(self) -> str:
        """One random edit; gives its name."""
        edits = [self.add, self.change, self.change, self.rename_symbol, self.delete, self.rename, self.move, self.mend]
        done = self.random.choice(edits)
        done()
        return done.__name__

    def _some(self) -> str:
        return self.random.choice(sorted(self.project.modules))

    def add(self) -> None:
        name = self.random.choice(MODULES)
        self.project.modules[name] = Module([self.item() for _ in range(self.random.randint(0, 3))])
        self.project.folders[name] = self.random.choice(("", "pkg", "lib/deep"))

    def delete(self) -> None:
        if len(self.project.modules) > 1:
            del self.project.modules[self._some()]

    def change(self) -> None:
        module = self.project.modules[self._some()]
        if module.items and self.random.random() < 0.7:
            module.items[self.random.randrange(len(module.items))] = self.item()
        else:
            module.items.append(self.item())

    def rename_symbol(self) -> None:
        module = self.project.modules[self._some()]
        if module.items:
            at = self.random.randrange(len(module.items))
            item = module.items[at]
            names = FUNCTIONS if isinstance(item, Function) else CLASSES
            module.items[at] = replace(item, name=self.random.choice(names))

    def rename(self) -> None:
        """Move a file to another folder."""
        self.project.folders[self._some()] = self.random.choice(("", "pkg", "lib/deep"))

    def move(self) -> None:
        """Move a symbol to another module."""
        source, target = self.project.modules[self._some()], self.project.modules[self._some()]
        if source.items:
            target.items.append(source.items.pop(self.random.randrange(len(source.items))))

    def mend(self) -> None:
        """Break a file, or mend it."""
        module = self.project.modules[self._some()]
        module.broken = not module.broken


# -- rendering: a module's text, given where every module lies ----------------------------------------------------


def refs_of(item: Item) -> list[Ref]:
    found: list[Ref] = []
    for function in (item,) if isinstance(item, Function) else item.methods:
        found += [*function.calls, *(ref for ref, _ in function.uses), *([function.gives] if function.gives else [])]
    if isinstance(item, Class) and item.base:
        found.append(item.base)
    return found


def imports_of(name: str, module: Module) -> list[Ref]:
    own = {item.name for item in module.items}
    refs = {ref for item in module.items for ref in refs_of(item) if ref[0] != name and ref[1] not in own}
    taken: dict[str, Ref] = {}
    for ref in sorted(refs):
        taken.setdefault(ref[1], ref)
    return sorted(taken.values())


def python(project: Project, name: str) -> tuple[str, str]:
    module, folder = project.modules[name], project.folders[name]
    lines = []
    for target, symbol in imports_of(name, module):
        package = project.folders.get(target, "").replace("/", ".")
        lines.append(f"from {package + '.' if package else ''}{target} import {symbol}")

    def body(function: Function, indent: str) -> list[str]:
        out = [f"{indent}{symbol}()" for _, symbol in function.calls]
        out += [f"{indent}{symbol}().{method}()" for (_, symbol), method in function.uses]
        out += [f"{indent}value.{method}()" for method in function.loose]
        return [*out, f"{indent}return {function.gives[1]}()" if function.gives else f"{indent}pass"]

    for item in module.items:
        if isinstance(item, Function):
            lines += [f"def {item.name}(value=None):", *body(item, "    ")]
        else:
            lines.append(f"class {item.name}({item.base[1] if item.base else ''}):")
            for method in item.methods:
                lines += [f"    def {method.name}(self, value=None):", *body(method, "        ")]
            lines.append("    pass")
    return f"{folder}/{name}.py".lstrip("/"), "\n".join(lines) + ("\ndef (:\n" if module.broken else "\n")


def typescript(project: Project, name: str, ending: str = "ts") -> tuple[str, str]:
    module, folder = project.modules[name], project.folders[name]
    typed = ending == "ts"
    lines = []
    for target, symbol in imports_of(name, module):
        there = os.path.relpath(f"/{project.folders.get(target, '')}/{target}", f"/{folder}")
        lines.append(f"import {{ {symbol} }} from '{there if there.startswith('.') else './' + there}'")

    def body(function: Function) -> list[str]:
        out = [f"    {symbol}();" for _, symbol in function.calls]
        out += [f"    new {symbol}().{method}();" for (_, symbol), method in function.uses]
        out += [f"    value.{method}();" for method in function.loose]
        return [*out, f"    return new {function.gives[1]}();" if function.gives else "    return;", "  }"]

    for item in module.items:
        value = "value?: any" if typed else "value"
        if isinstance(item, Function):
            result = f": {item.gives[1]}" if typed and item.gives else ""
            lines += [f"export function {item.name}({value}){result} {{", *body(item)]
        else:
            lines.append(f"export class {item.name} {f'extends {item.base[1]} ' if item.base else ''}{{")
            for method in item.methods:
                lines += [f"  {method.name}({value}) {{", *body(method)]
            lines.append("}")
    return f"{folder}/{name}.{ending}".lstrip("/"), "\n".join(lines) + ("\nfunction ( {\n" if module.broken else "\n")


def javascript(project: Project, name: str) -> tuple[str, str]:
    return typescript(project, name, "js")


def go(project: Project, name: str) -> tuple[str, str]:
    """Every folder is a package; a name of another folder is reached by import."""
    module, folder = project.modules[name], project.folders[name]
    package = folder.rpartition("/")[2] or "main"
    needed: set[str] = set()

    def reach(ref: Ref) -> str:
        there = project.folders.get(ref[0], folder)
        symbol = ref[1].capitalize()
        if there == folder or not there:
            return symbol
        needed.add(there)
        return f"{there.rpartition('/')[2]}.{symbol}"

    def body(function: Function) -> list[str]:
        out = [f"\t{reach(ref)}(nil)" for ref in function.calls]
        for at, (ref, method) in enumerate(function.uses):
            out += [f"\tv{at} := &{reach(ref)}{{}}", f"\tv{at}.{method.capitalize()}(nil)"]
        out += [f"\tvalue.{method.capitalize()}(nil)" for method in function.loose]
        return [*out, f"\treturn &{reach(function.gives)}{{}}" if function.gives else "\treturn nil", "}"]

    def result(function: Function) -> str:
        return f"*{reach(function.gives)}" if function.gives else "any"

    lines: list[str] = []
    for item in module.items:
        if isinstance(item, Function):
            lines += [f"func {item.name.capitalize()}(value any) {result(item)} {{", *body(item)]
        else:
            base = [f"\t{reach(item.base)}"] if item.base else []
            lines += [f"type {item.name} struct {{", *base, "}"]
            for method in item.methods:
                head = f"func (self *{item.name}) {method.name.capitalize()}(value any) {result(method)} {{"
                lines += [head, *body(method)]
    imports = [f'import "example.com/made/{path}"' for path in sorted(needed)]
    text = "\n".join([f"package {package}", *imports, *lines])
    return f"{folder}/{name}.go".lstrip("/"), text + ("\nfunc ( {\n" if module.broken else "\n")


def java(project: Project, name: str) -> tuple[str, str]:
    """A module is a class of static functions beside the module's classes, all in the package of its folder."""
    module, folder = project.modules[name], project.folders[name]
    lines = [f"package {folder.replace('/', '.')};"] if folder else []
    for target in sorted({ref[0] for item in module.items for ref in refs_of(item)} - {name}):
        there = project.folders.get(target, folder)
        if there and there != folder:
            lines += [f"import {there.replace('/', '.')}.*;"]

    def owner(ref: Ref) -> str:
        return ref[0].capitalize()

    def method(function: Function, static: str) -> list[str]:
        gives = function.gives
        head = f"  public {static}{f'{owner(gives)}.{gives[1]}' if gives else 'void'} {function.name}(Object value) {{"
        out = [f"    {owner(ref)}.{ref[1]}(null);" for ref in function.calls]
        out += [f"    new {owner(ref)}.{ref[1]}().{called}(null);" for ref, called in function.uses]
        out += [f"    value.{called}(null);" for called in function.loose]
        return [head, *out, f"    return new {owner(gives)}.{gives[1]}();" if gives else "", "  }"]

    lines.append(f"public class {name.capitalize()} {{")
    for item in module.items:
        if isinstance(item, Function):
            lines += method(item, "static ")
        else:
            base = f" extends {owner(item.base)}.{item.base[1]}" if item.base else ""
            lines.append(f"  public static class {item.name}{base} {{")
            for function in item.methods:
                lines += method(function, "")
            lines.append("  }")
    lines.append("}")
    return f"{folder}/{name.capitalize()}.java".lstrip("/"), "\n".join(lines) + (
        "\nclass {{\n" if module.broken else "\n"
    )


Render = Callable[[Project, str], dict[str, str]]


def _alone(rendered: Callable[[Project, str], tuple[str, str]]) -> Render:
    """A module that is one file."""
    return lambda project, name: dict([rendered(project, name)])


RESOLVED: dict[str, Render] = {
    "python": _alone(python), "typescript": _alone(typescript), "javascript": _alone(javascript), "go": _alone(go),
    "java": _alone(java),
}  # fmt: skip
LANGUAGES: dict[str, Render] = {**RESOLVED, **STRUCTURE}
FIXED = {
    "python": {"pkg/__init__.py": "", "lib/__init__.py": "", "lib/deep/__init__.py": ""},
    "go": {"go.mod": "module example.com/made\n\ngo 1.22\n"},
    "typescript": {"tsconfig.json": "{}\n"},
    "javascript": {"package.json": '{"name": "made", "type": "module"}\n'},
    **STRUCTURE_FIXED,
}  # fmt: skip


def write(root: Path, language: str, project: Project, clock: int) -> None:
    """Make the files below ``root`` those of ``project``; files whose text changes get the time ``clock``."""
    wanted = dict(FIXED.get(language, {}))
    for name in project.modules:
        wanted |= LANGUAGES[language](project, name)
    for path in [p for p in root.rglob("*") if p.is_file()]:
        if path.relative_to(root).as_posix() not in wanted:
            path.unlink()
    for name, text in wanted.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if not path.exists() or path.read_text() != text:
            path.write_text(text)
            os.utime(path, (clock, clock))

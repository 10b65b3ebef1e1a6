"""Reads go.mod and go.work: module path, required modules, replacements, the folders of a workspace.

Both files share one form: directives of words, alone on a line or grouped in parentheses. What they say goes into
``Facts.extra`` (``module``, ``go``, ``require``, ``replace``, ``use``); this module knows nothing about Go code.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from tree_sitter import Node

from loomgraph.parse.builder import Builder

_WORD = re.compile(r'"(?:[^"\\]|\\.)*"|`[^`]*`|=>|[^\s"`()]+|[()]')


def lower(_root: Node | None, source: bytes, builder: Builder) -> None:
    """Fill ``builder.extra`` from the text of a go.mod or go.work file."""
    module = go = ""
    require: list[str] = []
    use: list[str] = []
    replace: list[tuple[str, str]] = []
    for line, directive, words in _directives(source.decode("utf-8", "replace")):
        if directive == "module" and words:
            module = words[0]
        elif directive == "go" and words:
            go = words[0]
        elif directive == "require" and words:
            require.append(words[0])
        elif directive == "use" and words:
            use.append(words[0])
        elif directive == "replace":
            if "=>" not in words or words.index("=>") + 1 >= len(words) or words[0] == "=>":
                builder.problem(line, "replace directive without '=>'")
                continue
            replace.append((words[0], words[words.index("=>") + 1]))
    builder.extra.update(module=module, go=go, require=tuple(require), use=tuple(use), replace=tuple(replace))


def _directives(text: str) -> Iterator[tuple[int, str, list[str]]]:
    """Line, directive and words of every line that says something; groups are flattened."""
    group = ""
    for number, raw in enumerate(text.splitlines(), 1):
        words = _WORD.findall(_uncommented(raw))
        if not words:
            continue
        if words[0] == ")":
            group = ""
        elif group:
            yield number, group, [_plain(word) for word in words]
        elif words[-1] == "(" and len(words) == 2:
            group = words[0]
        else:
            yield number, words[0], [_plain(word) for word in words[1:] if word not in "()"]


def _uncommented(line: str) -> str:
    at = line.find("//")
    while at > 0 and not line[at - 1].isspace():  # a scheme inside a word is no comment
        at = line.find("//", at + 2)
    return line if at < 0 else line[:at]


def _plain(word: str) -> str:
    return word[1:-1] if len(word) > 1 and word[0] in '"`' else word

"""The error tree: one root class, a stable code each, the docstring is the message.

A message says what is wrong, where, and what to do; ``{fields}`` in it are filled from the keyword arguments
an error is raised with, which stay readable as attributes of the same name. How a surface answers an error is
data: ``responses``, read by the command line, the HTTP server and the MCP server alike.

This module must not know who raises or who shows an error.
"""

from __future__ import annotations

import inspect
from typing import Any, ClassVar


class LoomGraphError(Exception):
    """Something went wrong: {reason}"""

    code: ClassVar[str] = "internal"

    def __init__(self, **details: Any) -> None:
        self.details = details
        super().__init__(self._text(details))

    def _text(self, details: dict[str, Any]) -> str:
        template = inspect.cleandoc(type(self).__doc__ or self.code)
        shown = {key: self.show(key, value) for key, value in details.items()}
        return template.format_map(_Lenient(shown)).rstrip()

    def show(self, key: str, value: Any) -> str:
        """How a detail reads in the message."""
        if isinstance(value, (list, tuple)):
            return ", ".join(printable(str(item)) for item in value)
        return printable(str(value))

    def __getattr__(self, name: str) -> Any:
        details = self.__dict__.get("details", {})
        if name in details:
            return details[name]
        raise AttributeError(name)

    def __reduce__(self) -> tuple[Any, ...]:
        return _rebuild, (type(self), self.details)


class _Lenient(dict[str, str]):
    """A mapping for ``format_map`` in which a field nobody gave reads as nothing."""

    def __missing__(self, key: str) -> str:
        return ""


def _rebuild(kind: type[LoomGraphError], details: dict[str, Any]) -> LoomGraphError:
    return kind(**details)


def printable(text: str) -> str:
    """``text`` with what no terminal or JSON writer can encode (bytes of odd paths) made visible."""
    return text.encode("utf-8", "backslashreplace").decode("utf-8")

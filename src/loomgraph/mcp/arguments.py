"""The arguments of tools, with what agents are told about them: each said once.

This module must not know what the tools do.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

Project = Annotated[
    str,
    Field(description="The project to ask; list_projects names them. Empty: the one of the folder or of the key."),
]
Symbol = Annotated[
    str,
    Field(
        description="A symbol: its id as in another answer (`src/cart.py::Cart.total`), a dotted name (`Cart.total`), "
        "a name that is unique (`total`), a place (`src/cart.py:42`), or a name outside the project (`requests.get`).",
        min_length=1,
    ),
]
Query = Annotated[str, Field(description="What the code does, in plain words, or a name.", min_length=1)]
Question = Annotated[str, Field(description="The question, in plain words; names of symbols help.", min_length=1)]
Source = Annotated[bool, Field(description="Also its source code.")]
Changed = Annotated[tuple[str, ...], Field(description="Symbols to change, spelled as everywhere.")]
Files = Annotated[
    tuple[str, ...], Field(description="Files or folders to change, or one git revision to compare with.")
]
Diff = Annotated[str, Field(description="A unified diff, as `git diff` writes it.")]
Depth = Annotated[int, Field(description="How many steps out; 1 is direct.", ge=1, le=20)]
Kinds = Annotated[
    tuple[str, ...],
    Field(
        description="Kinds of edges to follow: CALLS, REFERENCES, IMPORTS, INHERITS, IMPLEMENTS, OVERRIDES, DECORATES, "
        "TESTS. For every use of a class or a constant: CALLS and REFERENCES."
    ),
]
Overrides = Annotated[
    bool,
    Field(description="Also through overridden and implemented methods: a call on a base class may run this one."),
]
Offset = Annotated[int, Field(description="Leave out so many from the start: what a cut answer says.", ge=0)]
Budget = Annotated[
    int,
    Field(
        description="The text of the answer takes about so many tokens at most; it says when it was cut.",
        ge=200,
        le=50_000,
    ),
]
Mode = Annotated[
    Literal["mix", "naive", "local", "global", "hybrid"],
    Field(
        description="mix: everything (best for most questions); naive: passages only; local: symbols and what is "
        "around them; global: relations; hybrid: local and global."
    ),
]
Top = Annotated[int, Field(description="At most so many results.", ge=1, le=200)]
SymbolKinds = Annotated[
    tuple[str, ...], Field(description="Only symbols of these kinds: class, function, method, interface, enum, …")
]
PathPart = Annotated[str, Field(description="Only files whose path holds this.")]
Languages = Annotated[tuple[str, ...], Field(description="Only files of these languages: python, go, typescript, …")]
Tests = Annotated[
    bool | None,
    Field(description="true: tests rank as high as other code; false: no tests; left out: tests rank lower."),
]

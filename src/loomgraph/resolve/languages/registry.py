"""Which rules resolve which language; loaded when a file of the language is first met."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from loomgraph.resolve.evaluate import Evaluator
    from loomgraph.resolve.semantics import Semantics

_RULES = {
    "python": "python:PythonSemantics",
    "typescript": "ecmascript:EcmascriptSemantics",
    "tsx": "ecmascript:EcmascriptSemantics",
    "javascript": "ecmascript:EcmascriptSemantics",
    "tsconfig": "ecmascript:EcmascriptSemantics",
    "package_json": "ecmascript:EcmascriptSemantics",
    "go": "go:GoSemantics",
    "go_mod": "go:GoSemantics",
    "java": "java:JavaSemantics",
    "markdown": "prose:ProseSemantics",
    "rst": "prose:ProseSemantics",
}
_OTHERS = "structure:StructureSemantics"


def rules_of(language: str) -> str:
    """``module:class`` of the rules of a language, below ``loomgraph.resolve.languages``."""
    return _RULES.get(language, _OTHERS)


def semantics_for(language: str, evaluator: Evaluator) -> Semantics:
    """The rules of ``language`` for one run."""
    module, _, name = rules_of(language).partition(":")
    rules: type[Semantics] = getattr(importlib.import_module(f"loomgraph.resolve.languages.{module}"), name)
    return rules(evaluator)

"""JSON with comments and trailing commas, as configuration files of the ECMAScript world are written."""

from __future__ import annotations

import json
import re

# Strings are matched first, so that what looks like a comment inside one stays.
_COMMENT = re.compile(r'("(?:[^"\\\n]|\\.)*")|//[^\n]*|/\*.*?\*/', re.DOTALL)
_TRAILING = re.compile(r'("(?:[^"\\\n]|\\.)*")|,(?=\s*[}\]])')


def parse_object(source: bytes) -> tuple[dict[str, object], str]:
    """The object that ``source`` holds, and what is wrong with it ("" when nothing is)."""
    text = source.decode("utf-8", "replace").removeprefix("\ufeff")
    text = _COMMENT.sub(lambda match: match.group(1) or " ", text)
    text = _TRAILING.sub(lambda match: match.group(1) or "", text)
    try:
        value = json.loads(text)
    except (ValueError, RecursionError) as error:
        return {}, f"not JSON: {error}"
    return (value, "") if isinstance(value, dict) else ({}, "not a JSON object")


def strings(value: object) -> list[str]:
    """The strings of a JSON value that is a string or a list of them."""
    if isinstance(value, str):
        return [value]
    return [each for each in value if isinstance(each, str)] if isinstance(value, list) else []

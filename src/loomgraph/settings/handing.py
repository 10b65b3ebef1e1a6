"""Variables of the environment that are handed on as they are, to programs that read them themselves."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping


def handed(names: Iterable[str], environment: Mapping[str, str] | None = None) -> dict[str, str]:
    """Those of ``names`` that the environment sets to something."""
    environment = os.environ if environment is None else environment
    return {name: environment[name] for name in names if environment.get(name)}

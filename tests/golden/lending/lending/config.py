"""Settings of the service, from environment variables and a TOML file."""

import os
import tomllib
from pathlib import Path


def read_settings(path: Path) -> dict[str, str]:
    """Merge the configuration file with LENDING_* variables, which win."""
    found = tomllib.loads(path.read_text()) if path.exists() else {}
    for name, value in os.environ.items():
        if name.startswith("LENDING_"):
            found[name.removeprefix("LENDING_").lower()] = value
    return found

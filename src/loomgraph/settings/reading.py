"""Reading settings: the only place that looks at environment variables and at the configuration file.

A value comes from, in this order: ``LOOMGRAPH_<NAME>``, a variable of another program that means the same (LightRAG's
names), the configuration file (TOML with the same names in lower case), the default. This module must not know any one
setting but those whose default is worked out from the environment.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from loomgraph.errors import InvalidSettings
from loomgraph.settings.declaring import PREFIX, Field
from loomgraph.settings.groups import FIELDS, GROUPS, Settings
from loomgraph.settings.lightrag import MERGED, LightRagSettings, handed_on
from loomgraph.settings.storing import LIGHTRAG

CONFIG_VARIABLE = "LOOMGRAPH_CONFIG"
NO_COLOR_VARIABLE = "NO_COLOR"
CACHE = ".cache"  # a folder in that of the data; no project can be called so


def load(environment: Mapping[str, str] | None = None) -> Settings:
    """Read environment and configuration file. All that is wrong with them is said in one :class:`InvalidSettings`."""
    environment = os.environ if environment is None else environment
    problems: list[str] = []
    config_file = _config_file(environment, problems)
    given = _read_config(config_file, problems) if config_file else {}
    values: dict[str, dict[str, Any]] = {group: {} for group in GROUPS}
    sources: list[tuple[str, str]] = []
    for one in FIELDS:
        origin, raw = _find(one, environment, given, config_file)
        if not origin:
            continue
        try:
            values[one.group][one.attribute] = one.read(raw)
            sources.append((one.name, origin))
        except ValueError as error:
            problems.append(f"{origin}: {error}")
    own = values.pop("")
    values["lightrag"]["variables"] = handed_on(environment)
    if values["storing"].get("engine") == LIGHTRAG:
        problems += [f"{name}: {MERGED}" for name in LightRagSettings(**values["lightrag"]).merging]
    if environment.get(NO_COLOR_VARIABLE) and "color" not in own:
        own["color"] = "never"
        sources.append(("color", NO_COLOR_VARIABLE))
    if "data_dir" not in own:
        own["data_dir"] = _default_data_dir(environment)
    values["embedding"]["cache_file"] = str(Path(own["data_dir"]) / CACHE / "embeddings.db")
    values["llm"]["cache_file"] = str(Path(own["data_dir"]) / CACHE / "answers.db")
    if problems:
        raise InvalidSettings(problems=problems)
    known = {one.variable for one in FIELDS} | {CONFIG_VARIABLE}
    unknown = tuple(sorted(name for name in environment if name.startswith(PREFIX) and name not in known))
    groups = {group: GROUPS[group][0](**found) for group, found in values.items()}
    return Settings(**own, **groups, config_file=config_file, sources=tuple(sources), unknown=unknown)


def _find(
    one: Field, environment: Mapping[str, str], given: Mapping[str, object], config_file: Path | None
) -> tuple[str, object]:
    """Where a setting's value comes from and what it is there; ("", None) for the default."""
    if one.variable in environment:
        return one.variable, environment[one.variable]
    for alias in one.aliases:
        if environment.get(alias, "") not in ("", "None"):  # what other programs' templates leave open
            return alias, environment[alias]
    if one.name in given:
        return f"{config_file}: {one.name}", given[one.name]
    return "", None


def _config_file(environment: Mapping[str, str], problems: list[str]) -> Path | None:
    """The configuration file to read: the one named must exist, the usual one may."""
    named = environment.get(CONFIG_VARIABLE)
    if named:
        path = Path(named).expanduser()
        if not path.is_file():
            problems.append(f"{CONFIG_VARIABLE}: no such file: {path}")
            return None
        return path
    path = _xdg(environment, "XDG_CONFIG_HOME", ".config") / "loomgraph" / "config.toml"
    return path if path.is_file() else None


def _read_config(path: Path, problems: list[str]) -> dict[str, object]:
    import tomllib  # only here: most runs have no file, and every command starts with this module

    try:
        given = tomllib.loads(path.read_text("utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        problems.append(f"{path}: {error}")
        return {}
    names = {one.name for one in FIELDS}
    problems.extend(f"{path}: {name}: no such setting" for name in given if name not in names)
    return given


def _default_data_dir(environment: Mapping[str, str]) -> Path:
    return _xdg(environment, "XDG_DATA_HOME", ".local/share") / "loomgraph"


def _xdg(environment: Mapping[str, str], variable: str, default: str) -> Path:
    """A base folder of the XDG specification, which says that relative ones are ignored."""
    named = environment.get(variable, "")
    if named and Path(named).is_absolute():
        return Path(named)
    home = environment.get("HOME", "")
    return (Path(home) if home else Path.home()) / default

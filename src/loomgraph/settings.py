"""Settings: the only reader of environment variables and of the configuration file.

``load`` gives one frozen object that is passed down; nothing below reads the environment. A setting stands here
only when something reads it. This module must not know what the settings are used for.

A value comes from, in this order: the environment (``LOOMGRAPH_<NAME>``), the configuration file (a TOML file with
the same names in lower case), the default.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from loomgraph.errors import InvalidSettings

PREFIX = "LOOMGRAPH_"
CONFIG_VARIABLE = "LOOMGRAPH_CONFIG"
NO_COLOR_VARIABLE = "NO_COLOR"


@dataclass(frozen=True, slots=True)
class Settings:
    """What the user has set, checked and typed."""

    data_dir: Path
    project: str = ""
    jobs: int = 0
    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    lock_wait: float = 10.0
    watch_interval: float = 1.0
    max_file_bytes: int = 10_000_000
    embedding: str = "static"
    color: str = "auto"
    config_file: Path | None = None
    sources: tuple[tuple[str, str], ...] = field(default=(), compare=False)
    unknown: tuple[str, ...] = field(default=(), compare=False)

    def source(self, name: str) -> str:
        """Where the value of a setting came from."""
        return dict(self.sources).get(name, "default")


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise ValueError("must be text")
    return value


def _path(value: object) -> Path:
    text = _text(value)
    if not text:
        raise ValueError("must not be empty")
    path = Path(text).expanduser()
    if not path.is_absolute():
        raise ValueError(f"must be an absolute path, not {text!r}")
    return path


def _number(value: object, low: float, high: float) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float, str)):
        raise ValueError("must be a number")
    try:
        number = float(value)
    except ValueError:
        raise ValueError(f"must be a number, not {value!r}") from None
    if not low <= number <= high:
        raise ValueError(f"must be between {low:g} and {high:g}, not {value}")
    return number


def _whole(value: object, low: int, high: int) -> int:
    number = _number(value, low, high)
    if number != int(number):
        raise ValueError(f"must be a whole number, not {value}")
    return int(number)


def _patterns(value: object) -> tuple[str, ...]:
    if isinstance(value, str):
        return tuple(part.strip() for part in value.split(",") if part.strip())
    if isinstance(value, list) and all(isinstance(part, str) for part in value):
        return tuple(value)
    raise ValueError("must be a list of patterns (in the environment: separated by commas)")


def _color(value: object) -> str:
    if value not in ("auto", "always", "never"):
        raise ValueError(f"must be auto, always or never, not {value!r}")
    return str(value)


def _embedding(value: object) -> str:
    if value not in ("static", "none"):
        raise ValueError(f"must be static or none, not {value!r}")
    return "" if value == "none" else str(value)


@dataclass(frozen=True, slots=True)
class Field:
    """One setting: its name, how its value is read, what it defaults to in words, and what it does."""

    name: str
    read: Callable[[object], Any]
    default: str
    doc: str

    @property
    def variable(self) -> str:
        """The environment variable that sets it."""
        return PREFIX + self.name.upper()


FIELDS = (
    Field(
        "data_dir",
        _path,
        "$XDG_DATA_HOME/loomgraph, else ~/.local/share/loomgraph",
        "Where graphs lie, one folder a project. An absolute path; `~` is your home.",
    ),
    Field(
        "project",
        _text,
        "the project whose folder holds the current one",
        "The project that commands use when `--project` is not given.",
    ),
    Field(
        "jobs",
        lambda value: _whole(value, 0, 256),
        "0",
        "How many processes read files. 0 means one for each processor this process may use.",
    ),
    Field(
        "include",
        _patterns,
        "everything",
        "Only files that match one of these patterns (as in .gitignore) are indexed. `--include` replaces them.",
    ),
    Field(
        "exclude",
        _patterns,
        "nothing",
        "Files that match one of these patterns (as in .gitignore) are not indexed. `--exclude` replaces them.",
    ),
    Field(
        "max_file_bytes",
        lambda value: _whole(value, 1, 2**40),
        "10000000",
        "Larger files are not read, only counted.",
    ),
    Field(
        "lock_wait",
        lambda value: _number(value, 0, 86400),
        "10",
        "How many seconds a command waits while another process writes the same project.",
    ),
    Field(
        "watch_interval",
        lambda value: _number(value, 0.1, 3600),
        "1",
        "How many seconds `watch` rests between two looks at the folder, at least.",
    ),
    Field(
        "embedding",
        _embedding,
        "static",
        "What gives passages the vectors that `ask` and `search` compare: `static` is built in; with `none` they go by"
        " words, names and the graph. A change makes the next `index` describe every file anew.",
    ),
    Field(
        "color",
        _color,
        "auto",
        "`auto` colours on terminals, `always` and `never` do what they say. `NO_COLOR` set to anything means never.",
    ),
)


def load(environment: Mapping[str, str] | None = None) -> Settings:
    """Read environment and configuration file. All that is wrong with them is said in one :class:`InvalidSettings`."""
    environment = os.environ if environment is None else environment
    problems: list[str] = []
    config_file = _config_file(environment, problems)
    given = _read_config(config_file, problems) if config_file else {}
    values: dict[str, Any] = {}
    sources: list[tuple[str, str]] = []
    for setting in FIELDS:
        origin, raw = _find(setting, environment, given, config_file)
        if not origin:
            continue
        try:
            values[setting.name] = setting.read(raw)
            sources.append((setting.name, origin))
        except ValueError as error:
            problems.append(f"{origin}: {error}")
    if environment.get(NO_COLOR_VARIABLE) and "color" not in values:
        values["color"] = "never"
        sources.append(("color", NO_COLOR_VARIABLE))
    if "data_dir" not in values:
        values["data_dir"] = _default_data_dir(environment)
    if problems:
        raise InvalidSettings(problems=problems)
    known = {setting.variable for setting in FIELDS} | {CONFIG_VARIABLE}
    unknown = tuple(sorted(name for name in environment if name.startswith(PREFIX) and name not in known))
    return Settings(**values, config_file=config_file, sources=tuple(sources), unknown=unknown)


def _find(
    setting: Field, environment: Mapping[str, str], given: Mapping[str, object], config_file: Path | None
) -> tuple[str, object]:
    """Where a setting's value comes from and what it is there; ("", None) for the default."""
    if setting.variable in environment:
        return setting.variable, environment[setting.variable]
    if setting.name in given:
        return f"{config_file}: {setting.name}", given[setting.name]
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
    names = {setting.name for setting in FIELDS}
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

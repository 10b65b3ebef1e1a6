"""The doctor: what is installed, what is set, and whether every graph can be used."""

from __future__ import annotations

import contextlib
import os
import platform
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import AbstractContextManager
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

from loomgraph.errors import RESPONSES, GraphBusy, LoomGraphError, StoreError, response_to
from loomgraph.service.answers import Check, DoctorReport, Fact, Trial
from loomgraph.service.surroundings import surroundings
from loomgraph.service.trying import trials
from loomgraph.settings import FIELDS, Settings
from loomgraph.workspaces.catalog import Catalog, Project
from loomgraph.workspaces.keys import Keys

if TYPE_CHECKING:
    from loomgraph.engines.base import Engine
    from loomgraph.store.base import Counts


def examine(
    settings: Settings,
    catalog: Catalog,
    project: str,
    lease: Callable[[str], AbstractContextManager[Engine]],
) -> DoctorReport:
    """Look at everything, or at ``project`` alone of all graphs; raise nothing that a report can say."""
    facts = _facts(settings, catalog)
    try:
        code, tried = _database(catalog)
    except LoomGraphError as error:  # all that follows asks it, too
        trial = Trial("database", False, " ".join(str(error).split()))
        return DoctorReport(tuple(facts), (), response_to(error).exit, (trial, *trials(settings)))
    projects = [catalog.get(project)] if project else catalog.all()
    with contextlib.suppress(StoreError, GraphBusy):
        swept = catalog.sweep()
        if swept:
            facts.append(Fact("removed", f"{swept} leftovers of interrupted deletions"))
    checks = []
    for one in projects:
        try:
            checks.append(_check(one, lease))
        except LoomGraphError as error:
            checks.append(Check(one.name, False, str(error)))
            code = max(code, response_to(error).exit)
    models = trials(settings)
    if not all(trial.ok for trial in models):
        code = code or RESPONSES["model_server"].exit
    return DoctorReport(tuple(facts), tuple(checks), code, (*tried, *models))


def _database(catalog: Catalog) -> tuple[int, list[Trial]]:
    """The exit code for the server that projects lie on, and what is to say of it; nothing without one."""
    found = catalog.condition()
    if found is None:
        return 0, []
    ok, said = found
    return 0 if ok else RESPONSES["store"].exit, [Trial("database", ok, said)]


def _facts(settings: Settings, catalog: Catalog) -> list[Fact]:
    facts = [
        Fact("loomgraph", version("loomgraph-kg")),
        Fact("python", f"{platform.python_version()} on {platform.system()} {platform.machine()}"),
        Fact("sqlite", sqlite3.sqlite_version),
        Fact("git", shutil.which("git") or "not installed: `impact` needs files or a diff"),
        Fact("settings file", str(settings.config_file or "none")),
    ]
    for field in FIELDS:
        value = settings.value(field)
        shown = ", ".join(value) if isinstance(value, tuple) else "" if value is None else str(value)
        facts.append(Fact(field.name, f"{shown or '(none)'}  [{settings.source(field.name)}]"))
    facts.extend(Fact("unknown setting", name) for name in settings.unknown)
    facts.append(Fact("room", _room(settings.data_dir)))
    facts += surroundings(settings)
    facts.append(Fact("keys", _keys(settings, catalog)))
    return facts


def _keys(settings: Settings, catalog: Catalog) -> str:
    """How many keys the server knows, and whether it asks for one."""
    keys = Keys(catalog.key_storage(), settings.server.api_key.reveal())
    try:
        return f"{len(keys.all())}; the server asks for {'one' if keys.needed() else 'none'}"
    except StoreError as error:
        return str(error)


def _room(data_dir: Path) -> str:
    """How much may still be written where graphs lie."""
    where = data_dir
    while not where.exists() and where != where.parent:
        where = where.parent
    writable = "" if os.access(where, os.W_OK) else ", not writable"
    return f"{shutil.disk_usage(where).free / 1e9:.1f} GB free{writable}"


def _check(project: Project, lease: Callable[[str], AbstractContextManager[Engine]]) -> Check:
    with lease(project.name) as engine:
        engine.verify()
        with engine.read() as reader:
            counts, problems = reader.counts(), tuple(reader.problems())
    return Check(project.name, True, _words(project, counts), problems)


def _words(project: Project, counts: Counts) -> str:
    gone = "" if not project.root or os.path.isdir(project.root) else f", but {project.root} is gone"
    parts = (
        ("files", counts.files),
        ("symbols", counts.symbols),
        ("edges", counts.edges),
        ("problems", counts.problems),
    )
    return ", ".join(f"{count:,} {name}" for name, count in parts) + gone

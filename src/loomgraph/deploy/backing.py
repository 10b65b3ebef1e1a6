"""Backing up a project of a deployment while it is served, and restoring it, also under another name.

An archive holds the project's graph and its input files, and neither settings nor keys: those follow from the plan of
whoever restores it. This module must not know how an archive is written (``archives``) or a folder copied
(``copying``).
"""

from __future__ import annotations

import os
import shutil
import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace as replaced
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

from loomgraph import settings
from loomgraph.deploy import archives, copying, dotenv, processes, running
from loomgraph.deploy.archives import Archive
from loomgraph.deploy.plan import Deployment, Instance
from loomgraph.errors import ArchiveDamaged, BackupFailed, InstanceHolds, InstanceRuns, NotGenerated
from loomgraph.service import Service

_GRAPH, _INPUTS = "graph", "inputs"  # folders of an archive
_STAMP = "%Y%m%dT%H%M%SZ"


def backup(deployment: Deployment, instance: Instance, folder: Path) -> Archive:
    """Archive a project as it is at one moment into ``folder``, under its name and the time."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    with _aside(folder, instance.name) as staging:
        made = datetime.now(UTC)
        try:
            _gather(deployment, instance, staging)
        except copying.NeverQuiet:
            raise BackupFailed(name=instance.name, reason="it is written to all the time; stop it first") from None
        except (OSError, sqlite3.Error) as error:
            raise BackupFailed(name=instance.name, reason=str(error)) from None
        facts = {
            "name": instance.name, "kind": instance.kind, "engine": instance.engine, "deployment": deployment.name,
            "made": made.isoformat(timespec="seconds"), "loomgraph": version("loomgraph-kg"),
        }  # fmt: skip
        return archives.write(folder / f"{instance.name}-{made.strftime(_STAMP)}.tar.gz", staging, facts)


def _gather(deployment: Deployment, instance: Instance, staging: Path) -> None:
    if instance.kind == "lightrag":
        _only_files(deployment, instance)
        copying.copy_quiet(instance.data, staging / _GRAPH)
    else:
        found = _settings(deployment, instance)
        service = Service(found, deployment.folder)
        project = service.project(instance.name)  # UnknownProject when there is none yet
        if found.storing.database:
            _from_database(service, project.name, staging)
        else:
            copying.copy_live(found.data_dir / project.name, staging / _GRAPH)
    copying.copy_live(instance.inputs, staging / _INPUTS)


def _from_database(service: Service, name: str, staging: Path) -> None:
    """The project as a folder of its own, as it would lie in files."""
    with _aside(staging.parent, name) as data:
        service.copy_project(name, str(data))
        os.rename(data / name, staging / _GRAPH)


def _only_files(deployment: Deployment, instance: Instance) -> None:
    if deployment.storage.store != "files":
        raise BackupFailed(
            name=instance.name, reason="LightRAG keeps it in PostgreSQL, whose own pg_dump is the way to back it up"
        )


def _settings(deployment: Deployment, instance: Instance) -> settings.Settings:
    """The settings of the process that serves a project of ours."""
    process = _process(deployment, instance)
    if not process.env_file.is_file():
        raise NotGenerated(path=process.env_file)
    return settings.load(dotenv.read_file(process.env_file))


def _process(deployment: Deployment, instance: Instance) -> Instance:
    server = deployment.server
    return instance if server is None or deployment.runs_alone(instance) else server


def restore(deployment: Deployment, path: Path, instance: Instance, *, replace: bool = False) -> Archive:
    """Make of an archive what the project ``instance`` holds; what it held before goes only with ``replace``.

    Nothing is changed before the whole archive has been read and found good.
    """
    said = archives.check(path)
    if said.facts.get("kind") != instance.kind:
        kind = said.facts.get("kind")
        reason = f"it holds a project of the kind {kind}, {instance.name} is of the kind {instance.kind}"
        raise ArchiveDamaged(path=path, reason=reason)
    if instance.kind == "lightrag":
        _restore_files(deployment, said, instance, replace=replace)
    else:
        _restore_project(deployment, said, instance, replace=replace)
    return said


def _restore_project(deployment: Deployment, said: Archive, instance: Instance, *, replace: bool) -> None:
    """A project of ours: servers that run see it from the next request on."""
    found = _settings(deployment, instance)
    service = Service(found, deployment.folder)
    there = any(project.name == instance.name for project in service.project_names())
    if there and not replace:
        raise InstanceHolds(name=instance.name)
    with _aside(found.data_dir, instance.name) as staging:
        archives.unpack(said.path, staging / "all")
        if there:
            service.delete_project(instance.name)
        if found.storing.database:
            _to_database(found, staging / "all" / _GRAPH, instance.name)
        else:
            os.rename(staging / "all" / _GRAPH, found.data_dir / instance.name)
        _put_inputs(staging / "all" / _INPUTS, instance)
    problem = service.project(instance.name).problem
    if problem:
        raise ArchiveDamaged(path=said.path, reason=f"its graph cannot be used: {problem}")


def _to_database(found: settings.Settings, graph: Path, name: str) -> None:
    data = graph.parent / "data"
    data.mkdir()
    os.rename(graph, data / name)
    files = replaced(found, data_dir=data, storing=settings.StoringSettings())
    Service(files, data).copy_project(name, found.storing.database.reveal())


def _restore_files(deployment: Deployment, said: Archive, instance: Instance, *, replace: bool) -> None:
    """A project of LightRAG, which reads its files when it starts and writes them all: it must not run."""
    _only_files(deployment, instance)
    known = running.noted(instance)
    if known is not None and processes.runs(known.process):
        raise InstanceRuns(name=instance.name)
    there = instance.data.is_dir() and any(copying.files_in(instance.data))
    if there and not replace:
        raise InstanceHolds(name=instance.name)
    with _aside(instance.folder, instance.name) as staging:
        archives.unpack(said.path, staging / "all")
        graph, old = staging / "all" / _GRAPH, str(said.facts.get("name"))
        for folder in (graph, staging / "all" / _INPUTS):
            if old != instance.name and (folder / old).is_dir():  # LightRAG puts all below the name of the workspace
                os.rename(folder / old, folder / instance.name)
        if instance.data.exists():
            os.rename(instance.data, staging / "before")
        os.rename(graph, instance.data)
        _put_inputs(staging / "all" / _INPUTS, instance)


def _put_inputs(given: Path, instance: Instance) -> None:
    if given.is_dir():
        shutil.copytree(given, instance.inputs, dirs_exist_ok=True)


@contextmanager
def _aside(folder: Path, name: str) -> Iterator[Path]:
    """A folder of our own on the same disk, gone afterwards. No project's name begins with a dot."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    staging = Path(tempfile.mkdtemp(prefix=f".{name}-", dir=folder))
    try:
        yield staging
    finally:
        shutil.rmtree(staging, ignore_errors=True)

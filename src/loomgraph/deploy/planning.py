"""What changes a plan: a new deployment, a project more, a project less; then all that follows from it is generated.

Everything is checked before anything is written, under the folder's lock. This module must not know how processes are
run; whoever removes a project says how to see that it does not run.
"""

from __future__ import annotations

import contextlib
import pwd
import shutil
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from loomgraph.deploy import dotenv, files, planfile, ports, writing
from loomgraph.deploy.files import Text
from loomgraph.deploy.plan import PLAN_FILE, SECRETS_FILE, Deployment, Engine, Instance, Kind, Layout, Profile
from loomgraph.deploy.writing import State
from loomgraph.errors import (
    DeployError,
    DeploymentExists,
    InstanceExists,
    InstanceRuns,
    PortTaken,
    UnknownInstance,
    UnknownProject,
)
from loomgraph.service.naming import check as check_name

_SECRETS = """\
# Keys and passwords of every process of this deployment; NAME/secrets.env holds those of one project.
# One a line, NAME='value'. Whoever may read this file may read them: keep it at mode 0600.
#LIGHTRAG_API_KEY=''
#LLM_BINDING_API_KEY=''
#EMBEDDING_BINDING_API_KEY=''
#POSTGRES_PASSWORD=''
"""


@dataclass(frozen=True, slots=True)
class Done:
    """A plan as it is now, what was written for it, and the project that was added or removed."""

    deployment: Deployment
    states: tuple[State, ...]
    instance: Instance | None = None


def fresh(folder: Path, profile: Profile, layout: Layout | None = None) -> Deployment:
    """The plan of a new deployment as the profile recommends: few projects in processes of their own, on files; or one
    server with workers on PostgreSQL."""
    found = Deployment(folder=folder, profile=profile)
    if profile == "production":
        found = replace(
            found,
            layout="server",
            storage=replace(found.storage, store="postgres"),
            run=replace(found.run, workers=4),
        )
    return replace(found, layout=layout or found.layout)


def owner(folder: Path) -> str:
    """Whose processes are to run under systemd: the owner of the folder, or a user of their own where that is root."""
    there = next(one for one in (folder, *folder.parents) if one.exists())
    number = there.stat().st_uid
    try:
        return pwd.getpwuid(number).pw_name if number else "loomgraph"
    except KeyError:
        return ""


def init(deployment: Deployment) -> Done:
    """Make a deployment: its folder, its plan, a place for secrets, and what is generated."""
    folder = deployment.folder
    if any(ord(one) < 32 or ord(one) == 127 for one in str(folder)):
        raise DeployError(reason="the path of its folder holds a control character")
    planfile.parse(planfile.dump(deployment), folder)
    if (folder / PLAN_FILE).exists():
        raise DeploymentExists(folder=str(folder))
    wanted = _wanted(deployment)
    writing.make_folder(folder)
    with writing.alone(folder):
        if (folder / PLAN_FILE).exists():
            raise DeploymentExists(folder=str(folder))
        writing.put(folder / PLAN_FILE, planfile.dump(deployment).encode(), files.PLAIN)
        if not (folder / SECRETS_FILE).exists():
            writing.put(folder / SECRETS_FILE, _SECRETS.encode(), files.PRIVATE)
        return Done(deployment, _write(deployment, wanted))


def _require_free(deployment: Deployment) -> None:
    """Raise when somebody listens at a port that the plan gives to a process which had another until now, or none."""
    for one in deployment.processes:
        settled = dotenv.read_file(one.env_file).get("PORT") == str(one.port) or one.pid_file.exists()
        if not settled and ports.listening(one.port):
            raise PortTaken(port=one.port, name=one.name, reason="somebody listens there now")


def generate(folder: Path, *, force: bool = False) -> Done:
    """Write what follows from the plan."""
    with writing.alone(_existing(folder)):
        deployment = planfile.load(folder)
        return Done(deployment, _write(deployment, _wanted(deployment), force=force))


def _wanted(deployment: Deployment) -> tuple[Text, ...]:
    """Every file of the plan; what cannot be is said now, before anything is written."""
    _require_free(deployment)
    return files.texts(deployment)


def _write(deployment: Deployment, wanted: tuple[Text, ...], *, force: bool = False) -> tuple[State, ...]:
    for folder in files.folders(deployment):
        writing.make_folder(folder)
    return tuple(writing.write(deployment.folder, wanted, force=force))


def _existing(folder: Path) -> Path:
    planfile.load(folder)
    return folder


def add(
    folder: Path, name: str, kind: Kind = "loomgraph", engine: Engine | None = None, port: int = 0, outside: int = 0
) -> Done:
    """Add a project to the plan and write what follows."""
    check_name(name)
    with writing.alone(_existing(folder)):
        before = planfile.load(folder)
        if any(one.name.lower() == name.lower() for one in before.instances):
            raise InstanceExists(name=name)
        chosen: Engine = "lightrag" if kind == "lightrag" else engine or "native"
        instance = Instance(name, kind, chosen, 0, 0, folder / name)
        if before.runs_alone(instance):
            inside, out = ports.choose(before, name, port, outside)
            instance = replace(instance, port=inside, outside=out)
        elif port or outside:
            raise PortTaken(port=port or outside, name=name, reason="it has no process of its own in this layout")
        path = folder / PLAN_FILE
        text = planfile.with_table(path.read_text("utf-8"), instance)
        after = planfile.parse(text, folder)
        if after != replace(before, instances=(*before.instances, instance)):
            raise DeployError(reason=f"{path} cannot be added to: its last line leaves something open")
        wanted = _wanted(after)
        writing.put(path, text.encode(), path.stat().st_mode & 0o777)
        return Done(after, _write(after, wanted), instance)


def remove(folder: Path, name: str, *, keep_data: bool, runs: Callable[[Instance], bool]) -> Done:
    """Take a project out of the plan and, unless ``keep_data``, delete what it holds. It must not run."""
    with writing.alone(_existing(folder)):
        before = planfile.load(folder)
        instance = before.instance(name)
        if instance is None:
            raise UnknownInstance(name=name)
        if before.runs_alone(instance) and runs(instance):
            raise InstanceRuns(name=name)
        path = folder / PLAN_FILE
        text = planfile.without_table(path.read_text("utf-8"), name)
        after = planfile.parse(text, folder)
        if after != replace(before, instances=tuple(one for one in before.instances if one != instance)):
            raise DeployError(reason=f"{path} cannot be cut: take out the table of {name} by hand, then generate")
        if not keep_data:
            _delete_data(before, instance)
        writing.put(path, text.encode(), path.stat().st_mode & 0o777)
        return Done(after, _write(after, _wanted(after)), instance)


def _delete_data(deployment: Deployment, instance: Instance) -> None:
    """The graph of a project, by the settings of the process that serves it, and its folder."""
    from loomgraph import settings
    from loomgraph.service import Service

    process = instance if deployment.runs_alone(instance) else deployment.server
    if process and instance.kind == "loomgraph" and process.env_file.exists():
        found = settings.load(dotenv.read_file(process.env_file))
        with contextlib.suppress(UnknownProject):  # nothing was ever inserted
            Service(found, deployment.folder).delete_project(instance.name)
    if instance.folder.is_symlink():
        raise DeployError(reason=f"{instance.folder} is a link: delete by hand what it leads to")
    if instance.folder.is_dir():
        shutil.rmtree(instance.folder)

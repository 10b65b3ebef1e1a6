"""Instances of plain LightRAG, made projects of a deployment: planned, their keys taken over, their graphs read in.

What is read stays as it is, and may go on running. Done twice, it leaves what it left the first time. This module
must not know how LightRAG keeps a graph (``lightrag_files``).
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from loomgraph import settings
from loomgraph.deploy import dotenv, lightrag_files, planfile, planning, secrets
from loomgraph.deploy.lightrag_files import Counts, Found
from loomgraph.deploy.plan import PLAN_FILE, SECRETS_FILE, Deployment, Instance
from loomgraph.errors import FolderNotFound, InstanceExists, LoomGraphError, NothingToMigrate
from loomgraph.service import Service


@dataclass(frozen=True, slots=True)
class Migrated:
    """What became of an instance: how much LightRAG counted and how much there is now, or why it was left."""

    name: str
    source: Path
    port: int = 0
    theirs: Counts | None = None
    ours: Counts | None = None
    problem: str = ""

    @property
    def good(self) -> bool:
        """Whether all has come over."""
        return not self.problem and self.theirs == self.ours


def migrate(
    folder: Path, source: Path, *, keep_ports: bool = False, told: Callable[[Migrated], None] = lambda _: None
) -> list[Migrated]:
    """Read the instances below ``source`` into the deployment in ``folder``, which is made if it is not there."""
    if not source.is_dir():
        raise FolderNotFound(path=source)
    found = lightrag_files.instances_in(source)
    if not any(not one.problem for one in found):
        raise NothingToMigrate(path=source)
    if not (folder / PLAN_FILE).exists():
        planning.init(_plan(folder, found))
    done = []
    for one in found:
        done.append(_one(folder, one, keep_ports))
        told(done[-1])
    return done


def _plan(folder: Path, found: list[Found]) -> Deployment:
    """A plan whose servers of models are those of the first instance that can be read."""
    variables = next(one.variables for one in found if not one.problem)
    fresh = planning.fresh(folder, "development")
    own = Path(sys.executable).with_name("loomgraph")
    if own.is_file():
        fresh = replace(fresh, run=replace(fresh.run, program=str(own)))
    llm = replace(
        fresh.llm, model=variables.get("LLM_MODEL", ""), url=variables.get("LLM_BINDING_HOST", fresh.llm.url),
        max_tokens=int(variables.get("OPENAI_LLM_MAX_TOKENS", "0") or 0), extra_body=_object(variables),
    )  # fmt: skip
    return replace(fresh, llm=llm) if variables.get("LLM_BINDING", "openai") == "openai" else fresh


def _object(variables: Mapping[str, str]) -> dict[str, object]:
    try:
        found = json.loads(variables.get("OPENAI_LLM_EXTRA_BODY", "{}"))
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _one(folder: Path, found: Found, keep_ports: bool) -> Migrated:
    if found.problem:
        return Migrated(found.name, found.folder, problem=found.problem)
    try:
        instance = _planned(folder, found, keep_ports)
        kg, theirs = lightrag_files.rows(found.files)
        ours = _insert(folder, instance, json.dumps(kg))
    except (
        LoomGraphError,
        OSError,
        ValueError,
        KeyError,
        SyntaxError,
    ) as error:  # the last is what XML is refused with
        return Migrated(found.name, found.folder, problem=str(error))
    return Migrated(found.name, found.folder, instance.port, theirs, ours)


def _planned(folder: Path, found: Found, keep_ports: bool) -> Instance:
    """The project in the plan, added if it is not there, with the keys of the instance."""
    known = planfile.load(folder).instance(found.name)
    if known is None:
        port = int(found.variables.get("PORT", "0")) if keep_ports else 0
        known = planning.add(folder, found.name, port=port).instance
        assert known is not None
    elif known.kind != "loomgraph":
        raise InstanceExists(name=found.name)
    keys = {name: value for name, value in found.variables.items() if name in secrets.NAMES and value}
    path = known.folder / SECRETS_FILE
    if keys and not path.exists():
        known.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        with open(path, "x", encoding="utf-8", opener=lambda name, flags: os.open(name, flags, 0o600)) as file:
            file.write(dotenv.render([(f"From {found.folder}", keys)]))
        planning.generate(folder)
    return known


def _insert(folder: Path, instance: Instance, body: str) -> Counts:
    deployment = planfile.load(folder)
    process = instance if deployment.runs_alone(instance) else deployment.server
    assert process is not None
    service = Service(settings.load(dotenv.read_file(process.env_file)), folder)
    with tempfile.NamedTemporaryFile("w", dir=folder, prefix=".migrate-", encoding="utf-8") as file:
        file.write(body)
        file.flush()
        service.insert_custom_kg(instance.name, Path(file.name))
    return _counts(service, instance.name)


def _counts(service: Service, name: str) -> Counts:
    """How much there is now, counted as LightRAG counts: names, pairs of names, texts."""
    with service.export("custom-kg", project=name) as lines:
        kg = json.loads("".join(lines))
    pairs = {frozenset((one["src_id"], one["tgt_id"])) for one in kg["relationships"]}
    return Counts(len({one["entity_name"] for one in kg["entities"]}), len(pairs), len(kg["chunks"]))

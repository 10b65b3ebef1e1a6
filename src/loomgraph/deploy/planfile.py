"""``deployment.toml``: read and checked into a ``Deployment``; written once, then only added to and cut from.

A person's comments and order stay: adding a project appends a table, removing one cuts its table out, and what results
is read again before it is written. This module must not know what is made of a plan.
"""

from __future__ import annotations

import dataclasses
import ipaddress
import json
import re
import tomllib
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, get_type_hints

from loomgraph.deploy import dotenv
from loomgraph.deploy.plan import (
    PLAN_FILE,
    Deployment,
    Embedding,
    Instance,
    Llm,
    Ports,
    Proxy,
    Run,
    Storage,
)
from loomgraph.deploy.secrets import SECRET
from loomgraph.errors import InvalidProjectName, NoDeployment, PlanInvalid, UnwritableValue
from loomgraph.service.naming import check as check_name

VERSION = 1

_SECTIONS: dict[str, type] = {
    "ports": Ports, "llm": Llm, "embedding": Embedding, "storage": Storage, "proxy": Proxy, "run": Run,
}  # fmt: skip
_SETTLED = ("WORKSPACE", "HOST", "PORT", "WORKING_DIR", "INPUT_DIR", "LOOMGRAPH_DATA_DIR", "LOOMGRAPH_STORE")
_TOP = ("version", "name", "profile", "layout")
_HEADER = re.compile(r"^\s*\[(\[)?\s*(?P<name>[A-Za-z0-9_.\"-]+)\s*\]")
_WORD = re.compile(r"[a-z0-9][a-z0-9-]{0,31}")
_PLAIN = re.compile(r"[^\x00-\x1f\x7f]*")
_HOST = re.compile(r"[A-Za-z0-9_*.:-]+")


def load(folder: Path) -> Deployment:
    """The deployment of a folder; raises ``NoDeployment``, or ``PlanInvalid`` with all that is wrong."""
    path = folder / PLAN_FILE
    try:
        text = path.read_text("utf-8")
    except (FileNotFoundError, NotADirectoryError):
        raise NoDeployment(folder=str(folder)) from None
    except (OSError, UnicodeDecodeError) as error:
        raise PlanInvalid(path=str(path), problems=[str(error)]) from None
    return parse(text, folder)


def parse(text: str, folder: Path) -> Deployment:
    """The deployment that ``text`` plans for ``folder``."""
    path = folder / PLAN_FILE
    try:
        given = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise PlanInvalid(path=str(path), problems=[str(error)]) from None
    problems: list[str] = []
    known = {*_TOP, *_SECTIONS, "environment", "instance"}
    problems += [f"{name}: no such setting" for name in given if name not in known]
    if given.get("version") != VERSION:
        problems.append(f"version: must be {VERSION}")
    top = {name: given[name] for name in _TOP[1:] if name in given}
    values: dict[str, Any] = _values(Deployment, top, "", problems)
    for name, kind in _SECTIONS.items():
        values[name] = _section(kind, given.get(name, {}), name, problems)
    values["environment"] = _environment(given.get("environment", {}), "environment", problems)
    values["instances"] = tuple(_instances(given.get("instance", []), folder, problems))
    if problems:
        raise PlanInvalid(path=str(path), problems=problems)
    deployment = Deployment(folder=folder, **values)
    problems = list(problems_of(deployment))
    if problems:
        raise PlanInvalid(path=str(path), problems=problems)
    return deployment


def _section(kind: type, given: object, where: str, problems: list[str]) -> Any:
    if not isinstance(given, dict):
        problems.append(f"{where}: must be a table")
        return kind()
    names = {one.name for one in dataclasses.fields(kind)}
    problems += [f"{where}.{name}: no such setting" for name in given if name not in names]
    found = {name: value for name, value in given.items() if name in names}
    return kind(**_values(kind, found, f"{where}.", problems))


def _values(kind: type, given: Mapping[str, Any], where: str, problems: list[str]) -> dict[str, Any]:
    """The given values as the fields of ``kind`` want them."""
    import msgspec

    hints, found = get_type_hints(kind), {}
    for name, value in given.items():
        try:
            found[name] = msgspec.convert(value, hints[name])
        except msgspec.ValidationError as error:
            problems.append(f"{where}{name}: {str(error).split(' - at')[0]}")
    return found


def _instances(given: object, folder: Path, problems: list[str]) -> Iterator[Instance]:
    if not isinstance(given, list):
        problems.append("instance: each project is a table of its own, [[instance]]")
        return
    for index, table in enumerate(given):
        name = str(table.get("name", "")) if isinstance(table, dict) else ""
        where = f"instance {name or index + 1}"
        try:
            check_name(name)
        except InvalidProjectName as error:
            problems.append(f"{where}: {error}")
            continue
        kind = str(table.get("kind", "loomgraph"))
        usual = {"kind": "loomgraph", "engine": "lightrag" if kind == "lightrag" else "native", "port": 0, "outside": 0}
        problems += [f"{where}.{key}: no such setting" for key in table if key not in (*usual, "name", "environment")]
        values = _values(Instance, {key: table.get(key, value) for key, value in usual.items()}, f"{where}.", problems)
        if len(values) == len(usual):
            environment = _environment(table.get("environment", {}), f"{where}.environment", problems)
            yield Instance(name=name, folder=folder / name, environment=environment, **values)


def _environment(given: object, where: str, problems: list[str]) -> dict[str, str]:
    """Variables for instances: text that can be written, and no secrets."""
    if not isinstance(given, dict):
        problems.append(f"{where}: must be a table")
        return {}
    found = {}
    for name, value in given.items():
        if not isinstance(value, (str, int, float)):
            problems.append(f"{where}.{name}: must be text, a number or true or false")
            continue
        found[name] = str(value).lower() if isinstance(value, bool) else str(value)
        if name in _SETTLED:
            problems.append(f"{where}.{name}: the plan says it already, elsewhere")
        if SECRET.search(name):
            problems.append(f"{where}.{name}: a secret belongs into secrets.env or the environment")
        try:
            dotenv.quoted(name, found[name])
        except UnwritableValue as error:
            problems.append(f"{where}: {error}")
    return found


# -- what no type says --------------------------------------------------------------------------------------------


def problems_of(deployment: Deployment) -> Iterator[str]:
    """What is wrong with a plan that reads well: names, addresses and ports that clash, parts that do not fit."""
    if not _WORD.fullmatch(deployment.name):
        yield f"name: must be small letters, digits and `-`, not {deployment.name!r}"
    seen: dict[str, str] = {}
    for one in deployment.instances:
        if one.name.lower() in seen:
            yield f"instance {one.name}: named twice (names that differ in case alone are one)"
        seen[one.name.lower()] = one.name
        if one.kind == "lightrag" and one.engine != "lightrag":
            yield f"instance {one.name}: kind lightrag has the engine lightrag"
        yield from _wanting(deployment, one)
    yield from _clashes(deployment)
    yield from _texts(deployment)


def _wanting(deployment: Deployment, one: Instance) -> Iterator[str]:
    """What LightRAG needs and the plan has not."""
    if one.engine != "lightrag":
        return
    if not deployment.runs_alone(one):
        yield f"instance {one.name}: the one server makes projects with its own engine: give this one kind lightrag"
    if not deployment.llm.ready:
        yield f"instance {one.name}: LightRAG needs a language model: set `model` in [llm]"
    if not (deployment.embedding.ready and deployment.embedding.model and deployment.embedding.dim):
        yield f"instance {one.name}: LightRAG needs a server for vectors: set binding, model and dim in [embedding]"


def _clashes(deployment: Deployment) -> Iterator[str]:
    taken: dict[int, str] = {}
    for port, what in deployment.taken():
        if not 1 <= port <= 65535:
            yield f"{what}: {port} is no port"
        elif port in taken:
            yield f"port {port} is both that of {taken[port]} and of {what}"
        taken[port] = what
    for name in ("inside", "outside"):
        first, last = getattr(deployment.ports, name)
        if not 1 <= first <= last <= 65535:
            yield f"ports.{name}: must be the first and the last port, such as [9631, 9999]"


def _texts(deployment: Deployment) -> Iterator[str]:
    """Texts that go into configurations: one line each, and what they must look like there."""
    proxy, run = deployment.proxy, deployment.run
    for section in (*_SECTIONS, ""):
        part = getattr(deployment, section) if section else deployment
        for one in dataclasses.fields(part):
            value = getattr(part, one.name)
            if isinstance(value, str) and not _PLAIN.fullmatch(value):
                yield f"{section}.{one.name}: must be one line"
    checks: list[tuple[str, str, Callable[[str], object]]] = [
        ("ports.host", deployment.ports.host, ipaddress.ip_address),
        ("proxy.listen", proxy.listen, ipaddress.ip_address),
        *(("proxy.allow", one, ipaddress.ip_network) for one in proxy.allow),
    ]
    for name, value, check in checks:
        try:
            check(value)
        except ValueError as error:
            yield f"{name}: {error}"
    if not _HOST.fullmatch(proxy.server_name):
        yield f"proxy.server_name: must be a name of a host, not {proxy.server_name!r}"
    if not re.fullmatch(r"[0-9]+[kKmMgG]?", proxy.max_body):
        yield f"proxy.max_body: must be a number with k, M or G, not {proxy.max_body!r}"
    if bool(proxy.tls_certificate) != bool(proxy.tls_key):
        yield "proxy: tls_certificate and tls_key come together"
    for name in ("tls_certificate", "tls_key"):
        path = getattr(proxy, name)
        if path and (not path.startswith("/") or "$" in path):  # nginx has no way to say a `$`
            yield f"proxy.{name}: must be an absolute path without `$`, not {path!r}"
    for name, value in (("user", run.user), ("group", run.group)):
        if value and not re.fullmatch(r"[A-Za-z_][A-Za-z0-9_-]{0,30}", value):
            yield f"run.{name}: must be the name of a {name}, not {value!r}"
    for name, url in (("llm", deployment.llm.url), ("embedding", deployment.embedding.url)):
        if not re.fullmatch(r"https?://[^\s/@\"';{}]+(/[^\s\"';{}]*)?", url):
            yield f"{name}.url: must be an address without a user or a password, such as http://127.0.0.1:3000/v1"


# -- writing ------------------------------------------------------------------------------------------------------

_HEAD = """\
# A deployment of LoomGraph. This file is its only source: `loomgraph deploy generate` writes everything else from it.
# Keys and passwords do not belong here: they come from the environment or from secrets.env beside this file.
"""
_NOTES = {
    "layout": "# profile: development or production; layout: instances (a process a project) or server (one for all).",
    "ports": "# Instances listen on `host` at ports of `inside`, the proxy at those of `outside`; first and last.",
    "llm": "# The language model of all; none without `model`. `outside` is its port at the proxy, 0 for none.",
    "embedding": "# What gives vectors: static (built into LoomGraph), openai or ollama (a server).",
    "storage": "# Where graphs lie: files or postgres. kv, vector, graph, doc_status: LightRAG's storages by name.",
    "proxy": "# nginx before all. allow: networks that may come in, all when empty. rate, connections: 0 for no limit.",
    "run": "# Programs, the user of systemd's units, processes of the one server, when logs are cut.",
    "environment": "# Further variables for every process; those of one project: [instance.environment] below it.",
}


def dump(deployment: Deployment) -> str:
    """A new ``deployment.toml``."""
    parts = [_HEAD, f"version = {VERSION}\n", f"name = {toml(deployment.name)}\n"]
    parts.append(f"{_NOTES['layout']}\nprofile = {toml(deployment.profile)}\nlayout = {toml(deployment.layout)}\n")
    for name in _SECTIONS:
        part = getattr(deployment, name)
        rows = (f"{one.name} = {toml(getattr(part, one.name))}\n" for one in dataclasses.fields(part))
        parts.append(f"\n{_NOTES[name]}\n[{name}]\n{''.join(rows)}")
    rows = (f"{name} = {toml(value)}\n" for name, value in deployment.environment.items())
    parts.append(f"\n{_NOTES['environment']}\n[environment]\n{''.join(rows)}")
    return "".join(parts) + "".join(map(table, deployment.instances))


def table(instance: Instance) -> str:
    """A project as it stands in the file."""
    ports = f"port = {instance.port}\noutside = {instance.outside}\n" if instance.port else ""
    text = (
        f"\n[[instance]]\nname = {toml(instance.name)}\nkind = {toml(instance.kind)}\n"
        f"engine = {toml(instance.engine)}\n{ports}"
    )
    if instance.environment:
        rows = (f"{name} = {toml(value)}\n" for name, value in instance.environment.items())
        text += f"[instance.environment]\n{''.join(rows)}"
    return text


def with_table(text: str, instance: Instance) -> str:
    """The file with a project more, at its end."""
    return f"{text.rstrip()}\n{table(instance)}"


def without_table(text: str, name: str) -> str:
    """The file without the tables of a project. Comments above them go too, when no empty line lies between."""
    lines = text.splitlines(keepends=True)
    starts = [index for index, line in enumerate(lines) if _is_instance(line)]
    for start in starts:
        after = (index for index in range(start + 1, len(lines)) if _opens_another(lines[index]))
        end = next(after, len(lines))
        if tomllib.loads("".join(lines[start:end]))["instance"][0].get("name") != name:
            continue
        while end < len(lines) and lines[end - 1].lstrip().startswith("#"):
            end -= 1  # a comment above the next table is that table's
        while start and lines[start - 1].lstrip().startswith("#"):
            start -= 1
        before, after_it = "".join(lines[:start]).rstrip(), "".join(lines[end:]).strip("\n")
        return f"{before}\n\n{after_it}\n" if after_it else f"{before}\n"
    return text


def _is_instance(line: str) -> bool:
    found = _HEADER.match(line)
    return bool(found and found[1] and found["name"] == "instance")


def _opens_another(line: str) -> bool:
    found = _HEADER.match(line)
    return bool(found and (found[1] or not found["name"].startswith("instance.")))


def toml(value: object) -> str:
    """A value as TOML writes it."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
    if isinstance(value, Mapping):
        inner = ", ".join(f"{json.dumps(str(key), ensure_ascii=False)} = {toml(one)}" for key, one in value.items())
        return f"{{ {inner} }}" if inner else "{}"
    if isinstance(value, (list, tuple)):
        return f"[{', '.join(map(toml, value))}]"
    return str(value)

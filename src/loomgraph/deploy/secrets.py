"""Where the keys and passwords of a process come from. They are written into its ``.env`` and shown nowhere.

A project's own ``secrets.env`` wins over that of the deployment, and that over the environment; what none of them says
is kept from the ``.env`` there is, so that generating again from another shell loses no key.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterable
from pathlib import Path

from loomgraph.deploy import dotenv
from loomgraph.deploy.plan import SECRETS_FILE, Deployment, Instance
from loomgraph.settings.handing import handed

# What the environment may say; a secrets file may say more.
NAMES = (
    "LIGHTRAG_API_KEY",
    "LLM_BINDING_API_KEY",
    "EMBEDDING_BINDING_API_KEY",
    "RERANK_BINDING_API_KEY",
    "POSTGRES_PASSWORD",
    "TOKEN_SECRET",
    "AUTH_ACCOUNTS",
    "REDIS_URI",
    "NEO4J_PASSWORD",
    "MILVUS_PASSWORD",
    "MILVUS_TOKEN",
    "QDRANT_API_KEY",
    "MONGO_URI",
)
NO_KEY = "EMPTY"  # OpenAI's client asks for a key even where the server does not
SECRET = re.compile(r"(KEY|PASSWORD|SECRET|_TOKEN|ACCOUNTS|_URI|CREDENTIALS)$")
_ASSIGNED = re.compile(r"\s*(?:export\s+)?([^\s=#]+)\s*=")


def secrets_of(deployment: Deployment, process: Instance) -> dict[str, str]:
    """The secrets of a process by the names of their variables, in order of names."""
    own = dotenv.read_file(process.folder / SECRETS_FILE)
    shared = dotenv.read_file(deployment.folder / SECRETS_FILE)
    written = dotenv.read_file(process.env_file)
    kept = {name: value for name, value in written.items() if name in NAMES and value != NO_KEY}
    found = {**kept, **handed(NAMES), **shared, **own}
    return {name: found[name] for name in sorted(found) if found[name]}


def readable_by_others(deployment: Deployment) -> list[Path]:
    """Files of secrets that more than their owner may read."""
    folders = [deployment.folder, *(one.folder for one in deployment.processes)]
    paths = [folder / SECRETS_FILE for folder in folders]
    return [path for path in paths if path.exists() and path.stat().st_mode & 0o077]


def open_to_all(deployment: Deployment) -> list[str]:
    """What everybody who reaches the proxy may read and change, as far as the plan and the secrets say."""
    proxy = deployment.proxy
    if proxy.allow or ipaddress.ip_address(proxy.listen).is_loopback:
        return []
    return [one.name for one in deployment.processes if "LIGHTRAG_API_KEY" not in secrets_of(deployment, one)]


def hidden(deployment: Deployment) -> frozenset[str]:
    """The names of all that is secret in the files of a deployment."""
    return frozenset(NAMES).union(*(secrets_of(deployment, one) for one in deployment.processes))


def masked(lines: Iterable[str], shown: frozenset[str], planned: Iterable[str]) -> list[str]:
    """Lines of a file of variables: values of names among ``shown``, and what else the planned lines say; no more."""
    comments = frozenset(line for line in planned if not _ASSIGNED.match(line))
    return [_masked(line, shown, comments) for line in lines]


def _masked(line: str, shown: frozenset[str], comments: frozenset[str]) -> str:
    found = _ASSIGNED.match(line)
    if not found:
        return line if line in comments or not line.strip() else "(not shown)\n"
    return line if found[1] in shown else f"{found[1]}=(not shown)\n"

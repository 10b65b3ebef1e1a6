"""The variables of a process: its ``.env``, made from the plan and from secrets.

Names are LightRAG's where it has them: its own server reads the file as it is, ours reads the same names. This module
must not know how a file is written (``dotenv``) or where secrets come from (``secrets``).
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping

from loomgraph.deploy.plan import DEFAULT_PROJECT, SERVER, Deployment, Instance, Storage, reachable
from loomgraph.deploy.secrets import NO_KEY

Section = tuple[str, dict[str, str]]
_SAFE = re.compile(r"[a-z0-9]{1,33}")  # no ``_``: names that get letters of their own hold one
_UNITS = {"": 1, "k": 1 << 10, "m": 1 << 20, "g": 1 << 30}
_STORAGES = {
    "files": ("JsonKVStorage", "NanoVectorDBStorage", "NetworkXStorage", "JsonDocStatusStorage"),
    "postgres": ("PGKVStorage", "PGVectorStorage", "PGTableGraphStorage", "PGDocStatusStorage"),
}


def sections(deployment: Deployment, process: Instance, secrets: Mapping[str, str]) -> list[Section]:
    """What stands in the ``.env`` of a process, below which comment; a variable stands once, the plan's own words for
    all and for this project last."""
    lightrag = process.kind == "lightrag"
    found = [
        ("Who this is and where it answers", _identity(deployment, process)),
        ("The language model", _llm(deployment, process, secrets)),
        ("The embedding server", _embedding(deployment, process, secrets)),
        ("Storage", _storage(deployment, process, secrets)),
        ("Limits and logs", _lightrag_limits(deployment, process) if lightrag else _limits(deployment, process)),
        ("Keys", {name: value for name, value in secrets.items() if name not in _PLACED}),
    ]
    own = {**deployment.environment, **process.environment}
    kept = [(title, {name: value for name, value in part.items() if name not in own}) for title, part in found]
    return [*kept, ("Further settings of the plan", own)]


# Secrets that stand beside what they belong to.
_PLACED = ("LLM_BINDING_API_KEY", "EMBEDDING_BINDING_API_KEY", "POSTGRES_PASSWORD")


def _identity(deployment: Deployment, process: Instance) -> dict[str, str]:
    found = {
        "WORKSPACE": workspace(deployment, process),
        "HOST": deployment.ports.host,
        "PORT": str(process.port),
        "WORKING_DIR": str(process.data),
        "INPUT_DIR": str(process.inputs),
    }
    if process.kind == "loomgraph":
        found["LOOMGRAPH_DATA_DIR"] = str(process.data)
    return found


def workspace(deployment: Deployment, process: Instance) -> str:
    """By which name a process keeps its project apart from others.

    LightRAG's storages on servers spell a name in their own ways: what is not a letter or a digit becomes ``_``,
    capitals become small, long names are cut, and ``default`` is left out. There a name gets letters of its own, so
    that no two projects are ever one.
    """
    if process.name == SERVER:
        return DEFAULT_PROJECT
    apart = process.kind == "loomgraph" or not _on_servers(deployment.storage)
    if apart or (_SAFE.fullmatch(process.name) and process.name != DEFAULT_PROJECT):
        return process.name
    letters = hashlib.sha256(process.name.encode()).hexdigest()[:8]
    return f"{re.sub('[^a-z0-9]', '_', process.name.lower())[:24]}_{letters}"


def _on_servers(storage: Storage) -> bool:
    return tuple(_lightrag_storages(storage).values()) != _STORAGES["files"]


def _llm(deployment: Deployment, process: Instance, secrets: Mapping[str, str]) -> dict[str, str]:
    llm = deployment.llm
    if not llm.ready:
        return {"LLM_BINDING": "none"}
    found = {
        "LLM_BINDING": llm.binding,
        "LLM_MODEL": llm.model,
        "LLM_BINDING_HOST": llm.url,
        "LLM_BINDING_API_KEY": secrets.get("LLM_BINDING_API_KEY") or _nobody(process),
    }
    if llm.extra_body:
        found["OPENAI_LLM_EXTRA_BODY"] = json.dumps(llm.extra_body, ensure_ascii=False)
    if llm.max_tokens:
        found["OPENAI_LLM_MAX_TOKENS"] = str(llm.max_tokens)
    return found


def _embedding(deployment: Deployment, process: Instance, secrets: Mapping[str, str]) -> dict[str, str]:
    embedding = deployment.embedding
    if not embedding.ready:
        return {"EMBEDDING_BINDING": embedding.binding}
    found = {
        "EMBEDDING_BINDING": embedding.binding,
        "EMBEDDING_MODEL": embedding.model,
        "EMBEDDING_BINDING_HOST": embedding.url,
        "EMBEDDING_BINDING_API_KEY": secrets.get("EMBEDDING_BINDING_API_KEY") or _nobody(process),
    }
    if embedding.dim:
        found["EMBEDDING_DIM"] = str(embedding.dim)
    if embedding.max_tokens:
        found["EMBEDDING_TOKEN_LIMIT"] = str(embedding.max_tokens)
    return found


def _nobody(process: Instance) -> str:
    return NO_KEY if process.engine == "lightrag" else ""


def _storage(deployment: Deployment, process: Instance, secrets: Mapping[str, str]) -> dict[str, str]:
    storage = deployment.storage
    found = {} if process.engine == "native" else _lightrag_storages(storage)
    if process.kind == "loomgraph":
        found["LOOMGRAPH_STORE"] = "postgres" if storage.store == "postgres" else "sqlite"
        if process.engine == "lightrag":
            found["LOOMGRAPH_ENGINE"] = "lightrag"
            found["LOOMGRAPH_LIGHTRAG_PYTHON"] = deployment.run.lightrag_python
    if storage.store == "postgres":
        found |= {
            "POSTGRES_HOST": storage.host,
            "POSTGRES_PORT": str(storage.port),
            "POSTGRES_USER": storage.user,
            "POSTGRES_PASSWORD": secrets.get("POSTGRES_PASSWORD", ""),
            "POSTGRES_DATABASE": storage.database,
        }
    return found


def _lightrag_storages(storage: Storage) -> dict[str, str]:
    kv, vector, graph, doc_status = _STORAGES[storage.store]
    return {
        "LIGHTRAG_KV_STORAGE": storage.kv or kv,
        "LIGHTRAG_VECTOR_STORAGE": storage.vector or vector,
        "LIGHTRAG_GRAPH_STORAGE": storage.graph or graph,
        "LIGHTRAG_DOC_STATUS_STORAGE": storage.doc_status or doc_status,
    }


def _limits(deployment: Deployment, process: Instance) -> dict[str, str]:
    found = {"LOOMGRAPH_MAX_BODY_BYTES": str(body_bytes(deployment.proxy.max_body)), **_logs(deployment)}
    if process.name == SERVER:
        found["LOOMGRAPH_SERVE_WORKERS"] = str(deployment.run.workers)
    names = [deployment.proxy.server_name, reachable(deployment.proxy.listen)]
    hosts = [name for name in names if name not in ("_", "127.0.0.1", "::1")]
    if hosts:
        found["LOOMGRAPH_ALLOWED_HOSTS"] = ",".join(hosts)
    return found


def _lightrag_limits(deployment: Deployment, process: Instance) -> dict[str, str]:
    body = str(body_bytes(deployment.proxy.max_body))
    return {
        "MAX_REQUEST_BODY_BYTES": body,
        "MAX_UPLOAD_SIZE": body,
        "LOG_DIR": str(process.folder),
        **_logs(deployment),
    }


def _logs(deployment: Deployment) -> dict[str, str]:
    return {"LOG_MAX_BYTES": str(deployment.run.log_bytes), "LOG_BACKUP_COUNT": str(deployment.run.log_backups)}


def body_bytes(text: str) -> int:
    """How many bytes a size of nginx is."""
    found = re.fullmatch(r"([0-9]+)([kKmMgG]?)", text)
    assert found, text
    return int(found[1]) * _UNITS[found[2].lower()]

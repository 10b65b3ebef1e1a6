"""LightRAG's storage sets, each with a real server: the variables that choose it, and what that server itself holds.

What a server holds is asked of it alone, past LightRAG and LoomGraph: how many rows, keys or nodes each workspace has.
"""

from __future__ import annotations

import json
import re
import subprocess
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import psycopg

from tests.servers.launching import ROOT
from tests.servers.postgres import Postgres

LIGHTRAG = ROOT / ".venv-lightrag" / "bin" / "python"
_POSTGRES = {
    "LIGHTRAG_KV_STORAGE": "PGKVStorage",
    "LIGHTRAG_VECTOR_STORAGE": "PGVectorStorage",
    "LIGHTRAG_DOC_STATUS_STORAGE": "PGDocStatusStorage",
}
_KEY = re.compile(r"(.+)_(?:full_docs|text_chunks|(?:full|llm_response)_\w+|(?:entity|relation)_chunks|doc_status):.*")
_COLLECTION = re.compile(r"(.+)_(?:chunks|entities|relationships)_.+")
_GRAPH = re.compile(r"(.+)_chunk_entity_relation")

# Asked by the interpreters that have the clients.
_MILVUS = """\
import json, sys
from pymilvus import MilvusClient
client = MilvusClient(sys.argv[1])
print(json.dumps({name: client.get_collection_stats(name)["row_count"] for name in client.list_collections()}))
client.close()
"""
_NEO4J = """\
import json, sys, neo4j
with neo4j.GraphDatabase.driver(sys.argv[1]) as driver:
    rows, _, _ = driver.execute_query("MATCH (n) UNWIND labels(n) AS label RETURN label, count(*)")
print(json.dumps(dict(map(tuple, rows))))
"""


@dataclass(frozen=True)
class Storages:
    """A storage set: how it is chosen, and what its server holds, by workspace."""

    variables: Mapping[str, str]
    held: Callable[[], dict[str, int]]


def files(data: Path) -> Storages:
    """LightRAG's own files: a folder for each workspace, whose graphs are counted by their nodes."""

    def held() -> dict[str, int]:
        graphs = data.rglob("graph_chunk_entity_relation.graphml")
        return {graph.parent.name: graph.read_text("utf-8").count("<node ") for graph in graphs}

    return Storages({}, held)


def postgres_tables(server: Postgres, url: str) -> Storages:
    """Everything in PostgreSQL's plain tables, each with a column `workspace`."""
    database = url.rpartition("/")[2]

    def held() -> dict[str, int]:
        tables = server.run(
            "SELECT table_name FROM information_schema.columns WHERE column_name = 'workspace'", database
        )
        counts: Counter[str] = Counter()
        for table in tables.splitlines():
            rows = server.run(f'SELECT workspace, count(*) FROM "{table}" GROUP BY 1', database)
            counts.update({name: int(count) for name, count in (row.split("|") for row in rows.splitlines())})
        return dict(counts)

    return Storages({**_POSTGRES, "LIGHTRAG_GRAPH_STORAGE": "PGTableGraphStorage", **_reached(url)}, held)


def age_graphs(url: str) -> Storages:
    """Everything in PostgreSQL, the graph in Apache AGE: a graph for each workspace."""

    def held() -> dict[str, int]:
        with psycopg.connect(url, autocommit=True, prepare_threshold=None) as database:
            graphs = [name for (name,) in database.execute("SELECT name FROM ag_catalog.ag_graph").fetchall()]
            counts = {}
            for graph in graphs:
                row = database.execute(f'SELECT count(*) FROM "{graph}"._ag_label_vertex'.encode()).fetchone()
                assert row is not None
                counts[_workspace(_GRAPH, graph)] = row[0]
        return {workspace: count for workspace, count in counts.items() if count}  # LightRAG empties a graph

    # One session, whose prepared statements all its connections would share.
    alone = {"POSTGRES_MAX_CONNECTIONS": "1", "POSTGRES_STATEMENT_CACHE_SIZE": "0"}
    return Storages({**_POSTGRES, "LIGHTRAG_GRAPH_STORAGE": "PGGraphStorage", **_reached(url), **alone}, held)


def redis_keys(url: str) -> Storages:
    """Texts and the state of documents in Redis: keys that begin with the workspace."""

    def held() -> dict[str, int]:
        keys = _said(["redis-cli", "-u", url, "--scan"]).split()
        return dict(Counter(_workspace(_KEY, key) for key in keys))

    kinds = {"LIGHTRAG_KV_STORAGE": "RedisKVStorage", "LIGHTRAG_DOC_STATUS_STORAGE": "RedisDocStatusStorage"}
    return Storages({**kinds, "REDIS_URI": url}, held)


def milvus_collections(url: str) -> Storages:
    """Vectors in Milvus: collections whose names begin with the workspace."""

    def held() -> dict[str, int]:
        counts: Counter[str] = Counter()
        for name, count in json.loads(_said([LIGHTRAG, "-c", _MILVUS, url])).items():
            counts[_workspace(_COLLECTION, name)] += count
        return {workspace: count for workspace, count in counts.items() if count}

    where = {"MILVUS_URI": url, "MILVUS_DB_NAME": "default"}
    return Storages({"LIGHTRAG_VECTOR_STORAGE": "MilvusVectorDBStorage", **where}, held)


def neo4j_labels(url: str) -> Storages:
    """The graph in Neo4j: each node has its workspace as label."""

    def held() -> dict[str, int]:
        found: dict[str, int] = json.loads(_said([LIGHTRAG, "-c", _NEO4J, url]))
        return found

    where = {"NEO4J_URI": url, "NEO4J_USERNAME": "neo4j", "NEO4J_PASSWORD": "none"}
    return Storages({"LIGHTRAG_GRAPH_STORAGE": "Neo4JStorage", **where}, held)


def _reached(url: str) -> dict[str, str]:
    parts = urlsplit(url)
    return {
        "POSTGRES_HOST": str(parts.hostname), "POSTGRES_PORT": str(parts.port), "POSTGRES_USER": str(parts.username),
        "POSTGRES_PASSWORD": "none", "POSTGRES_DATABASE": parts.path[1:],
    }  # fmt: skip


def _workspace(pattern: re.Pattern[str], name: str) -> str:
    match = pattern.fullmatch(name)
    assert match, f"of no workspace: {name}"
    return match[1]


def _said(command: list[str | Path]) -> str:
    done = subprocess.run(list(map(str, command)), capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    return done.stdout

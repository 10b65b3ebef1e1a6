"""What can be set about LightRAG as an engine, by its own names where it has them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from loomgraph.settings.declaring import setting
from loomgraph.settings.values import Secret, number, text, whole

# The environment that LightRAG gets: what any process needs, and what it reads of its storages itself.
_ANY = ("PATH", "HOME", "LANG", "LC_ALL", "TZ", "TMPDIR", "TEMP", "TMP", "SYSTEMROOT", "LD_LIBRARY_PATH",
        "SSL_CERT_FILE", "SSL_CERT_DIR")  # fmt: skip
_OWN = ("POSTGRES_", "AGE_POSTGRES_", "REDIS_", "NEO4J_", "MILVUS_", "QDRANT_", "MONGO_", "MONGODB_", "MEMGRAPH_",
        "OPENSEARCH_", "COSINE_THRESHOLD", "RELATED_CHUNK_NUMBER", "KG_CHUNK_PICK_METHOD")  # fmt: skip
_WORKSPACE = "_WORKSPACE"  # how the variables end that give all projects one
MERGED = "would put all projects into one workspace of LightRAG, whatever their names: remove it"


@dataclass(frozen=True, slots=True)
class LightRagSettings:
    """Which LightRAG, on which storages. ``variables`` are those of the environment that are handed to it."""

    python: str = setting(
        text,
        "The Python that has `lightrag-hku`: LightRAG runs in processes of its own.",
        "", shown="the one that this program runs on",
    )  # fmt: skip
    kv_storage: str = setting(text, "Where LightRAG keeps texts.", "JsonKVStorage", aliases=("LIGHTRAG_KV_STORAGE",))
    vector_storage: str = setting(
        text, "Where LightRAG keeps vectors.", "NanoVectorDBStorage", aliases=("LIGHTRAG_VECTOR_STORAGE",)
    )
    graph_storage: str = setting(
        text, "Where LightRAG keeps the graph.", "NetworkXStorage", aliases=("LIGHTRAG_GRAPH_STORAGE",)
    )
    doc_status_storage: str = setting(
        text,
        "Where LightRAG keeps the state of documents.",
        "JsonDocStatusStorage", aliases=("LIGHTRAG_DOC_STATUS_STORAGE",),
    )  # fmt: skip
    processes: int = setting(whole(1, 64), "How many processes LightRAG's projects share at most.", 2)
    closings: int = setting(
        whole(1, 1_000_000),
        "After so many projects were closed in it, a process of LightRAG's ends as soon as none is open in it:"
        " LightRAG does not give back all memory.",
        50,
    )  # fmt: skip
    process_bytes: int = setting(
        whole(1, 2**50), "A process of LightRAG's that takes more memory ends as soon as no project is open in it.",
        1_000_000_000,
    )  # fmt: skip
    timeout: float = setting(
        number(1, 86400),
        "How many seconds LightRAG may take for one step: a question, or to write some thousand rows. A process that"
        " takes longer is ended; the next request starts another.",
        120.0, shown="120",
    )  # fmt: skip
    variables: tuple[tuple[str, Secret], ...] = field(default=(), repr=False)

    @property
    def storages(self) -> dict[str, str]:
        """The storages by the names of LightRAG's arguments."""
        return {
            "kv_storage": self.kv_storage, "vector_storage": self.vector_storage, "graph_storage": self.graph_storage,
            "doc_status_storage": self.doc_status_storage,
        }  # fmt: skip

    @property
    def merging(self) -> list[str]:
        """The variables that would put all projects into one workspace."""
        return [name for name, value in self.variables if name.endswith(_WORKSPACE) and value]


def handed_on(environment: Mapping[str, str]) -> tuple[tuple[str, Secret], ...]:
    """What of an environment LightRAG gets."""
    names = sorted(name for name in environment if name in _ANY or name.startswith(_OWN))
    return tuple((name, Secret(environment[name])) for name in names)

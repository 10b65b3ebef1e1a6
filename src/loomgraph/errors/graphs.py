"""Errors about graphs, about what is not installed, and about servers of models.

This module must not know who raises or who shows an error.
"""

from __future__ import annotations

from loomgraph.errors.asked import BadInput
from loomgraph.errors.base import LoomGraphError


class StoreError(LoomGraphError):
    """The graph {path} cannot be used: {reason}"""

    code = "store"


class GraphMissing(StoreError):
    """There is no graph at {path}. `loomgraph index PATH` makes one."""

    code = "graph_missing"


class GraphDamaged(StoreError):
    """The graph {path} is damaged ({reason}). `loomgraph index --rebuild` makes it anew from the source."""

    code = "graph_damaged"


class GraphNewer(StoreError):
    """The graph {path} has format {found}; this version of loomgraph reads up to {known}. Upgrade loomgraph, or
    `loomgraph index --rebuild` to make the graph anew."""

    code = "graph_newer"


class GraphOlder(StoreError):
    """The graph {path} has the older format {found}; this version of loomgraph needs {known}.
    `loomgraph index --rebuild` makes it anew."""

    code = "graph_older"


class GraphBusy(StoreError):
    """Another process is updating the graph {path}. Wait until it is done and try again."""

    code = "graph_busy"


class GraphChanged(StoreError):
    """The graph {path} was changed by another process while this update was prepared. Run it again."""

    code = "graph_changed"


class IndexInterrupted(LoomGraphError):
    """Interrupted: {read} of {total} files are read and kept. Run it again to go on from there. The graph is as it was
    before; of a first index, there is none yet."""

    code = "index_interrupted"


class NothingIndexed(StoreError):
    """Nothing is indexed in the project {name} yet: its first index did not end. `loomgraph index {root}` goes on with
    it."""

    code = "nothing_indexed"


class DiskFull(StoreError):
    """There is no room to write {path}: {reason}. The graph is as it was before. Free some space and try again."""

    code = "disk_full"


class StoreUnwritable(StoreError):
    """{path} cannot be written or read: {reason}. Check its permissions, or set LOOMGRAPH_DATA_DIR."""

    code = "store_unwritable"


class DatabaseUnavailable(StoreError):
    """The database {path} cannot be asked: {reason}. Nothing that was answered as done is lost. Check that it runs and
    takes connections, then try again."""

    code = "database_unavailable"


class SchemaNewer(StoreError):
    """The database {path} has tables of version {found}; this version of loomgraph knows up to {known}. Upgrade
    loomgraph on this machine."""

    code = "schema_newer"


class SchemaOlder(StoreError):
    """The database {path} has tables of the older version {found}; this version of loomgraph needs {known}, and they
    could not be brought up to date: {reason}. Start loomgraph once with a user who may change them."""

    code = "schema_older"


class UpdateRunning(StoreError):
    """{name} is being updated. Wait until that is done, or cancel it, and try again."""

    code = "update_running"


class ConflictingUpdate(StoreError):
    """An update of {path} contradicts itself or the graph: {reason}. The graph is as it was before."""

    code = "conflicting_update"


class NotSupported(LoomGraphError):
    """The engine {engine} cannot {what}. Projects of the engine native can."""

    code = "not_supported"


class UnknownStore(BadInput):
    """There is no store {name}. Known: {known}."""

    code = "unknown_store"


class MissingExtra(LoomGraphError):
    """{name} needs a package that is not installed. {hint}"""

    code = "missing_extra"


class EmbeddingUnavailable(MissingExtra):
    """The built-in embedding cannot be used: {reason}. Install loomgraph-kg anew, or set LOOMGRAPH_EMBEDDING=none."""

    code = "embedding_unavailable"


class EmbeddingFolder(BadInput):
    """The embedding folder {folder} cannot be used: {reason}. Set LOOMGRAPH_EMBEDDING_FOLDER to the folder of a whole
    model, or LOOMGRAPH_EMBEDDING=static."""

    code = "embedding_folder"


class EmbeddingMismatch(StoreError):
    """The graph {path} holds vectors of the model {found}, but {wanted} is set. Set the model it was built with, or
    `loomgraph index --rebuild`."""

    code = "embedding_mismatch"


class ModelServerError(LoomGraphError):
    """The server {host} cannot be used: {reason}."""

    code = "model_server"


class LlmUnavailable(ModelServerError):
    """The language model {model} at {host} cannot be used: {reason}. Check LLM_BINDING_HOST, LLM_MODEL and
    LLM_BINDING_API_KEY; `loomgraph doctor` tries them."""

    code = "llm_unavailable"


class LlmNotSet(BadInput):
    """No language model is set, and {what} needs one. Set LLM_BINDING_HOST and LLM_MODEL."""

    code = "llm_not_set"


class EmbeddingUnreachable(ModelServerError):
    """The embedding server {host} cannot be used: {reason}. Check EMBEDDING_BINDING_HOST, EMBEDDING_MODEL and
    EMBEDDING_BINDING_API_KEY; `loomgraph doctor` tries them."""

    code = "embedding_unreachable"


class EmbeddingDimension(ModelServerError):
    """The embedding server {host} gives vectors of {found} numbers with the model {model}, but {wanted} are wanted. Set
    EMBEDDING_DIM to what the model gives, or `loomgraph index --rebuild` after a change of model."""

    code = "embedding_dimension"

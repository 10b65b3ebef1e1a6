"""The error tree: one root class, a stable code each, the docstring is the message.

A message says what is wrong, where, and what to do; ``{fields}`` in it are filled from the keyword arguments
an error is raised with, which stay readable as attributes of the same name. How a surface answers an error is
data: :data:`RESPONSES`, read by the command line, the HTTP server and the MCP server alike.

This module must not know who raises or who shows an error.
"""

from __future__ import annotations

import inspect
from typing import Any, ClassVar, NamedTuple


class LoomGraphError(Exception):
    """Something went wrong: {reason}"""

    code: ClassVar[str] = "internal"

    def __init__(self, **details: Any) -> None:
        self.details = details
        super().__init__(self._text(details))

    def _text(self, details: dict[str, Any]) -> str:
        template = inspect.cleandoc(type(self).__doc__ or self.code)
        shown = {key: self.show(key, value) for key, value in details.items()}
        return template.format_map(_Lenient(shown)).rstrip()

    def show(self, key: str, value: Any) -> str:
        """How a detail reads in the message."""
        if isinstance(value, (list, tuple)):
            return ", ".join(printable(str(item)) for item in value)
        return printable(str(value))

    def __getattr__(self, name: str) -> Any:
        details = self.__dict__.get("details", {})
        if name in details:
            return details[name]
        raise AttributeError(name)

    def __reduce__(self) -> tuple[Any, ...]:
        return _rebuild, (type(self), self.details)


class _Lenient(dict[str, str]):
    """A mapping for ``format_map`` in which a field nobody gave reads as nothing."""

    def __missing__(self, key: str) -> str:
        return ""


def _rebuild(kind: type[LoomGraphError], details: dict[str, Any]) -> LoomGraphError:
    return kind(**details)


def printable(text: str) -> str:
    """``text`` with what no terminal or JSON writer can encode (bytes of odd paths) made visible."""
    return text.encode("utf-8", "backslashreplace").decode("utf-8")


# -- what the user gave -------------------------------------------------------------------------------------


class BadInput(LoomGraphError):
    """{reason}"""

    code = "bad_input"


class InvalidProjectName(BadInput):
    """{name} is not a project name: it must begin with a letter or digit and hold only letters, digits, _ and -,
    64 at most. Choose another with --project."""

    code = "invalid_project_name"


class FolderNotFound(BadInput):
    """There is no folder {path}. Check the spelling, or give the folder that holds the source code."""

    code = "folder_not_found"


class NotAFolder(BadInput):
    """{path} is not a folder. Give the folder that holds the source code."""

    code = "not_a_folder"


class NothingToIndex(BadInput):
    """Nothing to index in {path}: {reason}. Check the folder and the --include and --exclude patterns."""

    code = "nothing_to_index"


class InvalidSettings(BadInput):
    """Settings that cannot be used: {problems}. Every setting and where it may stand: docs/settings.md."""

    code = "invalid_settings"

    def show(self, key: str, value: Any) -> str:
        return "; ".join(map(printable, value)) if key == "problems" else super().show(key, value)


class ProjectTaken(BadInput):
    """The project {name} already holds {root}. Choose another name with --project, or delete that one with
    `loomgraph projects delete {name}`."""

    code = "project_taken"


class NotPushable(BadInput):
    """The project {name} cannot be pushed to: {reason}. Choose another name with --project."""

    code = "not_pushable"


class PushIncomplete(BadInput):
    """The server lacks {count} files of this push. Push again: only what is missing travels."""

    code = "push_incomplete"


class NoProjectHere(BadInput):
    """No project holds {path}. `loomgraph index {path}` makes one; --project NAME asks another."""

    code = "no_project_here"


class SeveralProjectsHere(BadInput):
    """Several projects hold {path}: {names}. Say which with --project."""

    code = "several_projects_here"


class ImportUnreadable(BadInput):
    """{path}, line {line}: {reason}. Give a custom_kg document or the output of `loomgraph export --format jsonl`."""

    code = "import_unreadable"


class BadCustomKg(BadInput):
    """This is no custom_kg: {problems}. It holds lists of chunks (content, source_id), entities (entity_name) and
    relationships (src_id, tgt_id, description, keywords)."""

    code = "bad_custom_kg"

    def _text(self, details: dict[str, Any]) -> str:
        errors = details.get("errors", [])
        shown = [f"{e['place']}: {e['msg']}" if e.get("place") else e["msg"] for e in errors[:5]]
        if len(errors) > 5:
            shown.append(f"and {len(errors) - 5} more")
        return super()._text({**details, "problems": "; ".join(shown)})


class EntityExists(BadInput):
    """There is an entity {name} already. Edit it, or merge the two."""

    code = "entity_exists"


class RelationExists(BadInput):
    """There is such a relation from {source} to {target} already. Edit it, or give it other keywords."""

    code = "relation_exists"


class SymbolIndexed(BadInput):
    """{name} comes from indexed source code and changes with it alone. Edit the source and index it again, or
    create an entity under another name."""

    code = "symbol_indexed"


class DiffUnreadable(BadInput):
    """This is not a unified diff: {reason}. Give the output of `git diff` or `diff -u`."""

    code = "diff_unreadable"


class EmptyQuestion(BadInput):
    """The question holds no word to look for. Ask with words, or with the name of a symbol."""

    code = "empty_question"


class QuestionTooLong(BadInput):
    """The question has {size} bytes; {limit} are the most. Ask with fewer words."""

    code = "question_too_long"


class QueriesUnreadable(BadInput):
    """{path}, line {line}: {reason}. Give one JSON object a line:
    {{"id": "1", "query": "where are passwords hashed"}}"""

    code = "queries_unreadable"


class GitFailed(BadInput):
    """git could not answer for {path}: {reason}. Give a revision of a git repository, or files."""

    code = "git_failed"


# -- what is not there ----------------------------------------------------------------------------------------


class NotFound(LoomGraphError):
    """{reason}"""

    code = "not_found"


class UnknownProject(NotFound):
    """There is no project {name}. `loomgraph projects` lists them; `loomgraph index PATH` makes one."""

    code = "unknown_project"


class UnknownPush(NotFound):
    """There is no push {plan}: it is done, or too old. Push again."""

    code = "unknown_push"


class UnknownFile(NotFound):
    """The graph holds no file {path}. Paths are relative to the project's root; `loomgraph index` reads new files."""

    code = "unknown_file"


class UnknownSymbol(NotFound):
    """There is no symbol {spelling}.{hint}"""

    code = "unknown_symbol"

    def __init__(self, *, spelling: str, nearest: tuple[str, ...] = ()) -> None:
        super().__init__(spelling=spelling, nearest=nearest)

    def _text(self, details: dict[str, Any]) -> str:
        nearest = details["nearest"]
        hint = f" Nearest: {', '.join(nearest)}." if nearest else " `loomgraph find PART` searches by part of a name."
        return super()._text({**details, "hint": hint})


class UnknownEntity(NotFound):
    """There is no entity {name}. Names are matched whole, case and all."""

    code = "unknown_entity"


class UnknownRelation(NotFound):
    """There is no relation from {source} to {target} of these keywords. Direction counts."""

    code = "unknown_relation"


class AmbiguousSymbol(LoomGraphError):
    """{spelling} names {count} symbols: {shown}. Give one of them whole, or as file:line."""

    code = "ambiguous_symbol"

    def __init__(self, *, spelling: str, candidates: tuple[str, ...]) -> None:
        super().__init__(spelling=spelling, candidates=candidates)

    def _text(self, details: dict[str, Any]) -> str:
        candidates = details["candidates"]
        shown = ", ".join(candidates[:10]) + (f" and {len(candidates) - 10} more" if len(candidates) > 10 else "")
        return super()._text({**details, "count": len(candidates), "shown": shown})


# -- the graph's file -------------------------------------------------------------------------------------------


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


class DiskFull(StoreError):
    """There is no room to write {path}: {reason}. The graph is as it was before. Free some space and try again."""

    code = "disk_full"


class StoreUnwritable(StoreError):
    """{path} cannot be written or read: {reason}. Check its permissions, or set LOOMGRAPH_DATA_DIR."""

    code = "store_unwritable"


class UpdateRunning(StoreError):
    """{name} is being updated. Wait until that is done, or cancel it, and try again."""

    code = "update_running"


class ConflictingUpdate(StoreError):
    """An update of {path} contradicts itself or the graph: {reason}. The graph is as it was before."""

    code = "conflicting_update"


class NotSupported(LoomGraphError):
    """The engine {engine} cannot {what}. Projects of the engine native can."""

    code = "not_supported"


# -- what is not installed ----------------------------------------------------------------------------------------


class UnknownStore(BadInput):
    """There is no store {name}. Known: {known}."""

    code = "unknown_store"


class MissingExtra(LoomGraphError):
    """{name} needs a package that is not installed. {hint}"""

    code = "missing_extra"


class EmbeddingUnavailable(MissingExtra):
    """The built-in embedding cannot be used: {reason}. Install loomgraph-kg anew, or set LOOMGRAPH_EMBEDDING=none."""

    code = "embedding_unavailable"


class EmbeddingMismatch(StoreError):
    """The graph {path} holds vectors of the model {found}, but {wanted} is set. Set the model it was built with, or
    `loomgraph index --rebuild`."""

    code = "embedding_mismatch"


# -- servers of models -------------------------------------------------------------------------------------------


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


# -- what a server refuses ----------------------------------------------------------------------------------------


class InvalidRequest(BadInput):
    """The request is not one this route takes: {reason}. The routes with their parameters: docs/http-api.md, or /docs
    of the server."""

    code = "invalid_request"


class ConflictingProject(BadInput):
    """The request names more than one project: {reason}. Name one, in the path or in the header LIGHTRAG-WORKSPACE."""

    code = "conflicting_project"


class KeysUnreadable(StoreError):
    """The keys in {path} cannot be read: {reason}. Nobody is let in. Mend the file, or `loomgraph keys forget`."""

    code = "keys_unreadable"


class UnknownKey(NotFound):
    """There is no key {id}. `loomgraph keys` lists them by their ids."""

    code = "unknown_key"


class IndexRefused(BadInput):
    """This server may not index {what}. What it may stands in the setting `{setting}`."""

    code = "index_refused"


class CheckoutFailed(BadInput):
    """{url} could not be fetched: {reason}. Check the address, and that the server's user may read it."""

    code = "checkout_failed"


class UnknownJob(NotFound):
    """There is no job {id}. Ended ones are remembered for a while, not for ever."""

    code = "unknown_job"


class Unauthorized(LoomGraphError):
    """This server needs a key. Send one as `X-API-Key: …` or `Authorization: Bearer …`; `loomgraph keys create` makes
    them."""

    code = "unauthorized"


class Forbidden(LoomGraphError):
    """The key has no right to do this: {reason}."""

    code = "forbidden"


class HostRefused(LoomGraphError):
    """This server is not called {host}. Name it in the setting `allowed_hosts`, or call it by its address."""

    code = "host_refused"


class OriginRefused(LoomGraphError):
    """Pages of {origin} may not use this server. Name them in the setting `cors_origins` if they should."""

    code = "origin_refused"


class UnknownRoute(NotFound):
    """There is no route {path}. The routes: docs/http-api.md, or /docs of the server."""

    code = "unknown_route"


class MethodNotAllowed(LoomGraphError):
    """The route {path} does not take {method}. The routes: docs/http-api.md, or /docs of the server."""

    code = "method_not_allowed"


class BodyTooLarge(LoomGraphError):
    """The body has more than {limit} bytes, the most that this route takes. Send it in parts; the setting
    `max_body_bytes` raises the limit for inserts."""

    code = "body_too_large"


class BodyTooSlow(LoomGraphError):
    """The body did not arrive in time: {reason}. Send it again, faster or in parts."""

    code = "body_too_slow"


class ServerBusy(LoomGraphError):
    """The server has more to do than it can: {reason}. Try again in a moment."""

    code = "server_busy"


class UnsafeBind(BadInput):
    """Everybody who reaches {host} could read and change every project. Make keys first (`loomgraph keys create`),
    or say --insecure if the network itself keeps others out."""

    code = "unsafe_bind"


class AddressTaken(LoomGraphError):
    """{host}:{port} cannot be listened at: {reason}. Choose another port with --port."""

    code = "address_taken"


# -- how surfaces answer ------------------------------------------------------------------------------------------


class Response(NamedTuple):
    """How an error is answered: the exit code of a command, the status of an HTTP answer."""

    exit: int
    http: int


# Looked up by the class of an error, then by its parents: a new error needs a line only when it differs.
# Exit codes: 1 failed, 2 bad input (as click's own), 3 not there, 4 ambiguous, 5 graph unusable, 6 busy, 7 no room
# or no permission, 8 something is not installed, 9 refused for want of rights.
RESPONSES: dict[str, Response] = {
    "internal": Response(1, 500),
    "bad_input": Response(2, 422),
    "invalid_project_name": Response(2, 400),
    "conflicting_project": Response(2, 400),
    "unauthorized": Response(9, 401),
    "forbidden": Response(9, 403),
    "index_refused": Response(9, 403),
    "host_refused": Response(9, 421),
    "origin_refused": Response(9, 403),
    "method_not_allowed": Response(2, 405),
    "body_too_large": Response(2, 413),
    "body_too_slow": Response(2, 408),
    "server_busy": Response(6, 503),
    "address_taken": Response(7, 500),
    "not_pushable": Response(2, 409),
    "push_incomplete": Response(6, 409),
    "not_found": Response(3, 404),
    "ambiguous_symbol": Response(4, 409),
    "entity_exists": Response(2, 409),
    "relation_exists": Response(2, 409),
    "symbol_indexed": Response(2, 409),
    "not_supported": Response(8, 501),
    "store": Response(5, 500),
    "graph_missing": Response(3, 404),
    "graph_busy": Response(6, 503),
    "graph_changed": Response(6, 409),
    "update_running": Response(6, 409),
    "project_taken": Response(2, 409),
    "disk_full": Response(7, 507),
    "store_unwritable": Response(7, 500),
    "missing_extra": Response(8, 501),
    "model_server": Response(9, 503),
    "llm_not_set": Response(2, 501),
}


def response_to(error: BaseException) -> Response:
    """How to answer ``error``: by its own code or that of its nearest parent that has one in the map."""
    for kind in type(error).__mro__:
        found = RESPONSES.get(getattr(kind, "code", "") if "code" in vars(kind) else "")
        if found:
            return found
    return RESPONSES["internal"]

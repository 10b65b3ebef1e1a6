"""The process that LightRAG lives in: it is told what to do on standard input, and answers on standard output.

A script of its own, run by whatever interpreter has ``lightrag-hku``: it imports the standard library and LightRAG,
nothing of this program. Lines of JSON go both ways: ``{"id", "do", …}`` in, ``{"id", "value"}`` or ``{"id", "error"}``
out; in between it asks its parent for vectors and words (``{"ask", "what", …}``, answered by ``{"answer", …}``). It
ends when its input does. It must not know projects, settings or what the rows it is handed mean.
"""

from __future__ import annotations

import asyncio
import base64
import contextlib
import ctypes
import gc
import importlib
import json
import logging
import os
import sys
import threading
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

_BATCH = 64  # texts that are embedded at a time
_LOOKED_UP = 1000  # keys that are looked up at a time
_READS_OWN_FILES = {"NetworkXStorage", "JsonKVStorage", "NanoVectorDBStorage", "JsonDocStatusStorage",
                    "FaissVectorDBStorage"}  # fmt: skip


class LocalTokenizer:
    """Four bytes of UTF-8 are a token, about what a language model takes; nothing is downloaded, nothing kept."""

    def encode(self, content: str) -> list[int]:
        data = content.encode("utf-8", "replace")
        return [int.from_bytes(b"\1" + data[at : at + 4], "big") for at in range(0, len(data), 4)]

    def decode(self, tokens: list[int]) -> str:
        return b"".join([one.to_bytes(5, "big").lstrip(b"\0")[1:] for one in tokens]).decode("utf-8", "ignore")


class Gate:
    """Many may look, or one may change; who wants to change goes first."""

    def __init__(self) -> None:
        self._changed = asyncio.Condition()
        self._looking = 0
        self._changing = False

    async def look(self, act: Callable[[], Awaitable[Any]]) -> Any:
        async with self._changed:
            await self._changed.wait_for(lambda: not self._changing)
            self._looking += 1
        try:
            return await act()
        finally:
            async with self._changed:
                self._looking -= 1
                self._changed.notify_all()

    async def change(self, act: Callable[[], Awaitable[Any]]) -> Any:
        async with self._changed:
            await self._changed.wait_for(lambda: not self._changing)
            self._changing = True
            await self._changed.wait_for(lambda: not self._looking)
        try:
            return await act()
        finally:
            async with self._changed:
                self._changing = False
                self._changed.notify_all()


class Instance:
    """One LightRAG, of one workspace."""

    def __init__(self, rag: Any, workspace: str) -> None:
        self.rag = rag
        self.workspace = workspace
        self.gate = Gate()
        self.touched: dict[int, Any] = {}  # storages with changes that are not written yet

    @property
    def storages(self) -> list[Any]:
        rag = self.rag
        return [
            rag.full_docs, rag.text_chunks, rag.full_entities, rag.full_relations, rag.entity_chunks,
            rag.relation_chunks, rag.entities_vdb, rag.relationships_vdb, rag.chunks_vdb,
            rag.chunk_entity_relation_graph, rag.llm_response_cache, rag.doc_status,
        ]  # fmt: skip

    async def keep(self) -> None:
        """Have what was changed written where it stays: a storage on files writes all it holds."""
        touched, self.touched = list(self.touched.values()), {}
        await asyncio.gather(*(one.index_done_callback() for one in touched))

    async def close(self) -> None:
        """Close, and let go of what LightRAG keeps for a workspace in its modules, or it would never read it again."""
        rag = self.rag
        await rag.finalize_storages()
        shared: Any = importlib.import_module("lightrag.kg.shared_storage")
        for name in ("finalize_pipeline_ingress", "finalize_scan_job_store"):
            end = getattr(shared, name, None)
            found = end(self.workspace) if end else None
            if asyncio.iscoroutine(found):
                await found
        for name in ("_shared_dicts", "_init_flags", "_update_flags", "_namespace_data_cache", "_async_locks"):
            kept = getattr(shared, name, None)
            if kept:
                for key in [key for key in kept if str(key).startswith(f"{self.workspace}:")]:
                    del kept[key]
        if getattr(shared, "_default_workspace", None) == self.workspace:
            shared._default_workspace = None
        for function in [getattr(rag.embedding_func, "func", None), *getattr(rag, "role_llm_funcs", {}).values()]:
            end = getattr(function, "shutdown", None)
            if end is not None:
                await end()


class Host:
    """All instances of this process, and the line to its parent."""

    def __init__(self, say: Callable[[dict[str, Any]], None]) -> None:
        self._say = say
        self._instances: dict[str, Instance] = {}
        self._asked: dict[int, asyncio.Future[Any]] = {}
        self._asks = 0
        self._closed = 0
        self._opening = asyncio.Lock()

    # -- the parent -------------------------------------------------------------------------------------------

    async def ask(self, what: str, **given: Any) -> Any:
        """What the parent alone can do: vectors, words."""
        self._asks += 1
        number = self._asks
        future = self._asked[number] = asyncio.get_running_loop().create_future()
        self._say({"ask": number, "what": what, **given})
        try:
            return await future
        finally:
            del self._asked[number]

    async def hear(self, message: dict[str, Any]) -> None:
        """Do what a line says."""
        if "answer" in message:
            future = self._asked.get(message["answer"])
            if future is not None and not future.done():
                if "error" in message:
                    future.set_exception(RuntimeError(message["error"]))
                else:
                    future.set_result(message.get("value"))
            return
        number = message["id"]
        try:
            value = await getattr(self, f"do_{message['do']}")(**message.get("with", {}))
            self._say({"id": number, "value": value, "bytes": _resident()})
        except Exception as error:
            logging.getLogger("lightrag").error("%s failed", message["do"], exc_info=True)
            said = {"kind": type(error).__name__, "reason": str(error) or type(error).__name__}
            self._say({"id": number, "error": said, "bytes": _resident()})

    # -- instances --------------------------------------------------------------------------------------------

    async def do_open(
        self, workspace: str, folder: str, dimension: int, model: str, storages: dict[str, str], words: bool
    ) -> dict[str, Any]:
        """Open a workspace, anew if it is open; says whether its graph is empty and whether others see its changes."""
        async with self._opening:
            await self.do_close(workspace)
            core = importlib.import_module("lightrag.lightrag")
            utils = importlib.import_module("lightrag.utils")

            async def embed(texts: list[str], context: str = "document", **_: Any) -> Any:
                numbers = importlib.import_module("numpy")
                found = await self.ask("embed", texts=texts, context=context)
                return numbers.frombuffer(base64.b64decode(found), dtype="<f4").reshape(len(texts), -1)

            async def say(prompt: str, system_prompt: str | None = None, **more: Any) -> str:
                if not words:
                    raise RuntimeError("no language model is set")
                history = more.get("history_messages") or []
                return str(await self.ask("words", prompt=prompt, system=system_prompt or "", history=history))

            Path(folder).mkdir(parents=True, exist_ok=True)
            rag = core.LightRAG(
                working_dir=folder, workspace=workspace, llm_model_func=say, llm_model_name="loomgraph",
                tokenizer=utils.Tokenizer("local", LocalTokenizer()), embedding_batch_num=_BATCH,
                embedding_func=utils.EmbeddingFunc(
                    embedding_dim=dimension, func=embed, model_name=model, supports_asymmetric=True
                ),
                **storages,
            )  # fmt: skip
            instance = Instance(rag, workspace)
            try:
                await rag.initialize_storages()
                empty = not await rag.chunk_entity_relation_graph.get_popular_labels(1)
            except BaseException:
                await instance.close()
                raise
            self._instances[workspace] = instance
            return {"empty": empty, "alone": any(name in _READS_OWN_FILES for name in storages.values())}

    async def do_close(self, workspace: str) -> int:
        """Close a workspace; says how many were closed so far."""
        instance = self._instances.pop(workspace, None)
        if instance is not None:
            self._closed += 1
            await instance.gate.change(instance.close)
            del instance
            _hand_back()
        return self._closed

    async def do_drop(self, workspace: str) -> None:
        """Take away all that is kept of a workspace, here or on a server."""
        instance = self._instances[workspace]

        async def drop() -> None:
            for one in instance.storages:
                found = await one.drop()
                if found.get("status") == "error":
                    raise RuntimeError(found.get("message", "a storage was not dropped"))
            instance.touched.update((id(one), one) for one in instance.storages)
            await instance.keep()

        await instance.gate.change(drop)

    # -- changes ----------------------------------------------------------------------------------------------

    async def do_apply(self, workspace: str, keep: bool = True, **change: Any) -> None:
        """Write a change; see that it stays now, or else with :meth:`do_keep`."""
        instance = self._instances[workspace]
        instance.touched.update((id(one), one) for one in _touched(instance.rag, change))
        await instance.gate.change(lambda: self._applied(instance, change, keep))

    async def do_keep(self, workspace: str) -> None:
        """See that all changes stay."""
        instance = self._instances[workspace]
        await instance.gate.change(instance.keep)

    async def _applied(self, instance: Instance, change: dict[str, Any], keep: bool) -> None:
        rag, graph = instance.rag, instance.rag.chunk_entity_relation_graph
        utils = importlib.import_module("lightrag.utils")
        names = {name: utils.compute_mdhash_id(name, prefix="ent-") for name in change.get("gone_nodes", ())}
        pairs = [tuple(pair) for pair in change.get("gone_edges", ())]
        if gone := change.get("gone_chunks"):
            await asyncio.gather(rag.text_chunks.delete(gone), rag.chunks_vdb.delete(gone))
        if pairs:
            await graph.remove_edges(pairs)
            await rag.relationships_vdb.delete([_pair_id(utils, *pair) for pair in pairs])
        if names:
            await graph.remove_nodes(list(names))
            await rag.entities_vdb.delete(list(names.values()))
        if chunks := change.get("chunks"):
            status = importlib.import_module("lightrag.base").DocStatus.PROCESSED
            rows = {key: {**row, "status": status, "tokens": len(rag.tokenizer.encode(row["content"]))}
                    for key, row in chunks.items()}  # fmt: skip
            await asyncio.gather(rag.text_chunks.upsert(rows), rag.chunks_vdb.upsert(rows))
        now = int(time.time())
        if nodes := change.get("nodes"):
            await graph.upsert_nodes_batch([(row["entity_id"], {**row, "created_at": now}) for row in nodes])
            await rag.entities_vdb.upsert({
                utils.compute_mdhash_id(row["entity_id"], prefix="ent-"): {
                    **row, "entity_name": row["entity_id"], "content": f"{row['entity_id']}\n{row['description']}",
                } for row in nodes
            })  # fmt: skip
        if edges := change.get("edges"):
            data = ("weight", "description", "keywords", "source_id", "file_path")
            await graph.upsert_edges_batch([
                (row["src_id"], row["tgt_id"], {**{key: row[key] for key in data}, "created_at": now}) for row in edges
            ])  # fmt: skip
            await rag.relationships_vdb.upsert({_pair_id(utils, row["src_id"], row["tgt_id"]): _told(row)
                                                for row in edges})  # fmt: skip
        if keep:
            await instance.keep()

    # -- looking ----------------------------------------------------------------------------------------------

    async def do_query(self, workspace: str, question: str, params: dict[str, Any]) -> dict[str, Any]:
        """What LightRAG retrieves for a question."""
        instance = self._instances[workspace]
        given = importlib.import_module("lightrag.base").QueryParam(**params)
        found: dict[str, Any] = await instance.gate.look(lambda: instance.rag.aquery_data(question, given))
        return found

    async def do_held(self, workspace: str, chunks: list[str]) -> dict[str, Any]:
        """Everything in the graph, which of some chunks are not there, and how many vectors of all this are not."""
        instance = self._instances[workspace]
        utils = importlib.import_module("lightrag.utils")

        async def look() -> dict[str, Any]:
            rag = instance.rag
            nodes = await rag.chunk_entity_relation_graph.get_all_nodes()
            edges = await rag.chunk_entity_relation_graph.get_all_edges()
            missing = await rag.text_chunks.filter_keys(set(chunks)) if chunks else set()
            names = [str(row.get("entity_id") or row["id"]) for row in nodes]
            without = [
                await _absent(rag.chunks_vdb, chunks),
                await _absent(rag.entities_vdb, [utils.compute_mdhash_id(one, prefix="ent-") for one in names]),
                await _absent(rag.relationships_vdb, [_pair_id(utils, row["source"], row["target"]) for row in edges]),
            ]
            return {"nodes": nodes, "edges": edges, "missing": sorted(missing), "without": sum(without)}

        found: dict[str, Any] = await instance.gate.look(look)
        return found


async def _absent(vectors: Any, keys: list[str]) -> int:
    """How many of some keys have no vector."""
    found = 0
    for at in range(0, len(keys), _LOOKED_UP):
        rows = await vectors.get_by_ids(keys[at : at + _LOOKED_UP])
        found += sum(row is not None for row in rows)
    return len(keys) - found


def _touched(rag: Any, change: dict[str, Any]) -> list[Any]:
    """The storages that a change is of."""
    nodes, edges, chunks = (
        bool(change.get(what) or change.get(f"gone_{what}")) for what in ("nodes", "edges", "chunks")
    )
    return [
        *([rag.chunk_entity_relation_graph] if nodes or edges else []), *([rag.entities_vdb] if nodes else []),
        *([rag.relationships_vdb] if edges else []), *([rag.text_chunks, rag.chunks_vdb] if chunks else []),
    ]  # fmt: skip


def _told(row: dict[str, Any]) -> dict[str, Any]:
    """What a relation is found by."""
    content = f"{row['keywords']}\t{row['src_id']}\n{row['tgt_id']}\n{row['description']}"
    return {**row, "content": content}


def _pair_id(utils: Any, one: str, other: str) -> str:
    """The key of a pair among vectors, as LightRAG makes it."""
    return str(utils.compute_mdhash_id("".join(sorted((one, other))), prefix="rel-"))


def _resident() -> int:
    """Bytes of memory that this process takes; 0 where the system does not say."""
    try:
        return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    except (OSError, ValueError, IndexError):
        return 0


def _hand_back() -> None:
    """Give the system the memory that nothing needs any more, where it takes any."""
    gc.collect()
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None).malloc_trim(0)


def _prepare() -> str:
    """Load LightRAG, which may neither install packages nor read files of the folder it stands in; its version."""
    try:
        installer = importlib.import_module("pipmaster")
    except ImportError:
        installer = None
    if installer is not None:

        def refuse(*names: Any, **_: Any) -> bool:
            raise ImportError(f"the package {names[0] if names else ''} is not installed")

        for name in ("install", "install_multiple", "install_if_missing", "ensure_packages"):
            if hasattr(installer, name):
                setattr(installer, name, refuse)
    version = str(importlib.import_module("lightrag").__version__)
    importlib.import_module("lightrag.lightrag")
    log = logging.getLogger("lightrag")
    log.handlers[:] = [logging.StreamHandler(sys.stderr)]
    log.setLevel(logging.ERROR)
    return version


async def _serve(line_in: Any, line_out: Any, version: str) -> None:
    loop = asyncio.get_running_loop()
    lines: asyncio.Queue[bytes] = asyncio.Queue()
    saying = threading.Lock()

    def say(message: dict[str, Any]) -> None:
        data = json.dumps(message, default=str).encode("ascii") + b"\n"
        with saying:
            line_out.write(data)
            line_out.flush()

    def read() -> None:
        for line in line_in:
            loop.call_soon_threadsafe(lines.put_nowait, line)
        loop.call_soon_threadsafe(lines.put_nowait, b"")

    threading.Thread(target=read, daemon=True).start()
    host = Host(say)
    running: set[asyncio.Task[None]] = set()
    say({"ready": version, "bytes": _resident()})
    while line := await lines.get():
        task = loop.create_task(host.hear(json.loads(line)))
        running.add(task)
        task.add_done_callback(running.discard)


def main() -> None:
    """Serve until the input ends; what anybody prints goes where errors go."""
    line_in, line_out = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    try:
        version = _prepare()
    except ImportError as error:
        line_out.write(json.dumps({"missing": str(error)}).encode("ascii") + b"\n")
        line_out.flush()
        return
    asyncio.run(_serve(line_in, line_out, version))


if __name__ == "__main__":
    main()
    sys.stderr.flush()
    os._exit(0)  # LightRAG's threads and its clients' would hold it up; what was to stay is written

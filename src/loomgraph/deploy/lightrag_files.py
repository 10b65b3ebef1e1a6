"""What plain LightRAG left in files: folders of its instances, and their graphs as rows of a ``custom_kg``.

Everything is read and nothing changed. LightRAG keeps no direction of a relation: where a description names both ends,
the one that it names first is taken for the source. This module must not know where rows go.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

from loomgraph.deploy import dotenv

GRAPH = "graph_chunk_entity_relation.graphml"
_CHUNKS = "kv_store_text_chunks.json"
_BETWEEN = "<SEP>"  # stands between the values of what several texts say
_NOTHING = frozenset({"", "UNKNOWN", "unknown_source", "custom_kg"})
_SPACE = "{http://graphml.graphdrawing.org/xmlns}"

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Found:
    """An instance of LightRAG: its folder, its variables, where its files are; why they cannot be read, else ""."""

    name: str
    folder: Path
    variables: Mapping[str, str]
    files: Path
    problem: str = ""


@dataclass(frozen=True, slots=True)
class Counts:
    """How much a graph holds."""

    entities: int
    relations: int
    chunks: int


def instances_in(folder: Path) -> list[Found]:
    """The instances below ``folder``, by name: every folder there with a ``.env``."""
    return [_found(one) for one in sorted(folder.iterdir()) if (one / ".env").is_file()]


def _found(folder: Path) -> Found:
    variables = dotenv.read_file(folder / ".env")
    working = folder / variables.get("WORKING_DIR", "./rag_storage")
    workspace = variables.get("WORKSPACE", "")
    files = working / workspace if workspace else working
    storage = variables.get("LIGHTRAG_GRAPH_STORAGE", "NetworkXStorage")
    problem = ""
    if storage != "NetworkXStorage":
        problem = f"its graph is not in files but in {storage}"
    elif not (files / GRAPH).is_file():
        problem = f"there is no {GRAPH} in {files}"
    return Found(folder.name, folder, variables, files, problem)


def rows(files: Path) -> tuple[dict[str, list[Row]], Counts]:
    """The graph in these files as the rows of a ``custom_kg``, and how much LightRAG itself counts there."""
    chunks = _chunks(files / _CHUNKS)
    sources = {key: _source(key, chunk) for key, chunk in chunks.items()}
    entities: list[Row] = []
    relations: list[Row] = []
    for tag, plain in _graph(files / GRAPH):
        place = _place(plain, sources)
        if tag == "node":
            entities.append({
                "entity_name": plain["id"], "entity_type": plain.get("entity_type") or "UNKNOWN",
                "description": _said(plain), **place,
            })  # fmt: skip
        else:
            source, target = _ends(plain)
            relations.append({
                "src_id": source, "tgt_id": target, "description": _said(plain), "keywords": plain.get("keywords", ""),
                "weight": float(plain.get("weight") or 1.0), **place,
            })  # fmt: skip
    given = [
        {"content": chunk["content"], "source_id": source, "file_path": path, "chunk_order_index": order}
        for (source, path), order, chunk in _ordered(chunks, sources)
    ]
    counts = Counts(len(entities), len(relations), len(chunks))
    return {"chunks": given, "entities": entities, "relationships": relations}, counts


def _chunks(path: Path) -> dict[str, Row]:
    if not path.is_file():
        return {}
    found: dict[str, Row] = json.loads(path.read_text("utf-8"))
    return {key: chunk for key, chunk in found.items() if chunk.get("content")}


def _source(key: str, chunk: Row) -> tuple[str, str]:
    """The source and the file of a chunk. Of a path, LightRAG keeps the last part as the file."""
    source, path = str(chunk.get("source_id") or key), str(chunk.get("file_path") or "")
    if path in _NOTHING:
        path = ""
    files = (source, source.rpartition(":")[0])
    return source, next((one for one in files if path and one.endswith(f"/{path}")), path)


def _ordered(
    chunks: Mapping[str, Row], sources: Mapping[str, tuple[str, str]]
) -> Iterator[tuple[tuple[str, str], int, Row]]:
    """Chunks, each with its place among those of its source: several of one source are all to be kept."""
    orders: dict[str, set[int]] = {}
    for key, chunk in chunks.items():
        taken = orders.setdefault(sources[key][0], set())
        order = int(chunk.get("chunk_order_index") or 0)
        while order in taken:
            order += 1
        taken.add(order)
        yield sources[key], order, chunk


def _graph(path: Path) -> Iterator[tuple[str, dict[str, str]]]:
    """The nodes and edges of a file, each with its attributes by name, while it is read."""
    names: dict[str, str] = {}
    for _, element in ElementTree.iterparse(path):
        tag = element.tag.removeprefix(_SPACE)
        if tag == "key":
            names[element.attrib["id"]] = element.attrib["attr.name"]
        elif tag in ("node", "edge"):
            plain = dict(element.attrib)
            for data in element.iter(f"{_SPACE}data"):
                plain[names.get(data.attrib["key"], data.attrib["key"])] = data.text or ""
            yield tag, plain
            element.clear()


def _place(plain: Mapping[str, str], sources: Mapping[str, tuple[str, str]]) -> Row:
    """Where a row comes from: the first of its chunks that is there, else the first file that it names."""
    for key in plain.get("source_id", "").split(_BETWEEN):
        if key in sources:
            source, path = sources[key]
            return {"source_id": source, "file_path": path}
    paths = (one for one in plain.get("file_path", "").split(_BETWEEN) if one not in _NOTHING)
    return {"source_id": "", "file_path": next(paths, "")}


def _said(plain: Mapping[str, str]) -> str:
    parts = [one for one in plain.get("description", "").split(_BETWEEN) if one not in _NOTHING]
    return "\n".join(dict.fromkeys(parts))


def _ends(plain: Mapping[str, str]) -> tuple[str, str]:
    source, target = plain["source"], plain["target"]
    said = plain.get("description", "")
    first, second = said.find(source), said.find(target)
    return (target, source) if 0 <= second < first else (source, target)

"""Vectors in files beside a graph, mapped into memory when a question comes.

The graph's vectors lie in the store, file by file; what lies here is made from them and may be deleted at any time.
Of few rows it holds copies, of many only the bytes that they are compared by, a half of what the store needs. A
base holds the rows of all files at one moment, a delta those of the files that have changed since; the base is made
anew when a quarter of it is out of date. Rows are known by a key of the content that they were made from and are used
for that content alone, so nothing here is trusted to be as new as the graph. A file appears whole under its name or
not at all, whoever else writes the same one at the same time. It must not know what is asked.
"""

from __future__ import annotations

import contextlib
import os
import struct
import threading
import time
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from hashlib import blake2b
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

import numpy as np

from loomgraph.retrieve import hnsw
from loomgraph.retrieve.vectors import Block, Neighbours, Part, VectorTable, block_of, squeezed

if TYPE_CHECKING:
    from loomgraph.store.base import FileRecord, Reader

FOLDER = "vectors"
_WHOLE, _BYTES = b"LOOMVEC1", b"LOOMVEC2"  # with the rows as they are stored, and without
_HEAD = struct.Struct("<8sIIQQf16s")  # magic, dimension, files, rows, bytes of names, error, digest of the directory
_KEY = 16
_ALIGN = 64
_STALE = 0.25  # share of a base that may be out of date
_OLD = 3600.0  # seconds after which a half-written file is nobody's any more
_BATCH = 256  # files whose vectors are in memory at a time
_MANY = 16_384  # rows of which no second copy is kept


def content_keys(files: Iterable[FileRecord], described: str) -> dict[str, bytes]:
    """For each file the key of what its vectors are made from: ``described`` names the model and the rules."""
    common = blake2b(described.encode("utf-8", "surrogatepass"), digest_size=_KEY)
    found = {}
    for record in files:
        one = common.copy()
        given = record.mtime_ns if record.inserted else 0
        one.update(f"{record.path}\0{record.facts_key}\0{given}".encode("utf-8", "surrogatepass"))
        found[record.path] = one.digest()
    return found


def open_vectors(
    reader: Reader, folder: Path | None, files: Iterable[FileRecord], keys: Mapping[str, bytes], dimension: int,
    prepare: bool = False,
) -> VectorTable:  # fmt: skip
    """The vectors of ``reader``'s graph of ``files``: those of the files in ``folder``, the rest from the graph.

    What was missing is written to ``folder`` for the next time, if that can be done; with None all is in memory.
    ``prepare`` makes an index, too, where there are rows enough for one: it takes its time.
    """
    paths = [record.path for record in files]
    base = _newest_base(folder, dimension) if folder is not None else None
    if base is None:
        made = _rebuilt(reader, folder, keys, dimension, None)
        return VectorTable([Part(made, None, _index(folder, made, prepare))], paths)
    old = dict(zip(base.paths, base.keys, strict=True))
    missing = [path for path, key in keys.items() if old.get(path) != key]
    dead = [at for at, path in enumerate(base.paths) if keys.get(path) != base.keys[at]]
    stale = sum(base.starts[at + 1] - base.starts[at] for at in dead)
    if max(stale, 1) > _STALE * len(base) or len(missing) > max(_STALE * len(old), 8):
        made = _rebuilt(reader, folder, keys, dimension, base)
        return VectorTable([Part(made, None, _index(folder, made, prepare))], paths)
    parts = [Part(base, _mask(base, dead), _index(folder, base, prepare))]
    if missing:
        parts.append(Part(_delta(reader, folder, {path: keys[path] for path in missing}, dimension)))
    return VectorTable(parts, paths)


def _index(folder: Path | None, base: Block, prepare: bool) -> Neighbours | None:
    """The index of a base that is large enough to need one."""
    if folder is None or len(base) < hnsw.FROM:
        return None
    path = folder / f"base-{_digest(dict(zip(base.paths, base.keys, strict=True)))}{hnsw.SUFFIX}"
    found = hnsw.load(path, base)
    if found is None and prepare and hnsw.make(base, path):
        found = hnsw.load(path, base)
    return found


def _mask(base: Block, dead: Sequence[int]) -> np.ndarray[tuple[int], np.dtype[np.bool_]] | None:
    if not dead:
        return None
    mask = np.zeros(len(base), np.bool_)
    for at in dead:
        mask[base.starts[at] : base.starts[at + 1]] = True
    return mask


# -- making -------------------------------------------------------------------------------------------------------


def _rebuilt(
    reader: Reader, folder: Path | None, keys: Mapping[str, bytes], dimension: int, old: Block | None
) -> Block:
    """A base of every file, unchanged rows taken from the old one; the files before it are taken away."""
    made = _written(folder, f"base-{_digest(keys)}", keys, _rows_of(reader, keys, old), dimension)
    if made is None:
        found = dict(_rows_of(reader, keys, old))
        return block_of(list(found), [keys[path] for path in found], list(found.values()), dimension)
    if folder is not None:
        _tidy(folder, keep=f"base-{_digest(keys)}", prefixes=("base-", "delta-"))
    return made


def _delta(reader: Reader, folder: Path | None, keys: Mapping[str, bytes], dimension: int) -> Block:
    """A block of the files that changed, as it was written before or made now."""
    name = f"delta-{_digest(keys)}"
    if folder is not None and (known := _load(folder / f"{name}.vec", dimension)) is not None:
        return known
    found = dict(_rows_of(reader, keys, None))
    made = _written(folder, name, keys, found.items(), dimension)
    if made is not None and folder is not None:
        _tidy(folder, keep=name, prefixes=("delta-",))
        return made
    return block_of(list(found), [keys[path] for path in found], list(found.values()), dimension)


def _rows_of(reader: Reader, keys: Mapping[str, bytes], old: Block | None) -> Iterator[tuple[str, bytes]]:
    """The stored vectors of every file of ``keys`` by path: a file without any has none, and is named all the same."""
    rows = old.rows if old is not None else None
    places = {key: at for at, key in enumerate(old.keys)} if old is not None and rows is not None else {}
    paths = sorted(keys)
    for start in range(0, len(paths), _BATCH):
        batch = paths[start : start + _BATCH]
        new = dict(reader.vectors([path for path in batch if keys[path] not in places]))
        for path in batch:
            at = places.get(keys[path])
            if at is not None and old is not None and rows is not None:
                yield path, rows[old.starts[at] : old.starts[at + 1]].tobytes()
            else:
                yield path, new.get(path, b"")


def _digest(keys: Mapping[str, bytes]) -> str:
    return blake2b(b"".join(keys[path] for path in sorted(keys)), digest_size=_KEY).hexdigest()


# -- files --------------------------------------------------------------------------------------------------------


def _newest_base(folder: Path, dimension: int) -> Block | None:
    """The base written last that can be read."""
    found = []
    with contextlib.suppress(OSError):
        for path in folder.glob("base-*.vec"):
            with contextlib.suppress(OSError):
                found.append((path.stat().st_mtime_ns, path))
    blocks = (_load(path, dimension) for _, path in sorted(found, reverse=True))
    return next((block for block in blocks if block is not None), None)


def _written(
    folder: Path | None, name: str, keys: Mapping[str, bytes], files: Iterable[tuple[str, bytes]], dimension: int
) -> Block | None:
    """Write a block and map it; None when it cannot be written here."""
    if folder is None:
        return None
    try:
        folder.mkdir(exist_ok=True)  # never its parents: a project that is gone must not come back
        draft = folder / f"new-{os.getpid()}-{threading.get_ident()}"
        try:
            with open(draft, "wb") as file:
                _fill(file, keys, files, dimension)
            os.replace(draft, folder / f"{name}.vec")
        except BaseException:
            with contextlib.suppress(OSError):
                draft.unlink()
            raise
    except OSError:
        return None
    return _load(folder / f"{name}.vec", dimension)


def _fill(file: BinaryIO, keys: Mapping[str, bytes], files: Iterable[tuple[str, bytes]], dimension: int) -> None:
    """Rows unless they are many, bytes and scales made from them, the directory, and at last the head that makes it a
    file."""
    paths: list[str] = []
    starts = [0]
    small: list[bytes] = []
    scales: list[bytes] = []
    error = 0.0
    file.write(b"\0" * _padded(_HEAD.size))
    for path, data in files:
        paths.append(path)
        starts.append(starts[-1] + len(data) // (2 * dimension))
        if data:
            if starts[-1] < _MANY:
                file.write(data)
            some, scale, off = squeezed(np.frombuffer(data, "<f2").reshape(-1, dimension))
            small.append(some.tobytes())
            scales.append(scale.tobytes())
            error = max(error, off)
    names = b"\0".join(path.encode("utf-8", "surrogatepass") for path in paths)
    rows = starts[-1]
    if rows >= _MANY:
        file.seek(_padded(_HEAD.size))
        file.truncate()
    directory = b"".join(keys[path] for path in paths) + np.asarray(starts, "<u8").tobytes() + names
    for section in (small, scales):
        file.write(b"\0" * (_padded(file.tell()) - file.tell()))
        for part in section:
            file.write(part)
    file.write(b"\0" * (_padded(file.tell()) - file.tell()))
    file.write(directory)
    digest = blake2b(directory, digest_size=16).digest()
    file.seek(0)
    file.write(_HEAD.pack(_BYTES if rows >= _MANY else _WHOLE, dimension, len(paths), rows, len(names), error, digest))


def _load(path: Path, dimension: int) -> Block | None:
    """A block mapped from its file; None when there is none, or it is not one of this dimension, whole."""
    try:
        with open(path, "rb") as file:
            head = file.read(_HEAD.size)
            magic, width, files, rows, names_size, error, digest = _HEAD.unpack(head)
            whole = magic == _WHOLE
            at_small = _padded(_padded(_HEAD.size) + 2 * rows * dimension * whole)
            at_scales = _padded(at_small + rows * dimension)
            at_directory = _padded(at_scales + 4 * rows)
            size = at_directory + _KEY * files + 8 * (files + 1) + names_size
            if magic not in (_WHOLE, _BYTES) or width != dimension or os.fstat(file.fileno()).st_size != size:
                return None
            file.seek(at_directory)
            directory = file.read()
            if blake2b(directory, digest_size=16).digest() != digest:
                return None
            shape = (rows, dimension)
            mapped = np.memmap(file, np.uint8, "r") if rows else np.zeros(at_directory, np.uint8)
    except (OSError, struct.error, ValueError):
        return None
    at_rows = _padded(_HEAD.size)
    names = directory[_KEY * files + 8 * (files + 1) :]
    return Block(
        [name.decode("utf-8", "surrogatepass") for name in names.split(b"\0")] if files else [],
        [directory[at : at + _KEY] for at in range(0, _KEY * files, _KEY)],
        np.frombuffer(directory, "<u8", files + 1, _KEY * files).tolist(),
        mapped[at_rows : at_rows + 2 * rows * dimension].view("<f2").reshape(shape) if whole else None,
        mapped[at_small : at_small + rows * dimension].view(np.int8).reshape(shape),
        mapped[at_scales : at_scales + 4 * rows].view("<f4"),
        error,
        mapped=True,
    )


def _padded(size: int) -> int:
    return -(-size // _ALIGN) * _ALIGN


def _tidy(folder: Path, keep: str, prefixes: Collection[str]) -> None:
    """Take away what the file ``keep`` has replaced, and what somebody has left half-written."""
    for path in folder.iterdir():
        with contextlib.suppress(OSError):
            replaced = path.stem != keep and path.name.startswith(tuple(prefixes))
            if replaced or (path.name.startswith("new-") and path.stat().st_mtime < time.time() - _OLD):
                path.unlink()

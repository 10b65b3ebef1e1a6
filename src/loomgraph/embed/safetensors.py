"""The tensors of a safetensors file, mapped into memory: length of the header, header in JSON, data.

This module must not know what the tensors are for.
"""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

_KINDS = {"F64": "<f8", "F32": "<f4", "F16": "<f2", "I64": "<i8", "I32": "<i4", "I8": "<i1", "U8": "<u1"}
_LONGEST_HEADER = 100_000_000  # bytes, as in the format's own library


def tensors(path: Path) -> dict[str, NDArray[Any]]:
    """Every tensor by its name. Raises ``ValueError`` with words that say what is wrong, and ``OSError``."""
    entries, start = header(path)
    size = path.stat().st_size
    return {name: _tensor(path, name, entry, start, size) for name, entry in entries.items()}


def header(path: Path) -> tuple[dict[str, Any], int]:
    """What the file says of each tensor, and where the data begin. Raises as ``tensors``."""
    size = path.stat().st_size
    with open(path, "rb") as file:
        length = int.from_bytes(file.read(8), "little")
        if length > min(size - 8, _LONGEST_HEADER):
            raise ValueError("it is no safetensors file, or a part of one")
        found = json.loads(file.read(length))
    if not isinstance(found, dict):
        raise ValueError("its header is no table of tensors")
    return {name: entry for name, entry in found.items() if name != "__metadata__"}, 8 + length


def _tensor(path: Path, name: str, entry: Any, start: int, size: int) -> NDArray[Any]:
    try:
        first, end = entry["data_offsets"]
        shape, kind = tuple(map(int, entry["shape"])), str(entry["dtype"])
    except (KeyError, TypeError, ValueError):
        raise ValueError(f"its header does not say what the tensor {name} is") from None
    if kind not in _KINDS:
        raise ValueError(f"the numbers of the tensor {name} are {kind}; known are {', '.join(_KINDS)}")
    if not 0 <= first <= end <= size - start or end - first != math.prod(shape) * np.dtype(_KINDS[kind]).itemsize:
        raise ValueError(f"the data of the tensor {name} is cut short")
    if first == end:
        return np.zeros(shape, _KINDS[kind])
    mapped = np.memmap(path, _KINDS[kind], "r", offset=start + first, shape=shape)
    return mapped.view(np.ndarray)  # reading rows of a memmap makes memmaps

"""How much memory this process has really taken, and how to hand back what it no longer uses.

Engines report what they hold; this is what their reports are checked against. This module must not know engines.
"""

from __future__ import annotations

import contextlib
import functools
import os
import sys
from collections.abc import Callable


def private_bytes() -> int:
    """Bytes of memory that belong to this process alone, without what it maps from files; 0 where nobody says."""
    try:
        with open("/proc/self/statm", "rb") as statm:
            _, resident, shared, *_ = map(int, statm.read().split())
    except OSError:
        return 0
    return (resident - shared) * os.sysconf("SC_PAGE_SIZE")


def hand_back() -> None:
    """Give memory that was freed back to the system, where the C library keeps it for itself."""
    trim = _trimmer()
    if trim is not None:
        trim(0)


@functools.cache
def _trimmer() -> Callable[[int], int] | None:
    if not sys.platform.startswith("linux"):
        return None
    import ctypes

    with contextlib.suppress(OSError, AttributeError):
        trim: Callable[[int], int] = ctypes.CDLL(None).malloc_trim
        return trim
    return None

"""Tells malloc to keep little for later (glibc; elsewhere nothing is changed).

Left alone it gives each of a daemon's dozen threads a heap of its own, each of which grows to what was once needed
there at once, and keeps what a large mail took in case that another comes.
"""

from __future__ import annotations

import ctypes

_MARK = 1 << 20
"""What is larger comes from the system and goes back to it."""
_HEAPS = 2
_TRIM_THRESHOLD, _MMAP_THRESHOLD, _ARENA_MAX = -1, -3, -8  # malloc.h


def keep_little() -> None:
    """Before the first thread starts."""
    try:
        mallopt = ctypes.CDLL(None).mallopt
    except (OSError, AttributeError):
        return
    for what, value in ((_ARENA_MAX, _HEAPS), (_MMAP_THRESHOLD, _MARK), (_TRIM_THRESHOLD, _MARK)):
        mallopt(what, value)

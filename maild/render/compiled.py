"""Templates that this process has compiled and tried before: a reload has only those to do that changed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import jinja2
from jinja2.bccache import Bucket

Sources = Mapping[str, tuple[str, str | None]]
"""Name → what it says, and its file."""


class Compiled(jinja2.BytecodeCache):
    def __init__(self) -> None:
        self._codes: dict[str, tuple[str, Any]] = {}
        self._sound: set[str] = set()

    def load_bytecode(self, bucket: Bucket) -> None:
        checksum, code = self._codes.get(bucket.key, ("", None))
        if checksum == bucket.checksum:
            bucket.code = code

    def dump_bytecode(self, bucket: Bucket) -> None:
        self._codes[bucket.key] = (bucket.checksum, bucket.code)

    def are_known(self, fallback: str, sources: Sources) -> bool:
        """Whether exactly these were found sound."""
        return self._all(fallback, sources) in self._sound

    def know(self, fallback: str, sources: Sources) -> None:
        self._sound.add(self._all(fallback, sources))

    def _all(self, fallback: str, sources: Sources) -> str:
        return self.get_source_checksum(repr((fallback, sorted(sources.items()))))


COMPILED = Compiled()

"""How a setting is declared: its meaning, default, example and check stand beside its name and type, once."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import MISSING, field
from typing import Any

Check = Callable[[Any], str | None]
"""Says what is wrong with a value, or None."""


def setting(doc: str, default: Any = MISSING, *, example: str | None = None, check: Check | None = None) -> Any:
    """One setting: what it is for, its default (none: it must be given), an example for the sample file."""
    return field(default=default, metadata={"doc": doc, "example": example, "check": check})


def section(doc: str, kind: type[Any], *, many: bool = False) -> Any:
    """A table of settings, or several."""
    factory: Callable[[], Any] = tuple if many else kind
    return field(default_factory=factory, metadata={"doc": doc, "kind": kind, "many": many})


def one_of(*words: str) -> Check:
    return lambda value: None if value in words else f"must be one of {', '.join(words)}"


def key_of(name: str) -> str:
    """How a field is written in the file: `from_` is `from`."""
    return name.rstrip("_")

"""The annotated sample file and the reference page, both made from the declarations in `model.py`."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import MISSING, Field, fields
from datetime import timedelta
from typing import Any

from maild.settings.declare import key_of
from maild.settings.model import Oauth2Settings, Settings
from maild.settings.process_model import HoursSettings, QueueTimersSettings
from maild.settings.rule_model import ExpectSettings, RuleSetSettings
from maild.settings.spans import format_span

_HEAD = """\
# maild: configuration. What stands behind a # is the default, or an example; take the # away to change it.
# Spans of time are written "30m", "48h", "14d". `maild check` says what is wrong and what to do next.
"""
TABLES: dict[str, type[Any]] = {
    "oauth2": Oauth2Settings,
    "set": RuleSetSettings,
    "expect": ExpectSettings,
    "hours": HoursSettings,
    "timers": QueueTimersSettings,
}
"""Settings that are tables themselves."""
_SHOWN_OPEN = ("desk", "mailbox", "smtp", "agent")


def sample() -> str:
    """A whole maild.toml: required keys open, all others as comments with their defaults."""
    return _HEAD + "".join("\n" + "".join(_sample_section(section)) for section in fields(Settings))


def _sample_section(section: Field[Any]) -> Iterator[str]:
    kind, many = section.metadata["kind"], section.metadata["many"]
    name = f"[[{section.name}]]" if many else f"[{section.name}]"
    shown = section.name in _SHOWN_OPEN
    yield f"# {section.metadata['doc']}\n"
    yield f"{'' if shown else '# '}{name}\n"
    for one in fields(kind):
        default, example = one.default, one.metadata.get("example")
        if default is None and example is None:  # a table of its own
            continue
        required = default is MISSING and shown
        value = example or (f'"{_example_of(one.name)}"' if default is MISSING else _toml(default))
        yield f"{'' if required else '# '}{key_of(one.name)} = {value}    # {one.metadata['doc']}\n"


def reference() -> str:
    """docs/configuration.md, below its first paragraph."""
    parts = []
    for section in fields(Settings):
        kind, many = section.metadata["kind"], section.metadata["many"]
        title = f"[[{section.name}]]" if many else f"[{section.name}]"
        rows = "".join(_row(one, "") for one in fields(kind))
        parts.append(
            f"## `{title}`\n\n{section.metadata['doc']}\n\n| key | default | meaning |\n|---|---|---|\n{rows}"
        )
    return "\n".join(parts)


def _row(one: Field[Any], prefix: str) -> str:
    if one.name in TABLES:
        return "".join(_row(inner, f"{one.name}.") for inner in fields(TABLES[one.name]))
    default = "must be given" if one.default is MISSING else f"`{_toml(one.default)}`"
    doc = one.metadata["doc"].replace("|", "\\|")
    return f"| `{prefix}{key_of(one.name)}` | {default} | {doc} |\n"


def _example_of(name: str) -> str:
    return {"address": "ann@example.com", "name": "billing"}.get(name, name)


def _toml(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, timedelta):
        return f'"{format_span(value)}"'
    if isinstance(value, tuple):
        return "[" + ", ".join(f'"{one}"' for one in value) + "]"
    return f'"{value}"' if isinstance(value, str) else str(value)

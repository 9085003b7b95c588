"""Reads the configuration file. Everything wrong with it is said at once: file, line, key, and the next step."""

from __future__ import annotations

import difflib
import os
import re
import tomllib
import types
import typing
from dataclasses import MISSING, fields
from datetime import timedelta
from pathlib import Path
from typing import Any, TypeVar

from maild.errors import UserError
from maild.settings.declare import key_of
from maild.settings.model import Settings
from maild.settings.spans import parse_span
from maild.transport.lmtp_access import MAILBOX as LMTP_MAILBOX
from maild.transport.lmtp_access import parse_listen

PLACES = ("maild.toml", "/etc/maild/maild.toml")
T = TypeVar("T")


def find(given: str | None) -> Path:
    """The file to read: -c, else $MAILD_CONFIG, else ./maild.toml, else /etc/maild/maild.toml."""
    named = given or os.environ.get("MAILD_CONFIG")
    if named:
        return Path(named)
    for place in PLACES:
        if Path(place).is_file():
            return Path(place)
    raise UserError(
        f"no configuration: neither {' nor '.join(PLACES)} is there. `maild init` writes one, -c names one"
    )


def load(path: Path) -> Settings:
    """The settings in a file. Raises UserError."""
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError as error:
        raise UserError(f"{path}: there is no such file; `maild init` writes one") from error
    except (OSError, UnicodeDecodeError) as error:
        raise UserError(f"{path}: cannot be read: {error}") from error
    return parse(text, str(path))


def parse(text: str, name: str) -> Settings:
    """The settings in a text; `name` is what errors call it."""
    return parse_as(Settings, text, name)


def parse_as(kind: type[T], text: str, name: str) -> T:
    """A text whose tables are those of this dataclass. Raises UserError."""
    try:
        table = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        hint = (
            "; texts and spans of time stand in quotes" if "Expected" in str(error) or "Invalid" in str(error) else ""
        )
        raise UserError(f"{name}: not TOML: {error}{hint}") from error
    reader = _Reader(name, lines_of_keys(text))
    read = reader.table(kind, table, "")
    if isinstance(read, Settings) and not reader.problems:
        _contradictions(read, reader)
    if reader.problems or read is None:
        raise UserError("\n".join(reader.problems))
    return read


class _Reader:
    def __init__(self, name: str, lines: dict[str, int]) -> None:
        self._name = name
        self._lines = lines
        self.problems: list[str] = []

    def table(self, kind: type[T], table: dict[str, Any], path: str) -> T | None:
        """A table as this dataclass; what is wrong is added to `problems`."""
        hints = typing.get_type_hints(kind)
        declared = {key_of(f.name): f for f in fields(kind)}  # type: ignore[arg-type]
        before = len(self.problems)
        values: dict[str, Any] = {}
        for key, value in table.items():
            where = f"{path}.{key}" if path else key
            if key not in declared:
                near = difflib.get_close_matches(key, declared, n=1)
                home = _home_of(key)
                hint = f"did you mean {near[0]}?" if near else f"known are {', '.join(declared)}"
                hint = f"it belongs under {home}; is that line still commented out?" if home and not near else hint
                self.wrong(where, f"unknown key; {hint}")
                continue
            values[declared[key].name] = self._value(declared[key], hints[declared[key].name], value, where)
        for key, one in declared.items():
            if one.name not in values and one.default is MISSING and one.default_factory is MISSING:
                self.wrong(f"{path}.{key}" if path else key, "is missing", at=path)
        return kind(**values) if len(self.problems) == before else None

    def wrong(self, where: str, what: str, at: str | None = None) -> None:
        line = self._lines.get(where) or self._lines.get(at if at is not None else where)
        above = where
        while not line and "." in above:  # a key of a table that is written on one line
            above = above.rpartition(".")[0]
            line = self._lines.get(above)
        place = f"{self._name}:{line}" if line else self._name
        self.problems.append(f"{place}: {_spoken(where)}: {what}")

    def _value(self, declared: Any, hint: Any, value: Any, where: str) -> Any:
        kind = declared.metadata.get("kind")
        if kind is not None:
            return self._section(kind, declared.metadata["many"], value, where)
        try:
            converted = self._convert(hint, value, where)
        except ValueError as error:
            self.wrong(where, str(error))
            return None
        check = declared.metadata.get("check")
        problem = check(converted) if check is not None and converted is not None else None
        if problem:
            self.wrong(where, problem)
        return converted

    def _section(self, kind: type[Any], many: bool, value: Any, where: str) -> Any:
        if many:
            if not isinstance(value, list) or not all(isinstance(one, dict) for one in value):
                self.wrong(where, f"is written [[{where}]], once for each")
                return ()
            return tuple(self.table(kind, one, f"{where}.{number}") for number, one in enumerate(value))
        if not isinstance(value, dict):
            self.wrong(where, f"is a table, written [{where}]")
            return None
        return self.table(kind, value, where)

    def _convert(self, hint: Any, value: Any, where: str) -> Any:
        if isinstance(hint, types.UnionType):
            (inner,) = (one for one in typing.get_args(hint) if one is not type(None))
            if not isinstance(value, dict):
                raise ValueError("must be a table, { … }")
            return self.table(inner, value, where)
        if hint is timedelta:
            if not isinstance(value, str):
                raise ValueError(f'must be a span of time in quotes, such as "48h", not {_type(value)}')
            return parse_span(value)
        if typing.get_origin(hint) is tuple:
            if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
                raise ValueError(f'must be a list of texts, such as ["a", "b"], not {_type(value)}')
            return tuple(value)
        if type(value) is not hint:
            raise ValueError(f"must be {_NAMES[hint]}, not {_type(value)}")
        return value


def _home_of(key: str) -> str | None:
    """The one section that has such a key."""
    homes = [
        f"[[{section.name}]]" if section.metadata["many"] else f"[{section.name}]"
        for section in fields(Settings)
        if key in {key_of(one.name) for one in fields(section.metadata["kind"])}
    ]
    return homes[0] if len(homes) == 1 else None


_NAMES = {str: "a text in quotes", bool: "true or false", int: "a whole number"}


def _type(value: Any) -> str:
    """What was found instead, without showing it: it may be a misplaced password."""
    names = {
        str: "a text",
        bool: "true or false",
        int: "a number",
        float: "a number",
        list: "a list",
        dict: "a table",
    }
    return names.get(type(value), "something else")


def _spoken(where: str) -> str:
    """`agent.1.address` as `[[agent]] number 2, address`."""
    words = where.split(".")
    if len(words) > 1 and words[1].isdigit():
        rest = ".".join(words[2:])
        return f"[[{words[0]}]] number {int(words[1]) + 1}" + (f", {rest}" if rest else "")
    return f"[{words[0]}] {'.'.join(words[1:])}" if len(words) > 1 else where


def _wrong_vendors(settings: Settings, reader: _Reader) -> None:
    ours = {settings.desk.address.lower(), *(q.address.lower() for q in settings.queue)}
    ours |= {agent.address.lower() for agent in settings.agent}
    for number, vendor in enumerate(settings.vendor):
        if vendor.address.lower() in ours:
            reader.wrong(f"vendor.{number}.address", "is one of ours; a vendor is somebody outside")


def _contradictions(settings: Settings, reader: _Reader) -> None:
    """What is right by itself but not together."""
    for kind in ("mailbox", "agent", "queue", "vendor", "calendar"):
        seen: set[str] = set()
        for number, one in enumerate(getattr(settings, kind)):
            name = one.address.lower() if kind == "agent" else one.name
            if name in seen:
                reader.wrong(f"{kind}.{number}", f"there is another one called {name}")
            seen.add(name)
    queues = {queue.name for queue in settings.queue} or {"support"}
    for number, mailbox in enumerate(settings.mailbox):
        if mailbox.queue and mailbox.queue not in queues:
            reader.wrong(
                f"mailbox.{number}.queue", f"there is no queue {mailbox.queue}; there are {', '.join(sorted(queues))}"
            )
        if mailbox.name == LMTP_MAILBOX:
            reader.wrong(f"mailbox.{number}.name", "is kept for mail that comes by LMTP; give it another name")
    _wrong_calendars(settings, reader)
    for number, pool in enumerate(settings.queue):
        spans = pool.timers
        warn = parse_span(spans.warn_after) if spans and spans.warn_after else settings.timers.warn_after
        close = (
            parse_span(spans.auto_close_after)
            if spans and spans.auto_close_after
            else settings.timers.auto_close_after
        )
        if spans and close <= warn:
            reader.wrong(f"queue.{number}.timers.auto_close_after", "must be longer than warn_after")
    _wrong_vendors(settings, reader)
    for number, target in enumerate(settings.target):
        for name in target.queue:
            if name not in queues:
                reader.wrong(
                    f"target.{number}.queue", f"there is no queue {name}; there are {', '.join(sorted(queues))}"
                )
    lmtp = settings.lmtp
    if lmtp.queue and lmtp.queue not in queues:
        reader.wrong("lmtp.queue", f"there is no queue {lmtp.queue}; there are {', '.join(sorted(queues))}")
    if lmtp.listen and not lmtp.allow_remote and not parse_listen(lmtp.listen).is_local:
        reader.wrong(
            "lmtp.listen",
            "other machines reach this address, and whoever does may deliver; take 127.0.0.1, or say allow_remote",
        )
    for number, agent in enumerate(settings.agent):
        for queue in agent.queues:
            if queue not in queues:
                reader.wrong(
                    f"agent.{number}.queues", f"there is no queue {queue}; there are {', '.join(sorted(queues))}"
                )
        if agent.address.lower() in {settings.desk.address.lower(), *(q.address.lower() for q in settings.queue)}:
            reader.wrong(f"agent.{number}.address", "is the desk's own address; mail to it would come back as a loop")
    if settings.watch.tell.lower() in {
        settings.desk.address.lower(),
        *(q.address.lower() for q in settings.queue),
    } - {""}:
        reader.wrong("watch.tell", "is the desk's own address; it must be one that is read when the desk is not")
    if settings.timers.auto_close_after <= settings.timers.warn_after:
        reader.wrong("timers.auto_close_after", "must be longer than warn_after")
    if settings.auth.mode == "token+authres" and not settings.auth.trusted:
        reader.wrong("auth.trusted", "must name an authserv-id when mode is token+authres", at="auth.mode")


def _wrong_calendars(settings: Settings, reader: _Reader) -> None:
    known = [calendar.name for calendar in settings.calendar]
    there = f"there are {', '.join(known)}" if known else "there is no [[calendar]] at all"
    named = [(f"queue.{number}", queue.calendar) for number, queue in enumerate(settings.queue)]
    named += [(f"agent.{number}", agent.calendar) for number, agent in enumerate(settings.agent)]
    for where, calendar_name in named:
        if calendar_name and calendar_name not in known:
            reader.wrong(f"{where}.calendar", f"there is no calendar {calendar_name}; {there}")
    for number, calendar in enumerate(settings.calendar):
        hours = calendar.hours
        if hours is not None and not any(getattr(hours, day.name).strip(" ,") for day in fields(hours)):
            reader.wrong(f"calendar.{number}.hours", "name no hours at all; nothing would ever be due")


_HEADER = re.compile(r"\s*(\[\[?)\s*([A-Za-z0-9_.\"-]+)\s*\]\]?")
_KEY = re.compile(r"\s*([A-Za-z0-9_-]+)\s*[=.]")


def lines_of_keys(text: str) -> dict[str, int]:
    """Dotted key → line number; tables in arrays are numbered from 0."""
    lines: dict[str, int] = {}
    counts: dict[str, int] = {}
    path = ""
    for number, line in enumerate(text.splitlines(), 1):
        if header := _HEADER.match(line):
            name = header.group(2)
            if header.group(1) == "[[":
                path = f"{name}.{counts.get(name, 0)}"
                counts[name] = counts.get(name, 0) + 1
            else:
                path = name
                head, _, rest = name.partition(".")
                if head in counts and rest:
                    path = f"{head}.{counts[head] - 1}.{rest}"
            lines.setdefault(path, number)
        elif key := _KEY.match(line):
            lines.setdefault(f"{path}.{key.group(1)}" if path else key.group(1), number)
    return lines

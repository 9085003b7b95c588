"""What the value of a setting must be like. Each takes a value of the right type and says what is wrong, or None."""

from __future__ import annotations

import zoneinfo
from collections.abc import Callable
from datetime import timedelta

from maild.transport.lmtp_access import parse_listen


def is_address(value: str) -> str | None:
    local, at, domain = value.rpartition("@")
    good = local and at and domain and not any(c.isspace() or c in "<>,;" for c in value)
    return None if good else "must be one address, such as support@example.com"


def is_address_or_empty(value: str) -> str | None:
    return is_address(value) if value else None


def are_addresses(value: tuple[str, ...]) -> str | None:
    return next((wrong for one in value if (wrong := is_address(one))), None) if value else "must name somebody"


def is_port(value: int) -> str | None:
    return None if 0 <= value < 65536 else "must be a port, 1 to 65535 (0: the usual one)"


def is_listen(value: str) -> str | None:
    try:
        parse_listen(value or "127.0.0.1:1")
    except ValueError as error:
        return str(error)
    return None


def is_zone(value: str) -> str | None:
    try:
        zoneinfo.ZoneInfo(value)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError):
        return "is no time zone; such as Europe/Warsaw"
    return None


def is_positive(value: timedelta | int) -> str | None:
    zero: timedelta | int = timedelta(0) if isinstance(value, timedelta) else 0
    return None if value > zero else "must be more than nothing"  # type: ignore[operator]


def is_a_second(value: timedelta) -> str | None:
    return None if value >= timedelta(seconds=1) else "must be a second at least"


def is_not_negative(value: timedelta | int) -> str | None:
    zero: timedelta | int = timedelta(0) if isinstance(value, timedelta) else 0
    return None if value >= zero else "must not be negative"  # type: ignore[operator]


def names_one(value: tuple[str, ...]) -> str | None:
    return None if value else "must name at least one"


def is_word(value: str) -> str | None:
    return (
        None
        if value and value.isascii() and value.replace("-", "").replace("_", "").isalnum()
        else ("must be one word of ASCII letters, digits, - and _")
    )


def between(least: int, most: int) -> Callable[[int], str | None]:
    return lambda value: None if least <= value <= most else f"must be {least} to {most}"


def some_of(*words: str) -> Callable[[tuple[str, ...]], str | None]:
    return lambda value: None if set(value) <= set(words) else f"must be some of {', '.join(words)}"

"""An outage of the store is said once and its end is said once, however many duties meet it."""

from __future__ import annotations

import io

from maild.daemon.outage import Outage
from maild.log import Log
from store import StoreUnavailable

AWAY = StoreUnavailable("connection refused")


def _events(said: io.StringIO) -> list[str]:
    return [word for line in said.getvalue().splitlines() for word in line.split() if word.startswith("store.")]


def test_F28_outage_is_said_once_and_its_end_when_every_duty_went_well() -> None:
    said, now = io.StringIO(), [0.0]
    outage = Outage(Log(said), lambda: now[0])
    for _ in range(50):
        now[0] += 1
        for duty in ("route", "send 0", "send 1"):
            outage.met(duty, AWAY)
    for duty in ("route", "send 0"):
        outage.over(duty)
    assert _events(said) == ["store.unavailable"]
    outage.over("send 1")
    outage.over("route")
    assert _events(said) == ["store.unavailable", "store.back"]


def test_F28_long_outage_is_said_again_every_ten_minutes() -> None:
    said, now = io.StringIO(), [0.0]
    outage = Outage(Log(said), lambda: now[0])
    for _ in range(3600):
        now[0] += 1
        outage.met("route", AWAY)
    assert len(_events(said)) == 6


def test_F28_duty_that_had_nothing_to_do_since_does_not_hide_the_next_outage() -> None:
    said, now = io.StringIO(), [0.0]
    outage = Outage(Log(said), lambda: now[0])
    outage.met("delivery", AWAY)
    outage.met("route", AWAY)
    now[0] += 200
    outage.over("route")
    outage.met("route", AWAY)
    assert _events(said) == ["store.unavailable", "store.back", "store.unavailable"]

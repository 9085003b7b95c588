"""Puts the parts together from a plan, top to bottom. The one place that knows all of them."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime

from maild.daemon.presence import new_name, present
from maild.daemon.room import room_of
from maild.daemon.trust import believed
from maild.errors import Temporary, UserError
from maild.log import Event, Log
from maild.pipeline.office import Ample, Clock, Office
from maild.pipeline.reading import Reader
from maild.pipeline.send import Answer, Post, Verdict, reclaim
from maild.settings.build import Plan
from maild.transport.smtp import Outcome, Sender
from store import Store, StoreTooNew, StoreUnavailable, open_store

_VERDICTS = {
    Outcome.SENT: Verdict.SENT,
    Outcome.LATER: Verdict.LATER,
    Outcome.FAILED: Verdict.FAILED,
    # It may have arrived: the same bytes go out again, and a receiver can tell by the Message-ID.
    Outcome.UNKNOWN: Verdict.LATER,
}


def wall_clock() -> datetime:
    return datetime.now(UTC)


def make_log(plan: Plan, clock: Clock = wall_clock) -> Log:
    said = plan.settings.log
    return Log(json_lines=said.format == "json", level=said.level, clock=clock)


@contextmanager
def opened_store(plan: Plan) -> Iterator[Store]:
    """The store, brought up to date; closed at the end. Raises Temporary and UserError."""
    try:
        store = open_store(plan.store_url, plan.settings.store.lease)
    except StoreUnavailable as error:
        raise Temporary(f"store.url: the store cannot be opened: {error}") from error
    except StoreTooNew as error:
        raise UserError(f"store.url: {error}; use the maild that wrote it, or a newer one") from error
    try:
        yield store
    finally:
        store.close()


def reader_of(plan: Plan, log: Log) -> Reader:
    limits = plan.settings.limits
    seconds, lists = limits.parse_time.total_seconds(), plan.desk.own_lists
    return Reader(log, seconds, limits.parse_memory, plan.reading, plan.desk.tag, lists)


@contextmanager
def opened_office(plan: Plan, log: Log) -> Iterator[Office]:
    """Everything the road needs. Closed at the end."""
    stationery, rules = plan.stationery(), plan.rules()
    with opened_store(plan) as store:
        if store.migrated:
            log.emit(Event.STORE_MIGRATED, store="PostgreSQL" if store.is_shared else "SQLite")
        room = room_of(plan, log)
        if room is not None:
            store.when_full(room.spend)
        reader = reader_of(plan, log)
        try:
            yield Office(
                store=store,
                desk=replace(believed(plan.desk, store), rules=rules),
                stationery=stationery,
                read=reader,
                log=log,
                node=new_name(),
                room=room or Ample(),
                mailbox_queues=plan.feeds(),
                lease=plan.settings.store.lease,
                last_reply=plan.settings.smtp.last_reply,
            )
        finally:
            reader.close()


@contextmanager
def only_daemon(plan: Plan, office: Office) -> Iterator[None]:
    """On SQLite one daemon at a time: a second one is refused (exit code 75). PostgreSQL takes any number.

    What a killed predecessor had in hand is taken back.
    """
    if office.store.is_shared:
        with present(plan.state_dir, office):
            yield
        return
    path = plan.state_dir / "maild.running"
    handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise Temporary(f"another maild is running on {plan.state_dir} (it holds {path.name})") from error
        reclaim(office, lambda _holder: True)  # whoever held a lease held this lock, and is gone
        yield
    finally:
        os.close(handle)


def is_running(plan: Plan) -> bool | None:
    """Whether a daemon works on this SQLite store; None on PostgreSQL, where other machines may."""
    if not plan.store_url.startswith("sqlite"):
        return None
    try:
        handle = os.open(plan.state_dir / "maild.running", os.O_RDWR | os.O_CLOEXEC)
    except OSError:
        return False
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return True
    finally:
        os.close(handle)
    return False


def post_through(sender: Sender) -> Post:
    """The outbox's way to the mail server over one connection."""

    def post(envelope_from: str, recipient: str, content: bytes, may_leave: Callable[[], bool]) -> Answer | None:
        result = sender.send(envelope_from, recipient, content, may_leave)
        if result.outcome is Outcome.WITHHELD:
            return None
        text = f"{result.code} {result.text}" if result.code else result.text
        return Answer(_VERDICTS[result.outcome], text)

    return post

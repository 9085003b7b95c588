"""The relay is away for a long time and thousands of mails wait (F23): memory stays as it is, no attempt is counted,
and when it is back they leave, the oldest of each case first."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from maild.daemon.wiring import opened_store
from maild.settings.build import build
from maild.settings.load import load
from store.records import MailState
from tests.faults.mills import Mill
from tests.servers.dovecot import Dovecot
from tests.servers.process import wait_for
from tests.servers.sink import SinkServer

_MAILS, _OF_A_CASE, _OCTETS = 5_000, 15, 20_000
_CASES = -(-_MAILS // _OF_A_CASE)
_MORE = 40
"""MiB that the daemon may grow by; all that waits together is a hundred."""


def _fill_outbox(live: Mill) -> None:
    """5,000 mails; those of a case stand together, so that two senders at once would easily mix them."""
    long_ago = datetime.now(UTC) - timedelta(days=1)
    with opened_store(build(load(live.config), live.config)) as store, store.write() as unit:
        for _ in range(_CASES):
            unit.cases.open(
                status="New", events=0, queue="support", subject="x", severity="Medium", kind="question", level="L1",
                requester="c@customer.example", requester_name="", language="en", created_at=long_ago,
                updated_at=long_ago, root_message_id=None, continuation_of=None, linked_to=None,
            )  # fmt: skip
        for number in range(_MAILS):
            case, at = number // _OF_A_CASE + 1, long_ago + timedelta(seconds=number)
            unit.outbox.add(
                case_number=case, entry_id=None, event="notice", automatic=True, recipient="c@customer.example",
                envelope_from="support@desk.example", message_id=f"<c{case}.e{number}@desk.example>",
                content=f"X-Number: {number}\r\nX-Case: {case}\r\n\r\n".encode() + b"x" * _OCTETS,
                next_at=at, created_at=at,
            )  # fmt: skip


def _memory(live: Mill) -> int:
    """MiB of the daemon that are in memory."""
    status = Path(f"/proc/{live.pid}/status").read_text()
    found = re.search(r"VmRSS:\s+(\d+) kB", status)
    assert found is not None
    return int(found[1]) // 1024


def _attempts(live: Mill) -> set[int]:
    with opened_store(build(load(live.config), live.config)) as store, store.read() as unit:
        return {mail.attempts for mail in unit.outbox.listed([MailState.WAITING, MailState.LEASED])}


@pytest.mark.servers
@pytest.mark.slow
def test_F23_five_thousand_mails_wait_without_memory_or_attempts_and_leave_in_order(
    tmp_path: Path, dovecot: Dovecot, sink: SinkServer
) -> None:
    live = Mill(tmp_path, dovecot, sink, dovecot.new_user())
    _fill_outbox(live)
    sink.stop()
    try:
        live.start()
        live.sees("relay.lost", 2)
        before = _memory(live)
        live.sees("relay.lost", 8)
        assert _memory(live) - before < _MORE
        assert live.stop() == 0
        assert _attempts(live) == {0}

        sink.start()
        live.start()
        live.sees("mail.sent", 1)
        most = 0

        def drained() -> bool:
            nonlocal most
            most = max(most, _memory(live))
            return len(sink.messages) >= _MAILS

        wait_for(drained, 240, "all mails to leave", lambda: f"{len(sink.messages)} have left")
        assert most - before < _MORE
        assert live.stop() == 0
    finally:
        live.kill()
    assert len(sink.messages) == _MAILS
    left: dict[int, list[int]] = {}
    for mail in sink.messages:
        number, case = (int(said) for said in re.findall(rb"X-\w+: (\d+)", mail.raw))
        left.setdefault(case, []).append(number)
    assert len(left) == _CASES
    assert all(numbers == sorted(numbers) for numbers in left.values())

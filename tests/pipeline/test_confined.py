"""The parser process keeps its limits, and what breaks one costs one mail (T66, T67)."""

from __future__ import annotations

import dataclasses
import io
import json
import os
import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from maild.log import Log
from maild.pipeline.confined import Confined, Refused, Terms
from maild.pipeline.office import Unreadable
from maild.pipeline.reading import Reader
from maild.settings.build import build
from maild.settings.load import parse
from maild.settings.safety_model import LimitsSettings
from parsers import Limits

SMALL = b"From: a@b.example\nSubject: Hello\n\nx\n"
SLOW = SMALL + b"<" * 30_000_000
BIG = b"From: a@b.example\nContent-Type: a/b; name=x\nContent-Transfer-Encoding: base64\n\n" + b"QUJD" * 8_000_000
FIRST = '[desk]\naddress = "support@desk.test"\n[smtp]\nhost = "127.0.0.1"\n'

Make = Callable[..., Confined]


@pytest.fixture
def confined() -> Iterator[Make]:
    made: list[Confined] = []

    def make(**terms: object) -> Confined:
        made.append(Confined(Terms(form="json", **terms)))  # type: ignore[arg-type]
        return made[-1]

    yield make
    for one in made:
        one.close()


def _subject(one: Confined) -> str:
    subject: str = json.loads(one.ask(SMALL)[0])["subject"]
    return subject


def test_mail_that_needs_too_much_memory_is_refused_and_the_next_is_read(confined: Make) -> None:
    one = confined(memory=80_000_000)
    with pytest.raises(Refused, match=r"memory|died"):
        one.ask(BIG)
    assert _subject(one) == "Hello"


def test_a_large_mail_takes_little_more_than_itself_and_its_file(confined: Make) -> None:
    one = confined(memory=125_000_000)  # a worker that has read nothing has about 40 of them
    assert json.loads(one.ask(BIG)[0])["attachments"][0]["size"] == 24_000_000


def test_mail_that_takes_too_long_is_refused_in_time_and_the_next_is_read(confined: Make) -> None:
    one = confined(seconds=0.1)
    one.start()
    began = time.monotonic()
    with pytest.raises(Refused, match=r"took longer than 0\.1 s"):
        one.ask(BIG + b"\n" + SLOW)
    assert time.monotonic() - began < 5
    assert _subject(one) == "Hello"


def test_worker_that_dies_costs_one_mail(confined: Make) -> None:
    one = confined()
    assert _subject(one) == "Hello"
    assert one._worker is not None
    os.kill(one._worker.pid, signal.SIGSTOP)  # so that it dies with the mail in hand
    os.kill(one._worker.pid, signal.SIGKILL)
    with pytest.raises(Refused, match="died"):
        one._exchange(SMALL, 10)
    assert _subject(one) == "Hello"


def test_worker_may_write_no_file_and_start_no_process(confined: Make) -> None:
    one = confined(memory=300_000_000)
    one.ask(SMALL)
    assert one._worker is not None
    limits = Path(f"/proc/{one._worker.pid}/limits")
    if not limits.exists():
        pytest.skip("this system does not show a process's limits")
    soft = {line[:26].strip(): line[26:].split()[0] for line in limits.read_text().splitlines()[1:]}
    assert soft["Max file size"] == soft["Max core file size"] == soft["Max processes"] == "0"
    assert int(soft["Max address space"]) == 300_000_000
    assert int(soft["Max open files"]) <= 16
    assert int(soft["Max cpu time"]) <= 14  # its life so far, this mail's ten seconds, and the next whole second


def test_daemon_is_told_by_one_event_and_reads_on() -> None:
    said = io.StringIO()
    reader = Reader(Log(said), 10, 80_000_000, Limits(), "Case")
    try:
        with pytest.raises(Unreadable):
            reader(BIG)
        assert reader(SMALL).subject == "Hello"
    finally:
        reader.close()
    assert said.getvalue().count("worker.lost") == 1


def test_limits_and_the_desks_tag_reach_the_parsers() -> None:
    reader = Reader(Log(io.StringIO()), 10, 536_870_912, Limits(addresses=2), "Fall")
    try:
        message = reader(b"From: a@b.example\nTo: a@b.example, b@b.example, c@b.example\nSubject: [Fall #7] x\n\nx\n")
    finally:
        reader.close()
    assert len(message.to) == 2
    assert message.case_number == 7


def test_T67_settings_and_parsers_have_the_same_limits(tmp_path: Path) -> None:
    plan = build(parse(FIRST, "maild.toml"), tmp_path / "maild.toml")
    assert plan.reading == Limits()


def test_T67_every_limit_of_the_parsers_is_a_setting(tmp_path: Path) -> None:
    ordinary = LimitsSettings()
    ours = [one.name for one in dataclasses.fields(LimitsSettings) if isinstance(getattr(ordinary, one.name), int)]
    lines = "".join(f"{name} = {7 + number}\n" for number, name in enumerate(ours))
    plan = build(parse(f"{FIRST}[limits]\n{lines}", "maild.toml"), tmp_path / "maild.toml")
    values = dataclasses.asdict(plan.reading)
    assert len(set(values.values())) == len(values)  # each has its own key
    assert all(values[name] != value for name, value in dataclasses.asdict(Limits()).items())

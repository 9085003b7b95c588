"""A month of a desk in hourly steps: thousands of cases come, and every timer of the procedures is looked at.

In each hour the letters of customers and agents (month_cases.py) are handed in as a pipe does and routed, what is due
fires as by `maild tick --now HOUR --assume-read` (the function behind it: a process for each of 720 steps would
measure how Python starts), and what waits is sent to a mail server that takes everything. The last hour is ticked by
the command itself. What has to come of it is reckoned apart from maild (month_reckoning.py) and compared.

    python -m tests.benchmarks.month [--cases 5000] [--days 30] [--seed 1] [--json FILE]

Exit code 1 when a timer fired twice, early, late, on a case that is done, or not at all; when the breaker spoke; or
when the cost does not follow what is due. Cost is processor time: other work on the machine does not count.
"""

from __future__ import annotations

import argparse
import io
import json
import re
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from email.parser import BytesHeaderParser
from email.policy import default
from pathlib import Path
from statistics import median

from maild.daemon.wiring import opened_office
from maild.demo.people import Person
from maild.demo.stage import HandClock
from maild.log import Log
from maild.pipeline.due import fire_due
from maild.pipeline.intake import hand_in
from maild.pipeline.office import Office
from maild.pipeline.route import route_waiting
from maild.pipeline.send import Answer, Verdict, send_due
from maild.settings.build import build
from maild.settings.load import parse
from tests.benchmarks.month_cases import BEGAN, CUSTOMERS, HOUR, QUEUES, Letter, MadeCase, Word, month_of
from tests.benchmarks.month_reckoning import MUTED, Outcome, reckoned

AGENTS = ("bea", "carl", "dora", "emil")
CONFIG = (
    '[desk]\naddress = "support@desk.test"\nname = "Example Support"\n'
    '[store]\nurl = "sqlite:///maild.db"\n[smtp]\nhost = "127.0.0.1"\n[log]\nformat = "json"\n'
    + "".join(
        f'[[calendar]]\nname = "{queue}-hours"\ntimezone = "{zone}"\n'
        f'[[queue]]\nname = "{queue}"\naddress = "{queue}@desk.test"\ncalendar = "{queue}-hours"\n'
        'assign = "round-robin"\n'
        for queue, zone in QUEUES.items()
    )
    + "".join(f'[[agent]]\nname = "{name.title()}"\naddress = "{name}@desk.test"\n' for name in AGENTS)
    + '[[agent]]\nname = "Mona"\naddress = "mona@desk.test"\nrole = "manager"\n'
    + "".join(
        f'[[rule]]\nname = "{word}"\nwhen = \'case.new and message.subject =~~ "severity-{word}"\'\n'
        f'set = {{ severity = "{word}" }}\n'
        for word in ("Low", "High", "Immediate")
    )
    + '[[rule]]\nname = "call"\nwhen = \'case.new and message.subject =~~ "call-me"\'\nset = { kind = "callback" }\n'
)
_INDEX = re.compile(r"Matter (\d+)")
_TROUBLE = ("timers.held", "tick.failed", "letter.quarantined", "mail.failed")


@dataclass(slots=True)
class Step:
    """One hour."""

    now: datetime
    fired: int
    busy: float
    """Processor seconds of the tick; `idle`: of one right behind it, with nothing due."""
    idle: float
    waiting: int


@dataclass(frozen=True, slots=True)
class Seen:
    """A timer that fired, as the log says."""

    index: int
    name: str
    due: datetime
    tick: datetime


@dataclass(slots=True)
class Month:
    """The desk, and the mailboxes of everybody around it."""

    office: Office
    output: io.StringIO
    clock: HandClock
    cases: list[MadeCase]
    numbers: dict[int, int] = field(default_factory=dict)
    """Index of a case → its number at the desk."""
    at_agents: dict[int, tuple[str, str, str]] = field(default_factory=dict)
    """Index → the newest notice of it: (who has it, Reply-To, Message-ID); `at_customers` likewise."""
    at_customers: dict[int, tuple[str, str, str]] = field(default_factory=dict)
    seen: list[Seen] = field(default_factory=list)
    trouble: list[str] = field(default_factory=list)
    steps: list[Step] = field(default_factory=list)
    mails: int = 0

    @property
    def now(self) -> datetime:
        return self.clock()

    def post(self, _from: str, recipient: str, content: bytes, may_leave: Callable[[], bool]) -> Answer | None:
        """The mail server: it takes everything, and people remember the newest mail of each case."""
        if not may_leave():
            return None
        self.mails += 1
        head = BytesHeaderParser(policy=default).parsebytes(content)
        mail = (recipient, str(head["Reply-To"]).strip("<> "), str(head["Message-ID"]).strip())
        if recipient.endswith("@customer.test"):
            self.at_customers[int(recipient[1:].partition("@")[0])] = mail
        elif (matter := _INDEX.search(str(head["Subject"]))) and not recipient.startswith("mona@"):
            self.at_agents[int(matter[1])] = mail
            self.numbers[int(matter[1])] = int(str(head["X-Maild-Case"]))
        return Answer(Verdict.SENT, "250 taken")

    def hour(self, letters: Sequence[bytes], *, tick: bool = True) -> None:
        for raw in letters:
            hand_in(self.office, "inject", raw, self.now)
        route_waiting(self.office, self.clock)
        if tick:
            began = time.process_time()
            fired = fire_due(self.office, self.clock, assume_read=True)
            busy = time.process_time()
            fire_due(self.office, self.clock, assume_read=True)
            idle = time.process_time() - busy
            self.steps.append(Step(self.now, fired, busy - began, idle, len(self.numbers)))
            send_due(self.office, self.post, self.clock)
        self._read_log()

    def _read_log(self) -> None:
        lines = [json.loads(line) for line in self.output.getvalue().splitlines()]
        self.output.seek(0)
        self.output.truncate()
        indexes = {number: index for index, number in self.numbers.items()}
        for line in lines:
            if line["event"] == "timer.fired":
                due = datetime.fromisoformat(line["due"])
                self.seen.append(Seen(indexes[line["case"]], line["timer"], due, self.now))
            elif line["event"] in _TROUBLE:
                self.trouble.append(json.dumps(line))

    def letter(self, case: MadeCase, letter: Letter) -> bytes:
        """As a mail client makes it of the newest mail of the case."""
        by_customer = letter.word in CUSTOMERS
        sender, to, mail = (self.at_customers if by_customer else self.at_agents)[case.index]
        text = str(letter.word.value)
        if letter.word is Word.MERGE:
            text += f" {self.numbers[case.into]}"
        if letter.until is not None:
            text += f" until {letter.until.day} {letter.until:%B %Y}."
        raw = Person("", sender).writes(to, f"Re: {case.subject}", text, self.now)
        head = f"In-Reply-To: {mail}\r\nReferences: {mail}\r\n"
        if letter.word is Word.AWAY:
            head += "Auto-Submitted: auto-replied\r\n"
        return head.encode() + raw


@contextmanager
def lived(folder: Path, cases: list[MadeCase], hours: int) -> Iterator[tuple[Month, int]]:
    """The month, and how many timers the command fired in its last hour."""
    path = folder / "maild.toml"
    path.write_text(CONFIG, encoding="utf-8")
    by_hour: dict[int, list[tuple[MadeCase, Letter | None]]] = {}
    for case in cases:
        by_hour.setdefault(case.hour, []).append((case, None))
        for letter in case.letters:
            by_hour.setdefault(letter.hour, []).append((case, letter))
    output, clock, plan = io.StringIO(), HandClock(BEGAN), build(parse(CONFIG, str(path)), path)
    with opened_office(plan, Log(output, json_lines=True, clock=clock)) as office:
        month = Month(office, output, clock, cases)
        for hour in range(hours + 1):
            clock.move(BEGAN + hour * HOUR - clock())
            letters = [
                month.letter(case, letter) if letter else _opening(case, month.now)
                for case, letter in by_hour.get(hour, [])
            ]
            month.hour(letters, tick=hour < hours)
            if hour % 24 == 0:
                said = f"day {hour // 24}: {len(month.numbers)} cases, {len(month.seen)} timers fired"
                print(said, file=sys.stderr, flush=True)
        by_command = _by_command(path, month.now)
        send_due(office, month.post, clock)
        yield month, by_command


def _opening(case: MadeCase, now: datetime) -> bytes:
    return Person("", case.address).writes(f"{case.queue}@desk.test", case.subject, "It does not work.", now)


def _by_command(path: Path, now: datetime) -> int:
    command = [
        sys.executable,
        "-m",
        "maild",
        "--config",
        str(path),
        "tick",
        "--now",
        now.isoformat(),
        "--assume-read",
    ]
    said = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    found = re.search(r"(\d+) timers fired", said)
    return int(found[1]) if found else -1


def _muted_at(month: Month) -> list[str]:
    """The timers that fired on a case that was done, by its changes in the store: what letters of that hour changed
    was changed before."""
    found, ends = [], {}
    with month.office.store.read() as unit:
        for index in {seen.index for seen in month.seen}:
            ends[index] = [c for c in unit.changes.of_case(month.numbers[index]) if c.field == "status"]
    for seen in month.seen:
        before = [
            change.value
            for change in ends[seen.index]
            if change.at < seen.tick or (change.at == seen.tick and not change.actor.startswith("timer"))
        ]
        if before and before[-1] in MUTED:
            found.append(f"{seen.name} on {before[-1]} case of matter {seen.index} at {seen.tick:%d %H:%M}")
    return found


def _is_late(seen: Seen, case: MadeCase) -> bool:
    """A letter may arm one that is due already: opened again, a case that was closed at its last moment is late."""
    return seen.tick - seen.due >= HOUR and seen.tick not in [BEGAN + letter.hour * HOUR for letter in case.letters]


def checks(month: Month, expected: dict[int, Outcome], by_command: int) -> dict[str, list[str]]:
    """What was looked at → what was wrong; the last hour's timers are known by number only."""
    last = month.now
    wanted = Counter(
        Seen(index, one.name, one.due, one.tick)
        for index, outcome in expected.items()
        for one in outcome.fired
        if one.tick < last
    )
    at_last = sum(one.tick == last for outcome in expected.values() for one in outcome.fired)
    seen, fates = Counter(month.seen), {case.index: case.fate for case in month.cases}

    def told(difference: Counter[Seen]) -> list[str]:
        rows = sorted(difference.elements(), key=lambda one: (one.tick, one.index))
        return [f"{s.name} of matter {s.index} ({fates[s.index]}) due {s.due} at {s.tick:%d %H:%M}" for s in rows]

    # A timer is one by its case, name and due time, whenever it was seen.
    times = Counter((one.index, one.name, one.due) for one in month.seen)
    found = {
        "each reckoned timer fired": told(wanted - seen),
        "no other timer fired": told(seen - wanted),
        "none fired twice": [f"{key}: {count} times" for key, count in times.items() if count > 1],
        "none early": told(Counter(one for one in month.seen if one.due > one.tick)),
        "none later than the first tick": told(Counter(s for s in month.seen if _is_late(s, month.cases[s.index]))),
        "none on a done case": _muted_at(month),
        "breaker silent, nothing failed": month.trouble,
        "the command fired the last hour's": [] if by_command == at_last else [f"{by_command}, not {at_last}"],
    }
    states, timers = [], []
    with month.office.store.read() as unit:
        waiting = unit.letters.counts().get("stored", 0)
        for index, outcome in expected.items():
            number = month.numbers.get(index)
            case = unit.cases.get(number) if number else None
            if number is None or case is None or case.status.value != outcome.status:
                is_now = case.status.value if case else "missing"
                states.append(f"matter {index} ({fates[index]}): {is_now}, not {outcome.status}")
            else:
                armed = {one.name: one.due_at for one in unit.timers.of_case(number)}
                if outcome.status not in MUTED:  # the reckoning sees a target only when it is reached
                    armed.pop("targets", None)
                if armed != outcome.armed:
                    timers.append(f"matter {index} ({fates[index]}): {armed}, not {outcome.armed}")
    found["every letter settled"] = [f"{waiting} wait"] if waiting else []
    found["each case stands as reckoned"] = states
    found["what is still armed is as reckoned"] = timers
    return found


def costs(steps: Sequence[Step]) -> dict[str, object]:
    """How the cost grew: of a tick with nothing due, and of each timer, in the first and last third of the month."""
    third = len(steps) // 3
    early, late = steps[:third], steps[-third:]
    idle = [1000 * median(step.idle for step in part) for part in (early, late)]
    each = [
        1000 * sum(step.busy for step in part) / max(1, sum(step.fired for step in part)) for part in (early, late)
    ]
    by_due: dict[str, list[float]] = {}
    for step in steps:
        least = next(limit for limit in (20, 10, 5, 2, 1, 0) if step.fired >= limit)
        by_due.setdefault(f"{least}+" if least else "0", []).append(1000 * step.busy)
    return {
        "cases": [early[-1].waiting, late[-1].waiting],
        "idle_ms": [round(one, 3) for one in idle],
        "timer_ms": [round(one, 2) for one in each],
        "tick_ms_by_due": {key: [len(ms), round(median(ms), 2)] for key, ms in sorted(by_due.items())},
        "faults": [
            *(["a tick with nothing due grew"] if idle[1] > 2 * idle[0] + 0.5 else []),
            *(["the cost of a timer grew"] if each[1] > 1.5 * each[0] else []),
        ],
    }


def main() -> int:
    parser = argparse.ArgumentParser(description="A month of timers.")
    parser.add_argument("--cases", type=int, default=5000)
    parser.add_argument("--days", type=int, default=30)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--json", type=Path, help="write the figures there")
    arguments = parser.parse_args()
    hours, began = arguments.days * 24, time.monotonic()
    cases = month_of(arguments.cases, hours, arguments.seed)
    with tempfile.TemporaryDirectory() as folder, lived(Path(folder), cases, hours) as (month, by_command):
        found = checks(month, {case.index: reckoned(case, hours) for case in cases}, by_command)
    cost = costs(month.steps)
    found["cost follows what is due"] = list(cost.pop("faults"))  # type: ignore[call-overload]
    names = Counter(one.name for one in month.seen)
    print(f"{len(cases)} cases, {hours} hours, {month.mails} mails, {len(month.seen) + by_command} timers fired:")
    print("  " + ", ".join(f"{name} {count}" for name, count in names.most_common()))
    for name, wrong in found.items():
        print(f"{'FAIL' if wrong else 'ok  '}  {name}" + "".join(f"\n        {line}" for line in wrong[:5]))
    for name, value in cost.items():
        print(f"  {name}: {value}")
    figures = {
        "cases": len(cases), "hours": hours, "seed": arguments.seed, "mails": month.mails, "fired": dict(names),
        "checks": {name: len(wrong) for name, wrong in found.items()}, "cost": cost,
        "seconds": round(time.monotonic() - began, 1),
    }  # fmt: skip
    text = json.dumps(figures)
    print(text)
    if arguments.json:
        arguments.json.write_text(text + "\n", encoding="utf-8")
    return 1 if any(found.values()) else 0


if __name__ == "__main__":
    sys.exit(main())

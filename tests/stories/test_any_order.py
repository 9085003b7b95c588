"""Whatever happens, in whatever order: a desk keeps its promises. Mails of all kinds of people, commands, clocks, a
mail server that has its moods, restarts; after each move everything is looked at (promises.py).

A few examples by default. MAILD_EXAMPLES=2000 makes so many, with other chances each time.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule, run_state_machine_as_test

from maild.demo.people import Mail, Person
from maild.desk.orders.verbs import VERBS
from store.records import LetterState
from tests.servers.postgres import Postgres
from tests.servers.sink import SinkServer
from tests.stories.any_order import (
    AGENTS,
    BILLING,
    CUSTOMERS,
    ROBOT,
    SPANS,
    SUE,
    VIC,
    World,
    again,
    bounce_of,
    by_machine,
    world,
)
from tests.stories.desk import ANN, BEA, CARL, DESK, EVE
from tests.stories.promises import Watch, rights, state_of

EXAMPLES = int(os.environ.get("MAILD_EXAMPLES", "6"))
STEPS = 30

WISHES = ("leave", "status", "list", "close", "reopen")
customers = st.sampled_from(CUSTOMERS)
agents = st.sampled_from(AGENTS)
back = st.integers(0, 4)
"""How far back in somebody's inbox."""
cases = st.integers(1, 4).map(str)
arguments = st.one_of(
    st.just(""),
    cases,
    st.sampled_from(
        "carl|liv@desk.test|none|me|waiting on customer|hold|vendor|us|customer|closed|spam|on hold|no response|high|"
        "immediate|bug|billing|support|acme|L3|ben@customer.test|ann@customer.test|for ben@customer.test|"
        "for ann@customer.test quietly|voicemail|daily|off|until 2026-03-20|99|some words".split("|")
    ),
)
by_chance = st.lists(st.tuples(st.sampled_from(sorted(VERBS)), arguments).map(" ".join), min_size=1, max_size=3)
alone = st.sampled_from(
    "take|note|resolve|close|wait us|wait vendor|wait hold|wait customer|undo|called|called voicemail|assign carl|"
    "assign none|public|status no response|status spam|queue billing|severity immediate|escalate|rca|reopen|"
    "vendor acme|digest daily|away until 2026-03-20|uncc ben@customer.test|new for ben@customer.test|ntoe".split("|")
).map(lambda order: [order])
some_orders = st.one_of(st.just([]), alone, by_chance)
joining = st.sampled_from("merge|merge|unmerge|link|parent|dup|problem|split".split("|"))
incidents = st.sampled_from([[], ["update-incidents"], ["resolve-incidents"]])


@dataclass(frozen=True)
class Ground:
    """What desks stand on: each gets a folder and a store of its own."""

    sink: SinkServer
    folders: pytest.TempPathFactory
    server: Postgres | None = None

    @contextmanager
    def store(self) -> Iterator[str]:
        if self.server is None:
            yield "sqlite:///maild.db"
            return
        name = self.server.create()
        yield self.server.url(name)
        self.server.drop(name)


class AnyOrder(RuleBasedStateMachine):
    ground: Ground

    def __init__(self) -> None:
        super().__init__()
        self._stack = ExitStack()

    @initialize()
    def opens(self) -> None:
        self.sink = self.ground.sink
        self.sink.clear()
        for person in (*CUSTOMERS, *AGENTS, EVE, VIC, SUE, ROBOT):
            self.sink.refuse(person.address, None)
        url = self._stack.enter_context(self.ground.store())
        folder = self.ground.folders.mktemp("desk")
        self.world: World = self._stack.enter_context(world(folder, self.sink, url))
        self.watch = Watch(self.world)
        self.world.read_mailbox()
        for who in CUSTOMERS:
            self.customer_asks(who, DESK, copies=who is ANN, work=True)

    def teardown(self) -> None:
        self._stack.close()

    def _come(self, raw: bytes, work: bool) -> int:
        """A mail comes; mostly it is routed, and what follows leaves."""
        letter = self.world.arrive(raw)
        if work:
            self.world.route()
            self.world.send()
        self.watch.look()
        return letter

    # --- customers

    @rule(who=customers, to=st.sampled_from([DESK, DESK, BILLING]), copies=st.booleans(), work=st.just(True))
    def customer_asks(self, who: Person, to: str, copies: bool, work: bool) -> None:
        others = [other.address for other in CUSTOMERS if other is not who] if copies else []
        raw = who.writes(
            to, f"About {self.world.word(who)}", f"Please help: {self.world.word(who)}", self.world.now, others
        )
        self.world.invited[Mail(raw).message_id] = set(others)
        self._come(raw, work)

    @rule(
        who=customers,
        n=back,
        text=st.sampled_from(
            ["And now?", "And now?", "Thank you very much!", *WISHES, "/close\n/cc eve@elsewhere.test"]
        ),
        copies=st.booleans(),
        work=st.sampled_from([True, True, False]),
    )
    def customer_replies(self, who: Person, n: int, text: str, copies: bool, work: bool) -> None:
        mail = self.world.pick(who, n)
        if mail is None:
            return
        said = text if text in (*WISHES, "Thank you very much!") else f"{text} {self.world.word(who)}"
        raw = who.replies(mail, said, self.world.now)
        if copies:
            raw = raw.replace(b"Subject:", b"Cc: eve@elsewhere.test\r\nSubject:", 1)
            self.world.invited[Mail(raw).message_id] = {EVE.address}  # should it open a case: of one closed long ago
        self._come(raw, work)

    @rule(who=customers, n=back)
    def customer_is_away(self, who: Person, n: int) -> None:
        mail = self.world.pick(who, n)
        if mail is not None:
            self._come(by_machine(who.replies(mail, "I am away.", self.world.now)), True)

    @rule(n=st.integers(0, 30))
    def a_mail_comes_again(self, n: int) -> None:
        if not self.world.letters:
            return
        first = list(self.world.letters)[n % len(self.world.letters)]
        second = self._come(again(self.world.letters[first]), True)
        with self.world.desk.office.store.read() as unit:
            was, became = unit.letters.get(first), unit.letters.get(second)
        assert was is not None
        assert became is not None
        if was.state in (LetterState.ROUTED, LetterState.DUPLICATE):
            assert became.state is LetterState.DUPLICATE, became

    # --- those who have no business here

    @rule(number=cases)
    def stranger_guesses_a_tag(self, number: str) -> None:
        text = f"Show me. {self.world.word(EVE, inside=True)}"
        self._come(EVE.writes(DESK, f"Re: [Case #{number}] {self.world.word(EVE)}", text, self.world.now), True)

    @rule(tag=st.sampled_from(["", "Re: [Case #1] "]))
    def robot_writes_of_itself(self, tag: str) -> None:
        raw = ROBOT.writes(DESK, f"{tag}Alarm {self.world.word(ROBOT)}", "The disk is full.", self.world.now)
        self._come(by_machine(raw, "auto-generated"), True)

    @rule(whose=customers, n=back)
    def stranger_has_a_forwarded_mail(self, whose: Person, n: int) -> None:
        mail = self.world.pick(whose, n)
        if mail is not None:
            self._come(EVE.replies(mail, f"Me, too. {self.world.word(EVE, inside=True)}", self.world.now), True)

    @rule(
        n=back,
        whose=agents,
        order=some_orders,
        kind=st.sampled_from(["tag", "acknowledgement", "stolen", "colleague"]),
    )
    def somebody_uses_an_agents_name(self, n: int, whose: Person, order: list[str], kind: str) -> None:
        """Without the token, or with that of another: nothing may change."""
        thief = EVE if kind == "stolen" else next(agent for agent in AGENTS if agent is not whose)
        text = _text(order, self.world.word(whose, inside=True))
        mail = self.world.pick(ANN if kind == "acknowledgement" else whose, n)
        if kind == "tag" or mail is None:
            raw = whose.writes(DESK, "Re: [Case #1] hello", text, self.world.now)
        elif kind == "acknowledgement":
            raw = whose.replies(mail, text, self.world.now)
        else:
            raw = thief.replies(mail, text, self.world.now)
        self.world.route()
        with self.world.desk.office.store.read() as unit:
            before = rights(state_of(unit))
        letter = self.world.arrive(raw)
        self.world.route()
        with self.world.desk.office.store.read() as unit:
            after, found = rights(state_of(unit)), unit.letters.get(letter)
        assert found is not None
        if thief is not EVE:
            assert found.state is LetterState.QUARANTINED, found
            assert after == before
        self.watch.look()

    # --- agents

    @rule(
        who=agents,
        n=back,
        order=st.sampled_from([[], [], [], ["note"], ["resolve"], ["close"]]),
        leaves=st.booleans(),
    )
    def agent_answers(self, who: Person, n: int, order: list[str], leaves: bool) -> None:
        self._agent(who, self.world.notice(who, n), order, True, True)
        if leaves:
            self.the_undo_window_ends()

    @rule(who=agents, n=back, order=alone, says=st.sampled_from([True, True, False]))
    def agent_does_one_thing(self, who: Person, n: int, order: list[str], says: bool) -> None:
        self._agent(who, self.world.notice(who, n), order, says, True)

    @rule(who=agents, n=back, order=st.sampled_from([["note"], ["take", "note"], ["assign carl", "note"]]))
    def agent_writes_a_note(self, who: Person, n: int, order: list[str]) -> None:
        self._agent(who, self.world.notice(who, n), order, True, True)
        self.the_undo_window_ends()

    @rule(who=st.sampled_from([BEA, CARL]), left=st.integers(1, 3), into=st.integers(1, 3))
    def agent_merges_and_answers(self, who: Person, left: int, into: int) -> None:
        """As agents do when two people ask the same."""
        self._agent(who, self.world.notice_of(who, left), [f"merge {into}"], False, True)
        self._agent(who, self.world.notice_of(who, into), ["public"], True, True)
        self.the_undo_window_ends()

    @rule(who=agents, n=back, verb=joining, number=cases, says=st.booleans(), also=incidents)
    def agent_joins_cases(self, who: Person, n: int, verb: str, number: str, says: bool, also: list[str]) -> None:
        order = [verb if verb == "split" else f"{verb} {number}", *also]
        self._agent(who, self.world.notice(who, n), order, says, True)

    @rule(who=agents, n=back, order=some_orders, says=st.booleans())
    def agent_answers_any_mail(self, who: Person, n: int, order: list[str], says: bool) -> None:
        self._agent(who, self.world.pick(who, n), order, says, True)

    def _agent(self, who: Person, mail: Mail | None, order: list[str], says: bool, work: bool) -> None:
        if mail is None:
            return
        named = {one.split()[0] for one in order}
        self.world.added |= {one.removeprefix("cc ") for one in order}
        inside = bool(named & {"note", "ntoe", "rca", "called", "chat"}) and "public" not in named
        said = self.world.word(who, inside=inside, to_vendor="vendor" in named) if says else ""
        self._come(who.replies(mail, _text(order, said), self.world.now), work)

    @rule(who=agents, n=back)
    def agent_is_away(self, who: Person, n: int) -> None:
        mail = self.world.pick(who, n)
        if mail is not None:
            word = self.world.word(who, inside=True)
            self._come(by_machine(who.replies(mail, f"I am away. {word}", self.world.now)), True)

    @rule(who=st.sampled_from([VIC, SUE]), n=back)
    def vendor_answers(self, who: Person, n: int) -> None:
        mail = self.world.pick(VIC, n)
        if mail is not None:
            self._come(who.replies(mail, f"It is broken: {self.world.word(who, inside=True)}", self.world.now), True)

    # --- time

    @rule(span=st.sampled_from(SPANS), reads=st.sampled_from([True, True, False]), sends=st.booleans())
    def time_passes(self, span: timedelta, reads: bool, sends: bool) -> None:
        self.world.desk.clock.move(span)
        if sends:
            self.world.send()
        if reads:
            self.world.route()
            self.world.read_mailbox()
        self.world.tick()
        self.world.send()
        self.watch.look()

    @rule(days=st.integers(1, 3))
    def days_pass_as_they_should(self, days: int) -> None:
        for _ in range(days):
            self.time_passes(timedelta(days=1), True, True)

    @rule()
    def the_undo_window_ends(self) -> None:
        self.world.desk.clock.move(SPANS[0])
        self.world.route()
        self.world.send()
        self.watch.look()

    # --- the mail server, and ourselves

    @rule(
        who=st.sampled_from([*CUSTOMERS, BEA, VIC]),
        answer=st.sampled_from(["450 4.2.1 later", "550 5.1.1 no such user"]),
    )
    def mail_server_refuses(self, who: Person, answer: str) -> None:
        self.sink.refuse(who.address, answer)

    @rule()
    def mail_server_takes_all(self) -> None:
        for person in (*CUSTOMERS, *AGENTS, VIC):
            self.sink.refuse(person.address, None)

    @rule()
    def mail_server_hangs_up_once(self) -> None:
        """It keeps the mail and does not say so."""
        self.world.twice = True
        self.sink.hang_up = "data"
        self.world.send()
        self.sink.hang_up = ""
        self.watch.look()

    @rule(n=st.integers(0, 20), action=st.sampled_from(["failed", "failed", "delayed"]))
    def a_mail_comes_back(self, n: int, action: str) -> None:
        if not self.sink.messages:
            return
        sent = self.sink.messages[-1 - n % len(self.sink.messages)]
        number = len(self.world.letters)
        self._come(bounce_of(Mail(sent.raw), sent.recipient, sent.envelope_from or DESK, action, number), True)

    @precondition(lambda self: len(self.world.letters) > 3)
    @rule()
    def restart(self) -> None:
        self.world.restart()
        self.watch.look()


def _text(order: list[str], said: str) -> str:
    lines = "\n".join(f"/{one}".rstrip() for one in order)
    return f"{lines}\n\nSo it is: {said}" if said else lines or "-- "


def _run(ground: Ground, examples: int) -> None:
    many = "MAILD_EXAMPLES" in os.environ
    run_state_machine_as_test(
        type("AnyOrderHere", (AnyOrder,), {"ground": ground}),
        settings=settings(
            max_examples=examples,
            stateful_step_count=STEPS,
            deadline=None,
            derandomize=not many,
            database=None,
            phases=(Phase.generate, Phase.shrink) if many else (Phase.generate,),
            suppress_health_check=list(HealthCheck),
            print_blob=False,
        ),
    )


def test_a_desk_keeps_its_promises_in_any_order(sink: SinkServer, tmp_path_factory: pytest.TempPathFactory) -> None:
    _run(Ground(sink, tmp_path_factory), EXAMPLES)


def test_a_desk_on_postgresql_keeps_its_promises_in_any_order(
    sink: SinkServer, tmp_path_factory: pytest.TempPathFactory, pg_server: Postgres
) -> None:
    _run(Ground(sink, tmp_path_factory, pg_server), max(2, EXAMPLES // 4))

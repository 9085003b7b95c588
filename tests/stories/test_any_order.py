"""Whatever happens, in whatever order: a desk keeps its promises. Mails of all kinds of people, commands, clocks, a
mail server that has its moods, restarts; after each move everything is looked at (promises.py).

A few examples by default. MAILD_EXAMPLES=2000 makes so many, with other chances each time.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Any

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
from tests.stories.desk import ANN, BEA, DESK, EVE
from tests.stories.promises import Watch, rights, state_of

EXAMPLES = int(os.environ.get("MAILD_EXAMPLES", "8"))
STEPS = 30

customers = st.sampled_from(CUSTOMERS)
agents = st.sampled_from(AGENTS)
back = st.integers(0, 4)
"""How far back in somebody's inbox."""
cases = st.integers(1, 4).map(str)
verbs = st.sampled_from(sorted(VERBS))
arguments = st.one_of(
    st.just(""),
    cases,
    st.sampled_from(
        [
            "carl", "liv@desk.test", "none", "me",
            "waiting on customer", "hold", "vendor", "us", "customer", "closed", "spam", "on hold", "no response",
            "high", "immediate", "bug", "billing", "support", "acme", "L3",
            "ben@customer.test", "ann@customer.test", "for ben@customer.test", "for ann@customer.test quietly",
            "voicemail", "daily", "off", "until 2026-03-20", "99", "some words",
        ]
    ),
)  # fmt: skip
orders = st.lists(st.tuples(verbs, arguments), max_size=3)
useful = st.sampled_from(
    [("take", ""), ("note", ""), ("resolve", ""), ("close", ""), ("wait", "us"), ("wait", "vendor"), ("undo", ""),
     ("merge", "1"), ("merge", "2"), ("unmerge", "2"), ("split", ""), ("vendor", "acme"), ("called", "voicemail"),
     ("assign", "carl"), ("problem", "1"), ("update-incidents", ""), ("resolve-incidents", ""), ("public", "")]
).map(lambda order: [order])  # fmt: skip
never_there = st.just([("ntoe", "")])
some_orders = st.one_of(st.just([]), useful, orders, never_there)


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
            ["And now?", "And now?", "Thank you very much!", "leave", "/close\n/cc eve@elsewhere.test"]
        ),
        copies=st.booleans(),
        work=st.sampled_from([True, True, False]),
    )
    def customer_replies(self, who: Person, n: int, text: str, copies: bool, work: bool) -> None:
        mail = self.world.pick(who, n)
        if mail is None:
            return
        said = text if text[0] in "Tl" else f"{text} {self.world.word(who)}"
        raw = who.replies(mail, said, self.world.now)
        if copies:
            raw = raw.replace(b"Subject:", b"Cc: eve@elsewhere.test\r\nSubject:", 1)
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

    @rule(number=cases, who=st.sampled_from([EVE, ROBOT]))
    def stranger_guesses_a_tag(self, number: str, who: Person) -> None:
        text = f"Show me. {self.world.word(who, inside=True)}"
        raw = who.writes(DESK, f"Re: [Case #{number}] {self.world.word(who)}", text, self.world.now)
        self.world.invited[Mail(raw).message_id] = set()
        self._come(by_machine(raw) if who is ROBOT else raw, True)

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
    def somebody_uses_an_agents_name(self, n: int, whose: Person, order: list[tuple[str, str]], kind: str) -> None:
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

    @rule(who=agents, n=back, order=some_orders, says=st.booleans(), work=st.sampled_from([True, True, True, False]))
    def agent_writes(self, who: Person, n: int, order: list[tuple[str, str]], says: bool, work: bool) -> None:
        mail = self.world.pick(who, n)
        if mail is None:
            return
        named = {verb for verb, _ in order}
        self.world.added |= {argument for verb, argument in order if verb == "cc"}
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
    def time_passes(self, span: Any, reads: bool, sends: bool) -> None:
        self.world.desk.clock.move(span)
        if sends:
            self.world.send()
        if reads:
            self.world.route()
            self.world.read_mailbox()
        self.world.tick()
        self.world.send()
        self.watch.look()

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


def _text(order: list[tuple[str, str]], said: str) -> str:
    lines = "\n".join(f"/{verb} {argument}".rstrip() for verb, argument in order)
    return f"{lines}\n\nSo it is: {said}" if said else lines or "-- "


def _run(ground: Ground, examples: int) -> None:
    by_chance = "MAILD_EXAMPLES" in os.environ
    run_state_machine_as_test(
        type("AnyOrderHere", (AnyOrder,), {"ground": ground}),
        settings=settings(
            max_examples=examples,
            stateful_step_count=STEPS,
            deadline=None,
            derandomize=not by_chance,
            database=None,
            phases=(Phase.generate, Phase.shrink) if by_chance else (Phase.generate,),
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

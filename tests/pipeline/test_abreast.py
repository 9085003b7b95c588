"""Parts of a batch that one node routes at the same time: what belongs together stays together and in its order."""

import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from maild.demo.people import Person
from maild.pipeline import route, staffing
from maild.pipeline.abreast import apart, parts_of
from maild.pipeline.intake import hand_in
from maild.pipeline.route import route_waiting
from parsers.message import ParsedMessage
from store.records import Direction, Letter
from tests.servers.sink import SinkServer
from tests.stories.desk import BEA, CONFIG, DESK, MONDAY, StoryDesk, story_desk

pytestmark = pytest.mark.servers


@pytest.fixture
def desk(tmp_path: Path, sink: SinkServer, pg_url: str) -> Iterator[StoryDesk]:
    with story_desk(tmp_path, sink, pg_url) as made:
        yield made


def _person(number: int, house: int) -> Person:
    return Person(f"P{number}", f"p{number}@house{house}.test")


def _waiting(desk: StoryDesk, mails: Sequence[bytes]) -> list[tuple[Letter, ParsedMessage]]:
    """The letters that these become, read, not routed."""
    for raw in mails:
        hand_in(desk.office, "inject", raw, desk.now)
    with desk.office.store.read() as unit:
        found = unit.waiting.fresh(100, desk.office.node, unit.clock(desk.now), set())
        return [(letter, desk.office.read(unit.letters.raw(letter.id))) for letter in found]


NOBODY: dict[Any, int] = {}


def _subjects(
    read: Sequence[tuple[Letter, ParsedMessage]], held: Mapping[str, int] = NOBODY, merged: Mapping[int, int] = NOBODY
) -> list[list[str]]:
    return sorted([message.subject for _, message in part] for part in apart(read, held, merged))


def _new(number: int, house: int) -> bytes:
    return _person(number, house).writes(DESK, f"{number} of {house}", "Hello", MONDAY)


def test_those_of_one_domain_stay_together_and_in_their_order(desk: StoryDesk) -> None:
    read = _waiting(desk, [_new(number, number % 2) for number in range(6)])
    assert _subjects(read) == [["0 of 0", "2 of 0", "4 of 0"], ["1 of 1", "3 of 1", "5 of 1"]]
    assert [
        len(part) for part in apart([(one, replace(m, sender=read[0][1].sender)) for one, m in read], {}, {})
    ] == [6]


def test_parts_are_about_as_long_as_each_other(desk: StoryDesk) -> None:
    read = _waiting(desk, [_new(number, house) for number, house in enumerate([0] * 5 + [1] * 3 + [2] * 2 + [3])])
    assert sorted(len(part) for part in apart(read, {}, {})) == [5, 6]


@pytest.mark.parametrize("how", ["reference", "same reference", "held", "tag", "digest", "merged"])
def test_those_that_may_mean_one_case_stay_together(desk: StoryDesk, how: str) -> None:
    (first, one), (second, two), (third, three), _ = _waiting(desk, [_new(n, n) for n in range(4)])
    assert one.message_id is not None
    held: dict[str, int] = {}
    match how:
        case "reference":
            two = replace(two, in_reply_to=one.message_id)
        case "same reference":
            one, two = replace(one, references=("<x@y>",)), replace(two, references=("<z@y>", "<x@y>"))
        case "held":
            one, two = replace(one, in_reply_to="<a@y>"), replace(two, references=("<b@y>",))
            held = {"<a@y>": 7, "<b@y>": 7}
        case "tag":
            one, two = replace(one, case_number=7), replace(two, in_reply_to="<a@y>")
            held = {"<a@y>": 7}
        case "digest":
            two = replace(two, digest=one.digest)
        case "merged":
            one, two, three = (replace(it, case_number=n) for it, n in ((one, 5), (two, 7), (three, 6)))
    found = _subjects([(first, one), (second, two), (third, three)], held, {5: 7})
    assert found == [["0 of 0", "1 of 1"], ["2 of 2"]]


def _parts(desk: StoryDesk, read: Sequence[tuple[Letter, ParsedMessage]]) -> list[Any]:
    """As `parts_of`, however few they are."""
    with desk.office.store.read() as unit:
        named = [one for _, message in read for one in (message.in_reply_to, *message.references) if one]
        return apart(read, unit.cases.holding(named), {})


def test_a_token_names_its_case_whoever_bears_it(desk: StoryDesk) -> None:
    ann, ben = _person(1, 1), _person(2, 2)
    desk.mail(ann.writes(DESK, "Printer", "It is broken.", desk.now))
    answer = desk.newest(ann)
    passed_on = ben.writes(answer.reply_address, "Something else", "I have read of it.", desk.now)
    read = _waiting(desk, [ann.replies(answer, "And now?", desk.now), passed_on, _new(3, 3)])
    assert sorted(len(part) for part in _parts(desk, read)) == [1, 2]


def test_all_stay_together_where_an_agent_writes(desk: StoryDesk) -> None:
    read = _waiting(desk, [_new(number, number) for number in range(12)])
    assert len(parts_of(desk.office, read, desk.now)) == 2
    assert parts_of(desk.office, read[:3], desk.now) == [read[:3]]
    agents = _waiting(desk, [BEA.writes(DESK, "Something", "/new x@y.test", desk.now)])
    assert len(parts_of(desk.office, agents, desk.now)) == 1


def test_all_stay_together_where_cases_are_dealt_out(tmp_path: Path, sink: SinkServer, pg_url: str) -> None:
    text = CONFIG + f'[[queue]]\nname = "support"\naddress = "{DESK}"\nassign = "round-robin"\n'
    with story_desk(tmp_path, sink, pg_url, text=text) as desk:
        read = _waiting(desk, [_new(number, number) for number in range(12)])
        assert parts_of(desk.office, read, desk.now) == [read]


def test_two_parts_are_routed_at_the_same_time_and_every_case_has_its_letters_in_order(
    desk: StoryDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    real, now, most = staffing.decide, set[int](), 0

    def decide(*arguments: Any) -> Any:
        nonlocal most
        now.add(threading.get_ident())
        most = max(most, len(now))
        time.sleep(0.02)
        try:
            return real(*arguments)
        finally:
            now.discard(threading.get_ident())

    monkeypatch.setattr(staffing, "decide", decide)
    people = [_person(number, number % 4) for number in range(10)]
    first = [person.writes(DESK, f"From {person.name}", "First", desk.now) for person in people]
    mails = list(first)
    for text in ("Second", "Third"):
        for person, opened in zip(people, first, strict=True):
            head, _, _ = opened.partition(b"\r\n\r\n")
            ours = next(line for line in head.split(b"\r\n") if line.startswith(b"Message-ID: "))
            theirs = person.writes(DESK, f"Re: From {person.name}", text, desk.now)
            mails.append(b"In-Reply-To: " + ours.removeprefix(b"Message-ID: ") + b"\r\n" + theirs)
    for raw in mails:
        hand_in(desk.office, "inject", raw, desk.now)
    assert route_waiting(desk.office, desk.clock) == len(mails)

    assert most == 2
    assert {case.subject for case in desk.cases()} == {f"From {person.name}" for person in people}
    for case in desk.cases():
        came = [one.text.strip() for one in desk.entries(case.number) if one.direction is Direction.IN]
        assert came == ["First", "Second", "Third"]
    assert desk.letters()["routed"] == len(mails)


def test_one_that_raises_falls_out_alone_and_the_other_part_is_not_touched(
    desk: StoryDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = staffing.decide

    def decide(situation: Any, *others: Any) -> Any:
        if situation.occasion.message.subject == "5 of 1":
            raise KeyError("a bug")
        return real(situation, *others)

    monkeypatch.setattr(staffing, "decide", decide)
    for number in range(12):
        hand_in(desk.office, "inject", _new(number, number % 2), desk.now)
    route_waiting(desk.office, desk.clock)
    assert len(desk.cases()) == 11
    assert desk.letters() == {"routed": 11, "stored": 1}
    assert len(desk.logged("letter.failed")) == 1


def test_a_mail_that_no_store_could_hold_blames_no_other(desk: StoryDesk) -> None:
    report = _new(2, 2).replace(
        b"Subject:", b"In-Reply-To: <q\0r@y.test>\r\nReferences: <a\0@y> <b@y>\r\nSubject:", 1
    )
    for number in range(12):
        hand_in(desk.office, "inject", report if number == 2 else _new(number, number), desk.now)
    assert route_waiting(desk.office, desk.clock) == 12
    assert desk.letters() == {"routed": 12}
    assert desk.logged("letter.failed") == []


def test_a_flood_from_everywhere_is_one_flood(tmp_path: Path, sink: SinkServer, pg_url: str) -> None:
    with story_desk(tmp_path, sink, pg_url, more="[limits]\nflood_in_all = 5\n") as desk:
        for number in range(24):
            hand_in(desk.office, "inject", _new(number, number), desk.now)
        assert route_waiting(desk.office, desk.clock) == 24
        assert len(desk.cases()) == 6


def test_what_is_not_waited_for_is_tried_again_after_a_pause(
    desk: StoryDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Her sixth mail joins the case of one before, which another transaction has, behind the count of her mails."""
    tried, real = list[object](), route._route_each

    def each(*those: Any) -> Any:
        tried.append(those)
        return real(*those)

    monkeypatch.setattr(route, "_route_each", each)
    ann, text = _person(1, 1), "The printer on the second floor does not print, and its light blinks red."
    for _ in range(5):
        desk.mail(ann.writes(DESK, "Printer", text, desk.now))
    numbers = [case.number for case in desk.cases()]
    assert len(numbers) < 5
    hand_in(desk.office, "inject", ann.writes(DESK, "Printer", text, desk.now), desk.now)
    tried.clear()
    with ThreadPoolExecutor(1) as thread:
        with desk.office.store.write() as unit:
            for number in numbers:
                unit.cases.lock(number)
            routed = thread.submit(route_waiting, desk.office, desk.clock)
            time.sleep(1)
        assert routed.result(30) == 1
    assert 2 < len(tried) < 40
    assert [case.number for case in desk.cases()] == numbers

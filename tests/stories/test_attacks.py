"""What an attack on the desk once achieved, and must not again."""

import time
from collections.abc import Callable
from datetime import timedelta

import pytest

from maild.demo.people import Person
from maild.pipeline import send
from maild.pipeline.intake import hand_in
from maild.pipeline.office import MOST_ATTEMPTS
from maild.pipeline.route import _give_up
from store.letters import RELEASED
from tests.stories.desk import ANN, BEA, BEN, CARL, DESK, EVE, StoryDesk, story_desk

_LOGO = (
    b"--b\r\nContent-Type: image/png\r\nContent-ID: <logo>\r\nContent-Disposition: inline; filename=logo.png\r\n\r\n"
    b"PNG\r\n--b--\r\n"
)


def _asked(desk: StoryDesk) -> None:
    desk.mail(ANN.writes(DESK, "Where is my parcel?", "It is two weeks late.", desk.now))


def _answered(desk: StoryDesk, text: str = "It is on its way.") -> None:
    _asked(desk)
    desk.mail(BEA.replies(desk.newest(BEA), text, desk.now))
    desk.answers_leave()


def _with_part(raw: bytes, part: bytes) -> bytes:
    """The same mail with one more part."""
    head, _, body = raw.partition(b"\r\n\r\n")
    lines = [line for line in head.split(b"\r\n") if not line.lower().startswith((b"content-", b"mime-"))]
    kind = b'MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary="b"'
    return b"\r\n".join([*lines, kind]) + b"\r\n\r\n--b\r\nContent-Type: text/plain\r\n\r\n" + body + b"\r\n" + part


def test_T12_a_notice_attached_to_an_answer_does_not_leave(desk: StoryDesk) -> None:
    _asked(desk)
    notice = desk.newest(BEA)
    token = notice.reply_address.partition("+")[2].partition("@")[0]
    as_mail = b"--b\r\nContent-Type: message/rfc822\r\n\r\n" + notice.raw + b"\r\n--b--\r\n"
    as_text = b"--b\r\nContent-Type: text/plain; name=x.txt\r\nContent-Disposition: attachment\r\n\r\n"
    as_text += notice.reply_address.encode() + b"\r\n--b--\r\n"
    for part in (as_mail, as_text):
        desk.mail(_with_part(BEA.replies(notice, "See the file.", desk.now, quote=False), part))
    desk.answers_leave()

    answers = desk.inbox(ANN)[1:]
    assert len(answers) == 2
    assert all(token not in answer.whole and BEA.address not in answer.whole for answer in answers)
    assert "was not passed on" in desk.newest(BEA).text


def test_commands_and_a_logo_send_the_customer_nothing(desk: StoryDesk) -> None:
    _asked(desk)
    desk.mail(_with_part(BEA.replies(desk.newest(BEA), "/take", desk.now, quote=False), _LOGO))
    desk.answers_leave()

    assert len(desk.inbox(ANN)) == 1
    assert desk.case(1).status == "Open"


@pytest.mark.parametrize("below", ["", "\n\nMy answer stands down here."])
def test_a_reply_with_nothing_above_the_quotation_sends_nothing_internal(desk: StoryDesk, below: str) -> None:
    _asked(desk)
    notice = desk.newest(BEA)
    block = f"\n-----Original Message-----\nFrom: Example Support\nSent: Monday\nTo: Bea\nSubject: x\n\n{notice.text}"
    desk.mail(BEA.replies(notice, block + below, desk.now, quote=False))
    desk.answers_leave()

    for mail in desk.inbox(ANN)[1:]:
        assert "Queue:" not in mail.whole
        assert "/assign" not in mail.whole
    assert "Nothing was sent" in desk.newest(BEA).text


def test_an_agents_answers_between_the_customers_lines_keep_those_lines(desk: StoryDesk) -> None:
    desk.mail(ANN.writes(DESK, "Two questions", "When will it come?\nWhat will it cost?", desk.now))
    notice = desk.newest(BEA)
    quoted = [f"> {line}" for line in notice.text.split("\n")]
    place = next(n for n, line in enumerate(quoted) if "When will" in line)
    text = "\n".join(
        [*quoted[: place + 1], "Tomorrow.", *quoted[place + 1 : place + 2], "Nothing.", *quoted[place + 2 :]]
    )
    desk.mail(BEA.replies(notice, text, desk.now, quote=False))
    desk.answers_leave()

    answer = desk.newest(ANN).text
    assert "> When will it come?\nTomorrow.\n> What will it cost?\nNothing." in answer
    assert "Queue" not in answer
    assert "reply goes to" not in answer


@pytest.mark.parametrize("sender", [b"x" * 6000 + b"@a.test", "漢".encode() * 1500 + b"@a.test"])
def test_an_address_or_id_no_index_could_hold_stops_nobody(desk: StoryDesk, sender: bytes) -> None:
    import random

    noise = "".join(random.Random(1).choices("abcdefghijklmnopqrstuvwxyz0123456789", k=6000)).encode()
    long = sender.replace(b"x" * 6000, noise)
    ids = "漢字".encode() * 700
    hand_in(desk.office, "inject", b"From: " + long + b"\r\nCc: " + long + b"\r\nSubject: a\r\n\r\nx", desk.now)
    hand_in(
        desk.office,
        "inject",
        b"From: ben@customer.test\r\nCc: " + long + b"\r\nMessage-ID: <" + ids + b"@x>\r\nSubject: b\r\n\r\nx",
        desk.now,
    )
    hand_in(desk.office, "inject", ANN.writes(DESK, "c", "Question", desk.now), desk.now)
    desk.work()

    assert "stored" not in desk.letters()
    assert {case.subject for case in desk.cases()} >= {"b", "c"}


def test_a_quoted_local_part_can_be_answered(desk: StoryDesk) -> None:
    desk.mail(b'From: "john doe"@customer.test\r\nTo: support@desk.test\r\nSubject: hi\r\n\r\nHello?\r\n')
    assert len(desk.cases()) == 1
    desk.mail(BEA.replies(desk.newest(BEA), "Hello!", desk.now))
    desk.answers_leave()

    assert any("Hello!" in m.raw.decode() for m in desk.sink.messages if "john doe" in m.recipient)


def test_automatic_mail_from_nobody_waits_for_a_person(desk: StoryDesk) -> None:
    desk.mail(b"To: support@desk.test\r\nPrecedence: bulk\r\nSubject: hi\r\n\r\nHello?\r\n")

    assert desk.quarantined() == ["no-sender"]


def test_T42_the_mark_of_another_desk_does_not_silence_a_person(desk: StoryDesk) -> None:
    raw = ANN.writes(DESK, "Question", "From another desk.", desk.now)
    desk.mail(raw.replace(b"Subject:", b"X-Maild-Loop: 0123456789ab\r\nSubject:"))

    assert len(desk.cases()) == 1
    assert desk.inbox(BEA)
    assert not desk.inbox(ANN)  # but it is not acknowledged: the other desk might answer in turn


def test_thanks_for_a_resolved_case_closes_it_within_a_day(desk: StoryDesk) -> None:
    _answered(desk, "/resolve\n\nIt is fixed.")
    desk.mail(ANN.replies(desk.newest(ANN), "Thanks!", desk.now))

    assert desk.case(1).status == "Resolved"
    desk.later(hours=24)
    assert desk.case(1).status == "Closed"


@pytest.mark.parametrize(
    "kind",
    [
        b"Content-Type: multipart/report; report-type=disposition-notification; boundary=b\r\n\r\n"
        b"--b\r\n\r\nread\r\n--b--\r\n",
        b"Content-Type: multipart/report; report-type=delivery-status; boundary=b\r\n\r\n--b\r\n\r\nlate\r\n--b\r\n"
        b"Content-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mx\r\n\r\n"
        b"Final-Recipient: rfc822; ann@customer.test\r\nAction: delayed\r\nStatus: 4.4.1\r\n\r\n--b--\r\n",
    ],
)
def test_T47_receipts_and_delays_leave_the_clock_alone(desk: StoryDesk, kind: bytes) -> None:
    _answered(desk)
    head = f"From: ann@customer.test\r\nTo: {DESK}\r\nSubject: x\r\nIn-Reply-To: {desk.newest(ANN).message_id}\r\n"
    desk.mail(head.encode() + kind)

    assert list(desk.timers(1)) == ["silence-warning"]


def test_an_absence_note_sets_the_clock_to_their_return(desk: StoryDesk) -> None:
    _answered(desk)
    back = (desk.now + timedelta(days=10)).date()
    raw = ANN.replies(desk.newest(ANN), f"I am out of the office until {back:%d %B %Y}.", desk.now, quote=False)
    desk.mail(raw.replace(b"Subject:", b"Auto-Submitted: auto-replied\r\nSubject:"))

    assert desk.timers(1)["silence-warning"].date() == back + timedelta(days=2)


def test_an_absence_without_a_date_stops_the_clock_and_the_owner_is_told(desk: StoryDesk) -> None:
    _answered(desk)
    raw = ANN.replies(desk.newest(ANN), "I am away.", desk.now, quote=False)
    desk.mail(raw.replace(b"Subject:", b"Auto-Submitted: auto-replied\r\nSubject:"))

    assert desk.timers(1) == {}
    assert "clock of this case stands" in desk.newest(BEA).text


def test_T21_T29_a_trusted_fail_is_not_acknowledged_and_joins_no_case(tmp_path, sink) -> None:  # type: ignore[no-untyped-def]
    with story_desk(tmp_path, sink, more='[auth]\ntrusted = ["mx.desk.test"]\n') as desk:
        _answered(desk)
        anns = len(desk.inbox(ANN))
        fail = b"Authentication-Results: mx.desk.test; dmarc=fail header.from=customer.test\r\n"
        desk.mail(fail + ANN.writes(DESK, "[Case #1] Where is my parcel?", "Close my account!", desk.now))

        assert desk.case(1).status == "Waiting on Customer"
        assert len(desk.cases()) == 2
        assert len(desk.inbox(ANN)) == anns
        desk.mail(ANN.writes(DESK, "[Case #1] Where is my parcel?", "Still nothing.", desk.now))
        assert "not proven" in desk.newest(BEA).text


def test_an_agent_may_act_on_a_case_closed_long_ago(desk: StoryDesk) -> None:
    _answered(desk, "/close\n\nDone.")
    notice = desk.inbox(BEA)[0]
    desk.later(days=15)
    with desk.office.store.write() as unit:  # a notice went to her meanwhile
        unit.passes.issue(BEA.address, 1, desk.now - timedelta(days=13), timedelta(days=14))
    desk.mail(BEA.replies(notice, "/reopen", desk.now))

    assert desk.case(1).status == "Open"


def test_a_held_mail_may_be_retried_at_any_time(desk: StoryDesk) -> None:
    _asked(desk)
    desk.mail(BEA.writes(DESK, "[Case #1]", "/close", desk.now))
    for _ in range(3):
        desk.later(hours=3)
        with desk.office.store.write() as unit:
            unit.letters.release(2, None)
        desk.work()

    assert desk.quarantined() == ["unproven-agent"]


def test_the_copy_of_a_dropped_mail_can_be_released(desk: StoryDesk) -> None:
    _asked(desk)
    raw = BEA.writes(DESK, "[Case #1]", "/take", desk.now)
    desk.mail(raw)
    desk.mail(raw)
    with desk.office.store.write() as unit:
        first, second = unit.letters.quarantined()
        unit.letters.drop(first.id, "dropped-by-admin")
        unit.letters.release(second.id, RELEASED)
    desk.work()

    assert desk.case(1).owner == BEA.address


def test_plus_parts_do_not_get_round_the_limiter(desk: StoryDesk) -> None:
    for number in range(8):
        desk.mail(f"From: ann+{number}@customer.test\r\nTo: {DESK}\r\nSubject: {number}\r\n\r\nx\r\n".encode())

    assert len([m for m in desk.sink.messages if m.recipient.startswith("ann")]) == 5


def test_a_mail_understood_in_part_moves_no_status(desk: StoryDesk) -> None:
    _asked(desk)
    desk.mail(BEA.replies(desk.newest(BEA), "/clsoe\n/wait customer\n\nHello.", desk.now))

    assert desk.case(1).status == "New"
    assert desk.timers(1) == {}


def test_word_to_the_customer_while_waiting_on_a_vendor_starts_no_clock(desk: StoryDesk) -> None:
    _answered(desk, "/wait vendor\n\nWe asked the carrier.")
    desk.mail(BEA.replies(desk.inbox(BEA)[0], "Still nothing from the carrier.", desk.now))
    desk.answers_leave()

    assert desk.case(1).status == "Waiting on Vendor"
    assert desk.timers(1) == {}


def test_another_name_of_our_mailbox_takes_no_part(desk: StoryDesk) -> None:
    raw = ANN.writes("info@desk.test", "Hello", "Question", desk.now)
    desk.mail(b"Delivered-To: info@desk.test\r\n" + raw)
    desk.mail(BEA.replies(desk.newest(BEA), "Answer", desk.now))
    desk.answers_leave()

    assert {m.recipient for m in desk.sink.messages} == {ANN.address, BEA.address, CARL.address}


def test_a_strangers_message_is_not_what_the_next_answer_answers(desk: StoryDesk) -> None:
    _answered(desk)
    desk.mail(EVE.replies(desk.newest(ANN), "I am her colleague.", desk.now))
    eves = desk.entries(1)[-1].message_id or "?"
    desk.mail(BEA.replies(desk.newest(BEA), "Noted.", desk.now))
    desk.answers_leave()

    assert eves not in desk.newest(ANN).header("In-Reply-To") + desk.newest(ANN).header("References")
    assert desk.newest(ANN).header("In-Reply-To") == desk.entries(1)[0].message_id


def test_a_settled_letter_stays_settled(desk: StoryDesk) -> None:
    _asked(desk)
    with desk.office.store.read() as unit:
        letter = unit.letters.get(1)
    assert letter is not None
    _give_up(desk.office, letter, "another node thought that it failed")
    for _ in range(MOST_ATTEMPTS):
        _give_up(desk.office, letter, "again")

    assert desk.letters() == {"routed": 1}


def test_letters_in_the_hand_of_another_node_are_left_alone(desk: StoryDesk) -> None:
    hand_in(desk.office, "inject", ANN.writes(DESK, "Hello", "Question", desk.now), desk.now)
    with desk.office.store.write() as unit:
        at = unit.clock(desk.now)
        assert len(unit.waiting.take([1], "other", at, at + timedelta(seconds=3))) == 1
        assert unit.waiting.take([1], "third", at, at + timedelta(seconds=3)) == []
    desk.work()
    assert desk.letters() == {"stored": 1}
    time.sleep(3)  # the database's clock is not moved by hand
    desk.later(minutes=3)
    assert desk.letters() == {"routed": 1}


def test_a_batch_that_takes_too_long_is_given_back_before_its_lease_ends(desk: StoryDesk) -> None:
    for number in range(6):
        hand_in(desk.office, "inject", BEN.writes(DESK, str(number), "Question", desk.now), desk.now)
    from maild.pipeline.route import route_waiting

    route_waiting(desk.office, desk.clock)
    tried: list[tuple[str, bytes]] = []

    def slow(_from: str, to: str, content: bytes, may_leave: Callable[[], bool]) -> send.Answer:
        assert may_leave()
        desk.clock.move(timedelta(seconds=55))
        with desk.office.store.write() as unit:  # another sender looks
            for mail in unit.outbox.lease("other", desk.now, timedelta(minutes=15), 20):
                unit.outbox.unlease(mail, "other")
        tried.append((to, content))
        return send.Answer(send.Verdict.SENT, "250 ok")

    send.send_due(desk.office, slow, desk.clock, passed=lambda: desk.now.timestamp())
    assert len(tried) == len(set(tried)) == 17


def test_T61_T62_who_gets_a_mail_is_what_the_outbox_says_whatever_the_header_holds(desk: StoryDesk) -> None:
    raw = ANN.writes(DESK, "Hello", "Question", desk.now)
    name = b'From: "x, eve@elsewhere.test, <eve@elsewhere.test>" <ann@customer.test>\r\n'
    name += b"X-A: b\x1cBcc: eve@elsewhere.test"
    desk.mail(raw.replace(b"From: Ann Customer <ann@customer.test>", name))
    desk.mail(BEA.replies(desk.newest(BEA), "Answer", desk.now))
    desk.answers_leave()

    assert {m.recipient for m in desk.sink.messages} == {ANN.address, BEA.address, CARL.address}
    assert not any(b"\nBcc:" in m.raw for m in desk.sink.messages)


@pytest.mark.parametrize("local", ["-oQ/tmp", "$USER", "|id", "`id`", "a'b", "x;id", "{a,b}", "%s", "!id"])
def test_T85_an_address_made_for_a_shell_is_an_address_and_nothing_else(desk: StoryDesk, local: str) -> None:
    odd = Person("Odd Customer", f"{local}@elsewhere.test")
    desk.mail(odd.writes(DESK, "Hello", "It burns.", desk.now))

    assert desk.letters() in ({"routed": 1}, {"quarantined": 1})
    reached = {message.recipient for message in desk.sink.messages}
    assert reached <= {odd.address.lower(), BEA.address, CARL.address}

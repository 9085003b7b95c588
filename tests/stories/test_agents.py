"""What an agent does by mail, and what nobody else can do in their name."""

import pytest

from maild.demo.people import Mail
from tests.stories.desk import ANN, BEA, CARL, DESK, EVE, StoryDesk


@pytest.fixture
def notice(desk: StoryDesk) -> Mail:
    """Ann asked; the notice that Bea got."""
    desk.mail(ANN.writes(DESK, "Where is my parcel?", "It is two weeks late.", desk.now))
    return desk.newest(BEA)


def _anns(desk: StoryDesk) -> list[Mail]:
    """What Ann got beside the acknowledgement."""
    return desk.inbox(ANN)[1:]


def test_answer_reaches_the_customer_from_the_desk_without_the_agent(desk: StoryDesk, notice: Mail) -> None:
    desk.mail(BEA.replies(notice, "It is on its way.\n\nBea\nbea@desk.test", desk.now))
    desk.answers_leave()

    (answer,) = _anns(desk)
    assert answer.sender == DESK
    assert answer.subject == "[Case #1] Re: Where is my parcel?"
    assert "on its way" in answer.text
    assert BEA.address not in answer.whole
    assert "two weeks late" not in answer.text
    assert not answer.header("Auto-Submitted")
    assert answer.header("In-Reply-To") == desk.entries(1)[0].message_id
    assert answer.header("References").split()[0] == desk.entries(1)[0].message_id
    assert desk.case(1).status == "Waiting on Customer"
    assert desk.case(1).owner == BEA.address


def test_answer_is_held_for_the_undo_window_and_undo_takes_it_back(desk: StoryDesk, notice: Mail) -> None:
    desk.mail(BEA.replies(notice, "You are an idiot.", desk.now))
    desk.later(seconds=30)
    assert not _anns(desk)

    desk.mail(BEA.replies(notice, "/undo", desk.now))
    desk.later(hours=1)
    assert not _anns(desk)
    assert "✔ /undo" in desk.newest(BEA).text
    assert desk.case(1).status == "Open"
    assert [e.direction.value for e in desk.entries(1) if e.text.startswith("You are an idiot")] == ["note"]

    desk.mail(BEA.replies(notice, "/undo\n", desk.now.replace(microsecond=1)))
    assert "✖ /undo" in desk.newest(BEA).text


def test_note_stays_inside_and_a_reply_to_its_notice_is_a_note(desk: StoryDesk, notice: Mail) -> None:
    desk.mail(BEA.replies(notice, "/take\n/note\n\nLooks like fraud.", desk.now))
    desk.mail(CARL.replies(desk.inbox(CARL)[0], "/note\n\nI agree.", desk.now))
    asked = desk.newest(BEA)
    assert "I agree." in asked.text
    assert "internal note" in asked.text
    desk.mail(BEA.replies(asked, "Then we wait.", desk.now))
    desk.later(hours=1)

    assert not _anns(desk)
    assert [e.direction.value for e in desk.entries(1)] == ["in", "out", "note", "note", "note"]


def test_public_in_a_reply_to_a_note_goes_to_the_customer(desk: StoryDesk, notice: Mail) -> None:
    desk.mail(BEA.replies(notice, "/assign carl\n/note\n\nCould you?", desk.now))
    desk.mail(CARL.replies(desk.newest(CARL), "/public\n\nI will see to it.", desk.now))
    desk.answers_leave()

    assert "I will see to it." in _anns(desk)[0].text
    assert "Could you?" not in _anns(desk)[0].whole


def test_commands_only_send_nothing_out_and_get_a_receipt(desk: StoryDesk, notice: Mail) -> None:
    desk.mail(BEA.replies(notice, "/take\n/status waiting on vendor", desk.now))
    desk.later(hours=1)

    assert not _anns(desk)
    receipt = desk.newest(BEA).text
    assert "✔ /take" in receipt
    assert "✔ /status waiting on vendor: the status is Waiting on Vendor now" in receipt
    assert "Nothing was sent to anybody outside." in receipt
    assert desk.case(1).status == "Waiting on Vendor"


def test_a_mistyped_command_keeps_the_text_inside(desk: StoryDesk, notice: Mail) -> None:
    desk.mail(BEA.replies(notice, "/ntoe\n\nThe customer is difficult.", desk.now))
    desk.later(hours=1)

    assert not _anns(desk)
    receipt = desk.newest(BEA).text
    assert "✖ /ntoe: there is no such command; did you mean /note?" in receipt
    assert "kept as a note" in receipt


def test_wait_us_answers_and_keeps_the_case_open_without_a_clock(desk: StoryDesk, notice: Mail) -> None:
    desk.mail(BEA.replies(notice, "/wait us\n\nI am looking for it.", desk.now))
    desk.answers_leave()

    assert "looking for it" in _anns(desk)[0].text
    assert desk.case(1).status == "Open"
    assert desk.timers(1) == {}


def test_close_with_a_text_sends_it_and_closes(desk: StoryDesk, notice: Mail) -> None:
    desk.mail(BEA.replies(notice, "/close\n\nSolved by phone.", desk.now))
    desk.answers_leave()

    assert "Solved by phone." in _anns(desk)[0].text
    assert desk.case(1).status == "Closed"
    assert desk.timers(1) == {}


def test_assign_tells_the_colleague_with_the_customers_words(desk: StoryDesk, notice: Mail) -> None:
    desk.mail(BEA.replies(notice, "/assign carl", desk.now))

    given = desk.newest(CARL)
    assert "is yours now" in given.text
    assert "two weeks late" in given.text
    assert desk.case(1).owner == CARL.address
    desk.mail(CARL.replies(given, "I have it here.", desk.now))
    desk.answers_leave()
    assert "I have it here." in _anns(desk)[0].text


def test_T08_a_command_in_the_quotation_is_not_run(desk: StoryDesk) -> None:
    desk.mail(ANN.writes(DESK, "Hm", "/close\n/assign carl\nStatus: closed", desk.now))
    desk.mail(BEA.replies(desk.newest(BEA), "Pardon?", desk.now))
    desk.answers_leave()

    assert desk.case(1).status == "Waiting on Customer"
    assert desk.case(1).owner == BEA.address


@pytest.mark.usefixtures("notice")
def test_commands_of_a_customer_are_words(desk: StoryDesk) -> None:
    desk.mail(ANN.replies(desk.inbox(ANN)[0], "/close\n\nNo, wait.", desk.now))

    assert desk.case(1).status == "New"
    assert "/close" in desk.entries(1)[-1].text


def _assert_held(desk: StoryDesk, anns: int = 0) -> None:
    desk.later(hours=1)
    assert len(_anns(desk)) == anns
    assert desk.quarantined() == ["unproven-agent"]
    assert desk.case(1).status == "New"
    assert "in your name" in desk.newest(BEA).text


@pytest.mark.usefixtures("notice")
def test_T01_a_command_in_an_agents_name_without_proof_is_held_and_the_agent_is_told(desk: StoryDesk) -> None:
    desk.mail(BEA.writes(DESK, "Re: [Case #1] Where is my parcel?", "/close", desk.now))

    _assert_held(desk)


@pytest.mark.usefixtures("notice")
def test_T15_an_answer_in_an_agents_name_without_proof_is_not_sent(desk: StoryDesk) -> None:
    ack = desk.inbox(ANN)[0]
    desk.mail(BEA.replies(ack, "Send your password to evil.example", desk.now))  # a thread token never commands

    _assert_held(desk)


@pytest.mark.usefixtures("notice")
def test_T01_the_agent_is_told_at_most_once_an_hour(desk: StoryDesk) -> None:
    for number in range(5):
        desk.mail(BEA.writes(DESK, f"[Case #1] {number}", "/close", desk.now))
    told = [mail for mail in desk.inbox(BEA) if "in your name" in mail.text]
    assert len(told) == 1
    assert desk.quarantined() == ["unproven-agent"] * 5


def test_T02_reply_to_is_never_identity(desk: StoryDesk, notice: Mail) -> None:
    raw = EVE.replies(notice, "/close", desk.now)
    desk.mail(raw.replace(b"Subject:", b"Reply-To: bea@desk.test\r\nSubject:"))

    assert desk.case(1).status == "New"
    assert len(desk.cases()) == 2


@pytest.mark.parametrize(
    "sender",
    [
        "bea@desk.test <eve@elsewhere.test>",
        '"bea@desk.test" <eve@elsewhere.test>',
        "bea@desk.test, eve@elsewhere.test",
        "bea@desk.test\r\nFrom: eve@elsewhere.test",
        "=?utf-8?q?bea?=@desk.test",
        "agents: bea@desk.test;",
        "bеa@desk.test",
    ],
)
def test_T03_T04_T06_T32_a_tricky_from_with_the_right_token_commands_nothing(
    desk: StoryDesk, notice: Mail, sender: str
) -> None:
    raw = BEA.replies(notice, "/close", desk.now)
    desk.mail(raw.replace(b"From: Bea Agent <bea@desk.test>", b"From: " + sender.encode()))

    assert desk.case(1).status == "New"
    desk.later(hours=1)
    assert not _anns(desk)


def test_T07_a_token_of_another_agent_or_another_case_proves_nothing(desk: StoryDesk, notice: Mail) -> None:
    desk.mail(CARL.replies(notice, "/close", desk.now))
    assert desk.case(1).status == "New"

    desk.mail(ANN.writes(DESK, "Second", "Question", desk.now))
    other = BEA.replies(notice, "/close", desk.now, subject="[Case #2] x").replace(b"c1.", b"c2.")
    desk.mail(other)
    assert desk.case(2).status == "New"
    assert desk.quarantined() == ["unproven-agent"] * 2


def test_T84_the_same_agent_mail_again_runs_nothing_again(desk: StoryDesk, notice: Mail) -> None:
    raw = BEA.replies(notice, "On its way.", desk.now)
    desk.mail(raw)
    desk.mail(raw)
    desk.answers_leave()

    assert len(_anns(desk)) == 1


def test_T84b_every_changed_token_is_refused_and_only_case_folding_is_not(desk: StoryDesk, notice: Mail) -> None:
    token = notice.reply_address.partition("+c1.")[2].partition("@")[0]
    raw = "From: bea@desk.test\r\nTo: support+c1.%s@desk.test\r\nSubject: x\r\n\r\n/close\r\n"
    for position in range(len(token)):
        wrong = token[:position] + ("a" if token[position] != "a" else "b") + token[position + 1 :]
        desk.mail((raw % wrong).encode())
        assert desk.case(1).status == "New"
    desk.mail((raw % token[:-1]).encode())
    assert desk.case(1).status == "New"
    desk.mail((raw % token.upper()).encode())
    assert desk.case(1).status == "Closed"


def test_T11_an_out_of_office_of_an_agent_is_never_an_answer(desk: StoryDesk, notice: Mail) -> None:
    raw = BEA.replies(notice, "I am away until Monday.", desk.now)
    desk.mail(raw.replace(b"Subject:", b"Auto-Submitted: auto-replied\r\nSubject:"))
    desk.later(hours=1)

    assert not _anns(desk)
    assert desk.entries(1)[-1].automatic
    assert not desk.entries(1)[-1].public


def test_T12_a_token_in_a_quotation_that_was_not_recognised_does_not_leave(desk: StoryDesk, notice: Mail) -> None:
    mark = notice.text.strip().split("Ref: ")[1]
    desk.mail(BEA.replies(notice, f"On its way. (was: {mark})", desk.now, quote=False))
    desk.answers_leave()

    assert mark not in _anns(desk)[0].whole
    assert "On its way." in _anns(desk)[0].text


def test_T14_a_removed_agent_has_no_rights_at_once(desk: StoryDesk, notice: Mail) -> None:
    from dataclasses import replace

    stayed = replace(desk.office.desk, agents=tuple(a for a in desk.office.desk.agents if a.address != BEA.address))
    desk.office = replace(desk.office, desk=stayed)
    desk.mail(BEA.replies(notice, "/close", desk.now))

    assert desk.case(1).status == "New"


def test_T90_a_trusted_servers_fail_outweighs_a_token(tmp_path, sink) -> None:  # type: ignore[no-untyped-def]
    from tests.stories.desk import story_desk

    with story_desk(tmp_path, sink, more='[auth]\ntrusted = ["mx.desk.test"]\n') as desk:
        desk.mail(ANN.writes(DESK, "Where?", "Hello", desk.now))
        forged = BEA.replies(desk.newest(BEA), "/close", desk.now)
        desk.mail(b"Authentication-Results: mx.desk.test; dmarc=fail header.from=desk.test\r\n" + forged)
        assert desk.case(1).status == "New"
        good = BEA.replies(desk.inbox(BEA)[0], "/close", desk.now)
        desk.mail(b"Authentication-Results: mx.desk.test; dmarc=pass header.from=desk.test\r\n" + good)
        assert desk.case(1).status == "Closed"


@pytest.mark.usefixtures("notice")
def test_an_admin_releases_a_held_mail_and_it_takes_effect(desk: StoryDesk) -> None:
    from store.letters import RELEASED

    desk.mail(BEA.writes(DESK, "Re: [Case #1] Where is my parcel?", "/take", desk.now))
    with desk.office.store.write() as unit:
        (held,) = unit.letters.quarantined()
        assert unit.letters.release(held.id, RELEASED)
    desk.work()

    assert desk.quarantined() == []
    assert desk.letters()["routed"] == 2


def test_T90_an_aligned_pass_stands_for_a_token_only_where_the_configuration_says_so(tmp_path, sink) -> None:  # type: ignore[no-untyped-def]
    from tests.stories.desk import story_desk

    more = '[auth]\nmode = "token+authres"\ntrusted = ["mx.desk.test"]\n'
    with story_desk(tmp_path, sink, more=more) as desk:
        desk.mail(ANN.writes(DESK, "Where?", "Hello", desk.now))
        tagged = BEA.writes(DESK, "Re: [Case #1] Where?", "/close", desk.now)
        desk.mail(b"Authentication-Results: mx.evil.test; dmarc=pass header.from=desk.test\r\n" + tagged)
        assert desk.case(1).status == "New"
        again = BEA.writes(DESK, "Re: [Case #1] Where?", "/close\n", desk.now)
        desk.mail(b"Authentication-Results: mx.desk.test; dmarc=pass header.from=desk.test\r\n" + again)
        assert desk.case(1).status == "Closed"


_SIGNATURE = "\n\nBest regards\nBea Miller\nExample Inc.\n+48 12 345 67 89"


@pytest.mark.parametrize("line", ["/note", "/close", "/wiat us", "/assign carl", "#note", "!Note"])
@pytest.mark.parametrize("below", [_SIGNATURE, "\n\nand this is how it is."])
def test_a_command_in_the_middle_of_a_mail_keeps_all_of_it_inside(desk: StoryDesk, line: str, below: str) -> None:
    desk.mail(ANN.writes(DESK, "Where is my parcel?", "It is two weeks late.", desk.now))
    desk.mail(BEA.replies(desk.newest(BEA), f"Carl, this customer is difficult.\n\n{line}{below}", desk.now))
    desk.later(hours=1)

    assert not _anns(desk)
    assert f"✖ {line}: this was not obeyed; text stands above it and below" in desk.newest(BEA).text
    assert desk.case(1).status == "New"


def test_a_path_in_the_middle_of_a_mail_is_only_a_path(desk: StoryDesk, notice: Mail) -> None:
    desk.mail(BEA.replies(notice, "Please look into\n/etc/hosts\nand send us what is there.", desk.now))
    desk.answers_leave()

    assert "/etc/hosts" in _anns(desk)[0].text


def test_a_receipt_says_until_when_an_answer_can_be_taken_back_and_what_a_reply_to_it_is(
    desk: StoryDesk, notice: Mail
) -> None:
    desk.mail(BEA.replies(notice, "/take\n\nOn its way.", desk.now))
    receipt = desk.newest(BEA).text

    told = (
        "Your text leaves in 60 seconds; a reply with /undo takes it back until then. → answer to ann@customer.test"
    )
    assert told in " ".join(receipt.split())
    assert "A reply to this receipt is an internal note" in receipt
    assert "Your reply is an internal note" not in receipt


def test_the_number_of_a_mail_that_was_taken_back_is_not_given_again(desk: StoryDesk, notice: Mail) -> None:
    desk.mail(BEA.replies(notice, "Wrong.", desk.now))
    with desk.office.store.read() as unit:
        wrong = max(mail.id for mail in unit.outbox.listed() if mail.event == "answer")
    desk.mail(BEA.replies(notice, "/undo", desk.now))

    with desk.office.store.read() as unit:
        assert unit.outbox.get(wrong) is None
    assert desk.logged("mail.taken-back") == [
        {"at": desk.now.isoformat(), "level": "info", "event": "mail.taken-back", "case": 1, "mails": 1}
    ]


def test_a_released_mail_of_an_agent_that_means_no_case_is_not_acknowledged(desk: StoryDesk) -> None:
    from store.letters import RELEASED

    desk.mail(BEA.writes(DESK, "A case of my own", "My screen is broken.", desk.now))
    with desk.office.store.write() as unit:
        unit.letters.release(1, RELEASED)
    desk.work()

    assert desk.case(1).requester == BEA.address
    assert not [mail for mail in desk.inbox(BEA) if "received your message" in mail.text]

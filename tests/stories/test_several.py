"""Commands for several cases in one mail, and what a receipt tells of a mail."""

from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path

import pytest

from maild.demo.people import Mail
from tests.servers.sink import SinkServer
from tests.stories.desk import ANN, BEA, BEN, CARL, DESK, EVE, StoryDesk, story_desk


@pytest.fixture
def notice(desk: StoryDesk) -> Mail:
    """Ann, Ben and Eve asked; the notice of Ann's that Bea got."""
    desk.mail(ANN.writes(DESK, "Where is my parcel?", "It is two weeks late.", desk.now))
    desk.mail(BEN.writes(DESK, "Invoice", "Twice.", desk.now))
    desk.mail(EVE.writes(DESK, "Hello", "Who are you?", desk.now))
    return desk.inbox(BEA)[0]


def _flat(mail: Mail) -> str:
    return " ".join(mail.text.split())


def _receipts(desk: StoryDesk) -> list[Mail]:
    return [mail for mail in desk.inbox(BEA) if mail.header("X-Maild-Event") == "receipt"]


def test_commands_below_another_cases_line_are_about_that_one(desk: StoryDesk, notice: Mail) -> None:
    order = (
        "/take\n/public\n/case 2\n/assign carl\n/severity high\n[Case #3]\n/note a salesman\n/status spam\n\n"
        "It is on its way."
    )
    desk.mail(BEA.replies(notice, order, desk.now))
    desk.answers_leave()

    assert (desk.case(1).owner, desk.case(1).status) == (BEA.address, "Waiting on Customer")
    assert (desk.case(2).owner, desk.case(2).severity, desk.case(2).status) == (CARL.address, "High", "Open")
    assert (desk.case(3).status, desk.entries(3)[-1].text) == ("Spam", "a salesman")
    assert "It is on its way." in desk.newest(ANN).text
    assert "Case #" not in desk.newest(ANN).text.replace("[Case #1]", "")
    assert (len(desk.inbox(BEN)), len(desk.inbox(EVE))) == (1, 1)
    (receipt,) = _receipts(desk)
    text = _flat(receipt)
    places = [text.index(part) for part in (
        "✔ /take", "[Case #2] Invoice", "✔ /assign carl", "now: Open, High, owner carl@desk.test",
        "[Case #3] Hello", "✔ /note a salesman", "now: Spam", "How the case stands now",
        "→ answer to ann@customer.test",
    )]  # fmt: skip
    assert places == sorted(places)
    assert "2" in [mail.header("X-Maild-Case") for mail in desk.inbox(CARL)[3:]]


def test_the_case_at_hand_may_be_left_alone(desk: StoryDesk, notice: Mail) -> None:
    desk.mail(BEA.replies(notice, "/case 2\n/close\n/case #3\n/close", desk.now))
    assert [case.status.value for case in desk.cases()] == ["New", "Closed", "Closed"]
    assert len(_receipts(desk)) == 1
    desk.later(hours=1)
    assert [len(desk.inbox(person)) for person in (ANN, BEN, EVE)] == [1, 1, 1]


@pytest.mark.parametrize(
    "order",
    ["/public Hello.", "/cc eve@elsewhere.test", "/vendor acme", "/template hello", "/merge 1", "/undo", "/dup 1"],
)
def test_nothing_that_could_write_to_another_cases_people_is_done_there(
    desk: StoryDesk, notice: Mail, order: str
) -> None:
    desk.mail(BEA.replies(notice, f"/case 2\n{order}\n/take", desk.now))
    desk.later(hours=1)
    assert f"✖ {order}: only in a reply to a notice of case 2" in _flat(_receipts(desk)[0])
    assert desk.case(2).owner == BEA.address
    assert len(desk.inbox(BEN)) == 1
    assert [p for p in desk.inbox(EVE)[1:]] == []


@pytest.mark.parametrize("head", ["/case 99", "/case", "/caes 2", "/cse 2", "#case two"])
def test_commands_below_a_case_that_is_not_there_happen_to_nobody(desk: StoryDesk, notice: Mail, head: str) -> None:
    desk.mail(BEA.replies(notice, f"/take\n{head}\n/close\n/note She is rude.", desk.now))
    assert [case.status.value for case in desk.cases()] == ["Open", "New", "New"]
    text = _flat(_receipts(desk)[0])
    assert "✔ /take" in text
    assert f"✖ {head}: " in text
    assert "✖ /close: not done" in text
    assert not any("rude" in entry.text and entry.public for entry in desk.entries(1))


def test_a_note_for_another_case_that_has_no_words_is_not_said_to_be_done(desk: StoryDesk, notice: Mail) -> None:
    desk.mail(BEA.replies(notice, "/case 2\n/note\n/rca", desk.now))
    text = _flat(_receipts(desk)[0])
    assert "✖ /note: there was nothing to note. Write your text below it, or behind it on the same line" in text
    assert "✖ /rca: there was nothing to keep" in text
    assert "✔" not in text
    assert len(desk.entries(2)) == 2


def test_commands_for_cases_by_a_mail_to_the_standing_address(desk: StoryDesk, notice: Mail) -> None:
    desk.mail(BEA.replies(notice, "/help", desk.now))
    to = next(word for word in desk.newest(BEA).text.split() if "+c0." in word)
    desk.mail(BEA.writes(to, "x", "/case 1\n/take\n/remind 2d\n/case 3\n/status spam\nlist mine", desk.now))
    assert (desk.case(1).owner, desk.case(3).status) == (BEA.address, "Spam")
    assert "remind-1" in desk.timers(1)
    text = _flat(desk.newest(BEA))
    assert "✔ /take: the case is yours" in text
    assert "now: Spam" in text
    assert desk.newest(BEA).header("X-Maild-Event") == ""


def test_the_owner_of_another_case_is_told_what_was_done_to_it(desk: StoryDesk, notice: Mail) -> None:
    desk.mail(CARL.replies(desk.inbox(CARL)[1], "/take", desk.now))
    before = len(desk.inbox(CARL))
    desk.mail(BEA.replies(notice, "/case 2\n/severity low", desk.now))
    (told,) = desk.inbox(CARL)[before:]
    assert "bea@desk.test: /severity low." in _flat(told)


# --- receipts


def test_every_command_mail_has_one_receipt_with_state_and_what_leaves(desk: StoryDesk, notice: Mail) -> None:
    desk.mail(BEA.replies(notice, "/cc ben@customer.test\n/severity high\n/due 3d\n\nIt is on its way.", desk.now))
    (receipt,) = _receipts(desk)
    text = _flat(receipt)
    for part in (
        "✔ /severity high", "Status: Waiting on Customer, High", "Owner: Bea", "Queue: support",
        "Due: Thu 05 Mar 2026", "→ answer to ann@customer.test, leaves at 09:01:00 UTC (until then /undo)",
        "→ answer to ben@customer.test, leaves at 09:01:00 UTC (until then /undo)",
    ):  # fmt: skip
        assert part in text
    told = sorted(line.split()[3].rstrip(",") for line in receipt.text.splitlines() if line.startswith("→ "))
    before = {person: len(desk.inbox(person)) for person in (ANN, BEN, EVE)}
    desk.answers_leave()
    got = sorted(p.address for p in before if len(desk.inbox(p)) > before[p])
    assert told == got == [ANN.address, BEN.address]


def test_a_failed_line_leaves_nothing_half_done_and_the_state_shown_is_the_true_one(
    desk: StoryDesk, notice: Mail
) -> None:
    desk.mail(BEA.replies(notice, "/resolve it\n/assign nobody-here\n/severity high\n\nHello.", desk.now))
    (receipt,) = _receipts(desk)
    assert [line[0] for line in receipt.text.splitlines() if line[:1] in "✔✖" and line] == ["✖", "✖", "✔"]
    assert "Status: New, High" in _flat(receipt)
    assert "Owner: nobody" in _flat(receipt)
    assert "→ " not in receipt.text
    assert "Nothing was sent" in receipt.text
    desk.later(hours=1)
    assert len(desk.inbox(ANN)) == 1


def test_a_receipt_shows_what_rules_made_of_the_command(tmp_path: Path, sink: SinkServer, store_url: str) -> None:
    rule = """
[[rule]]
name = "bugs are urgent"
on = "change"
when = 'change.field == "kind" and case.kind == "bug"'
set.severity = "High"
"""
    with story_desk(tmp_path, sink, store_url, rule) as desk:
        desk.mail(ANN.writes(DESK, "Parcel", "Where?", desk.now))
        desk.mail(BEA.replies(desk.inbox(BEA)[0], "/kind bug", desk.now))
        assert "Status: New, High" in _flat(_receipts(desk)[0])


# --- canned answers


def test_a_canned_answer_leaves_in_the_cases_language_with_the_agents_own_words(
    tmp_path: Path, sink: SinkServer, store_url: str
) -> None:
    for tongue, text in (
        ("en", "Hello {{ requester }}, restart it.\n"),
        ("de", "Hallo {{ requester }}, bitte neu starten.\n"),
    ):
        (tmp_path / "own" / tongue / "answers").mkdir(parents=True)
        (tmp_path / "own" / tongue / "answers" / "restart.txt").write_text(text, "utf-8")
    with story_desk(tmp_path, sink, store_url, '\n[templates]\ndir = "own"\n') as desk:
        desk.mail(ANN.writes(DESK, "{{ 7*7 }} fails", "It fails.", desk.now))
        notice = desk.newest(BEA)
        desk.mail(BEA.replies(notice, "/template", desk.now))
        assert "say /template and one of: restart" in _flat(desk.newest(BEA))
        desk.mail(BEA.replies(notice, "/template restrat\n\nHi.", desk.now))
        assert "did you mean restart?" in _flat(desk.newest(BEA))
        desk.mail(BEA.replies(notice, "/template restart\n\nCall me if it does not help.", desk.now))
        desk.later(seconds=30)
        assert len(desk.inbox(ANN)) == 1, "it is held like every answer"
        desk.answers_leave()
        text = desk.newest(ANN).text
        assert "Hello Ann Customer, restart it.\nCall me if it does not help." in text
        assert "Ref: c1." in text
        assert text.count("Ref: ") == 1


def test_a_canned_answer_that_cannot_be_filled_in_stops_the_start(tmp_path: Path, sink: SinkServer) -> None:
    (tmp_path / "own" / "en" / "answers").mkdir(parents=True)
    (tmp_path / "own" / "en" / "answers" / "bad.txt").write_text("Hello {{ nobody }}", "utf-8")
    with (
        pytest.raises(Exception, match="nobody is unknown"),
        story_desk(tmp_path, sink, more='\n[templates]\ndir = "own"\n'),
    ):
        pass


def test_what_stood_beside_an_answer_that_was_held_is_done_once(
    tmp_path: Path, sink: SinkServer, store_url: str
) -> None:
    (tmp_path / "own" / "en" / "answers").mkdir(parents=True)
    (tmp_path / "own" / "en" / "answers" / "restart.txt").write_text("Please restart it.\n", "utf-8")
    with story_desk(tmp_path, sink, store_url, '\n[templates]\ndir = "own"\n') as desk:
        desk.mail(ANN.writes(DESK, "Parcel", "Where?", desk.now))
        desk.mail(BEN.writes(DESK, "Invoice", "Twice.", desk.now))
        notice = desk.inbox(BEA)[0]
        desk.later(minutes=5)
        desk.mail(ANN.replies(desk.inbox(ANN)[0], "It crashed as well.", desk.now))
        order = "/public\n/template restart\n/severity high\n/case 2\n/spend 15m\n/take\n\nCall me."
        desk.mail(BEA.replies(notice, order, desk.now))
        desk.answers_leave()
        assert len(desk.inbox(ANN)) == 1, "she wrote since that notice: it is held"
        assert (desk.case(1).severity, desk.case(2).owner) == ("Medium", BEA.address)

        desk.mail(BEA.replies(desk.newest(BEA), "/send", desk.now))
        desk.answers_leave()
        assert "Please restart it.\nCall me." in desk.newest(ANN).text
        assert desk.case(1).severity == "High"
        with desk.office.store.read() as unit:
            assert unit.worked.total([1, 2]) == 15


# --- the text of a mail that is about another case, and what a receipt says of the case at hand


def test_a_text_below_a_note_for_another_case_is_a_note_of_that_one(desk: StoryDesk, notice: Mail) -> None:
    desk.mail(BEA.replies(notice, "/case 3\n/note\n\nShe sells carpets.\nDo not answer.", desk.now))
    desk.answers_leave()
    (note,) = [entry for entry in desk.entries(3) if entry.direction == "note"]
    assert (note.text, note.public) == ("She sells carpets.\nDo not answer.", False)
    assert not any("carpets" in entry.text for entry in desk.entries(1))
    assert (len(desk.inbox(ANN)), len(desk.inbox(EVE))) == (1, 1)
    text = _flat(_receipts(desk)[-1])
    assert "[Case #3] Hello ✔ /note: an internal note" in text
    assert "Nothing was sent to anybody outside." in text


def test_such_a_text_takes_no_file_to_the_customer_of_the_case_at_hand(desk: StoryDesk, notice: Mail) -> None:
    mail = message_from_bytes(BEA.replies(notice, "/take\n/case 3\n/rca\n\nA carpet.", desk.now), policy=policy.SMTP)
    assert isinstance(mail, EmailMessage)
    mail.add_attachment(b"what she said", maintype="text", subtype="plain", filename="log.txt")
    desk.mail(mail.as_bytes())
    desk.answers_leave()
    assert len(desk.inbox(ANN)) == 1
    assert (desk.case(1).owner, desk.entries(3)[-1].text) == (BEA.address, "A carpet.")


@pytest.mark.parametrize("above", ["/public", "/note"])
def test_a_word_for_the_text_at_the_case_at_hand_keeps_it_there(desk: StoryDesk, notice: Mail, above: str) -> None:
    desk.mail(BEA.replies(notice, f"{above}\n/case 3\n/note\n\nIt is on its way.", desk.now))
    assert "It is on its way." in desk.entries(1)[-1].text
    assert [entry for entry in desk.entries(3) if entry.direction == "note"] == []
    assert "✖ /note: there was nothing to note" in _flat(_receipts(desk)[-1])


def test_of_several_notes_without_words_the_last_gets_the_text(desk: StoryDesk, notice: Mail) -> None:
    desk.mail(BEA.replies(notice, "/case 2\n/note\n/case 3\n/note\n\nShe sells carpets.", desk.now))
    assert desk.entries(3)[-1].text == "She sells carpets."
    assert "note" not in [entry.direction for entry in desk.entries(2)]
    text = _flat(_receipts(desk)[-1])
    assert "[Case #2] Invoice ✖ /note: there was nothing to note" in text
    assert "[Case #3] Hello ✔ /note: an internal note" in text


def test_a_note_for_a_case_that_is_not_there_is_kept_nowhere_and_sent_to_nobody(
    desk: StoryDesk, notice: Mail
) -> None:
    desk.mail(BEA.replies(notice, "/case 99\n/note\n\nShe sells carpets.", desk.now))
    desk.answers_leave()
    assert len(desk.inbox(ANN)) == 1
    assert "✖ /note: not done, and your text is kept nowhere; send it anew" in _flat(_receipts(desk)[-1])


@pytest.mark.parametrize(
    "order",
    [
        "/case 2\n/take", "/case 2\n/called", "/case 2\n/tkae", "/case 99\n/take", "/case 99\n/assign carl",
        "/case 2\n/resolve", "/case 2", "/case 2\n/public", "/case 2\n/vendor acme", "/case 2\n/assign crl",
        "/case 2 /close", "[Case #2]\n/close", "/take\n/resolve\n/case 2\n/close", "/template hello\n/case 2\n/take",
        "/case 2\n/assign carl\n/case 3\n/assign carl",
    ],
)  # fmt: skip
def test_a_text_beside_commands_for_another_case_goes_to_nobody_unless_public_stands_above(
    desk: StoryDesk, notice: Mail, order: str
) -> None:
    desk.mail(BEA.replies(notice, f"{order}\n\nHello Ben, it is corrected.", desk.now))
    desk.answers_leave()
    assert [len(desk.inbox(person)) for person in (ANN, BEN, EVE)] == [1, 1, 1]
    assert (desk.entries(1)[-1].direction, desk.entries(1)[-1].text) == ("note", "Hello Ben, it is corrected.")
    assert not any("corrected" in entry.text for number in (2, 3) for entry in desk.entries(number))
    assert desk.case(1).status in ("New", "Open")
    if "template" not in order:
        text = _flat(_receipts(desk)[-1])
        assert "✖ Which case is your text for? For the customer of case 1: send it again with /public above" in text


def test_what_is_done_to_another_case_is_done_though_the_text_is_asked_about(desk: StoryDesk, notice: Mail) -> None:
    desk.mail(BEA.replies(notice, "/take\n/case 2\n/severity high\n\nIt is corrected.", desk.now))
    assert (desk.case(1).owner, desk.case(2).severity) == (BEA.address, "High")
    text = _flat(_receipts(desk)[-1])
    places = [text.index(part) for part in ("✔ /take", "✖ Which case", "[Case #2] Invoice", "✔ /severity high")]
    assert places == sorted(places)


def test_a_file_beside_commands_for_another_case_goes_to_nobody_either(desk: StoryDesk, notice: Mail) -> None:
    mail = message_from_bytes(BEA.replies(notice, "/case 3\n/take", desk.now), policy=policy.SMTP)
    assert isinstance(mail, EmailMessage)
    mail.add_attachment(b"what she said", maintype="text", subtype="plain", filename="log.txt")
    desk.mail(mail.as_bytes())
    desk.answers_leave()
    assert len(desk.inbox(ANN)) == 1


@pytest.mark.parametrize("wrong", ["/case 2\n/tkae", "/case 99\n/take", "/case 2", "/case 2\n/ask carl"])
def test_where_a_line_for_another_case_is_refused_nothing_leaves_in_spite_of_public(
    desk: StoryDesk, notice: Mail, wrong: str
) -> None:
    desk.mail(BEA.replies(notice, f"/public\n/resolve\n{wrong}\n\nIt is on its way.", desk.now))
    desk.answers_leave()
    assert len(desk.inbox(ANN)) == 1
    assert (desk.case(1).status, desk.entries(1)[-1].direction) == ("New", "note")
    text = _flat(_receipts(desk)[-1])
    assert "✖ Your text was not sent, because a line for another case, below, could not be done" in text
    assert "– /resolve: not done" in text


@pytest.mark.parametrize("order", ["/assign carl", "/escalate", "/remind 2d", "/remind 2d ask again"])
def test_a_text_beside_what_hands_another_case_on_is_the_note_of_that_one(
    desk: StoryDesk, notice: Mail, order: str
) -> None:
    desk.mail(BEA.replies(notice, f"/take\n/case 2\n{order}\n\nHe is difficult.", desk.now))
    desk.answers_leave()
    assert [len(desk.inbox(person)) for person in (ANN, BEN)] == [1, 1]
    assert [entry.text for entry in desk.entries(2) if entry.direction == "note"] == ["He is difficult."]
    assert not any("difficult" in entry.text for entry in desk.entries(1))
    text = _flat(_receipts(desk)[-1])
    assert "✔ your text: an internal note; the customer does not see it" in text
    if "carl" in order:
        assert "He is difficult." in desk.newest(CARL).text
    if order == "/remind 2d":
        desk.later(days=2)
        assert "You wanted to be reminded: He is difficult." in _flat(desk.newest(BEA))


@pytest.mark.parametrize("head", ["/case 1\n/close", "[Case #1]\n/close", "/case 1 /close"])
def test_a_line_that_names_the_case_at_hand_means_it_and_one_state_is_told(
    desk: StoryDesk, notice: Mail, head: str
) -> None:
    desk.mail(BEA.replies(notice, f"/case 2\n/take\n{head}", desk.now))
    assert (desk.case(1).status, desk.case(2).owner) == ("Closed", BEA.address)
    receipt = _receipts(desk)[-1]
    assert "Status:    Closed, Medium" in receipt.text
    assert receipt.text.count("now: ") == 1


def test_of_a_merged_case_a_line_that_names_it_means_the_case_at_hand_too(desk: StoryDesk, notice: Mail) -> None:
    desk.mail(ANN.writes(DESK, "Where is my parcel now?", "Still.", desk.now))
    desk.mail(BEA.replies(desk.newest(BEA), "/merge 1", desk.now))
    desk.mail(BEA.replies(notice, "/case 4\n/severity high\n/case 1\n/take", desk.now))
    assert (desk.case(1).severity, desk.case(1).owner) == ("High", BEA.address)
    receipt = _receipts(desk)[-1]
    assert "Status:    Open, High" in receipt.text
    assert "now: " not in receipt.text


def test_what_is_shown_beside_a_command_or_an_answer_is_said_to_be_as_it_was(desk: StoryDesk, notice: Mail) -> None:
    desk.mail(BEA.replies(notice, "/take\n/why\n/summary", desk.now))
    text = _flat(_receipts(desk)[-1])
    assert "✔ /why: why the case is as it was before this mail stands above" in text
    assert "✔ /summary: as it stood before this mail: [Case #1] New, Medium, nobody" in text
    desk.mail(BEA.replies(notice, "/summary\n\nIt is on its way.", desk.now))
    assert "as it stood before this mail: [Case #1] Open" in _flat(_receipts(desk)[-1])
    desk.mail(BEA.replies(notice, "/summary\n/why", desk.now))
    assert "before this mail" not in _flat(_receipts(desk)[-1])


# --- /undo


def test_undo_takes_back_all_that_is_held_of_the_case_and_names_each(desk: StoryDesk, notice: Mail) -> None:
    desk.mail(BEA.replies(notice, "/cc ben@customer.test\n\nThe first answer.", desk.now))
    desk.mail(BEA.replies(notice, "The second.", desk.now))
    desk.mail(BEA.replies(notice, "/undo", desk.now))
    text = _flat(_receipts(desk)[-1])
    assert (
        "✔ /undo: all 2 that had not left yet will not leave, and are kept as notes: “The first answer.” of Bea to "
        "ann@customer.test, ben@customer.test; “The second.” of Bea to ann@customer.test, ben@customer.test."
    ) in text
    desk.later(hours=1)
    assert len(desk.inbox(ANN)) == 1


def test_undo_of_one_answer_says_which(desk: StoryDesk, notice: Mail) -> None:
    desk.mail(BEA.replies(notice, "It is on its way.", desk.now))
    desk.mail(CARL.replies(desk.inbox(CARL)[0], "/undo", desk.now))
    said = "✔ /undo: what had not left yet will not leave, and is kept as a note: “It is on its way.” of Bea to ann@"
    assert said in _flat(desk.newest(CARL))


def test_a_case_that_is_named_by_two_numbers_is_told_of_once(desk: StoryDesk, notice: Mail) -> None:
    desk.mail(ANN.writes(DESK, "Where is my parcel now?", "Still.", desk.now))
    desk.mail(BEA.replies(desk.newest(BEA), "/merge 1", desk.now))
    desk.mail(BEA.replies(desk.inbox(BEA)[1], "/case 4\n/take\n/case 1\n/severity high\n/summary", desk.now))
    assert (desk.case(1).owner, desk.case(1).severity) == (BEA.address, "High")
    text = _flat(_receipts(desk)[-1])
    assert text.count("now: Open") == 1
    assert "✔ /summary: as it stood before this mail: [Case #1]" in text
    assert "now: Open, High, owner bea@desk.test" in text

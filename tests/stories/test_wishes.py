"""A customer works their cases by mail, with one word: and only theirs."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.servers.sink import SinkServer
from tests.stories.desk import ANN, BEA, BEN, DESK, EVE, StoryDesk, story_desk
from tests.stories.links import taps

TRUSTED = """
[auth]
trusted = ["mx.desk.test"]
[[customer]]
name = "Customer Ltd"
domains = ["customer.test"]
super_users = ["ben@customer.test"]
"""
PASS = b"Authentication-Results: mx.desk.test; dmarc=pass header.from=customer.test\r\n"
FAIL = PASS.replace(b"=pass", b"=fail")


@pytest.fixture
def trusting(tmp_path: Path, sink: SinkServer, store_url: str) -> Iterator[StoryDesk]:
    """A desk that believes its mail server, and serves a customer with a super-user."""
    with story_desk(tmp_path, sink, store_url, TRUSTED) as made:
        yield made


def _asked(desk: StoryDesk, subject: str = "Where is my parcel?", *copied: str) -> None:
    desk.mail(ANN.writes(DESK, subject, f"About {subject}: it is late.", desk.now, cc=copied))


def _answered(desk: StoryDesk, text: str = "It is on its way.") -> None:
    desk.mail(BEA.replies(desk.inbox(BEA)[0], text, desk.now))
    desk.answers_leave()


def test_a_customer_works_their_case_by_words(desk: StoryDesk) -> None:
    _asked(desk)
    desk.mail(ANN.replies(desk.newest(ANN), "Status?", desk.now))
    told = desk.newest(ANN)
    assert told.subject == "[Case #1] How your case stands"
    assert "Case 1: Where is my parcel?\n\nWe have it; nobody has begun to work on it yet, since 02 Mar" in told.text
    assert (told.header("Auto-Submitted"), told.header("X-Auto-Response-Suppress")) == ("auto-replied", "All")
    assert desk.sink.messages[-1].envelope_from == ""

    _answered(desk)
    clock = desk.timers(1)
    desk.mail(ANN.replies(desk.newest(ANN), "status", desk.now))
    assert "We have answered, and wait for you" in desk.newest(ANN).text
    assert "it is closed on 04 Mar 2026" in desk.newest(ANN).text
    assert (desk.case(1).status, desk.timers(1)) == ("Waiting on Customer", clock)  # as the answer said

    notices = len(desk.inbox(BEA))
    desk.mail(ANN.replies(desk.newest(ANN), "Close", desk.now))
    assert (desk.case(1).status, desk.timers(1)) == ("Closed", {})
    assert "Thank you for telling us: case 1 is closed." in desk.newest(ANN).text
    assert "Closed: the customer needs nothing more." in desk.newest(BEA).text
    assert len(desk.inbox(BEA)) == notices + 1

    desk.mail(ANN.replies(desk.newest(ANN), "reopen", desk.now))
    assert desk.case(1).status == "Open"
    assert "Case 1 is open again" in desk.newest(ANN).text
    assert "Open: the customer opened it again." in desk.newest(BEA).text
    assert len(desk.cases()) == 1
    assert desk.letters() == {"routed": 6}


def test_what_is_promised_is_told_and_nothing_of_ours(desk: StoryDesk) -> None:
    _asked(desk)
    desk.mail(BEA.replies(desk.newest(BEA), "/take\n/severity high\n/note\n\nHe is a difficult one.", desk.now))
    desk.mail(ANN.replies(desk.newest(ANN), "status", desk.now))

    told = desk.newest(ANN)
    assert "We promised to solve it by 02 Mar 2026 13:00 UTC." in told.text
    for ours in ("High", "Bea", "difficult", "bea@desk.test", "L1"):
        assert ours not in told.whole


@pytest.mark.parametrize("subject", ["Re: [Case #1] close", "[Case #1] Fall schließen"])
def test_a_word_in_the_subject_of_an_empty_mail_will_do(desk: StoryDesk, subject: str) -> None:
    _asked(desk)
    desk.mail(ANN.writes(desk.newest(ANN).reply_address, subject, "", desk.now))

    assert desk.case(1).status == "Closed"


def test_a_sentence_with_the_word_in_it_is_a_message(desk: StoryDesk) -> None:
    _asked(desk, "close")
    for text in ("Please close it when it is done.", "What is the status of this, and when?", "Do not close"):
        desk.mail(ANN.replies(desk.newest(ANN), text, desk.now))
        assert desk.entries(1)[-1].text == text
        assert desk.newest(BEA).header("X-Maild-Event") == "reply"
    desk.mail(ANN.writes(desk.newest(ANN).reply_address, "[Case #1] close", "", desk.now))

    assert desk.case(1).status == "New"
    assert len(desk.inbox(ANN)) == 1


def test_list_shows_the_cases_of_the_requester_and_no_others(desk: StoryDesk) -> None:
    for subject in ("First", "Second", "Third"):
        _asked(desk, subject)
    desk.mail(BEN.writes(DESK, "Ben's own", "Hello.", desk.now, cc=[ANN.address]))
    desk.mail(BEA.replies(desk.inbox(BEA)[0], "/close\n\nDone.", desk.now))
    desk.mail(BEA.replies(desk.inbox(BEA)[1], "/status spam", desk.now))
    desk.answers_leave()
    desk.mail(ANN.replies(desk.inbox(ANN)[2], "Meine Fälle", desk.now))

    told = desk.newest(ANN)
    assert told.subject == "[Example Support] Your cases"
    assert told.text.index("[Case #3] Third") < told.text.index("[Case #1] First")
    assert "It is closed. Opened 02 Mar 2026, closed 02 Mar 2026." in told.text
    assert "Second" not in told.whole
    assert "Ben" not in told.whole
    desk.mail(taps(ANN, told, "It is settled", desk.now, signature="\n\nAnn Customer\nCustomer Ltd"))
    assert desk.case(3).status == "Closed"
    address = next(line for line in told.text.split("\n") if "Write to it" in line).split(": ")[1]
    desk.mail(ANN.writes(address, "whatever", "reopen", desk.now))
    assert desk.case(3).status == "Open"
    desk.mail(ANN.writes(address, "whatever", "close", desk.now))

    desk.later(days=15)
    desk.mail(ANN.replies(desk.newest(ANN), "list", desk.now).replace(b"To: support@", f"To: {address}, x@".encode()))
    assert "You have no open cases with us" in desk.newest(ANN).text


def test_a_copied_person_asks_how_it_stands_and_closes_nothing(desk: StoryDesk) -> None:
    _asked(desk, "Our order", BEN.address)
    _answered(desk)
    desk.mail(BEN.replies(desk.newest(BEN), "status", desk.now))
    assert "Case 1: Our order" in desk.newest(BEN).text
    assert desk.newest(BEN).header("To") == BEN.address
    assert "wait for you" not in desk.newest(ANN).text

    before = len(desk.inbox(BEN))
    desk.mail(BEN.replies(desk.newest(BEN), "close", desk.now))
    assert desk.case(1).status == "Open"  # a message like any other
    assert desk.entries(1)[-1].text == "close"
    assert len(desk.inbox(BEN)) == before


@pytest.mark.parametrize("word", ["list", "status", "close", "reopen"])
def test_T28_a_word_in_anothers_name_shows_and_moves_nothing(desk: StoryDesk, word: str) -> None:
    _asked(desk)
    _answered(desk)
    seen = len(desk.inbox(ANN))
    desk.mail(ANN.writes(DESK, "[Case #1] x", word, desk.now))  # anybody could write this in her name
    assert desk.entries(1)[-1].text == word
    desk.mail(ANN.writes(DESK, word, word, desk.now))
    assert desk.case(2).subject == word
    desk.mail(EVE.replies(desk.inbox(ANN)[1], word, desk.now))  # to whom her mail was passed on
    desk.mail(EVE.writes(DESK, f"[Case #1] {word}", "", desk.now))

    assert desk.case(1).status != "Closed"
    assert [mail.subject for mail in desk.inbox(ANN)[seen:]] == ["[Case #2] We have received your message"]
    assert not any("parcel" in mail.whole or "case stands" in mail.whole for mail in desk.inbox(EVE))


def test_T21_T28_a_word_that_a_trusted_server_calls_forged_shows_nothing(trusting: StoryDesk) -> None:
    _asked(trusting)
    seen = len(trusting.inbox(ANN))
    for word in ("list", "status", "close"):
        trusting.mail(FAIL + ANN.replies(trusting.inbox(ANN)[0], word, trusting.now))

    assert trusting.case(1).status == "New"
    assert len(trusting.inbox(ANN)) == seen


def test_a_vouched_customer_needs_no_mail_of_ours(trusting: StoryDesk) -> None:
    _asked(trusting)
    trusting.mail(PASS + ANN.writes(DESK, "hello", "list", trusting.now))
    assert "[Case #1] Where is my parcel?" in trusting.newest(ANN).text
    trusting.mail(PASS + ANN.writes(DESK, "[Case #1] x", "status", trusting.now))
    assert "Case 1: Where is my parcel?" in trusting.newest(ANN).text

    assert len(trusting.cases()) == 1
    assert trusting.letters() == {"routed": 2, "ignored": 1}


def test_a_super_user_lists_the_cases_of_their_organisation(trusting: StoryDesk) -> None:
    _asked(trusting)
    trusting.mail(EVE.writes(DESK, "Not yours", "Hello.", trusting.now))
    trusting.mail(PASS + BEN.writes(DESK, "hello", "list", trusting.now))

    told = trusting.newest(BEN)
    assert "[Case #1] Where is my parcel?" in told.text
    assert "by ann@customer.test" in told.text
    assert "Not yours" not in told.whole
    assert "support+c2" not in told.whole
    trusting.mail(PASS + ANN.writes(DESK, "hello", "list", trusting.now))
    assert "by " not in trusting.newest(ANN).text.replace("by itself", "")
    assert "join" not in trusting.newest(ANN).text


def _listed(desk: StoryDesk) -> str:
    """The address of case 1, as Ben's list has it."""
    desk.mail(PASS + BEN.writes(DESK, "hello", "list", desk.now))
    return next(word for word in desk.newest(BEN).text.split() if word.startswith("support+c1."))


def test_a_super_user_sees_closes_and_opens_the_cases_of_their_house_and_takes_no_part(trusting: StoryDesk) -> None:
    _asked(trusting)
    address = _listed(trusting)
    trusting.mail(BEN.writes(address, "x", "status", trusting.now))
    assert "Case 1: Where is my parcel?" in trusting.newest(BEN).text
    trusting.mail(BEN.writes(address, "x", "close", trusting.now))
    assert trusting.case(1).status == "Closed"
    assert "Closed: the customer needs nothing more." in trusting.newest(BEA).text
    trusting.mail(BEN.writes(address, "x", "reopen", trusting.now))
    assert trusting.case(1).status == "Open"

    before = len(trusting.inbox(BEN))
    _answered(trusting)
    assert len(trusting.inbox(BEN)) == before
    assert "on its way" in trusting.newest(ANN).text


def test_T23_a_super_user_who_joins_takes_part_from_then_on_and_the_owner_is_told(trusting: StoryDesk) -> None:
    _asked(trusting)
    address = _listed(trusting)
    trusting.mail(BEN.writes(address, "x", "join", trusting.now))
    assert "ben@customer.test stands for their house, and joined the case." in trusting.newest(BEA).text
    _answered(trusting)
    assert "on its way" in trusting.newest(BEN).text

    trusting.mail(BEN.replies(trusting.newest(BEN), "leave", trusting.now))
    before = len(trusting.inbox(BEN))
    trusting.mail(BEA.replies(trusting.inbox(BEA)[0], "/send", trusting.now))
    trusting.mail(BEA.replies(trusting.newest(BEA), "/public\n\nOnce more.", trusting.now))
    trusting.answers_leave()
    assert len(trusting.inbox(BEN)) == before


@pytest.mark.parametrize("word", ["join", "status", "close"])
def test_T22_T28_nobody_but_a_proven_super_user_of_that_house_has_a_word_in_it(
    trusting: StoryDesk, word: str
) -> None:
    _asked(trusting)
    address = _listed(trusting)
    trusting.mail(EVE.writes(address, "x", word, trusting.now))
    trusting.mail(FAIL + BEN.writes(address, "x", word, trusting.now))
    trusting.mail(EVE.writes(DESK, "Mine", "Another matter.", trusting.now))
    eves = trusting.newest(EVE)
    trusting.mail(PASS + BEN.replies(eves, word, trusting.now))
    anns, before = trusting.inbox(ANN)[0], len(trusting.inbox(ANN))
    trusting.mail(PASS.replace(b"mx.desk", b"mx.evil") + BEN.writes(DESK, "[Case #1] x", word, trusting.now))

    assert {case.status.value for case in trusting.cases()} == {"New"}
    for number in (1, 2):
        with trusting.office.store.read() as unit:
            people = {person.address for person in unit.cases.participants([number])[number]}
        assert BEN.address not in people or trusting.case(number).requester == BEN.address
    assert not [m for m in trusting.inbox(EVE) if "parcel" in m.whole]
    assert len(trusting.inbox(ANN)) == before
    assert anns


def test_the_status_of_a_case_closed_long_ago_opens_no_other(desk: StoryDesk) -> None:
    _asked(desk)
    _answered(desk, "/close\n\nDone.")
    desk.later(days=20)
    desk.mail(ANN.replies(desk.inbox(ANN)[-1], "status", desk.now))

    assert "It is closed, since 02 Mar 2026" in desk.newest(ANN).text
    assert len(desk.cases()) == 1
    desk.mail(ANN.replies(desk.inbox(ANN)[-1], "reopen", desk.now))
    assert desk.case(2).continuation_of == 1


def test_words_without_end_are_answered_as_often_as_the_limiter_allows(desk: StoryDesk) -> None:
    _asked(desk)
    first = desk.newest(ANN)
    for number in range(9):
        desk.mail(ANN.replies(first, "status" + "!" * number, desk.now))

    assert len(desk.inbox(ANN)) == 5
    assert desk.journal(1).count("not-told") == 5


def test_in_a_merged_case_each_sees_their_own_and_closes_nothing_of_the_others(desk: StoryDesk) -> None:
    _asked(desk)
    desk.mail(BEN.writes(DESK, "My own parcel", "Late as well.", desk.now))
    desk.mail(BEA.replies(desk.inbox(BEA)[1], "/merge 1", desk.now))
    desk.mail(BEN.replies(desk.inbox(BEN)[0], "status", desk.now))
    assert "Case 2: My own parcel" in desk.newest(BEN).text
    desk.mail(BEN.replies(desk.inbox(BEN)[0], "list", desk.now))
    assert "[Case #2] My own parcel\n  We" in desk.newest(BEN).text
    for mail in desk.inbox(BEN):
        assert "Where is my parcel" not in mail.whole

    desk.mail(BEN.replies(desk.inbox(BEN)[0], "close", desk.now))
    assert desk.case(1).status != "Closed"

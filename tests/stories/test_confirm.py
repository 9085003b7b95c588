"""Mail in an agent's name that proves nothing, and orders that reach far: asked back, by a code that is good once."""

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from maild.demo.people import Mail, Person
from maild.pipeline.intake import hand_in
from store.letters import RELEASED
from tests.benchmarks.rules import InProcess
from tests.servers.sink import SinkServer
from tests.stories.desk import ANN, BEA, BEN, CARL, DESK, EVE, StoryDesk, story_desk

BOSS = Person("Bo Boss", "boss@customer.test")
PLAIN = "plus_addresses = false\n"
ROOT = Person("Root", "root@desk.test")
ADMIN = '[[agent]]\naddress = "root@desk.test"\nname = "Root"\nrole = "admin"\n'


@pytest.fixture
def notice(desk: StoryDesk) -> Mail:
    """Ann asked; the notice that Bea got."""
    desk.mail(ANN.writes(DESK, "Where is my parcel?", "It is two weeks late.", desk.now))
    return desk.newest(BEA)


def _question(desk: StoryDesk, who: Person = BEA) -> Mail:
    return [mail for mail in desk.inbox(who) if "Was this mail from you?" in mail.subject][-1]


def _asks(desk: StoryDesk, text: str = "/close") -> Mail:
    """A mail of Bea's without proof, and the question that she got."""
    desk.mail(BEA.writes(DESK, "Re: [Case #1] Where is my parcel?", text, desk.now))
    return _question(desk)


def test_T01_a_question_shows_what_was_held_and_yes_carries_it_out(desk: StoryDesk, notice: Mail) -> None:
    asked = _asks(desk, "/severity high\n/take")
    assert desk.case(1).severity == "Medium"
    assert "| Subject: Re: [Case #1] Where is my parcel?\n| /severity high\n| /take" in asked.text

    desk.mail(BEA.replies(asked, "Yes.\n\nBea Agent\nExample Inc.", desk.now))
    assert desk.case(1).severity == "High"
    assert desk.case(1).owner == BEA.address
    assert desk.quarantined() == []
    after = desk.inbox(BEA)[2:]
    assert ["✔ /take: the case is yours" in mail.text for mail in after] == [True]  # one mail, of what was done


def test_T15_an_answer_without_proof_reaches_the_customer_once_it_is_confirmed(desk: StoryDesk, notice: Mail) -> None:
    asked = _asks(desk, "It is on its way.")
    desk.answers_leave()
    assert len(desk.inbox(ANN)) == 1

    desk.mail(BEA.replies(asked, "yes", desk.now))
    desk.answers_leave()
    assert "on its way" in desk.newest(ANN).text


@pytest.mark.parametrize("answer", ["No!", "no", "/no"])
def test_T01_no_drops_it_and_nothing_is_done(desk: StoryDesk, notice: Mail, answer: str) -> None:
    asked = _asks(desk)
    desk.mail(BEA.replies(asked, answer, desk.now))

    assert desk.case(1).status == "New"
    assert desk.quarantined() == []
    assert "was dropped" in desk.newest(BEA).text
    desk.mail(BEA.replies(asked, "yes", desk.now))
    assert desk.case(1).status == "New"


@pytest.mark.parametrize(
    "answer", ["No, that was not me, yes I am sure", "What is this?", "I said yes", "/close", ""]
)
def test_T01_what_is_no_plain_yes_lets_nothing_go(desk: StoryDesk, notice: Mail, answer: str) -> None:
    asked = _asks(desk)
    desk.mail(BEA.replies(asked, answer, desk.now))

    assert desk.case(1).status == "New"
    assert desk.quarantined() == ["unproven-agent"]
    desk.mail(BEA.replies(asked, "yes", desk.now))
    assert desk.case(1).status == "Closed"


def test_T11_a_vacation_note_says_yes_to_nothing(desk: StoryDesk, notice: Mail) -> None:
    raw = BEA.replies(_asks(desk), "yes\n\nI am away until Monday.", desk.now)
    desk.mail(raw.replace(b"Subject:", b"Auto-Submitted: auto-replied\r\nSubject:", 1))

    assert desk.case(1).status == "New"
    assert "unproven-agent" in desk.quarantined()


def test_T84_a_confirmation_counts_once(desk: StoryDesk, notice: Mail) -> None:
    asked = _asks(desk, "It is on its way.")
    yes = BEA.replies(asked, "yes", desk.now)
    desk.mail(yes)
    desk.mail(yes)
    desk.mail(BEA.replies(asked, "yes", desk.now))
    desk.answers_leave()

    assert len([mail for mail in desk.inbox(ANN) if "on its way" in mail.text]) == 1
    assert "answered already; nothing is done twice" in desk.newest(BEA).text


def test_T84_a_confirmation_after_half_an_hour_is_too_late(desk: StoryDesk, notice: Mail) -> None:
    asked = _asks(desk)
    desk.later(minutes=31)
    desk.mail(BEA.replies(asked, "yes", desk.now))

    assert desk.case(1).status == "New"
    assert "came too late" in desk.newest(BEA).text
    assert desk.quarantined() == ["unproven-agent"]


@pytest.mark.parametrize("answer", ["Yes, it was me. Thanks", "Yes - I wrote it.\n\nBea"])
def test_T01_yes_with_polite_words_is_a_yes(desk: StoryDesk, notice: Mail, answer: str) -> None:
    desk.mail(BEA.replies(_asks(desk), answer, desk.now))
    assert desk.case(1).status == "Closed"


def test_T01_what_was_held_beside_is_named_and_asked_about_one_by_one(desk: StoryDesk, notice: Mail) -> None:
    asked = _asks(desk, "/severity high")
    for text in ("/take", "/kind bug", "Pay to account 66."):
        desk.mail(BEA.writes(DESK, "[Case #1] about " + text, text, desk.now))
    assert _question(desk).raw == asked.raw, "asked once an hour"

    desk.mail(BEA.replies(asked, "yes", desk.now))
    assert (desk.case(1).severity, desk.case(1).owner) == ("High", None), "one yes is for one mail"
    second = _question(desk)
    told = " ".join(second.text.split())
    assert "| /take" in second.text
    for part in ("Also held in your name", "about /kind bug", "about Pay to account 66."):
        assert part in told

    desk.mail(BEA.replies(asked, "yes", desk.now))  # once more, to the first
    assert "Another mail in your name is held, “[Case #1] about /take”" in " ".join(desk.newest(BEA).text.split())
    assert "If you got none (there is one an hour at most), send it anew" in " ".join(desk.newest(BEA).text.split())
    desk.mail(BEA.replies(second, "yes", desk.now))
    desk.mail(BEA.replies(_question(desk), "yes", desk.now))
    assert (desk.case(1).owner, desk.case(1).kind) == (BEA.address, "bug")
    last = _question(desk)
    assert "Also held" not in last.text
    desk.mail(BEA.replies(last, "No, that was not me.", desk.now))
    desk.answers_leave()
    assert desk.quarantined() == []
    assert not any("66" in mail.text for mail in desk.inbox(ANN))


def test_T01_the_next_question_names_what_was_held_in_silence(desk: StoryDesk, notice: Mail) -> None:
    _asks(desk, "/severity high")
    desk.mail(BEA.writes(DESK, "[Case #1] a second", "/take", desk.now))
    desk.later(minutes=61)
    asked = _asks(desk, "/kind bug")
    told = " ".join(asked.text.split())
    assert "| /kind bug" in asked.text
    assert "02 Mar 09:00, [Case #1] a second" in told.replace("| ", "")
    assert told.count("Where is my parcel?") == 2  # the one at hand, and the first one, which nobody answered


def test_T49_of_many_mails_in_an_agents_name_a_question_names_a_few(desk: StoryDesk, notice: Mail) -> None:
    first = _asks(desk, "/severity high")
    for number in range(12):
        hand_in(desk.office, "inject", BEA.writes(DESK, f"[Case #1] no {number}", "/take", desk.now), desk.now)
    desk.work()
    desk.mail(BEA.replies(first, "no", desk.now))
    told = _question(desk).text
    assert "no 1\n" in told
    assert "no 10\n" in told
    assert "no 11" not in told
    assert "- and more" in told


def test_T84_an_answer_that_came_too_late_brings_the_question_anew(desk: StoryDesk, notice: Mail) -> None:
    asked = _asks(desk)
    desk.later(minutes=31)
    desk.mail(BEA.replies(asked, "yes", desk.now))
    assert "You are asked about it anew." in " ".join(desk.newest(BEA).text.split())
    assert desk.case(1).status == "New"
    desk.mail(BEA.replies(_question(desk), "yes", desk.now))
    assert desk.case(1).status == "Closed"


def test_T84_who_has_a_code_of_anothers_is_asked_nothing_and_learns_nothing(desk: StoryDesk, notice: Mail) -> None:
    asked = _asks(desk)
    desk.mail(BEA.writes(DESK, "[Case #1] a second", "/take", desk.now))
    before = len(desk.inbox(BEA))
    desk.mail(EVE.replies(asked, "yes", desk.now))
    assert not [mail for mail in desk.inbox(BEA)[before:] if "Was this mail" in mail.subject]
    assert "a second" not in "".join(mail.text for mail in desk.inbox(EVE))


@pytest.mark.parametrize("who", [EVE, CARL, ANN])
def test_T84_a_confirmation_from_another_address_is_refused_and_ends_the_code(
    desk: StoryDesk, notice: Mail, who: Person
) -> None:
    asked = _asks(desk)
    desk.mail(who.replies(asked, "yes", desk.now))
    assert desk.case(1).status == "New"
    assert "confirmation-refused" in desk.quarantined()
    assert f"came from {who.address}, and was refused" in " ".join(desk.newest(BEA).text.split())

    desk.mail(BEA.replies(asked, "yes", desk.now))
    assert desk.case(1).status == "New"
    assert len(desk.cases()) == 1


def test_T84_a_code_is_for_the_mail_it_was_made_for(desk: StoryDesk, notice: Mail) -> None:
    asked = _asks(desk)
    with desk.office.store.write() as unit:
        other = "update raws set content = (select content from raws where id = 1) where id = 2"
        unit.outbox._connection.exec_driver_sql(other)
    desk.mail(BEA.replies(asked, "yes", desk.now))

    assert desk.case(1).status == "New"
    assert "not held any more" in desk.newest(BEA).text


def test_T84_a_changed_code_is_no_code(desk: StoryDesk, notice: Mail) -> None:
    asked = _asks(desk)
    code = asked.reply_address.partition("+yes.")[2].partition("@")[0]
    assert len(code) == 26
    wrong = ("a" if code[0] != "a" else "b") + code[1:]
    desk.mail(BEA.replies(Mail(asked.raw.replace(code.encode(), wrong.encode())), "yes", desk.now))
    assert desk.case(1).status == "New"
    desk.mail(BEA.replies(Mail(asked.raw.replace(code.encode(), code.upper().encode())), "yes", desk.now))
    assert desk.case(1).status == "Closed"


def test_T14_who_left_meanwhile_confirms_nothing(desk: StoryDesk, notice: Mail) -> None:
    asked = _asks(desk)
    stayed = tuple(agent for agent in desk.office.desk.agents if agent.address != BEA.address)
    desk.office = replace(desk.office, desk=replace(desk.office.desk, agents=stayed))
    desk.mail(BEA.replies(asked, "yes", desk.now))

    assert desk.case(1).status == "New"


def test_the_code_itself_is_kept_nowhere_but_in_the_mail(desk: StoryDesk, notice: Mail) -> None:
    code = _asks(desk).reply_address.partition("+yes.")[2].partition("@")[0]
    with desk.office.store.read() as unit:
        kept = [tuple(row) for row in unit.outbox._connection.exec_driver_sql("select * from codes")]

    assert kept
    assert code not in str(kept)
    assert code not in desk.output.getvalue()


def test_where_plus_addresses_do_not_work_the_subject_brings_the_code_back(tmp_path: Path, sink: SinkServer) -> None:
    with story_desk(tmp_path, sink) as desk:
        letterhead = replace(desk.office.stationery.letterhead, plus_addresses=False)
        desk.office = replace(desk.office, stationery=replace(desk.office.stationery, letterhead=letterhead))
        desk.mail(ANN.writes(DESK, "Where is my parcel?", "It is two weeks late.", desk.now))
        asked = _asks(desk)
        assert asked.reply_address == DESK
        desk.mail(BEA.replies(asked, "yes", desk.now, quote=False))

        assert desk.case(1).status == "Closed"


def test_an_answer_to_a_notice_whose_token_has_run_out_is_asked_about_and_then_counts(
    desk: StoryDesk, notice: Mail
) -> None:
    desk.mail(BEA.replies(notice, "/status on hold", desk.now))
    desk.later(days=60)
    desk.mail(BEA.replies(notice, "/severity high", desk.now, subject="no tag here"))
    assert desk.case(1).severity == "Medium"

    desk.mail(BEA.replies(_question(desk), "yes", desk.now))
    assert desk.case(1).severity == "High"


def test_a_new_case_for_a_caller_can_be_opened_from_any_mail_once_it_is_confirmed(desk: StoryDesk) -> None:
    desk.mail(BEA.writes(DESK, "A call", "/new for ben@customer.test\n\nHis screen is black.", desk.now))
    assert desk.cases() == []
    desk.mail(BEA.replies(_question(desk), "yes", desk.now))

    assert desk.case(1).requester == BEN.address


# --- orders that reach far


def _meant(desk: StoryDesk) -> Mail:
    return [mail for mail in desk.inbox(BEA) if "Do you mean this?" in mail.subject][-1]


def test_somebody_from_elsewhere_takes_part_only_when_that_was_asked_back(desk: StoryDesk, notice: Mail) -> None:
    desk.mail(BEA.replies(notice, "/cc eve@elsewhere.test\n\nIt is on its way.", desk.now))
    desk.answers_leave()
    assert not desk.inbox(EVE)
    assert len(desk.inbox(ANN)) == 1  # the whole mail waits
    assert desk.quarantined() == ["needs-confirmation"]
    asked = _meant(desk)
    assert "eve@elsewhere.test is not of customer.test" in " ".join(asked.text.split())

    desk.mail(BEA.replies(asked, "yes", desk.now))
    desk.answers_leave()
    assert "on its way" in desk.newest(EVE).text
    assert "on its way" in desk.newest(ANN).text
    assert desk.quarantined() == []


def test_the_requesters_house_and_whom_they_copied_need_no_asking(desk: StoryDesk, notice: Mail) -> None:
    desk.mail(BEA.replies(notice, "/cc boss@customer.test", desk.now))
    assert any("boss@customer.test gets every public mail" in " ".join(m.text.split()) for m in desk.inbox(BEA))

    desk.mail(ANN.writes(desk.inbox(ANN)[0].reply_address, "Re: x", "Eve knows more.", desk.now, cc=[EVE.address]))
    desk.mail(BEA.replies(notice, "/cc eve@elsewhere.test", desk.now))
    assert desk.quarantined() == []


def test_two_of_a_public_mail_house_have_nothing_to_do_with_each_other(desk: StoryDesk) -> None:
    someone = Person("Someone", "someone@gmail.com")
    desk.mail(someone.writes(DESK, "Hello", "Question", desk.now))
    desk.mail(BEA.replies(desk.newest(BEA), "/cc another@gmail.com", desk.now))

    assert desk.quarantined() == ["needs-confirmation"]


def test_T84_a_confirmed_order_is_judged_by_what_is_then(desk: StoryDesk, notice: Mail) -> None:
    desk.mail(BEA.replies(notice, "/cc eve@elsewhere.test", desk.now))
    stayed = tuple(agent for agent in desk.office.desk.agents if agent.address != BEA.address)
    asked = _meant(desk)
    desk.mail(CARL.replies(desk.inbox(CARL)[0], "/cc boss@customer.test", desk.now))
    few = replace(desk.office.desk.policy, participants=1)
    desk.office = replace(desk.office, desk=replace(desk.office.desk, policy=few))
    desk.mail(BEA.replies(asked, "yes", desk.now))

    assert "people take part; more are not allowed" in " ".join(" ".join(m.text for m in desk.inbox(BEA)).split())
    assert stayed


def test_cases_of_two_queues_are_merged_only_when_that_was_asked_back(tmp_path: Path, sink: SinkServer) -> None:
    queues = '[[queue]]\nname = "support"\n[[queue]]\nname = "billing"\naddress = "billing@desk.test"\n'
    with story_desk(tmp_path, sink, more=queues) as desk:
        desk.mail(ANN.writes("billing@desk.test", "Invoice", "Wrong.", desk.now))
        desk.mail(ANN.writes(DESK, "Parcel", "Late.", desk.now))
        desk.mail(BEA.replies(desk.newest(BEA), "/merge 1", desk.now))
        assert desk.case(2).status == "New"
        desk.mail(BEA.replies(_meant(desk), "yes", desk.now))

        assert desk.case(2).status == "Merged"


def test_an_admin_may_release_what_was_to_be_asked_back(desk: StoryDesk, notice: Mail) -> None:
    desk.mail(BEA.replies(notice, "/cc eve@elsewhere.test\n\nHello.", desk.now))
    with desk.office.store.write() as unit:
        (held,) = unit.letters.quarantined()
        assert unit.letters.release(held.id, RELEASED)
    desk.work()
    desk.answers_leave()

    assert "Hello." in desk.newest(EVE).text


# --- guessing


def _guess(desk: StoryDesk, sender: str, number: int, marks: int = 1) -> None:
    words = ["".join(chr(97 + (number * 7 + n * 3 + k) % 26) for n in range(16)) for k in range(marks)]
    lines = "\r\n".join(f"Ref: c1.{word}" for word in words)
    desk.mail(f"From: {sender}\r\nTo: {DESK}\r\nSubject: {number}\r\n\r\nHello {number}\r\n{lines}\r\n".encode())


def test_T84b_wrong_tokens_in_an_agents_name_harm_no_true_one_and_the_admins_are_told_once(
    tmp_path: Path, sink: SinkServer, store_url: str
) -> None:
    with story_desk(tmp_path, sink, store_url, ADMIN) as desk:
        desk.mail(ANN.writes(DESK, "Where is my parcel?", "It is two weeks late.", desk.now))
        notice = desk.newest(BEA)
        for number in range(5):
            _guess(desk, BEA.address, number, 40)
        assert len(desk.logged("token.guessed")) == 1
        told = [mail for mail in desk.inbox(ROOT) if "tries tokens" in mail.subject]
        assert len(told) == 1
        assert BEA.address in told[0].text

        desk.mail(BEA.replies(notice, "/severity high", desk.now))
        assert desk.case(1).severity == "High", "a true token is as good as ever"
        _guess(desk, BEA.address, 6, 20)
        assert desk.quarantined() == ["unproven-agent"] * 6
        asked = [mail for mail in desk.inbox(BEA) if "Was this mail from you?" in mail.subject]
        assert len(asked) == 1


def test_T84b_a_true_token_beside_wrong_ones_counts(desk: StoryDesk, notice: Mail) -> None:
    raw = BEA.replies(notice, "/severity high", desk.now)
    wrong = b" ".join(b"<c1.e%d.abcdefghijklmnop@desk.test>" % n for n in range(30))
    desk.mail(raw.replace(b"References: ", b"References: " + wrong + b"\r\n ", 1))

    assert desk.case(1).severity == "High"
    assert len(desk.logged("token.guessed")) == 1


def test_T84b_guesses_of_one_hurt_no_other(desk: StoryDesk, notice: Mail) -> None:
    _guess(desk, EVE.address, 0, 30)
    desk.mail(BEA.replies(notice, "/severity high", desk.now))

    assert desk.case(1).severity == "High"


def test_T84b_no_answer_tells_a_guesser_anything(desk: StoryDesk, notice: Mail) -> None:
    for number in range(3):
        _guess(desk, "eve@elsewhere.test", number, 20)
    said = {re.sub(r"#?\d+|c\d+\.\S+", "", mail.text) for mail in desk.inbox(EVE)}

    assert len(said) == 1  # the same acknowledgement, before and after
    assert not any("token" in text for text in said)


def _mutations(address: str) -> Iterator[str]:
    """What a live reply address may become at a guesser's, a relay's or a bug's hands; none of it is the address."""
    local, _, domain = address.partition("@")
    queue, _, part = local.partition("+")
    mark, _, token = part.rpartition(".")
    for at in range(len(token)):
        for letter in {"a", "7", token[at - 1]} - {token[at]}:
            yield f"{queue}+{mark}.{token[:at]}{letter}{token[at + 1 :]}@{domain}"
        yield f"{queue}+{mark}.{token[:at]}@{domain}"
    yield f"{queue}@{domain}"
    yield f"{part}+{queue}@{domain}"
    yield f"{part}@{domain}"
    yield f"{queue}+{part}+{part}@{domain}"
    yield f"{queue}+{part}x@{domain}"
    yield f"{queue}+x{part}@{domain}"
    yield f"{queue}+{mark}.{token[::-1]}@{domain}"
    yield f"{queue}+{mark}0.{token}@{domain}"
    yield f"{queue}+c2.{token}@{domain}"
    yield f"{queue}+c0.{token}@{domain}"
    yield f"{queue}+{mark}..{token}@{domain}"
    yield f"{queue}-{part}@{domain}"
    yield f"{queue}+{token}.{mark}@{domain}"
    yield f"{queue}+{mark}.e1.{token[:-1]}@{domain}"


def test_T84b_every_mutation_of_a_live_token_is_refused_on_the_whole_road(tmp_path: Path, sink: SinkServer) -> None:
    with story_desk(tmp_path, sink) as desk:
        desk.office = replace(desk.office, read=InProcess())
        desk.mail(ANN.writes(DESK, "Where is my parcel?", "It is two weeks late.", desk.now))
        notice, anns = desk.newest(BEA), desk.inbox(ANN)[0]
        desk.mail(BEA.replies(notice, "/status on hold", desk.now))
        wrong = [(BEA, one, "/close") for one in _mutations(notice.reply_address)]
        wrong += [(EVE, one, "Let me in.") for one in _mutations(anns.reply_address)]
        assert len(wrong) > 120
        for number, (who, address, text) in enumerate(wrong):
            hand_in(desk.office, "inject", who.writes(address, f"{number}", text, desk.now), desk.now)
            if number % 15 == 0:  # no more than twenty within an hour: all of them are looked at
                desk.later(minutes=61)
        desk.work()

        assert desk.case(1).status == "On Hold"
        assert not [entry for entry in desk.entries(1) if entry.sender in (EVE.address,)]
        assert not desk.logged("token.guessed")
        hand_in(desk.office, "inject", EVE.writes(anns.reply_address.upper(), "x", "A line.", desk.now), desk.now)
        desk.mail(BEA.writes(notice.reply_address.upper(), "x", "/close", desk.now))
        assert desk.case(1).status == "Closed"
        assert [entry for entry in desk.entries(1) if entry.sender == EVE.address]


# --- roles

QUEUES = """
[[queue]]
name = "support"
[[queue]]
name = "billing"
address = "billing@desk.test"
[[agent]]
address = "dora@desk.test"
queues = ["billing"]
[[agent]]
address = "emil@desk.test"
role = "manager"
queues = ["billing"]
"""
DORA, EMIL = Person("Dora", "dora@desk.test"), Person("Emil", "emil@desk.test")


def test_T31_a_case_that_left_the_queues_of_an_agent_is_not_there_for_them(tmp_path: Path, sink: SinkServer) -> None:
    with story_desk(tmp_path, sink, more=QUEUES) as desk:
        desk.mail(ANN.writes("billing@desk.test", "Invoice", "Wrong.", desk.now))
        doras, emils = desk.newest(DORA), desk.newest(EMIL)
        desk.mail(BEA.replies(desk.newest(BEA), "/queue support", desk.now))
        desk.mail(DORA.replies(doras, "/close", desk.now))
        assert desk.case(1).status == "New"
        assert "There is no case 1." in desk.newest(DORA).text
        assert desk.quarantined() == ["not-their-queue"]

        desk.mail(EMIL.replies(emils, "/assign dora", desk.now))  # a manager may act on all
        desk.mail(DORA.replies(desk.newest(DORA), "/close", desk.now))  # and on what is hers she may, wherever it is
        assert desk.case(1).status == "Closed"


def test_T84_a_late_yes_to_an_order_that_reaches_far_says_to_send_it_once_more(desk: StoryDesk, notice: Mail) -> None:
    desk.mail(BEA.replies(notice, "/cc eve@elsewhere.test\n\nHello.", desk.now))
    asked = _meant(desk)
    desk.later(minutes=31)
    desk.mail(BEA.replies(asked, "yes", desk.now))
    assert "still held. Send it once more, and you are asked again." in " ".join(desk.newest(BEA).text.split())
    desk.later(hours=1)
    assert not desk.inbox(EVE)


def test_T01_a_yes_to_a_mail_without_a_case_leads_to_what_was_promised(desk: StoryDesk, notice: Mail) -> None:
    desk.mail(BEA.writes(DESK, "For Ann", "Hello Ann,\nit comes tomorrow.", desk.now))
    asked = _question(desk)
    assert "one that names no case goes to nobody, and you are told where it lies" in " ".join(asked.text.split())
    desk.mail(BEA.replies(asked, "yes", desk.now))
    told = " ".join(desk.newest(BEA).text.split())
    assert "Your mail counts as yours now, but means no case, and is held." in told
    assert "It lies in quarantine under its subject, “For Ann”" in told
    assert "To answer a customer: reply to a notice of the case" in told

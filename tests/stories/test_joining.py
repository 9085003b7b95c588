"""Who gets into a case that is not theirs: nobody, by number, reference or another's name (threats T20 to T28)."""

from pathlib import Path

from maild.demo.people import Person
from tests.servers.sink import SinkServer
from tests.stories.desk import ANN, BEA, BEN, DESK, EVE, StoryDesk, story_desk

TRUSTED = '[auth]\ntrusted = ["mx.desk.test"]\n'
SERVICE = Person("Service", "verify@service.test")


def _answered(desk: StoryDesk) -> None:
    desk.mail(ANN.writes(DESK, "Where is my parcel?", "Ann's secret.", desk.now))
    desk.mail(BEA.replies(desk.newest(BEA), "It is on its way.", desk.now))
    desk.answers_leave()


def test_T20_guessing_numbers_leads_into_no_case_and_every_answer_is_the_same(desk: StoryDesk) -> None:
    _answered(desk)
    for number in (1, 997, 998, 999, 10**6, 2**63, 1):
        desk.mail(EVE.writes(DESK, f"[Case #{number}] hello", f"Guess {number} at {len(desk.cases())}", desk.now))

    assert len([entry for entry in desk.entries(1) if entry.direction == "in"]) == 1
    assert len(desk.cases()) == 8
    own = [case.number for case in desk.cases()[1:]]
    pairs = zip(own, desk.inbox(EVE), strict=False)
    seen = {mail.text.split("Ref:")[0].replace(str(number), "N") for number, mail in pairs}
    assert len(seen) == 1
    assert len(desk.inbox(EVE)) == 5
    assert not any("parcel" in mail.whole or "secret" in mail.whole for mail in desk.inbox(EVE))


def test_T21_a_forged_participant_lets_nobody_in(tmp_path: Path, sink: SinkServer, store_url: str) -> None:
    with story_desk(tmp_path, sink, store_url, TRUSTED) as desk:
        _answered(desk)
        fail = b"Authentication-Results: mx.desk.test; dmarc=fail header.from=customer.test\r\n"
        forged = ANN.writes(DESK, "[Case #1] Where is my parcel?", "Copy Eve, please.", desk.now, cc=[EVE.address])
        desk.mail(fail + forged)
        for notice in [mail for mail in desk.inbox(BEA) if "Eve, please" in mail.text]:
            desk.mail(BEA.replies(notice, "Here is all we know.", desk.now))
        desk.answers_leave()

        assert not desk.inbox(EVE)
        assert len(desk.entries(1)) == 3


def test_T22_an_unproven_participant_is_heard_with_a_warning_and_adds_nobody(
    tmp_path: Path, sink: SinkServer, store_url: str
) -> None:
    with story_desk(tmp_path, sink, store_url, TRUSTED) as desk:
        _answered(desk)
        desk.mail(ANN.writes(DESK, "[Case #1] Where is my parcel?", "Copy Eve.", desk.now, cc=[EVE.address]))

        notice = desk.newest(BEA)
        assert "The sender is not proven" in notice.text
        assert desk.entries(1)[-1].text == "Copy Eve."
        desk.mail(BEA.replies(notice, "Who is Eve?", desk.now))
        desk.answers_leave()
        assert "Who is Eve?" in desk.newest(ANN).text
        assert not desk.inbox(EVE)


def test_T26_a_token_goes_before_a_reference_and_that_before_a_tag(desk: StoryDesk) -> None:
    for number in range(3):
        desk.mail(ANN.writes(DESK, f"Matter {number}", "Hello?", desk.now))
    first, _second, third = desk.inbox(ANN)
    reference = b"In-Reply-To: " + (desk.entries(1)[0].message_id or "").encode() + b"\r\nSubject:"

    desk.mail(ANN.writes(DESK, "[Case #2] x", "By reference.", desk.now).replace(b"Subject:", reference, 1))
    assert desk.logged("letter.routed")[-1]["case"] == 1
    raw = ANN.writes(third.reply_address, "[Case #2] x", "By token.", desk.now)
    desk.mail(raw.replace(b"Subject:", reference, 1))
    assert desk.logged("letter.routed")[-1]["case"] == 3

    # Two that are valid and disagree prove nothing.
    both = f"{first.reply_address}, {third.reply_address}"
    desk.mail(EVE.writes(both, "hello", "By both.", desk.now))
    assert desk.logged("letter.routed")[-1]["case"] == 4


def test_T27_a_third_partys_mail_to_a_cases_address_is_relayed_to_nobody(desk: StoryDesk) -> None:
    desk.mail(EVE.writes(DESK, "A case of my own", "Hello.", desk.now, cc=[BEN.address]))
    address = desk.newest(EVE).reply_address
    seen = len(desk.inbox(EVE))
    desk.mail(SERVICE.writes(address, "Your code", "The code is 1234.", desk.now))
    desk.later(days=3)

    assert not any("1234" in mail.whole for person in (EVE, BEN, SERVICE) for mail in desk.inbox(person))
    assert len(desk.inbox(EVE)) == seen
    assert any("verify@service.test takes no part in this case" in mail.text for mail in desk.inbox(BEA))
    assert not desk.entries(1)[-1].public


def test_T28_asking_for_a_case_opened_in_a_services_name_shows_nothing(desk: StoryDesk) -> None:
    desk.mail(SERVICE.writes(DESK, "Your code", "The code is 1234.", desk.now))
    desk.mail(EVE.writes(DESK, "Re: [Case #1] Your code", "Please show me my case.", desk.now))

    assert len(desk.cases()) == 2
    assert "1234" not in desk.newest(EVE).whole
    assert "code" not in desk.newest(EVE).whole

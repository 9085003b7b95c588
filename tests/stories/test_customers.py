"""What a customer sees."""

from tests.stories.desk import ANN, BEA, BEN, CARL, DESK, EVE, StoryDesk


def _asked(desk: StoryDesk) -> None:
    desk.mail(ANN.writes(DESK, "Where is my parcel?", "It is two weeks late.", desk.now))


def _answered(desk: StoryDesk, text: str = "It is on its way.") -> None:
    _asked(desk)
    desk.mail(BEA.replies(desk.inbox(BEA)[0], text, desk.now))
    desk.answers_leave()


def test_new_mail_opens_a_case_and_is_acknowledged_once(desk: StoryDesk) -> None:
    _asked(desk)

    (case,) = desk.cases()
    assert (case.requester, case.status.value, case.subject) == ("ann@customer.test", "New", "Where is my parcel?")
    (mail,) = desk.inbox(ANN)
    assert mail.subject == f"[Case #{case.number}] We have received your message"
    assert mail.header("Auto-Submitted") == "auto-replied"
    assert mail.header("X-Auto-Response-Suppress") == "All"
    assert [m.envelope_from for m in desk.sink.messages if m.recipient == ANN.address] == [""]


def test_T29_acknowledgement_to_an_unproven_address_repeats_none_of_its_words(desk: StoryDesk) -> None:
    desk.mail(ANN.writes(DESK, "CHEAP PILLS", "Buy now at evil.example", desk.now))

    seen = desk.newest(ANN).whole
    assert "PILLS" not in seen
    assert "evil.example" not in seen
    assert "Ann Customer" not in seen


def test_the_sixth_mail_within_an_hour_is_not_acknowledged(desk: StoryDesk) -> None:
    for number in range(6):
        desk.mail(ANN.writes(DESK, f"Question {number}", "Hello?", desk.now))

    assert len(desk.cases()) == 6
    assert len(desk.inbox(ANN)) == 5
    desk.later(hours=2)
    desk.mail(ANN.writes(DESK, "One more", "Hello?", desk.now))
    assert len(desk.inbox(ANN)) == 6


def test_reply_with_the_tag_deleted_finds_its_case_by_any_one_mark(desk: StoryDesk) -> None:
    _answered(desk)
    answer = desk.newest(ANN)

    by_address = ANN.writes(answer.reply_address, "again", "By address.", desk.now)
    by_reference = ANN.replies(answer, "By reference.", desk.now, subject="again", quote=False).replace(
        answer.reply_address.encode(), DESK.encode()
    )
    by_footer = ANN.writes(
        DESK, "again", "By footer.\n\nOn Monday, support wrote:\n> " + answer.text.strip().split("\n")[-1], desk.now
    )
    for raw in (by_address, by_reference, by_footer):
        desk.mail(raw)

    assert len(desk.cases()) == 1
    assert [e.text for e in desk.entries(1) if e.direction == "in"][1:] == [
        "By address.",
        "By reference.",
        "By footer.",
    ]


def test_reply_with_nothing_but_the_tag_finds_its_case(desk: StoryDesk) -> None:
    _asked(desk)
    desk.mail(ANN.writes(DESK, "AW: [case 1] parcel", "Any news?", desk.now))

    assert len(desk.cases()) == 1
    assert desk.logged("letter.routed")[-1]["case"] == 1


def test_T20_a_tag_from_a_stranger_opens_a_linked_case_and_tells_nothing(desk: StoryDesk) -> None:
    _answered(desk)
    anns = len(desk.inbox(ANN))
    desk.mail(EVE.writes(DESK, "Re: [Case #1] Where is my parcel?", "What is in it?", desk.now))
    desk.mail(EVE.writes(DESK, "Re: [Case #999] Where is my parcel?", "What is in it?", desk.now))

    assert [case.linked_to for case in desk.cases()] == [None, 1, None]
    assert "tag-from-stranger" in desk.journal(2)
    known, unknown = desk.inbox(EVE)
    assert known.text.replace("2", "#").split("Ref:")[0] == unknown.text.replace("3", "#").split("Ref:")[0]
    assert "parcel" not in known.whole
    assert len(desk.inbox(ANN)) == anns


def test_T24_a_stranger_with_a_forwarded_token_adds_a_message_but_does_not_take_part(desk: StoryDesk) -> None:
    _answered(desk)
    answer = desk.newest(ANN)
    desk.mail(EVE.replies(answer, "I am her colleague.", desk.now))
    desk.mail(BEA.replies(desk.newest(BEA), "Good to know.", desk.now))
    desk.answers_leave()

    assert desk.case(1).requester == ANN.address
    assert not desk.inbox(EVE)
    assert "Good to know." in desk.newest(ANN).text


def test_T25_a_reference_from_a_stranger_opens_a_new_case(desk: StoryDesk) -> None:
    _asked(desk)
    raw = EVE.writes(DESK, "hello", "Me too.", desk.now)
    reference = desk.entries(1)[0].message_id or ""
    desk.mail(raw.replace(b"Subject:", b"In-Reply-To: " + reference.encode() + b"\r\nSubject:"))

    assert len(desk.cases()) == 2


def test_T77_the_same_mail_twice_is_one_entry_and_one_duplicate(desk: StoryDesk) -> None:
    raw = ANN.writes(DESK, "Where?", "Hello?", desk.now)
    desk.mail(raw)
    desk.mail(b"Received: from another.example\r\n" + raw)

    assert len(desk.cases()) == 1
    assert desk.letters() == {"routed": 1, "duplicate": 1}
    assert len(desk.inbox(ANN)) == 1


def test_T76_the_same_message_id_with_other_content_is_a_message_of_its_own(desk: StoryDesk) -> None:
    raw = ANN.writes(DESK, "Where?", "Hello?", desk.now)
    desk.mail(raw)
    desk.mail(raw.replace(b"Hello?", b"Really?"))

    assert desk.letters() == {"routed": 2}


def test_T40_automatic_mail_is_kept_and_never_answered(desk: StoryDesk) -> None:
    raw = ANN.writes(DESK, "Alarm", "Disk full", desk.now)
    desk.mail(raw.replace(b"Subject:", b"Auto-Submitted: auto-generated\r\nSubject:"))

    assert len(desk.cases()) == 1
    assert not desk.inbox(ANN)


def test_T41_a_bounce_of_no_mail_of_ours_has_no_effect(desk: StoryDesk) -> None:
    desk.mail(
        b"From: MAILER-DAEMON@mx.test\r\nTo: support@desk.test\r\nSubject: Undelivered\r\n"
        b"Content-Type: multipart/report; report-type=delivery-status; boundary=b\r\n\r\n--b\r\n\r\nfailed\r\n"
        b"--b\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mx\r\n\r\n"
        b"Final-Recipient: rfc822; ann@customer.test\r\nAction: failed\r\nStatus: 5.1.1\r\n\r\n--b--\r\n"
    )

    assert desk.letters() == {"ignored": 1}
    assert not desk.cases()


def test_T42_our_own_mail_coming_back_is_a_loop(desk: StoryDesk) -> None:
    _asked(desk)
    own = desk.sink.messages[0].raw
    desk.mail(own)

    assert desk.letters() == {"routed": 1, "ignored": 1}


def test_reply_opens_a_waiting_case_and_tells_only_its_owner(desk: StoryDesk) -> None:
    _answered(desk)
    assert desk.case(1).status == "Waiting on Customer"
    carls = len(desk.inbox(CARL))
    desk.mail(ANN.replies(desk.newest(ANN), "Still not here.", desk.now))

    assert desk.case(1).status == "Open"
    assert "Still not here." in desk.newest(BEA).text
    assert len(desk.inbox(CARL)) == carls


def test_a_word_of_thanks_does_not_open_a_closed_case_but_a_complaint_does(desk: StoryDesk) -> None:
    _answered(desk, "/close\n\nDone.")
    answer = desk.newest(ANN)
    desk.mail(ANN.replies(answer, "Thank you very much!", desk.now))
    assert desk.case(1).status == "Closed"
    desk.mail(ANN.replies(answer, "Thanks, but it still fails.", desk.now))
    assert desk.case(1).status == "Open"


def test_a_reply_long_after_the_close_continues_in_a_new_case(desk: StoryDesk) -> None:
    _answered(desk, "/close\n\nDone.")
    answer = desk.newest(ANN)
    desk.later(days=15)
    desk.mail(ANN.replies(answer, "It broke again.", desk.now))

    first, second = desk.cases()
    assert (first.status, second.continuation_of) == ("Closed", 1)


def test_people_in_cc_of_the_opening_mail_get_the_answers_and_may_reply(desk: StoryDesk) -> None:
    desk.mail(ANN.writes(DESK, "Our order", "Where is it?", desk.now, cc=[BEN.address]))
    desk.mail(BEA.replies(desk.newest(BEA), "On its way.", desk.now))
    desk.answers_leave()
    desk.mail(BEN.replies(desk.newest(BEN), "When exactly?", desk.now))

    assert "On its way." in desk.newest(ANN).text
    assert desk.newest(BEN).header("Cc") == BEN.address
    assert len(desk.cases()) == 1
    assert "When exactly?" in desk.newest(BEA).text


def test_F21_one_refused_recipient_of_an_answer_leaves_the_others_alone(desk: StoryDesk) -> None:
    desk.mail(ANN.writes(DESK, "Our order", "Where is it?", desk.now, cc=[BEN.address, EVE.address]))
    desk.sink.refuse(BEN.address, "550 5.1.1 no such user")
    desk.mail(BEA.replies(desk.newest(BEA), "On its way.", desk.now))
    desk.answers_leave()

    assert "On its way." in desk.newest(ANN).text
    assert "On its way." in desk.newest(EVE).text
    assert desk.inbox(BEN) == []
    assert "did not arrive" in desk.newest(BEA).text
    assert BEN.address in desk.newest(BEA).text
    desk.later(days=5)
    assert sum("On its way." in mail.text for mail in desk.inbox(ANN)) == 1


def test_T23_people_in_cc_of_a_later_mail_do_not_take_part(desk: StoryDesk) -> None:
    _answered(desk)
    raw = ANN.replies(desk.newest(ANN), "Eve, have a look.", desk.now)
    desk.mail(raw.replace(b"Subject:", b"Cc: eve@elsewhere.test\r\nSubject:"))
    desk.mail(BEA.replies(desk.newest(BEA), "Noted.", desk.now))
    desk.answers_leave()

    assert not desk.inbox(EVE)


def test_files_of_a_customer_reach_the_agents_and_files_of_an_agent_the_customer(desk: StoryDesk) -> None:
    part = b"--b\r\nContent-Type: image/png\r\nContent-Disposition: attachment; filename=shot.png\r\n\r\n"
    part += b"PNGBYTES\r\n--b--\r\n"
    head = b"MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\nSee the picture.\r\n"
    desk.mail(b"From: ann@customer.test\r\nTo: support@desk.test\r\nSubject: broken\r\n" + head + part)
    notice = desk.newest(BEA)
    assert "Files: shot.png" in notice.text
    assert b'filename="shot.png"' in notice.raw

    reply = f"From: bea@desk.test\r\nTo: {notice.reply_address}\r\nSubject: Re: x\r\n".encode()
    desk.mail(reply + head + part)
    desk.answers_leave()
    assert b'filename="shot.png"' in desk.newest(ANN).raw


def test_one_mail_to_two_queues_is_one_entry_in_each_and_they_are_linked(tmp_path, sink) -> None:  # type: ignore[no-untyped-def]
    from tests.stories.desk import story_desk

    more = '[[queue]]\nname = "support"\n[[queue]]\nname = "billing"\naddress = "billing@desk.test"\n'
    with story_desk(tmp_path, sink, more=more) as desk:
        desk.mail(ANN.writes(f"{DESK}, billing@desk.test", "Invoice", "Wrong address.", desk.now))

        assert [(case.queue, case.linked_to) for case in desk.cases()] == [("support", None), ("billing", 1)]
        assert desk.letters() == {"routed": 2}

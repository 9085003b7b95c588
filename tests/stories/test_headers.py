"""What the desk's own mails say of themselves, so that no machine answers; and mail that comes through a group."""

from __future__ import annotations

from pathlib import Path

import pytest

from maild.demo.people import Mail
from tests.servers.sink import SinkServer
from tests.stories.desk import ANN, BEA, CARL, CONFIG, DESK, EVE, MONDAY, story_desk

_OF_PEOPLE = {"answer", "vendor"}


def test_T48_every_mail_of_the_desk_says_whether_a_machine_wrote_it(
    tmp_path: Path, sink: SinkServer, store_url: str
) -> None:
    more = '[[vendor]]\nname = "ACME"\naddress = "help@acme.test"\n'
    with story_desk(tmp_path, sink, store_url, more) as desk:
        desk.mail(ANN.writes(DESK, "Where is my parcel?", "It is two weeks late.", desk.now))
        desk.mail(BEA.replies(desk.newest(BEA), "/note\n/assign carl\n\nLost?", desk.now))
        desk.mail(CARL.replies(desk.newest(CARL), "/vendor acme\n\nIs it lost?", desk.now))
        desk.mail(BEA.replies(desk.inbox(BEA)[0], "/public\n\nWe look for it.", desk.now))
        desk.answers_leave()
        desk.mail(EVE.writes(DESK, "[Case #1] Mine?", "Tell me.", desk.now))
        desk.mail(BEA.writes(DESK, "Re: [Case #1] x", "/close", desk.now))
        desk.later(hours=25)
        desk.later(hours=25)

        with desk.office.store.read() as unit:
            rows = {row.message_id: row for row in unit.outbox.listed()}
        seen = {row.event for row in rows.values()}
        assert seen >= {"acknowledgement", "new-case", "assigned", "receipt", "unproven", *_OF_PEOPLE}
        for message in desk.sink.messages:
            mail = Mail(message.raw)
            row = rows[mail.message_id]
            by_machine = mail.header("Auto-Submitted"), mail.header("X-Auto-Response-Suppress")
            if row.event in _OF_PEOPLE:
                assert by_machine == ("", ""), row.event
            else:
                at_once = row.event == "acknowledgement"
                assert by_machine == ("auto-replied" if at_once else "auto-generated", "All"), row.event
                assert not (at_once and message.envelope_from), row.event
            assert mail.header("X-Maild-Loop"), row.event


@pytest.mark.parametrize("is_named", [True, False])
def test_T47c_mail_through_a_group_is_acknowledged_where_the_group_is_ours(
    tmp_path: Path, sink: SinkServer, is_named: bool
) -> None:
    ours = 'own_lists = ["<Support.desk.test>"]\n' if is_named else ""
    text = CONFIG.replace("[store]", f"{ours}[store]")
    raw = ANN.writes(DESK, "Where is my parcel?", "It is two weeks late.", MONDAY)
    raw = b"List-Id: Support <support.desk.test>\r\nPrecedence: list\r\n" + raw
    with story_desk(tmp_path, sink, text=text) as desk:
        desk.mail(raw)
        assert len(desk.inbox(ANN)) == is_named
        assert len(desk.cases()) == 1

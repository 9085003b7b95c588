"""What a trial mail that came back says of the site (T95)."""

from datetime import UTC, datetime

from maild.desk.settings import Desk
from maild.desk.site import Findings, judged, said, trial_mail, trial_of
from parsers import parse

NOW = datetime(2026, 3, 2, tzinfo=UTC)
DESK = Desk(name="d", address="s@desk.test", instance="i", trusted_authserv_ids=("mx.desk.test", "m365"))
TRIAL = trial_of("abcdefghijklmnop", "s@desk.test", "desk.test")
RAW = trial_mail(TRIAL, DESK, "s@desk.test", NOW)


def _judged(raw: bytes) -> Findings:
    return judged(TRIAL, parse(raw), DESK, plus=True)


def test_T95_a_mail_that_comes_back_as_it_was_sent_carries_all_and_forges_all() -> None:
    found = _judged(RAW)
    assert (found.plus, found.message_id, found.answers, found.footer) == (True,) * 4
    assert found.forged == ("mx.desk.test",)  # the first field has a name: it is not Microsoft's
    assert found.auth_as
    assert "✖ a forged result of mx.desk.test would be believed" in "\n".join(said(found, DESK))


def test_T95_below_what_a_server_wrote_nothing_forged_is_believed() -> None:
    found = _judged(b"Received: from x by mx.desk.test\r\n" + RAW)
    assert found.forged == ()
    own = b"Authentication-Results: mx.desk.test; dmarc=none\r\n"
    found = _judged(own + b"Received: from x by mx.desk.test\r\n" + RAW)
    assert found.forged == ()
    assert found.writes == ("mx.desk.test",)
    assert '    [auth] trusted = ["mx.desk.test"]' in said(found, DESK)


def test_T95_what_is_believed_as_microsofts_is_told_as_well() -> None:
    only = Desk(name="d", address="s@desk.test", instance="i", trusted_authserv_ids=("m365",))
    raw = trial_mail(TRIAL, only, "s@desk.test", NOW)
    assert judged(TRIAL, parse(raw), only, plus=True).forged == ("m365",)
    hop = b"Received: from x by a.mail.protection.outlook.com\r\n"
    assert judged(TRIAL, parse(hop + raw), only, plus=True).forged == ("m365",)
    own = b"Authentication-Results: spf=none; dmarc=none\r\n"
    assert judged(TRIAL, parse(hop + own + raw), only, plus=True).forged == ()


def test_what_is_lost_on_the_way_is_named() -> None:
    lost = (
        RAW.replace(b"Message-ID: <c0.e0.", b"Message-ID: <other.")
        .replace(b"In-Reply-To", b"X-Was")
        .replace(b"Ref: ", b"Ref ")
    )
    found = judged(TRIAL, parse(lost.replace(b"c0.abc", b"c0-abc")), DESK, plus=False)
    assert (found.plus, found.message_id, found.answers, found.footer) == (False,) * 4
    lines = "\n".join(said(found, DESK))
    assert "nothing carries a token back" in lines
    assert "plus_addresses = false" in lines

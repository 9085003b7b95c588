"""Fuzzing the reader of mail, with oracles: no exception reaches the caller, none is even caught inside; every answer
is JSON and UTF-8; quoted text never yields a command; reading is deterministic.

A longer run outside CI, in as many processes with seeds of their own as there are processors:
`FUZZ_MAILS=1000000 FUZZ_SEED=1 pytest tests/fuzz/test_parsers_fuzz.py -k mutated --timeout 0`.
"""

from __future__ import annotations

import json
import os
import random
import signal
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from parsers import parse, to_json
from parsers.commands import split_commands
from parsers.references import base_subject, find_tag, strip_tag

GOLDEN = Path(__file__).parents[1] / "parsers" / "golden"
SEEDS = [
    b"From: Ann <a@b.example>\r\nTo: support+c1.abcdefghijklmnop@desk.example\r\n"
    b"Subject: Re: [Case #1] =?utf-8?b?w7w=?=\r\n"
    b"In-Reply-To: <c1.e2.abcdefghijklmnop@desk.example>\r\nDate: Mon, 5 Jan 2026 10:00:00 +0100\r\n\r\n"
    b"New\r\n\r\nOn 5 Jan 2026 at 10:00, Bob <b@desk.example> wrote:\r\n> old\r\n> Ref: c1.abcdefghijklmnop\r\n",
    b'From: a@b.example\nContent-Type: multipart/mixed; boundary="b"\n\n--b\nContent-Type: text/html; charset=utf-8\n'
    b"Content-Transfer-Encoding: quoted-printable\n\n<p>a=3D<b>c</b><blockquote>d</blockquote>\n--b\n"
    b"Content-Type: application/x; name*0*=utf-8''a%20; name*1=b\nContent-Transfer-Encoding: base64\n\nAAEC\n--b--\n",
    b'From: MAILER-DAEMON@x.example\nContent-Type: multipart/report; report-type=delivery-status; boundary="b"\n\n'
    b"--b\n\nFailed\n--b\nContent-Type: message/delivery-status\n\nReporting-MTA: dns; x\n\n"
    b"Final-Recipient: rfc822; u@x.example\nAction: failed\nStatus: 5.1.1\nDiagnostic-Code: smtp; 550 5.1.1 no\n\n"
    b"--b\nContent-Type: message/rfc822\n\nMessage-ID: <1@x>\nSubject: s\n\nbody\n--b--\n",
    b"From: a@b.example\nSubject: Fwd: x\nAuthentication-Results: mx; dkim=pass (ok) header.d=b.example\n"
    b"Content-Type: text/plain; charset=iso-2022-jp\n\n\x1b$B%W\x1b(B\n-----Original Message-----\n"
    b"From: c@d.example\nSent: 5 Jan 2026 10:00\nTo: e@f.example\nSubject: y\n\nbegin 644 a\n#0V%T\n`\nend\n",
    b"From: a@b.example\nContent-Type: text/html\n\n<div class=gmail_quote>x<table><tr><td>1<td>2</table>"
    b"<ul><li>a<ol><li>b</ol></ul><a href='http://x/'>y</a><img alt=z src=cid:q><pre>\n 1\n</pre>&lt;&#x41;</div>",
]
GOLDEN_TEXTS = [
    block
    for name in ("automatic.txt", "human.txt", "bounces.txt", "blocks.txt")
    for block in (GOLDEN / name).read_bytes().split(b"=== ")[1:]
]
PIECES = [
    *(bytes([b]) for b in b'\n\r\x00<>"(;:\xff=@'),
    *(
        b"\r\n",
        b"\n\n",
        b"--b",
        b"=?utf-8?q?",
        b"?=",
        b"> ",
        b"Content-Type: ",
        b"\x1b$B",
        b"On ",
        b"wrote:",
        b"From: ",
    ),
    *(b"<!--", b"&#", b"begin 644 x\n", b"%00", b"*0*="),
]


def mutated(chance: random.Random) -> bytes:
    """One of the seeds, broken in some places."""
    raw = bytearray(chance.choice(SEEDS))
    if chance.random() < 0.2:
        raw += chance.choice(GOLDEN_TEXTS)
    for _ in range(chance.randint(1, 12)):
        at = chance.randrange(len(raw) + 1)
        match chance.randrange(5):
            case 0:
                raw[at:at] = chance.choice(PIECES) * chance.choice((1, 1, 1, 2, 50))
            case 1:
                del raw[at : at + chance.randint(1, 40)]
            case 2:
                raw[at : at + 1] = bytes([chance.randrange(256)])
            case 3:
                other = chance.choice(SEEDS)
                begin = chance.randrange(len(other))
                raw[at:at] = other[begin : begin + chance.randint(1, 120)]
            case _:
                raw[at:at] = raw[at : at + chance.randint(1, 80)]
    return bytes(raw)


def check(raw: bytes) -> None:
    """The oracles: what holds of every mail, however broken."""
    message = parse(raw)
    assert not any(defect.startswith("reader failed") for defect in message.defects), (message.defects, raw)
    shown = json.dumps(to_json(message), ensure_ascii=False)
    shown.encode()
    assert "\x00" not in message.text
    assert "\n" not in message.subject
    assert "\n" not in message.sender.name + message.sender.address
    if message.sender_is_strict:
        assert raw.lower().count(b"from:") >= 1
        assert message.sender.address.count("@") == 1
    for command in split_commands(message.reply_text)[0]:
        assert not command.line.startswith(">")


def test_T73_mutated_mails_are_read_without_an_exception() -> None:
    chance = random.Random(int(os.environ.get("FUZZ_SEED", "20260105")))
    for _ in range(int(os.environ.get("FUZZ_MAILS", "2000"))):
        raw = mutated(chance)
        signal.signal(signal.SIGALRM, lambda *_: _hangs(raw))  # noqa: B023 -- fires within this round
        signal.alarm(10)
        try:
            check(raw)
        finally:
            signal.alarm(0)


def _hangs(raw: bytes) -> None:
    raise AssertionError(f"not read within 10 s: {raw!r}")


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.binary(max_size=400))
def test_any_bytes_are_read(raw: bytes) -> None:
    check(raw)
    assert to_json(parse(raw)) == to_json(parse(raw))


@settings(max_examples=150, deadline=None)
@given(st.text(max_size=300), st.text(max_size=300))
def test_quoted_text_never_yields_a_command(new: str, old: str) -> None:
    new = new.replace("/", "").replace("#", "").replace("!", "")
    quoted = "".join(f"> {line}\n" for line in f"/close\n{old}\n/close".splitlines())
    raw = f"From: a@b.example\nContent-Type: text/plain; charset=utf-8\n\n{new}\n{quoted}"
    reply = parse(raw.encode("utf-8", "replace")).reply_text
    assert not any(command.verb == "close" for command in split_commands(reply)[0])


@settings(max_examples=150, deadline=None)
@given(st.text(max_size=200))
def test_subjects_are_read(subject: str) -> None:
    find_tag(subject)
    assert len(base_subject(subject)) <= len(subject) + 1
    assert find_tag(strip_tag(subject)) is None or "[" in strip_tag(subject)


@settings(max_examples=100, deadline=None)
@given(
    st.lists(
        st.sampled_from([p.decode("latin-1") for p in PIECES] + ["word", " ", "/close", "<div>", "</div>"]),
        max_size=60,
    )
)
def test_html_of_any_pieces_is_read(pieces: list[str]) -> None:
    check(
        b"From: a@b.example\nContent-Type: text/html; charset=latin1\n\n"
        + "".join(pieces).encode("latin-1", "replace")
    )

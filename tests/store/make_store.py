"""Makes the stores that `test_upgrade.py` opens: run it with the code of a release, when that is made.

    python -m tests.store.make_store tests/store/stores 0.1.0

One desk on each engine lives through a little of everything; each store is written as SQL, with the key beside it.
"""

from __future__ import annotations

import shutil
import sqlite3
import subprocess
import sys
import tempfile
from pathlib import Path

from maild.pipeline.intake import hand_in
from tests.servers.postgres import Postgres
from tests.servers.sink import SinkServer
from tests.stories.desk import ANN, BEA, BEN, CARL, DESK, EVE, StoryDesk, story_desk

_UNPROVEN = (
    b"From: Bea <bea@desk.test>\r\nTo: support@desk.test\r\nSubject: close all\r\n"
    b"Message-ID: <unproven@desk.test>\r\nDate: Mon, 02 Mar 2026 08:00:00 +0000\r\n\r\n/close\r\n"
)
_BOUNCE = (
    b"From: mailer-daemon@elsewhere.test\r\nReturn-Path: <>\r\nTo: support@desk.test\r\nSubject: Undelivered\r\n"
    b"Message-ID: <bounce@elsewhere.test>\r\n"
    b"Content-Type: multipart/report; report-type=delivery-status; boundary=b\r\n\r\n"
    b"--b\r\n\r\nNo.\r\n--b\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; x\r\n\r\n"
    b"Final-Recipient: rfc822; a@b.test\r\nAction: failed\r\nStatus: 5.1.1\r\n--b--\r\n"
)


def live(desk: StoryDesk) -> None:
    """Two cases, a duplicate, a held and an ignored mail, an answer that waits, a letter that is not routed yet."""
    first = ANN.writes(DESK, "Where is my parcel?", "Two weeks late.", desk.now)
    desk.mail(first)
    desk.mail(first)
    desk.mail(BEA.replies(desk.newest(BEA), "It left today.", desk.now))
    desk.answers_leave()
    desk.mail(BEN.writes(DESK, "Invoice", "Which one is to be paid?", desk.now))
    notice = desk.newest(CARL)
    desk.mail(CARL.replies(notice, "/take\n", desk.now))
    desk.mail(_UNPROVEN)
    desk.mail(_BOUNCE)
    desk.mail(CARL.replies(notice, "The one of May.", desk.now))
    hand_in(desk.office, "inject", EVE.writes(DESK, "Not routed yet", "Hello?", desk.now), desk.now)


def sqlite(folder: Path) -> str:
    with SinkServer() as sink, story_desk(folder, sink) as desk:
        live(desk)
    return "\n".join(sqlite3.connect(folder / "maild.db").iterdump())


def postgresql(folder: Path) -> str:
    server = Postgres()
    server.start()
    url = server.url(server.create())
    with SinkServer() as sink, story_desk(folder, sink, url) as desk:
        live(desk)
    dump = subprocess.run(
        ["pg_dump", "-O", "-x", "--inserts", "--dbname", url.replace("+psycopg", "")],
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    server.stop()
    # Without remarks and what only psql understands.
    return "\n".join(line for line in dump.splitlines() if line and not line.startswith(("--", "\\")))


def main(out: Path, release: str) -> None:
    with tempfile.TemporaryDirectory() as one, tempfile.TemporaryDirectory() as other:
        (out / f"{release}.sqlite.sql").write_text(sqlite(Path(one)) + "\n", encoding="utf-8")
        shutil.copyfile(Path(one) / "maild.key", out / f"{release}.key")
        shutil.copyfile(out / f"{release}.key", Path(other) / "maild.key")
        (out / f"{release}.postgresql.sql").write_text(postgresql(Path(other)) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2])

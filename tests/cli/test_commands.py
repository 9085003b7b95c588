"""The command line as a contract: names, fields, exit codes."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

from tests.cli.desk import MAIL, Cli
from tests.servers.sink import SinkServer

T0 = "2026-03-02T09:00:00+00:00"


def _first_case(maild: Cli) -> None:
    assert maild("inject", "-", "--now", T0, raw=MAIL).returncode == 0
    assert maild("run", "--once", "--now", T0).returncode == 0


def test_inject_run_list_show_export(maild: Cli) -> None:
    _first_case(maild)

    (row,) = maild.rows("case", "list")
    assert set(row) == {
        "number", "tag", "subject", "status", "state", "queue", "severity", "kind", "level", "owner", "requester",
        "creator", "created_at", "updated_at", "tags",
    }  # fmt: skip
    assert (row["number"], row["tag"], row["status"], row["state"]) == (1, "[Case #1]", "New", "new")
    assert row["created_at"] == T0
    (shown,) = maild.rows("case", "show", "1")
    assert set(shown) >= set(row) | {"participants", "entries", "timers", "journal"}
    assert set(shown["entries"][0]) >= {
        "id", "direction", "public", "automatic", "from", "to", "message_id", "at", "text",
    }  # fmt: skip
    assert shown["entries"][0]["message_id"] == "<first@customer.test>"
    assert set(shown["journal"][0]) == {"at", "event", "why", "actor"}
    assert maild.rows("export") == [shown]


def test_audit_adds_up_and_fails_when_it_does_not(maild: Cli) -> None:
    _first_case(maild)
    maild("inject", "-", raw=MAIL)
    maild("inject", "-", raw=b"")

    (row,) = maild.rows("audit")
    assert (row["stored"], row["unrouted"], row["entry"], row["ok"]) == (3, 2, 1, True)
    assert maild("run", "--once").returncode == 0
    (row,) = maild.rows("audit")
    assert (row["entry"], row["duplicate"], row["quarantined"], row["ok"]) == (1, 1, 1, True)
    assert set(row["outbox"]) == {"waiting", "leased", "sent", "failed"}

    import sqlite3

    with sqlite3.connect(maild.folder / "maild.db") as connection:
        connection.execute("update letters set entry_id = null where state = 'routed'")
    connection.close()
    assert maild("audit").returncode == 1


def test_outbox_shows_what_waits_and_why(maild: Cli, sink: SinkServer) -> None:
    sink.refuse("ann@customer.test", "450 4.2.1 come back later")
    _first_case(maild)

    (row,) = maild.rows("outbox", "list")
    assert set(row) == {"id", "case", "event", "to", "message_id", "state", "attempts", "next_at", "error"}
    assert (row["event"], row["to"], row["state"], row["attempts"]) == (
        "acknowledgement", "ann@customer.test", "waiting", 1,
    )  # fmt: skip
    assert "come back later" in row["error"]
    assert b"received your message" in maild("outbox", "show", str(row["id"])).stdout
    sink.refuse("ann@customer.test", None)
    assert maild("outbox", "retry", str(row["id"])).returncode == 0
    assert maild("run", "--once").returncode == 0
    assert maild.rows("outbox", "list") == []
    assert maild.said("outbox", "drop", str(row["id"])) == (2, f"maild: mail {row['id']} was sent already\n")


def test_outbox_drop_gives_a_mail_up(maild: Cli, sink: SinkServer) -> None:
    sink.refuse("ann@customer.test", "450 4.2.1 come back later")
    _first_case(maild)
    (row,) = maild.rows("outbox", "list")

    assert maild("outbox", "drop", str(row["id"])).returncode == 0
    assert maild.rows("outbox", "list")[0]["state"] == "failed"


def test_quarantine_is_listed_shown_released_and_dropped(maild: Cli) -> None:
    _first_case(maild)
    forged = MAIL.replace(b"Ann <ann@customer.test>", b"bea@desk.test").replace(b"Where", b"Re: [Case #1] Where")
    for number in range(2):
        maild("inject", "-", raw=forged.replace(b"first@", b"%d@" % number))
    assert maild("run", "--once").returncode == 0

    first, second = maild.rows("quarantine", "list")
    assert set(first) == {"id", "queue", "cause", "from", "subject", "received_at", "attempts"}
    assert first["cause"] == "unproven-agent"
    assert b"Two weeks late." in maild("quarantine", "show", str(first["id"])).stdout
    assert maild("quarantine", "release", str(first["id"])).returncode == 0
    assert maild("quarantine", "drop", str(second["id"])).returncode == 0
    assert maild("run", "--once").returncode == 0
    assert maild.rows("quarantine", "list") == []
    (audit,) = maild.rows("audit")
    assert (audit["entry"], audit["ignored"]) == (2, 1)
    assert maild.said("quarantine", "retry", "99")[0] == 1


def test_explain_names_signal_and_every_effect_with_its_reason(maild: Cli) -> None:
    (maild.folder / "mail.eml").write_bytes(MAIL)
    (before,) = maild.rows("explain", "mail.eml")
    assert before["signal"] == "none"
    assert all(effect["why"] for effect in before["effects"])
    assert maild.rows("case", "list") == []

    _first_case(maild)
    (recorded,) = maild.rows("explain", "first@customer.test")
    assert [e["effect"] for e in recorded["effects"]] == [e["effect"] for e in before["effects"]]
    assert recorded["case"] == 1
    names = [effect["effect"].split()[0] for effect in recorded["effects"]]
    clocks = ["StartTimer", "Track", "Track", "StartTimer"]  # the reminder, what is promised, and its timer
    assert names == ["OpenCase", "AddParticipant", "AddEntry", *clocks, "Notify", "Reply"]
    (case,) = maild.rows("explain", "1")
    assert {effect["effect"] for effect in case["effects"]} >= {"case.opened", "entry.added", "mail.queued"}
    assert maild.said("explain", "nothing@like.it")[0] == 1
    assert b"because" in maild("explain", "mail.eml").stdout


def test_explain_of_one_field_says_what_it_is_and_who_decided_it(maild: Cli) -> None:
    _first_case(maild)
    (status,) = maild.rows("explain", "1", "status")
    assert (status["field"], status["effects"]) == ("status", [])
    assert [line.partition(":")[0] for line in status["summary"]] == ["status New"]
    assert b"severity Medium" in maild("explain", "#1", "severity").stdout
    assert maild.said("explain", "9", "severity")[0] == 1
    assert maild.said("explain", "first@customer.test", "severity")[0] == 2
    assert maild.said("explain", "1", "colour")[0] == 2


def test_tick_fires_what_is_due_and_reads_and_sends_nothing(maild: Cli, sink: SinkServer) -> None:
    _first_case(maild)
    notice = sink.to("bea@desk.test")[0].decode()
    reply_to = notice.split("Reply-To: ")[1].split("\r\n")[0]
    answer = f"From: bea@desk.test\r\nTo: {reply_to}\r\nSubject: Re\r\n\r\nOn its way.\r\n".encode()
    maild("inject", "-", "--now", T0, raw=answer)
    assert maild("run", "--once", "--now", T0).returncode == 0
    (case,) = maild.rows("case", "show", "1")
    assert case["timers"] == [{"name": "silence-warning", "due_at": "2026-03-03T09:00:00+00:00"}]
    sent = len(sink.messages)

    assert maild("tick", "--now", "2026-03-03T08:59:59+00:00", "--assume-read").stdout == b"0 timers fired\n"
    run = maild("tick", "--now", "2026-03-03T09:00:00+00:00", "--assume-read")
    assert run.stdout.endswith(b"1 timers fired\n")
    assert len(sink.messages) == sent
    maild("tick", "--now", "2026-03-04T09:00:00+00:00", "--assume-read")
    assert maild.rows("case", "list")[0]["status"] == "Closed"


def test_tick_without_assume_read_waits_for_the_mailbox(maild: Cli, sink: SinkServer) -> None:
    maild.add('[[mailbox]]\nhost = "127.0.0.1"\nport = 1\ntls = "none"\nuser = "u"\npassword = "p"\n')
    _ = maild("inject", "-", "--now", T0, raw=MAIL)
    assert maild("run", "--once", "--now", T0).returncode == 75  # the mailbox is out of reach, the rest is done
    assert maild.rows("case", "list")[0]["status"] == "New"
    reply_to = sink.to("bea@desk.test")[0].decode().split("Reply-To: ")[1].split("\r\n")[0]
    maild("inject", "-", raw=f"From: bea@desk.test\r\nTo: {reply_to}\r\n\r\nYes.\r\n".encode())
    maild("run", "--once", "--now", T0)

    assert maild("tick", "--now", "2026-04-01T00:00:00Z").stdout == b"0 timers fired\n"
    assert maild("tick", "--now", "2026-04-01T00:00:00Z", "--assume-read").stdout.endswith(b"1 timers fired\n")


def test_run_once_says_75_when_the_relay_is_away_and_keeps_the_mail(maild: Cli, sink: SinkServer) -> None:
    sink.stop()
    maild("inject", "-", raw=MAIL)
    run = maild("run", "--once")

    assert run.returncode == 75
    assert b"relay.lost" in run.stdout
    assert [row["attempts"] for row in maild.rows("outbox", "list")] == [0, 0]
    sink.start()
    assert maild("run", "--once").returncode == 0
    assert len(sink.messages) == 2


def test_inject_wants_a_mailbox_where_there_are_several(maild: Cli) -> None:
    for name in ("one", "two"):
        maild.add(
            f'[[mailbox]]\nname = "{name}"\nhost = "127.0.0.1"\nport = 1\ntls = "none"\nuser = "u"\npassword = "p"\n'
        )
    code, said = maild.said("inject", "-")
    assert (code, "one, two" in said) == (2, True)
    assert maild("inject", "-", "--mailbox", "two", raw=MAIL).returncode == 0
    assert maild.said("inject", "-", "--mailbox", "three")[0] == 2


def test_parse_prints_one_object_a_line(maild: Cli) -> None:
    (maild.folder / "a.eml").write_bytes(MAIL)
    run = maild("parse", "--json", "a.eml", "a.eml", "nowhere.eml")

    assert run.returncode == 1
    rows = [json.loads(line) for line in run.stdout.splitlines()]
    assert [row["file"] for row in rows] == ["a.eml", "a.eml"]
    assert rows[0]["from"] == {"name": "Ann", "address": "ann@customer.test"}
    assert b"nowhere.eml" in run.stderr


def test_init_writes_a_file_that_check_reads(maild: Cli) -> None:
    assert maild("init", "new.toml").returncode == 0
    assert maild.said("init", "new.toml")[0] == 2
    text = (maild.folder / "new.toml").read_text()
    assert "[[mailbox]]" in text
    assert "# undo_window" in text
    assert maild.said("check", "-c", "new.toml", "--offline")[0] == 2  # no password was filled in


def test_a_second_daemon_on_sqlite_is_refused(maild: Cli) -> None:
    daemon = subprocess.Popen(
        [sys.executable, "-m", "maild", "run"], cwd=maild.folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    )
    try:
        assert daemon.stdout is not None
        while b"daemon.started" not in daemon.stdout.readline():
            assert daemon.poll() is None
        code, said = maild.said("run", "--once")
        assert (code, "another maild is running" in said) == (75, True)
        maild("inject", "-", raw=MAIL)  # a pipe may hand in beside it
        deadline = time.monotonic() + 30
        while not maild.rows("case", "list") and time.monotonic() < deadline:
            time.sleep(0.2)
        assert len(maild.rows("case", "list")) == 1
        daemon.send_signal(signal.SIGTERM)
        assert daemon.wait(timeout=30) == 0
        assert b"daemon.stopped" in daemon.stdout.read()
    finally:
        daemon.kill()
        daemon.wait()
        if daemon.stdout is not None:
            daemon.stdout.close()


def test_the_daemon_talks_to_systemd(maild: Cli, tmp_path: Path) -> None:
    import socket

    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as systemd:
        systemd.bind(str(tmp_path / "notify"))
        systemd.settimeout(30)
        environment = {**os.environ, "NOTIFY_SOCKET": str(tmp_path / "notify"), "WATCHDOG_USEC": "1000000"}
        daemon = subprocess.Popen(
            [sys.executable, "-m", "maild", "run"], cwd=maild.folder, stdout=subprocess.DEVNULL, env=environment
        )
        try:
            heard = {systemd.recv(100)}
            while not heard >= {b"READY=1", b"WATCHDOG=1"}:
                heard.add(systemd.recv(100))
            daemon.terminate()
            while b"STOPPING=1" not in heard:
                heard.add(systemd.recv(100))
            assert daemon.wait(timeout=30) == 0
        finally:
            daemon.kill()
            daemon.wait()


def test_log_lines_are_json_when_asked(maild: Cli) -> None:
    maild.add('[log]\nformat = "json"\n')
    maild("inject", "-", raw=MAIL)
    lines = [json.loads(line) for line in maild("run", "--once").stdout.splitlines()]

    assert {line["event"] for line in lines} >= {"case.opened", "letter.routed", "mail.queued", "mail.sent"}
    assert all({"at", "level", "event"} <= set(line) for line in lines)


def test_T83_no_log_line_holds_words_of_a_mail_or_a_secret(maild: Cli) -> None:
    maild.add('[log]\nlevel = "info"\n')
    maild("inject", "-", raw=MAIL)
    run = maild("run", "--once")

    for secret in (b"Two weeks late", b"parcel", (maild.folder / "maild.key").read_bytes().strip()):
        assert secret not in run.stdout + run.stderr
    assert (maild.folder / "maild.key").stat().st_mode & 0o777 == 0o600


def test_case_show_tells_changes_and_what_became_of_each_mail(maild: Cli, sink: SinkServer) -> None:
    _first_case(maild)
    reply_to = sink.to("bea@desk.test")[0].decode().split("Reply-To: ")[1].split("\r\n")[0]
    sink.refuse("ann@customer.test", "450 4.2.1 come back later")
    maild("inject", "-", raw=f"From: bea@desk.test\r\nTo: {reply_to}\r\n\r\nYes.\r\n".encode())
    maild("run", "--once", "--now", T0)  # an agent's token does not last for ever
    shown = maild("case", "show", "1").stdout.decode()

    assert "New → Waiting on Customer: we answered (bea@desk.test)" in shown
    assert "agent: their own token for this case, and their From" in shown
    assert "sent: ann@customer.test" in shown
    assert "come back later" in shown


def test_status_says_whether_the_daemon_runs(maild: Cli) -> None:
    assert b"NOT running" in maild("status").stdout
    (row,) = maild.rows("status")
    assert row["daemon"] is False


def test_check_goes_on_after_the_first_fault_and_warns_of_old_mail(maild: Cli, tmp_path: Path) -> None:
    from maild.demo.servers import DemoServers

    with DemoServers({"support@desk.test": "demo"}) as servers:
        servers.append(MAIL, "support@desk.test", "INBOX")
        maild.add(
            f'[[mailbox]]\nhost = "127.0.0.1"\nport = {servers.imap_port}\ntls = "none"\n'
            'user = "support@desk.test"\npassword = "demo"\n'
            '[[mailbox]]\nname = "two"\nhost = "127.0.0.1"\ntls = "none"\nuser = "x"\npassword_file = "nowhere"\n'
        )
        code, said = maild.said("check")

    assert code == 2
    assert "⚠ mailbox inbox: 1 mails lie in INBOX" in said
    assert "✖ mailbox two" in said
    assert "✔ relay" in said

"""`maild check --mail` through real servers: what carries a token, and whose forged results are believed (T95)."""

from __future__ import annotations

import re
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.servers.dovecot import PASSWORD, Dovecot
from tests.servers.postfix import Postfix
from tests.servers.sink import SinkServer

pytestmark = [pytest.mark.servers]

CONFIG = """
[desk]
address = "{user}"
[[mailbox]]
host = "127.0.0.1"
port = {imap}
tls = "none"
user = "{user}"
password = "{password}"
idle = false
[smtp]
host = "127.0.0.1"
port = {smtp}
[auth]
mode = "{mode}"
trusted = ["mx.desk.test"]
"""


def _check(folder: Path, dovecot: Dovecot, user: str, port: int, mode: str, *words: str) -> tuple[int, str]:
    access = dovecot.access(user)
    text = CONFIG.format(user=user, imap=access.port, password=PASSWORD, smtp=port, mode=mode)
    tls = f'tls = "{access.tls}"\nca_file = "{access.ca_file}"' if access.tls != "none" else 'tls = "none"'
    (folder / "maild.toml").write_text(text.replace('tls = "none"', tls))
    run = subprocess.run(
        [sys.executable, "-m", "maild", *(words or ("check", "--mail", "--wait", "40"))],
        cwd=folder, capture_output=True, timeout=150, check=False,
    )  # fmt: skip
    return run.returncode, run.stdout.decode() + run.stderr.decode()


def test_T95_behind_a_server_that_says_what_it_received_nothing_forged_is_believed(
    tmp_path: Path, dovecot: Dovecot, postfix: Postfix
) -> None:
    user = dovecot.new_user()
    code, said = _check(tmp_path, dovecot, user, postfix.port, "token+authres")

    assert code == 0, said
    assert "✔ the relay keeps Message-ID" in said
    assert "✔ In-Reply-To and References come back" in said
    assert "✔ the line Ref: comes back" in said
    assert "✔ plus-addresses reach the mailbox" in said
    assert "✔ a forged result of mx.desk.test is not believed" in said
    assert re.search(r"\[desk\] plus_addresses = true", said)


@contextmanager
def _delivering(sink: SinkServer, dovecot: Dovecot, user: str) -> Iterator[None]:
    """A provider that adds nothing to what it is given, and knows no plus-addresses."""
    stop = threading.Event()

    def deliver() -> None:
        done = 0
        while not stop.wait(0.2):
            for one in sink.messages[done:]:
                done += 1
                if "+" not in one.recipient:
                    dovecot.append(user, one.raw)

    thread = threading.Thread(target=deliver, daemon=True)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join(5)


def test_T95_a_forged_result_that_comes_back_on_top_ends_the_trust_in_that_name(
    tmp_path: Path, dovecot: Dovecot, sink: SinkServer
) -> None:
    user = dovecot.new_user()
    with _delivering(sink, dovecot, user):
        code, said = _check(tmp_path, dovecot, user, sink.port, "token+authres", "check", "--mail", "--wait", "8")
    assert code == 2, said
    assert "✖ a forged result of mx.desk.test would be believed" in said
    assert "⚠ plus-addresses do not reach it" in said

    code, said = _check(tmp_path, dovecot, user, sink.port, "token+authres", "run", "--once")
    assert code == 2
    assert "a forged result of mx.desk.test came through" in said
    code, said = _check(tmp_path, dovecot, user, sink.port, "token", "run", "--once")
    assert code == 0, said

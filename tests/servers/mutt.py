"""A real mail client on a terminal, driven by keys as a person drives it: mutt, in tmux.

    with Mutt(dovecot, postfix, "bea@desk.test") as mutt:
        mutt.reply(message_id, "/take")            opens the mail, answers it above the quotation, sends
        mutt.write(to, "Subject", "text")
        mutt.tap("mailto:support+c1…")             follows a link of a mail, and sends what it opens

What leaves, leaves over Postfix's submission port; what came, is read by IMAP. The editor is a script that types the
text above whatever mutt has put into the draft.
"""

from __future__ import annotations

import os
import shlex
import subprocess
import time
from itertools import count
from types import TracebackType
from typing import Self

from tests.servers.dovecot import PASSWORD, Dovecot
from tests.servers.postfix import Postfix
from tests.servers.process import binary, workdir

_PATIENCE = 60.0
_MODIFIED = "Update encoding"  # asked where the editor's last write and mutt's look at it fell into different seconds
_NUMBERS = count(1)
_RC = """
set realname = "{name}"
set from = "{address}"
set use_from = yes
set ssl_ca_certificates_file = "{ca}"
set ssl_starttls = yes
set ssl_force_tls = no
set smtp_url = "smtp://{user}@127.0.0.1:{smtp}/"
set smtp_pass = "{password}"
set smtp_authenticators = "plain"
set imap_pass = "{password}"
set folder = "imap://{user}@127.0.0.1:{imap}/"
set spoolfile = "+INBOX"
set header_cache = ""
set record = ""
set postponed = ""
set mail_check = 1
set timeout = 1
set editor = "{editor}"
set edit_headers = no
set fast_reply = yes
set include = yes
set reply_to = yes
set abort_unmodified = no
set abort_nosubject = no
set abort_noattach = no
set confirmappend = no
set move = no
set quit = yes
set wait_key = no
set sort = mailbox-order
set tmpdir = "{here}"
set crypt_use_gpgme = no
alternative_order text/plain
"""


class Mutt:
    """One agent's mail client; each deed is a run of the program."""

    def __init__(self, dovecot: Dovecot, postfix: Postfix, address: str, name: str = "") -> None:
        self._mutt, self._tmux = binary("mutt"), binary("tmux")
        self._here = workdir("mutt")
        self._typed = self._here / "typed"
        editor = self._here / "editor"
        editor.write_text(f'#!/bin/sh\ncat "{self._typed}" "$1" > "$1.new" && cat "$1.new" > "$1" && rm "$1.new"\n')
        editor.chmod(0o755)
        said = _RC.format(
            name=name or address.partition("@")[0],
            address=address,
            user=address.replace("@", "%40"),
            ca=dovecot.certs.ca,
            smtp=postfix.submission_port,
            imap=dovecot.imap_port,
            password=PASSWORD,
            editor=editor,
            here=self._here,
        )
        (self._here / "muttrc").write_text(said)
        self._socket = str(self._here / "tmux")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._tell("kill-server")

    def reply(self, message_id: str, text: str) -> None:
        """Answer a mail: `r`, the text above the quotation, `y`."""
        self._typed.write_text(f"{text}\n\n")
        session = self._open()
        self._see(session, "INBOX")
        self._press(session, "l", f"~i {message_id.strip('<>')}", "Enter")
        self._see(session, "Msgs:1/")
        self._press(session, "r")
        self._send(session)

    def write(self, to: str, subject: str, text: str) -> None:
        """A new mail: `m`, address, subject, text, `y`."""
        self._typed.write_text(f"{text}\n")
        session = self._open()
        self._see(session, "INBOX")
        self._press(session, "m")
        self._see(session, "To:")
        self._press(session, to, "Enter")
        self._see(session, "Subject:")
        self._press(session, subject, "Enter")
        self._send(session)

    def tap(self, link: str) -> None:
        """Follow a mailto link, as a mail client does that is registered for them, and send what it opens."""
        self._typed.write_text("")
        session = self._open(link)
        self._see(session, "To:")  # with the address filled in
        self._press(session, "Enter")
        self._send(session)

    def _send(self, session: str) -> None:
        self._see(session, "y:Send")
        self._press(session, "y")
        if self._see(session, "Mail sent", _MODIFIED, or_ended=True) == _MODIFIED:
            self._press(session, "y")
            self._see(session, "Mail sent", or_ended=True)
        self._press(session, "q")
        subprocess.run(
            [self._tmux, "-S", self._socket, "kill-session", "-t", session], capture_output=True, check=False
        )

    def _open(self, *arguments: str) -> str:
        session = f"s{next(_NUMBERS)}"
        command = shlex.join([self._mutt, "-n", "-F", str(self._here / "muttrc"), *arguments])
        environment = {**os.environ, "TERM": "screen", "HOME": str(self._here), "LC_ALL": "C.UTF-8"}
        size = ("-x", "200", "-y", "50")
        opened = [self._tmux, "-S", self._socket, "-f", "/dev/null", "new-session", "-d", "-s", session, *size]
        subprocess.run([*opened, f"{command}; echo; echo ended; sleep 5"], env=environment, check=True)
        return session

    def _tell(self, *order: str) -> str:
        """An order to tmux, and what it says; nothing where the session has ended."""
        told = subprocess.run([self._tmux, "-S", self._socket, *order], capture_output=True, text=True, check=False)
        return told.stdout

    def _press(self, session: str, *keys: str) -> None:
        for key in keys:
            literal = [] if key == "Enter" else ["-l"]
            self._tell("send-keys", "-t", session, *literal, key)

    def _see(self, session: str, *words: str, or_ended: bool = False) -> str:
        """Wait until one of these is on the screen, and say which; "" where mutt has ended unblamed."""
        deadline = time.monotonic() + _PATIENCE
        while True:
            screen = self._tell("capture-pane", "-p", "-t", session)
            for seen in words:
                if seen in screen:
                    return seen
            if or_ended and "ended" in screen:
                return ""
            if time.monotonic() > deadline:
                raise AssertionError(f"mutt does not show “{'” or “'.join(words)}”:\n{screen}")
            time.sleep(0.1)

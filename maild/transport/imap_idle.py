"""IDLE (RFC 2177) with imapclient's traps closed: lost wake-ups, swallowed ends, a line before the `+`.

It reaches into imapclient and imaplib where their public calls cannot be made safe; that is why imapclient
is pinned below 5. It waits and tells; it neither reads mails nor reconnects.
"""

from __future__ import annotations

import socket
import ssl
import threading
import time
from collections.abc import Sequence
from typing import Any

# How soon a thread in IDLE notices `stop`.
_GLANCE = 1.0


def idle(client: Any, seconds: float, stop: threading.Event) -> bool:
    """True when the server announced something new; raises ConnectionError when the connection is gone."""
    heard = _start(client) or _buffered(client)
    end, hollow = time.monotonic() + seconds, 0
    while not heard and not stop.is_set() and (left := end - time.monotonic()) > 0:
        began, glance = time.monotonic(), min(left, _GLANCE)
        lines = client.idle_check(timeout=glance)
        _refuse_bye(lines)
        # idle_check swallows a closed connection and answers [] at once, for ever. One such answer may
        # be a TLS record without content; three in a row are the end.
        early = not lines and glance > 0.1 and time.monotonic() - began < glance / 2
        hollow = hollow + 1 if early else 0
        if hollow == 3:
            raise ConnectionError("the server closed the connection")
        heard = any(len(line) > 1 and line[1] == b"EXISTS" for line in lines)
    _refuse_bye(client.idle_done()[1])
    return heard


def _refuse_bye(lines: Sequence[Sequence[Any]]) -> None:
    if any(line[0] == b"BYE" for line in lines):
        raise ConnectionError("the server said BYE")


def _start(client: Any) -> bool:
    """Enter IDLE; True when the server said something before its `+`.

    imapclient's own idle() fails on such a line, although RFC 3501 allows one at any time.
    """
    imap = client._imap
    client._idle_tag = tag = imap._command("IDLE")
    heard = False
    while imap._get_response() is not None:
        if imap.tagged_commands[tag]:
            raise ConnectionError("the server offers IDLE but refused it; set idle = false")
        heard = True
    return heard


def _buffered(client: Any) -> bool:
    """Whether lines wait in imaplib's buffer, where polling the socket cannot see them.

    A mail that came between the last look and IDLE is announced in one segment with `+ idling`.
    """
    file = getattr(client._imap, "file", None)
    if file is None or not hasattr(file, "peek"):
        return False
    sock: socket.socket = client.socket()
    sock.setblocking(False)
    try:
        return bool(file.peek(1))
    except (BlockingIOError, ssl.SSLWantReadError):
        return False
    finally:
        sock.setblocking(True)
        client._set_read_timeout()

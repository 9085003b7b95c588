"""IDLE (RFC 2177) with imapclient's traps closed: lost wake-ups, swallowed ends, half lines, a line before the `+`.

It reaches into imapclient and imaplib where their public calls cannot be made safe; that is why imapclient is
pinned below 5. It waits and tells; it neither reads mails nor reconnects.
"""

from __future__ import annotations

import select
import socket
import ssl
import time
from collections.abc import Sequence
from typing import Any

from imapclient.imapclient import _parse_untagged_response

from maild.transport.bell import Bell

Line = tuple[Any, ...]


def idle(client: Any, seconds: float, stop: Bell) -> bool:
    """True when a new mail is there; raises ConnectionError when the connection is gone."""
    _start(client)
    end = time.monotonic() + seconds
    told = _lines(client)
    while not news(client, told) and not stop.is_set() and (left := end - time.monotonic()) > 0:
        # imapclient's idle_check is not used: it answers [] for ever when the connection is closed, trips over half
        # a line, and does not see what came in one segment with the `+` (poll() cannot: imaplib has read it).
        if _readable(client, left, stop):
            told += _lines(client, closed_if_none=True)
    heard = news(client, told)
    _refuse_bye(client.idle_done()[1])
    return heard


def news(client: Any, told: Sequence[Line] = ()) -> bool:
    """Whether the server has spoken of a mail that was not there when the folder was selected.

    It announces a mail once, and that may have been in the answer to a FETCH or MOVE: imaplib collects those, with
    SELECT's own EXISTS first. Some servers repeat the count they gave at every occasion; that is no news, unless
    mails have left in between and the same count means others.
    """
    earlier = client._imap.untagged_responses
    counts = [int(n) for n in earlier.get("EXISTS", [])] + [n for n, word in _numbered(told) if word == b"EXISTS"]
    left = "EXPUNGE" in earlier or any(word == b"EXPUNGE" for _, word in _numbered(told))
    return len(counts) > 1 and (left or counts[-1] != counts[0])


def _numbered(lines: Sequence[Line]) -> list[tuple[int, bytes]]:
    return [(line[0], line[1]) for line in lines if len(line) > 1 and isinstance(line[0], int)]


def _refuse_bye(lines: Sequence[Line]) -> None:
    if any(line[0] == b"BYE" for line in lines):
        raise ConnectionError("the server said BYE")


def _start(client: Any) -> None:
    """Enter IDLE. imapclient's own idle() fails on a line before the `+`, although RFC 3501 allows one any time."""
    imap = client._imap
    client._idle_tag = tag = imap._command("IDLE")
    while imap._get_response() is not None:
        if imap.tagged_commands[tag]:
            raise ConnectionError("the server offers IDLE but refused it; set idle = false")


def _lines(client: Any, closed_if_none: bool = False) -> list[Line]:
    """What has come so far, to the end of its last line."""
    lines: list[Line] = []
    while peeked := _peek(client):
        lines.append(_parse_untagged_response(client._imap._get_line()))
    if closed_if_none and not lines and peeked is not None:
        raise ConnectionError("the server closed the connection")
    _refuse_bye(lines)
    return lines


def _readable(client: Any, seconds: float, stop: Bell) -> bool:
    """Whether there is something to read, or the connection has ended; False when it is time to stop."""
    sock, poller = client.socket(), select.poll()
    poller.register(sock, select.POLLIN)
    poller.register(stop, select.POLLIN)
    return sock.fileno() in [handle for handle, _ in poller.poll(seconds * 1000)]


def _peek(client: Any) -> bytes | None:
    """The next bytes, without taking them; b"" at the end of the connection, None when TLS has nothing for us yet.

    Without TLS, b"" also means that there is nothing, so it is the end only where poll() saw something.
    """
    sock: socket.socket = client.socket()
    sock.setblocking(False)
    try:
        return bytes(client._imap.file.peek(1))
    except (BlockingIOError, ssl.SSLWantReadError):
        return None
    finally:
        sock.setblocking(True)
        client._set_read_timeout()

"""A server that says exactly what a test wants, for what no real server can be made to do on demand."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

Talk = Callable[[socket.socket], None]


@contextmanager
def scripted(talk: Talk) -> Iterator[int]:
    """Every connection is handed to `talk`, one after the other; yields the port."""
    listener = socket.create_server(("127.0.0.1", 0))
    listener.settimeout(0.1)
    over = threading.Event()

    def serve() -> None:
        while not over.is_set():
            try:
                connection, _ = listener.accept()
            except TimeoutError:
                continue
            connection.settimeout(10)
            with connection:
                try:
                    talk(connection)
                except OSError:
                    pass  # the client has left

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    try:
        yield listener.getsockname()[1]
    finally:
        over.set()
        thread.join(15)
        listener.close()


def imap(
    answers: dict[bytes, bytes],
    capability: bytes = b"IMAP4rev1 IDLE",
    after: tuple[bytes, dict[bytes, bytes]] = (b"NOOP", {}),
    heard: list[bytes] | None = None,
) -> Talk:
    """An IMAP server with one mail.

    `answers` maps a command's beginning to what is said before the tagged OK; an answer with `%t` stands for the
    whole reply (tag included); one that ends with `%x` closes after it. `after` names a command from which on
    other answers hold; `heard` collects the commands.
    """
    usual = {
        b"CAPABILITY": b"* CAPABILITY " + capability + b"\r\n",
        b"SELECT": b"* 1 EXISTS\r\n* OK [UIDVALIDITY 7] ok\r\n",
        b"LIST": b'* LIST () "/" INBOX\r\n',
        b"LOGOUT": b"* BYE\r\n",
    }

    def talk(connection: socket.socket) -> None:
        idle_tag, said = b"", dict(answers)
        with connection.makefile("rb") as lines:
            connection.sendall(b"* OK ready\r\n")
            for line in lines:
                if line == b"DONE\r\n":
                    connection.sendall(idle_tag + b" OK done\r\n")
                    continue
                tag, _, command = line.strip().partition(b" ")
                idle_tag = tag
                if heard is not None:
                    heard.append(command)
                answer = next((a for start, a in [*said.items(), *usual.items()] if command.startswith(start)), b"")
                whole = b"%t" in answer or answer.endswith(b"%x") or command == b"IDLE"
                connection.sendall(answer.removesuffix(b"%x").replace(b"%t", tag))
                if command.startswith(after[0]):
                    said |= after[1]
                if answer.endswith(b"%x"):
                    return
                if not whole:
                    connection.sendall(tag + b" OK done\r\n")

    return talk

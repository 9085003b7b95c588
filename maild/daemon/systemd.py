"""Talks to systemd: sd_notify(3) by hand, a datagram on a socket. Without systemd every call does nothing."""

from __future__ import annotations

import os
import socket
import time


def notify(state: str) -> None:
    """Send a state such as "READY=1", "STOPPING=1" or "WATCHDOG=1"."""
    address = os.environ.get("NOTIFY_SOCKET")
    if not address:
        return
    if address.startswith("@"):  # the abstract namespace
        address = "\0" + address[1:]
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as client:
        client.sendto(state.encode(), address)


def notify_reloading() -> None:
    """READY=1 follows once we have begun anew."""
    notify(f"RELOADING=1\nMONOTONIC_USEC={time.monotonic_ns() // 1000}")


def watchdog_seconds() -> float | None:
    """Half the time within which systemd wants to hear from us; None when it does not watch us."""
    microseconds = os.environ.get("WATCHDOG_USEC", "")
    pid = os.environ.get("WATCHDOG_PID")
    if not microseconds.isdigit() or (pid and pid != str(os.getpid())):
        return None
    return int(microseconds) / 2_000_000

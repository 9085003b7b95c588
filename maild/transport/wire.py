"""What both wires share: TLS contexts, the rule about plaintext, a server's words cut to one safe line.

Certificates are always verified and TLS is 1.2 at least; there is no setting that turns this off. This
module opens no connection and knows neither IMAP nor SMTP.
"""

from __future__ import annotations

import ipaddress
import re
import socket
import ssl
from typing import Literal

from maild.errors import Permanent, UserError

Tls = Literal["implicit", "starttls", "none"]

_LONGEST_LINE = 300
_BYTES_REPR = re.compile(r"\bb(['\"])(.*?)\1")


def tls_context(ca_file: str | None) -> ssl.SSLContext:
    """A context that verifies; `ca_file` replaces the system's authorities, it does not add to them."""
    try:
        context = ssl.create_default_context(cafile=ca_file)
    except (OSError, ssl.SSLError) as error:
        raise UserError(f"ca_file {ca_file}: {one_line(error)}; give a readable PEM file") from error
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    return context


def refuse_plaintext(host: str, port: int, tls: Tls, allowed: bool) -> None:
    """Raise unless a password may travel there: over TLS, on the loopback, or where the admin said so."""
    if tls == "none" and not allowed and not _is_loopback(host):
        raise UserError(f'{host}:{port}: tls = "none" would send the password in clear; use "implicit" or "starttls"')


def _is_loopback(host: str) -> bool:
    # Only a literal address or the reserved name (RFC 6761): any other name is an answer of somebody's DNS.
    if host.lower() in ("localhost", "localhost."):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def not_trusted(where: str, error: ssl.SSLCertVerificationError) -> Permanent:
    return Permanent(
        f"{where}: its certificate is not trusted ({one_line(error.verify_message)}); "
        "check that host is the name in the certificate, or give the authority's certificate as ca_file"
    )


def handshake_hint(error: Exception) -> str:
    """Most failed handshakes are the wrong `tls` for the port; say so instead of OpenSSL's riddle."""
    return "; does tls fit this port?" if isinstance(error, ssl.SSLError | TimeoutError) else ""


def keep_awake(sock: socket.socket) -> None:
    """No waiting for delayed acknowledgements (45 times slower), and a vanished peer is noticed."""
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    wanted = (("TCP_KEEPIDLE", 30), ("TCP_KEEPINTVL", 10), ("TCP_KEEPCNT", 3), ("TCP_USER_TIMEOUT", 60_000))
    for name, value in wanted:
        if hasattr(socket, name):
            sock.setsockopt(socket.IPPROTO_TCP, getattr(socket, name), value)


def one_line(words: object, secret: str = "") -> str:
    """Foreign text for a log line or an error: one line, printable, bounded, without the secret."""
    text = words.decode("utf-8", "replace") if isinstance(words, bytes) else str(words)
    if secret:
        # The server may echo what it was sent (quoted), and imaplib may have taken that through repr().
        quoted = secret.replace("\\", "\\\\").replace('"', '\\"')
        for form in (quoted, secret):
            for shape in (repr(form.encode())[2:-1], repr(form)[1:-1], form):
                text = text.replace(shape, "***")
    text = _BYTES_REPR.sub(r"\2", text)  # imaplib puts the server's words into its errors as b'...'
    # A server decides what stands here: line breaks or terminal escapes would forge log lines.
    if not text.isprintable():
        text = "".join(c if c.isprintable() else " " for c in text)
    text = " ".join(text.split())
    return text if len(text) <= _LONGEST_LINE else text[: _LONGEST_LINE - 1] + "…"

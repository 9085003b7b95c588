"""Mails that a stranger may send (T60 to T80). `test_hostile` reads them here, tests/cli through the command."""

from __future__ import annotations

HEAD = b"From: eve@evil.example\nTo: support@desk.example\nSubject: x\nMIME-Version: 1.0\n"

CONTROLS: list[bytes] = [
    b"X-A: a\rFrom: agent@corp.example\nFrom: eve@evil.example\n\nHello\n",
    b"X-A: a\rFrom: eve@evil.example\r\nFrom: agent@corp.example\r\n\r\nHello\r\n",
    b"X-A: \x00\nFrom: agent@corp.example\n\nHello\n",
    b"X-A: \x0b\nFrom: agent@corp.example\n\nHello\n",
    b"From: agent@corp.example\x00\n\nHello\n",
    b"From: agent@corp.example\nX no field\nSubject: x\n\nHello\n",
]
"""T05, T61: bare CR and other controls in the header."""

WORDS = [b"=?utf-8?q?hi=0D=0ABcc:_evil=40x?=", b"=?utf-8?b?aGkNCkJjYzogZXZpbEB4?="]
"""T60: encoded words that hold a line end."""

SOURCES: list[str] = [
    "<script>alert(1)</script>",
    "<p onclick='x()'>a</p>",
    "<a href='javascript:x()'>a</a>",
    "<img src='http://track.example/p.gif'>",
    "<img src='//track.example/p.gif'>",
    "<style>@import url(http://x.example)</style>",
    "<div style='background:url(http://x.example)'>a</div>",
    "<svg><script>x</script></svg>",
    "<meta http-equiv=refresh content='0;url=http://x.example'>",
    "<form action='http://x.example'><input></form>",
    "<base href='http://x.example'>",
    "<iframe src='http://x.example'></iframe>",
    "<img srcset='http://x.example/a.png 1x'>",
    "<table background='http://x.example/a.png'></table>",
    "<video poster='http://x.example/a.png'></video>",
    "<link rel=stylesheet href='http://x.example/a.css'>",
]
"""T64: HTML that runs or loads something."""


def nested(depth: int) -> bytes:
    """T66: multiparts in multiparts."""
    out = HEAD
    for i in range(depth):
        out += b'Content-Type: multipart/mixed; boundary="b%d"\n\n--b%d\n' % (i, i)
    return out + b"Content-Type: text/plain\n\ndeep\n"


BOMBS: list[bytes] = [
    nested(1000),
    HEAD + b'Content-Type: multipart/mixed; boundary="b"\n\n' + b"--b\n\n" * 200_000,
    HEAD + b"Content-Type: message/rfc822\n\n" * 1000,
    HEAD
    + b'Content-Type: multipart/mixed; boundary="b"\n\n'
    + (b'--b\nContent-Type: multipart/mixed; boundary="b"\n\n' * 500),
    b"From: a@b.example\nSubject: " + b"=?utf-8?q?a?= " * 20_000 + b"\n\nx\n",
    b"From: a@b.example\nTo: " + b"(" * 100_000 + b"\n\nx\n",
    b"From: a@b.example\nTo: " + b"<" * 100_000 + b"\n\nx\n",
    b"From: a@b.example\nTo: " + b'"' * 99_999 + b"\n\nx\n",
    HEAD + b"Content-Type: text/plain; " + b"".join(b"a*%d*=b; " % i for i in range(5000)) + b"\n\nx\n",
    HEAD + b"Content-Type: " + b"a=b;" * 50_000 + b"\n\nx\n",
    b"From: " + b"@" * 100_000 + b"\n\nx\n",
    b"Subject:" + b"\n x" * 100_000 + b"\n\nx\n",
    b"A: b\n" * 30_000 + b"\nx\n",
    b"no header at all " * 100_000,
    b"\r" * 1_000_000,
    b"\x00" * 1_000_000,
    b"x: " * 300_000,
]
"""T66: small or middling mails that were expensive to somebody."""

UNITS: list[str] = [
    "<a ",
    "<div>",
    "<!--",
    "<",
    "<b",
    "&",
    "<a href='",
    '<a href="',
    "<a b=\"'",
    "</div>",
    "<p><table>",
    "<blockquote>",
    "<!",
    "<style>",
    "<p class='gmail_quote'>",
    "<div class=gmail_quote>",
    "&#x41",
    "<td>",
]
"""T71: HTML that, repeated, was expensive to somebody."""

CHARSETS: list[tuple[str, bytes, str]] = [
    ("iso-2022-jp", "日本語".encode("iso-2022-jp"), "日本語"),
    ("utf-7", "Grüße".encode("utf-7"), "Grüße"),
    ("gb2312", "您好，打印机".encode("gb18030"), "您好，打印机"),
    ("ks_c_5601-1987", "안녕하세요".encode("cp949"), "안녕하세요"),
    ("x-unknown", "Grüße".encode(), "Grüße"),
    ("us-ascii", "Grüße €".encode("cp1252"), "Grüße €"),
    ("iso-8859-1", "“Grüße” €".encode("cp1252"), "“Grüße” €"),
    ("utf-8", "Grüße".encode("cp1252"), "Grüße"),
    ("idna", b"plain", "plain"),
    ("punycode", b"plain-text", "plain-text"),
    ("hex", b"4142", "4142"),
    ("zlib", b"plain", "plain"),
    ("unicode_escape", b"\\x41", "\\x41"),
    ("ut\0f", b"plain", "plain"),
    ("utf-16", "\ufeffGrüße".encode("utf-16-le"), "Grüße"),
    ("utf-16", "Gruss".encode("utf-16-le"), "Gruss"),
    ("koi8-r", "Привет, принтер".encode("koi8-r"), "Привет, принтер"),
    ("", "Привет, мой принтер сломался".encode("cp1251"), "Привет, мой принтер сломался"),
    ("", "プリンターが壊れました".encode("shift_jis"), "プリンターが壊れました"),
    ("", "您好，我的打印机坏了，请帮忙".encode("gb18030"), "您好，我的打印机坏了，请帮忙"),
]
"""T72: (label, bytes, what is meant)."""

NAMES: list[tuple[str, str]] = [
    ("../../etc/passwd", "passwd"),
    ("..", ""),
    ("C:\\\\temp\\\\a.txt", "a.txt"),
    ("a\x01b.txt", "ab.txt"),
    ("CON", "_CON"),
    ("con.txt", "_con.txt"),
    ("invoice\u202efdp.exe", "invoicefdp.exe"),
    ("\u200b.htaccess", "htaccess"),
    ("a" * 300 + ".pdf", "a" * 146 + ".pdf"),
    ("a|b?.txt", "a_b_.txt"),
]
"""T74: (name, how it is shown)."""

IDS: list[tuple[bytes, str | None]] = [
    (b"", None),
    (b"Message-ID: <>\n", None),
    (b"Message-ID: <a@b>\n", "<a@b>"),
    (b"Message-ID: a@b\n", "<a@b>"),
    (b"Message-ID: <a@b> (added by x)\n", "<a@b>"),
    (b"Message-ID: <a b@c>\n", "<ab@c>"),
    (b"Message-ID: <[123]@x>\n", "<[123]@x>"),
]
"""T78: (Message-ID field, the id in it)."""

DATES: list[tuple[bytes, str | None]] = [
    (b"Mon, 5 Jan 2026 10:00:00 +0100", "2026-01-05T09:00:00Z"),
    (b"5 Jan 2026 10:00 GMT", "2026-01-05T10:00:00Z"),
    (b"Mon, 05 Jan 2026 10:00:00 +9999", None),
    (b"Mon, 05 Jan 99999 10:00:00 +0000", None),
    (b"yesterday", None),
    (b"2026-01-05T10:00:00+01:00", "2026-01-05T09:00:00Z"),
    (b"Thu, 01 Jan 1970 00:00:00 +0000", "1970-01-01T00:00:00Z"),
    (b"", None),
]
"""T79: (Date, how it is shown)."""

SMUGGLED = [
    HEAD + b"\nHello" + end + b"MAIL FROM:<agent@corp.example>\nDATA\nFrom: agent@corp.example\n\n/close\n"
    for end in (b"\n.\n", b"\n.\r\n", b"\r.\r")
]
"""T80: a second mail behind an end that is none."""

BIG: list[bytes] = [
    HEAD + b"\n" + b":\n" * 1_000_000,
    HEAD + b"\n" + b"begin 644 a\n" * 160_000,
    HEAD + b"\n" + b"wrote:\n" * 280_000,
    HEAD + b"Content-Type: text/html\n\n" + b"<ul><li>" * 250_000,
    HEAD + b'Content-Type: multipart/mixed; boundary="b"\n\n' + b"--bx\n" * 3_000_000,
    b"".join(b'Content-Type: multipart/mixed; boundary="b%d"\n\n--b%d\n' % (i, i) for i in range(20))
    + b"x\n" * 10_000_000,
]
"""T66: the same with megabytes."""

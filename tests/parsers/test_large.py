"""Large mails are read in pieces, and what is read does not depend on where a piece ends."""

import hashlib
import random
from base64 import encodebytes

import pytest

from parsers import parse
from parsers.contents import of
from parsers.fields import Fields, loose_base64
from parsers.mime import PIECE

HEAD = (
    b"From: a@b.test\r\nContent-Type: application/octet-stream; name=x.bin\r\n"
    b"Content-Transfer-Encoding: base64\r\n\r\n"
)


@pytest.mark.parametrize("short", range(4))
@pytest.mark.parametrize("end", [b"\r\n", b"\r", b"\n", b"\r\n\r\n", b"\n\r", b"\r\n" * PIECE])
def test_T77_a_line_end_at_the_end_of_a_piece_is_one_line_end(end: bytes, short: int) -> None:
    for body in (b"a" * (PIECE - short) + end, b"a" * (PIECE - short) + end + b"b" + end):
        equal = body.replace(b"\r\n", b"\n").replace(b"\r", b"\n").rstrip(b"\n")
        assert of(Fields(), b"xx" + body, 2, 2 + len(body)) == hashlib.sha256(b"\n" + equal).hexdigest()


@pytest.mark.parametrize("inserted", [b"", b"=", b"A=", b"AB==", b"!", b"=\r\n=", b"A=B=C=="])
def test_a_large_file_in_base64_is_what_was_sent_wherever_its_pieces_end(inserted: bytes) -> None:
    content = random.Random(1).randbytes(PIECE * 2)
    coded = encodebytes(content).replace(b"\n", b"\r\n")
    for at in (PIECE - 1, PIECE, PIECE + 1, len(coded)):
        body = coded[:at] + inserted + coded[at:]
        (file,) = parse(HEAD + body).attachments
        assert file.content == loose_base64(body)
    assert parse(HEAD + coded).attachments[0].content == content

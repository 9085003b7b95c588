"""How the address of the LMTP door is written."""

import pytest

from maild.transport.lmtp_access import Listen, parse_listen


@pytest.mark.parametrize(
    ("text", "meant", "local"),
    [
        ("127.0.0.1:8024", Listen("127.0.0.1", 8024), True),
        ("localhost:8024", Listen("127.0.0.1", 8024), True),
        ("[::1]:8024", Listen("::1", 8024), True),
        ("0.0.0.0:8024", Listen("0.0.0.0", 8024), False),
        ("[::]:24", Listen("::", 24), False),
        ("unix:/run/maild/lmtp", Listen(path="/run/maild/lmtp"), True),
    ],
)
def test_an_address_is_read(text: str, meant: Listen, local: bool) -> None:
    assert (parse_listen(text), parse_listen(text).is_local) == (meant, local)


@pytest.mark.parametrize(
    "text", ["8024", "mx.desk.test:8024", "127.0.0.1:0", "127.0.0.1:x", "unix:run/x", "unix:/" + "x" * 108]
)
def test_what_is_no_address_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="must be"):
        parse_listen(text)

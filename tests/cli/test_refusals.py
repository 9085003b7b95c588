"""Bad configuration: a clear message with file, line and key, exit code 2 or 75, never a traceback."""

import pytest

from tests.cli.desk import Cli

_BOX = '[[mailbox]]\nhost = "127.0.0.1"\nport = {port}\ntls = "{tls}"\nuser = "u"\n'


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ('[log]\nfromat = "json"\n', ["maild.toml:13", "[log] fromat", "did you mean format?"]),
        ("[nonsense]\nx = 1\n", ["maild.toml:12", "nonsense", "unknown key"]),
        (
            '[limits]\nmessage_size = "big"\n',
            ["maild.toml:13", "[limits] message_size", "a whole number, not a text"],
        ),
        ("[timers]\nwarn_after = 24\n", ["maild.toml:13", "warn_after", 'such as "48h", not a number']),
        ('[timers]\nwarn_after = "8 working hours"\n', ["maild.toml:13", "working time"]),
        ('[timers]\nauto_close_after = "1h"\n', ["maild.toml:13", "longer than warn_after"]),
        ('[[agent]]\naddress = "no address"\n', ["maild.toml:13", "[[agent]] number 2, address", "one address"]),
        ('[[agent]]\nname = "x"\n', ["maild.toml:12", "[[agent]] number 2, address", "is missing"]),
        ('[[agent]]\naddress = "BEA@desk.test"\n', ["another one called bea@desk.test"]),
        ('[[agent]]\naddress = "support@desk.test"\n', ["maild.toml:13", "loop"]),
        ('[auth]\nmode = "from-only"\n', ["maild.toml:13", "must be one of token, token+authres"]),
        ('[auth]\nmode = "token+authres"\n', ["[auth] trusted", "authserv-id"]),
        ("[log\n", ["maild.toml", "not TOML", "line 12"]),
        (
            _BOX.format(port=1, tls="none") + 'queue = "x"\npassword = "p"\n',
            ["there is no queue x; there are support"],
        ),
        (_BOX.format(port=1, tls="none"), ["[[mailbox]] inbox", "password_file"]),
        (
            _BOX.format(port=1, tls="none") + 'password_file = "nowhere"\n',
            ["[[mailbox]] inbox.password_file", "nowhere", "No such file", "first line"],
        ),
        (
            _BOX.format(port=1, tls="implicit") + 'password = "p"\nca_file = "ca.pem"\n',
            ["[[mailbox]] inbox.ca_file", "ca.pem"],
        ),
        ('[lmtp]\nlisten = "mx.desk.test:24"\n', ["maild.toml:13", "[lmtp] listen", "such as 127.0.0.1:8024"]),
        ('[lmtp]\nlisten = "0.0.0.0:8024"\n', ["maild.toml:13", "other machines", "allow_remote"]),
        ('[lmtp]\nqueue = "x"\n', ["maild.toml:13", "there is no queue x; there are support"]),
        ('[[mailbox]]\nname = "lmtp"\nhost = "h"\nuser = "u"\n', ["maild.toml:13", "number 1, name", "by LMTP"]),
        ('[templates]\ndir = "mine"\n', ["templates.dir", "mine"]),
        ('[store]\nurl = "mysql://x"\n', ["store.url", "mysql"]),
    ],
)
def test_wrong_configuration_is_refused_with_code_2(maild: Cli, more: str, said: list[str]) -> None:
    maild.add(more)
    code, text = maild.said("run", "--once")

    assert code == 2
    for words in said:
        assert words in text


def test_a_broken_template_is_refused_with_its_file(maild: Cli) -> None:
    (maild.folder / "mine" / "en").mkdir(parents=True)
    (maild.folder / "mine" / "en" / "closed.txt").write_text("Subject: bye\n\nbye")
    maild.add('[templates]\ndir = "mine"\n')
    code, text = maild.said("run", "--once")

    assert code == 2
    assert "mine/en/closed.txt" in text
    assert "{{ tag }}" in text


@pytest.mark.parametrize("command", [["run", "--once"], ["check"]])
def test_an_unreachable_server_is_75_and_named(maild: Cli, command: list[str]) -> None:
    maild.add(_BOX.format(port=1, tls="none") + 'password = "secret-word"\n')
    code, text = maild.said(*command)

    assert code == 75
    assert "127.0.0.1:1" in text
    assert "secret-word" not in text


def test_a_store_out_of_reach_is_75(maild: Cli) -> None:
    maild.add('[store]\nurl = "postgresql+psycopg://maild:secret-word@127.0.0.1:1/maild"\n')
    code, text = maild.said("case", "list")

    assert code == 75
    assert "store" in text
    assert "secret-word" not in text


def test_no_configuration_says_how_to_make_one(maild: Cli) -> None:
    maild.config.unlink()
    code, text = maild.said("status")

    assert code == 2
    assert "maild init" in text


@pytest.mark.parametrize(
    "words", [["case"], ["nonsense"], ["run", "--once", "--now", "noon"], ["tick", "--now", "2026-01-01T00:00:00"]]
)
def test_wrong_use_is_code_2(maild: Cli, words: list[str]) -> None:
    assert maild(*words).returncode == 2


def test_a_misplaced_password_is_not_shown(maild: Cli) -> None:
    maild.add('[limits]\nmessage_size = "hunter2"\n')
    assert "hunter2" not in maild.said("check")[1]


def test_a_key_under_the_wrong_table_is_sent_home(maild: Cli) -> None:
    maild.add('undo_window = "2m"\n')
    assert "it belongs under [smtp]" in maild.said("status")[1]


def test_a_number_in_other_figures_is_no_case(maild: Cli) -> None:
    assert "no such file, case or Message-ID" in maild.said("explain", "²")[1]
    assert "is no case's number" in maild.said("explain", "²", "status")[1]


def test_a_text_without_quotes_is_explained(maild: Cli) -> None:
    maild.add("[timers]\nwarn_after = 2m\n")
    assert "stand in quotes" in maild.said("status")[1]

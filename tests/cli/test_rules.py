"""`maild rules` and what the other commands say of rules: files, lines, examples, reasons."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.cli.desk import MAIL, Cli
from tests.house.pages import ROOT

_QUEUES = '[[queue]]\nname = "support"\n[[queue]]\nname = "billing"\nlevel = "L2"\n'
_RULE = '[[rule]]\nname = "r"\n'


@pytest.mark.parametrize(
    ("more", "said"),
    [
        (
            _RULE + "when = 'message.subjct == \"x\"'\nstop = true\n",
            ["maild.toml:14", "did you mean message.subject?"],
        ),
        (
            _RULE + "when = '''\ncase.new and\nmessage.subject =~~ \"(a)\\1\"'''\nstop = true\n",
            ["maild.toml:16", "back-references", "rule “r”"],
        ),
        (_RULE + "when = 'case.new and\\\n", ["maild.toml", "not TOML"]),
        (_RULE + 'set = { queue = "sales" }\n', ["maild.toml:12", "there is no queue sales; there are support"]),
        (_RULE + 'set = { owner = "x@desk.test" }\n', ["maild.toml:12", "no agent x@desk.test", "bea@desk.test"]),
        (_RULE + 'set = { severity = "Urgent" }\n', ["maild.toml:14", "must be one of Immediate, High"]),
        (_RULE + 'set = { severty = "High" }\n', ["maild.toml:14", "did you mean severity?"]),
        (_RULE + 'set = { status = "Merged" }\n', ["maild.toml:14", "must be one of"]),
        (_RULE + 'notify = ["x@desk.test"]\n', ["maild.toml:12", "notify: there is no agent x@desk.test"]),
        (_RULE + 'add = ["bea@desk.test"]\n', ["maild.toml:12", "agents are told with notify"]),
        (_RULE + 'add = ["support@desk.test"]\n', ["maild.toml:12", "the desk's own address"]),
        (_RULE + 'add = ["nobody"]\n', ["maild.toml:12", "not one address"]),
        (_RULE + "when = 'case.new'\n", ["maild.toml:12", "does nothing"]),
        (_RULE + 'ignore = true\nset = { severity = "High" }\n', ["maild.toml:12", "gets no case"]),
        (_RULE + 'ignore = true\nquarantine = "x"\n', ["maild.toml:12", "not both"]),
        (_RULE + "stop = true\n" + _RULE + "stop = true\n", ["maild.toml:15", "another one of that name"]),
        (
            _RULE + "stop = true\n" + _RULE.replace('"r"', '"s"') + "ignore = true\n",
            ["maild.toml:15", "nothing ever reaches it: “r”", "maild.toml:12"],
        ),
        (
            _RULE
            + "when = 'case.new'\nignore = true\n"
            + _RULE.replace('"r"', '"s"')
            + "when = '  case.new'\nstop = true\n",
            ["maild.toml:16", "nothing ever reaches it: “r”"],
        ),
        (_RULE + 'on = "timer"\nignore = true\n', ["maild.toml:12", "needs its time", "only a mail can be ignored"]),
        (
            _RULE + 'after = "30m"\nescalate = true\n',
            ["maild.toml:12", 'after: means something only with on = "timer"'],
        ),
        (_RULE + 'on = "timer"\nafter = "30m"\nstop = true\n', ["maild.toml:12", "nothing to stop"]),
        (
            _RULE + 'on = "timer"\nafter = "1h"\nescalate = true\nunless = \'message.subject == "x"\'\n',
            ["maild.toml:17", 'unless: message.subject is known only to rules with on = "message"'],
        ),
        (_RULE + 'on = "change"\nwhen = "change.feld == 3"\nescalate = true\n', ["maild.toml:15", "change.field?"]),
        (_RULE + 'reply = "no-such"\n', ["maild.toml:12", "no template no-such", "ask-details, still-working"]),
        (_RULE + 'reply = "closed"\n', ["maild.toml:12", "there is no template closed for rules"]),
        (_RULE + 'ask = "ask-details"\nwait = "us"\n', ["maild.toml:12", "ask makes the case wait"]),
        (_RULE + 'escalate = true\nset = { level = "L2" }\n', ["maild.toml:12", "escalate and set.level"]),
        (_RULE + 'add_tags = ["a b"]\n', ["maild.toml:14", "“a b” is no tag"]),
        (_RULE + 'on = "moon"\nstop = true\n', ["maild.toml:14", "must be one of message"]),
        ('[rules]\nfiles = ["rules/*.toml"]\n', ["there is no file rules/*.toml", "it is looked for in"]),
    ],
)
def test_rule_that_cannot_be_meant_is_refused_with_file_and_line(maild: Cli, more: str, said: list[str]) -> None:
    maild.add(more)
    code, output = maild.said("check", "--offline")
    assert code == 2
    for words in said:
        assert words in output


def test_everything_wrong_in_several_files_is_said_at_once(maild: Cli) -> None:
    (maild.folder / "rules").mkdir()
    (maild.folder / "rules/b.toml").write_text('[[rule]]\nname = "b"\nwhen = "nonsense"\nstop = true\n')
    (maild.folder / "rules/a.toml").write_text('[[rule]]\nname = "a"\nset = { queue = "x" }\n')
    maild.add('[rules]\nfiles = ["rules/*.toml"]\n' + _RULE + "\n")
    _, output = maild.said("rules", "lint")
    places = re.findall(r"(\w+\.toml:\d+): rule “(\w)”", output)
    assert places == [("maild.toml:14", "r"), ("a.toml:1", "a"), ("b.toml:3", "b")]


def test_rules_are_looked_at_in_order_of_files(maild: Cli) -> None:
    (maild.folder / "rules").mkdir()
    for name in ("b", "a"):
        (maild.folder / f"rules/{name}.toml").write_text(f'[[rule]]\nname = "{name}"\nset = {{ kind = "bug" }}\n')
    maild.add('[rules]\ndefaults = false\nfiles = ["rules/b.toml", "rules/*.toml"]\n')
    assert "another one of that name" in maild.said("rules", "list")[1]
    (maild.folder / "maild.toml").write_text(maild.config.read_text().replace('"rules/b.toml", ', ""))
    maild.add(_RULE + 'set = { kind = "incident" }\n')
    assert [row["rule"] for row in maild.rows("rules", "list")] == ["r", "a", "b"]


def test_lint_names_what_looks_like_a_slip(maild: Cli) -> None:
    same = "when = 'now.hour  >= 3'\nset = { kind = \"bug\" }\n"
    maild.add(_RULE + same + '[[rule]]\nname = "s"\n' + same.replace("  ", " "))
    maild.add('[[rule]]\nname = "t"\nset = { kind = "question" }\n')
    code, output = maild.said("rules", "lint")
    assert code == 0
    assert "rule “s” has the same condition as “r”" in output
    assert "all that rule “r” sets is set anew by “t”" in output


def test_examples_beside_the_rules_are_tried(maild: Cli) -> None:
    maild.add(_QUEUES)
    rules = maild.folder / "billing.toml"
    rules.write_text(
        '[[rule]]\nname = "refunds"\nwhen = \'message.subject =~~ "refund"\'\nset = { queue = "billing" }\n'
        '[[rule]]\nname = "spam"\nwhen = \'header("X-Spam") == "yes"\'\nignore = true\n'
        '[[example]]\nname = "good"\nsubject = "Refund, bitte: größer"\n'
        'expect = { queue = "billing", level = "L2" }\n'
        '[[example]]\nname = "spam"\nheaders = ["X-Spam: yes"]\nexpect = { outcome = "ignored", rules = ["spam"] }\n'
        '[[example]]\nname = "a file"\nmail = "one.eml"\nexpect = { queue = "support", owner = "none" }\n'
    )
    (maild.folder / "one.eml").write_bytes(MAIL)
    code, output = maild.said("rules", "test", "billing.toml")
    assert (code, output.count("✔")) == (0, 3), output
    wrong = '[[example]]\nname = "bad"\nsubject = "refund"\nexpect = { queue = "support", not_rules = ["refunds"] }\n'
    rules.write_text(rules.read_text() + wrong)
    code, output = maild.said("rules", "test", "billing.toml")
    assert code == 1
    assert "billing.toml:21: expected queue support, it was billing (by refunds)" in output
    assert "expected the rule “refunds” not to apply" in output


@pytest.mark.parametrize(
    ("example", "said"),
    [
        ('expect = { rules = ["nobody"] }', "there is no rule “nobody”"),
        ('mail = "none.eml"', "none.eml"),
        ('at = "yesterday"', "no ISO 8601 time"),
        ('at = "2026-01-01T00:00:00"', "lacks its offset"),
    ],
)
def test_example_that_cannot_be_tried_is_refused_with_its_line(maild: Cli, example: str, said: str) -> None:
    maild.add(f'[[example]]\nname = "x"\n{example}\n')
    code, output = maild.said("rules", "test")
    assert code == 2
    assert "maild.toml:12" in output
    assert said in output


def test_explain_names_the_rules_that_applied_lost_and_did_not_with_their_clauses(maild: Cli) -> None:
    maild.add(
        _RULE + 'when = \'message.subject =~~ "parcel"\'\nset = { severity = "High" }\n'
        '[[rule]]\nname = "s"\nwhen = \'case.severity == "High" and case.new\'\nset = { severity = "Low" }\n'
        '[[rule]]\nname = "t"\nwhen = \'case.new and not (message.subject =~~ "parcel" or now.hour < 0)\'\n'
        "stop = true\n"
    )
    (maild.folder / "one.eml").write_bytes(MAIL)
    (row,) = maild.rows("explain", "one.eml")
    r, s = row["rules"]["applied"]
    assert r == {"rule": "r", "why": 'message.subject =~~ "parcel"', "lost": ["severity=High to “s”"]}
    assert s["why"] == 'case.severity == "High" and case.new'
    others = {one["rule"]: one["why"] for one in row["rules"]["others"]}
    assert others["t"] == 'not message.subject =~~ "parcel" does not hold'
    assert len(row["rules"]["version"]) == 12
    text = maild.said("explain", "one.eml")[1]
    assert "lost severity=High to “s”" in text

    assert maild("inject", raw=MAIL).returncode == 0
    assert maild("run", "--once").returncode == 0
    (stored,) = maild.rows("explain", "<first@customer.test>")
    assert stored["rules"] == {key: value for key, value in row["rules"].items() if key != "others"}


# --- the page


def _blocks() -> list[str]:
    page = (ROOT / "docs/rules.md").read_text(encoding="utf-8")
    return re.findall(r"^```toml\n(.*?)^```$", page, re.MULTILINE | re.DOTALL)


def test_rules_and_examples_of_the_page_come_out_as_they_say(maild: Cli) -> None:
    """The severity table and the level table among them."""
    queues = _QUEUES + '[[agent]]\naddress = "bea@desk.example"\nname = "Bea"\n'
    maild.add(queues)
    first = "\n".join(block for block in _blocks() if "invoices" in block)
    (tables,) = (block for block in _blocks() if "Severity:" in block)
    later = "\n".join(block for block in _blocks() if 'on = "' in block)
    Path(maild.folder / "later.toml").write_text(later, encoding="utf-8")
    code, output = maild.said("rules", "list", "later.toml")
    assert code == 0, output
    assert "30m after: opened" in output
    assert "on a change" in output
    assert "escalate" in output
    for name, text, count in (("first.toml", first, 1), ("tables.toml", tables, 11)):
        Path(maild.folder / name).write_text(text, encoding="utf-8")
        code, output = maild.said("rules", "test", name)
        assert code == 0, output
        assert f"{count} examples, 0 came out otherwise" in output
        assert maild.said("rules", "lint", name)[1].count("⚠") == 0


# --- rehearsed on the mail that came


def _mail(number: int, subject: str) -> bytes:
    return MAIL.replace(b"<first@", f"<m{number}@".encode()).replace(b"Where is my parcel?", subject.encode())


def test_simulate_says_exactly_what_would_be_otherwise_and_changes_nothing(maild: Cli) -> None:
    maild.add(_QUEUES + _RULE + 'when = \'message.subject =~~ "refund"\'\nset = { severity = "High" }\n')
    subjects = ["Hello", "A refund", "Cheap pills", "A refund too", "Question"]
    for number, subject in enumerate(subjects):
        assert maild("inject", "--now", "2026-03-02T10:00:00Z", raw=_mail(number, subject)).returncode == 0
    assert maild("run", "--once", "--now", "2026-03-02T10:01:00Z").returncode == 0
    before = _kept(maild)
    (maild.folder / "same.toml").write_text(maild.config.read_text().partition("[[rule]]")[2].join(["[[rule]]", ""]))
    (maild.folder / "new.toml").write_text(
        '[[rule]]\nname = "r2"\nwhen = \'message.subject =~ "a refund"\'\n'
        'set = { severity = "High", queue = "billing", owner = "bea@desk.test" }\n'
        '[[rule]]\nname = "spam"\nwhen = \'message.subject =~~ "pills"\'\nignore = true\n'
    )
    asked = ("rules", "simulate", "--now", "2026-03-03T10:00:00Z", "--since", "7d", "--rules")
    assert maild.rows(*asked, "same.toml") == []
    found = maild.rows(*asked, "new.toml")
    assert [(row["subject"], row["changed"]) for row in found] == [
        ("A refund", {n: {"now": a, "new": b} for n, a, b in _MOVED}),
        ("Cheap pills", {"outcome": {"now": "case", "new": "ignored"}}),
        ("A refund too", {n: {"now": a, "new": b} for n, a, b in _MOVED}),
    ]
    assert [row["fewer"] for row in found if "outcome" in row["changed"]] == [
        ["acknowledgement to the customer", "ann@customer.test takes part", "new-case to bea@desk.test"]
    ]
    assert (
        maild.rows("rules", "simulate", "--now", "2026-03-20T10:00:00Z", "--since", "7d", "--rules", "new.toml") == []
    )
    text = maild.said(*asked, "new.toml")[1]
    assert "5 mails since 2026-02-24 10:00Z; 3 would be treated otherwise" in text
    assert _kept(maild) == before


_MOVED = [("owner", "", "bea@desk.test"), ("queue", "support", "billing"), ("level", "L1", "L2")]


def _kept(maild: Cli) -> list[object]:
    return [maild.rows("case", "list"), maild.rows("outbox", "list", "--all"), maild.rows("audit")]


@pytest.mark.parametrize("words", [("--rules", "none.toml"), ("--rules", "new.toml", "--since", "soon"), ()])
def test_simulate_without_its_files_is_wrong_use(maild: Cli, words: tuple[str, ...]) -> None:
    (maild.folder / "new.toml").write_text("")
    assert maild.said("rules", "simulate", *words)[0] == 2

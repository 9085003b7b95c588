"""The documentation tells the truth: what is there is documented, and what is documented is there."""

from __future__ import annotations

import argparse
import ast
import re
import shlex
import subprocess
import tomllib
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import fields
from functools import cache
from pathlib import Path
from typing import Any

import jinja2.defaults
import pytest

from maild import cli
from maild.cli.arguments import COMMANDS, add_commands
from maild.desk.orders.verbs import ALIASES, HELP, VERBS
from maild.features import FEATURES
from maild.log import Event, event_name
from maild.render.templates import EVENTS_FOR_ADMINS, EVENTS_FOR_AGENTS, EVENTS_FOR_CUSTOMERS, Templates, Words
from maild.settings.declare import key_of
from maild.settings.load import parse
from maild.settings.model import Settings
from maild.settings.sample import TABLES
from tests.house import pages
from tests.house.pages import ROOT

PAGES = ["README.md", "CHANGELOG.md", *(str(p.relative_to(ROOT)) for p in sorted((ROOT / "docs").glob("*.md")))]
NOT_BUILT: set[str] = set()
"""Commands that the pages name only to say that they are not there yet."""


def _text(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def _sources() -> Iterator[tuple[str, ast.Module]]:
    for path in sorted((ROOT / "maild").rglob("*.py")):
        yield str(path.relative_to(ROOT)), ast.parse(path.read_text(encoding="utf-8"))


def _section(page: str, title: str) -> str:
    """What stands under a heading, up to the next of its rank."""
    _, found, rest = _text(page).partition(f"\n## {title}\n")
    assert found, f"{page} has no section “{title}”"
    return rest.partition("\n## ")[0]


def _first_column(text: str) -> list[str]:
    """The `words` in the first column of the tables of a text."""
    rows = re.findall(r"^\| *([^|]*`[^|]*) *\|", text, re.MULTILINE)
    return [word for row in rows for word in re.findall(r"`([^`]+)`", row)]


# --- what is made from the code


@pytest.mark.parametrize("name", pages.MADE)
def test_page_is_what_the_code_says(name: str) -> None:
    assert _text(name) == pages.made_page(name), "write it anew: python -m tests.house.pages"


def test_deployed_configuration_is_the_sample_with_a_state_directory() -> None:
    assert _text("deploy/maild.toml") == pages.deployed_sample(), "write it anew: python -m tests.house.pages"


def test_deployed_configuration_loads() -> None:
    assert parse(_text("deploy/maild.toml"), "deploy/maild.toml").desk.state_dir == pages.STATE_DIR


# --- commands


def _code() -> Iterator[tuple[str, str]]:
    """(page, code) for every line of code and every `span` of the pages."""
    for page in PAGES:
        text = re.sub(r"^```\w*\n(.*?)^```$", _indented, _text(page), flags=re.MULTILINE | re.DOTALL)
        for line in text.splitlines():
            if line.startswith("    "):
                yield page, line.strip()
            else:
                yield from ((page, span) for span in re.findall(r"`([^`]+)`", line))


def _indented(block: re.Match[str]) -> str:
    return "\n".join(f"    {line}" for line in block[1].splitlines())


def _command_lines() -> list[tuple[str, str]]:
    """(page, what stands behind `maild`), without remarks and what comes behind a pipe."""
    found = []
    for page, code in _code():
        match = re.match(r"(?:sudo .*)?(?:\S*/bin/|^)maild +([a-z-].*)", code)
        if match:
            line = re.split(r" {2,}| \| | #|✔|✖", match[1])[0]
            if line.split()[0] not in NOT_BUILT:
                found.append((page, line))
    return found


_PLACEHOLDERS = {"ID": "17", "NUMBER": "17", "INTO": "18", "TIME": "2026-01-31T12:00:00+00:00"}


@pytest.mark.parametrize(("page", "line"), _command_lines())
def test_command_line_in_the_pages_parses(page: str, line: str, capsys: pytest.CaptureFixture[str]) -> None:
    parser = argparse.ArgumentParser(prog="maild")
    add_commands(parser)
    if line in COMMANDS:  # only its name
        return
    try:
        parser.parse_args([_PLACEHOLDERS.get(word, word) for word in shlex.split(line)])
    except SystemExit:
        pytest.fail(f"{page}: maild {line}: {capsys.readouterr().err}")


def _parsers(parser: argparse.ArgumentParser) -> Iterator[argparse.ArgumentParser]:
    yield parser
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            for sub in action.choices.values():
                yield from _parsers(sub)


def test_every_command_is_documented() -> None:
    said = {line.split()[0] for _, line in _command_lines()}
    assert set(COMMANDS) - said == set()
    assert set(COMMANDS) & NOT_BUILT == set()


def test_every_option_is_documented() -> None:
    parser = argparse.ArgumentParser(prog="maild")
    add_commands(parser)
    options = {o for one in _parsers(parser) for action in one._actions for o in action.option_strings}
    code = " ".join(code for _, code in _code())
    missing = {o for o in options if not re.search(rf"(?<![\w-]){re.escape(o)}(?![\w-])", code)}
    assert missing - {"-h", "--help", "--config"} == set()


def test_exit_codes_are_those_of_the_program() -> None:
    said = {int(code) for code in re.findall(r"^\| (\d+) \|", _section("docs/operating.md", "Exit codes"), re.M)}
    assert said == {cli.DONE, cli.FAILED, cli.WRONG_USE, cli.TRY_AGAIN}


def test_every_agents_command_has_its_line_of_help() -> None:
    assert {said.split()[0] for said in HELP} == set(VERBS)


@pytest.mark.parametrize("name", ["docs/agents-card.md", "docs/commands.md"])
def test_every_slash_word_for_agents_is_a_command(name: str) -> None:
    spans = (code for page, code in _code() if page == name)
    said = {word for code in spans for word in re.findall(r"(?:^|[✔✖] )[/#!]([a-z-]+)", code)}
    assert said - {"clsoe"} - set(ALIASES) <= set(VERBS)  # the one that shows what a slip of the finger does
    if name == "docs/commands.md":
        assert set(VERBS) <= said


# --- log events and causes


@cache
def _emitted() -> dict[str, set[str]]:
    """Event → the facts that some call gives it."""
    found: dict[str, set[str]] = defaultdict(set)
    for name, tree in _sources():
        if name == "maild/log.py":
            continue
        for call in (node for node in ast.walk(tree) if isinstance(node, ast.Call) and _is_emit(node)):
            direct = {n.attr for n in ast.walk(call.args[0]) if _is_event(n)} if call.args else set()
            # An event in a variable is one of those that the module names.
            for event in direct or {n.attr for n in ast.walk(tree) if _is_event(n)}:
                found[event] |= {keyword.arg for keyword in call.keywords if keyword.arg}
    return found


def _is_event(node: ast.AST) -> bool:
    return isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "Event"


def _is_emit(call: ast.Call) -> bool:
    return getattr(call.func, "attr", getattr(call.func, "id", None)) == "emit"


def test_every_event_is_written_by_something() -> None:
    said = {event_name(Event[name]) for name in _emitted()} | {"log.lost"}  # that one the log writes by itself
    assert {event_name(event) for event in Event} - said == set()


@pytest.mark.parametrize("event", Event, ids=event_name)
def test_facts_that_an_event_promises_are_in_its_line(event: Event) -> None:
    promised = set(re.findall(r"`([a-z]+)`", event.value.meaning))
    assert promised - _emitted().get(event.name, promised) == set()


def _words(pattern: str) -> set[str]:
    code = "\n".join(path.read_text(encoding="utf-8") for path in (ROOT / "maild").rglob("*.py"))
    return set(re.findall(pattern, code))


def test_every_cause_of_quarantine_is_documented() -> None:
    assert set(_first_column(_section("docs/operating.md", "Quarantine"))) == _words(r'cause="([a-z-]+)"')


def test_every_rule_of_ignored_mail_is_documented() -> None:
    from maild.apply.quarantine import DROPPED
    from maild.desk.machine import _NEEDS_CASE

    dropped = {*DROPPED.values(), "denied-by-agent"}
    rules = _words(r'rule="([a-z-]+)"') | set(_NEEDS_CASE.values()) | dropped
    assert set(_first_column(_section("docs/operating.md", "Ignored mail"))) == rules


# --- templates, features, settings


def test_every_template_is_documented() -> None:
    said = _first_column(_section("docs/templates.md", "The mails"))
    assert said == [*EVENTS_FOR_CUSTOMERS, *EVENTS_FOR_AGENTS, *EVENTS_FOR_ADMINS]


def test_every_name_for_templates_is_documented() -> None:
    assert _first_column(_section("docs/templates.md", "Names")) == list(Words.__dataclass_fields__)


def test_every_filter_of_ours_is_documented() -> None:
    ours = set(Templates(None)._environment.filters) - set(jinja2.defaults.DEFAULT_FILTERS)
    assert set(re.findall(r"`\w+\|(\w+)`", _section("docs/templates.md", "Names"))) == ours


def test_template_of_the_example_is_accepted(tmp_path: Path) -> None:
    (example,) = re.findall(r"^```jinja\n(.*?)^```$", _text("docs/templates.md"), re.MULTILINE | re.DOTALL)
    (tmp_path / "en").mkdir()
    (tmp_path / "en/acknowledgement.txt").write_text(example, encoding="utf-8")
    templates = Templates(tmp_path)
    templates.check()
    page = templates.render("acknowledgement", "en", Words(tag="[Case #7]", number=7))
    assert "your message has number 7" in page.text


def test_every_feature_is_documented() -> None:
    said = _first_column(_section("docs/architecture.md", "The house"))
    assert sorted(said) == sorted(feature.name for feature in FEATURES)


def _toml_blocks() -> list[tuple[str, str]]:
    return [(p, b) for p in PAGES for b in re.findall(r"^```toml\n(.*?)^```$", _text(p), re.MULTILINE | re.DOTALL)]


def _unknown(table: dict[str, Any], kind: type[Any]) -> list[str]:
    known = {key_of(one.name): one for one in fields(kind)}
    bad = [key for key in table if key not in known]
    for key, value in table.items():
        inner = TABLES.get(key) or (known[key].metadata.get("kind") if key in known else None)
        for one in value if isinstance(value, list) else [value]:
            if inner is not None and isinstance(one, dict):
                bad += [f"{key}.{name}" for name in _unknown(one, inner)]
    return bad


@pytest.mark.parametrize(("page", "block"), _toml_blocks())
def test_settings_in_the_pages_exist(page: str, block: str) -> None:
    assert _unknown(tomllib.loads(block), Settings) == [], page


def test_configuration_of_the_readme_passes_check(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (block,) = (block for page, block in _toml_blocks() if page == "README.md")
    assert len([line for line in block.splitlines() if line]) <= 25
    (tmp_path / "maild.toml").write_text(block, encoding="utf-8")
    (tmp_path / "app-password").write_text("abcd efgh ijkl mnop\n", encoding="utf-8")
    assert cli.main(["check", "--offline", "-c", str(tmp_path / "maild.toml")]) == 0, capsys.readouterr()


# --- links, and what must not be said


def _anchors(page: str) -> set[str]:
    titles = re.findall(r"^#+ (.+)$", _text(page), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}


@pytest.mark.parametrize("page", PAGES)
def test_links_lead_somewhere(page: str) -> None:
    astray = []
    for link in re.findall(r"\]\(([^)\s]+)\)", _text(page)):
        if "://" in link:
            continue
        file, _, anchor = link.partition("#")
        target = (ROOT / page).parent / file if file else ROOT / page
        there = target.exists() and target.resolve().is_relative_to(ROOT)
        if not there or (anchor and anchor not in _anchors(str(target.resolve().relative_to(ROOT)))):
            astray.append(link)
    assert astray == []


def _files_of_the_project() -> list[Path]:
    """What git tracks; in an unpacked archive, everything but what tools leave behind."""
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=False)
    if listed.returncode == 0:
        return [ROOT / name for name in listed.stdout.split("\0") if name and (ROOT / name).is_file()]
    return [p for p in ROOT.rglob("*") if p.is_file() and not any(part.startswith(".") for part in p.parts)]


# Put together here, so that this file does not say them either.
FORBIDDEN = [
    ("a package index", "pypi" + ".org"),
    ("a package index", "python" + "hosted"),
    ("a package index", "piwheels" + "."),
    ("a package index", "devpi" + "."),
    ("an index in a file", "--extra-" + "index-url"),
    ("a path of one machine", "/wo" + "rk/"),
    ("a path of one machine", "../sha" + "red/"),
]


@pytest.mark.parametrize(("what", "word"), FORBIDDEN, ids=[word for _, word in FORBIDDEN])
def test_no_file_names(what: str, word: str) -> None:
    found = [
        str(path.relative_to(ROOT)) for path in _files_of_the_project() if word.encode() in path.read_bytes().lower()
    ]
    assert found == [], f"{what}: {word}"


def test_every_threat_has_a_test_that_bears_its_id() -> None:
    threats = set(re.findall(r"^\| (T[0-9]{2}[a-c]?) \|", _text("docs/threats.md"), re.MULTILINE))
    files = [path for path in (ROOT / "tests").rglob("test_*.py") if path.name != "test_docs.py"]
    names = [name for path in files for name in re.findall(r"def (test_\w+)", path.read_text("utf-8"))]
    tested = {one for name in names for one in re.findall(r"_(T[0-9]{2}[a-c]?)(?=_)", name)}
    for first, last in (span for name in names for span in re.findall(r"_T([0-9]{2})_to_T([0-9]{2})", name)):
        tested |= {f"T{number:02}" for number in range(int(first), int(last) + 1)}
    assert threats - tested == set()


def test_every_case_that_tests_and_comments_name_is_explained() -> None:
    explained = set(re.findall(r"^\| ([TF][0-9]{2}[a-z]?) \|", _text("docs/threats.md"), re.MULTILINE))
    files = [path for folder in ("maild", "store", "parsers", "tests") for path in (ROOT / folder).rglob("*.py")]
    named = {
        one
        for path in files
        for one in re.findall(r"(?<![A-Za-z0-9])[TF][0-9]{2}[a-c]?(?![A-Za-z0-9])", path.read_text("utf-8"))
    }
    assert named - explained == set()

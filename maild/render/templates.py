"""Our texts: Jinja2 templates, text and HTML side by side, one folder per language.

An admin's own folder goes before ours, file by file. Where there is one, all templates are compiled and tried at the
start: one that lacks the tag, uses an unknown name or does not parse is refused before the first mail.
What customers wrote is only ever a value, never a template (threats T63).
"""

from __future__ import annotations

import re
import traceback
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from operator import attrgetter
from pathlib import Path

import jinja2
import jinja2.meta

from maild.desk.quarantine import ShownLetter
from maild.desk.reports.reports import Section
from maild.desk.standing import Promised, Standing
from maild.errors import UserError
from maild.render.actions import Action
from maild.render.compiled import COMPILED
from maild.render.filters import FILTERS
from maild.render.glance import Past

EVENTS_FOR_CUSTOMERS = (
    "acknowledgement",
    "logged",
    "answer",
    "closing-soon",
    "closed",
    "no-response",
    "update",
    "resolved",
    "duplicate",
    "vendor",
    "status",
    "cases",
    "ended",
    "left",
    "reopened",
)
EVENTS_FOR_AGENTS = tuple(
    """
    new-case reply vendor-reply note question answered assigned changed target-warning target-violated stale due
    reminder escalated closing-note undelivered receipt held orders unproven confirm token-void report
    digest quarantine drill timers-held mail-withheld warning
    """.split()
)
EVENTS_FOR_ADMINS = ("alarm",)
_ABOUT_THE_DESK = (
    "report",
    "digest",
    "quarantine",
    "drill",
    "timers-held",
    "mail-withheld",
    "warning",
    *EVENTS_FOR_ADMINS,
)
WITHOUT_CASE = frozenset({"cases", "orders", "unproven", "confirm", "token-void", *_ABOUT_THE_DESK})
_OF_RULES = re.compile(r"[^/]+/([a-z0-9][a-z0-9-]*)\.txt")
_ANSWER = re.compile(r"[^/]+/answers/([a-z0-9][a-z0-9-]*)\.txt")
_SUBJECT = re.compile(r"\ASubject: *(.*)\n\n?")


@dataclass(frozen=True, slots=True)
class Page:
    """A filled template."""

    subject: str
    text: str
    html: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """The names a template may use. Every one is always there; what does not apply is empty."""

    tag: str = ""
    number: int = 0
    subject: str = ""
    desk: str = ""
    desk_address: str = ""
    recipient: str = ""
    requester: str = ""
    requester_address: str = ""
    owner: str = ""
    queue: str = ""
    status: str = ""
    severity: str = ""
    kind: str = ""
    level: str = ""
    due: datetime | None = None
    author: str = ""
    author_address: str = ""
    at: datetime | None = None
    text: str = ""
    inside: str = ""
    mark: str = ""
    lines: Sequence[str] = ()
    left: Sequence[str] = ()
    columns: Sequence[str] = ()
    sections: Sequence[Section] = ()
    files: Sequence[str] = ()
    note: bool = False
    others: Sequence[str] = ()
    apart: bool = False
    own_address: str = ""
    linked_to: int = 0
    continuation_of: int = 0
    related: Sequence[str] = ()
    people: Sequence[str] = ()
    clocks: Sequence[str] = ()
    reminders: Sequence[str] = ()
    past: Sequence[Past] = ()
    actions: Sequence[Action] = ()
    command_address: str = ""
    answer_address: str = ""
    standings: Sequence[Standing] = ()
    letters: Sequence[ShownLetter] = ()
    marker: str = ""
    footer: str = ""
    warn_hours: float = 0
    close_hours: float = 0
    spoken: str = ""
    unanswered: bool = False


_NAMES = tuple(Words.__dataclass_fields__)
_VALUES = attrgetter(*_NAMES)


def _named(words: Words) -> dict[str, object]:
    return dict(zip(_NAMES, _VALUES(words), strict=True))


def our_folder() -> Path:
    """Where our own templates are: inside an installed wheel, or beside the packages in a checkout."""
    package = Path(__file__).resolve().parent.parent
    checkout = package.parent / "templates"
    return checkout if checkout.is_dir() else package / "_templates"


class Templates:
    def __init__(self, own_folder: Path | None, fallback_language: str = "en") -> None:
        folders = [folder for folder in (own_folder, our_folder()) if folder is not None]
        if own_folder is not None and not own_folder.is_dir():
            raise UserError(f"templates.dir: there is no folder {own_folder}")
        self._fallback = fallback_language
        self._folders = folders
        self._found: dict[tuple[str, str, str], jinja2.Template] = {}
        self._environment = jinja2.Environment(
            loader=jinja2.FileSystemLoader(folders),
            autoescape=lambda name: bool(name and name.endswith(".html")),
            undefined=jinja2.StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            keep_trailing_newline=True,
            auto_reload=False,
            bytecode_cache=COMPILED,
        )
        self._environment.filters.update(FILTERS)

    def of_rules(self) -> tuple[str, ...]:
        """The answers that rules may send: every pair of text and HTML in the folders that is no event of ours."""
        ours = {*EVENTS_FOR_CUSTOMERS, *EVENTS_FOR_AGENTS, *EVENTS_FOR_ADMINS}
        found = set(self._environment.list_templates(extensions=["txt", "html"]))
        pairs = (_OF_RULES.fullmatch(name) for name in found)
        named = {pair[1] for pair in pairs if pair and f"{pair[0].removesuffix('.txt')}.html" in found}
        return tuple(sorted(named - ours))

    def answers(self) -> tuple[str, ...]:
        """The canned answers for agents: `answers/NAME.txt` in the folder of some language."""
        found = (_ANSWER.fullmatch(name) for name in self._environment.list_templates(extensions=["txt"]))
        return tuple(sorted({one[1] for one in found if one}))

    def answer(self, name: str, language: str, words: Words) -> str:
        """A canned answer, filled in. Raises jinja2.TemplateError."""
        text = self._template(f"answers/{name}", language, "txt").render(_named(words))
        return re.sub(r"\n{3,}", "\n\n", text).strip()

    def render(self, event: str, language: str, words: Words) -> Page:
        """A filled page in the best language there is. Raises jinja2.TemplateError."""
        names = _named(words)
        text = self._template(event, language, "txt").render(names)
        found = _SUBJECT.match(text)
        if found is None:
            raise jinja2.TemplateError(f"{event}.txt: the first line must be “Subject: …”, an empty line behind it")
        html = self._template(event, language, "html").render(names)
        body = re.sub(r"\n{3,}", "\n\n", text[found.end() :]).strip() + "\n"
        return Page(subject=found.group(1).strip(), text=body, html=html)

    def _template(self, event: str, language: str, kind: str) -> jinja2.Template:
        found = self._found.get((event, language, kind))
        if found is None:
            names = [f"{tongue}/{event}.{kind}" for tongue in dict.fromkeys((language, self._fallback, "en"))]
            found = self._found[event, language, kind] = self._environment.select_template(names)
            found.globals = self._environment.globals  # itself, and not by way of a ChainMap for each mail
        return found

    def hold(self) -> None:
        """What the files say now goes on to count, and is compiled when it is first used: a newer program's may come
        to lie there while this one runs."""
        self._environment.loader = jinja2.DictLoader({name: source for name, (source, _) in self._sources().items()})

    def _sources(self) -> dict[str, tuple[str, str | None]]:
        loader = self._environment.loader
        assert loader is not None
        names = self._environment.list_templates(extensions=["txt", "html"])
        return {name: loader.get_source(self._environment, name)[:2] for name in names}

    def check(self) -> None:
        """Compile and try every template in every language. Raises UserError naming the file and the fault."""
        sources = self._sources()
        if COMPILED.are_known(self._fallback, sources):
            return
        for name, (source, file) in sources.items():
            self._check_names(name, source, file)
            if _ANSWER.fullmatch(name):
                self._check_answer(name)
        languages = {path.name for folder in self._folders for path in folder.iterdir() if path.is_dir()}
        for language in sorted(languages):
            for event in (*EVENTS_FOR_CUSTOMERS, *self.of_rules(), *EVENTS_FOR_AGENTS, *EVENTS_FOR_ADMINS):
                for sample in _SAMPLES:
                    self._check_one(event, language, sample)
        COMPILED.know(self._fallback, sources)

    def _check_names(self, name: str, source: str, file: str | None) -> None:
        """Every name a template mentions, also where no sample leads, must be one of ours."""
        try:
            used = jinja2.meta.find_undeclared_variables(self._environment.parse(source, name, file))
        except jinja2.TemplateSyntaxError as error:
            raise UserError(f"template {file}, line {error.lineno}: {error.message}") from error
        unknown = used - Words.__dataclass_fields__.keys()
        if unknown:
            known = ", ".join(Words.__dataclass_fields__)
            raise UserError(
                f"template {file}: {', '.join(sorted(unknown))} is unknown. The names it may use: {known}"
            )

    def _check_answer(self, name: str) -> None:
        for sample in _SAMPLES:
            names = {name: getattr(sample, name) for name in Words.__dataclass_fields__}
            try:
                self._environment.get_template(name).render(names)
            except Exception as error:  # a template is a program: it may fail in any way
                raise UserError(f"template {name}: {_fault(error)}") from error

    def _check_one(self, event: str, language: str, sample: Words) -> None:
        try:
            page = self.render(event, language, sample)
        except RecursionError as error:
            raise UserError(f"template {self._where(event, language)}: includes itself without end") from error
        except Exception as error:  # a template is a program: it may fail in any way
            raise UserError(f"template {self._where(event, language)} or its .html: {_fault(error)}") from error
        if event not in WITHOUT_CASE and not page.subject.startswith(sample.tag):
            raise UserError(
                f"template {self._where(event, language)}: the subject must begin with {{{{ tag }}}}, "
                "or replies that lost their other marks would not find their case"
            )

    def _where(self, event: str, language: str) -> str:
        """The file in force for this event."""
        for folder in self._folders:
            for tongue in (language, self._fallback, "en"):
                path = folder / tongue / f"{event}.txt"
                if path.is_file():
                    return str(path)
        return f"{language}/{event}"


def _fault(error: Exception) -> str:
    """What went wrong, and where, if the template says so."""
    frames = traceback.extract_tb(error.__traceback__)
    place = next(
        (f" ({frame.filename}, line {frame.lineno})" for frame in reversed(frames) if _is_template(frame)), ""
    )
    return f"{error or type(error).__name__}{place}"


def _is_template(frame: traceback.FrameSummary) -> bool:
    return frame.filename.endswith((".txt", ".html"))


_WHEN = datetime(2026, 1, 2, 3, 4)  # noqa: DTZ001 - a sample; shown in no mail
_STANDING = Standing(
    number=1042,
    subject="Parcel not delivered",
    status="Open",
    queue="support",
    opened_at=_WHEN,
    since=_WHEN,
    requester="ben@example.com",
    closes_at=_WHEN,
    reopens_until=_WHEN,
    promised=(Promised("answer", _WHEN, late=True),),
    tag="[Case #1042]",
    address="support+c1042.aaaaaaaaaaaaaaaa@example.com",
)
_LETTER = ShownLetter(
    id=17,
    cause="unproven-agent",
    why="in an agent's name, without proof that it is theirs",
    sender="Bea Agent <bea@example.com>",
    subject="Invoices",
    begins="Please pay at once.",
    received_at=_WHEN,
    attempts=2,
)
_EMPTY = Words(tag="[Case #1042]", number=1042)
_FULL = Words(
    tag="[Case #1042]",
    number=1042,
    subject="Parcel not delivered",
    desk="Example Support",
    desk_address="support@example.com",
    recipient="Ann Example",
    requester="Ann Example",
    requester_address="ann@example.com",
    owner="Bea Agent",
    queue="support",
    status="Open",
    severity="Medium",
    kind="question",
    level="L1",
    due=datetime(2026, 1, 3, 17, 0),  # noqa: DTZ001 - as `at`
    author="Ann Example",
    author_address="ann@example.com",
    at=_WHEN,
    text="Hello,\n\nwhere is my parcel?",
    lines=("✔ /take: the case is yours",),
    left=("answer to ann@example.com, leaves at 03:05:00 UTC (until then /undo)",),
    columns=("case", "subject"),
    sections=(Section("Bea (1)", (("[Case #1042]", "Parcel not delivered"),), "c1@x.test"),),
    files=("invoice.pdf",),
    note=True,
    mark="inside-aaaaaaaa",
    others=("carl@example.com",),
    own_address="support+c0.aaaaaaaaaaaaaaaa@example.com",
    linked_to=7,
    continuation_of=8,
    related=("merged into it: case 9",),
    people=("Ann Example <ann@example.com> (customer)", "Bea Agent (owner)"),
    clocks=("address within 8 working hours: due 02 Jan 2026 11:04 UTC",),
    reminders=("Fri 02 Jan 2026 09:00 UTC, for Bea Agent: ask the carrier",),
    past=(Past(datetime(2026, 1, 2, 3, 0), "Bea Agent", "note", "It was sent on Monday."),),  # noqa: DTZ001
    actions=(Action("take", "/take", "mailto:support%2Bc1042.aaaaaaaaaaaaaaaa@example.com?subject=take"),),
    command_address="support+c1042.aaaaaaaaaaaaaaaa@example.com",
    answer_address="support+c1042.e7.aaaaaaaaaaaaaaaa@example.com",
    standings=(_STANDING,),
    letters=(_LETTER,),
    marker="-- Please reply above this line --",
    footer="Ref: c1042.aaaaaaaaaaaaaaaa",
    warn_hours=24,
    close_hours=48,
    spoken="call",
)
_SAMPLES = (_EMPTY, _FULL)

"""The desk of docs/example-desk.md at work: its own configuration, its five mails, its Monday reports.

Only where the servers and the store are is said anew, since those of the page do not exist.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from zoneinfo import ZoneInfo

from maild.demo.people import Mail, Person
from tests.servers.sink import SinkServer
from tests.stories.desk import StoryDesk

PAGE = Path(__file__).resolve().parent.parent.parent / "docs/example-desk.md"
ANN = Person("Ann", "ann@customer.example")
BEN = Person("Ben", "ben@customer.example")
DAN = Person("Dan", "dan@shop.example")
EVE = Person("Eve", "eve@shop.example")
ACME = Person("ACME", "help@vendor.example")
BEA, CARL, DORA, EMIL, FAY, GUS, HANA, IVO = (
    Person(name, f"{name.lower()}@example.com")
    for name in ("Bea", "Carl", "Dora", "Emil", "Fay", "Gus", "Hana", "Ivo")
)
SUPPORT, AMERICAS = "support@example.com", "americas@example.com"
_ZONE = ZoneInfo("Europe/Warsaw")
_STEP = timedelta(minutes=30)


def configuration() -> str:
    """The maild.toml of the page."""
    (block,) = re.findall(r"^```toml\n(.*?)^```$", PAGE.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)
    return str(block)


def _at_hand(text: str, port: int) -> str:
    """The same desk with its relay and its store here; mail is handed in, so it has no mailbox to read."""
    text = re.sub(r"^\[\[mailbox\]\].*?(?=^\[)", "", text, flags=re.MULTILINE | re.DOTALL)
    relay = f'[smtp]\nhost = "127.0.0.1"\nport = {port}\n\n'
    text = re.sub(r"^\[smtp\].*?(?=^#|^\[)", relay, text, flags=re.MULTILINE | re.DOTALL)
    return re.sub(r"^state_dir = .*$", 'state_dir = "."', text, flags=re.MULTILINE)


def warsaw(when: str) -> datetime:
    return datetime.fromisoformat(when).replace(tzinfo=_ZONE).astimezone(UTC)


def until(desk: StoryDesk, when: str) -> None:
    """Time passes, half an hour at most at once, up to that time in Warsaw."""
    end = warsaw(when)
    while desk.now < end:
        desk.clock.move(min(_STEP, end - desk.now))
        desk.work()


def tell(desk: StoryDesk) -> None:
    """The week of the page."""
    desk.mail(ANN.writes(SUPPORT, "How do I add a colleague?", "I do not find the button.", desk.now))
    until(desk, "2026-03-04 10:30")
    desk.mail(BEA.replies(desk.newest(BEA), "It is under Team, at the top right.", desk.now))

    until(desk, "2026-03-05 09:00")
    desk.mail(BEN.writes(SUPPORT, "Invoice 77 was paid twice", "Please send one back.", desk.now))
    until(desk, "2026-03-05 09:40")
    first = desk.case(2).owner
    owner = next(person for person in (CARL, EMIL) if person.address == first)
    desk.mail(owner.replies(desk.newest(owner), "/wait us\n\nWe are looking for it at the bank.", desk.now))

    until(desk, "2026-03-05 16:00")
    desk.mail(EVE.writes(AMERICAS, "The export crashes", "Every time, at 99 percent.", desk.now))
    until(desk, "2026-03-05 16:30")
    notice = desk.newest(HANA)
    desk.mail(HANA.replies(notice, "/wait us\n\nWe see it too, and are looking for the cause.", desk.now))
    desk.mail(HANA.replies(notice, "/vendor ACME\n\nYour library fails on empty rows.", desk.now))

    until(desk, "2026-03-06 14:30")
    desk.mail(BEN.writes(SUPPORT, "Which browsers do you support?", "We are about to buy tablets.", desk.now))
    until(desk, "2026-03-07 12:00")
    desk.mail(DAN.writes(AMERICAS, "Cannot log in", "Since the new password.", desk.now))
    until(desk, "2026-03-09 08:00")


@contextmanager
def desk_of_the_page(folder: Path) -> Iterator[StoryDesk]:
    """As it stands on Monday morning."""
    with ExitStack() as stack:
        sink = stack.enter_context(SinkServer())
        desk = StoryDesk(folder, sink, _at_hand(configuration(), sink.port), stack, warsaw("2026-03-04 10:00"))
        desk.work()
        tell(desk)
        yield desk


def reports_of(desk: StoryDesk, person: Person, day: str) -> list[Mail]:
    """Those that came on a day."""
    found = [mail for mail in desk.inbox(person) if mail.header("Date").startswith(day)]
    return [mail for mail in found if not mail.header("X-Maild-Event")]


def monday() -> str:
    """The Monday reports of the manager, as the desk of the page mails them."""
    with TemporaryDirectory() as folder, desk_of_the_page(Path(folder)) as desk:
        mails = reports_of(desk, IVO, "Mon, 09 Mar 2026")
        return "\n".join(f"```text\nSubject: {mail.subject}\n\n{mail.text.strip()}\n```\n" for mail in mails)

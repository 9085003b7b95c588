"""Replies and other mails made of tests/parsers/golden: what is new in each, and what is quoted, is known."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

GOLDEN = Path(__file__).parents[1] / "parsers" / "golden"
NEW = "The blue light blinks.\n\nWhat now?"
OLD = "Please restart the printer.\nThen tell us which light blinks.\n\nBob"


@dataclass(frozen=True, slots=True)
class Reply:
    language: str
    body: str
    new: str
    quoted: tuple[str, ...]
    """Lines that must not be in the new text."""
    subject: str = "Re: Printer"
    header: str = ""

    @property
    def raw(self) -> bytes:
        return (
            f"From: Ann Field <ann@firm.example>\nTo: support@desk.example\nSubject: {self.subject}\n"
            f"Date: Mon, 5 Jan 2026 10:00:00 +0100\nMessage-ID: <1@firm.example>\n{self.header}"
            f"MIME-Version: 1.0\nContent-Type: text/plain; charset=utf-8\n\n{self.body}\n"
        ).encode()


def replies() -> list[Reply]:
    """Every introduction and header block in the forms in which programs write them, and mails without any."""
    return [*_introduced(), *_below_blocks(), *_people()]


def others() -> list[Reply]:
    """Automatic answers and reports; for speed only."""
    return [_of_block(block, 3, 2) for block in _blocks("automatic.txt")] + [
        _of_block(block, 7, 3) for block in _blocks("bounces.txt")
    ]


def _lines(text: str) -> tuple[str, ...]:
    return tuple(line for line in text.split("\n") if line.strip())


def _introduced() -> Iterator[Reply]:
    for line in (GOLDEN / "intros.txt").read_text(encoding="utf-8").splitlines():
        language, _, intro = line.split(" | ", 2)
        wrapped = textwrap.fill(intro, 60, break_on_hyphens=False)
        marked = "\n".join(f"> {old}".rstrip() for old in OLD.split("\n"))
        quoted = (*_lines(wrapped), intro, *_lines(OLD), *_lines(marked))
        for body in (
            f"{NEW}\n\n{intro}\n\n{marked}",
            f"{NEW}\n\n{intro}\n\n{OLD}",
            f"{NEW}\n\n{wrapped}\n{marked}",
            f"{intro}\n{marked}\n\n{NEW}",
        ):
            yield Reply(language, body, NEW, quoted)


def _below_blocks() -> Iterator[Reply]:
    for head, block in _blocks("blocks.txt"):
        yield Reply(head.split(" | ")[0], f"{NEW}\n\n{block}\n\n{OLD}", NEW, _lines(block) + _lines(OLD))


def _people() -> Iterator[Reply]:
    for head, text in _blocks("human.txt"):
        language, _, subject = head.split(" | ", 2)
        yield Reply(language, text, text, (), subject)


def _blocks(name: str) -> list[tuple[str, str]]:
    blocks = f"\n{(GOLDEN / name).read_text(encoding='utf-8')}".split("\n=== ")[1:]
    return [(block.partition("\n")[0], block.partition("\n")[2].strip("\n")) for block in blocks]


def _of_block(block: tuple[str, str], pieces: int, subject: int) -> Reply:
    head, text = block
    said = head.split(" | ", pieces - 1)
    header = said[subject - 1]
    return Reply(said[0], text, text, (), said[subject], "" if header == "-" else header + "\n")

"""Tables as files: CSV that a spreadsheet can open without running anything that a customer wrote (threats T82)."""

from __future__ import annotations

import csv
import hashlib
import io
from collections.abc import Iterable, Sequence

from maild.desk.reports.reports import Report
from parsers.message import Attachment

_RUNS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
"""What a spreadsheet takes for the beginning of a formula."""


def as_csv(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> bytes:
    """UTF-8 with a mark that spreadsheets know it by; every cell quoted; CR LF (RFC 4180)."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, quoting=csv.QUOTE_ALL, lineterminator="\r\n")
    writer.writerow(columns)
    writer.writerows([_harmless(cell) for cell in row] for row in rows)
    return out.getvalue().encode("utf-8-sig", "replace")


def csv_file(name: str, report: Report) -> Attachment:
    """A whole report as a file, each row with the heading that it stands under."""
    rows = [(section.heading, *row) for section in report.sections for row in section.rows]
    content = as_csv(("section", *report.columns), rows)
    digest = hashlib.sha256(content).hexdigest()
    return Attachment(
        filename=f"{name}.csv", content_type="text/csv", content=content, sha256=digest, inline=False, content_id=None
    )


def from_csv(content: bytes) -> list[list[str]]:
    """What `as_csv` was given, columns first."""
    return [
        [cell.removeprefix("'") for cell in row]
        for row in csv.reader(io.StringIO(content.decode("utf-8-sig"), newline=""))
    ]


def _harmless(cell: str) -> str:
    """With a ' before it where a spreadsheet would take it for a formula, which shows it as the text that it is; and
    where it begins with one, so that reading back takes away just what was put there."""
    plain = cell.replace("\0", "")
    return f"'{plain}" if plain.lstrip(" ").startswith(_RUNS) or plain.startswith("'") else plain

"""What templates make of values: `{{ text|as_html }}`."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from markupsafe import Markup, escape

from maild.desk.lines import cut, one_line
from maild.render.actions import Action

_WIDTH, _WIDEST, _NARROW = 110, 48, 72


def _as_html(text: str) -> Markup:
    """Plain text as HTML paragraphs: everything escaped, line breaks kept."""
    escaped = str(escape(text)).strip("\n")
    blocks = [block for block in re.split(r"\n[ \t]*\n", escaped) if block.strip()]
    return Markup("".join("<p>" + block.replace("\n", "<br>\n") + "</p>\n" for block in blocks))


def _quoted(text: str) -> str:
    """The text behind a margin, as mail clients show what another wrote."""
    return "\n".join(f"| {line}".rstrip() for line in text.strip("\n").split("\n"))


def _in_columns(rows: Sequence[Sequence[str]], columns: Sequence[str]) -> str:
    """A table as lines of text, cut where they would not fit on a screen."""
    lines = [columns, *rows]
    widths = [min(max(len(line[n]) for line in lines), _WIDEST) for n in range(len(columns))]
    fitted = ([cut(cell, width).ljust(width) for cell, width in zip(line, widths, strict=True)] for line in lines)
    return "\n".join(f"  {cut('  '.join(cells).rstrip(), _WIDTH)}" for cells in fitted)


def _commands(actions: Sequence[Action]) -> str:
    """All commands in few lines. None begins with one: a quotation that nobody marked would be obeyed."""
    lines = ["*"]
    for action in actions:
        if len(lines[-1]) + 3 + len(action.command) > _NARROW:
            lines.append("*")
        lines[-1] += ("   " if len(lines[-1]) > 1 else " ") + action.command
    return "\n".join(lines)


def _hours(hours: float) -> str:
    """“24 hours”, “2 days”, “30 minutes”."""
    if hours >= 48 and hours % 24 == 0:
        return f"{hours / 24:g} days"
    if hours >= 1:
        return f"{hours:g} hour" + ("" if hours == 1 else "s")
    return f"{hours * 60:g} minutes"


FILTERS: dict[str, Callable[..., str]] = {
    "as_html": _as_html,
    "as_line": one_line,
    "quoted": _quoted,
    "hours": _hours,
    "table": _in_columns,
    "commands": _commands,
}

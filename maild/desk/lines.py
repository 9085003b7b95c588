"""Foreign text in one line, for people to read. Pure."""

from __future__ import annotations


def one_line(text: str) -> str:
    """The text without control characters and line breaks of any kind, blanks made single."""
    words = " ".join(text.split())
    if words.isprintable():  # nearly always
        return words
    return " ".join("".join(c if c.isprintable() else " " for c in words).split())


def cut(text: str, most: int) -> str:
    """So many characters of it at most; an ellipsis says that there is more."""
    return text if len(text) <= most else f"{text[: most - 1].rstrip()}…"


def in_short(text: str, most: int) -> str:
    """How it begins, in one line."""
    return cut(one_line(text), most)

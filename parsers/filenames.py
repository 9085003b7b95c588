"""Names of attachments, made safe to show (T74). A name never decides where anything is stored."""

from __future__ import annotations

import os.path
import re

from parsers import charset

_LENGTH = 150
_INVISIBLE = re.compile("[\u200b-\u200f\u202a-\u202e\u2060-\u2069\u061c\ufeff\u00ad]")
_RESERVED = frozenset({"con", "prn", "aux", "nul", *(f"com{i}" for i in range(10)), *(f"lpt{i}" for i in range(10))})
_FORBIDDEN = str.maketrans(dict.fromkeys('<>:"|?*', "_"))


def safe(name: str) -> str:
    """The last component, without controls, direction marks and what file systems refuse; '' when nothing is left."""
    name = _INVISIBLE.sub("", charset.one_line(name))
    name = name.replace("\\", "/").rsplit("/", 1)[-1].translate(_FORBIDDEN).strip(" .") if name else ""
    if not name or set(name) <= {".", " ", "_"}:
        return ""
    stem, suffix = os.path.splitext(name)
    if stem.split(".")[0].casefold() in _RESERVED:
        stem = "_" + stem
    if len(stem) + len(suffix) > _LENGTH:
        suffix = suffix[:20]
        stem = stem[: _LENGTH - len(suffix)]
    return stem + suffix

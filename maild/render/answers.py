"""Canned answers: texts of the admin's, `answers/NAME.txt` in the folder of a language, filled in for one case."""

from __future__ import annotations

import difflib

import jinja2

from maild.desk.settings import Agent
from maild.desk.situation import Shown
from maild.desk.tokens import TokenKind
from maild.render.letterhead import Addressed
from maild.render.stationery import Stationery
from store.records import Case


def canned(stationery: Stationery, name: str, case: Case, agent: Agent) -> Shown:
    """The answer of that name, in the case's language; without a name, which there are."""
    names = stationery.templates.answers()
    if not names:
        return Shown(refusal="there are no canned answers; an admin puts them into answers/ of the template folder")
    wanted = name.lower()
    if not wanted:
        return Shown(lines=("say /template and one of:", *names))
    if wanted not in names:
        near = difflib.get_close_matches(wanted, names, n=1)
        hint = f"did you mean {near[0]}?" if near else f"there are: {', '.join(names)}"
        return Shown(refusal=f"there is no canned answer of that name; {hint}")
    mail = Addressed(case=case, queue=stationery.letterhead.desk.queue(case.queue), event=0, kind=TokenKind.THREAD)
    words = stationery.words(mail, author=agent.name, marker="", footer="")
    try:
        text = stationery.templates.answer(wanted, case.language, words)
    except (jinja2.TemplateError, TypeError, ValueError, ArithmeticError, LookupError) as error:
        return Shown(refusal=f"the canned answer cannot be filled in: {error}")
    return Shown(text=text) if text else Shown(refusal="the canned answer is empty for this case")

"""Templates: tried at the start, an admin's own before ours, customers' words never a template."""

import re
from dataclasses import replace
from pathlib import Path

import pytest

from maild.errors import UserError
from maild.render.templates import (
    _FULL,
    _SAMPLES,
    EVENTS_FOR_ADMINS,
    EVENTS_FOR_AGENTS,
    EVENTS_FOR_CUSTOMERS,
    Templates,
    Words,
    our_folder,
)


def _own(folder: Path, name: str, text: str) -> Templates:
    path = folder / "en" / name
    path.parent.mkdir(exist_ok=True)
    path.write_text(text)
    return Templates(folder)


def test_all_of_ours_are_sound() -> None:
    Templates(None).check()


def test_every_template_belongs_to_an_event() -> None:
    files = {path.stem for path in (our_folder() / "en").iterdir() if not path.name.startswith("_")}
    events = {*EVENTS_FOR_CUSTOMERS, *EVENTS_FOR_AGENTS, *EVENTS_FOR_ADMINS}
    assert files == events | {*Templates(None).of_rules()}
    assert Templates(None).of_rules() == ("ask-details", "still-working")


@pytest.mark.parametrize(
    "event", [*EVENTS_FOR_CUSTOMERS, *Templates(None).of_rules(), *EVENTS_FOR_AGENTS, *EVENTS_FOR_ADMINS]
)
def test_each_mail_brings_the_styles_that_it_uses(event: str) -> None:
    for sample in _SAMPLES:
        head, _, body = (Templates(None).render(event, "en", sample).html or "").partition("</style>")
        used = {name for names in re.findall(r'class="([^"]*)"', body) for name in names.split()}
        assert used <= set(re.findall(r"\.([a-z]+)", head))


def test_a_customer_mail_of_ones_own_may_have_the_styles_of_the_agents_mails(tmp_path: Path) -> None:
    styled = '{% extends "en/_customer.html" %}{% block style %}{{ super.super() }}{% endblock %}'
    own = _own(tmp_path, "closed.html", styled)
    assert ".facts" in (own.render("closed", "en", Words()).html or "")
    assert ".facts" not in (Templates(None).render("closed", "en", Words()).html or "")


def test_own_template_goes_before_ours_and_the_others_stay(tmp_path: Path) -> None:
    templates = _own(tmp_path, "closed.txt", "Subject: {{ tag }} Bye\n\nGood bye, {{ recipient }}.\n")
    templates.check()

    assert templates.render("closed", "en", _FULL).text == "Good bye, Ann Example.\n"
    assert "received your message" in templates.render("acknowledgement", "en", _FULL).text


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("Subject: Bye\n\nGood bye.", r"closed\.txt.*begin with \{\{ tag \}\}"),
        ("Subject: {{ tag }}\n\n{{ recipent }}", r"closed\.txt.*recipent.*names it may use.*recipient"),
        ("Subject: {{ tag }}\n\n{% if %}", r"closed\.txt.*line 3"),
        ("Good bye.", r"closed\.txt.*first line must be"),
        ("Subject: {{ tag }}\n\n{{ 1 // 0 }}", r"closed\.txt"),
    ],
)
def test_a_broken_template_is_refused_with_its_file_and_fault(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(UserError, match=said):
        _own(tmp_path, "closed.txt", text).check()


def test_templates_that_are_not_compiled_yet_stay_what_they_were_at_the_start(tmp_path: Path) -> None:
    templates = _own(tmp_path, "closed.txt", "Subject: {{ tag }}\n\nOne.\n")
    templates.hold()
    _own(tmp_path, "closed.txt", "Subject: {{ tag }}\n\n{{ of_a_newer_program }}\n")
    assert templates.render("closed", "en", _FULL).text == "One.\n"
    assert "<script>" not in templates.render("closed", "en", replace(_FULL, recipient="<script>")).html


def test_a_template_that_changed_is_tried_again_and_is_the_new_one(tmp_path: Path) -> None:
    for text in ("Subject: {{ tag }}\n\nOne.\n", "Subject: {{ tag }}\n\nTwo.\n", "Subject: {{ tag }}\n\nOne.\n"):
        templates = _own(tmp_path, "closed.txt", text)
        templates.check()
        assert templates.render("closed", "en", _FULL).text == text.splitlines()[2] + "\n"
    for _ in range(2):
        with pytest.raises(UserError, match="recipent"):
            _own(tmp_path, "closed.txt", "Subject: {{ tag }}\n\n{{ recipent }}").check()


def test_a_missing_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"templates\.dir"):
        Templates(tmp_path / "nowhere")


@pytest.mark.parametrize(
    "evil", ["{{ 7*7 }}", "{% raw %}", "<script>alert(1)</script>", "${x}", "{0.__class__}", "</p><b>"]
)
def test_T63_words_of_a_customer_are_only_words(evil: str) -> None:
    words = replace(_FULL, text=evil, subject=evil, author=evil, requester=evil)
    page = Templates(None).render("reply", "en", words)

    assert evil in page.text
    assert evil in page.subject
    assert "49" not in page.text
    assert "<script>" not in page.html
    assert "</p><b>" not in page.html


def test_an_unknown_language_falls_back() -> None:
    assert "received your message" in Templates(None).render("acknowledgement", "tlh", _FULL).text

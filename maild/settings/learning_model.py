"""The settings of learning (docs/learning.md), declared once. Reads and decides nothing."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from maild.desk.learning.learning import FIELDS
from maild.settings.checks import between, is_not_negative, is_positive, some_of
from maild.settings.declare import setting


@dataclass(frozen=True, slots=True, kw_only=True)
class LearningSettings:
    """Kind, queue and severity of new cases by what agents made of former ones."""

    on: bool = setting("Whether new cases are looked at so. Nothing of it leaves this machine.", False)
    act_above: int = setting(
        "How sure it must be, in percent, to set a field that no rule set.", 90, check=between(51, 100)
    )
    suggest_above: int = setting(
        "How sure it must be, in percent, to say what it thinks in the agents' notice; 100: never.",
        50,
        check=between(1, 100),
    )
    fields: tuple[str, ...] = setting(
        "What it may set; the others it only suggests.", ("kind", "queue", "severity"), check=some_of(*FIELDS)
    )
    every: timedelta = setting(
        "How often the daemon learns anew, as `maild learn train` does; 0s: never.",
        timedelta(days=7),
        check=is_not_negative,
    )
    since: timedelta = setting(
        "How old the cases may be that it learns from.", timedelta(days=730), check=is_positive
    )
    cases: int = setting("From how many it learns at most, the newest.", 20_000, check=is_positive)

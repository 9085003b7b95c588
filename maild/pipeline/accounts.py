"""Reads what is on record of a case, for an account of why it is as it is."""

from __future__ import annotations

from datetime import tzinfo

from maild.desk.account import Record, account
from store import Unit
from store.records import Case


def account_of(unit: Unit, case: Case, zone: tzinfo) -> tuple[str, ...]:
    """The lines of `maild.desk.account`."""
    decisions = [letter.decision for letter in unit.letters.of_case(case.number) if letter.decision]
    rules = next((found for one in reversed(decisions) if isinstance(found := one.get("rules"), dict)), None)
    record = Record(
        case=case,
        timers=unit.timers.of_case(case.number),
        journal=unit.journal.of_case(case.number),
        rules=rules,
    )
    return account(record, zone)

"""Which servers' results are believed: none under whose name a forged one came through (`maild check --mail`)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from maild.desk.settings import Desk
from maild.errors import UserError
from store import Store, Unit

_FORGED, _SOUND = "forged", "sound"


def keep(unit: Unit, trusted: Sequence[str], forged: Sequence[str], now: datetime) -> None:
    """Remember how each did."""
    for one in trusted:
        unit.facts.put(_fact(one), f"{_FORGED if one in forged else _SOUND} {now:%Y-%m-%d %H:%M}Z")


def believed(desk: Desk, store: Store) -> Desk:
    """The desk without those that were found out. Raises UserError where an agent would be believed by them."""
    with store.read() as unit:
        known = {one: unit.facts.get(_fact(one)) or "" for one in desk.trusted_authserv_ids}
    forged = [one for one, said in known.items() if said.startswith(_FORGED)]
    if forged and desk.accept_results:
        when = known[forged[0]].partition(" ")[2]
        raise UserError(
            f"auth.mode: token+authres: a forged result of {', '.join(forged)} came through ({when}, `maild check "
            '--mail`); use mode = "token", or let your mail server take such fields away and check again'
        )
    return replace(desk, trusted_authserv_ids=tuple(one for one in desk.trusted_authserv_ids if one not in forged))


def _fact(authserv_id: str) -> str:
    return f"authres {authserv_id.lower()}"

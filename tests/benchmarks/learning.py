"""How often learning is right beside the rules alone and beside always guessing the commonest, on the history of
made_cases.py (which says how it is made, and what is hard in it).

It learns from the first four fifths, as the desk left them, and is asked about the last fifth, as they are in truth.
The rules alone: those that come with maild, and nine that an admin might have written for the queues at first.
With learning: a rule's word where a rule has spoken, what was learnt where it is sure enough, else the default.

    python -m tests.benchmarks.learning [--cases 4000] [--seed 1] [--act-above 0.9]
"""

from __future__ import annotations

import argparse
import random
import resource
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass, replace
from email.header import Header
from pathlib import Path

from maild.desk.learning.lessons import histories
from maild.desk.learning.training import train
from maild.desk.rules.ruling import ruled
from maild.desk.settings import Desk
from maild.desk.situation import Arrived, Match, Sender, Signal, Situation, Speaker
from maild.settings.build import build
from maild.settings.load import parse as parse_settings
from parsers import parse
from store.learnt import PastCase
from store.records import Status
from tests.benchmarks.made_cases import FIELDS, MadeCase, left_by_the_desk, made_cases

_QUEUES = {
    "billing": ("invoice|payment|refund|credit note|vat", "rechnung|zahlung|gutschrift", "factur(e|a)|paiement|pago"),
    "shop": ("order|parcel|delivery|basket", "bestellung|paket|warenkorb", "commande|colis|pedido|paquete"),
    "integrations": ("api|webhook|connector|sync", "schnittstelle|abgleich", "connecteur|conector|integracja"),
}
CONFIG = '[desk]\naddress = "support@desk.test"\n[[queue]]\nname = "support"\n' + "".join(
    [f'[[queue]]\nname = "{queue}"\n' for queue in _QUEUES]
    + [
        f'[[rule]]\nname = "{queue} {n}"\nwhen = \'case.new and message.subject =~~ "\\b({words})\\b"\'\n'
        f'set = {{ queue = "{queue}" }}\n'
        for queue, lists in _QUEUES.items()
        for n, words in enumerate(lists)
    ]
)


@dataclass(frozen=True, slots=True)
class Outcome:
    """One field, in shares of the cases asked about."""

    commonest: float
    rules: float
    model: float
    together: float
    acted: float
    """Of all cases; and how many of those were right."""
    acted_right: float
    suggested: float


def desk_with_rules(folder: Path) -> Desk:
    path = folder / "maild.toml"
    path.write_text(CONFIG, encoding="utf-8")
    plan = build(parse_settings(CONFIG, str(path)), path)
    return replace(plan.desk, rules=plan.rules())


def by_rules(desk: Desk, case: MadeCase) -> dict[str, str]:
    """What the rules set; a field that none of them set is not there."""
    head = f"From: {case.requester}\r\nTo: {desk.address}\r\nSubject: {Header(case.subject, 'utf-8').encode()}\r\n"
    body = "MIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\n"
    message = parse((head + body + case.text).encode())
    sender = Sender(speaker=Speaker.STRANGER, address=case.requester, name="", why="made")
    match = Match(case=None, signal=Signal.NONE, why="made")
    arrived = Arrived(message=message, sender=sender, match=match, queue="support")
    ruling = ruled(Situation(desk=desk, occasion=arrived), case.at).ruling
    return {name: value for name, (value, _) in ruling.fields.items()} if ruling else {}


def past_case(number: int, case: MadeCase, ruled_so: dict[str, str], chance: random.Random, desk: Desk) -> PastCase:
    """As the desk left it: closed, with the journal's lines on each field."""
    default = {"kind": desk.policy.kind, "severity": desk.policy.severity, "queue": "support"}
    fields, said = {}, {}
    for field in FIELDS:
        fields[field], by_agent = left_by_the_desk(chance, case.truth[field], ruled_so.get(field, default[field]))
        said[field] = [f"{field}={ruled_so[field]}: rule “made”: it said so"] if field in ruled_so else []
        said[field] += [f"{field}={fields[field]}: by command"] if by_agent else []
    return PastCase(
        number=number,
        at=case.at,
        status=Status.CLOSED,
        subject=case.subject,
        text=case.text,
        requester=case.requester,
        language=case.language,
        came_to="support",
        fields=fields,
        said=said,
    )


def measure(count: int, seed: int, desk: Desk, act_above: float) -> dict[str, Outcome]:
    """Field → how it came out."""
    cases = list(made_cases(count, seed))
    ruled_so = [by_rules(desk, case) for case in cases]
    chance = random.Random(seed + 1)
    past = [past_case(n + 1, c, r, chance, desk) for n, (c, r) in enumerate(zip(cases, ruled_so, strict=True))]
    cut = count * 4 // 5
    learnt = {
        name: train(history.split(cases[cut].at)[0], act_above) for name, history in histories(past, desk).items()
    }
    asked = [(c, r, histories([p], desk)) for c, r, p in zip(cases[cut:], ruled_so[cut:], past[cut:], strict=True)]
    default = {"kind": desk.policy.kind, "severity": desk.policy.severity, "queue": "support"}
    found = {}
    for field in FIELDS:
        model = learnt[field]
        assert model is not None
        rows = [
            (case.truth[field], rules.get(field), model.best(seen[field].cases[0].lesson.signs))
            for case, rules, seen in asked
        ]
        found[field] = _outcome(rows, default[field], max(act_above, model.acts_from))
    return found


def _outcome(rows: list[tuple[str, str | None, tuple[str, float]]], default: str, floor: float) -> Outcome:
    count = len(rows)
    acted = [value == truth for truth, rule, (value, sure) in rows if rule is None and sure >= floor]
    together = [rule or (value if sure >= floor else default) for _, rule, (value, sure) in rows]
    suggested = sum(0.5 <= sure < floor and value != (rule or default) for _, rule, (value, sure) in rows)
    return Outcome(
        commonest=Counter(truth for truth, _, _ in rows).most_common(1)[0][1] / count,
        rules=sum((rule or default) == truth for truth, rule, _ in rows) / count,
        model=sum(value == truth for truth, _, (value, _) in rows) / count,
        together=sum(said == row[0] for said, row in zip(together, rows, strict=True)) / count,
        acted=len(acted) / count,
        acted_right=sum(acted) / len(acted) if acted else 1.0,
        suggested=suggested / count,
    )


def main() -> int:
    parser = argparse.ArgumentParser(description="How good learning is.")
    parser.add_argument("--cases", type=int, default=4000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--act-above", type=float, default=0.9)
    said = parser.parse_args()
    began = time.process_time()
    with tempfile.TemporaryDirectory() as folder:
        found = measure(said.cases, said.seed, desk_with_rules(Path(folder)), said.act_above)
    cost = f"{time.process_time() - began:.0f} s CPU, {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024} MB"
    print(f"{said.cases} cases, seed {said.seed}; the last fifth is asked about; acts above {said.act_above}; {cost}")
    print("            commonest   rules   model   rules+learning   acts in   right there   suggests in")
    for field, one in found.items():
        print(
            f"{field:10}{one.commonest:10.1%}{one.rules:9.1%}{one.model:8.1%}{one.together:14.1%}"
            f"{one.acted:13.1%}{one.acted_right:12.1%}{one.suggested:14.1%}"
        )
    return 0


if __name__ == "__main__":
    sys.exit(main())

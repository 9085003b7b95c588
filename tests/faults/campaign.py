"""Campaigns of faults: many rounds, each a whole desk that is killed again and again and then looked over.

    python -m tests.faults                         the short run: 100 kills, SQLite and PostgreSQL with three nodes
    python -m tests.faults --kills 2000 --mails 20000 --work DIR      the long one; started again, it goes on
    python -m tests.faults --store sqlite --rounds 1 --kills 50 --mails 500 --seed 7        one round again

Each round appends one JSON line to DIR/rounds.jsonl and is counted from there when the run is resumed. The last line
printed sums all of them up. Exit code 1: a promise was broken; 3: all were kept, but a fail point was never hit.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import random
import shutil
import statistics
import sys
import tempfile
import time
from collections import Counter
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from maild.pipeline.breaker import GUARDED
from store.failpoints import POINTS
from tests.faults.checker import Checker, Report
from tests.faults.nemesis import Nemesis, Toll
from tests.faults.plant import MAILBOX, Plant, plant
from tests.faults.world import World
from tests.servers.certs import make_certs

_KILLS_A_ROUND = 50
_BROKEN = ("lost", "doubled", "hidden", "changed", "unsent", "unfiled")


@dataclass(frozen=True, slots=True)
class Round:
    """One desk's life: all that is needed to live it again."""

    store: str
    """sqlite or postgres"""
    nodes: int
    seed: int
    kills: int
    mails: int

    @property
    def knows_move(self) -> bool:
        """Half of the mailboxes stand on a server without MOVE."""
        return self.seed // 2 % 2 == 1

    @property
    def unreachable(self) -> frozenset[str]:
        return frozenset({"move.copied"} if self.knows_move else {"move.sent", "move.ok"})


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.faults", description=__doc__.split("\n")[0])
    parser.add_argument("--kills", type=int, default=100)
    parser.add_argument("--mails", type=int, default=1000)
    parser.add_argument("--store", choices=("sqlite", "postgres", "both"), default="both")
    parser.add_argument("--nodes", type=int, default=3, help="on PostgreSQL; SQLite has one")
    parser.add_argument("--seed", type=int, default=1, help="of the first round; each next one takes the next")
    parser.add_argument("--rounds", type=int, help="among how many rounds kills and mails are divided")
    parser.add_argument("--sqlite", type=int, help="how many of the rounds are SQLite's (half of them)")
    parser.add_argument("--jobs", type=int, default=2, help="rounds at the same time; most of a round is waiting")
    parser.add_argument("--work", type=Path, help="where rounds.jsonl and what is left of broken rounds go")
    parser.add_argument("--json", type=Path, help="where the sum is written")
    arguments = parser.parse_args()
    work = arguments.work or Path(tempfile.mkdtemp(prefix="faults-"))
    work.mkdir(parents=True, exist_ok=True)
    lines = run_all(_rounds(arguments), work, arguments.jobs)
    total = add_up(lines)
    print(said(total), flush=True)
    if arguments.json:
        arguments.json.write_text(json.dumps(total, indent=1) + "\n")
    if arguments.work is None and not total["broken"]:
        shutil.rmtree(work, ignore_errors=True)
    return 1 if total["broken"] else 3 if total["points missed"] else 0


def _rounds(arguments: argparse.Namespace) -> list[Round]:
    """In the order of their seeds; with both stores the odd ones of a run that begins with 1 are SQLite's."""
    both = arguments.store == "both"
    # With both stores, four rounds at least: each store on a server with MOVE and on one without.
    number = arguments.rounds or max(4 if both else 2, -(-arguments.kills // _KILLS_A_ROUND))
    kills, mails = -(-arguments.kills // number), -(-arguments.mails // number)
    share = (number // 2 if arguments.sqlite is None else arguments.sqlite) if both else number
    first, second = ("sqlite", "postgres") if both else (arguments.store, arguments.store)
    made = [(arguments.seed + 2 * at, first) for at in range(share)]
    made += [(arguments.seed + 1 + 2 * at, second) for at in range(number - share)]
    return [
        Round(store, arguments.nodes if store == "postgres" else 1, seed, kills, mails)
        for seed, store in sorted(made)
    ]


def run_all(rounds: list[Round], work: Path, jobs: int) -> list[dict[str, Any]]:
    """Rounds that were lived before are taken from the file."""
    path = work / "rounds.jsonl"
    known = [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []
    lines = [line for line in known if line["round"] in [asdict(one) for one in rounds]]
    lived = [line["round"] for line in lines]
    with ProcessPoolExecutor(jobs, multiprocessing.get_context("spawn"), max_tasks_per_child=1) as pool:
        running = [pool.submit(live, one, work) for one in rounds if asdict(one) not in lived]
        for done in as_completed(running):
            line = done.result()
            with path.open("a") as out:
                out.write(json.dumps(line) + "\n")
            print(_short(line), flush=True)
            lines.append(line)
    return sorted(lines, key=lambda line: line["round"]["seed"])


def live(one: Round, work: Path, **options: Any) -> dict[str, Any]:
    """One round from its beginning to the checker's word. What is left of a broken one stays in `work`."""
    folder = work / f"{one.store}-{one.seed}"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    began = time.monotonic()
    with plant(
        folder, make_certs(), nodes=one.nodes, shared=one.store == "postgres", move=one.knows_move,
        idle=one.seed % 2 == 0, **options,
    ) as made:  # fmt: skip
        _kill_the_migration(made)
        world = World(made.postfix.port, made.sink, random.Random(f"{one.seed} world"), one.mails, sales=True)
        world.start()
        nemesis = Nemesis(made, world, one.seed, skip=one.unreachable)
        nemesis.rage(one.kills, weather=True)
        world.feed(world.left)
        trouble = settle(made, world)
        world.stop()
        report = Checker(made, world).check()
        report.unsound += trouble + nemesis.toll.trouble
        line = _line(one, nemesis.toll, report, made, time.monotonic() - began)
        if report.findings:
            shutil.copytree(made.folder / "small", folder / "kept", dirs_exist_ok=True)
    if not report.findings:
        shutil.rmtree(folder, ignore_errors=True)
    return line


def _kill_the_migration(made: Plant) -> None:
    """F39: the first start dies in the middle of making the tables."""
    made.nodes[0].start(MAILD_FP="migrate.step:kill")
    if not made.nodes[0].dies_within(30):
        made.nodes[0].kill()


def settle(made: Plant, world: World, within: float = 900.0) -> list[str]:
    """Nothing goes wrong any more: wait until nothing is left to do, and stop in order. What did not end well."""
    deadline = time.monotonic() + within
    calm = 0
    while calm < 3:
        time.sleep(0.5)
        for node in made.nodes:
            if not node.is_alive():
                node.start()
        calm = calm + 1 if _is_calm(made, world) else 0
        if time.monotonic() > deadline:
            return [f"not at rest after {within:g} s: {_rest(made, world)}"]
    codes = [node.stop() for node in made.nodes]
    return [f"exit codes at the end: {codes}"] if any(codes) else []


def _is_calm(made: Plant, world: World) -> bool:
    rest = _rest(made, world)
    return not any(rest.values())


def _rest(made: Plant, world: World) -> dict[str, int]:
    """What is still to be done. Mails that wait for their next try are tried now, as an admin's `retry` would."""
    from datetime import UTC, datetime

    from store.records import MailState

    now = datetime.now(UTC)
    with made.store() as store, store.write() as unit:
        waiting = unit.outbox.listed([MailState.WAITING, MailState.LEASED])
        for mail in waiting:
            if mail.state is MailState.WAITING and mail.attempts:
                unit.outbox.retry(mail.id, now)
        # A letter in whose hour we died three times is held as if it were to blame. So an admin says `retry`.
        for letter in unit.letters.quarantined():
            if letter.cause == "cannot-be-routed":
                unit.letters.release(letter.id, None)
        unrouted = unit.letters.counts().get("stored", 0)
        # Those of targets and reminders are due in days: the desk is not waited for until then.
        timers = any(timer.name in GUARDED for timer in unit.timers.listed())
    return {
        "reactions": not world.is_quiet,
        "to be sent": len(waiting),
        "unrouted": unrouted,
        "timers": timers,
        "in the mailbox": len(made.dovecot.mailbox(MAILBOX)),
        "in postfix": _queued(made),
    }


def _queued(made: Plant) -> int:
    queue = made.postfix.here / "queue"
    return sum(
        1 for name in ("incoming", "active", "deferred") for path in (queue / name).rglob("*") if path.is_file()
    )


def _line(one: Round, toll: Toll, report: Report, made: Plant, took: float) -> dict[str, Any]:
    times = sorted(report.seconds_to_entry)
    points = Counter(point for point, _ in made.points())
    figures = {
        name: len(getattr(report, name)) for name in ("lost", "doubled", "hidden", "changed", "unsent", "unfiled")
    }
    return {
        "round": asdict(one),
        "kills": toll.kills + points["migrate.step"],
        "stops": toll.stops,
        "weather": dict(toll.weather),
        "points": dict(points),
        "mails": report.mails,
        **figures,
        "second copies": report.copies,
        "outside": len(report.outside),
        "wrong closes": len(report.wrong_closes),
        "closed by silence": report.closed_by_silence,
        "leaks": len(report.leaks),
        "quarantined": report.quarantined,
        "expected in quarantine": report.expected_in_quarantine,
        "p99": round(statistics.quantiles(times, n=100)[-1], 1) if len(times) > 1 else 0.0,
        "longest": round(times[-1], 1) if times else 0.0,
        "seconds": round(took, 1),
        "findings": {name: found[:20] for name, found in report.findings.items()},
    }


def add_up(lines: list[dict[str, Any]]) -> dict[str, Any]:
    """One row for the whole campaign; the points must be hit on each store."""
    told = (
        "kills",
        "stops",
        "mails",
        *_BROKEN,
        "second copies",
        "outside",
        "wrong closes",
        "closed by silence",
        "leaks",
    )
    keys = (*told, "quarantined", "expected in quarantine", "seconds")
    total: dict[str, Any] = {key: sum(line[key] for line in lines) for key in keys}
    missed = []
    for store in sorted({line["round"]["store"] for line in lines}):
        hit = {point for line in lines if line["round"]["store"] == store for point in line["points"]}
        missed += [f"{point} on {store}" for point in sorted(POINTS - hit)]
    total["rounds"] = len(lines)
    total["points"] = len(POINTS)
    total["points missed"] = missed
    total["stores"] = dict(Counter(f"{line['round']['store']} x{line['round']['nodes']}" for line in lines))
    total["p99"] = max(line["p99"] for line in lines)
    total["longest"] = max(line["longest"] for line in lines)
    total["seeds"] = [line["round"]["seed"] for line in lines]
    total["broken"] = [line["round"] for line in lines if line["findings"]]
    return total


def said(total: dict[str, Any]) -> str:
    """The line for people."""
    hit = total["points"] * len(total["stores"]) - len(total["points missed"])
    return (
        f"kills {total['kills']} (points {hit}/{total['points'] * len(total['stores'])}, "
        f"{', '.join(f'{name}: {n} rounds' for name, n in total['stores'].items())}) · mails {total['mails']} · "
        f"lost {total['lost']} · doubled {total['doubled']} · hidden {total['hidden']} · "
        f"second copies {total['second copies']} (outside the window {total['outside']}) · "
        f"wrong closes {total['wrong closes']} of {total['closed by silence']} · leaks {total['leaks']} · "
        f"quarantined {total['quarantined']}/{total['expected in quarantine']} expected · "
        f"p99 in→entry {total['p99']} s · longest {total['longest']} s · "
        f"seeds {total['seeds'][0]}..{total['seeds'][-1]} · {total['seconds']:.0f} s"
        + (f" · BROKEN: {total['broken']}" if total["broken"] else "")
        + (f" · never hit: {', '.join(total['points missed'])}" if total["points missed"] else "")
    )


def _short(line: dict[str, Any]) -> str:
    one = line["round"]
    state = "ok" if not line["findings"] else f"BROKEN {json.dumps(line['findings'])}"
    return (
        f"{one['store']} x{one['nodes']} seed {one['seed']}: kills {line['kills']}, mails {line['mails']}, points "
        f"{len(line['points'])}, second copies {line['second copies']}, closes {line['closed by silence']}, "
        f"p99 {line['p99']} s, {line['seconds']} s: {state}"
    )


if __name__ == "__main__":
    sys.exit(main())

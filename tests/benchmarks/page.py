"""Writes the tables of docs/performance.md from a file of results.

python -m tests.benchmarks.page bench.json
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from tests.benchmarks.measure import Figures
from tests.benchmarks.results import Results

PAGE = Path(__file__).resolve().parents[2] / "docs/performance.md"
BEGIN = "<!-- written by `python -m tests.benchmarks.page FILE`: do not edit below -->\n"
END = "<!-- written from results: end -->\n"

_COST = {
    "maild_cpu_ms": "maild, ms of processor", "postgres_cpu_ms": "PostgreSQL, ms", "peak_mb": "memory, MB",
}  # fmt: skip
COLUMNS: dict[str, tuple[str, dict[str, str]]] = {
    "intake": ("From the mailbox to the acknowledgement", {
        "per_second": "mails a second", **_COST, "of_floor": "of the floor's rate",
        "cpu_of_floor": "of its processor time", "of_empty": "of the rate into the empty store",
    }),
    "outbox": ("The outbox", {"per_second": "mails a second", **_COST}),
    "timers": ("Timers", {
        "ms_of_a_sweep": "ms a sweep", "fired_per_second": "fired a second", "mailed_per_second": "mailed a second",
        **_COST,
    }),
    "idle": ("A daemon with nothing to do", {
        "seconds": "to the acknowledgement, s", "server_needs": "the server's own delay before, s",
        "percent_of_a_processor": "% of a processor", "peak_mb": "memory, MB",
    }),
    "large": ("A large mail", {
        "mail_mb": "its size, MB", "seconds": "to the acknowledgement, s", "before_mb": "memory before, MB",
        "peak_mb": "at the peak, MB", "times_its_size": "times its size",
    }),
    "folder": ("A full folder", {
        "kept_per_second": "kept a second", "first_acknowledgement_s": "first acknowledgement, s",
        "peak_mb": "memory, MB",
    }),
    "startup": ("Starting", {"seconds": "seconds", "cpu": "of processor"}),
    "nodes": ("Nodes on one PostgreSQL", {
        "per_second": "letters a second", **_COST, "database_kb_each": "on its disk, kB",
    }),
}  # fmt: skip
"""Benchmark → its title, and which of its figures people are shown, under what words."""

Cases = Mapping[str, Figures]


@dataclass(frozen=True, slots=True)
class Goal:
    """What must hold, and how it is found; None where it was not measured."""

    words: str
    found: Callable[[Cases], float | None]
    most: float | None = None
    least: float | None = None

    def row(self, cases: Cases) -> str:
        found = self.found(cases)
        bound = f"≤ {self.most:g}" if self.most is not None else f"≥ {self.least:g}"
        if found is None:
            return f"| {self.words} | {bound} | – | |\n"
        holds = (self.most is None or found <= self.most) and (self.least is None or found >= self.least)
        return f"| {self.words} | {bound} | {found:g} | {'yes' if holds else '**no**'} |\n"


def _of(figure: str, *words: str, worst: Callable[[list[float]], float] = max) -> Callable[[Cases], float | None]:
    """The worst figure of all cases whose names have these words."""

    def find(cases: Cases) -> float | None:
        found = [float(one[figure]) for name, one in cases.items() if all(w in name for w in words) and figure in one]
        return round(worst(found), 3) if found else None

    return find


def _two_to_one(cases: Cases) -> float | None:
    one, two = (cases.get(f"nodes: new cases, {count}") for count in ("1 node", "2 nodes"))
    return round(two["per_second"] / one["per_second"], 3) if one and two else None


_QUIET = "1000 mails, 0 agents, 0 cases"
GOALS = (
    Goal("intake, SQLite: rate, as part of the floor's", _of("of_floor", "sqlite", _QUIET, worst=min), least=1.0),
    Goal("intake, SQLite: processor time, as part of the floor's", _of("cpu_of_floor", "sqlite", _QUIET), most=1.8),
    Goal(
        "intake, PostgreSQL: rate, as part of the floor's", _of("of_floor", "postgres", _QUIET, worst=min), least=0.8
    ),
    Goal(
        "into a store that holds much, as part of the rate into an empty one",
        _of("of_empty", "intake:", worst=min),
        least=0.9,
    ),
    Goal("two nodes on two processors, as part of the rate of one", _two_to_one, least=0.95),
    Goal("a sweep, nothing is due, ms", _of("ms_of_a_sweep", "timers:"), most=5),
    Goal("due timers with their mails, a second", _of("mailed_per_second", "timers:", worst=min), least=500),
    Goal("one mail into an idle daemon, s", _of("seconds", "idle: one mail"), most=0.3),
    Goal("idle, % of a processor", _of("percent_of_a_processor", "idle:"), most=0.5),
    Goal("memory at intake, MB", _of("peak_mb", "intake:"), most=250),
    Goal("memory of the second half of an intake beyond the first, MB", _of("grown_mb", "intake:"), most=10),
    Goal("memory beyond the idle daemon's, times a large mail", _of("times_its_size", "large:"), most=6),
    Goal("maild --help, s", _of("seconds", "startup: maild --help"), most=0.3),
    Goal("maild run until ready, s of processor", _of("cpu", "startup: maild run"), most=1.5),
)


def tables(results: Results) -> str:
    """All that was measured, and what of it had to hold."""
    found = results.read()
    cases: Cases = found["cases"]
    machine = found["machine"]
    parts = [f"{machine['processors']} processors ({machine['model']}), Python {machine['python']}. Medians.\n"]
    parts.append(
        "| what must hold | bound | found | holds |\n|---|---|---|---|\n" + "".join(g.row(cases) for g in GOALS)
    )
    for benchmark, (title, columns) in COLUMNS.items():
        rows = {name.partition(": ")[2]: one for name, one in cases.items() if name.startswith(f"{benchmark}: ")}
        shown = {key: words for key, words in columns.items() if any(one.get(key) for one in rows.values())}
        if rows:
            head = f"| | {' | '.join(shown.values())} | others | runs |\n|{'---|' * (len(shown) + 3)}\n"
            parts.append(f"### {title}\n\n{head}{''.join(_row(name, one, shown) for name, one in rows.items())}")
    return "\n".join(parts)


def _row(name: str, figures: Figures, shown: Mapping[str, str]) -> str:
    values = (str(figures.get(key, "")) for key in (*shown, "others", "runs"))
    return f"| {name} | {' | '.join(values)} |\n"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0] if __doc__ else None)
    parser.add_argument("results", type=Path)
    head, begin, rest = PAGE.read_text("utf-8").partition(BEGIN)
    _, end, tail = rest.partition(END)
    if not begin or not end:
        raise SystemExit(f"{PAGE} has lost a mark")
    made = tables(Results(parser.parse_args().results))
    PAGE.write_text(f"{head}{BEGIN}\n{made}\n{END}{tail}", "utf-8")


if __name__ == "__main__":
    main()

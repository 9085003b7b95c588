"""The parts of the documentation that are made from the code.

`python -m tests.house.pages` writes them; `test_docs.py` fails while one of them is not what the code says.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from maild import log
from maild.desk import lifecycle, process
from maild.desk.clocks import clocks
from maild.desk.orders.verbs import by_theme
from maild.desk.rules import names
from maild.settings import sample
from tests.benchmarks import counted
from tests.house import example_desk

ROOT = Path(__file__).resolve().parent.parent.parent
BEGIN = "<!-- made from the code by `python -m tests.house.pages`: do not edit below -->\n"
END = "<!-- made from the code: end -->\n"
STATE_DIR = "/var/lib/maild"


def commands() -> str:
    """The agent's commands, as `/help` says them."""
    tables = []
    for theme, verbs in by_theme():
        rows = "".join(f"| `/{_in_table(said)}` | {does} |\n" for said, does in verbs)
        tables.append(f"### {theme}\n\n| a line of its own | what it does |\n|---|---|\n{rows}")
    return "\n".join(tables)


def _in_table(text: str) -> str:
    return text.replace("|", "\\|")


def case_process() -> str:
    """The statuses and kinds, the targets, the timers."""
    parts = {
        "Statuses": process.statuses_table(),
        "What moves a case": lifecycle.table(),
        "Kinds": process.kinds_table(),
        "Goals of targets": clocks.goals_table(),
        "Targets of a desk that sets none": clocks.defaults_table(),
        "Timers": process.timers_table(),
    }
    return "\n".join(f"### {title}\n\n{table}" for title, table in parts.items())


MADE: dict[str, Callable[[], str]] = {
    "docs/configuration.md": sample.reference,
    "docs/operating.md": log.reference,
    "docs/commands.md": commands,
    "docs/rules.md": names.reference,
    "docs/process.md": case_process,
    "docs/example-desk.md": example_desk.monday,
    "docs/performance.md": counted.table,
}
"""Page → what stands between its two marks."""


def made_page(name: str) -> str:
    """The whole page as it should be: what people wrote of it stays."""
    text = (ROOT / name).read_text(encoding="utf-8")
    head, begin, rest = text.partition(BEGIN)
    _, end, tail = rest.partition(END)
    if not begin or not end:
        raise ValueError(f"{name} has lost a mark of its part that is made from the code")
    return f"{head}{BEGIN}\n{MADE[name]().strip()}\n\n{END}{tail}"


def deployed_sample() -> str:
    """deploy/maild.toml: what `maild init` writes, but with the state directory of a service."""
    line = '# state_dir = ""'
    text = sample.sample()
    if text.count(line) != 1:
        raise ValueError("the sample has no line for state_dir")
    return text.replace(line, f'state_dir = "{STATE_DIR}"')


def main() -> None:
    for name in MADE:
        (ROOT / name).write_text(made_page(name), encoding="utf-8")
    (ROOT / "deploy/maild.toml").write_text(deployed_sample(), encoding="utf-8")


if __name__ == "__main__":
    main()

"""What was measured, kept in a JSON file: each case under its name, replaced when it is measured again.

{"machine": {…}, "cases": {"intake: sqlite, 1000 mails, …": {"per_second": …, "at": …, …}}}
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from tests.benchmarks.measure import Figures, machine


@dataclass(frozen=True, slots=True)
class Results:
    path: Path

    def read(self) -> dict[str, Any]:
        if not self.path.exists():
            return {"machine": machine(), "cases": {}}
        found: dict[str, Any] = json.loads(self.path.read_text("utf-8"))
        return found

    def keep(self, benchmark: str, case: str, figures: Figures) -> None:
        """Write it down at once: a run that is broken off leaves what it had."""
        found = self.read()
        found["machine"] = machine()
        found["cases"][f"{benchmark}: {case}"] = {**figures, "at": f"{datetime.now(UTC):%Y-%m-%d %H:%M}"}
        beside = self.path.with_name(self.path.name + ".new")
        beside.write_text(json.dumps(found, indent=1, ensure_ascii=False) + "\n", "utf-8")
        beside.replace(self.path)

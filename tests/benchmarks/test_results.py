"""What benchmarks measured is kept, and told as it was found. None of them runs here."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.benchmarks import page
from tests.benchmarks.__main__ import BENCHMARKS
from tests.benchmarks.floor import Floor
from tests.benchmarks.mails import plain
from tests.benchmarks.measure import Meter, medians, memory, processor_seconds
from tests.benchmarks.results import Results
from tests.benchmarks.seed import Plot, sow
from tests.servers.sink import SinkServer
from tests.stories.desk import BEA, DESK, story_desk

_HALF_FULL = "intake: sqlite, 1000 mails, 0 agents, 500 cases before"
_EMPTY = "intake: sqlite, 1000 mails, 0 agents, 0 cases before"


def test_results_of_a_run_that_was_broken_off_stay_and_a_later_run_adds_to_them(tmp_path: Path) -> None:
    Results(tmp_path / "bench.json").keep("intake", "one", {"per_second": 10.0})
    later = Results(tmp_path / "bench.json")
    later.keep("outbox", "two", {"per_second": 20.0})
    later.keep("intake", "one", {"per_second": 30.0})
    cases = json.loads((tmp_path / "bench.json").read_text())["cases"]
    assert {name: one["per_second"] for name, one in cases.items()} == {"intake: one": 30.0, "outbox: two": 20.0}


def test_median_is_taken_of_every_number_and_words_stay() -> None:
    runs = [{"rate": 3.0, "note": "a"}, {"rate": 100.0, "note": "b"}, {"rate": 4.0, "note": "c"}]
    assert medians(runs) == {"runs": 3, "rate": 4.0, "note": "c"}


def test_table_says_which_bounds_hold(tmp_path: Path) -> None:
    results = Results(tmp_path / "bench.json")
    results.keep("intake", _EMPTY.removeprefix("intake: "), {"per_second": 100.0, "of_floor": 1.2, "peak_mb": 300.0})
    results.keep("intake", _HALF_FULL.removeprefix("intake: "), {"of_empty": 0.95, "peak_mb": 90.0})
    said = page.tables(results)
    assert "| intake, SQLite: rate, as part of the floor's | ≥ 1 | 1.2 | yes |" in said
    assert "| into a store that holds much, as part of the rate into an empty one | ≥ 0.9 | 0.95 | yes |" in said
    assert "| memory at intake, MB | ≤ 250 | 300 | **no** |" in said
    assert "| maild --help, s | ≤ 0.3 | – | |" in said


def test_every_benchmark_is_on_the_page_and_has_its_table() -> None:
    rows = re.findall(r"^\| (\w+) \| [^|]+ \|$", page.PAGE.read_text("utf-8"), re.MULTILINE)
    assert [row for row in rows if row != "benchmark"] == list(BENCHMARKS)
    assert set(page.COLUMNS) == set(BENCHMARKS)


def test_meter_counts_children_that_have_ended_and_memory_that_was_let_go() -> None:
    program = (
        "import subprocess, sys, time; block = b'x' * 80_000_000; time.sleep(0.8); del block; "
        "subprocess.run([sys.executable, '-c', 'sum(range(10_000_000))'], check=True); print(1, flush=True); input()"
    )
    process = subprocess.Popen([sys.executable, "-c", program], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert process.stdout is not None
    with Meter(one=[process.pid]) as meter:
        process.stdout.readline()
        own = processor_seconds(process.pid)
    assert meter.peak > 80_000_000 > memory(process.pid)
    assert own > 0.1
    process.communicate(b"\n")


def test_floor_that_dies_is_said_with_its_last_words(tmp_path: Path) -> None:
    (tmp_path / "floor.py").write_text("raise SystemExit('no Dovecot here')")
    (tmp_path / "work").mkdir()
    with pytest.raises(SystemExit, match="no Dovecot here"):
        Floor(tmp_path / "floor.py", tmp_path / "work").run()


def test_floor_is_read_from_the_rows_that_it_writes(tmp_path: Path) -> None:
    (tmp_path / "floor.py").write_text(
        "import json, os\n"
        "for name in ('floor-ALL-stdlib-sqlite-c1', 'floor-ALL-stdlib-pg-c1'):\n"
        "    print(json.dumps(dict(name=name, rate=170.0, cpu_ms=4.5)), file=open(os.environ['RESULTS'], 'a'))\n"
    )
    (tmp_path / "work").mkdir()
    found = Floor(tmp_path / "floor.py", tmp_path / "work").run()
    assert (found["sqlite"].rate, found["postgres"].cpu_ms) == (170.0, 4.5)


def test_plain_mails_are_the_same_every_time_and_answer_what_came_before() -> None:
    made = plain(100)
    assert made == plain(100)
    assert len(set(made)) == 100
    assert sum(b"In-Reply-To:" in raw for raw in made) == 40


def test_sown_store_is_a_desk_that_goes_on(tmp_path: Path, sink: SinkServer) -> None:
    sow(f"sqlite:///{tmp_path}/maild.db", Plot(cases=20, entries=100, waiting=40))
    with story_desk(tmp_path, sink, f"sqlite:///{tmp_path}/maild.db") as desk:
        assert len(desk.cases()) == 20
        assert len(desk.entries(10)) == 5
        head = f"From: {desk.case(10).requester}\r\nTo: {DESK}\r\nIn-Reply-To: <m46@mail.example>\r\n"
        desk.mail(f"{head}Subject: Re: it\r\n\r\nWell?\r\n".encode())
        assert desk.entries(10)[-1].text.startswith("Well?")
        desk.mail(BEA.writes(DESK, "New", "Text", desk.now).replace(b"bea@", b"new@"))
        assert len(desk.cases()) == 21

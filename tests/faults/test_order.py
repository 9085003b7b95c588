"""P9, F38: acknowledged means synced. See order.py; `python -m tests.faults.mutations` shows that this can fail."""

import os
import sys
from collections import Counter
from pathlib import Path

import pytest

from tests.faults.mills import Mill, small_corpus
from tests.faults.order import run, told, traced
from tests.servers.dovecot import Dovecot
from tests.servers.process import missing
from tests.servers.sink import SinkServer


@pytest.mark.servers
def test_F38_nothing_is_told_before_what_it_rests_on_is_synced(
    tmp_path: Path, dovecot: Dovecot, sink: SinkServer
) -> None:
    mill = Mill(tmp_path, dovecot, sink, dovecot.new_user())
    text = mill.config.read_text().replace(
        f"port = {dovecot.imaps_port}", f'port = {dovecot.imap_port}\ntls = "none"'
    )
    mill.config.write_text(text)
    dovecot.append(mill.user, *small_corpus(12).first)
    report = tmp_path / "calls"
    command = [sys.executable, "-m", "maild", "run", "--once", "-c", str(mill.config)]
    done = run(traced(command, report), env=dict(os.environ))
    if "ptrace" in done.stderr:
        missing("strace may not trace here")
    assert done.returncode == 0, done.stderr

    everything = list(told(report))
    kinds = Counter(one.what for one in everything)
    assert kinds["filed away"] >= 1
    assert kinds["sent"] == 12
    assert [one for one in everything if not one.synced] == []

"""A process that is stopped or killed at a point: nobody in it goes past that point in the meantime."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

_TWO_THREADS = """
import threading
from store import failpoints

def pass_by():
    failpoints.reach("outbox.claimed")
    print("passed", flush=True)

for _ in range(2):
    threading.Thread(target=pass_by).start()
"""


@pytest.mark.parametrize("action", ["stop", "kill"])
def test_F34_a_second_thread_does_not_pass_while_the_first_is_stopped_or_killed(tmp_path: Path, action: str) -> None:
    """The log is a pipe without a reader: the first thread stands in the midst of its action until we read."""
    log = tmp_path / "log"
    os.mkfifo(log)
    armed = {"MAILD_FP": f"outbox.claimed:{action}", "MAILD_FP_LOG": str(log)}
    program = [sys.executable, "-c", _TWO_THREADS]
    process = subprocess.Popen(program, env=os.environ | armed, stdout=subprocess.PIPE)
    try:
        assert process.stdout is not None
        os.set_blocking(process.stdout.fileno(), False)
        with pytest.raises(subprocess.TimeoutExpired):
            process.wait(1)
        assert process.stdout.read() is None

        assert log.read_text() == f"outbox.claimed {action} {process.pid}\n"
        _, status = os.waitpid(process.pid, os.WUNTRACED)
        assert not process.stdout.read()
        assert os.WIFSTOPPED(status) == (action == "stop")
        if action == "stop":
            process.send_signal(signal.SIGCONT)
            assert process.wait(10) == 0
            assert process.stdout.read() == b"passed\npassed\n"
    finally:
        process.kill()
        process.communicate()

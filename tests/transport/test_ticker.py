"""The clockwork: it ticks at once and steadily, never twice at a time, and no error stops it."""

from __future__ import annotations

import threading
import time

import pytest

from maild.transport.ticker import Ticker
from tests.servers.process import wait_for


def no_errors(name: str, error: BaseException) -> None:
    pytest.fail(f"{name}: {error!r}")


def test_a_function_is_called_at_once_and_then_again_and_again() -> None:
    calls: list[float] = []
    ticker = Ticker(no_errors)
    ticker.every(0.2, "look", lambda: calls.append(time.monotonic()))
    began = time.monotonic()
    ticker.start()
    wait_for(lambda: len(calls) >= 4, 5)
    ticker.stop()
    assert calls[0] - began < 0.15
    assert 0.4 < calls[3] - calls[0] < 2


def test_a_function_added_while_running_is_called_too() -> None:
    called = threading.Event()
    ticker = Ticker(no_errors)
    ticker.start()
    ticker.every(60, "late", called.set)
    assert called.wait(5)
    ticker.stop()


def test_a_slow_function_never_runs_twice_at_once_and_holds_up_no_other() -> None:
    running, most, others = [0], [0], [0]

    def slow() -> None:
        running[0] += 1
        most[0] = max(most[0], running[0])
        time.sleep(0.5)
        running[0] -= 1

    def quick() -> None:
        others[0] += 1

    ticker = Ticker(no_errors)
    ticker.every(0.1, "slow", slow)
    ticker.every(0.1, "quick", quick)
    ticker.start()
    time.sleep(1.2)
    ticker.stop()
    assert most == [1]
    assert others[0] >= 5


def test_an_error_is_reported_by_name_and_the_next_tick_comes(capfd: pytest.CaptureFixture[str]) -> None:
    errors: list[tuple[str, BaseException]] = []

    def broken() -> None:
        raise RuntimeError("out of order")

    ticker = Ticker(lambda name, error: errors.append((name, error)))
    ticker.every(0.1, "broken", broken)
    ticker.start()
    wait_for(lambda: len(errors) >= 2, 5)
    ticker.stop()
    assert errors[0][0] == "broken"
    assert str(errors[0][1]) == "out of order"
    assert "Traceback" not in "".join(capfd.readouterr())


def test_two_functions_cannot_have_one_name() -> None:
    ticker = Ticker(no_errors)
    ticker.every(1, "look", lambda: None)
    ticker.start()
    with pytest.raises(Exception, match="look"):
        ticker.every(1, "look", lambda: None)
    ticker.stop()


def test_stop_waits_for_the_running_function_and_is_harmless_before_start() -> None:
    done: list[bool] = []
    started = threading.Event()

    def work() -> None:
        started.set()
        time.sleep(0.4)
        done.append(True)

    Ticker(no_errors).stop()
    ticker = Ticker(no_errors)
    ticker.every(60, "work", work)
    ticker.start()
    assert started.wait(5)
    ticker.stop()
    assert done == [True]
    ticker.stop()

"""The files in deploy/: the health check says what it should, the unit is one systemd understands."""

from __future__ import annotations

import importlib.util
import json
import re
import shutil
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from maild import cli
from tests.house.pages import ROOT

NOW = datetime(2026, 1, 31, 12, tzinfo=UTC)


@pytest.fixture
def healthy() -> ModuleType:
    spec = importlib.util.spec_from_file_location("healthy", ROOT / "deploy/healthy.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def _status(read: timedelta | None = None, mail: timedelta | None = None) -> dict[str, Any]:
    read_at = None if read is None else (NOW - read).isoformat()
    next_mail_at = None if mail is None else (NOW - mail).isoformat()
    return {"mailboxes": [{"name": "inbox", "read_at": read_at}], "next_mail_at": next_mail_at}


def test_desk_read_a_minute_ago_is_well(healthy: ModuleType) -> None:
    status = _status(read=timedelta(minutes=1), mail=timedelta(minutes=-1))
    assert healthy.complaints(status, NOW, timedelta(minutes=15)) == []


@pytest.mark.parametrize(
    ("status", "said"),
    [
        (_status(read=None), "mailbox inbox was never read"),
        (_status(read=timedelta(minutes=16)), "mailbox inbox was last read"),
        (_status(read=timedelta(0), mail=timedelta(minutes=16)), "a mail has been due"),
    ],
)
def test_desk_that_stands_still_is_not_well(healthy: ModuleType, status: dict[str, Any], said: str) -> None:
    (complaint,) = healthy.complaints(status, NOW, timedelta(minutes=15))
    assert complaint.startswith(said)


def test_health_check_understands_the_status_of_a_new_desk(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    config = tmp_path / "maild.toml"
    config.write_text('[desk]\naddress = "a@example.com"\n\n[[mailbox]]\nhost = "h"\nuser = "u"\n', encoding="utf-8")
    assert cli.main(["status", "--json", "-c", str(config)]) == 0
    status = capsys.readouterr().out
    assert json.loads(status)["mailboxes"]
    run = subprocess.run(
        [sys.executable, ROOT / "deploy/healthy.py"], input=status, capture_output=True, text=True, check=False
    )
    assert (run.returncode, run.stdout) == (1, "mailbox inbox was never read\n")


def test_parser_process_may_limit_itself_under_the_unit() -> None:
    unit = (ROOT / "deploy/maild.service").read_text(encoding="utf-8")
    filters = re.findall(r"^SystemCallFilter=(.*)$", unit, re.MULTILINE)
    assert filters[-1].split() == ["setrlimit", "prlimit64"]  # later lines go before earlier ones


def test_compose_runs_two_nodes_that_share_the_key() -> None:
    compose = (ROOT / "deploy/compose.yaml").read_text(encoding="utf-8")
    services = compose.partition("\nservices:\n")[2].partition("\nsecrets:\n")[0]
    maild = services.partition("\n  maild:\n")[2]
    assert int(re.findall(r"^ +replicas: (\d+)", maild, re.MULTILINE)[0]) == 2
    assert "- state:/var/lib/maild" in maild
    assert not re.search(r"^ +(container_name|ports):", maild, re.MULTILINE), "a second one could not start"


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="systemd is not installed")
def test_systemd_understands_the_unit(tmp_path: Path) -> None:
    unit = (ROOT / "deploy/maild.service").read_text(encoding="utf-8")
    path = tmp_path / "maild.service"
    path.write_text(unit.replace("/opt/maild/bin/maild", "/bin/true"), encoding="utf-8")
    run = subprocess.run(["systemd-analyze", "verify", path], capture_output=True, text=True, check=False)
    assert (run.returncode, [line for line in run.stderr.splitlines() if "maild.service" in line]) == (0, [])

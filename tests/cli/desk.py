"""A configuration in a folder, and the command line run on it as an admin would."""

import json
import subprocess
from pathlib import Path
from typing import Any

from tests.servers.commands import command

CONFIG = """\
[desk]
address = "support@desk.test"

[smtp]
host = "127.0.0.1"
port = {port}
undo_window = "0s"

[[agent]]
address = "bea@desk.test"
name = "Bea"
"""
MAIL = (
    b"From: Ann <ann@customer.test>\r\nTo: support@desk.test\r\nSubject: Where is my parcel?\r\n"
    b"Message-ID: <first@customer.test>\r\nDate: Mon, 02 Mar 2026 08:00:00 +0000\r\n\r\nTwo weeks late.\r\n"
)


class Cli:
    def __init__(self, folder: Path, port: int) -> None:
        self.folder = folder
        self.config = folder / "maild.toml"
        self.config.write_text(CONFIG.format(port=port))

    def add(self, text: str) -> None:
        self.config.write_text(self.config.read_text() + text)

    def __call__(self, *words: str, raw: bytes = b"") -> subprocess.CompletedProcess[bytes]:
        return command(words, self.folder, raw)

    def rows(self, *words: str) -> list[dict[str, Any]]:
        run = self(*words, "--json")
        assert run.returncode == 0, run.stderr
        return [json.loads(line) for line in run.stdout.splitlines()]

    def said(self, *words: str) -> tuple[int, str]:
        """Exit code and standard error, which never holds a traceback."""
        run = self(*words)
        error = run.stderr.decode()
        assert "Traceback" not in error + run.stdout.decode()
        return run.returncode, error + run.stdout.decode()

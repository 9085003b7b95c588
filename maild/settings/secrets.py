"""Secrets: from the file, a file beside it, a command, or an OAuth2 server. Read when needed, shown never."""

from __future__ import annotations

import json
import subprocess
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable
from pathlib import Path

from maild.errors import Temporary, UserError
from maild.settings.model import MailboxSettings, Oauth2Settings, SmtpSettings

_COMMAND_SECONDS = 30


def password_of(one: MailboxSettings | SmtpSettings, where: str, folder: Path) -> Callable[[], str] | None:
    """How to get the password; None where none is given. A file is read once now: a missing one is told early."""
    given = [key for key in ("password", "password_file", "password_command") if getattr(one, key)]
    if len(given) > 1:
        raise UserError(f"{where}: {' and '.join(given)} are both given; keep one")
    if one.password:
        return lambda: one.password
    if one.password_file:
        path = folder / one.password_file
        _first_line(path, f"{where}.password_file")
        return lambda: _first_line(path, f"{where}.password_file")
    if one.password_command:
        return lambda: _output(one.password_command, f"{where}.password_command")
    return None


def token_of(oauth2: Oauth2Settings | None, where: str, folder: Path) -> Callable[[], str] | None:
    """How to get an access token; None where OAuth2 is not used."""
    if oauth2 is None:
        return None
    if oauth2.token_command:
        return lambda: _output(oauth2.token_command, f"{where}.oauth2.token_command")
    for key in ("token_url", "client_id", "refresh_token_file"):
        if not getattr(oauth2, key):
            raise UserError(f"{where}.oauth2: {key} is missing (or give token_command)")
    _first_line(folder / oauth2.refresh_token_file, f"{where}.oauth2.refresh_token_file")
    return _Refreshed(oauth2, where, folder)


class _Refreshed:
    """An access token that is renewed a minute before it ends (RFC 6749 section 6)."""

    def __init__(self, oauth2: Oauth2Settings, where: str, folder: Path) -> None:
        self._oauth2 = oauth2
        self._where = where
        self._folder = folder
        self._token = ""
        self._until = 0.0

    def __call__(self) -> str:
        if time.monotonic() >= self._until:
            self._renew()
        return self._token

    def _renew(self) -> None:
        path = self._folder / self._oauth2.refresh_token_file
        old = _first_line(path, f"{self._where}.oauth2.refresh_token_file")
        form = {"grant_type": "refresh_token", "client_id": self._oauth2.client_id, "refresh_token": old}
        if self._oauth2.client_secret_file:
            secret = self._folder / self._oauth2.client_secret_file
            form["client_secret"] = _first_line(secret, f"{self._where}.oauth2.client_secret_file")
        request = urllib.request.Request(self._oauth2.token_url, urllib.parse.urlencode(form).encode())
        try:
            with urllib.request.urlopen(request, timeout=30) as response:
                answer = json.load(response)
            self._token = str(answer["access_token"])
        except (OSError, urllib.error.URLError, ValueError, KeyError) as error:
            raise Temporary(
                f"{self._where}.oauth2: no access token from {self._oauth2.token_url}: {error}"
            ) from error
        self._until = time.monotonic() + max(int(answer.get("expires_in", 300)) - 60, 30)
        fresh = answer.get("refresh_token")
        if isinstance(fresh, str) and fresh != old:
            beside = path.with_name(path.name + ".new")
            beside.write_text(fresh + "\n", encoding="utf-8")
            beside.chmod(0o600)
            beside.replace(path)


def _first_line(path: Path, where: str) -> str:
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "is not text"
        raise UserError(f"{where}: {path}: {reason}; put the secret on its first line, mode 0600") from error
    if not lines or not lines[0].strip():
        raise UserError(f"{where}: {path} is empty; put the secret on its first line")
    return lines[0].strip()


def _output(command: str, where: str) -> str:
    try:
        run = subprocess.run(  # the admin's own command line, so a shell is what they expect
            command, shell=True, capture_output=True, text=True, timeout=_COMMAND_SECONDS, check=False
        )
    except subprocess.TimeoutExpired as error:
        raise Temporary(f"{where}: the command gave no answer in {_COMMAND_SECONDS} s") from error
    lines = run.stdout.splitlines()
    if run.returncode != 0 or not lines:
        raise UserError(f"{where}: the command failed (exit code {run.returncode}) or printed nothing")
    return lines[0].strip()

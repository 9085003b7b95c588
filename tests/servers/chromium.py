"""Fixture `chromium`: a headless browser in which mails are looked at as mail clients show them.

    with Chromium() as browser:
        browser.show(html, width=360, dark=True)
        browser.ask("document.title")       the value of an expression of JavaScript
        browser.picture()                   the whole page as PNG

Spoken to by the DevTools protocol over a pipe (JSON, each message ended by a zero), which needs no port.
"""

from __future__ import annotations

import json
import os
import select
import subprocess
import sys
import time
from base64 import b64decode
from collections.abc import Iterator
from types import TracebackType
from typing import Any, Self

import pytest

from tests.servers.process import binary, workdir

_SWITCHES = (
    "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run",
    "--hide-scrollbars", "--disable-lcd-text", "--font-render-hinting=none", "--disable-extensions",
    "--disable-background-networking",
    "--remote-debugging-pipe",
)  # fmt: skip
_START = """
import os, sys
hears, says = (os.dup2(int(fd), free) for fd, free in zip(sys.argv[1:3], (200, 201)))
os.dup2(hears, 3), os.dup2(says, 4)
os.execvp(sys.argv[3], sys.argv[3:])
"""
"""The browser listens on descriptor 3 and answers on 4, whatever ours are."""
_PATIENCE = 60.0


class Chromium:
    """One browser with one page."""

    def __init__(self, path: str = "chromium") -> None:
        self._path = path
        self._last = 0
        self._session = ""
        self._unread = b""

    def __enter__(self) -> Self:
        theirs_in, self._to = os.pipe()
        self._from, theirs_out = os.pipe()
        folder = workdir("chromium")
        self._process = subprocess.Popen(
            [sys.executable, "-c", _START, str(theirs_in), str(theirs_out), self._path, *_SWITCHES,
             f"--user-data-dir={folder}", "about:blank"],
            pass_fds=(theirs_in, theirs_out),
            env={**os.environ, "HOME": str(folder)},
            stderr=subprocess.DEVNULL,
        )  # fmt: skip
        os.close(theirs_in)
        os.close(theirs_out)
        targets = self._say("Target.getTargets")["targetInfos"]
        page = next(one["targetId"] for one in targets if one["type"] == "page")
        self._session = self._say("Target.attachToTarget", targetId=page, flatten=True)["sessionId"]
        self._frame = self._say("Page.getFrameTree")["frameTree"]["frame"]["id"]
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        os.close(self._to)  # as which it ends by itself
        try:
            self._process.wait(10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        os.close(self._from)

    def show(self, html: str, *, width: int, dark: bool, scale: float = 1) -> None:
        """Show a page on a screen of this width: a phone's where it is narrow."""
        self._say(
            "Emulation.setDeviceMetricsOverride", width=width, height=640, deviceScaleFactor=scale, mobile=width < 600
        )
        scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        self._say("Emulation.setEmulatedMedia", features=[scheme])
        self._say("Page.setDocumentContent", frameId=self._frame, html=html)

    def ask(self, expression: str) -> Any:
        answer = self._say("Runtime.evaluate", expression=expression, returnByValue=True)
        if "exceptionDetails" in answer:
            raise AssertionError(answer["exceptionDetails"])
        return answer["result"].get("value")

    def picture(self) -> bytes:
        """The page from its top to its end."""
        width, height = self.ask("[window.innerWidth, document.documentElement.getBoundingClientRect().height]")
        clip = {"x": 0, "y": 0, "width": width, "height": height, "scale": 1}
        shot = self._say("Page.captureScreenshot", format="png", clip=clip, captureBeyondViewport=True)
        return b64decode(shot["data"])

    def _say(self, method: str, **parameters: Any) -> Any:
        self._last += 1
        message = {"id": self._last, "method": method, "params": parameters}
        if self._session:
            message["sessionId"] = self._session
        os.write(self._to, json.dumps(message).encode() + b"\0")
        until = time.monotonic() + _PATIENCE
        while True:
            answer = self._hear(until)
            if answer.get("id") == self._last:
                if "error" in answer:
                    raise AssertionError(f"{method}: {answer['error']}")
                return answer["result"]

    def _hear(self, until: float) -> dict[str, Any]:
        while b"\0" not in self._unread:
            ready, _, _ = select.select([self._from], [], [], max(until - time.monotonic(), 0))
            more = os.read(self._from, 1 << 20) if ready else b""
            if not more:
                raise AssertionError("the browser is silent" if not ready else "the browser has ended")
            self._unread += more
        one, _, self._unread = self._unread.partition(b"\0")
        message: dict[str, Any] = json.loads(one)
        return message


@pytest.fixture(scope="session")
def chromium() -> Iterator[Chromium]:
    with Chromium(binary("chromium")) as browser:
        yield browser

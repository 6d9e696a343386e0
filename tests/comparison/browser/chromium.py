"""A headless Chromium, driven over the pipe of its DevTools protocol: no driver, no port, no package."""

import json
import os
import select
import shutil
import subprocess
import sys
import time
from pathlib import Path

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
OPTIONS = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run", "--disable-sync",
    "--disable-background-networking", "--disable-component-update", "--disable-extensions", "--remote-debugging-pipe",
)  # fmt: skip
PATIENCE_S = 60.0
# Chromium reads commands from its file 3 and answers to its file 4.
START = """
import fcntl, os, sys
commands, answers = (fcntl.fcntl(int(word), fcntl.F_DUPFD, 10) for word in sys.argv[1:3])
os.dup2(commands, 3)
os.dup2(answers, 4)
os.execv(sys.argv[3], sys.argv[3:])
"""


def find_chromium():
    """Return the path of a Chromium, None where there is none."""
    named = os.environ.get("RETORCH_CHROMIUM")
    return named or next(filter(None, map(shutil.which, NAMES)), None)


class Chromium:
    """A browser with an empty profile; `open` gives a page in it."""

    def __init__(self, binary, profile):
        from_us, self._to = os.pipe()
        self._from, to_us = os.pipe()
        command = [
            sys.executable,
            "-c",
            START,
            str(from_us),
            str(to_us),
            binary,
            *OPTIONS,
            f"--user-data-dir={profile}",
        ]
        self._process = subprocess.Popen(command, pass_fds=(from_us, to_us), stderr=subprocess.DEVNULL)
        os.close(from_us)
        os.close(to_us)
        self._number, self._unread, self.events = 0, b"", []

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.command("Browser.close")
        self._process.wait(PATIENCE_S)
        os.close(self._to)
        os.close(self._from)

    def open(self, path, *, width, height=800, scheme="light", medium="screen"):
        """Open a file in a new page of that size."""
        return Page(self, Path(path), width, height, scheme, medium)

    def command(self, method, session=None, **parameters):
        """Send a command and return its answer; what happens meanwhile is added to `events`."""
        self._number += 1
        message = {"id": self._number, "method": method, "params": parameters}
        os.write(self._to, json.dumps(message | ({"sessionId": session} if session else {})).encode() + b"\0")
        while (answer := self._next()).get("id") != self._number:
            self.events.append(answer)
        assert "error" not in answer, (method, answer["error"])
        return answer["result"]

    def wait_for(self, method, session):
        """Wait until an event of this page has come."""
        while not any(event["method"] == method and event["sessionId"] == session for event in self.events):
            self.events.append(self._next())

    def _next(self):
        deadline = time.monotonic() + PATIENCE_S
        while b"\0" not in self._unread:
            ready, _, _ = select.select([self._from], [], [], max(deadline - time.monotonic(), 0))
            assert ready, "Chromium does not answer"
            piece = os.read(self._from, 1 << 20)
            assert piece, f"Chromium ended with {self._process.wait()}"
            self._unread += piece
        message, _, self._unread = self._unread.partition(b"\0")
        return json.loads(message)


class Page:
    """A page with all that it asked for and complained of."""

    def __init__(self, browser, path, width, height, scheme, medium):
        self._browser = browser
        self._target = browser.command("Target.createTarget", url="about:blank")["targetId"]
        self._session = browser.command("Target.attachToTarget", targetId=self._target, flatten=True)["sessionId"]
        for domain in ("Page", "Network", "Runtime", "Log"):
            self._do(f"{domain}.enable")
        self._do("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=False)
        scheme_of_the_system = {"name": "prefers-color-scheme", "value": scheme}
        self._do("Emulation.setEmulatedMedia", media=medium, features=[scheme_of_the_system])
        self._do("Page.navigate", url=path.resolve().as_uri())
        browser.wait_for("Page.loadEventFired", self._session)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._browser.command("Target.closeTarget", targetId=self._target)

    @property
    def requests(self):
        """Every address that it asked for."""
        return [event["request"]["url"] for event in self._heard("Network.requestWillBeSent")]

    @property
    def complaints(self):
        """Every message on the console, every exception, everything that its own policy forbade."""
        spoken = ("Runtime.consoleAPICalled", "Runtime.exceptionThrown", "Log.entryAdded")
        return [event for method in spoken for event in self._heard(method)]

    def evaluate(self, expression):
        """Return the value of a piece of JavaScript. The page's policy does not hold for the protocol."""
        return self._do("Runtime.evaluate", expression=expression, returnByValue=True)["result"].get("value")

    def press(self, key):
        """Press Tab, Enter or space as a keyboard would."""
        codes = {"Tab": (9, ""), "Enter": (13, "\r"), " ": (32, " ")}
        code, text = codes[key]
        facts = {"key": key, "windowsVirtualKeyCode": code}
        self._do("Input.dispatchKeyEvent", type="keyDown", text=text, **facts)
        self._do("Input.dispatchKeyEvent", type="keyUp", **facts)

    def print(self):
        """Print the page as PDF and return its size in bytes, as base64."""
        return len(self._do("Page.printToPDF")["data"])

    def _do(self, method, **parameters):
        return self._browser.command(method, self._session, **parameters)

    def _heard(self, method):
        return [
            event["params"] for event in self._browser.events
            if event["method"] == method and event.get("sessionId") == self._session
        ]  # fmt: skip

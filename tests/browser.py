"""A headless Chromium, driven over the DevTools protocol through a pipe: it needs no driver, no port and no library."""

import base64
import fcntl
import json
import os
import select
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
FLAGS = ("--headless=new", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--remote-debugging-pipe")
PATIENCE = 30
#: Chromium reads commands from its file 3 and answers in its file 4.
LAUNCH = (
    "import os, sys; os.dup2(int(sys.argv[1]), 3); os.dup2(int(sys.argv[2]), 4); os.execv(sys.argv[3], sys.argv[3:])"
)


class Browser:
    """One page in one browser; commands wait for their answer, events are kept in `events`."""

    def __init__(self):
        self.profile = tempfile.TemporaryDirectory(ignore_cleanup_errors=True)
        inward, self._out = _pipe()
        self._in, outward = _pipe()
        words = [sys.executable, "-c", LAUNCH, str(inward), str(outward), CHROMIUM, *FLAGS]
        self._process = subprocess.Popen(
            [*words, f"--user-data-dir={self.profile.name}"],
            pass_fds=(inward, outward),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        os.close(inward)
        os.close(outward)
        self._rest, self._number, self._session, self.events = b"", 0, None, []
        try:
            target = self.call("Target.createTarget", url="about:blank")["targetId"]
            self._session = self.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
            for domain in ("Page", "Runtime", "Network", "Log"):
                self.call(f"{domain}.enable")
        except BaseException:
            self.close()
            raise

    def close(self):
        self._process.terminate()
        self._process.wait(10)
        os.close(self._out)
        os.close(self._in)
        self.profile.cleanup()

    def call(self, method, **parameters):
        self._number += 1
        message = {"id": self._number, "method": method, "params": parameters}
        if self._session is not None:
            message["sessionId"] = self._session
        os.write(self._out, json.dumps(message).encode() + b"\0")
        while True:
            answer = self._receive()
            if answer.get("id") == self._number:
                assert "error" not in answer, answer
                return answer["result"]
            self.events.append(answer)

    def _receive(self):
        while b"\0" not in self._rest:
            ready, _, _ = select.select([self._in], [], [], PATIENCE)
            assert ready, f"chromium did not answer within {PATIENCE} s"
            part = os.read(self._in, 1 << 20)
            assert part, "chromium ended"
            self._rest += part
        message, _, self._rest = self._rest.partition(b"\0")
        return json.loads(message)

    def run(self, expression):
        """The value of an expression in the page; promises are awaited."""
        answer = self.call("Runtime.evaluate", expression=expression, awaitPromise=True, returnByValue=True)
        assert "exceptionDetails" not in answer, answer
        return answer["result"].get("value")

    def open(self, path: Path, *, width=1280, height=900, dark=False, script=True):
        """Open a file as a page and wait until its charts are drawn."""
        self.events.clear()
        self.call("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=False)
        scheme = [{"name": "prefers-color-scheme", "value": "dark" if dark else "light"}]
        self.call("Emulation.setEmulatedMedia", media="", features=scheme)
        self.call("Emulation.setScriptExecutionDisabled", value=not script)
        self.call("Page.navigate", url=path.resolve().as_uri())
        while not any(each["method"] == "Page.loadEventFired" for each in self.events):
            self.events.append(self._receive())
        if script:
            ready = "document.documentElement.classList.contains('ready')"
            self.run(f"new Promise(done => {{ const look = () => {ready} ? done() : setTimeout(look, 20); look(); }})")

    def requests(self):
        """What the page asked for, other than itself."""
        asked = [
            each["params"]["request"]["url"] for each in self.events if each["method"] == "Network.requestWillBeSent"
        ]
        return [url for url in asked if not url.startswith(("data:", "blob:"))][1:]

    def complaints(self):
        """Errors and warnings on the console, and exceptions."""
        self.run("0")
        found = []
        for each in self.events:
            kind, told = each["method"], each.get("params", {})
            if kind == "Runtime.exceptionThrown":
                found.append(told["exceptionDetails"]["text"])
            if kind == "Runtime.consoleAPICalled" and told["type"] in ("error", "warning", "assert"):
                found.append(str([part.get("value", part.get("description")) for part in told["args"]]))
            if kind == "Log.entryAdded" and told["entry"]["level"] in ("error", "warning"):
                found.append(told["entry"]["text"])
        return found

    def picture(self, to: Path, *, top=0, height=None):
        """A picture of the page, or of a part of it."""
        size = self.call("Page.getLayoutMetrics")["cssContentSize"]
        clip = {"x": 0, "y": top, "width": size["width"], "height": height or size["height"], "scale": 1}
        data = self.call("Page.captureScreenshot", format="png", clip=clip, captureBeyondViewport=True)["data"]
        to.write_bytes(base64.b64decode(data))


def _pipe():
    """A pipe whose ends have numbers that no one else means by 3 and 4."""
    ends = os.pipe()
    high = tuple(fcntl.fcntl(end, fcntl.F_DUPFD_CLOEXEC, 10) for end in ends)
    for end in ends:
        os.close(end)
    return high

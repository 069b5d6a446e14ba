"""A real site in a process of its own, and a real browser that watches where its requests go."""

from __future__ import annotations

import contextlib
import os
import shutil
import socket
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, BrowserContext, Locator, Page, sync_playwright

from eventhub.messaging.push.envelopes import new_key

ROOT = Path(__file__).parents[2]
CHROMIUM = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")
REQUIRED = "browser" in os.environ.get("EVENTHUB_TEST_REQUIRE", "")
AXE = ROOT / "node_modules" / "axe-core" / "axe.min.js"
QUIET = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
         "--disable-component-update", "--disable-sync"]  # fmt: skip

WIDE, PHONE = {"width": 1280, "height": 900}, {"width": 375, "height": 812}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """All of this folder needs a browser."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.browser)


@dataclass
class Site:
    """A running EventHub with the demo in it."""

    address: str
    data_dir: Path
    process: subprocess.Popen[bytes]


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """The product as a newcomer starts it: SQLite, the worker inside, the demo loaded."""
    data_dir = tmp_path_factory.mktemp("site")
    port = _free_port()
    environment = {
        **{key: value for key, value in os.environ.items() if not key.startswith("EVENTHUB_")},
        "PORT": str(port),
        "EVENTHUB_DATA_DIR": str(data_dir),
        "EVENTHUB_RATE_LIMIT_FACTOR": "1000",
        "EVENTHUB_PUSH_KEY": new_key(),
    }
    command = [sys.executable, "-m", "eventhub.cli"]
    for step in (["db", "upgrade"], ["demo"]):
        subprocess.run([*command, *step], env=environment, cwd=ROOT, check=True, capture_output=True, timeout=120)
    address = f"http://127.0.0.1:{port}"
    with (data_dir / "log").open("wb") as log:
        process = subprocess.Popen([*command, "serve"], env=environment, cwd=ROOT, stdout=log, stderr=log)
        try:
            _wait_for(address, data_dir / "log")
            yield Site(address, data_dir, process)
        finally:
            process.terminate()
            process.wait(20)


def _wait_for(address: str, log: Path) -> None:
    for _ in range(200):
        try:
            urllib.request.urlopen(f"{address}/readyz").close()
        except OSError:
            time.sleep(0.1)
        else:
            return
    pytest.fail(log.read_text())


class Line:
    """A connection to the site that can be cut: what a browser says of being offline, its own workers may not heed."""

    def __init__(self, address: str) -> None:
        self._site = (urlsplit(address).hostname, urlsplit(address).port)
        self._port = _free_port()
        self._ends: list[socket.socket] = []
        self._listener: socket.socket
        self.address = f"http://127.0.0.1:{self._port}"
        self.mend()

    def mend(self) -> None:
        """Answer again, at the same address."""
        self._listener = socket.create_server(("127.0.0.1", self._port))
        threading.Thread(target=self._answer, args=(self._listener,), daemon=True).start()

    def cut(self) -> None:
        """Drop whatever is under way, and refuse what is asked from now on."""
        # Closing alone would leave the thread waiting, and with it the address taken.
        for end in (self._listener, *self._ends):
            with contextlib.suppress(OSError):  # it may be down already
                end.shutdown(socket.SHUT_RDWR)
            end.close()
        self._ends.clear()

    def _answer(self, listener: socket.socket) -> None:
        with contextlib.suppress(OSError):  # the line is cut
            while True:
                near, far = listener.accept()[0], socket.create_connection(self._site)
                self._ends += [near, far]
                for one, other in ((near, far), (far, near)):
                    threading.Thread(target=self._carry, args=(one, other), daemon=True).start()

    def _carry(self, one: socket.socket, other: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while data := one.recv(65536):
                other.sendall(data)
            other.shutdown(socket.SHUT_WR)


@pytest.fixture
def line(site: Site) -> Iterator[Line]:
    """Another address of the site, whose connection can be cut."""
    found = Line(site.address)
    yield found
    found.cut()


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """Debian's Chromium, without a window."""
    if not CHROMIUM:
        if REQUIRED:
            pytest.fail("required but not there: a Chromium")
        pytest.skip("left out: no Chromium was found")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=QUIET)
        yield browser
        browser.close()


@dataclass
class Visit:
    """One person's browser, and what it did."""

    page: Page
    context: BrowserContext
    address: str
    line: Line | None = None
    foreign: list[str] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)

    def lose_connection(self) -> None:
        """Nothing goes out any more, and the browser knows."""
        assert self.line
        self.line.cut()
        self.context.set_offline(True)

    def find_connection(self) -> None:
        """The connection is back, and the browser knows."""
        assert self.line
        self.line.mend()
        self.context.set_offline(False)

    def open(self, path: str) -> Page:
        """Go to a page of the site, which must be there."""
        answer = self.page.goto(self.address + path if path.startswith("/") else path)
        assert answer is not None and answer.status < 400, (path, answer and answer.status)
        return self.page

    def follow(self, control: str | Locator) -> Page:
        """Click what leads to another page, and wait until that page is whole.

        A click returns when the next document has begun, and a look at it then may find it empty.
        """
        with self.page.expect_navigation():
            (self.page.locator(control) if isinstance(control, str) else control).click()
        return self.page

    def check(self) -> None:
        """The page fits its window, asks no other host, breaks no policy, and axe finds nothing serious."""
        page = self.page
        too_wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert too_wide <= 0, f"{page.url} scrolls sideways by {too_wide} px"
        page.evaluate(AXE.read_text())
        found: list[dict[str, Any]] = page.evaluate("axe.run().then(r => r.violations)")
        serious = [
            (v["id"], [n["html"][:160] for n in v["nodes"][:3]])
            for v in found
            if v["impact"] in {"serious", "critical"}
        ]
        assert serious == [], page.url
        assert self.foreign == []
        assert self.complaints == []


@pytest.fixture
def visit(chromium: Browser, site: Site) -> Iterator[Callable[..., Visit]]:
    """Open a browser: `visit("zh", PHONE, javascript=False)`."""
    visits: list[Visit] = []

    def begin(
        lang: str = "en",
        viewport: dict[str, int] | None = None,
        *,
        javascript: bool = True,
        through: Line | None = None,
        user_agent: str | None = None,
    ) -> Visit:
        address = through.address if through else site.address
        context = chromium.new_context(
            viewport=viewport or WIDE,  # type: ignore[arg-type]
            locale={"en": "en-GB", "zh": "zh-CN"}[lang],
            java_script_enabled=javascript,
            user_agent=user_agent,
            has_touch=(viewport or WIDE)["width"] < 500,
        )
        page = context.new_page()
        found = Visit(page, context, address, through)
        home = urlsplit(address).netloc
        page.on("request", lambda r: found.foreign.append(r.url) if _is_foreign(r.url, home) else None)
        page.on("console", lambda m: found.complaints.append(m.text) if m.type == "error" else None)
        page.on("pageerror", lambda error: found.complaints.append(str(error)))
        visits.append(found)
        return found

    yield begin
    for found in visits:
        found.context.close()
        assert found.foreign == []


def _is_foreign(address: str, home: str) -> bool:
    parts = urlsplit(address)
    return parts.scheme in {"http", "https", "ws", "wss"} and parts.netloc != home

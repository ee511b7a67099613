"""A real browser and server, and two rules: nothing leaves this machine, no script complains."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, sync_playwright

from scripts import fetch_hub
from scripts.running_site import Site, running_site
from tests.e2e.people import ACME, Member
from tests.required import missing

WAIT = 15_000
#: zod inside the hub probes for eval, which our policy refuses; it falls back
#: (StackOne notes §20.5).
EVAL_PROBE = "'unsafe-eval' is not an allowed source"

#: The settings of a site for many tests.
SHARED = "tests.e2e.shared_settings"


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--screenshots", metavar="FOLDER", help="where to save the README's pictures")


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    names = (os.environ.get("CHROMIUM", ""), "chromium", "chromium-browser", "google-chrome")
    path = next(filter(None, (shutil.which(name) for name in names if name)), None)
    if path is None:
        missing(
            "A browser's tests need Chromium (apt-get install chromium, or name one in the "
            "environment variable CHROMIUM)"
        )
    if not fetch_hub.is_there():
        missing("A browser's tests need StackOne's hub (install Node 20, then `make hub`)")
    arguments = [
        "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
        "--disable-background-networking",
        "--disable-component-update",
        "--no-first-run",
    ]
    if os.geteuid() == 0:
        arguments.append("--no-sandbox")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=arguments)
        yield browser
        browser.close()


@pytest.fixture
def site() -> Iterator[Site]:
    """The example on a database of its own, so that every test starts with nothing connected."""
    with running_site() as running:
        yield running


class Watch:
    """What a browser asked for and what its scripts complained about."""

    def __init__(self) -> None:
        self.elsewhere: list[str] = []
        self.complaints: list[str] = []
        #: Parts of console messages that are no complaint; a test may add what it provokes.
        self.expected = [EVAL_PROBE]

    def over(self, context: BrowserContext) -> None:
        context.on("request", lambda request: self._request(request.url))
        context.on("console", self._console)
        context.on("weberror", lambda error: self.complaints.append(str(error.error)))

    def _request(self, url: str) -> None:
        parts = urlsplit(url)
        if parts.scheme in {"http", "https", "ws", "wss"} and parts.hostname != "127.0.0.1":
            self.elsewhere.append(url.split("?", maxsplit=1)[0])

    def _console(self, message: ConsoleMessage) -> None:
        expected = any(part in message.text for part in self.expected)
        if message.type in {"error", "warning"} and not expected:
            self.complaints.append(message.text)


@pytest.fixture
def watch() -> Iterator[Watch]:
    """Fails the test for any request to another host and for any complaint in a console."""
    watching = Watch()
    yield watching
    assert watching.elsewhere == [], "requests to other hosts"
    assert watching.complaints == [], "complaints in the console"


def state_of_a_member(chromium: Browser, site: Site) -> Any:
    """What the browser of Acme's member keeps once signed in, for contexts to begin with."""
    context = chromium.new_context(base_url=site.url)
    context.set_default_timeout(2 * WAIT)
    Member(context.new_page()).sign_in(ACME)
    state = context.storage_state()
    context.close()
    return state


@pytest.fixture
def new_page(chromium: Browser, site: Site, watch: Watch) -> Iterator[Callable[..., Page]]:
    """Opens a page in a browser profile of its own; keywords are those of a browser context."""
    contexts: list[BrowserContext] = []

    def open_page(**options: Any) -> Page:
        context = chromium.new_context(base_url=site.url, **options)
        contexts.append(context)
        context.set_default_timeout(WAIT)
        watch.over(context)
        return context.new_page()

    yield open_page
    for context in contexts:
        context.close()


@pytest.fixture
def picture(request: pytest.FixtureRequest) -> Callable[..., None]:
    """Saves a picture of the page in that height, when pictures are asked for."""
    folder = request.config.getoption("--screenshots")

    def save(page: Page, name: str, height: int, width: int = 1280) -> None:
        if folder:
            page.set_viewport_size({"width": width, "height": height})
            page.evaluate("scrollTo(0, 0)")
            page.screenshot(path=Path(str(folder)) / f"{name}.png")

    return save

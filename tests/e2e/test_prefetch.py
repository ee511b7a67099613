"""How long a press takes until the form can be used, with a pointer or the focus there before."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from playwright.sync_api import Browser, Locator, Page, Request, expect

from scripts.running_site import Site, running_site
from tests.e2e.conftest import SHARED, state_of_a_member

pytestmark = pytest.mark.e2e

#: A line of 10 Mbit/s with 40 ms there and back, in bytes a second.
LINE = {
    "offline": False,
    "latency": 40,
    "downloadThroughput": 1_250_000,
    "uploadThroughput": 1_250_000,
}


@dataclass(frozen=True)
class Opener:
    """A page, one of its buttons, and where the form appears."""

    address: str
    button: str
    script: str
    hub: str


OPENERS = {
    "a provider's button of the page": Opener(
        "/", ".stackone-provider >> nth=0", "vendor/stackone-hub.js", "stackone-hub"
    ),
    "the element's own button": Opener(
        "/", "stackone-connect button >> nth=0", "vendor/stackone-hub.js", "stackone-hub"
    ),
    "a button of the React page": Opener(
        "/react/", ".shortcuts button >> nth=0", "react/assets/index", "#connect [part=hub]"
    ),
}


@pytest.fixture(scope="module")
def site() -> Iterator[Site]:
    with running_site(SHARED) as running:
        yield running


@pytest.fixture(scope="module")
def signed_in(chromium: Browser, site: Site) -> Any:
    return state_of_a_member(chromium, site)


class Measured:
    """One page with an empty cache, on a line of that speed."""

    def __init__(self, page: Page, opener: Opener) -> None:
        self.page, self.opener = page, opener
        self.scripts: list[Request] = []
        page.on("request", self._request)
        page.context.new_cdp_session(page).send("Network.emulateNetworkConditions", LINE)
        page.goto(opener.address)
        self.button: Locator = page.locator(opener.button)
        expect(self.button).to_be_visible()
        page.wait_for_load_state("networkidle")
        self.scripts.clear()

    def _request(self, request: Request) -> None:
        if self.opener.script in request.url:
            self.scripts.append(request)

    def press(self) -> int:
        """Milliseconds from the press until something can be typed or chosen in the form."""
        hub = self.page.locator(self.opener.hub)
        began = time.perf_counter()
        self.button.click()
        usable = hub.locator("input:enabled, button:enabled, [role=option]").first
        expect(usable).to_be_visible()
        return round(1000 * (time.perf_counter() - began))


@pytest.mark.parametrize("name", OPENERS)
@pytest.mark.parametrize("before", ["hover", "focus"])
def test_the_hub_is_there_before_the_press(
    new_page: Callable[..., Page],
    signed_in: Any,
    capsys: pytest.CaptureFixture[str],
    name: str,
    before: str,
) -> None:
    cold = Measured(new_page(storage_state=signed_in), OPENERS[name])
    without = cold.press()
    assert len(cold.scripts) == 1

    warm = Measured(new_page(storage_state=signed_in), OPENERS[name])
    with warm.page.expect_request_finished(lambda request: warm.opener.script in request.url):
        getattr(warm.button, before)()
    warm.page.wait_for_load_state("networkidle")
    warm.scripts.clear()
    within = warm.press()
    assert warm.scripts == []
    with capsys.disabled():
        sys.stdout.write(f"\n{name}: {without} ms from the press, {within} ms after {before}\n")

"""The sandbox's control page in a browser: it keeps itself up to date and keeps the focus."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import requests
from playwright.sync_api import Page, expect

from scripts.running_site import Site

pytestmark = pytest.mark.e2e


def connect(site: Site, owner: str) -> None:
    session = requests.post(
        f"{site.url}/sandbox/connect_sessions",
        json={"origin_owner_id": owner, "origin_owner_name": owner},
        auth=("sandbox-key", ""),
        timeout=10,
    ).json()
    requests.post(
        f"{site.url}/sandbox/hub/accounts",
        json={
            "integration_id": "sandbox-bamboohr",
            "credentials": {"subdomain": "acme", "api_key": "a-secret-of-acme"},
        },
        headers={"x-hub-session-token": session["token"]},
        timeout=10,
    ).raise_for_status()


@pytest.mark.parametrize("width", [375, 1280])
def test_a_demonstration_is_driven_from_one_screen(
    site: Site, new_page: Callable[..., Page], width: int
) -> None:
    page = new_page(viewport={"width": width, "height": 800})
    page.goto("/sandbox/")
    expect(page.get_by_text("No accounts yet")).to_be_visible()
    connect(site, "Acme")
    page.get_by_role("button", name="Break bamboohr of Acme").focus()
    page.keyboard.press("Enter")
    repair = page.get_by_role("button", name="Repair bamboohr of Acme")
    expect(repair).to_be_focused()
    expect(page.get_by_role("status")).to_have_text("Done.")
    page.get_by_role("button", name="429, wait 20 s").click()
    aim = "Remove: 429 with Retry-After, 20 s, POST /connect_sessions"
    expect(page.get_by_role("button", name=aim)).to_be_visible()
    refused = requests.post(
        f"{site.url}/sandbox/connect_sessions", json={}, auth=("sandbox-key", ""), timeout=10
    )
    assert refused.status_code == 429
    expect(page.get_by_role("button", name="Remove: ")).to_have_count(0)
    assert page.evaluate("document.documentElement.scrollWidth") == width


def test_it_stays_as_it_is_when_told_so(site: Site, new_page: Callable[..., Page]) -> None:
    page = new_page()
    page.clock.install()
    page.goto("/sandbox/")
    page.get_by_label("Refresh automatically").uncheck()
    connect(site, "Acme")
    page.clock.run_for(10_000)
    expect(page.get_by_text("No accounts yet")).to_be_visible()
    page.get_by_label("Refresh automatically").check()
    expect(page.get_by_role("button", name="Break bamboohr of Acme")).to_be_visible()

"""While a limit of ours lasts, the button that was pressed says for how long."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.axe import serious
from tests.e2e.conftest import Watch
from tests.e2e.people import ACME, Member

pytestmark = pytest.mark.e2e

#: Asks for sessions until the organization's minute is used up.
USE_UP = """async () => {
    const token = document.cookie.match(/csrftoken=([^;]+)/)[1];
    const headers = { "Content-Type": "application/json", "X-CSRFToken": token };
    const options = { method: "POST", headers, body: "{}" };
    for (let status = 0; status !== 429;) {
        ({ status } = await fetch("/api/stackone/connect-sessions/", options));
    }
}"""


def test_a_limit_is_counted_down_on_the_button_of_the_question(
    new_page: Callable[..., Page], watch: Watch
) -> None:
    watch.expected.append("429")
    member = Member(new_page(viewport={"width": 390, "height": 844}))
    page = member.page
    member.sign_in(ACME)
    member.connect_bamboohr()
    member.manage("Disconnect", "BambooHR")
    page.evaluate(USE_UP)
    page.clock.install()
    button = member.question.get_by_role("button", name="Disconnect")
    button.click()
    expect(member.question.get_by_role("alert").first).to_contain_text("Try again in")
    expect(button).to_have_attribute("data-stackone-wait", re.compile(r"^\d+ sec$"))
    expect(button).to_have_accessible_name(re.compile(r"^Disconnect\s+\(\d+ sec\)\s*$"))
    expect(button).to_be_disabled()
    assert serious(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") == 390
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.method))
    button.click(force=True)
    page.keyboard.press("Enter")
    assert asked == []
    page.clock.set_system_time(datetime.now(UTC) - timedelta(hours=1))  # by the computer itself
    page.clock.fast_forward("01:00")
    expect(button).not_to_have_attribute("data-stackone-wait", re.compile(""))
    expect(member.question.get_by_text("Try again in")).to_have_count(0)
    expect(button).to_be_enabled()
    member.question.get_by_role("link", name="Keep it").click()

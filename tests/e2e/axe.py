"""Deque's axe, which the React page's development packages bring along, over a page of ours."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page

from scripts.running_site import ROOT

AXE = ROOT / "example_project/frontend/node_modules/axe-core/axe.min.js"

_IN_TRANSITION = """document.getAnimations().some(
    (one) => one instanceof CSSTransition && one.playState === "running"
)"""


def serious(page: Page) -> list[str]:
    """Serious and critical findings; what it finds in StackOne's element is StackOne's.

    StackOne notes §20.6. It comes by evaluation, which the page's policy does not bar.
    """
    if not AXE.exists():
        pytest.exit("The browser tests need axe: install Node 20, then `make frontend`.", 1)
    page.evaluate(AXE.read_text(encoding="utf-8"))
    for _ in range(20):  # a color on its way to another has no contrast of its own
        if not page.evaluate(_IN_TRANSITION):
            break
        page.wait_for_timeout(50)
    found = page.evaluate("axe.run({ exclude: [['stackone-hub']] })")
    return [
        f"{finding['id']}: {node['target']} {node['failureSummary']}"
        for finding in found["violations"]
        if finding["impact"] in {"serious", "critical"}
        for node in finding["nodes"]
    ]

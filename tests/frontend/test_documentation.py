"""``docs/frontend.md`` says what is there."""

from __future__ import annotations

import inspect
import re
from pathlib import Path

import pytest
from django.conf import settings

from scripts import fetch_hub
from stackone_connect.pages.hub import HUB_SCRIPT
from stackone_connect.templatetags import stackone_connect as tags
from tests.frontend.policy import POLICY

ROOT = Path(settings.BASE_DIR)
PAGE = (ROOT / "docs/frontend.md").read_text()
FRONTEND = ROOT / "frontend/src"


def table(first: str) -> str:
    """The first column of the table that begins with this head."""
    rows = PAGE[PAGE.index(f"| {first} |") :].split("\n\n")[0].splitlines()[2:]
    return "\n".join(row.split("|")[1] for row in rows)


def test_every_argument_of_the_tag_is_documented() -> None:
    arguments = set(inspect.signature(tags.stackone_connect).parameters) - {"context"}
    assert set(re.findall(r"`(\w+)`", table("argument"))) == arguments


def test_every_attribute_of_the_element_is_documented() -> None:
    sources = "".join(path.read_text() for path in (FRONTEND / "element").glob("*.ts"))
    names = set(re.findall(r'(?:this|element)\.(?:get|has)Attribute\("([a-z-]+)"', sources))
    by_hand = {name for name in names if f"`{name}`" in PAGE}
    arguments = set(re.findall(r"`(\w+)`", table("argument"))) - {"text", "namespace", "captured"}
    assert {name.replace("-", "_") for name in names - by_hand} <= arguments


def test_every_event_is_documented() -> None:
    state = (FRONTEND / "core/state.ts").read_text()
    emitted = set(re.findall(r'\{ name: "(\w+)"', state)) - {"changed"}
    emitted |= set(re.findall(r'#dispatch\("(\w+)"', (FRONTEND / "element/index.ts").read_text()))
    assert set(re.findall(r"`stackone-connect:(\w+)`", table("event"))) == emitted


def test_every_part_and_every_property_is_documented() -> None:
    view = (FRONTEND / "core/view.ts").read_text()
    parts = re.findall(r'part: "([^"$]+)"', view) + re.findall(r'button\("([a-z ]+)"', view)
    missing = {part for part in " ".join(parts).split() if f"`{part}`" not in PAGE}
    properties = set(
        re.findall(r"--stackone-connect-[\w-]+", (FRONTEND / "core/styles.ts").read_text())
    )
    missing |= {name for name in properties if name not in PAGE}
    assert missing == set()


def test_every_reason_to_leave_is_documented() -> None:
    state = (FRONTEND / "core/state.ts").read_text()
    union = state[state.index("export type ExitReason") : state.index("/** An error to show")]
    assert set(re.findall(r'\| "(\w+)"', union)) == set(re.findall(r"`(\w+)`", table("reason")))


def test_every_option_of_the_hook_is_documented() -> None:
    hook = (FRONTEND / "react/useConnectSession.ts").read_text()
    options = hook[hook.index("interface ConnectOptions") : hook.index("interface ConnectSession")]
    names = set(re.findall(r"^  (\w+)\??:", options, re.MULTILINE))
    assert set(re.findall(r"`(\w+)`", table("option"))) == names


def test_the_policy_is_what_the_browser_tests_run_under() -> None:
    found = re.search(r"^    script-src[^\n]+\n[^\n]+", PAGE, re.MULTILINE)
    assert found is not None
    documented = {line.split()[0]: set(line.split()[1:]) for line in found[0].split(";")}
    tested = {line.split()[0]: set(line.split()[1:]) for line in POLICY.split(";")}
    assert documented["script-src"] == {"'self'"}
    for name in ("connect-src", "img-src", "font-src", "style-src"):
        assert tested[name] <= documented[name]


@pytest.mark.parametrize("named", [HUB_SCRIPT, fetch_hub.PACKAGE])
def test_the_hub_is_fetched_and_found_as_documented(named: str) -> None:
    assert named in PAGE

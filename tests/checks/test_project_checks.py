"""What the checks say of a StackOne project's address, secrets and account type."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import override_settings

from tests.checks.test_host_checks import configured, ids

LONG = "whsec_0123456789abcdef"


@pytest.mark.parametrize("host", ["api.stackone.com", "API.StackOne.com.", "api.eu1.stackone.com"])
def test_stackone_over_plain_http_is_refused(host: str) -> None:
    with configured(BASE_URL=f"http://{host}"):
        assert "stackone_connect.E008" in ids()
    with configured(BASE_URL=f"https://{host}"):
        assert "stackone_connect.E008" not in ids()


@pytest.mark.parametrize(
    ("address", "warned"),
    [
        ("http://gateway.internal", True),
        ("http://10.0.0.7:8000", True),
        ("https://gateway.internal", False),
        ("http://127.0.0.1:8000/sandbox", False),
        ("http://[::1]:8000", False),
        ("http://localhost:8000/sandbox", False),
        ("http://demo.localhost", False),
    ],
)
def test_another_host_over_plain_http_is_warned_of_unless_it_is_this_machine(
    address: str, warned: bool
) -> None:
    with configured(BASE_URL=address):
        assert ("stackone_connect.W007" in ids(deploy=True)) is warned
        assert "stackone_connect.W007" not in ids()


@pytest.mark.parametrize(
    ("secrets", "warned"),
    [
        (["x"], True),
        ([LONG, "short"], True),
        (["  x" + " " * 20], True),
        ([LONG], False),
        ([], False),
        (lambda: ["x"], False),
    ],
)
def test_a_secret_that_can_be_guessed_is_warned_of(secrets: Any, warned: bool) -> None:
    with configured(WEBHOOK_SECRETS=secrets):
        assert ("stackone_connect.W008" in ids(deploy=True)) is warned


@pytest.mark.parametrize(
    ("change", "warned"),
    [
        ({"ACCOUNT_TYPE": "test"}, True),
        ({"ACCOUNT_TYPE": "test", "OWNER_ID": lambda organization: "dev-1"}, False),
        ({"ACCOUNT_TYPE": "test", "BASE_URL": "http://127.0.0.1:8000/sandbox"}, False),
        ({"ACCOUNT_TYPE": "production"}, False),
    ],
)
def test_test_accounts_under_primary_keys_are_warned_of(
    change: dict[str, Any], warned: bool
) -> None:
    with configured(**{"BASE_URL": "https://api.stackone.com", **change}):
        assert ("stackone_connect.W006" in ids()) is warned


def test_a_laptop_with_the_default_type_passes_and_is_warned_of_shared_ids() -> None:
    with override_settings(DEBUG=True), configured(BASE_URL="https://api.stackone.com"):
        found = ids()
    assert "stackone_connect.E005" not in found
    assert "stackone_connect.W006" in found


def test_each_project_is_looked_at() -> None:
    projects = {
        "eu": {"API_KEY": "a", "WEBHOOK_SECRETS": [LONG]},
        "us": {"API_KEY": "b", "BASE_URL": "http://api.stackone.com"},
    }
    with configured(PROJECTS=projects, PROJECT_OF=str):
        assert {"stackone_connect.E008", "stackone_connect.W002"} <= ids(deploy=True)

"""What the checks say of the dict itself; and that the docs leave out no id and no setting."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.core.checks import CheckMessage, run_checks
from django.core.exceptions import ImproperlyConfigured
from django.test import override_settings
from pytest_django import Settings

import stackone_connect
from scripts import settings_page
from stackone_connect import conf
from stackone_connect.conf import rules, validation
from stackone_connect.conf.projects import PROJECT_SETTINGS
from stackone_connect.conf.settings import SETTINGS
from stackone_connect.exceptions import ConfigurationError

REQUIRED = ("ORGANIZATION_MODEL", "API_KEY")
PACKAGE = Path(stackone_connect.__file__).parent
DOCS = PACKAGE.parent / "docs"
ID = re.compile(r"stackone_(?:connect|sandbox)\.[EW]\d{3}")


def errors() -> list[CheckMessage]:
    return [
        m
        for m in run_checks(tags=["stackone_connect"], databases=[])
        if (m.id or "").split(".")[1][0] == "E"
    ]


def ids() -> list[str | None]:
    return [message.id for message in errors()]


@pytest.fixture
def laptop(settings: Settings, configure: Callable[..., None]) -> Callable[..., None]:
    """``DEBUG`` is on and real accounts of StackOne's own host would be made, but for changes."""
    settings.DEBUG = True

    def configured(**changes: Any) -> None:
        configure(**{"BASE_URL": conf.STACKONE_URL, "ACCOUNT_TYPE": "production", **changes})

    return configured


def test_settings_that_are_sound_are_passed_over_in_silence() -> None:
    assert errors() == []


def test_a_project_without_the_dict_is_told_so(settings: Settings) -> None:
    del settings.STACKONE_CONNECT
    assert ids() == ["stackone_connect.E001"]


@pytest.mark.parametrize("key", REQUIRED)
def test_a_missing_required_key_is_named(configure: Callable[..., None], key: str) -> None:
    configure(**{key: None})
    [error] = errors()
    assert (error.id, error.obj) == ("stackone_connect.E001", key)
    assert key in error.msg


def test_an_unknown_key_is_named(configure: Callable[..., None]) -> None:
    configure(APIKEY="c4n4ry")
    [error] = errors()
    assert (error.id, error.obj) == ("stackone_connect.E002", "APIKEY")
    assert "APIKEY" in error.msg
    assert "c4n4ry" not in str(error)


def test_a_value_of_the_wrong_kind_is_named(configure: Callable[..., None]) -> None:
    configure(DEADLINE="c4n4ry")
    [error] = errors()
    assert (error.id, error.obj) == ("stackone_connect.E003", "DEADLINE")
    assert "c4n4ry" not in str(error)


def test_values_that_are_wrong_together_are_named(configure: Callable[..., None]) -> None:
    configure(SESSION_LIFETIME=120, MAX_SESSION_LIFETIME=90)
    assert ids() == ["stackone_connect.E003"]


def test_every_problem_of_the_dict_is_told_at_once(configure: Callable[..., None]) -> None:
    configure(API_KEY="", APIKEY="x", DEADLINE=0)
    assert sorted(ids(), key=str) == [f"stackone_connect.E00{number}" for number in (1, 2, 3)]


@pytest.mark.parametrize(
    "key",
    [
        *("ORGANIZATION_RESOLVER", "OWNER_ID", "OWNER_NAME", "ORIGIN_USERNAME"),
        *("SESSION_DEFAULTS", "BACKGROUND", "PROJECT_OF"),
    ],
)
@pytest.mark.parametrize("path", ["nowhere.at_all", "stackone_connect.conf.nothing"])
def test_a_path_that_leads_nowhere_is_named(
    configure: Callable[..., None], key: str, path: str
) -> None:
    configure(**{key: path})
    [error] = errors()
    assert error.id == "stackone_connect.E004"
    assert path in error.msg


@pytest.mark.parametrize("act", rules.ACTIONS)
def test_permissions_that_lead_nowhere_are_named(configure: Callable[..., None], act: str) -> None:
    configure(PERMISSION_CLASSES={act: ["rest_framework.permissions.IsAdminUser", "a.B"]})
    assert ids() == ["stackone_connect.E004"]


@pytest.mark.parametrize("key", ["OWNER_ID", "BACKGROUND", "SESSION_DEFAULTS"])
def test_a_path_with_empty_parts_is_a_wrong_value_and_ends_no_check(
    configure: Callable[..., None], key: str
) -> None:
    configure(**{key: ".enqueue"})
    assert ids() == ["stackone_connect.E003"]


@pytest.mark.parametrize(
    "base_url",
    [
        *("https://api.stackone.com", "https://api.stackone.com/", "https://API.StackOne.com"),
        *("https://api.stackone.com:443", "https://api.stackone.com."),
        "https://api.eu1.stackone.com",
    ],
)
def test_a_laptop_must_not_make_real_accounts(laptop: Callable[..., None], base_url: str) -> None:
    laptop(BASE_URL=base_url)
    assert ids() == ["stackone_connect.E005"]


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({"BASE_URL": "http://127.0.0.1:8000/sandbox"}, id="against the sandbox"),
        pytest.param({"BASE_URL": "https://notstackone.com"}, id="against another host"),
        pytest.param({"BASE_URL": "https://stackone.com.test"}, id="against a look-alike"),
        pytest.param({"ACCOUNT_TYPE": "test"}, id="with test accounts"),
    ],
)
def test_a_laptop_may_work(laptop: Callable[..., None], changes: dict[str, Any]) -> None:
    laptop(**changes)
    assert errors() == []


def test_a_server_makes_real_accounts(laptop: Callable[..., None], settings: Settings) -> None:
    laptop()
    settings.DEBUG = False
    assert errors() == []


def test_who_knows_better_may_silence_the_check(
    laptop: Callable[..., None], settings: Settings
) -> None:
    laptop()
    settings.SILENCED_SYSTEM_CHECKS = ["stackone_connect.E005"]
    [error] = errors()
    assert error.is_silenced()


def test_every_error_says_how_to_mend_it(
    laptop: Callable[..., None], configure: Callable[..., None]
) -> None:
    laptop(OWNER_ID="nowhere.at_all")
    found = errors()
    configure(API_KEY="", APIKEY="x", DEADLINE=0)
    found += errors()
    assert sorted(error.id or "" for error in found) == [
        f"stackone_connect.E00{number}" for number in (1, 2, 3, 4, 5)
    ]
    assert all(error.hint for error in found)


def test_a_wrong_dict_is_a_mistake_of_the_host_that_no_caller_swallows() -> None:
    assert issubclass(ConfigurationError, ImproperlyConfigured)


# --- The docs ------------------------------------------------------------------------------------


def ids_in_code() -> list[str]:
    """Every id that a check gives, from the texts in the modules of the checks."""
    modules = [*PACKAGE.glob("checks/*.py"), *PACKAGE.glob("*/checks.py")]
    return sorted(
        node.value
        for module in modules
        for node in ast.walk(ast.parse(module.read_text(encoding="utf-8")))
        if isinstance(node, ast.Constant)
        and isinstance(node.value, str)
        and ID.fullmatch(node.value)
    )


def rows(page: str) -> list[list[str]]:
    """The rows of the tables of a page, as cells, without the heads."""
    lines = (DOCS / page).read_text(encoding="utf-8").splitlines()
    found = [line.strip("| ").split(" | ") for line in lines if line.startswith("| `")]
    assert found
    return found


def test_no_two_checks_share_an_id() -> None:
    found = ids_in_code()
    assert len(found) > 5
    assert found == sorted(set(found))


def test_every_check_has_its_line_in_the_docs_and_nothing_else_has() -> None:
    assert sorted(row[0].strip("`") for row in rows("checks.md")) == ids_in_code()
    assert all(len(row) == 4 and all(row) for row in rows("checks.md"))


def test_every_setting_has_its_row_in_the_docs_and_nothing_else_has() -> None:
    assert sorted(row[0].strip("`") for row in rows("settings.md")) == sorted(SETTINGS)
    assert all(len(row) == 4 and all(row) for row in rows("settings.md"))


def test_the_page_of_the_settings_is_what_their_declarations_make_it() -> None:
    present = settings_page.FILE.read_text(encoding="utf-8")
    assert present == settings_page.page(present), "run `make docs`"


def test_the_docs_give_the_defaults_that_hold() -> None:
    documented = {row[0].strip("`"): row[2] for row in rows("settings.md")}
    for key in REQUIRED:
        assert documented.pop(key) == "required"
    assert documented.pop("PERMISSION_CLASSES") == "`IsAuthenticated` for each"
    assert documented.pop("ACCOUNT_TYPE") == '`"test"` while `DEBUG`, else `"production"`'
    assert documented.pop("PROJECTS") == "`None`"
    least = {"ORGANIZATION_MODEL": "crm.Company", "API_KEY": "key"}
    for key, default in documented.items():
        value = default.strip("`")
        is_path = value.startswith("stackone_connect.")
        given = value if is_path else ast.literal_eval(value)
        with override_settings(STACKONE_CONNECT=least):
            holder = conf.project("default") if key in PROJECT_SETTINGS else conf.read()
        holds = getattr(holder, SETTINGS[key].name)
        assert (list(holds) if isinstance(holds, tuple) else holds) == given, key
        assert validation.problems({**least, key: given}) == []

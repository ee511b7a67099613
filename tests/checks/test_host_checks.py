"""What the checks say of the host project around the app."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as django_settings
from django.core.cache.backends.base import BaseCache
from django.core.cache.backends.filebased import FileBasedCache
from django.core.cache.backends.locmem import LocMemCache
from django.core.checks import CheckMessage, run_checks
from django.db import connection
from django.test import override_settings
from rest_framework.authentication import SessionAuthentication
from rest_framework.permissions import IsAdminUser, IsAuthenticated

import stackone_connect.checks
from stackone_connect.checks.host import (
    the_default_resolver_finds_an_organization,
    the_pages_have_a_base,
)
from stackone_connect.tenancy import organization_from_user

DECIDED = {"connect": "rest_framework.permissions.IsAdminUser", "disconnect": []}
IDS = re.compile(r"stackone_connect\.[EW]\d{3}")
ROOT = Path(__file__).resolve().parents[2]


class HostsOwnLocalCache(LocMemCache):
    """A host's variation of a cache that no other process sees."""


class HostsOwnFileCache(FileBasedCache):
    """A host's variation of a cache whose ``incr`` reads and then writes."""


class OfAThirdParty(BaseCache):
    """Nobody knows how it counts."""


def configured(**changes: Any) -> override_settings:
    return override_settings(STACKONE_CONNECT={**django_settings.STACKONE_CONNECT, **changes})


def messages(*, deploy: bool = False) -> list[CheckMessage]:
    return run_checks(tags=["stackone_connect"], include_deployment_checks=deploy, databases=[])


def ids(*, deploy: bool = False) -> set[str]:
    return {message.id or "" for message in messages(deploy=deploy)}


def test_a_database_that_commits_nothing_by_itself_is_an_error(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert "stackone_connect.E016" not in ids()
    monkeypatch.setitem(connection.settings_dict, "AUTOCOMMIT", False)
    assert "stackone_connect.E016" in ids()


def test_every_id_is_given_once_and_has_one_line_in_the_docs() -> None:
    folder = Path(stackone_connect.checks.__file__).parent
    used = Counter(IDS.findall("".join(p.read_text() for p in sorted(folder.glob("*.py")))))
    assert set(used.values()) == {1}
    lines = (ROOT / "docs" / "checks.md").read_text().splitlines()
    documented = Counter(
        found for line in lines if line.startswith("|") for found in IDS.findall(line)
    )
    assert documented == used


def test_every_message_says_how_to_fix_it() -> None:
    with configured(DEADLINE=2), override_settings(REST_FRAMEWORK=NOBODY):
        found = messages(deploy=True)
    assert len(found) == 5
    assert all(message.hint for message in found)


@pytest.mark.parametrize(
    ("decided", "undecided"),
    [
        ({}, "connect and disconnect"),
        ({"read": []}, "connect and disconnect"),
        ({"connect": []}, "may disconnect accounts"),
        ({"disconnect": []}, "may connect accounts"),
    ],
)
def test_undecided_permissions_are_warned_of_by_name(
    decided: dict[str, Any], undecided: str
) -> None:
    with configured(PERMISSION_CLASSES=decided):
        [message] = [m for m in messages() if m.id == "stackone_connect.W001"]
    assert undecided in message.msg


def test_decided_permissions_are_not_warned_of() -> None:
    with configured(PERMISSION_CLASSES=DECIDED):
        assert "stackone_connect.W001" not in ids()


@pytest.mark.parametrize(
    ("user_model", "changes", "warned"),
    [
        ("auth.User", {}, True),
        ("auth.User", {"ORGANIZATION_RESOLVER": organization_from_user}, True),
        ("auth.User", {"ORGANIZATION_RESOLVER": lambda request: None}, False),
        (django_settings.AUTH_USER_MODEL, {}, False),
        ("nowhere.User", {}, False),  # signed in by other means than django.contrib.auth
    ],
)
def test_a_user_model_without_an_organization_is_warned_of(
    user_model: str, changes: dict[str, Any], warned: bool
) -> None:
    with configured(**changes), override_settings(AUTH_USER_MODEL=user_model):
        found = the_default_resolver_finds_an_organization()
    assert [each.id for each in found] == ["stackone_connect.W012"] * warned


@pytest.mark.parametrize(
    ("secrets", "warned"), [([], True), (["whsec"], False), (lambda: ["whsec"], False)]
)
def test_a_deployment_without_webhook_secret_is_warned_of(
    secrets: list[str] | Callable[[], list[str]], warned: bool
) -> None:
    with configured(WEBHOOK_SECRETS=secrets):
        assert ("stackone_connect.W002" in ids(deploy=True)) is warned


@pytest.mark.parametrize(
    ("backend", "rate", "warned"),
    [
        ("django.core.cache.backends.locmem.LocMemCache", "30/min", True),
        ("django.core.cache.backends.dummy.DummyCache", "30/min", True),
        ("tests.checks.test_host_checks.HostsOwnLocalCache", "30/min", True),
        ("django.core.cache.backends.locmem.LocMemCache", None, False),
        ("django.core.cache.backends.redis.RedisCache", "30/min", False),
        ("django.core.cache.backends.memcached.PyMemcacheCache", "30/min", False),
        ("django.core.cache.backends.db.DatabaseCache", "30/min", True),
        ("django.core.cache.backends.filebased.FileBasedCache", "30/min", True),
        ("tests.checks.test_host_checks.HostsOwnFileCache", "30/min", True),
        ("django.core.cache.backends.db.DatabaseCache", None, False),
        ("tests.checks.test_host_checks.OfAThirdParty", "30/min", False),
        ("nowhere.Cache", "30/min", False),
    ],
)
def test_a_deployment_whose_throttle_does_not_count_right_is_warned_of(
    backend: str, rate: str | None, warned: bool
) -> None:
    with (
        configured(THROTTLE_RATE=rate),
        override_settings(CACHES={"default": {"BACKEND": backend}}),
    ):
        assert ("stackone_connect.W004" in ids(deploy=True)) is warned


def test_a_laptop_is_not_nagged_about_webhooks_and_caches() -> None:
    with configured(WEBHOOK_SECRETS=[]):
        assert ids().isdisjoint({"stackone_connect.W002", "stackone_connect.W004"})


@pytest.mark.parametrize(
    ("changes", "warned"),
    [
        ({"DEADLINE": 2}, True),
        ({"DEADLINE": 3}, False),
        ({"DEADLINE": 4, "CONNECT_TIMEOUT": 4.5}, True),
        ({}, False),
    ],
)
def test_a_deadline_shorter_than_connecting_may_take_is_warned_of(
    changes: dict[str, float], warned: bool
) -> None:
    with configured(**changes):
        assert ("stackone_connect.W003" in ids()) is warned


NOBODY: dict[str, Any] = {"DEFAULT_AUTHENTICATION_CLASSES": []}


def test_a_host_without_any_authentication_class_is_warned_of() -> None:
    assert "stackone_connect.W005" not in ids()
    with override_settings(REST_FRAMEWORK=NOBODY):
        assert "stackone_connect.W005" in ids()


def test_with_classes_of_our_own_the_hosts_default_does_not_matter() -> None:
    session = "rest_framework.authentication.SessionAuthentication"
    with override_settings(REST_FRAMEWORK=NOBODY), configured(AUTHENTICATION_CLASSES=[session]):
        assert "stackone_connect.W005" not in ids()
    with configured(AUTHENTICATION_CLASSES=[]):
        [message] = [m for m in messages() if m.id == "stackone_connect.W005"]
    assert "STACKONE_CONNECT['AUTHENTICATION_CLASSES']" in message.msg


def test_an_authentication_class_that_is_not_there_is_an_error() -> None:
    with configured(AUTHENTICATION_CLASSES=["nowhere.at_all"]):
        [message] = [m for m in messages() if m.id == "stackone_connect.E004"]
    assert "nowhere.at_all" in message.msg


class NeedsMore(SessionAuthentication):
    def __init__(self, realm: str) -> None:
        self.realm = realm


_AUTHENTICATION = "rest_framework.authentication.SessionAuthentication"
_PERMISSION = "rest_framework.permissions.IsAuthenticated"


@pytest.mark.parametrize(
    "keys",
    [
        {"AUTHENTICATION_CLASSES": [_PERMISSION]},
        {"AUTHENTICATION_CLASSES": [_AUTHENTICATION, IsAuthenticated]},
        {"AUTHENTICATION_CLASSES": [NeedsMore]},
        {"AUTHENTICATION_CLASSES": [len]},
        {"PERMISSION_CLASSES": {"read": _AUTHENTICATION}},
        {"PERMISSION_CLASSES": {"disconnect": [IsAuthenticated, SessionAuthentication]}},
        {"PERMISSION_CLASSES": {"connect": "rest_framework.permissions.SAFE_METHODS"}},
    ],
    ids=str,
)
def test_a_class_that_is_another_kind_of_class_is_an_error(keys: dict[str, Any]) -> None:
    with configured(**keys):
        assert "stackone_connect.E004" in ids()


def test_permissions_put_together_and_classes_of_any_form_are_in_order() -> None:
    both = IsAuthenticated & IsAdminUser
    with configured(
        PERMISSION_CLASSES={"read": _PERMISSION, "connect": both, "disconnect": [~both]},
        AUTHENTICATION_CLASSES=[_AUTHENTICATION, SessionAuthentication],
    ):
        assert "stackone_connect.E004" not in ids()


@pytest.mark.parametrize(
    "path", ["stackone_connect.nothing.enqueue", "stackone_connect.tenancy._TEXT_LIMIT"]
)
def test_a_path_that_can_not_be_called_is_an_error_wherever_it_stands(path: str) -> None:
    for key in ("BACKGROUND", "OWNER_ID"):
        with configured(**{key: path}):
            [message] = [m for m in messages() if m.id == "stackone_connect.E004"]
            assert path in message.msg


def test_while_the_dict_itself_is_wrong_nothing_else_is_reported() -> None:
    with configured(DEADLINE=0), override_settings(REST_FRAMEWORK=NOBODY):
        assert ids(deploy=True) == {"stackone_connect.E003"}


def test_a_base_template_that_is_not_found_is_an_error(configure: Callable[..., None]) -> None:
    configure(PAGES_BASE_TEMPLATE="no/such.html")
    (found,) = the_pages_have_a_base()
    assert found.id == "stackone_connect.E009"
    assert "no/such.html" in found.msg
    configure(PAGES_BASE_TEMPLATE="base.html")
    assert the_pages_have_a_base() == []


def test_a_host_that_cannot_load_our_templates_is_not_told_about_pages_it_does_not_use(
    settings: Any, configure: Callable[..., None]
) -> None:
    settings.TEMPLATES = []
    configure(PAGES_BASE_TEMPLATE="stackone_connect/base.html")
    assert the_pages_have_a_base() == []

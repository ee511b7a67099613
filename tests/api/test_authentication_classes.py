"""``AUTHENTICATION_CLASSES``: who asks is told by these, whatever the rest of the host uses."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from rest_framework.authentication import (
    BaseAuthentication,
    BasicAuthentication,
    SessionAuthentication,
)

from example_project.accounts.models import User
from tests.api.conftest import Api, code
from tests.fakes import FakeStackOne

TOKENS_ONLY = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["rest_framework.authentication.BasicAuthentication"]
}


@pytest.fixture(autouse=True)
def _the_hosts_default_is_token_only(settings: Any) -> None:
    settings.REST_FRAMEWORK = TOKENS_ONLY


def test_without_it_the_hosts_default_counts(member: User) -> None:
    assert code(Api(member).get("accounts/")) == (401, "not_authenticated")


@pytest.mark.parametrize(
    "classes",
    [
        ["rest_framework.authentication.SessionAuthentication"],
        [SessionAuthentication],
        (BasicAuthentication, "rest_framework.authentication.SessionAuthentication"),
    ],
)
def test_with_it_the_page_that_is_signed_in_by_session_works(
    classes: Any, member: User, stackone: FakeStackOne, configure: Callable[..., None]
) -> None:
    configure(AUTHENTICATION_CLASSES=classes)
    assert Api(member).get("accounts/").status_code == 200
    assert Api(member).issue().status_code == 201


def test_a_session_needs_its_csrf_token_as_ever(
    member: User, stackone: FakeStackOne, configure: Callable[..., None]
) -> None:
    configure(AUTHENTICATION_CLASSES=[SessionAuthentication])
    answer = Api(member, enforce_csrf_checks=True).issue()
    assert code(answer) == (403, "permission_denied")


def test_the_first_class_says_how_to_sign_in(db: None, configure: Callable[..., None]) -> None:
    configure(AUTHENTICATION_CLASSES=[SessionAuthentication, BasicAuthentication])
    assert code(Api().get("accounts/")) == (403, "not_authenticated")
    configure(AUTHENTICATION_CLASSES=[BasicAuthentication])
    answer = Api().get("accounts/")
    assert (answer.status_code, answer["WWW-Authenticate"]) == (401, 'Basic realm="api"')


def test_none_at_all_is_nobody(member: User, configure: Callable[..., None]) -> None:
    configure(AUTHENTICATION_CLASSES=[])
    assert code(Api(member).get("accounts/")) == (403, "permission_denied")


class NotOne:
    """A class that is no authentication."""


class NeedsMore(BaseAuthentication):
    def __init__(self, realm: str) -> None:
        self.realm = realm


@pytest.mark.parametrize(
    "classes",
    [[NotOne], [NeedsMore], [f"{__name__}.Missing"], [len], ["no path"], "a.b", {"a.b"}, [1]],
)
def test_what_can_not_be_one_is_said_in_json(
    classes: Any, member: User, configure: Callable[..., None]
) -> None:
    configure(AUTHENTICATION_CLASSES=classes)
    http = Api(member).http
    for ask in (http.get, http.post, http.delete, http.options):
        assert code(ask("/api/stackone/accounts/")) == (502, "stackone_misconfigured")

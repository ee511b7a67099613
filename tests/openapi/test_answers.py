"""Real answers are as the schema says: no field more, none less, no code that is not named."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.db import OperationalError
from django.db.backends.utils import CursorWrapper
from jsonschema import ValidationError

from stackone_connect.exceptions import (
    StackOneBadAnswerError,
    StackOneMisconfiguredError,
    StackOneRateLimitedError,
    StackOneRejectedError,
    StackOneUnavailableError,
    UnavailableError,
)
from tests.api.conftest import Api
from tests.factories import UserFactory
from tests.fakes import FakeStackOne, Sandbox
from tests.openapi.conftest import Judge

pytestmark = pytest.mark.django_db


@pytest.fixture
def api(member: Any) -> Api:
    return Api(member)


def test_a_whole_connection_answers_as_described(api: Api, sandbox: Sandbox, judge: Judge) -> None:
    issued = judge("connect_sessions_issue", api.issue(provider="bamboohr", label="Europe"))
    read = judge("connect_sessions_retrieve", api.get(f"connect-sessions/{issued['id']}/"))
    assert read["status"] == "issued"
    account_id = sandbox.finish_hub(issued["token"])
    done = judge("connect_sessions_complete", api.complete(issued["id"], account_id))
    assert done["outcome"] == "create"
    account = judge("accounts_retrieve", api.get(f"accounts/{account_id}/"))
    assert account["status"] == "active"
    assert judge("connect_sessions_list", api.get("connect-sessions/"))["results"] == [done]
    assert judge("accounts_list", api.get("accounts/"))["results"] == [account]


def test_an_exposed_auth_link_is_described_and_answered(
    api: Api, stackone: FakeStackOne, configure: Callable[..., None], generate: Callable[..., Any]
) -> None:
    configure(EXPOSE_AUTH_LINK=True)
    judge = Judge(generate(OAS_VERSION="3.1.0"))
    assert judge("connect_sessions_issue", api.issue())["auth_link_url"].startswith("https://")
    configure(EXPOSE_AUTH_LINK=False)
    with pytest.raises(ValidationError, match="auth_link_url"):
        judge("connect_sessions_issue", api.issue())


def test_a_failed_session_and_a_broken_account_are_described(
    api: Api, stackone: FakeStackOne, owner: Any, judge: Judge
) -> None:
    broken = stackone.link(
        owner.origin_owner_id,
        status="error",
        status_reasons=[{"code": "401", "description": None, "timestamp": None}],
    )
    judge("connect_sessions_issue", api.issue(account_id=broken.account_id))
    assert judge("accounts_list", api.get("accounts/"))["results"][0]["needs_reconnect"] is True
    labelled = api.patch(f"accounts/{broken.account_id}/", {"label": "EMEA"})
    assert judge("accounts_label", labelled)["label"] == "EMEA"
    unlabelled = api.patch(f"accounts/{broken.account_id}/", {"label": None})
    assert judge("accounts_label", unlabelled)["label"] is None
    stackone.failing["create_connect_session"] = StackOneUnavailableError(retry_after=5)
    judge("connect_sessions_issue", api.issue())
    newest = judge("connect_sessions_list", api.get("connect-sessions/"))["results"][0]
    assert (newest["status"], newest["error_code"]) == ("failed", "stackone_unavailable")


def test_bad_requests_and_unknown_ids_answer_as_described(
    api: Api, stackone: FakeStackOne, judge: Judge
) -> None:
    issued = judge("connect_sessions_issue", api.issue())["id"]
    answers = [
        ("connect_sessions_issue", api.issue(origin_owner_id="globex"), "invalid"),
        ("connect_sessions_issue", api.issue(account_id="of-globex"), "account_not_found"),
        ("connect_sessions_list", api.get("connect-sessions/?status=odd"), "invalid"),
        ("connect_sessions_retrieve", api.get("connect-sessions/odd/"), "not_found"),
        ("connect_sessions_complete", api.complete("odd", "acc"), "not_found"),
        ("connect_sessions_complete", api.complete(issued, ""), "invalid"),
        ("connect_sessions_complete", api.complete(issued, "of-globex"), "account_not_found"),
        ("accounts_list", api.get("accounts/?disconnected=perhaps"), "invalid"),
        ("accounts_retrieve", api.get("accounts/of-globex/"), "account_not_found"),
        ("accounts_label", api.patch("accounts/a/", {"label": 7}), "invalid"),
        ("accounts_label", api.patch("accounts/a/", {"label": "A"}), "account_not_found"),
    ]
    assert [judge(operation, answer)["code"] for operation, answer, _ in answers] == [
        code for _, _, code in answers
    ]


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (StackOneRejectedError(), "stackone_rejected"),
        (StackOneMisconfiguredError(), "stackone_misconfigured"),
        (StackOneBadAnswerError(), "stackone_bad_answer"),
        (StackOneRateLimitedError(retry_after=7), "stackone_rate_limited"),
        (StackOneUnavailableError(retry_after=5), "stackone_unavailable"),
        (UnavailableError(), "unavailable"),
    ],
)
def test_stackones_failures_answer_as_described(
    api: Api, stackone: FakeStackOne, judge: Judge, error: Any, code: str
) -> None:
    issued = judge("connect_sessions_issue", api.issue())["id"]
    stackone.failing |= {"create_connect_session": error, "get_account": error}
    assert judge("connect_sessions_issue", api.issue())["code"] == code
    assert judge("connect_sessions_complete", api.complete(issued, "acc"))["code"] == code


def test_a_conflict_and_a_throttled_call_answer_as_described(
    api: Api,
    stackone: FakeStackOne,
    owner: Any,
    judge: Judge,
    configure: Callable[..., None],
) -> None:
    first, other = (stackone.link(owner.origin_owner_id).account_id for _ in range(2))
    issued = judge("connect_sessions_issue", api.issue(account_id=first))["id"]
    conflict = judge("connect_sessions_complete", api.complete(issued, other))
    assert conflict["code"] == "conflict"
    configure(THROTTLE_RATE="1/min")
    api.issue()
    assert judge("connect_sessions_issue", api.issue())["code"] == "throttled"


OPERATIONS = {
    "connect_sessions_issue": ("POST", "connect-sessions/"),
    "connect_sessions_list": ("GET", "connect-sessions/"),
    "connect_sessions_retrieve": ("GET", "connect-sessions/some/"),
    "connect_sessions_complete": ("POST", "connect-sessions/some/complete/"),
    "accounts_list": ("GET", "accounts/"),
    "accounts_retrieve": ("GET", "accounts/some/"),
    "accounts_label": ("PATCH", "accounts/some/"),
    "accounts_disconnect": ("DELETE", "accounts/some/"),
}


def test_every_described_operation_is_one_of_these(judge: Judge) -> None:
    operations = [o for item in judge.schema["paths"].values() for o in item.values()]
    assert {f"stackone_{name}" for name in OPERATIONS} == {o["operationId"] for o in operations}


@pytest.mark.parametrize("operation", OPERATIONS)
def test_every_operation_refuses_strangers_as_described(
    operation: str, judge: Judge, browser_at: Callable[..., Any]
) -> None:
    stranger, outsider = browser_at(None), browser_at(UserFactory.create(organization=None))
    assert judge(operation, stranger(operation))["code"] == "not_authenticated"
    assert judge(operation, outsider(operation))["code"] == "no_organization"
    refused = outsider(operation, headers={"Accept": "text/html"})
    assert judge(operation, refused)["code"] == "not_acceptable"


@pytest.mark.parametrize("operation", OPERATIONS)
def test_every_operation_meets_a_database_in_trouble_as_described(
    operation: str,
    member: Any,
    judge: Judge,
    browser_at: Callable[..., Any],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def gone(*_: Any) -> None:
        raise OperationalError("the server closed the connection unexpectedly")

    browser = browser_at(member)
    monkeypatch.setattr(CursorWrapper, "execute", gone)
    assert judge(operation, browser(operation))["code"] == "unavailable"


@pytest.mark.parametrize("operation", ["connect_sessions_issue", "connect_sessions_complete"])
def test_only_json_is_taken_as_described(
    operation: str, member: Any, judge: Judge, browser_at: Callable[..., Any]
) -> None:
    answer = browser_at(member)(operation, content_type="text/plain", data="a")
    assert judge(operation, answer)["code"] == "unsupported_media_type"


@pytest.fixture
def browser_at() -> Callable[..., Any]:
    """Calls an operation by its name, as a user or as nobody."""

    def make(user: Any) -> Callable[..., Any]:
        http = Api(user).http

        def call(operation: str, **options: Any) -> Any:
            method, path = OPERATIONS[operation]
            return http.generic(method, f"/api/stackone/{path}", **options)

        return call

    return make

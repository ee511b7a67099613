"""Every row of the table of errors, over HTTP: status, code, headers, and nothing of StackOne's."""

from __future__ import annotations

import base64
import json
import logging
from collections.abc import Callable
from typing import Any

import pytest
import responses
import time_machine
from django.core.cache import caches
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest
from django.test import Client
from rest_framework.authentication import BasicAuthentication
from rest_framework.exceptions import APIException
from rest_framework.permissions import BasePermission

from example_project.accounts.models import User
from stackone_connect.models import ConnectSession, LinkedAccount, OriginOwner
from tests.api.conftest import BASE, Api, code
from tests.factories import AccountFactory, SessionFactory, UserFactory
from tests.fakes import ANY_ADDRESS, FakeStackOne

EVERY_ADDRESS = ["connect-sessions/", "connect-sessions/x/", "accounts/", "accounts/x/"]


def is_an_error(answer: Any) -> bool:
    """The form that every error has."""
    body = json.loads(answer.content)
    assert answer["Content-Type"] == "application/json"
    assert answer["Cache-Control"] == "no-store"
    assert list(body) == ["code", "detail", *(["errors"] if body["code"] == "invalid" else [])]
    assert body["detail"].endswith(".")
    return True


# --- Who is asking ---------------------------------------------------------------------------


@pytest.mark.parametrize("address", EVERY_ADDRESS)
def test_nobody_signed_in_is_answered_with_403_where_the_host_has_no_challenge(
    address: str, db: None
) -> None:
    answer = Api().get(address)
    assert code(answer) == (403, "not_authenticated")
    assert is_an_error(answer)


class Challenging(BasicAuthentication):
    """An authentication of the host's that has a challenge."""


@pytest.mark.parametrize("address", EVERY_ADDRESS)
def test_nobody_signed_in_is_answered_with_401_and_the_hosts_challenge(
    address: str, db: None, settings: Any
) -> None:
    settings.REST_FRAMEWORK = {"DEFAULT_AUTHENTICATION_CLASSES": [f"{__name__}.Challenging"]}
    answer = Api().get(address)
    assert code(answer) == (401, "not_authenticated")
    assert answer["WWW-Authenticate"] == 'Basic realm="api"'
    bad = Api().get(address, headers={"Authorization": "Basic bm9ib2R5Om5vdGhpbmc="})
    assert code(bad) == (401, "not_authenticated")
    assert json.loads(bad.content)["detail"] == json.loads(answer.content)["detail"]


def test_nobody_signed_in_is_asked_to_sign_in_also_where_anybody_is_permitted(
    db: None, configure: Callable[..., None]
) -> None:
    anybody = "rest_framework.permissions.AllowAny"
    configure(PERMISSION_CLASSES={"read": anybody, "connect": anybody})
    assert code(Api().get("accounts/")) == (403, "not_authenticated")
    assert code(Api().issue()) == (403, "not_authenticated")


def test_a_post_without_a_csrf_token_is_refused(member: User, stackone: FakeStackOne) -> None:
    api = Api(member, enforce_csrf_checks=True)
    answer = api.issue()
    assert code(answer) == (403, "permission_denied")
    assert is_an_error(answer)
    assert "CSRF" in answer.json()["detail"]
    assert stackone.calls == []
    api.http.get("/admin/login/")  # sets the cookie
    token = api.http.cookies["csrftoken"].value
    answer = api.post("connect-sessions/", {}, headers={"X-CSRFToken": token})
    assert answer.status_code == 201


def test_a_user_without_organization_is_told_so(stackone: FakeStackOne, db: None) -> None:
    api = Api(UserFactory.create(organization=None))
    for answer in (api.get("accounts/"), api.issue(), api.complete("x", "y")):
        assert code(answer) == (403, "no_organization")
        assert is_an_error(answer)


def test_a_user_model_without_an_organization_is_a_mistake_in_the_settings(
    api: Api, monkeypatch: pytest.MonkeyPatch, lines: Callable[..., list[str]]
) -> None:
    monkeypatch.delattr(User, "organization")
    assert code(api.get("accounts/")) == (502, "stackone_misconfigured")
    assert "ORGANIZATION_RESOLVER" in lines("settings.unusable")[0]


def test_a_resolver_that_answers_something_else_is_a_mistake_in_the_settings(
    api: Api, configure: Callable[..., None], lines: Callable[..., list[str]]
) -> None:
    configure(ORGANIZATION_RESOLVER=lambda request: request.user)
    assert code(api.get("accounts/")) == (502, "stackone_misconfigured")
    assert "An organization must be a saved" in lines("settings.unusable")[0]


@pytest.mark.parametrize(
    ("error", "status", "expected"),
    [(PermissionDenied("no"), 403, "permission_denied"), (Http404("no"), 404, "not_found")],
)
def test_a_resolver_may_refuse_in_djangos_words(
    error: Exception, status: int, expected: str, api: Api, configure: Callable[..., None]
) -> None:
    def refuse(request: HttpRequest) -> None:
        raise error

    configure(ORGANIZATION_RESOLVER=refuse)
    answer = api.get("accounts/")
    assert code(answer) == (status, expected)
    assert is_an_error(answer)


class Nobody(BasePermission):
    message = "a sentence of the host's"

    def has_permission(self, request: Any, view: Any) -> bool:
        return False


@pytest.mark.parametrize("kind", ["read", "connect", "disconnect"])
def test_permissions_are_asked_by_kind_of_act(
    kind: str, api: Api, owner: OriginOwner, stackone: FakeStackOne, configure: Callable[..., None]
) -> None:
    session = SessionFactory.create(owner=owner)
    account = AccountFactory.create(owner=owner)
    configure(PERMISSION_CLASSES={kind: [Nobody]})
    acts = {
        "read": [
            api.get("connect-sessions/"),
            api.get(f"connect-sessions/{session.pk}/"),
            api.get("accounts/"),
            api.get(f"accounts/{account.account_id}/"),
        ],
        "connect": [api.issue(), api.complete(session.pk, account.account_id)],
        "disconnect": [api.http.delete(f"{BASE}accounts/{account.account_id}/")],
    }
    for act, answers in acts.items():
        for answer in answers:
            denied = answer.status_code == 403 and is_an_error(answer)
            assert denied == (act == kind)
            if denied:
                assert code(answer) == (403, "permission_denied")
                assert "host" not in answer.json()["detail"]


# --- What they ask ---------------------------------------------------------------------------

NOT_JSON = {
    "nothing of JSON": b"provider=bamboohr",
    "half an object": b'{"provider": "bamboohr"',
    "two objects": b"{}{}",
    "not a number": b'{"expires_in": NaN}',
    "infinity": b'{"expires_in": -Infinity}',
    "invalid UTF-8": b'{"label": "\xff"}',
    "UTF-16": '{"label": "a"}'.encode("utf-16"),
    "a byte order mark": b"\xef\xbb\xbf{}",
    "a list": b"[]",
    "a text": b'"bamboohr"',
    "a number": b"7",
    "null": b"null",
    "a deep nest": b"[" * 30_000 + b"]" * 30_000,
    "a deep nest of objects": b'{"a":' * 10_000 + b"1" + b"}" * 10_000,
    "a huge number": b'{"expires_in": ' + b"9" * 60_000 + b"}",
    "too large": b'{"label": "' + b"a" * 70_000 + b'"}',
    "far too large": b" " * 5_000_000 + b"{}",
}


@pytest.mark.parametrize("address", ["connect-sessions/", "connect-sessions/{id}/complete/"])
@pytest.mark.parametrize("body", NOT_JSON)
def test_a_body_that_is_no_json_object_is_refused(
    body: str, address: str, api: Api, owner: OriginOwner, stackone: FakeStackOne
) -> None:
    session = SessionFactory.create(owner=owner)
    answer = api.post(address.format(id=session.pk), NOT_JSON[body])
    assert code(answer) == (400, "invalid")
    assert is_an_error(answer)
    assert list(answer.json()["errors"]) == ["non_field_errors"]
    assert stackone.calls == []
    assert ConnectSession.objects.count() == 1


@pytest.mark.parametrize(
    "kind", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x"]
)
def test_another_media_type_is_refused(kind: str, api: Api, stackone: FakeStackOne) -> None:
    answer = api.http.post(f"{BASE}connect-sessions/", b'{"provider": "a"}', content_type=kind)
    assert code(answer) == (415, "unsupported_media_type")
    assert is_an_error(answer)
    assert stackone.calls == []


def test_a_huge_form_is_refused_in_json_all_the_same(member: User) -> None:
    api = Api(member, enforce_csrf_checks=True)
    api.http.get("/admin/login/")  # sets the cookie, so that the form is looked into
    for kind in ("application/x-www-form-urlencoded", "multipart/form-data; boundary=x"):
        answer = api.http.post(f"{BASE}connect-sessions/", b"a=1&" * 10**6, content_type=kind)
        assert answer.status_code in (400, 403, 415)
        assert is_an_error(answer)


@pytest.mark.parametrize("accept", ["text/html", "application/xml", "text/*", "image/png"])
def test_who_does_not_accept_json_is_told_in_json(accept: str, api: Api) -> None:
    answer = api.get("accounts/", headers={"Accept": accept})
    assert code(answer) == (406, "not_acceptable")
    assert is_an_error(answer)


@pytest.mark.parametrize(
    "accept",
    ["*/*", "application/json", "application/*", "text/html, */*;q=0.1", "APPLICATION/JSON"],
)
def test_who_accepts_json_gets_it(accept: str, api: Api) -> None:
    assert api.get("accounts/", headers={"Accept": accept}).status_code == 200


@pytest.mark.parametrize(
    ("method", "address"),
    [
        ("PUT", "connect-sessions/"),
        ("PATCH", "connect-sessions/"),
        ("DELETE", "connect-sessions/"),
        ("OPTIONS", "connect-sessions/"),
        ("TRACE", "connect-sessions/"),
        ("BREW", "connect-sessions/"),
        ("POST", "connect-sessions/x/"),
        ("DELETE", "connect-sessions/x/"),
        ("GET", "connect-sessions/x/complete/"),
        ("POST", "accounts/"),
        ("DELETE", "accounts/"),
        ("POST", "accounts/x/"),
    ],
)
def test_a_method_that_an_address_does_not_take_is_refused(
    method: str, address: str, api: Api
) -> None:
    if (method, address) == ("GET", "connect-sessions/x/complete/"):
        answer = api.get(address)
    else:
        answer = api.http.generic(method, f"{BASE}{address}")
    assert code(answer) == (405, "method_not_allowed")
    assert is_an_error(answer)


def test_head_is_answered_as_get_without_a_body(api: Api) -> None:
    answer = api.http.head(f"{BASE}accounts/")
    assert (answer.status_code, answer.content) == (200, b"")


MALFORMED = [
    *("1", "garbage", "..", ".", "%2e%2e", "a/b", "a%2Fb", "%00", "%0A", "a%0Ab", "%20", "%FF"),
    *("a" * 300, "%F0%9F%98%80", "{}", "'", "%25", "00000000-0000-0000-0000-00000000000g"),
    *("%EF%BB%BF", "-", "~", "a;b", "a,b"),
]


@pytest.mark.parametrize("session_id", MALFORMED)
def test_a_malformed_session_id_is_answered_as_an_unknown_one(
    session_id: str, api: Api, owner: OriginOwner, stackone: FakeStackOne
) -> None:
    unknown = api.get("connect-sessions/6b2f1a1e-3c55-4c7c-9a51-2f8a3c1f0000/")
    answer = api.get(f"connect-sessions/{session_id}/")
    assert code(answer) == (404, "not_found")
    assert answer.content == unknown.content
    assert is_an_error(answer)
    completed = api.complete(session_id, "account")
    assert completed.content == unknown.content
    assert stackone.calls == []


@pytest.mark.parametrize("account_id", MALFORMED)
def test_a_malformed_account_id_is_answered_as_an_unknown_one(
    account_id: str, api: Api, owner: OriginOwner, stackone: FakeStackOne
) -> None:
    unknown = api.get("accounts/unknown/")
    answer = api.get(f"accounts/{account_id}/")
    assert code(answer) == (404, "account_not_found")
    assert answer.content == unknown.content


@pytest.mark.parametrize("account_id", ["..", ".", "a/b", "a b", "ü", "a?b", "a%2Fb", "😀", "#"])
def test_an_account_id_that_can_be_none_never_reaches_stackone(
    account_id: str, api: Api, owner: OriginOwner, stackone: FakeStackOne
) -> None:
    session = SessionFactory.create(owner=owner)
    assert code(api.issue(account_id=account_id)) == (404, "account_not_found")
    assert code(api.complete(session.pk, account_id)) == (404, "account_not_found")
    assert stackone.calls == []
    assert ConnectSession.objects.get() == session


@pytest.mark.parametrize("account_id", ["a\x00b", "\ud800", "a" * 300, "line\nbreak"])
def test_a_completion_with_an_impossible_account_id_does_no_harm(
    account_id: str, api: Api, owner: OriginOwner, stackone: FakeStackOne
) -> None:
    session = SessionFactory.create(owner=owner)
    assert code(api.complete(session.pk, account_id)) == (404, "account_not_found")
    assert stackone.calls == []


def cursor(text: str) -> str:
    return base64.urlsafe_b64encode(text.encode("utf-8", "surrogatepass")).decode()


ODD = [
    *("%00", "a%00b", "%ED%A0%80", "%FF", "%C3%28", "%F0%9F%98%80", "'", "%5C", "%0A"),
    *("9" * 400, "a" * 5000, "-1", "NaN", "%E2%80%A8", "%EF%BB%BF"),
    *(
        cursor(text)
        for text in (
            *("p=%00", "p=\x00", "p=2026-01-31\x00", "p=\ud800", "o=99999999999999999999&p=x"),
            *("p=0001-01-01T00:00:00%2B14:00", "p=9999-12-31T23:59:59-14:00", "r=1&p=", "p=1e400"),
            *("p=2026-01-31T12:00:00%00", "o=%00", "o=-5&p=2026-01-31", "p=" + "9" * 300),
        )
    ),
]


@pytest.mark.parametrize("name", ["provider", "status", "cursor", "disconnected", "%00", "other"])
@pytest.mark.parametrize("address", ["connect-sessions/", "accounts/"])
def test_no_character_in_a_filter_or_a_cursor_breaks_a_list(
    address: str, name: str, api: Api, owner: OriginOwner
) -> None:
    SessionFactory.create(owner=owner)
    AccountFactory.create(owner=owner)
    for odd in ODD:
        answer = api.http.generic("GET", f"{BASE}{address}", QUERY_STRING=f"{name}={odd}")
        assert answer.status_code in (200, 400), odd
        assert answer["Content-Type"] == "application/json", odd


# --- How often -------------------------------------------------------------------------------


def test_an_organization_beyond_its_rate_is_told_when_to_come_again(
    api: Api,
    member: User,
    owner: OriginOwner,
    stackone: FakeStackOne,
    configure: Callable[..., None],
    browser_of: Any,
) -> None:
    configure(THROTTLE_RATE="2/min")
    colleague = browser_of(UserFactory.create(organization=member.organization))
    stranger = browser_of(UserFactory.create())
    session = SessionFactory.create(owner=owner)
    with time_machine.travel("2026-01-31T12:00:20Z", tick=False):
        api.http.force_login(member)
        colleague.http.force_login(User.objects.exclude(pk=member.pk).first())
        stranger.http.force_login(User.objects.last())
        assert api.issue(provider="a b").status_code == 400  # does not reach StackOne
        assert api.issue().status_code == 201
        assert code(colleague.complete(session.pk, "unknown")) == (404, "account_not_found")
        calls = len(stackone.calls)
        for answer in (api.issue(), colleague.issue(), api.complete(session.pk, "unknown")):
            assert code(answer) == (429, "throttled")
            assert is_an_error(answer)
            assert 60 <= int(answer["Retry-After"]) <= 61
        assert len(stackone.calls) == calls
        assert stranger.issue().status_code == 201
        assert api.get("connect-sessions/").status_code == 200
    with time_machine.travel("2026-01-31T12:01:19Z", tick=False):
        api.http.force_login(member)
        assert code(api.issue()) == (429, "throttled")
    with time_machine.travel("2026-01-31T12:01:21Z", tick=False):
        api.http.force_login(member)
        assert api.issue().status_code == 201


def test_without_a_rate_nothing_is_counted(
    api: Api, owner: OriginOwner, stackone: FakeStackOne, configure: Callable[..., None]
) -> None:
    configure(THROTTLE_RATE=None)
    assert [api.issue().status_code for _ in range(40)] == [201] * 40


@pytest.mark.parametrize("answered", [OSError("gone"), ValueError("evicted"), None])
def test_a_dead_cache_lets_calls_through_and_logs(
    answered: Any,
    api: Api,
    owner: OriginOwner,
    stackone: FakeStackOne,
    configure: Callable[..., None],
    monkeypatch: pytest.MonkeyPatch,
    lines: Callable[..., list[str]],
) -> None:
    def dead(*_: Any, **__: Any) -> Any:
        if isinstance(answered, Exception):
            raise answered
        return answered

    configure(THROTTLE_RATE="1/min")
    monkeypatch.setattr(type(caches["default"]), "incr", dead)
    assert [api.issue().status_code for _ in range(3)] == [201] * 3
    assert len(lines("throttle.cache_failed")) == 1


# --- What StackOne answers -------------------------------------------------------------------

#: StackOne's status and our answer to it while issuing; 404 differs for a completion.
STATUSES = {
    **dict.fromkeys([400, 404, 405, 409, 410, 412, 413, 418, 422, 451], (422, "stackone_rejected")),
    **dict.fromkeys([401, 403], (502, "stackone_misconfigured")),
    **dict.fromkeys([300, 301, 302, 303, 304, 307, 308], (502, "stackone_bad_answer")),
    429: (503, "stackone_rate_limited"),
    **dict.fromkeys([408, 500, 501, 502, 503, 504, 520, 599], (503, "stackone_unavailable")),
}
#: What StackOne's answer holds and ours may not.
SECRET = "a-word-of-stackones-answer"


@pytest.fixture
def answering(monkeypatch: pytest.MonkeyPatch) -> Any:
    """StackOne answers everything with one status; tries follow at once."""
    monkeypatch.setattr("stackone_connect.client.retries.sleep", lambda seconds: None)
    with responses.RequestsMock(assert_all_requests_are_fired=False) as mock:

        def answer(status: int, **more: Any) -> responses.RequestsMock:
            for method in ("GET", "POST"):
                mock.add(
                    method,
                    ANY_ADDRESS,
                    status=status,
                    **{"json": {"message": SECRET, "statusCode": status}, **more},
                )
            return mock

        yield answer


@pytest.mark.parametrize("status", STATUSES)
def test_a_status_of_stackones_while_issuing(
    status: int,
    api: Api,
    owner: OriginOwner,
    answering: Any,
    lines: Callable[..., list[str]],
    caplog: pytest.LogCaptureFixture,
) -> None:
    answering(status, headers={"x-request-id": "req-7", "Location": "https://elsewhere.test/"})
    answer = api.issue(provider="bamboohr")
    assert code(answer) == STATUSES[status]
    assert is_an_error(answer)
    assert SECRET not in answer.content.decode()
    assert ("Retry-After" in answer) == (answer.status_code == 503)
    session = ConnectSession.objects.get()
    assert (session.status, session.error_code) == ("failed", STATUSES[status][1])
    assert session.duration_ms is not None
    [line] = lines("connect_session.failed")
    assert line.endswith("request_id=req-7")
    level = next(r.levelno for r in caplog.records if r.getMessage() == line)
    refused_key = STATUSES[status][1] == "stackone_misconfigured"
    assert level == (logging.ERROR if refused_key else logging.WARNING)


@pytest.mark.parametrize("status", STATUSES)
def test_a_status_of_stackones_while_completing(
    status: int, api: Api, owner: OriginOwner, answering: Any
) -> None:
    answering(status)
    session = SessionFactory.create(owner=owner)
    before = ConnectSession.objects.values().get()
    answer = api.complete(session.pk, "account-1")
    expected = (404, "account_not_found") if status == 404 else STATUSES[status]
    assert code(answer) == expected
    assert is_an_error(answer)
    assert SECRET not in answer.content.decode()
    assert ConnectSession.objects.values().get() == before
    assert not LinkedAccount.objects.exists()


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        (None, 5),
        ("7", 7),
        ("59.2", 60),
        ("3600", 60),
        ("0", 5),
        ("-3", 5),
        ("soon", 5),
        ("Sat, 31 Jan 2026 12:00:20 GMT", 20),
        ("Fri, 30 Jan 2026 12:00:20 GMT", 5),
    ],
)
@pytest.mark.parametrize("status", [429, 503])
def test_retry_after_is_stackones_wish_within_reason(
    status: int,
    header: str | None,
    expected: int,
    api: Api,
    member: User,
    owner: OriginOwner,
    answering: Any,
    configure: Callable[..., None],
) -> None:
    configure(DEADLINE=0.5)
    answering(status, headers={"Retry-After": header} if header else {})
    with time_machine.travel("2026-01-31T12:00:00Z", tick=False):
        api.http.force_login(member)
        assert int(api.issue()["Retry-After"]) == expected


BAD_GRANTS: dict[str, dict[str, Any]] = {
    "no JSON": {"json": None, "body": "<html>ok</html>"},
    "nothing": {"json": None, "body": ""},
    "a list": {"json": [{"token": "t"}]},
    "no token": {"json": {"id": 1}},
    "an empty token": {"json": {"token": ""}},
    "a token of another type": {"json": {"token": 7}},
    "a token with a space": {"json": {"token": "a b"}},
    "over 1 MiB": {"json": {"token": "t", "more": "a" * 2**20}},
}


@pytest.mark.parametrize("grant", BAD_GRANTS)
def test_a_grant_that_can_not_be_used_is_a_bad_answer(
    grant: str, api: Api, owner: OriginOwner, answering: Any
) -> None:
    answering(201, **BAD_GRANTS[grant])
    assert code(api.issue()) == (502, "stackone_bad_answer")
    assert ConnectSession.objects.get().error_code == "stackone_bad_answer"


def test_unknown_and_retyped_fields_of_a_usable_grant_are_tolerated(
    api: Api, owner: OriginOwner, answering: Any
) -> None:
    answering(
        201,
        json={
            "token": "t",
            "id": "seven",
            "organization_id": 7,
            "created_at": 17,
            "auth_link_url": None,
            "categories": "hris",
            "latest_connection_attempt": [],
            "newer": {"than": "us"},
        },
    )
    assert api.issue().status_code == 201


def test_the_browser_sees_no_html_whatever_happens_before_our_views(db: None) -> None:
    answer = Client().get(f"{BASE}accounts/a%0Ab/")
    assert code(answer) == (403, "not_authenticated")


def test_a_body_that_does_not_say_its_length_is_refused_and_not_taken_for_empty(
    member: User, client: Client
) -> None:
    client.force_login(member)
    answer = client.generic("POST", f"{BASE}connect-sessions/", HTTP_TRANSFER_ENCODING="chunked")
    assert answer.status_code == 400
    assert answer.json()["errors"] == {"non_field_errors": ["Send a Content-Length."]}


def reads_forms(get_response: Callable[[HttpRequest], Any]) -> Callable[[HttpRequest], Any]:
    """A host's middleware that looks into forms, such as one for a field against robots."""

    def middleware(request: HttpRequest) -> Any:
        _ = request.POST
        return get_response(request)

    return middleware


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        ("multipart/form-data; boundary=x", (400, "invalid")),
        ("application/x-www-form-urlencoded", (415, "unsupported_media_type")),
        ("application/json", (404, "account_not_found")),
    ],
)
def test_a_body_that_a_middleware_has_read_is_not_taken_for_empty(
    kind: str, expected: Any, member: User, client: Client, settings: Any, stackone: FakeStackOne
) -> None:
    settings.MIDDLEWARE = [f"{__name__}.reads_forms", *settings.MIDDLEWARE]
    client.force_login(member)
    answer = client.generic("POST", f"{BASE}connect-sessions/", b'{"account_id": "x"}', kind)
    assert code(answer) == expected
    assert not ConnectSession.objects.exists()


@pytest.mark.parametrize("length", ["9" * 5000, "٣"])
def test_a_length_that_is_no_number_is_as_none(length: str, member: User, client: Client) -> None:
    client.force_login(member)
    answer = client.generic(
        "POST", f"{BASE}connect-sessions/", b"{}", "application/json", CONTENT_LENGTH=length
    )
    assert answer.status_code == 400
    assert answer.json()["errors"] == {"non_field_errors": ["Send a Content-Length."]}


class PayFirst(BasePermission):
    """A host's own way to refuse."""

    def has_permission(self, request: Any, view: Any) -> bool:
        refused = APIException("a sentence of the host's")
        refused.status_code = 402
        raise refused


def test_a_host_that_refuses_in_its_own_way_is_answered_in_ours(
    member: User, client: Client, configure: Callable[..., None]
) -> None:
    configure(PERMISSION_CLASSES={"read": PayFirst})
    client.force_login(member)
    answer = client.get(f"{BASE}accounts/")
    assert (answer.status_code, answer.json()["code"]) == (403, "permission_denied")
    assert is_an_error(answer)

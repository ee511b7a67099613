"""``connect-sessions/``: issuing, the history, one session, completion. The wire format exactly."""

from __future__ import annotations

import json
import re
from base64 import b64encode
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote, urlencode

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from example_project.accounts.models import Organization, User
from stackone_connect.api.pagination import NewestFirst
from stackone_connect.entities import ConnectionAttempt
from stackone_connect.models import ConnectSession, LinkedAccount, OriginOwner
from tests.api.conftest import Api, code
from tests.factories import AccountFactory, SessionFactory, UserFactory
from tests.fakes import FakeStackOne

ISSUED = [
    *("id", "token", "expires_at", "status", "path", "outcome", "provider", "categories"),
    *("account_id", "label", "multiple", "requested_by", "error_code", "last_attempt"),
    *("created_at", "completed_at"),
]
READ = [name for name in ISSUED if name != "token"]
NOON = datetime(2026, 1, 31, 12, tzinfo=UTC)


def ours(captured: CaptureQueriesContext) -> list[str]:
    """The queries besides Django's session, the user and the organization.

    What begins and ends a transaction, and bounds its waits, is none: it touches no table.
    """
    theirs = re.compile(r'(FROM|UPDATE|INTO) ["`](django_session|accounts_\w+)["`]')
    statements = [q["sql"] for q in captured.captured_queries if not theirs.search(q["sql"])]
    return [sql for sql in statements if "stackone_connect_" in sql]


# --- Issuing ---------------------------------------------------------------------------------


def test_an_issue_is_answered_with_201_and_exactly_these_keys_in_this_order(
    api: Api, owner: OriginOwner, stackone: FakeStackOne
) -> None:
    with time_machine.travel(NOON, tick=False):
        answer = api.issue(provider="bamboohr")
    assert answer.status_code == 201
    assert answer["Cache-Control"] == "no-store"
    assert answer["Content-Type"] == "application/json"
    body = json.loads(answer.content)
    assert list(body) == ISSUED
    assert body == {
        "id": str(ConnectSession.objects.get().pk),
        "token": "token-1",
        "expires_at": "2026-01-31T12:30:00Z",
        "status": "issued",
        "path": "create",
        "outcome": None,
        "provider": "bamboohr",
        "categories": [],
        "account_id": None,
        "label": None,
        "multiple": False,
        "requested_by": "member@acme.example",
        "error_code": None,
        "last_attempt": None,
        "created_at": "2026-01-31T12:00:00Z",
        "completed_at": None,
    }


def test_the_auth_link_is_answered_where_the_host_exposes_it(
    api: Api, owner: OriginOwner, stackone: FakeStackOne, configure: Callable[..., None]
) -> None:
    configure(EXPOSE_AUTH_LINK=True)
    body = api.issue().json()
    assert body["auth_link_url"] == "https://app.stackone.test/?token=token-1"
    read = api.get(f"connect-sessions/{body['id']}/").json()
    assert not {"token", "auth_link_url"} & read.keys()


def test_everything_the_browser_may_choose_is_answered_as_chosen(
    api: Api, owner: OriginOwner, stackone: FakeStackOne, configure: Callable[..., None]
) -> None:
    configure(ALLOW_MULTIPLE=True)
    body = api.issue(
        provider="bamboohr", category="hris", label="Büro ✓", multiple=True, expires_in=60
    ).json()
    assert (body["path"], body["categories"], body["label"], body["multiple"]) == (
        *("multiple", ["hris"], "Büro ✓"),
        True,
    )
    assert stackone.bodies[-1] == {
        "origin_owner_id": owner.origin_owner_id,
        "origin_owner_name": "Acme",
        "type": "production",
        "expires_in": 60,
        "origin_username": "member@acme.example",
        "provider": "bamboohr",
        "categories": ["hris"],
        "label": "Büro ✓",
        "multiple": True,
    }


def test_null_is_as_absent(api: Api, owner: OriginOwner, stackone: FakeStackOne) -> None:
    nothing = dict.fromkeys(
        ("provider", "category", "categories", "account_id", "label", "multiple", "expires_in")
    )
    assert api.issue(**nothing).status_code == 201
    assert api.post("connect-sessions/", b"").status_code == 201
    assert stackone.bodies[0] == stackone.bodies[1]


BAD_FIELDS: dict[str, Any] = {
    "provider": ["", 7, True, [], {}, "a b", "a/b", "..", "ü", "a" * 256, "a\n"],
    "category": ["", 7, ["hris"], "a\x00", "a\x7f", "a" * 256, "\ud800"],
    "categories": ["hris", {}, 7, [7], [None], [""], ["a"] * 21, [["hris"]], ["\x85"]],
    "account_id": ["", 7, True, ["x"], "a" * 256, "a\x00b", "\udfff"],
    "label": ["", 7, False, {}, "a" * 256, "tab\t", "\x00", "a\x9fb", "\ud800"],
    "multiple": [0, 1, "true", "", [], {}],
    "expires_in": [0, 59, 1801, -60, 60.0, 60.5, "60", True, [], 10**30],
}


@pytest.mark.parametrize(
    ("field", "value"), [(name, value) for name, values in BAD_FIELDS.items() for value in values]
)
def test_a_bad_value_is_refused_under_its_field_and_leaves_nothing(
    field: str,
    value: Any,
    api: Api,
    stackone: FakeStackOne,
    configure: Callable[..., None],
) -> None:
    configure(ALLOW_MULTIPLE=True)
    answer = api.issue(**{field: value})
    assert code(answer) == (400, "invalid")
    assert list(answer.json()["errors"]) == [field]
    assert stackone.calls == []
    assert not ConnectSession.objects.exists()
    assert not OriginOwner.objects.exists()


@pytest.mark.parametrize(
    "good",
    [
        {"label": "a" * 255},
        {"label": "'; drop table --"},
        {"provider": "x" * 255},
        {"provider": "-_A.z~:@=+9"},
        {"categories": [f"c{n}" for n in range(20)]},
        {"categories": []},
        {"category": "hris-legacy"},
        {"expires_in": 60},
        {"expires_in": 1800},
        {"multiple": False},
    ],
    ids=str,
)
def test_a_value_at_the_edge_of_what_is_allowed_is_taken(
    good: dict[str, Any], api: Api, owner: OriginOwner, stackone: FakeStackOne
) -> None:
    assert api.issue(**good).status_code == 201


def test_every_bad_field_is_named_at_once(api: Api) -> None:
    errors = api.issue(provider="a b", label="", expires_in=1).json()["errors"]
    assert list(errors) == ["provider", "label", "expires_in"]


def test_unknown_fields_are_refused_not_ignored(api: Api) -> None:
    answer = api.issue(provider="bamboohr", colour="red", metadata={}, origin_owner_id="1")
    assert list(answer.json()["errors"]) == ["colour", "metadata", "origin_owner_id"]


def test_a_field_whose_name_is_no_text_of_unicode_is_refused_all_the_same(api: Api) -> None:
    answer = api.post("connect-sessions/", b'{"\\ud800": 1}')
    assert code(answer) == (400, "invalid")
    assert list(answer.json()["errors"]) == ["\ud800"]


def test_category_and_categories_together_are_refused(api: Api) -> None:
    answer = api.issue(category="hris", categories=["hris"])
    assert list(answer.json()["errors"]) == ["category"]


def test_only_offered_providers_and_categories_are_taken(
    api: Api, owner: OriginOwner, stackone: FakeStackOne, configure: Callable[..., None]
) -> None:
    configure(PROVIDERS=["bamboohr"], CATEGORIES=["hris", "ats"])
    assert list(api.issue(provider="gusto").json()["errors"]) == ["provider"]
    assert list(api.issue(category="crm", provider="bamboohr").json()["errors"]) == ["category"]
    assert list(api.issue().json()["errors"]) == ["provider"]
    assert api.issue(provider="bamboohr").json()["categories"] == ["hris", "ats"]
    account = stackone.link(owner.origin_owner_id)
    assert api.issue(account_id=account.account_id).status_code == 201


def test_an_issue_costs_three_queries_and_two_that_sign_the_user_in(
    api: Api, owner: OriginOwner, stackone: FakeStackOne
) -> None:
    AccountFactory.create_batch(5, owner=owner)
    with CaptureQueriesContext(connection) as captured:
        assert api.issue(provider="bamboohr").status_code == 201
    assert len(ours(captured)) == 3, ours(captured)
    table = re.compile(r'(FROM|UPDATE|INTO) ["`]')
    statements = [q["sql"] for q in captured.captured_queries if table.search(q["sql"])]
    assert len(statements) == 5, statements


# --- Reading ---------------------------------------------------------------------------------


def test_one_session_reads_without_its_token(
    api: Api, owner: OriginOwner, stackone: FakeStackOne
) -> None:
    issued = api.issue(provider="bamboohr").json()
    answer = api.get(f"connect-sessions/{issued['id']}/")
    assert answer["Cache-Control"] == "no-store"
    assert list(answer.json()) == READ
    assert answer.json() == {name: issued[name] for name in READ}


def test_a_completed_session_reads_with_what_came_of_it(
    api: Api, owner: OriginOwner, stackone: FakeStackOne
) -> None:
    session = SessionFactory.create(
        owner=owner,
        status="completed",
        outcome="update",
        account_id="account-of-it",
        requested_account_id="asked-for",
        attempt_status="error",
        attempt_code="access_denied",
        completed_at=NOON,
        created_at=NOON,
        requested_by_name="",
    )
    body = api.get(f"connect-sessions/{session.pk}/").json()
    assert body["account_id"] == "account-of-it"
    assert body["last_attempt"] == {"status": "error", "code": "access_denied"}
    assert body["completed_at"] == "2026-01-31T12:00:00Z"
    assert body["requested_by"] is None


def test_the_requesters_name_is_kept_when_the_user_is_gone(
    api: Api, owner: OriginOwner, member: User, stackone: FakeStackOne, browser_of: Any
) -> None:
    colleague = UserFactory.create(username="leaver@acme.example", organization=member.organization)
    issued = browser_of(colleague).issue().json()
    colleague.delete()
    body = api.get(f"connect-sessions/{issued['id']}/").json()
    assert body["requested_by"] == "leaver@acme.example"


def test_an_attempt_without_a_code_reads_null(api: Api, owner: OriginOwner) -> None:
    session = SessionFactory.create(owner=owner, attempt_status="pending")
    body = api.get(f"connect-sessions/{session.pk}/").json()
    assert body["last_attempt"] == {"status": "pending", "code": None}


def test_an_issued_session_past_its_time_reads_expired(api: Api, owner: OriginOwner) -> None:
    session = SessionFactory.create(owner=owner)
    assert session.expires_at is not None
    with time_machine.travel(session.expires_at - timedelta(seconds=1), tick=False):
        assert read_by_anyone(api, session)["status"] == "issued"
    with time_machine.travel(session.expires_at, tick=False):
        assert read_by_anyone(api, session)["status"] == "expired"


def read_by_anyone(api: Api, session: ConnectSession) -> dict[str, Any]:
    """Read a session in a browser that signs in anew, for times when the cookie has run out."""
    api.http.force_login(User.objects.get())
    body: dict[str, Any] = api.get(f"connect-sessions/{session.pk}/").json()
    return body


def test_the_history_is_newest_first_in_pages_of_fifty(api: Api, owner: OriginOwner) -> None:
    made = [
        SessionFactory.create(owner=owner, created_at=NOON + timedelta(seconds=n // 3))
        for n in range(101)
    ]
    pages, address = [], "/api/stackone/connect-sessions/"
    while address:
        answer = api.http.get(address)
        assert list(answer.json()) == ["next", "previous", "results"]
        assert answer["Cache-Control"] == "no-store"
        pages.append(answer.json()["results"])
        address = answer.json()["next"]
    assert [len(page) for page in pages] == [50, 50, 1]
    assert list(pages[0][0]) == READ
    seen = [item["id"] for page in pages for item in page]
    assert sorted(seen) == sorted(str(session.pk) for session in made)
    times = [item["created_at"] for page in pages for item in page]
    assert times == sorted(times, reverse=True)


def test_pages_lead_back(api: Api, owner: OriginOwner) -> None:
    SessionFactory.create_batch(60, owner=owner)
    first = api.get("connect-sessions/").json()
    second = api.http.get(first["next"]).json()
    assert first["previous"] is None
    assert api.http.get(second["previous"]).json()["results"] == first["results"]


@pytest.mark.parametrize("address", ["connect-sessions/", "accounts/"])
def test_a_list_costs_the_same_however_long_it_is(
    address: str, api: Api, owner: OriginOwner
) -> None:
    SessionFactory.create(owner=owner)
    AccountFactory.create(owner=owner)
    api.get(address)
    with CaptureQueriesContext(connection) as few:
        api.get(address)
    SessionFactory.create_batch(60, owner=owner)
    AccountFactory.create_batch(60, owner=owner)
    with CaptureQueriesContext(connection) as many:
        assert len(api.get(address).json()["results"]) == 50
    assert len(ours(few)) == len(ours(many)) == 2


@pytest.mark.parametrize("address", ["connect-sessions/", "accounts/"])
@pytest.mark.parametrize("page_size", ["1", "1000"])
def test_the_browser_does_not_choose_the_page_size(
    page_size: str, address: str, api: Api, owner: OriginOwner
) -> None:
    SessionFactory.create_batch(51, owner=owner)
    AccountFactory.create_batch(51, owner=owner)
    found = api.get(address, data={"page_size": page_size, "limit": page_size}).json()
    assert len(found["results"]) == 50


def test_the_history_is_empty_before_anything_was_connected(api: Api) -> None:
    empty: dict[str, Any] = {"next": None, "previous": None, "results": []}
    assert api.get("connect-sessions/").json() == empty
    assert api.get("accounts/").json() == empty
    assert not OriginOwner.objects.exists()


def test_the_history_can_be_filtered(api: Api, owner: OriginOwner) -> None:
    made = {
        "issued": SessionFactory.create(owner=owner),
        "expired": SessionFactory.create(owner=owner, created_at=NOON),
        "failed": SessionFactory.create(owner=owner, status="failed", provider="gusto"),
        "pending": SessionFactory.create(owner=owner, status="pending", provider=""),
        "completed": SessionFactory.create(
            owner=owner, status="completed", outcome="create", account_id="a", completed_at=NOON
        ),
    }
    for status, session in made.items():
        found = api.get("connect-sessions/", data={"status": status}).json()["results"]
        assert [(item["id"], item["status"]) for item in found] == [(str(session.pk), status)]
    found = api.get("connect-sessions/", data={"provider": "gusto"}).json()["results"]
    assert [item["id"] for item in found] == [str(made["failed"].pk)]
    assert len(api.get("connect-sessions/", data={"status": ""}).json()["results"]) == 5


@pytest.mark.parametrize(
    ("address", "query"),
    [
        ("connect-sessions/", "status=gone"),
        ("connect-sessions/", "status=ISSUED"),
        ("connect-sessions/", "status=%00"),
        ("connect-sessions/", "provider=a%00"),
        ("accounts/", "disconnected=yes"),
        ("accounts/", "disconnected="),
        ("accounts/", "disconnected=True"),
    ],
)
def test_a_bad_filter_is_answered_with_400_under_its_name(
    address: str, query: str, api: Api, owner: OriginOwner
) -> None:
    answer = api.get(f"{address}?{query}")
    assert code(answer) == (400, "invalid")
    assert list(answer.json()["errors"]) == [query.partition("=")[0]]


BAD_CURSORS = [
    *("garbage", "%00", "%F0%9F%98%80", "=", "AAAA", "cD0%3D"),
    "_LEEJSyk5PCcOWyVoUitd",  # an account's id that is Base64 of ASCII by chance
    "bz0x%20",  # o=1, and more
    "cD1ub3QtYS10aW1l",  # p=not-a-time
    "cj0xJm89LTU=",  # r=1&o=-5
    "cD0wMDAxLTAxLTAxVDAwOjAwOjAwKzE0OjAw",  # p=0001-01-01T00:00:00+14:00
    "cD05OTk5LTEyLTMxVDIzOjU5OjU5LTEyOjAw",  # p=9999-12-31T23:59:59-12:00
    "bz05OTk5OTk5OTk5OTk5OTk5OTk5OTk5",  # o=9999…
    "cD0lMDA=",  # p=%00
    # The same, and as Django REST Framework writes them.
    *(
        quote(b64encode(urlencode({"p": position}).encode()))
        for position in ("not-a-time", "\0", "2026-02-30")
    ),
]


@pytest.mark.parametrize("address", ["connect-sessions/", "accounts/"])
@pytest.mark.parametrize("cursor", BAD_CURSORS)
def test_a_cursor_that_is_none_of_ours_does_no_harm(
    cursor: str, address: str, api: Api, owner: OriginOwner
) -> None:
    SessionFactory.create(owner=owner)
    AccountFactory.create(owner=owner)
    answer = api.get(f"{address}?cursor={cursor}")
    assert (code(answer), list(answer.json()["errors"])) == ((400, "invalid"), ["cursor"])


@pytest.mark.parametrize("address", ["connect-sessions/", "accounts/"])
def test_each_cursor_that_a_page_names_is_read(
    address: str, api: Api, owner: OriginOwner, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(NewestFirst, "page_size", 1)
    at_once = timezone.now()
    for _ in range(4):
        SessionFactory.create(owner=owner, created_at=at_once)
        AccountFactory.create(owner=owner, created_at=at_once)
    page = api.get(address).json()
    for direction in ("next", "previous"):
        shown = [page["results"]]
        while page[direction]:
            page = api.get(page[direction].rpartition("/stackone/")[2]).json()
            shown.append(page["results"])
        assert [len(rows) for rows in shown] == [1, 1, 1, 1]
        assert len({str(rows) for rows in shown}) == 4


@pytest.mark.parametrize(
    "position",
    [
        *("9999-12-31 23:59:59-12:00", "0001-01-01 00:00:00+14:00", "0001-01-01"),
        # Offsets beyond the 16 hours that PostgreSQL knows.
        *("2026-01-01 00:00:00+23:59", "2026-01-01 00:00:00-16:00"),
    ],
)
def test_a_cursor_of_a_time_beyond_all_others_does_no_harm(
    position: str, api: Api, owner: OriginOwner
) -> None:
    SessionFactory.create(owner=owner)
    cursor = b64encode(urlencode({"p": position}).encode()).decode()
    assert api.get("connect-sessions/?" + urlencode({"cursor": cursor})).status_code in (200, 400)


def test_an_empty_cursor_is_the_first_page(api: Api, owner: OriginOwner) -> None:
    SessionFactory.create(owner=owner)
    assert len(api.get("connect-sessions/?cursor=").json()["results"]) == 1


# --- Completing ------------------------------------------------------------------------------


def test_a_completion_answers_200_with_the_session_as_it_reads(
    api: Api, owner: OriginOwner, stackone: FakeStackOne
) -> None:
    issued = api.issue(provider="bamboohr").json()
    account = stackone.link(owner.origin_owner_id)
    stackone.attempts["1"] = ConnectionAttempt(
        status="authenticated", code="", account_id=account.account_id, at=account.created_at
    )
    answer = api.complete(issued["id"], account.account_id)
    assert answer.status_code == 200
    assert answer["Cache-Control"] == "no-store"
    assert list(answer.json()) == READ
    assert answer.json() == api.get(f"connect-sessions/{issued['id']}/").json()
    assert {k: answer.json()[k] for k in ("status", "outcome", "account_id", "last_attempt")} == {
        "status": "completed",
        "outcome": "create",
        "account_id": account.account_id,
        "last_attempt": {"status": "authenticated", "code": None},
    }
    assert LinkedAccount.objects.get().account_id == account.account_id


BAD_COMPLETIONS: list[Any] = [
    {},
    {"account_id": None},
    {"account_id": ""},
    {"account_id": 7},
    {"account_id": ["a"]},
    {"account_id": {"id": "a"}},
]


@pytest.mark.parametrize("body", BAD_COMPLETIONS, ids=str)
def test_a_completion_must_name_an_account(
    body: Any, api: Api, owner: OriginOwner, stackone: FakeStackOne
) -> None:
    session = SessionFactory.create(owner=owner)
    answer = api.post(f"connect-sessions/{session.pk}/complete/", body)
    assert code(answer) == (400, "invalid")
    assert list(answer.json()["errors"]) == ["account_id"]
    assert stackone.calls == []


def test_a_completion_takes_no_other_field(api: Api, owner: OriginOwner) -> None:
    session = SessionFactory.create(owner=owner)
    body = {"account_id": "a", "outcome": "create", "token": "x"}
    answer = api.post(f"connect-sessions/{session.pk}/complete/", body)
    assert list(answer.json()["errors"]) == ["outcome", "token"]


def test_the_hosts_defaults_of_rest_framework_change_nothing(
    api: Api, organization: Organization, owner: OriginOwner, settings: Any
) -> None:
    SessionFactory.create(owner=owner)
    before = api.get("connect-sessions/").content
    settings.REST_FRAMEWORK = {
        **settings.REST_FRAMEWORK,
        "DEFAULT_PAGINATION_CLASS": "rest_framework.pagination.LimitOffsetPagination",
        "PAGE_SIZE": 1,
        "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.BrowsableAPIRenderer"],
        "DEFAULT_PARSER_CLASSES": ["rest_framework.parsers.FormParser"],
        "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAdminUser"],
        "DEFAULT_THROTTLE_CLASSES": ["rest_framework.throttling.UserRateThrottle"],
        "DEFAULT_THROTTLE_RATES": {"user": "0/min"},
        "DEFAULT_VERSIONING_CLASS": "rest_framework.versioning.AcceptHeaderVersioning",
        "DEFAULT_VERSION": "9",
        "EXCEPTION_HANDLER": "rest_framework.views.no_such_handler",
        "DEFAULT_METADATA_CLASS": None,
        "URL_FORMAT_OVERRIDE": "format",
    }
    assert api.get("connect-sessions/").content == before
    assert api.get("connect-sessions/?format=api").content == before
    assert code(api.get("connect-sessions/garbage/")) == (404, "not_found")

"""The calls: what is sent to StackOne, and what comes of its answers."""

from __future__ import annotations

import base64
import json
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import responses

from stackone_connect import __version__
from stackone_connect.client import StackOneClient, api
from stackone_connect.clock import Deadline
from stackone_connect.exceptions import (
    AccountNotFoundError,
    ConfigurationError,
    StackOneBadAnswerError,
    StackOneError,
    StackOneMisconfiguredError,
    StackOneRateLimitedError,
    StackOneRejectedError,
    StackOneUnavailableError,
)
from tests.client.conftest import KEY
from tests.client.servers import ACCOUNT, GRANT

URL = "https://api.stackone.test"
OPEN_STATUSES = [408, 429, 500, 501, 502, 503, 504, 599]


@pytest.fixture
def stackone() -> Any:
    with responses.RequestsMock() as mock:
        yield mock


@pytest.fixture
def client(make_client: Any) -> StackOneClient:
    made: StackOneClient = make_client(URL)
    return made


def test_a_connect_session_is_asked_for_with_the_body_as_json(
    client: StackOneClient, stackone: Any
) -> None:
    stackone.post(f"{URL}/connect_sessions", json=GRANT, status=201)
    body = {"origin_owner_id": "7", "origin_owner_name": "Ümlaut & Co", "multiple": False}
    grant = client.create_connect_session(body, deadline=Deadline(5))
    assert (grant.token, grant.stackone_id) == ("the-token", "7")
    request = stackone.calls[0].request
    assert json.loads(request.body) == body
    assert request.headers["Content-Type"] == "application/json"


def test_every_request_names_us_and_carries_the_key_with_an_empty_password(
    client: StackOneClient, stackone: Any
) -> None:
    stackone.get(f"{URL}/accounts/account-1", json=ACCOUNT)
    client.get_account("account-1", deadline=Deadline(5))
    headers = stackone.calls[0].request.headers
    kind, _, credentials = headers["Authorization"].partition(" ")
    assert kind == "Basic"
    assert base64.b64decode(credentials).decode() == f"{KEY}:"
    assert headers["User-Agent"] == f"django-stackone-connect/{__version__}"
    assert headers["Accept"] == "application/json"
    assert "Content-Type" not in headers
    assert "Cookie" not in headers


def test_a_base_url_may_have_a_path_and_a_slash_at_its_end(make_client: Any, stackone: Any) -> None:
    stackone.get(f"{URL}/sandbox/accounts/account-1", json=ACCOUNT)
    account = make_client(f"{URL}/sandbox/").get_account("account-1", deadline=Deadline(5))
    assert account.account_id == "account-1"


def test_the_latest_attempt_of_a_session_is_read(client: StackOneClient, stackone: Any) -> None:
    attempt = {"id": 1, "status": "error", "oauth_error_code": "access_denied"}
    stackone.get(f"{URL}/connect_sessions/7", json={"id": 7, "latest_connection_attempt": attempt})
    found = client.latest_attempt("7", deadline=Deadline(5))
    assert found is not None
    assert (found.status, found.code) == ("error", "access_denied")


def test_a_session_without_an_attempt_has_none(client: StackOneClient, stackone: Any) -> None:
    stackone.get(f"{URL}/connect_sessions/7", json={"id": 7})
    assert client.latest_attempt("7", deadline=Deadline(5)) is None


def test_an_account_that_stackone_does_not_have_is_not_found(
    client: StackOneClient, stackone: Any
) -> None:
    stackone.get(f"{URL}/accounts/account-1", status=404, json={"message": "no"})
    with pytest.raises(AccountNotFoundError):
        client.get_account("account-1", deadline=Deadline(5))


def test_a_404_elsewhere_is_a_rejection(client: StackOneClient, stackone: Any) -> None:
    stackone.get(f"{URL}/connect_sessions/7", status=404, json={"message": "no"})
    stackone.post(f"{URL}/connect_sessions", status=404, json={"message": "no"})
    with pytest.raises(StackOneRejectedError):
        client.latest_attempt("7", deadline=Deadline(5))
    with pytest.raises(StackOneRejectedError):
        client.create_connect_session({}, deadline=Deadline(5))


@pytest.mark.parametrize("identifier", ["", ".", "..", "\ud800"])
def test_an_id_that_would_lead_elsewhere_never_leaves(
    identifier: str, client: StackOneClient, stackone: Any
) -> None:
    with pytest.raises(AccountNotFoundError):
        client.get_account(identifier, deadline=Deadline(5))
    with pytest.raises(StackOneRejectedError):
        client.latest_attempt(identifier, deadline=Deadline(5))
    assert len(stackone.calls) == 0


@pytest.mark.parametrize(
    ("identifier", "path"),
    [
        ("a/../b", "/accounts/a%2F..%2Fb"),
        ("../accounts", "/accounts/..%2Faccounts"),
        ("a?b#c", "/accounts/a%3Fb%23c"),
        ("%2e%2e", "/accounts/%252e%252e"),
        ("a\r\nX-Evil: 1", "/accounts/a%0D%0AX-Evil%3A%201"),
        ("-_~.:@=+ü", "/accounts/-_~.%3A%40%3D%2B%C3%BC"),
    ],
)
def test_an_id_stays_one_segment_of_the_path(
    identifier: str, path: str, client: StackOneClient, stackone: Any
) -> None:
    stackone.get(URL + path, json=ACCOUNT)
    client.get_account(identifier, deadline=Deadline(5))
    assert urlsplit(stackone.calls[0].request.url).path == path


def accounts(*ids: str, owner: str = "owner-1") -> list[dict[str, Any]]:
    return [{**ACCOUNT, "id": account_id, "origin_owner_id": owner} for account_id in ids]


def listed(client: StackOneClient) -> list[str]:
    found = client.accounts_of("owner-1", deadline=Deadline(5))
    return [account.account_id for account in found]


def queries(stackone: Any) -> list[dict[str, list[str]]]:
    return [parse_qs(urlsplit(call.request.url).query) for call in stackone.calls]


def test_all_pages_of_an_owners_accounts_are_read(client: StackOneClient, stackone: Any) -> None:
    for page in (accounts("a", "b"), {"data": accounts("c")}, []):
        stackone.get(f"{URL}/accounts", json=page)
    assert listed(client) == ["a", "b", "c"]
    assert queries(stackone) == [
        {"origin_owner_id": ["owner-1"], "page": [str(page)], "page_size": ["100"]}
        for page in (1, 2, 3)
    ]


def test_a_server_that_ignores_the_page_ends_the_list(
    client: StackOneClient, stackone: Any
) -> None:
    stackone.get(f"{URL}/accounts", json=accounts("a", "b"))
    assert listed(client) == ["a", "b"]
    assert len(stackone.calls) == 2


def test_pages_that_overlap_and_repeat_give_each_account_once(
    client: StackOneClient, stackone: Any
) -> None:
    for page in (accounts("a", "b", "a"), accounts("b", "c"), accounts("c")):
        stackone.get(f"{URL}/accounts", json=page)
    assert listed(client) == ["a", "b", "c"]


def test_accounts_of_another_owner_are_passed_over(client: StackOneClient, stackone: Any) -> None:
    pages = (accounts("a", owner="owner-2"), accounts("b"), accounts("b"))
    for page in pages:
        stackone.get(f"{URL}/accounts", json=page)
    assert listed(client) == ["b"]


def test_a_list_without_end_is_a_bad_answer(
    client: StackOneClient, stackone: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(api, "MAX_PAGES", 3)
    for page in ("a", "b", "c"):
        stackone.get(f"{URL}/accounts", json=accounts(page))
    with pytest.raises(StackOneBadAnswerError):
        listed(client)


def test_a_list_with_more_than_anybody_has_is_a_bad_answer_however_few_its_pages_are(
    client: StackOneClient, stackone: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(api, "MAX_ITEMS", 3)
    for page in ("ab", "bc", "c"):
        stackone.get(f"{URL}/accounts", json=accounts(*page))
    assert listed(client) == ["a", "b", "c"]
    for page in ("ab", "cd"):
        stackone.get(f"{URL}/accounts", json=accounts(*page))
    with pytest.raises(StackOneBadAnswerError):
        listed(client)
    profiles = [{"connector_key": key} for key in "abcd"]
    stackone.get(f"{URL}/connector_profiles", json=profiles)
    with pytest.raises(StackOneBadAnswerError):
        list(client.connectors(deadline=Deadline(5)))


def test_pages_are_asked_for_only_as_the_list_is_read(
    client: StackOneClient, stackone: Any
) -> None:
    stackone.get(f"{URL}/accounts", json=accounts("a", "b"))
    next(client.accounts_of("owner-1", deadline=Deadline(5)))
    assert len(stackone.calls) == 1


def test_accounts_are_asked_for_by_name_and_others_are_passed_over(
    client: StackOneClient, stackone: Any
) -> None:
    stackone.get(f"{URL}/accounts", json=accounts("b", "other", "a"))
    found = client.accounts_named(["b", "a", "gone", "a"], deadline=Deadline(5))
    assert [account.account_id for account in found] == ["b", "a"]
    assert queries(stackone)[0]["account_ids"] == ["a", "b", "gone"]


def test_a_page_of_all_accounts_is_asked_for_by_its_number(
    client: StackOneClient, stackone: Any
) -> None:
    stackone.get(f"{URL}/accounts", json=accounts("c"))
    page = client.accounts_page(3, deadline=Deadline(5))
    assert [account.account_id for account in page.accounts] == ["c"]
    assert page.unreadable == frozenset()
    assert queries(stackone) == [{"page": ["3"], "page_size": ["100"]}]


def test_pages_are_read_on_where_one_has_only_more_profiles_of_known_connectors(
    client: StackOneClient, stackone: Any
) -> None:
    for page, keys in enumerate((["gusto", "lever"], ["gusto", "lever"], ["workday"], []), 1):
        data = [{"id": f"{key}-{page}", "connector_key": key} for key in keys]
        body = {"data": data, "page": page, "page_size": 2, "total": 5}
        stackone.get(f"{URL}/connector_profiles", json=body)
    found = client.connectors(deadline=Deadline(5))
    assert {connector.provider for connector in found} == {"gusto", "lever", "workday"}


def test_profiles_without_an_id_are_told_apart_by_their_connector(
    client: StackOneClient, stackone: Any
) -> None:
    stackone.get(f"{URL}/connector_profiles", json=[{"connector_key": "gusto"}])
    found = client.connectors(deadline=Deadline(5))
    assert [connector.provider for connector in found] == ["gusto"]
    assert len(stackone.calls) == 2


def test_an_owners_name_is_changed_on_an_account_and_nothing_else(
    client: StackOneClient, stackone: Any
) -> None:
    stackone.patch(f"{URL}/accounts/a", json={**ACCOUNT, "origin_owner_name": "New"})
    account = client.rename_owner("a", origin_owner_name="New", deadline=Deadline(5))
    assert account.origin_owner_name == "New"
    assert json.loads(stackone.calls[0].request.body) == {"origin_owner_name": "New"}


def test_an_accounts_label_is_changed_as_a_text_and_nothing_else(
    client: StackOneClient, stackone: Any
) -> None:
    stackone.patch(f"{URL}/accounts/a", json={**ACCOUNT, "label": "EMEA"})
    assert client.label_account("a", label="EMEA", deadline=Deadline(5)).label == "EMEA"
    assert json.loads(stackone.calls[0].request.body) == {"label": "EMEA"}


@pytest.mark.parametrize(
    ("status", "body"), [(200, json.dumps(ACCOUNT)), (200, "<b>gone"), (202, ""), (204, "")]
)
def test_a_disconnected_account_is_done_with_whatever_the_body(
    status: int, body: str, client: StackOneClient, stackone: Any
) -> None:
    stackone.delete(f"{URL}/accounts/a", status=status, body=body)
    client.delete_account("a", deadline=Deadline(5))
    assert len(stackone.calls) == 1


def test_changing_or_disconnecting_an_account_that_is_gone_says_so(
    client: StackOneClient, stackone: Any
) -> None:
    stackone.patch(f"{URL}/accounts/a", status=404)
    stackone.delete(f"{URL}/accounts/a", status=404)
    with pytest.raises(AccountNotFoundError):
        client.rename_owner("a", origin_owner_name="New", deadline=Deadline(5))
    with pytest.raises(AccountNotFoundError):
        client.label_account("a", label="EMEA", deadline=Deadline(5))
    with pytest.raises(AccountNotFoundError):
        client.delete_account("a", deadline=Deadline(5))
    with pytest.raises(AccountNotFoundError):
        client.delete_account("..", deadline=Deadline(5))


@pytest.mark.parametrize("answer", [{}, {"data": None}, {"accounts": []}, [1], [{}], "a", 1])
def test_a_list_of_the_wrong_kind_is_a_bad_answer(
    answer: Any, client: StackOneClient, stackone: Any
) -> None:
    stackone.get(f"{URL}/accounts", json=answer, headers={"x-request-id": "request-1"})
    with pytest.raises(StackOneBadAnswerError) as caught:
        listed(client)
    assert caught.value.request_id == "request-1"


@pytest.mark.parametrize("token", [None, "", 7, ["t"], "a b", "a\nb", "ü"])
def test_a_grant_without_a_usable_token_is_a_bad_answer(
    token: Any, client: StackOneClient, stackone: Any
) -> None:
    stackone.post(f"{URL}/connect_sessions", json={**GRANT, "token": token}, status=201)
    with pytest.raises(StackOneBadAnswerError):
        client.create_connect_session({}, deadline=Deadline(5))


@pytest.mark.parametrize(
    ("status", "error"),
    [
        *((status, StackOneMisconfiguredError) for status in (401, 403)),
        *((status, StackOneRejectedError) for status in (400, 402, 405, 409, 410, 412, 418, 422)),
        (429, StackOneRateLimitedError),
        *((status, StackOneUnavailableError) for status in OPEN_STATUSES if status != 429),
        *((status, StackOneBadAnswerError) for status in (300, 301, 304, 307, 399, 600)),
    ],
)
def test_each_status_becomes_its_error(
    status: int, error: type[StackOneError], client: StackOneClient, stackone: Any, pauses: Any
) -> None:
    headers = {"x-request-id": "request-1"}
    stackone.post(f"{URL}/connect_sessions", status=status, body="<b>no</b>", headers=headers)
    with pytest.raises(StackOneError) as caught:
        client.create_connect_session({}, deadline=Deadline(5))
    assert type(caught.value) is error
    assert caught.value.request_id == "request-1"
    assert caught.value.retry_after == (5 if status in OPEN_STATUSES else None)


@pytest.mark.parametrize("status", [200, 201, 202, 299])
def test_any_2xx_with_json_is_an_answer(status: int, client: StackOneClient, stackone: Any) -> None:
    stackone.post(f"{URL}/connect_sessions", status=status, json=GRANT)
    assert client.create_connect_session({}, deadline=Deadline(5)).token == "the-token"


@pytest.mark.parametrize(
    ("sent", "kept"),
    [("a" * 300, "a" * 200), ("a\x07b\x9bc", "abc"), ("", None), ("\x01", None)],
)
def test_a_request_id_is_cleaned_and_capped(
    sent: str, kept: str | None, client: StackOneClient, stackone: Any
) -> None:
    stackone.get(f"{URL}/accounts/a", status=401, headers={"x-request-id": sent})
    with pytest.raises(StackOneMisconfiguredError) as caught:
        client.get_account("a", deadline=Deadline(5))
    assert caught.value.request_id == kept


@pytest.mark.parametrize(
    "key", ["", " ", "key\r\nX-Evil: 1", "key\n", " key", "key:", "a:b", "a\x00b", "a\ud800b"]
)
def test_a_key_that_can_not_be_one_is_a_configuration_error_without_the_key(key: str) -> None:
    with pytest.raises(ConfigurationError, match="API_KEY") as caught:
        StackOneClient(api_key=key, base_url=URL, connect_timeout=1, read_timeout=1)
    assert "X-Evil" not in str(caught.value)
    assert caught.value.__cause__ is caught.value.__context__ is None


def test_a_key_beyond_ascii_is_sent_as_utf_8(make_client: Any, stackone: Any) -> None:
    stackone.get(f"{URL}/accounts/a", json=ACCOUNT)
    make_client(URL, api_key="schlüssel").get_account("a", deadline=Deadline(5))
    credentials = stackone.calls[0].request.headers["Authorization"].split()[1]
    assert base64.b64decode(credentials) == "schlüssel:".encode()


@pytest.mark.parametrize(
    "address",
    [
        "",
        "api.stackone.com",
        "ftp://api.stackone.com",
        "https://",
        "https://user:secret@api.stackone.com",
        "https://api.stackone.com?key=secret",
        "https://api.stackone.com/#secret",
        "https://api.stackone.com:99999",
        "https://api.stackone.com:0",
        "https://[::1",
        "https://api.stack one.com",
        "https://api.stackone.com\n",
    ],
)
def test_an_address_that_can_not_be_used_is_a_configuration_error(address: str) -> None:
    with pytest.raises(ConfigurationError, match="BASE_URL") as caught:
        StackOneClient(api_key="k", base_url=address, connect_timeout=1, read_timeout=1)
    assert "secret" not in str(caught.value)


def test_the_client_shows_its_address_and_never_its_key(client: StackOneClient) -> None:
    assert repr(client) == f"<StackOneClient {URL}>"

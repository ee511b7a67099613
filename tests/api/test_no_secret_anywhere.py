"""Canaries for every secret through the whole flow, then a search of all that is left behind.

Left behind is what somebody could read later: every row of every table, every log record at DEBUG
with its arguments and extras, the cache, exceptions with their tracebacks and causes, ``repr`` of
whatever holds a secret, and every page of the admin.
"""

from __future__ import annotations

import base64
import contextlib
import hashlib
import hmac
import io
import json
import logging
import traceback
from collections.abc import Callable, Iterator
from types import SimpleNamespace
from typing import Any

import pytest
from django.contrib import admin
from django.core.cache import caches
from django.core.management import CommandError, call_command
from django.db import connection
from django.urls import reverse

from example_project.accounts.models import Organization, User
from stackone_connect import conf, tenancy
from stackone_connect.client import StackOneClient, current
from stackone_connect.clock import Deadline
from stackone_connect.entities import SessionFields
from stackone_connect.exceptions import StackOneConnectError
from stackone_connect.models import OriginOwner
from stackone_connect.services import sessions
from stackone_connect.services._issuing import Issuing
from tests.api.conftest import Api
from tests.client import servers
from tests.client.servers import Handler, answer, drip, message, say, say_and_reset, serving
from tests.factories import OrganizationFactory, SessionFactory, UserFactory, organization_of

API_KEY = "v1.eu1.canary-api-key"
CREDENTIAL = "canary-credential-of-the-customer"
TOKEN = "canary-token"
TRIGGER_TOKEN = "canary-trigger-token"
WEBHOOK_SECRET = "canary-webhook-secret"
SETUP = "canary-setup-information"

SECRETS = {
    "API key": API_KEY,
    "API key, encoded": base64.b64encode(f"{API_KEY}:".encode()).decode(),
    "credential": CREDENTIAL,
    "token": TOKEN,
    "trigger token": TRIGGER_TOKEN,
    "webhook secret": WEBHOOK_SECRET,
    "setup information": SETUP,
}


def secrets_in(text: object) -> list[str]:
    """The names of the secrets that a text holds."""
    return [name for name, secret in SECRETS.items() if secret in str(text)]


def assert_clean(places: dict[str, object]) -> None:
    found = {place: secrets_in(text) for place, text in places.items() if secrets_in(text)}
    assert found == {}


class Everything(logging.Handler):
    """Keeps, of every record, all that a formatter of any kind could write."""

    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.texts: list[tuple[str, str]] = []

    def emit(self, record: logging.LogRecord) -> None:
        parts = [record.getMessage(), *(f"{k}={v!r} {v}" for k, v in vars(record).items())]
        if record.exc_info and record.exc_info[1]:
            parts += told_by(record.exc_info[1])
        self.texts.append((record.name, "\n".join(parts)))


def told_by(error: BaseException) -> Iterator[str]:
    """What an exception, and what it was raised from, says in any way."""
    seen: set[int] = set()
    present: BaseException | None = error
    yield from traceback.format_exception(error)
    while present is not None and id(present) not in seen:
        seen.add(id(present))
        yield f"{present} {present!r} {present.args!r} {vars(present)!r}"
        present = present.__cause__ or present.__context__


@pytest.fixture
def logged() -> Iterator[Everything]:
    """Every logger there is, at DEBUG, SQL with its parameters included."""
    keeper = Everything()
    named = [logging.getLogger(name) for name in (None, *logging.root.manager.loggerDict)]
    levels = [(logger, logger.level, logger.disabled) for logger in named]
    for logger in named:
        logger.setLevel(logging.DEBUG)
        logger.disabled = False
    logging.root.addHandler(keeper)
    connection.force_debug_cursor = True
    yield keeper
    connection.force_debug_cursor = False
    logging.root.removeHandler(keeper)
    for logger, level, disabled in levels:
        logger.setLevel(level)
        logger.disabled = disabled


@pytest.fixture
def secret_settings(configure: Callable[..., None], settings: Any) -> None:
    configure(
        API_KEY=API_KEY,
        WEBHOOK_SECRETS=[WEBHOOK_SECRET],
        EXPOSE_AUTH_LINK=True,
        THROTTLE_RATE="1000/min",
    )
    settings.STACKONE_SANDBOX = {"API_KEYS": [API_KEY], "ALLOW_WITHOUT_DEBUG": True}


def database() -> dict[str, object]:
    """Every row of every table, ours and others'."""
    rows: dict[str, object] = {}
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f"SELECT * FROM {connection.ops.quote_name(table)}")  # noqa: S608 - a quoted name of ours
            rows[f"table {table}"] = cursor.fetchall()
    return rows


def admin_pages() -> dict[str, object]:
    """Every list and every row's page in the admin, of every app of ours."""
    staff = UserFactory.create(username="staff", is_staff=True, is_superuser=True)
    http = Api(staff).http
    pages: dict[str, object] = {"admin": http.get("/admin/").content.decode()}
    for model in admin.site._registry:
        if not model._meta.app_label.startswith("stackone"):
            continue
        name = f"admin:{model._meta.app_label}_{model._meta.model_name}"
        addresses = [reverse(f"{name}_changelist")]
        addresses += [
            reverse(f"{name}_{page}", args=[row.pk])
            for row in model._default_manager.all()
            for page in ("change", "history")
        ]
        for address in addresses:
            page = http.get(address)
            assert page.status_code == 200, address
            pages[address] = page.content.decode()
    assert len(pages) > 5
    return pages


@pytest.mark.django_db(transaction=True)
def test_the_whole_flow_leaves_no_secret_behind(
    live_server: Any,
    secret_settings: None,
    configure: Callable[..., None],
    logged: Everything,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    configure(BASE_URL=f"{live_server.url}/sandbox")
    numbers = iter(range(100))
    monkeypatch.setattr(
        "stackone_connect.sandbox.sessions.new_token", lambda: f"{TOKEN}-{next(numbers)}"
    )
    monkeypatch.setattr(
        "stackone_connect.sandbox.sessions_api.uuid", SimpleNamespace(uuid4=lambda: TRIGGER_TOKEN)
    )
    organization = Organization.objects.create(name="Acme")
    member = User.objects.create(username="member@acme.example", organization=organization)
    api = Api(member)

    def hub(method: str, path: str, token: str, body: Any = None) -> Any:
        return api.http.generic(
            method,
            f"/sandbox/{path}",
            json.dumps(body),
            content_type="application/json",
            headers={"x-hub-session-token": token},
        )

    # Created through the hub's form, with the link exposed
    issued = api.issue(provider="bamboohr")
    assert {*secrets_in(issued.content.decode())} == {"token"}  # the search does find
    assert TOKEN in issued.json()["auth_link_url"]
    token = issued.json()["token"]
    credentials = {"subdomain": "acme", "api_key": CREDENTIAL}
    form = {"integration_id": "sandbox-bamboohr", "credentials": credentials}
    account_id = hub("POST", "hub/accounts", token, form).json()["id"]
    assert api.complete(issued.json()["id"], account_id).json()["outcome"] == "create"

    # Edited by its id, on the hosted page behind the link
    issued = api.issue(account_id=account_id)
    link = issued.json()["auth_link_url"].removeprefix(live_server.url)
    assert api.http.get(link).status_code == 200
    edit = {"credentials": {"api_key": f"{CREDENTIAL}-2"}}
    assert hub("PATCH", f"hub/accounts/{account_id}", issued.json()["token"], edit).status_code
    assert api.complete(issued.json()["id"], account_id).json()["outcome"] == "update"

    # By OAuth: the popup's address holds the token
    issued = api.issue(provider="gusto")
    token = issued.json()["token"]
    attempt = hub("POST", "hub/connection_attempts", token, {"token": token}).json()["id"]
    popup = f"/sandbox/connect/oauth2/sandbox-gusto?token={token}&connection_attempt_id={attempt}"
    assert api.http.get(popup).status_code == 200

    # Told by a webhook
    event = {
        "event": "account.updated",
        "event_date": "2026-01-31T12:00:00Z",
        "project_id": "p",
        "account_id": account_id,
        "provider": "bamboohr",
        "origin_owner_id": str(organization.pk),
        "setup_information": {"subdomain": SETUP},
    }
    body = json.dumps(event).encode()
    digest = hmac.new(WEBHOOK_SECRET.encode(), body, hashlib.sha256).digest()
    signature = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
    for given, status in ((signature, 200), ("wrong", 401)):
        hook = api.post("webhooks/", body, headers={"X-StackOne-Signature": given})
        assert hook.status_code == status

    doctor = io.StringIO()
    with contextlib.suppress(SystemExit, CommandError):  # whatever it finds
        call_command("stackone_doctor", stdout=doctor, stderr=doctor)
    assert doctor.getvalue()

    assert_clean(
        {
            **database(),
            **admin_pages(),
            **{f"log of {name}, {n}": text for n, (name, text) in enumerate(logged.texts)},
            "cache": vars(caches["default"]),
            "doctor": doctor.getvalue(),
            "the list": api.get("connect-sessions/").content.decode(),
            "the accounts": api.get("accounts/").content.decode(),
            "a page of the host": api.http.get("/").content.decode(),
        }
    )
    heard = {name for name, _ in logged.texts}
    assert {"stackone_connect", "urllib3.connectionpool", "django.db.backends"} <= heard


#: StackOne's answers to anything, each with every secret that it could hold.
ECHO = {
    **servers.ACCOUNT,
    **servers.GRANT,
    "token": TOKEN,
    "auth_link_url": f"https://app.stackone.test/?token={TOKEN}",
    "external_trigger_token": TRIGGER_TOKEN,
    "credentials": {"api_key": CREDENTIAL},
    "setup_information": {"subdomain": SETUP},
    "secrets": {"api_key": CREDENTIAL},
    "message": f"Key {API_KEY} and token {TOKEN} and {CREDENTIAL}",
}
RAW = json.dumps(ECHO).encode()
FAILURES: dict[str, Handler] = {
    **{
        f"status {status}": answer(ECHO, status=status, headers={"Location": f"/?token={TOKEN}"})
        for status in (302, 400, 401, 403, 404, 408, 409, 412, 422, 429, 500, 503)
    },
    "half of its JSON": answer(body=RAW[:-1]),
    "NaN in its JSON": answer(body=RAW[:-1] + b', "n": NaN}'),
    "bytes that are no text": answer(body=RAW + b"\xff"),
    "a deep nest": answer(body=RAW[:-1] + b', "n": ' + b"[" * 100_000),
    "an unusable token": answer({**ECHO, "token": f"{TOKEN} {TOKEN}", "id": [TOKEN]}),
    "too much": answer(body=RAW + b" " * 2**21),
    "a reset in the body": say_and_reset(message(body=RAW)[:-1]),
    "an end in the body": say(message(body=RAW)[:-1]),
    "a broken header": say(b"HTTP/1.1 200 OK\r\nX: " + RAW * 99 + b"\r\n\r\n"),
    "a body among the headers": say(
        b"HTTP/1.1 200 OK\r\nX-One: 1\r\n" + TOKEN.encode() + b"\r\n" + RAW + b"\r\n\r\n"
    ),
    "a broken status": say(b"HTTP/1.1 " + RAW + b"\r\n\r\n"),
    "a broken chunk": say(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + RAW),
    "a drip": drip(message(body=RAW + b" " * 99)[:-99], b" "),
}


@pytest.mark.parametrize("failure", FAILURES)
def test_no_failure_tells_a_secret(
    failure: str,
    secret_settings: None,
    configure: Callable[..., None],
    owner: OriginOwner,
    member: User,
    logged: Everything,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("stackone_connect.client.retries.pause", lambda tries, seconds: 0)
    session = SessionFactory.create(owner=owner)
    places: dict[str, object] = {}
    asked: list[Callable[[], object]] = [
        lambda: sessions.issue(
            organization=organization_of(owner), user=member, account_id="unseen"
        ),
        lambda: sessions.issue(organization=organization_of(owner), user=member),
        lambda: sessions.complete(
            organization=organization_of(owner), session_id=session.pk, account_id="unseen"
        ),
        lambda: sessions.issue(organization=OrganizationFactory.create(), user=member),
    ]
    with serving(FAILURES[failure]) as server:
        configure(BASE_URL=server.url, DEADLINE=0.2)
        for number, ask in enumerate(asked):
            with pytest.raises(StackOneConnectError) as caught:
                ask()
            places[f"exception {number}"] = "\n".join(told_by(caught.value))
        places["answer"] = Api(member).issue().content.decode()
    assert_clean(
        {
            **places,
            **database(),
            **{f"log of {name}, {n}": text for n, (name, text) in enumerate(logged.texts)},
        }
    )


def test_what_holds_a_secret_does_not_show_it(
    secret_settings: None, owner: OriginOwner, member: User, configure: Callable[..., None]
) -> None:
    with serving(answer(ECHO)) as server:
        configure(BASE_URL=server.url)
        client = current("default")
        assert isinstance(client, StackOneClient)
        issuing = Issuing(
            organization=organization_of(owner),
            requester=tenancy.requester_of(member),
            fields=SessionFields(),
            extra={"external_trigger_token": TOKEN},
            client=client,
        )
        grant = client.create_connect_session({}, deadline=Deadline(2))
        account = client.get_account("account-1", deadline=Deadline(2))
        issued = sessions.issue(organization=organization_of(owner))
    assert (grant.token, issued.token) == (TOKEN, TOKEN)
    holders = [client, client._transport, issuing, grant, account, issued, conf.read()]
    assert_clean({type(holder).__name__: f"{holder!r} {holder}" for holder in holders})
    configure(API_KEY=lambda: API_KEY, WEBHOOK_SECRETS=lambda: [WEBHOOK_SECRET])
    assert_clean({"settings with callables": repr(conf.read())})

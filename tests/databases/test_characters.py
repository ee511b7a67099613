"""Characters of four bytes, and what an old setting of MariaDB makes of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import urlencode

import pytest
from django.core.checks import CheckMessage, run_checks
from django.db import DataError, OperationalError, connection
from django.db.backends.utils import CursorWrapper
from django.test import Client
from django.urls import reverse

from example_project.accounts.models import User
from stackone_connect.checks import databases
from stackone_connect.models import ConnectSession, LinkedAccount, WebhookEvent
from tests.api.conftest import Api
from tests.factories import AccountFactory, OrganizationFactory, OwnerFactory, UserFactory
from tests.fakes import FakeStackOne
from tests.webhooks.deliveries import StackOneDelivers, said

WAVE = "Grüße 👋🏽 𝒜cme"


def found() -> dict[str, CheckMessage]:
    """What the checks say of the database, by id."""
    messages = run_checks(tags=["stackone_connect"], databases=["default"])
    return {str(message.id): message for message in messages}


@pytest.mark.django_db
def test_names_and_labels_keep_every_character(stackone: FakeStackOne) -> None:
    member: User = UserFactory.create(
        username="👋@acme.example", organization=OrganizationFactory.create(name=WAVE)
    )
    api = Api(member)
    issued = api.issue(label=WAVE, provider="bamboohr").json()
    assert issued["label"] == WAVE
    account = stackone.link(str(member.organization_id), label=WAVE, origin_owner_name=WAVE)
    assert api.complete(issued["id"], account.account_id).json()["outcome"] == "create"
    [kept] = LinkedAccount.objects.all()
    assert (kept.label, kept.origin_owner_name, kept.owner.origin_owner_name) == (WAVE,) * 3
    assert ConnectSession.objects.get().requested_by_name == "👋@acme.example"


@pytest.mark.django_db
def test_an_owner_id_keeps_every_character() -> None:
    webhook = StackOneDelivers()
    assert said(webhook.event(origin_owner_id=WAVE)) == (200, "accepted")
    assert WebhookEvent.objects.get(origin_owner_id=WAVE).origin_owner_id == WAVE


@pytest.mark.django_db
@pytest.mark.parametrize("name", ["", "activity/", "connect/", "rename/", "disconnect/"])
@pytest.mark.parametrize("text", ["\x00", "a\x00b", "\ud800", "a" * 9_000, WAVE])
def test_no_text_in_a_pages_address_is_an_error_of_the_server(
    name: str, text: str, stackone: FakeStackOne
) -> None:
    owner = OwnerFactory.create()
    account = AccountFactory.create(owner=owner)
    browser = Client()
    browser.force_login(UserFactory.create(organization=owner.organization))
    sound = {"account": account.account_id, "provider": "bamboohr"}
    for parameter in ("stackone_account", "stackone_page", "before", "next", *sound):
        sent = {**sound, parameter: text}
        query = urlencode(
            {key: value.encode(errors="surrogatepass") for key, value in sent.items()}
        )
        address = f"{reverse('stackone_pages:integrations')}{name}?{query}"
        assert browser.get(address).status_code < 500, parameter


# --- Where the connection has not every character ------------------------------------------------


@pytest.fixture(params=[DataError, OperationalError])
def narrow_connection(
    request: pytest.FixtureRequest, db: None, monkeypatch: pytest.MonkeyPatch
) -> Iterator[None]:
    """Django's ``OPTIONS = {"charset": "utf8"}`` on MariaDB; elsewhere its error."""
    if connection.vendor == "mysql":
        with connection.cursor() as cursor:
            cursor.execute("SET NAMES utf8mb3")
            cursor.execute("SET @before = @@sql_mode, sql_mode = 'STRICT_TRANS_TABLES'")
        yield
        with connection.cursor() as cursor:
            cursor.execute("SET sql_mode = @before")
            cursor.execute("SET NAMES utf8mb4")
        return

    execute = CursorWrapper.execute

    def refuse(self: CursorWrapper, sql: str, params: Any = None) -> Any:
        if "INSERT" in sql and WAVE in (params or ()):
            raise request.param(1366, "Incorrect string value")
        return execute(self, sql, params)

    monkeypatch.setattr(CursorWrapper, "execute", refuse)
    yield


@pytest.mark.usefixtures("narrow_connection")
@pytest.mark.parametrize("field", ["origin_owner_id", "provider"])
def test_an_event_that_cannot_be_stored_is_refused_and_no_error_of_the_server(field: str) -> None:
    webhook = StackOneDelivers()
    assert said(webhook.event(**{field: WAVE})) == (400, "invalid_event")
    assert said(webhook.event()) == (200, "accepted")
    assert WebhookEvent.objects.count() == 1


# --- The checks ----------------------------------------------------------------------------------


@pytest.mark.django_db
def test_our_tables_are_as_the_checks_want_them_on_every_database() -> None:
    assert not {"stackone_connect.E015", "stackone_connect.W015"} & set(found())


@pytest.mark.django_db
def test_no_database_complains_of_our_models() -> None:
    """Such as ``models.W037``: MariaDB knows no index with a condition."""
    messages = run_checks(databases=["default"])
    about = [getattr(m.obj, "_meta", None) for m in messages]
    assert [meta for meta in about if meta and meta.app_label == "stackone_connect"] == []


Says = Callable[..., None]


@pytest.fixture
def mariadb_says(monkeypatch: pytest.MonkeyPatch, db: None) -> Says:
    """Let MariaDB say this of the column of an id and of a label, and of the connection."""

    def say(
        *, collation: str = "utf8mb4_nopad_bin", charset: str = "utf8mb4", names: str = "utf8mb4"
    ) -> None:
        said = {
            "collation_name": {
                "stackone_connect_linkedaccount.account_id": collation,
                "stackone_connect_linkedaccount.label": "utf8mb4_general_ci",
            },
            "character_set_name": {"stackone_connect_linkedaccount.label": charset},
        }
        monkeypatch.setattr(connection, "vendor", "mysql")
        monkeypatch.setattr(connection, "mysql_is_mariadb", True, raising=False)
        monkeypatch.setattr(databases, "_columns", lambda alias, what: said[what])
        monkeypatch.setattr(databases, "_charset_of_connection", lambda alias: names)

    return say


def judged(check: Callable[..., list[CheckMessage]]) -> list[CheckMessage]:
    return check(databases=["default"])


def test_a_converted_column_of_ids_is_an_error(mariadb_says: Says) -> None:
    mariadb_says(collation="utf8mb4_general_ci")
    [message] = judged(databases.ids_are_compared_exactly)
    assert message.id == "stackone_connect.E015"
    assert "stackone_connect_linkedaccount.account_id" in message.msg
    assert "label" not in message.msg
    assert message.hint == "MODIFY each of these columns to COLLATE utf8mb4_nopad_bin."


@pytest.mark.parametrize(
    ("charset", "names", "named"),
    [
        ("utf8mb3", "utf8mb4", "stackone_connect_linkedaccount.label"),
        ("utf8mb4", "utf8mb3", "the connection"),
    ],
)
def test_a_narrow_character_set_is_a_warning(
    charset: str, names: str, named: str, mariadb_says: Says
) -> None:
    mariadb_says(charset=charset, names=names)
    [message] = judged(databases.every_character_can_be_stored)
    assert message.id == "stackone_connect.W015"
    assert message.msg.endswith(f"not the character set of {named}.")
    assert message.hint


def test_sound_columns_are_no_matter(mariadb_says: Says) -> None:
    mariadb_says()
    assert judged(databases.ids_are_compared_exactly) == []
    assert judged(databases.every_character_can_be_stored) == []


def test_a_database_without_our_tables_is_left_alone(mariadb_says: Says, settings: Any) -> None:
    mariadb_says(collation="utf8mb4_general_ci", charset="utf8mb3")
    settings.DATABASE_ROUTERS = ["tests.checks.test_tenant_checks.NotOurDatabase"]
    assert judged(databases.ids_are_compared_exactly) == []
    assert judged(databases.every_character_can_be_stored) == []

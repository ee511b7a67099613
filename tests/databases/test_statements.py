"""The statements of an issue, compiled once, are what the ORM would run, value by value."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import timedelta
from enum import Enum
from typing import Any

import pytest
from django.db import IntegrityError, connection, models
from django.db.models import Q
from django.db.models.signals import post_save, pre_save
from django.test.utils import CaptureQueriesContext

from stackone_connect import clock
from stackone_connect.choices import SessionPath, SessionStatus
from stackone_connect.models import (
    ConnectSession,
    LinkedAccount,
    OriginOwner,
    live_accounts,
    statements,
)
from stackone_connect.models.transactions import database
from tests.factories import AccountFactory, OwnerFactory, organization_of

pytestmark = pytest.mark.django_db

HARD = {
    "sent": {"provider": "bamboohr", "label": "50 % “Ünï” \\ '", "metadata": {"a": [None, 1.5]}},
    "provider": "bamboohr",
    "requested_by_name": "Zoë %s '; --",
    "duration_ms": 0,
    "stackone_created_at": clock.now() - timedelta(days=1),
}
OWNER_COLUMNS = [field.attname for field in OriginOwner._meta.concrete_fields]
CLOSING = ("status", "duration_ms", "stackone_id", "expires_at")


def new(owner: OriginOwner) -> ConnectSession:
    return ConnectSession(owner=owner, **HARD)


def sql_of(work: Callable[[], Any]) -> list[str]:
    """What runs, without the parentheses that Django puts around an expression."""
    with CaptureQueriesContext(connection) as queries:
        work()
    found = [query["sql"] for query in queries if "stackone_connect" in query["sql"]]
    return [re.sub(r"= \(((?:'(?:[^'\\]|''|\\.)*'|[^()'])*)\)", r"= \1", sql) for sql in found]


def stored(session: ConnectSession) -> dict[str, Any]:
    return dict(ConnectSession.objects.filter(pk=session.pk).values().get())


@pytest.mark.parametrize(
    "given",
    [
        HARD,
        {},
        {"sent": {}, "provider": "", "duration_ms": None},
        {"status": SessionStatus.FAILED, "error_code": "stackone_unavailable", "duration_ms": 1},
        {"status": "pending", "path": SessionPath.UPDATE, "requested_account_id": "a"},
    ],
    ids=len,
)
def test_an_insert_is_the_orms(given: dict[str, Any]) -> None:
    owner = OwnerFactory.create()
    ours, theirs = ConnectSession(owner=owner, **given), ConnectSession(owner=owner, **given)
    theirs.pk, theirs.created_at = ours.pk, ours.created_at
    compiled = sql_of(lambda: statements.insert(ours, database()))
    after = stored(ours)
    ConnectSession.objects.all().delete()
    assert compiled == sql_of(lambda: theirs.save(force_insert=True))
    assert after == stored(theirs)
    assert {name: after[name] for name in given} == given
    assert not ours._state.adding
    assert ours._state.db == database()


def test_what_a_new_row_has_by_default_is_not_given_to_the_driver() -> None:
    session = ConnectSession(owner=OwnerFactory.create(), sent={"label": ""}, provider="bamboohr")
    given: list[Any] = []

    def note(execute: Any, sql: str, params: Any, *rest: Any) -> Any:
        given.extend(params)
        return execute(sql, params, *rest)

    with connection.execute_wrapper(note):
        statements.insert(session, database())
    assert len(given) == len(("id", "owner", "provider", "sent", "created_at"))
    assert None not in given
    assert "" not in given


@pytest.mark.parametrize(
    "value", ["%s", "50 %", "O'Brien", "a\\", "Ü", "a\n", '"', "a;b", 1, True, b""]
)
def test_a_value_that_not_every_database_writes_alike_is_left_to_the_driver(value: Any) -> None:
    statement = statements.Statement("a = %s AND b LIKE '%%' AND c = %s", [value, "plain"])
    assert statement.text == "a = %s AND b LIKE '%%' AND c = 'plain'"
    assert statement.values == (value,)


class Word(str, Enum):  # noqa: UP042 - StrEnum's members print as their texts
    PLAIN = "plain"


def test_of_a_text_of_another_class_its_own_characters_are_written() -> None:
    assert statements.Statement("a = %s", [Word.PLAIN]).text == "a = 'plain'"


@pytest.mark.parametrize("columns", [CLOSING, (*CLOSING, "sent", "path"), ("error_code",)])
def test_an_update_is_the_orms(columns: tuple[str, ...]) -> None:
    session = new(OwnerFactory.create())
    session.save()
    session.status, session.stackone_id = "issued", "4711 %"
    session.expires_at = clock.now()
    compiled = sql_of(lambda: statements.update(session, columns, database()))
    after = stored(session)
    assert compiled == sql_of(lambda: session.save(update_fields=columns))
    assert after == stored(session)


@pytest.mark.parametrize("any_one", [False, True])
def test_the_owner_with_its_accounts_is_read_as_the_orm_reads_it(any_one: bool) -> None:
    owner = OwnerFactory.create()
    for number in range(3):
        AccountFactory.create(owner=owner, label=str(number))
    AccountFactory.create(owner=owner, provider="another", categories=["ats", "ünï"])
    AccountFactory.create(owner=owner, provider="another", disconnected_at=clock.now())
    AccountFactory.create()

    def ours() -> tuple[OriginOwner | None, list[Any]]:
        return live_accounts.with_owner(organization=organization_of(owner), any_one=any_one)

    def theirs() -> list[Any]:
        condition = Q(accounts__disconnected_at=None, accounts__type__in=["", "production"])
        rows = (
            OriginOwner.objects.filter(organization=organization_of(owner).pk)
            .annotate(live=models.FilteredRelation("accounts", condition=condition))
            .values_list(*OWNER_COLUMNS, "live__type", "live__categories")
        )
        return list(rows[:1] if any_one else rows.distinct())

    assert sql_of(ours) == sql_of(theirs)
    found, live = ours()
    assert _columns(found) == _columns(owner)
    assert len(live) == len(theirs())
    if not any_one:
        told = {tuple(account.categories) for account in live}
        assert told == {tuple(kinds) for kinds in _categories(owner)}


def _columns(owner: OriginOwner | None) -> list[Any]:
    return [getattr(owner, name) for name in OWNER_COLUMNS]


@pytest.mark.parametrize(
    ("names", "name"),
    [
        ([], None),
        (["Acme"], "Acme"),
        ([""], ""),
        (["Former Acme"], "Former Acme"),
        (["Former Acme", "Acme", "Acme Holding"], "Acme"),
        # Other names, which MariaDB's own comparison takes for the same.
        (["acme", "ACME", "Acmé", "Acme"], "Acme"),
        (["acme"], "acme"),
    ],
)
def test_of_a_provider_the_account_with_the_owners_own_name_counts(
    names: list[str], name: str | None
) -> None:
    owner, project = OwnerFactory.create(origin_owner_name="Acme"), "O'Brien %s"
    for each in names:
        AccountFactory.create(owner=owner, provider=project, origin_owner_name=each)
    for facts in (
        {"owner": owner, "provider": "another"},
        {"owner": owner, "provider": project, "disconnected_at": clock.now()},
        {"owner": owner, "provider": project, "type": "test"},
        {"owner": OwnerFactory.create(), "provider": project},
    ):
        AccountFactory.create(origin_owner_name="Acme", **facts)
    found, live = live_accounts.with_owner(organization=organization_of(owner), provider=project)
    assert _columns(found) == _columns(owner)
    assert [account.origin_owner_name for account in live] == ([] if name is None else [name])


def test_of_several_projects_only_accounts_of_the_types_of_its_own_count(settings: Any) -> None:
    settings.STACKONE_CONNECT = {
        "ORGANIZATION_MODEL": settings.STACKONE_CONNECT["ORGANIZATION_MODEL"],
        "PROJECTS": {
            "eu": {"API_KEY": "one", "ACCOUNT_TYPE": "production"},
            "us": {"API_KEY": "two", "ACCOUNT_TYPE": "test"},
        },
        "PROJECT_OF": lambda organization: "eu",
    }
    for project, own_type in (("eu", "production"), ("us", "test")):
        owner = OwnerFactory.create(project=project)
        for kind in ("production", "test", ""):
            AccountFactory.create(
                owner=owner, provider="lever", type=kind, origin_owner_name=kind, categories=[kind]
            )
        organization = organization_of(owner)
        _, [account] = live_accounts.with_owner(organization=organization, provider="lever")
        assert account.origin_owner_name in ("", own_type)
        _, found = live_accounts.with_owner(organization=organization)
        assert sorted(map(list, (each.categories for each in found))) == [[""], [own_type]]


def _categories(owner: OriginOwner) -> Iterator[list[str]]:
    for account in LinkedAccount.objects.filter(owner=owner, disconnected_at=None):
        yield account.categories


def test_what_the_host_listens_to_is_saved_by_the_orm() -> None:
    heard: list[tuple[str, bool | None, Any]] = []

    def before(**told: Any) -> None:
        heard.append(("pre_save", None, told["update_fields"]))

    def after(**told: Any) -> None:
        heard.append(("post_save", told["created"], told["update_fields"]))

    session = new(OwnerFactory.create())
    pre_save.connect(before, sender=ConnectSession)
    post_save.connect(after, sender=ConnectSession)
    try:
        statements.insert(session, database())
        statements.update(session, CLOSING, database())
    finally:
        pre_save.disconnect(before, sender=ConnectSession)
        post_save.disconnect(after, sender=ConnectSession)
    assert heard == [
        ("pre_save", None, None),
        ("post_save", True, None),
        ("pre_save", None, frozenset(CLOSING)),
        ("post_save", False, frozenset(CLOSING)),
    ]


def test_a_row_that_is_gone_is_not_updated() -> None:
    session = new(OwnerFactory.create())
    session.save()
    ConnectSession.objects.filter(pk=session.pk).delete()
    with pytest.raises(ConnectSession.DoesNotExist):
        statements.update(session, CLOSING, database())


@pytest.mark.django_db(transaction=True)
def test_a_row_of_an_owner_that_is_gone_is_not_inserted() -> None:
    owner = OwnerFactory.create()
    session = new(owner)
    OriginOwner.objects.filter(pk=owner.pk).delete()
    with pytest.raises(IntegrityError):
        statements.insert(session, database())

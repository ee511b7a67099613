"""Another tenant's ids answer exactly as ids that do not exist, by the same way through all."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
from django.db import connection, models
from django.test.utils import CaptureQueriesContext

from stackone_connect.models import ConnectSession, LinkedAccount, OriginOwner
from tests.api.conftest import BASE, Api, code
from tests.factories import AccountFactory, OwnerFactory, SessionFactory, snapshot_of
from tests.fakes import FakeStackOne

UNKNOWN_SESSION = "6b2f1a1e-3c55-4c7c-9a51-2f8a3c1f0000"
UNKNOWN_ACCOUNT = "unknown"


@pytest.fixture
def theirs(stackone: FakeStackOne) -> LinkedAccount:
    """An account of another organization, which StackOne knows."""
    account = AccountFactory.create(owner=OwnerFactory.create(), account_id="of-another")
    stackone.accounts[account.account_id] = snapshot_of(account)
    return account


def everything() -> list[dict[str, Any]]:
    """Every row of ours."""
    tables: list[type[models.Model]] = [OriginOwner, ConnectSession, LinkedAccount]
    return [row for table in tables for row in table._default_manager.order_by("pk").values()]


class Trace:
    """An answer with what it cost: StackOne's calls, and the queries without their values."""

    def __init__(self, stackone: FakeStackOne, ask: Callable[[], Any]) -> None:
        before = len(stackone.calls)
        with CaptureQueriesContext(connection) as captured:
            self.answer = ask()
        self.status, self.content = self.answer.status_code, self.answer.content
        self.headers = dict(self.answer.headers)
        self.calls = stackone.names[before:]
        self.queries = [
            re.sub(r"'[^']*'(::\w+)?|\b\d+\b|s\d+_x\d+", "?", query["sql"])
            for query in captured.captured_queries
        ]


def alike(stackone: FakeStackOne, ask: Callable[[str], Any], theirs: str, unknown: str) -> Trace:
    """Ask with both ids; whatever can be seen must be the same."""
    other, none = (
        Trace(stackone, lambda: ask(theirs)),
        Trace(stackone, lambda: ask(unknown)),
    )
    assert other.content == none.content
    assert other.headers == none.headers
    assert other.calls == none.calls
    assert other.queries == none.queries
    assert other.status == none.status
    return other


@pytest.mark.parametrize("known_to_stackone", [True, False], ids=["first look done", "never asked"])
def test_their_account_can_not_be_edited(
    known_to_stackone: bool,
    api: Api,
    owner: OriginOwner,
    stackone: FakeStackOne,
    theirs: LinkedAccount,
    lines: Callable[..., list[str]],
) -> None:
    def ask(account_id: str) -> Any:
        if not known_to_stackone:
            OriginOwner.objects.filter(pk=owner.pk).update(accounts_read_at=None)
        return api.issue(account_id=account_id)

    before = everything()
    trace = alike(stackone, ask, theirs.account_id, UNKNOWN_ACCOUNT)
    assert code(trace.answer) == (404, "account_not_found")
    assert trace.calls == ["get_account"] if known_to_stackone else ["accounts_of", "get_account"]
    if known_to_stackone:
        assert everything() == before
    assert not ConnectSession.objects.exists()
    assert lines("account.of_another_owner") == [
        f"account.of_another_owner organization={owner.organization_id} account=of-another"
    ]


def test_the_first_organization_to_ask_learns_nothing_either(
    api: Api, stackone: FakeStackOne, theirs: LinkedAccount
) -> None:
    def ask(account_id: str) -> Any:
        OriginOwner.objects.exclude(pk=theirs.owner_id).delete()
        return api.issue(account_id=account_id)

    ask("warm-up")  # so that there is an owner to forget
    assert alike(stackone, ask, theirs.account_id, UNKNOWN_ACCOUNT).status == 404


def test_a_session_can_not_be_completed_with_their_account(
    api: Api,
    owner: OriginOwner,
    stackone: FakeStackOne,
    theirs: LinkedAccount,
    lines: Callable[..., list[str]],
    told: list[Any],
) -> None:
    session = SessionFactory.create(owner=owner)
    before = everything()
    trace = alike(
        stackone, lambda name: api.complete(session.pk, name), theirs.account_id, UNKNOWN_ACCOUNT
    )
    assert code(trace.answer) == (404, "account_not_found")
    assert trace.calls == ["get_account"]
    assert everything() == before
    assert told == []
    assert lines() == [
        f"account.of_another_owner organization={owner.organization_id} account=of-another"
    ]


def test_their_session_can_not_be_completed_or_read(
    api: Api, owner: OriginOwner, stackone: FakeStackOne, theirs: LinkedAccount
) -> None:
    session = SessionFactory.create(owner=theirs.owner)
    own = stackone.link(owner.origin_owner_id)
    before = everything()
    for account_id in (theirs.account_id, own.account_id, UNKNOWN_ACCOUNT):
        trace = alike(
            stackone,
            partial(api.complete, account_id=account_id),
            str(session.pk),
            UNKNOWN_SESSION,
        )
        assert code(trace.answer) == (404, "not_found")
        assert trace.calls == []
    trace = alike(
        stackone, lambda pk: api.get(f"connect-sessions/{pk}/"), str(session.pk), UNKNOWN_SESSION
    )
    assert code(trace.answer) == (404, "not_found")
    assert everything() == before


def test_their_account_can_not_be_read_or_disconnected(
    api: Api, owner: OriginOwner, stackone: FakeStackOne, theirs: LinkedAccount
) -> None:
    before = everything()
    asks: list[Callable[[str], Any]] = [
        lambda name: api.get(f"accounts/{name}/"),
        lambda name: api.http.delete(f"{BASE}accounts/{name}/"),
    ]
    for ask in asks:
        trace = alike(stackone, ask, theirs.account_id, UNKNOWN_ACCOUNT)
        assert code(trace.answer) == (404, "account_not_found")
        assert trace.calls == []
    assert everything() == before


def test_an_organization_that_never_connected_is_told_nothing_either(
    api: Api, stackone: FakeStackOne, theirs: LinkedAccount
) -> None:
    session = SessionFactory.create(owner=theirs.owner)
    for ask, known, unknown in (
        (lambda pk: api.complete(pk, "x"), str(session.pk), UNKNOWN_SESSION),
        (lambda pk: api.get(f"connect-sessions/{pk}/"), str(session.pk), UNKNOWN_SESSION),
        (lambda name: api.get(f"accounts/{name}/"), theirs.account_id, UNKNOWN_ACCOUNT),
    ):
        assert alike(stackone, ask, known, unknown).status == 404
    assert stackone.calls == []
    assert OriginOwner.objects.count() == 1


def test_lists_and_filters_show_the_own_rows_only(
    api: Api, owner: OriginOwner, theirs: LinkedAccount
) -> None:
    own = AccountFactory.create(owner=owner)
    session = SessionFactory.create(owner=owner)
    SessionFactory.create(owner=theirs.owner)
    for query in ("", "?provider=bamboohr", "?status=issued"):
        found = api.get(f"connect-sessions/{query}").json()["results"]
        assert [item["id"] for item in found] == [str(session.pk)]
    for query in ("", "?disconnected=true"):
        found = api.get(f"accounts/{query}").json()["results"]
        assert [item["account_id"] for item in found] == [own.account_id]


def test_an_account_listed_under_another_owner_is_never_taken_in(
    api: Api, stackone: FakeStackOne, theirs: LinkedAccount, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever filter StackOne honours at the first look."""
    foreign = stackone.link("somebody-else", origin_owner_name="Somebody Else Ltd")

    def all_of_them(*_: Any, **__: Any) -> Any:
        yield from stackone.accounts.values()

    monkeypatch.setattr(stackone, "accounts_of", all_of_them)
    assert api.issue(provider="bamboohr").json()["path"] == "create"
    assert stackone.bodies[0]["origin_owner_name"] == "Acme"
    assert api.get("accounts/").json()["results"] == []
    assert not LinkedAccount.objects.filter(account_id=foreign.account_id).exists()


def test_the_same_account_id_under_two_owners_stays_apart(
    api: Api, owner: OriginOwner, stackone: FakeStackOne, theirs: LinkedAccount
) -> None:
    """An account that was ours and has moved: it is gone here, and the other's is untouched."""
    AccountFactory.create(owner=owner, account_id=theirs.account_id)
    session = SessionFactory.create(owner=owner)
    assert code(api.complete(session.pk, theirs.account_id)) == (404, "account_not_found")
    assert api.get("accounts/").json()["results"] == []
    theirs.refresh_from_db()
    assert theirs.disconnected_at is None

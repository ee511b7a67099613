"""StackOne is never called inside a transaction, and what was begun is on disk before it is."""

from __future__ import annotations

import os
import re
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.core.handlers.base import BaseHandler
from django.db import connection, transaction
from django.http import HttpRequest, HttpResponse
from django.test.utils import CaptureQueriesContext

from stackone_connect.exceptions import TransactionOpenError
from stackone_connect.models import ConnectSession, OriginOwner
from stackone_connect.models.fetches import FetchNumber
from stackone_connect.models.transactions import owners_lock
from stackone_connect.services import accounts, sessions
from stackone_connect.services._reconcile import reconcile
from stackone_connect.urls import urlpatterns
from tests.api.conftest import BASE, Api
from tests.factories import (
    AccountFactory,
    OwnerFactory,
    SessionFactory,
    UserFactory,
    organization_of,
    snapshot_of,
)
from tests.fakes import FakeStackOne


@pytest.fixture
def atomic_requests(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(connection.settings_dict, "ATOMIC_REQUESTS", True)


@pytest.mark.django_db(transaction=True)
def test_stackone_is_called_outside_of_any_transaction_under_atomic_requests(
    stackone: FakeStackOne, atomic_requests: None
) -> None:
    outside: list[bool] = []

    def look() -> None:
        outside.append(not connection.in_atomic_block and connection.get_autocommit())

    for call in ("create_connect_session", "accounts_of", "get_account", "latest_attempt"):
        stackone.during[call] = look
    stackone.during["delete_account"] = look
    member = UserFactory.create()
    api = Api(member)
    issued = api.issue(provider="bamboohr").json()
    account = stackone.link(str(organization_of(member).pk))
    assert api.complete(issued["id"], account.account_id).status_code == 200
    unseen = stackone.link(str(organization_of(member).pk))
    assert api.issue(account_id=unseen.account_id).status_code == 201
    assert api.http.delete(f"{BASE}accounts/{unseen.account_id}/").status_code == 204
    assert set(stackone.names) == {*stackone.during}
    assert outside == [True] * len(stackone.calls)


@pytest.mark.django_db(transaction=True)
def test_the_row_is_there_for_others_while_stackone_is_asked(
    stackone: FakeStackOne, atomic_requests: None
) -> None:
    seen: list[str] = []
    stackone.during["create_connect_session"] = lambda: seen.extend(
        ConnectSession.objects.values_list("status", flat=True)
    )
    Api(UserFactory.create()).issue()
    assert seen == ["pending"]


@pytest.mark.django_db
def test_every_address_of_ours_opts_out_of_atomic_requests(atomic_requests: None) -> None:
    def plain(request: HttpRequest) -> HttpResponse:
        return HttpResponse()

    handler = BaseHandler()
    assert handler.make_view_atomic(plain) is not plain
    for pattern in urlpatterns:
        assert handler.make_view_atomic(pattern.callback) is pattern.callback


def issue(owner: OriginOwner) -> object:
    return sessions.issue(organization=organization_of(owner))


def complete(owner: OriginOwner) -> object:
    session = SessionFactory.create(owner=owner)
    return sessions.complete(
        organization=organization_of(owner), session_id=session.pk, account_id="a"
    )


def disconnect(owner: OriginOwner) -> object:
    account = AccountFactory.create(owner=owner)
    return accounts.disconnect(organization=organization_of(owner), account_id=account.account_id)


SERVICES: list[Callable[[OriginOwner], object]] = [issue, complete, disconnect]


@pytest.mark.django_db
@pytest.mark.parametrize("service", SERVICES)
def test_a_service_refuses_to_run_inside_a_transaction(
    service: Callable[[OriginOwner], object], stackone: FakeStackOne
) -> None:
    owner = OwnerFactory.create()
    with transaction.atomic(), pytest.raises(TransactionOpenError, match=r"atomic\(\)"):
        service(owner)
    assert stackone.calls == []
    assert not ConnectSession.objects.exclude(status="issued").exists()


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("service", SERVICES)
def test_a_service_refuses_to_run_without_autocommit(
    service: Callable[[OriginOwner], object], stackone: FakeStackOne
) -> None:
    owner = OwnerFactory.create()
    transaction.set_autocommit(False)
    try:
        with pytest.raises(TransactionOpenError):
            service(owner)
    finally:
        transaction.rollback()
        transaction.set_autocommit(True)
    assert stackone.calls == []


@pytest.mark.django_db
def test_our_views_refuse_inside_a_transaction_that_the_host_wraps_around_them(
    stackone: FakeStackOne,
) -> None:
    owner = OwnerFactory.create()
    api = Api(UserFactory.create(organization=owner.organization))
    with transaction.atomic(), pytest.raises(TransactionOpenError):
        api.issue()
    assert stackone.calls == []
    assert not ConnectSession.objects.exists()


@pytest.mark.django_db
def test_a_service_may_run_after_commit(
    stackone: FakeStackOne, django_capture_on_commit_callbacks: Any
) -> None:
    owner = OwnerFactory.create()
    with django_capture_on_commit_callbacks(execute=True), transaction.atomic():
        transaction.on_commit(lambda: issue(owner) and None)
        assert stackone.calls == []
    assert ConnectSession.objects.get().status == "issued"


@pytest.mark.django_db
def test_recording_is_one_durable_transaction_and_no_part_of_the_callers() -> None:
    account = AccountFactory.create()
    with transaction.atomic(), pytest.raises(RuntimeError, match="durable"):
        reconcile(
            project=account.owner.project,
            fetch=FetchNumber.take(),
            present=[snapshot_of(account)],
        )


@pytest.mark.django_db
def test_several_owners_are_locked_in_one_order_so_that_two_sweeps_never_wait_for_each_other() -> (
    None
):
    owners = OwnerFactory.create_batch(2)
    with (
        CaptureQueriesContext(connection) as queries,
        owners_lock([owner.pk for owner in owners]),
    ):
        pass
    *_, lock = [query["sql"] for query in queries if "originowner" in query["sql"]]
    if connection.features.has_select_for_update:
        strength = " NO KEY" if connection.features.has_select_for_no_key_update else ""
        assert re.search(rf" ORDER BY \S+ ASC FOR{strength} UPDATE$", lock)
    else:
        assert lock.startswith("UPDATE")  # takes the one lock that such a database has


@pytest.mark.slow
@pytest.mark.parametrize(
    ("call", "path"), [("create_connect_session", "undetermined"), ("get_account", "update")]
)
def test_a_process_killed_during_the_call_leaves_a_pending_row(
    call: str, path: str, tmp_path: Path
) -> None:
    file = tmp_path / "killed.sqlite3"
    ended = subprocess.run(
        [sys.executable, "-m", "tests.services.killed", call],
        env={**os.environ, "DATABASE_URL": f"sqlite:///{file}"},
        timeout=60,
        check=False,
    )
    assert ended.returncode == -signal.SIGKILL
    with sqlite3.connect(file) as database:
        rows = database.execute(
            "SELECT status, path, provider, error_code, requested_account_id "
            "FROM stackone_connect_connectsession"
        ).fetchall()
    database.close()
    assert rows == [("pending", path, "bamboohr", "", "")]

"""One organization or all: afterwards our rows are StackOne's, whatever hints were lost."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from stackone_connect import clock
from stackone_connect.entities import AccountPage, AccountSnapshot
from stackone_connect.exceptions import (
    StackOneRateLimitedError,
    StackOneUnavailableError,
    SweepRefusedError,
)
from stackone_connect.models import LinkedAccount, OriginOwner
from stackone_connect.models.fetches import FetchNumber
from stackone_connect.services import sync
from stackone_connect.services._reconcile import reconcile
from stackone_connect.services.sync import Report
from tests.factories import (
    AccountFactory,
    OrganizationFactory,
    OwnerFactory,
    SessionFactory,
    organization_of,
    snapshot_of,
)
from tests.fakes import FakeStackOne

pytestmark = pytest.mark.django_db
Run = Callable[..., Report]


@pytest.fixture(params=["one", "all"])
def run(request: pytest.FixtureRequest, owner: OriginOwner, stackone: FakeStackOne) -> Run:
    """The sync of the owner's organization, and the sweep of everything."""
    if request.param == "one":
        return lambda **options: sync.sync_organization(
            organization=organization_of(owner), **options
        )
    return sync.sync_all


def held(stackone: FakeStackOne, account: LinkedAccount, **changes: Any) -> AccountSnapshot:
    """StackOne has the account, too."""
    snapshot = snapshot_of(account, **changes)
    stackone.accounts[account.account_id] = snapshot
    return snapshot


# --- What hints had missed -----------------------------------------------------------------------


def test_what_had_been_missed_is_repaired_and_counted(
    run: Run, owner: OriginOwner, stackone: FakeStackOne, told: list[Any]
) -> None:
    level, changed, gone, back = AccountFactory.create_batch(4, owner=owner)
    LinkedAccount.objects.filter(pk=back.pk).update(disconnected_at=clock.now())
    for account in (level, changed, back):
        held(stackone, account)
    stackone.touch(changed.account_id, status="error")
    new = stackone.link(owner.origin_owner_id)
    report = run()
    assert report == Report(seen=4, repaired=3, disconnected=1)
    statuses = dict(LinkedAccount.objects.connected().values_list("account_id", "status"))
    assert statuses == {
        level.account_id: "active",
        changed.account_id: "error",
        back.account_id: "active",
        new.account_id: "active",
    }
    new_row = LinkedAccount.objects.get(account_id=new.account_id)
    assert sorted(told) == sorted(
        [
            ("account_updated", changed.pk),
            ("account_needs_reconnect", changed.pk),
            ("account_linked", back.pk),
            ("account_linked", new_row.pk),
            ("account_disconnected", gone.pk),
        ]
    )


def test_where_nothing_was_missed_nothing_is_told(
    run: Run, owner: OriginOwner, stackone: FakeStackOne, told: list[Any]
) -> None:
    held(stackone, AccountFactory.create(owner=owner))
    assert run() == Report(seen=1)
    assert told == []


def test_a_sync_that_is_repeated_finds_everything_level(
    run: Run, owner: OriginOwner, stackone: FakeStackOne
) -> None:
    AccountFactory.create(owner=owner)
    stackone.link(owner.origin_owner_id)
    run()
    assert run() == Report(seen=1)


def test_sessions_are_settled_with_what_was_missed(
    run: Run, owner: OriginOwner, stackone: FakeStackOne, told: list[Any]
) -> None:
    session = SessionFactory.create(owner=owner)
    made = stackone.link(owner.origin_owner_id)
    run()
    session.refresh_from_db()
    assert (session.outcome, session.account_id) == ("create", made.account_id)
    assert [name for name, _ in told].count("session_completed") == 1


def test_an_organization_that_never_connected_anything_costs_no_call(
    stackone: FakeStackOne, organization: Any
) -> None:
    assert sync.sync_organization(organization=organization) == Report()
    assert stackone.calls == []


def test_another_organizations_accounts_are_no_business_of_one_sync(
    owner: OriginOwner, stackone: FakeStackOne
) -> None:
    other = AccountFactory.create()
    sync.sync_organization(organization=organization_of(owner))
    other.refresh_from_db()
    assert other.disconnected_at is None


def test_accounts_of_owners_that_we_do_not_have_are_counted_and_left_alone(
    owner: OriginOwner, stackone: FakeStackOne
) -> None:
    stackone.link("of another environment")
    stackone.link(owner.origin_owner_id)
    assert sync.sync_all() == Report(seen=2, repaired=1, foreign=1)
    assert LinkedAccount.objects.count() == 1
    assert OriginOwner.objects.count() == 1


def test_a_sync_logs_what_it_did(
    owner: OriginOwner, stackone: FakeStackOne, lines: Callable[..., list[str]]
) -> None:
    stackone.link(owner.origin_owner_id)
    sync.sync_all()
    assert lines("accounts.synced") == [
        "accounts.synced seen=1 repaired=1 disconnected=0 foreign=0 unreadable=0"
    ]


# --- Absent is not gone --------------------------------------------------------------------------


def test_one_that_the_list_leaves_out_is_asked_for_alone_and_stays(
    run: Run, owner: OriginOwner, stackone: FakeStackOne, monkeypatch: pytest.MonkeyPatch
) -> None:
    account = AccountFactory.create(owner=owner)
    held(stackone, account)
    monkeypatch.setattr(stackone, "accounts_of", lambda owner_id, deadline: iter(()))
    monkeypatch.setattr(stackone, "accounts_page", lambda page, deadline: AccountPage(accounts=[]))
    assert run() == Report()
    assert ("get_account", account.account_id) in stackone.calls
    account.refresh_from_db()
    assert account.disconnected_at is None


def test_an_answer_about_another_account_says_nothing_of_it(
    run: Run, owner: OriginOwner, stackone: FakeStackOne
) -> None:
    account = AccountFactory.create(owner=owner)
    held(stackone, account, account_id="another", origin_owner_id="of-nobody")
    assert run().unreadable == 1
    assert list(LinkedAccount.objects.connected()) == [account]


def test_only_a_404_says_that_it_is_gone(
    run: Run, owner: OriginOwner, stackone: FakeStackOne
) -> None:
    account = AccountFactory.create(owner=owner)
    stackone.failing["get_account"] = StackOneUnavailableError()
    with pytest.raises(StackOneUnavailableError):
        run()
    account.refresh_from_db()
    assert account.disconnected_at is None
    del stackone.failing["get_account"]
    assert run().disconnected == 1
    account.refresh_from_db()
    assert account.disconnected_at is not None


def test_those_that_are_gone_already_are_not_asked_for(
    run: Run, owner: OriginOwner, stackone: FakeStackOne
) -> None:
    AccountFactory.create(owner=owner, disconnected_at=clock.now())
    run()
    assert "get_account" not in stackone.names


@pytest.mark.parametrize(("live", "missing"), [(10, 6), (11, 6), (20, 20)])
def test_more_than_half_of_at_least_ten_gone_is_not_believed_without_force(
    live: int, missing: int, run: Run, owner: OriginOwner, stackone: FakeStackOne
) -> None:
    for account in AccountFactory.create_batch(live, owner=owner)[missing:]:
        held(stackone, account)
    with pytest.raises(SweepRefusedError) as refused:
        run()
    assert f"{missing} of {live}" in refused.value.detail
    assert LinkedAccount.objects.connected().count() == live
    assert "get_account" not in stackone.names
    assert run(force=True).disconnected == missing
    assert LinkedAccount.objects.connected().count() == live - missing


@pytest.mark.parametrize(("live", "missing"), [(9, 9), (10, 5), (1, 1)])
def test_half_of_them_or_fewer_than_ten_may_be_gone(
    live: int, missing: int, run: Run, owner: OriginOwner, stackone: FakeStackOne
) -> None:
    for account in AccountFactory.create_batch(live, owner=owner)[missing:]:
        held(stackone, account)
    assert run().disconnected == missing


def test_what_a_refused_sweep_had_seen_is_kept(
    run: Run, owner: OriginOwner, stackone: FakeStackOne
) -> None:
    AccountFactory.create_batch(21, owner=owner)
    new = stackone.link(owner.origin_owner_id)
    with pytest.raises(SweepRefusedError):
        run()
    assert LinkedAccount.objects.connected().filter(account_id=new.account_id).exists()


# --- An account that moves -----------------------------------------------------------------------


def test_an_account_that_moved_to_another_owner_moves_here(
    owner: OriginOwner, stackone: FakeStackOne
) -> None:
    other = OwnerFactory.create()
    account = AccountFactory.create(owner=owner)
    held(stackone, account, origin_owner_id=other.origin_owner_id)
    report = sync.sync_all()
    assert (report.seen, report.disconnected) == (1, 1)
    account.refresh_from_db()
    assert account.disconnected_at is not None
    assert LinkedAccount.objects.connected().get().owner == other


def test_one_organizations_sync_finds_out_too_and_tells_the_new_owner(
    owner: OriginOwner, stackone: FakeStackOne
) -> None:
    other = OwnerFactory.create()
    account = AccountFactory.create(owner=owner)
    held(stackone, account, origin_owner_id=other.origin_owner_id)
    sync.sync_organization(organization=organization_of(owner))
    assert LinkedAccount.objects.connected().get().owner == other


def test_one_that_moved_to_an_owner_that_we_do_not_have_is_gone(
    run: Run, owner: OriginOwner, stackone: FakeStackOne
) -> None:
    account = AccountFactory.create(owner=owner)
    held(stackone, account, origin_owner_id="elsewhere")
    assert run().disconnected == 1
    assert not LinkedAccount.objects.connected().exists()


# --- Newer news ----------------------------------------------------------------------------------


def test_what_was_learned_while_stackone_was_listing_is_not_overwritten(
    run: Run, owner: OriginOwner, stackone: FakeStackOne
) -> None:
    account = AccountFactory.create(owner=owner)
    listed = held(stackone, account)

    def learn_meanwhile() -> None:
        newer = replace(listed, status="error", updated_at=clock.now())
        reconcile(project=owner.project, fetch=FetchNumber.take(), present=[newer])

    stackone.during = {"accounts_of": learn_meanwhile, "accounts_page": learn_meanwhile}
    assert run() == Report(seen=1)
    account.refresh_from_db()
    assert account.status == "error"


def test_one_that_was_disconnected_while_stackone_was_listing_stays_gone(
    run: Run, owner: OriginOwner, stackone: FakeStackOne
) -> None:
    account = AccountFactory.create(owner=owner)
    held(stackone, account)

    def disconnect_meanwhile() -> None:
        reconcile(project=owner.project, fetch=FetchNumber.take(), missing=[account.account_id])

    stackone.during = {"accounts_of": disconnect_meanwhile, "accounts_page": disconnect_meanwhile}
    run()
    account.refresh_from_db()
    assert account.disconnected_at is not None


# --- Interrupted ---------------------------------------------------------------------------------


@pytest.mark.parametrize("interruption", [KeyboardInterrupt, StackOneUnavailableError])
def test_interrupted_in_the_middle_and_run_again_it_ends_level(
    interruption: type[BaseException], stackone: FakeStackOne, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sync, "BATCH", 2)
    owners = OwnerFactory.create_batch(2)
    gone = AccountFactory.create(owner=owners[0])
    made = [stackone.link(owners[n % 2].origin_owner_id) for n in range(6)]
    every_one = [made[n : n + 2] for n in range(0, 6, 2)]

    def interrupted(page: int, *, deadline: object) -> AccountPage:
        if page > 2:
            raise interruption
        return AccountPage(accounts=[every_one[0], every_one[1][:1]][page - 1])

    with monkeypatch.context() as patched:
        patched.setattr(stackone, "accounts_page", interrupted)
        with pytest.raises(interruption):
            sync.sync_all()
    assert LinkedAccount.objects.connected().count() == 3
    report = sync.sync_all()
    assert (report.seen, report.repaired, report.disconnected) == (6, 4, 1)
    connected = set(LinkedAccount.objects.connected().values_list("account_id", flat=True))
    assert connected == set(stackone.accounts)
    gone.refresh_from_db()
    assert gone.disconnected_at is not None


def test_interrupted_while_asking_alone_and_run_again_it_ends_level(
    run: Run, owner: OriginOwner, stackone: FakeStackOne
) -> None:
    AccountFactory.create_batch(4, owner=owner)
    asked = []

    def interrupt() -> None:
        asked.append(1)
        if len(asked) == 3:
            raise KeyboardInterrupt

    stackone.during["get_account"] = interrupt
    with pytest.raises(KeyboardInterrupt):
        run()
    assert LinkedAccount.objects.connected().count() == 2
    assert run().disconnected == 2


def test_a_rate_limit_while_asking_alone_is_waited_out(
    run: Run, owner: OriginOwner, stackone: FakeStackOne
) -> None:
    AccountFactory.create(owner=owner)
    stackone.failing["get_account"] = StackOneRateLimitedError(retry_after=20)
    waits: list[float] = []

    def wait(seconds: float) -> None:
        waits.append(seconds)
        del stackone.failing["get_account"]

    assert run(sleep=wait).disconnected == 1
    assert waits == [20]


def test_one_that_stackone_fails_to_answer_for_keeps_no_other_from_being_found_gone(
    run: Run, owner: OriginOwner, stackone: FakeStackOne
) -> None:
    broken = AccountFactory.create(owner=owner)
    AccountFactory.create_batch(3, owner=owner)

    def fail() -> None:
        if stackone.calls[-1] == ("get_account", broken.account_id):
            raise StackOneUnavailableError

    stackone.during["get_account"] = fail
    with pytest.raises(StackOneUnavailableError):
        run()
    assert LinkedAccount.objects.get(disconnected_at=None) == broken


def test_where_stackone_answers_for_none_it_is_not_asked_for_all(
    run: Run, owner: OriginOwner, stackone: FakeStackOne
) -> None:
    AccountFactory.create_batch(5, owner=owner)
    stackone.failing["get_account"] = StackOneUnavailableError()
    with pytest.raises(StackOneUnavailableError):
        run()
    assert stackone.names.count("get_account") == 3


def test_nobody_is_missed_when_many_are_absent_at_once(
    run: Run, owner: OriginOwner, stackone: FakeStackOne, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sync, "BATCH", 2)
    AccountFactory.create_batch(7, owner=owner)
    assert run().disconnected == 7


def test_each_of_an_organizations_sessions_is_judged_by_one_sweep_of_all(
    stackone: FakeStackOne,
) -> None:
    owners = [OwnerFactory.create(organization=o) for o in OrganizationFactory.create_batch(3)]
    sessions = [SessionFactory.create(owner=owner) for owner in owners]
    for owner in owners:
        stackone.link(owner.origin_owner_id)
    sync.sync_all()
    for session in sessions:
        session.refresh_from_db()
        assert session.outcome == "create"

"""However StackOne pages its list, a sweep sees every account once and ends.

StackOne notes §5.2.
"""

from __future__ import annotations

from collections.abc import Callable

import pytest

from stackone_connect.exceptions import (
    StackOneBadAnswerError,
    StackOneRateLimitedError,
    StackOneUnavailableError,
)
from stackone_connect.models import LinkedAccount, OriginOwner
from stackone_connect.services import sync
from tests.factories import AccountFactory, OwnerFactory, organization_of
from tests.sync.conftest import Listing

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def known() -> OriginOwner:
    return OwnerFactory.create(origin_owner_id="owner")


def ours() -> list[str]:
    return sorted(LinkedAccount.objects.connected().values_list("account_id", flat=True))


@pytest.mark.parametrize("wrap", [list, lambda items: {"data": items, "page": 1}])
def test_pages_are_bare_arrays_or_under_data(wrap: Callable[..., object], listing: Listing) -> None:
    listing.wrap, listing.cap = wrap, 2
    names = [listing.has(f"a{n}")["id"] for n in range(5)]
    assert sync.sync_all().seen == 5
    assert ours() == names


def test_a_short_page_may_be_stackones_cap_and_does_not_end_the_sweep(listing: Listing) -> None:
    listing.cap = 1
    names = [listing.has(f"a{n}")["id"] for n in range(3)]
    sync.sync_all()
    assert ours() == names
    assert listing.pages == [1, 2, 3, 4]


def test_a_server_that_ignores_the_page_ends_the_sweep(listing: Listing) -> None:
    listing.ignores_page = True
    listing.has("a")
    listing.items.append({"id": None})
    report = sync.sync_all()
    assert (report.seen, report.unreadable, listing.pages) == (1, 1, [1, 2])


def test_what_cant_be_read_and_looks_new_each_time_makes_no_list_endless(
    listing: Listing,
) -> None:
    def wrap(items: list[object]) -> object:
        assert len(listing.pages) < 20, "the sweep does not end"
        return [*items, {"id": None, "used_at": len(listing.pages)}]

    listing.ignores_page, listing.wrap = True, wrap
    name = listing.has("a")["id"]
    assert sync.sync_all().seen == 1
    assert ours() == [name]
    assert len(listing.pages) == 11


def test_a_server_that_begins_anew_after_the_last_page_ends_the_sweep(
    listing: Listing, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sync, "BATCH", 2)
    names = [listing.has(f"a{n}")["id"] for n in range(12)]
    listing.cap = 2

    def turn(page: int) -> None:
        if page == 7:
            listing.items *= 2

    listing.before_page = turn
    assert sync.sync_all().seen == 12
    assert ours() == sorted(names)
    assert listing.pages == list(range(1, 8))


def test_one_that_is_listed_again_long_after_is_written_again_and_no_end(
    listing: Listing, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sync, "BATCH", 2)
    listing.cap = 2
    for n in range(12):
        listing.has(f"a{n:02}")
    listing.items += [listing.items[2], listing.items[3]]
    listing.has("last")
    report = sync.sync_all()
    assert (report.repaired, report.disconnected) == (13, 0)
    assert "last" in ours()


def test_pages_that_shift_while_they_are_read_lose_nobody(listing: Listing) -> None:
    """One that is deleted pushes another over the edge between two pages: it is asked for alone."""
    listing.cap = 2
    names = [listing.has(f"a{n}")["id"] for n in range(4)]
    sync.sync_all()

    def shift(page: int) -> None:
        if page == 2:
            del listing.items[0]

    listing.before_page = shift
    report = sync.sync_all()
    assert (report.seen, report.disconnected, listing.alone) == (3, 0, ["a2"])
    listing.before_page = lambda page: None
    assert sync.sync_all().disconnected == 1
    assert ours() == names[1:]


def test_a_new_one_in_front_pushes_one_onto_the_next_page_which_is_no_end(
    listing: Listing,
) -> None:
    listing.cap = 2
    for n in range(4):
        listing.has(f"a{n}")

    def shift(page: int) -> None:
        if page == 2:
            listing.items.insert(0, {**listing.items[0], "id": "new"})

    listing.before_page = shift
    assert sync.sync_all().seen == 4
    assert ours() == ["a0", "a1", "a2", "a3"]


@pytest.mark.parametrize(
    "item", [{"id": "a b", "origin_owner_id": "owner"}, {"id": "x"}, None, "x", [], {}]
)
def test_one_that_cant_be_read_is_passed_over_and_counted(item: object, listing: Listing) -> None:
    listing.cap = 1
    listing.has("a")
    listing.items.append(item)
    listing.has("b")
    report = sync.sync_all()
    assert (report.seen, report.unreadable) == (2, 1)
    assert ours() == ["a", "b"]


def test_one_of_ours_that_became_unreadable_is_left_as_it_was(
    known: OriginOwner, listing: Listing
) -> None:
    account = AccountFactory.create(owner=known, account_id="mine")
    listing.has("other")
    listing.items.append({"id": "mine", "origin_owner_id": None})
    report = sync.sync_all()
    account.refresh_from_db()
    assert account.disconnected_at is None
    assert (report.disconnected, listing.alone) == (0, ["mine"])
    assert report.unreadable == 2  # in the list, and alone


def test_an_answer_that_is_no_list_ends_the_sweep_with_an_error(listing: Listing) -> None:
    listing.wrap = lambda items: {"accounts": items}
    with pytest.raises(StackOneBadAnswerError):
        sync.sync_all()


# --- Rate limits ---------------------------------------------------------------------------------


def test_a_retry_after_within_the_deadline_is_the_clients(
    listing: Listing, naps: list[float]
) -> None:
    listing.has("a")
    listing.refusals = [(429, {"Retry-After": "2"})]
    longer: list[float] = []
    sync.sync_all(sleep=longer.append)
    assert (naps, longer) == ([2.0], [])
    assert ours() == ["a"]


def test_a_longer_one_is_waited_out_and_the_sweep_goes_on_with_that_page(
    listing: Listing, naps: list[float]
) -> None:
    listing.cap = 1
    for n in range(3):
        listing.has(f"a{n}")

    def refuse(page: int) -> None:
        if page == 1:
            listing.refusals = [(429, {"Retry-After": "60"}), (429, {"Retry-After": "30"})]

    listing.before_page = refuse
    waits: list[float] = []
    report = sync.sync_all(sleep=waits.append)
    assert (waits, naps) == ([60, 30], [])
    assert listing.pages == [1, 2, 2, 2, 3, 4]
    assert (ours(), report.seen) == (["a0", "a1", "a2"], 3)


def test_the_waits_in_a_row_are_five_of_a_minute_at_most(listing: Listing) -> None:
    listing.refusals = [(429, {"Retry-After": "3600"})] * 9
    waits: list[float] = []
    with pytest.raises(StackOneRateLimitedError):
        sync.sync_all(sleep=waits.append)
    assert waits == [60] * 5


def test_one_organizations_list_and_single_accounts_wait_too(
    known: OriginOwner, listing: Listing, naps: list[float]
) -> None:
    listing.has("a")
    listing.refusals = [(429, {"Retry-After": "45"})]
    waits: list[float] = []
    sync.sync_organization(organization=organization_of(known), sleep=waits.append)
    assert (waits, ours()) == ([45], ["a"])


def test_an_outage_is_not_waited_out(listing: Listing, naps: list[float]) -> None:
    listing.refusals = [(503, {})] * 3
    waits: list[float] = []
    with pytest.raises(StackOneUnavailableError):
        sync.sync_all(sleep=waits.append)
    assert waits == []

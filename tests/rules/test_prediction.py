"""Which path a session will take, row by row, before the hub opens (StackOne notes §3.1)."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from stackone_connect.choices import SessionPath
from stackone_connect.entities import LiveAccount
from stackone_connect.prediction import predict

PINNED = "Acme"


def known(
    provider: str = "bamboohr", *, name: str = PINNED, categories: tuple[str, ...] = ("hris",)
) -> LiveAccount:
    return LiveAccount(provider=provider, origin_owner_name=name, categories=categories)


def path_of(*live_accounts: LiveAccount, **asked: Any) -> SessionPath:
    values: dict[str, Any] = {
        "account_id": "",
        "multiple": False,
        "provider": "",
        "categories": (),
        "pinned_name": PINNED,
        "accounts_read": True,
    }
    return predict(live_accounts=live_accounts, **{**values, **asked})


def test_a_session_for_an_account_updates_it() -> None:
    assert path_of(account_id="acc", accounts_read=False) == SessionPath.UPDATE


def test_a_session_for_an_account_updates_it_even_when_multiple_is_asked() -> None:
    assert path_of(account_id="acc", multiple=True) == SessionPath.UPDATE


def test_multiple_makes_another_account_beside_one_of_the_same_provider() -> None:
    assert path_of(known(), provider="bamboohr", multiple=True) == SessionPath.MULTIPLE


def test_multiple_makes_another_account_also_where_there_is_none_yet() -> None:
    assert path_of(provider="bamboohr", multiple=True) == SessionPath.MULTIPLE


def test_a_provider_with_a_live_account_under_the_pinned_name_updates_it() -> None:
    assert path_of(known(), provider="bamboohr") == SessionPath.UPDATE


def test_a_live_account_that_is_known_is_enough_for_an_update() -> None:
    assert path_of(known(), provider="bamboohr", accounts_read=False) == SessionPath.UPDATE


def test_the_pinned_name_counts_also_where_another_account_has_another_name() -> None:
    accounts = known(name="Acme Ltd"), known()
    assert path_of(*accounts, provider="bamboohr") == SessionPath.UPDATE


def test_a_provider_with_a_live_account_only_under_another_name_is_undetermined() -> None:
    accounts = known(name="Acme Ltd"), known("personio")
    assert path_of(*accounts, provider="bamboohr") == SessionPath.UNDETERMINED


def test_a_provider_without_a_live_account_creates_one_once_the_accounts_have_been_read() -> None:
    assert path_of(known("personio"), provider="bamboohr") == SessionPath.CREATE


def test_a_provider_is_undetermined_while_the_accounts_have_not_been_read() -> None:
    assert path_of(provider="bamboohr", accounts_read=False) == SessionPath.UNDETERMINED


def test_categories_say_nothing_where_a_provider_is_asked() -> None:
    assert path_of(known(), provider="bamboohr", categories=("ats",)) == SessionPath.UPDATE


def test_without_a_provider_the_first_account_of_all_is_created() -> None:
    assert path_of() == SessionPath.CREATE


def test_without_a_provider_any_live_account_could_be_meant() -> None:
    assert path_of(known()) == SessionPath.UNDETERMINED


def test_a_category_that_no_live_account_has_creates_one() -> None:
    assert path_of(known(), categories=("ats", "crm")) == SessionPath.CREATE


def test_a_category_that_a_live_account_has_is_undetermined() -> None:
    assert path_of(known(), categories=("ats", "hris")) == SessionPath.UNDETERMINED


def test_a_live_account_of_unknown_categories_could_be_of_any() -> None:
    assert path_of(known(categories=()), categories=("ats",)) == SessionPath.UNDETERMINED


def test_a_category_is_undetermined_while_the_accounts_have_not_been_read() -> None:
    assert path_of(categories=("ats",), accounts_read=False) == SessionPath.UNDETERMINED


PROVIDERS = st.sampled_from(["bamboohr", "personio"])
CATEGORIES = st.lists(st.sampled_from(["hris", "ats"]), unique=True)
ACCOUNTS = st.lists(
    st.builds(
        LiveAccount,
        provider=PROVIDERS,
        origin_owner_name=st.sampled_from([PINNED, "Acme Ltd", ""]),
        categories=CATEGORIES,
    ),
    max_size=5,
)
ASKED = st.fixed_dictionaries(
    {
        "account_id": st.sampled_from(["", "acc"]),
        "multiple": st.booleans(),
        "provider": st.just("") | PROVIDERS,
        "categories": CATEGORIES,
        "accounts_read": st.booleans(),
    }
)


@given(data=st.data(), accounts=ACCOUNTS, asked=ASKED)
def test_the_path_never_depends_on_the_order_of_accounts(
    data: st.DataObject, accounts: list[LiveAccount], asked: dict[str, Any]
) -> None:
    shuffled = data.draw(st.permutations(accounts))
    assert path_of(*shuffled, **asked) == path_of(*accounts, **asked)


@given(accounts=ACCOUNTS, asked=ASKED)
def test_an_account_id_always_wins(accounts: list[LiveAccount], asked: dict[str, Any]) -> None:
    assert path_of(*accounts, **{**asked, "account_id": "acc"}) == SessionPath.UPDATE


@given(accounts=ACCOUNTS, asked=ASKED)
def test_create_is_never_predicted_before_the_accounts_have_been_read(
    accounts: list[LiveAccount], asked: dict[str, Any]
) -> None:
    assert path_of(*accounts, **{**asked, "accounts_read": False}) != SessionPath.CREATE


@given(accounts=ACCOUNTS, asked=ASKED)
def test_reading_the_accounts_can_only_settle_a_path_that_was_undetermined(
    accounts: list[LiveAccount], asked: dict[str, Any]
) -> None:
    before = path_of(*accounts, **{**asked, "accounts_read": False})
    after = path_of(*accounts, **{**asked, "accounts_read": True})
    assert after == before or (before, after) == (SessionPath.UNDETERMINED, SessionPath.CREATE)

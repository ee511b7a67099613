"""The names that people give their accounts: here, at StackOne, and by the session."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.db import transaction

from stackone_connect import clock
from stackone_connect.entities import AccountSnapshot
from stackone_connect.exceptions import (
    AccountNotFoundError,
    InvalidRequestError,
    StackOneRejectedError,
    StackOneUnavailableError,
    TransactionOpenError,
)
from stackone_connect.models import LinkedAccount, OriginOwner
from stackone_connect.models.fetches import FetchNumber
from stackone_connect.services import accounts, sessions
from stackone_connect.services._reconcile import reconcile
from tests.factories import AccountFactory, OwnerFactory, organization_of, snapshot_of
from tests.fakes import FakeStackOne, Sandbox


@pytest.fixture
def account(owner: OriginOwner, stackone: FakeStackOne) -> LinkedAccount:
    """An account that StackOne has, too, under the name Before."""
    made = AccountFactory.create(owner=owner, label="Before")
    stackone.accounts[made.account_id] = snapshot_of(made)
    return made


def label(account: LinkedAccount, text: Any) -> LinkedAccount:
    return accounts.set_label(
        organization=organization_of(account.owner), account_id=account.account_id, label=text
    )


def stackone_says(account: LinkedAccount, text: str) -> str:
    """The label after StackOne described the account with that one."""
    answered: AccountSnapshot = snapshot_of(account, label=text, updated_at=clock.now())
    reconcile(project=account.owner.project, fetch=FetchNumber.take(), present=[answered])
    account.refresh_from_db()
    return account.label


def test_a_label_is_given_at_stackone_and_here(
    account: LinkedAccount, stackone: FakeStackOne, told: list[Any]
) -> None:
    assert label(account, "EMEA payroll").label == "EMEA payroll"
    account.refresh_from_db()
    assert (account.label, account.stackone_label) == ("EMEA payroll", "EMEA payroll")
    assert stackone.accounts[account.account_id].label == "EMEA payroll"
    assert stackone.names == ["get_account", "label_account"]
    assert told == [("account_updated", account.pk)]


@pytest.mark.parametrize("none", ["", None, "  ", "\u200b"])
def test_an_empty_label_takes_the_name_back(
    none: Any, account: LinkedAccount, stackone: FakeStackOne
) -> None:
    assert label(account, none).label == ""
    assert stackone.accounts[account.account_id].label == ""
    assert stackone_says(account, "") == ""


@pytest.mark.parametrize("bad", [7, ["a"], {"a": 1}, True, "a\nb", "a\x00", "x" * 256])
def test_a_label_that_is_none_is_refused_before_stackone_is_asked(
    bad: Any, account: LinkedAccount, stackone: FakeStackOne
) -> None:
    with pytest.raises(InvalidRequestError) as caught:
        label(account, bad)
    assert list(caught.value.errors) == ["label"]
    assert stackone.calls == []


def test_a_label_that_stackone_refuses_is_kept_here(
    account: LinkedAccount, stackone: FakeStackOne, lines: Callable[..., list[str]]
) -> None:
    """Its schema declares an object (StackOne notes §1.4)."""
    stackone.failing["label_account"] = StackOneRejectedError(status=400, request_id="r-1")
    assert label(account, "EMEA").label == "EMEA"
    assert stackone_says(account, "Before") == "EMEA"
    (line,) = lines("account.label_kept_here")
    assert "request_id=r-1" in line
    assert "EMEA" not in line


def test_a_label_that_stackone_ignores_is_kept_here(
    account: LinkedAccount, stackone: FakeStackOne
) -> None:
    stackone.takes_labels = False
    assert label(account, "EMEA").label == "EMEA"
    assert stackone_says(account, "Before") == "EMEA"


@pytest.mark.parametrize("kept", ["EMEA", ""])
def test_a_label_that_changes_at_stackone_afterwards_counts(
    kept: str, account: LinkedAccount, stackone: FakeStackOne
) -> None:
    stackone.takes_labels = False
    label(account, kept)
    assert stackone_says(account, "Renamed there") == "Renamed there"


def test_a_label_that_is_emptied_at_stackone_is_gone_unless_another_was_given_here(
    account: LinkedAccount, stackone: FakeStackOne
) -> None:
    assert stackone_says(account, "") == ""
    stackone_says(account, "Before")
    stackone.takes_labels = False
    label(account, "EMEA")
    assert stackone_says(account, "") == "EMEA"


def test_stackone_that_does_not_answer_changes_nothing(
    account: LinkedAccount, stackone: FakeStackOne
) -> None:
    stackone.failing["label_account"] = StackOneUnavailableError(retry_after=5)
    with pytest.raises(StackOneUnavailableError):
        label(account, "EMEA")
    account.refresh_from_db()
    assert account.label == "Before"


def test_an_account_that_has_moved_is_not_labelled(
    account: LinkedAccount, stackone: FakeStackOne
) -> None:
    other = OwnerFactory.create()
    moved = snapshot_of(account, origin_owner_id=other.origin_owner_id)
    stackone.accounts[account.account_id] = moved
    with pytest.raises(AccountNotFoundError):
        label(account, "EMEA")
    assert stackone.names == ["get_account"]
    account.refresh_from_db()
    assert (account.label, account.disconnected_at is None) == ("Before", False)


def test_an_account_of_the_other_type_is_not_labelled(
    owner: OriginOwner, stackone: FakeStackOne
) -> None:
    account = AccountFactory.create(owner=owner, type="test")
    with pytest.raises(AccountNotFoundError):
        label(account, "EMEA")
    assert stackone.calls == []


@pytest.mark.parametrize("call", ["get_account", "label_account"])
def test_an_account_that_goes_meanwhile_is_gone_here_too(
    call: str, account: LinkedAccount, stackone: FakeStackOne
) -> None:
    stackone.during[call] = lambda: stackone.accounts.pop(account.account_id, None)
    with pytest.raises(AccountNotFoundError):
        label(account, "EMEA")
    account.refresh_from_db()
    assert account.disconnected_at is not None
    assert account.label == "Before"


def test_another_organizations_account_answers_as_one_that_does_not_exist(
    account: LinkedAccount, stackone: FakeStackOne
) -> None:
    stranger = organization_of(OwnerFactory.create())
    for account_id in (account.account_id, "unknown", "..", "a/b"):
        with pytest.raises(AccountNotFoundError):
            accounts.set_label(organization=stranger, account_id=account_id, label="EMEA")
    assert stackone.calls == []


def test_it_refuses_to_run_inside_a_transaction(account: LinkedAccount) -> None:
    with transaction.atomic(), pytest.raises(TransactionOpenError):
        label(account, "EMEA")


@pytest.mark.parametrize(
    ("said", "expected"), [("", "EMEA payroll"), ("Named at StackOne", "Named at StackOne")]
)
def test_a_new_account_has_the_label_of_the_session_that_made_it_unless_stackone_names_one(
    said: str, expected: str, owner: OriginOwner, stackone: FakeStackOne
) -> None:
    organization = organization_of(owner)
    issued = sessions.issue(organization=organization, provider="bamboohr", label="EMEA payroll")
    made = stackone.link(owner.origin_owner_id, label=said)
    done = sessions.complete(
        organization=organization, session_id=issued.session.pk, account_id=made.account_id
    )
    assert done.outcome == "create"
    account = accounts.get(organization=organization, account_id=made.account_id)
    assert account.label == expected
    assert stackone_says(account, said) == expected


def test_a_session_that_updates_an_account_does_not_name_it(
    owner: OriginOwner, account: LinkedAccount, stackone: FakeStackOne
) -> None:
    organization = organization_of(owner)
    LinkedAccount.objects.update(label="", stackone_label="")
    stackone.touch(account.account_id, label="")
    issued = sessions.issue(
        organization=organization, account_id=account.account_id, label="EMEA payroll"
    )
    stackone.touch(account.account_id)
    done = sessions.complete(
        organization=organization, session_id=issued.session.pk, account_id=account.account_id
    )
    assert done.outcome == "update"
    account.refresh_from_db()
    assert account.label == ""


def test_the_sandbox_takes_labels_as_we_send_them(organization: Any, sandbox: Sandbox) -> None:
    issued = sessions.issue(organization=organization, provider="bamboohr", label="First")
    account_id = sandbox.finish_hub(issued.token)
    sessions.complete(
        organization=organization, session_id=issued.session.pk, account_id=account_id
    )

    def labelled(text: str) -> tuple[str, str]:
        row = accounts.set_label(organization=organization, account_id=account_id, label=text)
        return row.label, row.stackone_label

    assert labelled("Büro 2 · 🌍") == ("Büro 2 · 🌍", "Büro 2 · 🌍")
    assert labelled("") == ("", "")


def test_an_account_is_told_apart_by_its_label() -> None:
    account = LinkedAccount(provider="bamboohr", provider_name="BambooHR", account_id="a1")
    assert account.display_name == "BambooHR"
    account.label = "EMEA"
    assert account.display_name == "BambooHR (EMEA)"
    assert str(account) == "BambooHR (EMEA) a1"
    assert LinkedAccount(provider="workday").display_name == "workday"

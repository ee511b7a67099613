"""``manage.py stackone_sync_accounts``."""

from __future__ import annotations

import re
from io import StringIO
from typing import Any

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from stackone_connect.exceptions import StackOneMisconfiguredError, StackOneUnavailableError
from stackone_connect.models import LinkedAccount, OriginOwner
from stackone_connect.services import sync
from tests.factories import AccountFactory, OwnerFactory, snapshot_of
from tests.fakes import FakeStackOne

pytestmark = pytest.mark.django_db


class Terminal(StringIO):
    def isatty(self) -> bool:
        return True


def run(*arguments: str, err: StringIO | None = None) -> str:
    out = StringIO()
    call_command("stackone_sync_accounts", *arguments, stdout=out, stderr=err or StringIO())
    return out.getvalue()


def test_it_says_how_many_had_been_missed_and_are_repaired(
    owner: OriginOwner, stackone: FakeStackOne
) -> None:
    AccountFactory.create(owner=owner)
    stackone.link(owner.origin_owner_id)
    stackone.link("of another environment")
    assert run() == (
        "2 accounts seen, 1 out of date and repaired, 1 disconnected, 1 of owners not known here\n"
    )


def test_it_syncs_one_organization_by_its_primary_key(
    owner: OriginOwner, stackone: FakeStackOne
) -> None:
    stackone.link(owner.origin_owner_id)
    stackone.link(OwnerFactory.create().origin_owner_id)
    assert run("--organization", str(owner.organization_id)).startswith("1 account seen")
    assert LinkedAccount.objects.get().owner == owner


@pytest.mark.parametrize("key", ["0", "x", ""])
def test_an_unknown_organization_is_said_to_be_unknown(key: str, stackone: FakeStackOne) -> None:
    with pytest.raises(CommandError, match=r"There is no accounts\.Organization"):
        run("--organization", key)
    assert stackone.calls == []


def test_progress_is_shown_on_a_terminal_only(
    owner: OriginOwner, stackone: FakeStackOne, monkeypatch: pytest.MonkeyPatch
) -> None:
    stackone.link(owner.origin_owner_id)
    piped, terminal = StringIO(), Terminal()
    run(err=piped)
    assert piped.getvalue() == ""
    run(err=terminal)
    assert terminal.getvalue() == "\rAccounts: 1, repaired: 0\n"


@pytest.mark.parametrize(
    ("error", "sentence"),
    [
        (StackOneUnavailableError(), r"StackOne can't be reached right now.*\(stackone_unavail"),
        (StackOneMisconfiguredError(), r"\(stackone_misconfigured\)"),
    ],
)
@pytest.mark.parametrize("one", [True, False])
def test_a_mute_stackone_is_a_sentence_and_an_exit_code(
    one: bool, error: Any, sentence: str, owner: OriginOwner, stackone: FakeStackOne
) -> None:
    stackone.failing = {"accounts_page": error, "accounts_of": error}
    with pytest.raises(CommandError) as failed:
        run(*(["--organization", str(owner.organization_id)] if one else []))
    assert re.search(sentence, str(failed.value))
    assert failed.value.returncode == 1


def test_too_many_gone_are_refused_until_forced(owner: OriginOwner, stackone: FakeStackOne) -> None:
    AccountFactory.create_batch(10, owner=owner)
    with pytest.raises(CommandError, match=r"10 of 10 linked accounts.*--force.*sweep_refused"):
        run()
    assert LinkedAccount.objects.connected().count() == 10
    assert "10 disconnected" in run("--force")


def test_what_could_not_be_read_is_said(
    owner: OriginOwner, stackone: FakeStackOne, monkeypatch: pytest.MonkeyPatch
) -> None:
    report = sync.Report(seen=1, unreadable=2)
    monkeypatch.setattr(sync, "sync_all", lambda **_: report)
    assert run().endswith("\n2 could not be read and were not changed\n")


def test_interrupted_on_the_way_it_ends_level_the_next_time(
    stackone: FakeStackOne, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sync, "BATCH", 1)
    owners = OwnerFactory.create_batch(3)
    rows = [AccountFactory.create(owner=owner, label="old") for owner in owners]
    for row in rows:
        stackone.accounts[row.account_id] = snapshot_of(row, label="new")
    asked = []

    def interrupt() -> None:
        asked.append(1)
        raise KeyboardInterrupt

    stackone.during["accounts_page"] = interrupt
    with pytest.raises(KeyboardInterrupt):
        run()
    stackone.during.clear()
    assert "3 out of date" in run()
    assert set(LinkedAccount.objects.values_list("label", flat=True)) == {"new"}

"""Issuing a link from the shell, for support."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
from django.apps import apps
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import models

from example_project.accounts.models import Organization
from stackone_connect import clock
from stackone_connect.entities import SessionGrant
from stackone_connect.exceptions import (
    StackOneMisconfiguredError,
    StackOneRejectedError,
    StackOneUnavailableError,
)
from stackone_connect.management.organizations import organization_by_key
from stackone_connect.models import ConnectSession
from tests.factories import AccountFactory, OwnerFactory
from tests.fakes import FakeStackOne, Sandbox

pytestmark = pytest.mark.django_db


def run(organization: object, *arguments: str) -> str:
    out = StringIO()
    call_command(
        "stackone_connect_session",
        f"--organization={organization}",
        *arguments,
        stdout=out,
        no_color=True,
    )
    return out.getvalue()


def test_the_link_is_printed_once_with_its_end_and_the_session_to_look_for(
    stackone: FakeStackOne, organization: Organization
) -> None:
    said = run(organization.pk)
    session = ConnectSession.objects.get()
    assert session.expires_at is not None
    assert said.count("https://app.stackone.test/?token=") == 1
    assert f"until {session.expires_at:%Y-%m-%d %H:%M} UTC" in said
    assert str(session.pk) in said
    assert "For Acme." in said


def test_the_link_lives_five_days_unless_told_otherwise(
    stackone: FakeStackOne, organization: Organization
) -> None:
    run(organization.pk)
    assert stackone.bodies[0]["expires_in"] == 432_000
    session = ConnectSession.objects.get()
    assert session.expires_at is not None
    left = session.expires_at - clock.now()
    assert timedelta(days=5) - timedelta(minutes=1) < left <= timedelta(days=5)


def test_the_default_never_exceeds_the_hosts_longest(
    stackone: FakeStackOne, organization: Organization, configure: Callable[..., None]
) -> None:
    configure(MAX_SESSION_LIFETIME=7200)
    run(organization.pk)
    assert stackone.bodies[0]["expires_in"] == 7200


def test_everything_that_was_asked_reaches_stackone(
    stackone: FakeStackOne, organization: Organization
) -> None:
    run(
        organization.pk,
        *("--provider", "bamboohr", "--category", "hris"),
        *("--label", "Payroll of Berlin", "--expires-in", "3600"),
    )
    [body] = stackone.bodies
    assert body["origin_owner_id"] == str(organization.pk)
    assert body["provider"] == "bamboohr"
    assert body["categories"] == ["hris"]
    assert body["label"] == "Payroll of Berlin"
    assert body["expires_in"] == 3600


def test_an_account_to_edit_may_begin_with_a_hyphen(
    stackone: FakeStackOne, organization: Organization
) -> None:
    owner = OwnerFactory.create(organization=organization)
    stackone.link(owner.origin_owner_id, account_id="-abc")
    said = run(organization.pk, "--account-id=-abc")
    assert stackone.bodies[0]["account_id"] == "-abc"
    assert "update an account" in said


def test_the_sandbox_gives_a_link_that_opens(sandbox: Sandbox, organization: Organization) -> None:
    said = run(organization.pk, "--provider", "bamboohr")
    [link] = [word for word in said.split() if word.startswith("http")]
    assert "token" in link
    assert ConnectSession.objects.get().status == "issued"


def test_a_session_without_a_link_is_said_and_can_be_found(
    stackone: FakeStackOne, organization: Organization, monkeypatch: pytest.MonkeyPatch
) -> None:
    issue = stackone.create_connect_session

    def without_link(*args: Any, **options: Any) -> SessionGrant:
        return replace(issue(*args, **options), auth_link_url="")

    monkeypatch.setattr(stackone, "create_connect_session", without_link)
    with pytest.raises(CommandError, match="without a link") as refused:
        run(organization.pk)
    assert str(ConnectSession.objects.get().pk) in str(refused.value)


@pytest.mark.parametrize("key", ["4711", "99999999999999999999999", "acme", "", "-1"])
def test_an_organization_that_does_not_exist_is_said_by_its_key(
    stackone: FakeStackOne, organization: Organization, key: str
) -> None:
    with pytest.raises(
        CommandError, match=rf"no accounts\.Organization with the primary key {key}\.$"
    ):
        run(key)
    assert stackone.calls == []


def test_keys_of_other_types_are_looked_up_and_refused_alike(
    monkeypatch: pytest.MonkeyPatch, organization: Organization
) -> None:
    class Company:
        """A tenant model whose key is a UUID, without its table."""

        class _meta:  # noqa: N801 - as Django calls it
            label = "crm.Company"

        class _default_manager:  # noqa: N801 - as Django calls it
            @staticmethod
            def get(pk: str) -> Organization:
                assert models.UUIDField().to_python(pk) == known
                return organization

    known = uuid.uuid4()
    monkeypatch.setattr(apps, "get_model", lambda _: Company)
    assert organization_by_key(str(known)) == organization
    with pytest.raises(CommandError, match=r"no crm\.Company with the primary key acme\."):
        organization_by_key("acme")


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--expires-in", "59"], "--expires-in: Give a whole number of seconds from 60 to 604800."),
        (["--expires-in", "604801"], "--expires-in: Give a whole number of seconds from 60"),
        (["--provider", "two words"], "--provider: This is not a valid key."),
        (["--label", ""], "--label: Give a text of 1 to 255 characters."),
    ],
)
def test_what_breaks_a_rule_is_said_by_option_and_leaves_no_row(
    stackone: FakeStackOne, organization: Organization, arguments: list[str], sentence: str
) -> None:
    with pytest.raises(CommandError) as refused:
        run(organization.pk, *arguments)
    assert sentence in str(refused.value)
    assert ConnectSession.objects.count() == 0


def test_another_organizations_account_does_not_exist(
    stackone: FakeStackOne, organization: Organization
) -> None:
    AccountFactory.create(account_id="theirs")
    stackone.link("another", account_id="theirs")
    with pytest.raises(CommandError, match=r"There is no such account\. \(account_not_found\)"):
        run(organization.pk, "--account-id", "theirs")


@pytest.mark.parametrize(
    ("error", "is_seen_by_the_doctor"),
    [
        (StackOneMisconfiguredError, True),
        (StackOneUnavailableError, True),
        (StackOneRejectedError, False),  # about the provider or category that was given
    ],
)
def test_stackones_refusal_is_one_sentence_that_leads_to_the_doctor_where_it_helps(
    stackone: FakeStackOne, organization: Organization, error: Any, is_seen_by_the_doctor: bool
) -> None:
    OwnerFactory.create(organization=organization)
    stackone.failing["create_connect_session"] = error()
    with pytest.raises(CommandError) as refused:
        run(organization.pk)
    assert str(error.default_detail) in str(refused.value)
    assert f"({error.code})" in str(refused.value)
    assert ("stackone_doctor" in str(refused.value)) is is_seen_by_the_doctor
    assert ConnectSession.objects.get().status == "failed"


def test_a_mistake_in_the_settings_is_a_sentence_too(
    stackone: FakeStackOne, organization: Organization, configure: Callable[..., None]
) -> None:
    configure(OWNER_ID=lambda _: "")
    with pytest.raises(CommandError, match="blank id"):
        run(organization.pk)

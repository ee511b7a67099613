"""The kit with several StackOne projects: each organization meets its own, and only that."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import models
from pytest_django import Settings

from example_project.accounts.models import Organization
from stackone_connect.exceptions import StackOneUnavailableError
from stackone_connect.services import sessions
from stackone_connect.testing.sandbox import sandboxed

pytestmark = pytest.mark.django_db


def region(organization: models.Model) -> str:
    return "us" if str(organization) == "Globex" else "eu"


@pytest.fixture(autouse=True)
def _two_projects(settings: Settings) -> None:
    alone = ("API_KEY", "WEBHOOK_SECRETS")
    shared = {key: value for key, value in settings.STACKONE_CONNECT.items() if key not in alone}
    settings.STACKONE_CONNECT = {
        **shared,
        "PROJECTS": {"eu": {"API_KEY": "v1.eu.real"}, "us": {"API_KEY": "v1.us.real"}},
        "PROJECT_OF": region,
    }


def connect(sandbox: Any, name: str) -> str:
    organization = Organization.objects.get_or_create(name=name)[0]
    issued = sessions.issue(organization=organization, provider="bamboohr")
    account_id: str = sandbox.finish(issued.token)
    sessions.complete(
        organization=organization, session_id=issued.session.pk, account_id=account_id
    )
    return account_id


def test_accounts_come_into_being_in_the_organizations_own_project() -> None:
    with sandboxed() as sandbox:
        of_eu, of_us = connect(sandbox, "Acme"), connect(sandbox, "Globex")
        sandbox.add_account(
            "gusto", origin_owner_id="another", origin_owner_name="Another", project="us"
        )
        of_project = {
            name: [account["id"] for account in sandbox.accounts_of(name)] for name in ("eu", "us")
        }
        assert of_project["eu"] == [of_eu]
        assert of_project["us"][0] == of_us
        assert len(sandbox.accounts) == 3


def test_one_project_can_fail_while_the_other_goes_on() -> None:
    with sandboxed() as sandbox:
        sandbox.fail(target="any", status=503, project="us")
        connect(sandbox, "Acme")
        with pytest.raises(StackOneUnavailableError):
            connect(sandbox, "Globex")
        sandbox.recover()
        connect(sandbox, "Globex")

"""Commands on outputs that do not have every character: a code page, or plain ASCII."""

from __future__ import annotations

import json
from contextlib import suppress
from io import BytesIO, TextIOWrapper
from typing import Any

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from tests.factories import AccountFactory, OrganizationFactory, OwnerFactory
from tests.fakes import FakeStackOne

pytestmark = pytest.mark.django_db

ENCODINGS = ["ascii", "latin-1", "cp1252", "utf-8"]


def printed(encoding: str, *words: str) -> str:
    """What a command wrote to an output of that encoding, errors of ours included."""
    raw = BytesIO()
    out = TextIOWrapper(raw, encoding=encoding)
    with suppress(CommandError):
        call_command(*words, stdout=out, no_color=True)
    assert out.errors == "strict"  # as it was
    out.flush()
    return raw.getvalue().decode(encoding)


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_a_link_is_shown_whatever_the_customer_is_called(
    stackone: FakeStackOne, encoding: str
) -> None:
    organization = OrganizationFactory.create(name="東京 Büro")
    said = printed(encoding, "stackone_connect_session", f"--organization={organization.pk}")
    assert "https://app.stackone.test/?token=" in said
    assert ("東京" if encoding == "utf-8" else r"\u6771\u4eac") in said


@pytest.mark.parametrize("encoding", ENCODINGS)
@pytest.mark.parametrize("options", [(), ("--json",)])
def test_the_doctor_says_everything(
    stackone: FakeStackOne, encoding: str, options: tuple[str, ...]
) -> None:
    owner = OwnerFactory.create(origin_owner_name="東京")
    AccountFactory.create(owner=owner)
    said = printed(encoding, "stackone_doctor", *options)
    if options:
        assert "東京" in str(json.loads(said))
    else:
        assert "webhook" in said.lower()


@pytest.mark.parametrize("encoding", ENCODINGS)
@pytest.mark.parametrize("command", ["process", "prune", "sync_accounts"])
def test_jobs_say_what_they_did_in_any_language(
    stackone: FakeStackOne, settings: Any, encoding: str, command: str
) -> None:
    settings.LANGUAGE_CODE = "fr"
    assert "0" in printed(encoding, f"stackone_{command}")

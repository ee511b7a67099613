"""The pages in the language of the request; ``tests/languages`` looks for what is left out."""

from __future__ import annotations

import pytest
from django.test import Client
from django.utils import translation

from stackone_connect import clock
from stackone_connect.models import OriginOwner
from tests.factories import AccountFactory, SessionFactory


@pytest.mark.parametrize(
    ("language", "sentence"),
    [
        ("de", "member@acme.example hat BambooHR (EMEA) verbunden"),
        ("es", "member@acme.example conectó BambooHR (EMEA)"),
        ("fr", "member@acme.example a connecté BambooHR (EMEA)"),
    ],
)
def test_the_page_speaks_the_language_of_the_request(
    language: str, sentence: str, browser: Client, owner: OriginOwner
) -> None:
    account = AccountFactory.create(owner=owner, label="EMEA", status="error")
    SessionFactory.create(
        owner=owner, status="completed", outcome="create", account_id=account.account_id,
        completed_at=clock.now(),
    )  # fmt: skip
    with translation.override(language):
        page = browser.get("/").content.decode()
    assert sentence in page
    for english in ("Linked accounts", "Needs reconnecting", "Connect an account", "ago"):
        assert f">{english}<" not in page

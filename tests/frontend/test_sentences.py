"""What the element says, held against what the server can answer."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from django.contrib.staticfiles import finders
from django.test import Client

from example_project.accounts.models import Organization, User
from stackone_connect.api.errors import STATUSES
from stackone_connect.choices import SessionOutcome, SessionPath

#: Answers to mistakes that the element's script would have to make.
OF_PROGRAMMERS = {"method_not_allowed", "not_acceptable", "unsupported_media_type"}
SOURCES = [
    Path(found)
    for name in ("api", "connect", "hub", "sentences", "view")
    if (found := finders.find(f"stackone_connect/{name}.js"))
]


@pytest.fixture
def known() -> set[str]:
    source = next(file for file in SOURCES if file.name == "sentences.js").read_text()
    table = source[source.index("export const sentences") : source.index("\n};")]
    return set(re.findall(r"^  (\w+):", table, re.MULTILINE))


def test_every_error_code_that_a_page_can_meet_has_a_sentence(known: set[str]) -> None:
    """Taken from the API's own table, so that a new code cannot be forgotten."""
    assert set(STATUSES) - known == OF_PROGRAMMERS


def test_every_path_and_every_outcome_has_a_sentence(known: set[str]) -> None:
    assert {f"path_{path}" for path in SessionPath.values} <= known
    assert {f"outcome_{outcome}" for outcome in SessionOutcome.values} <= known


def test_no_sentence_is_there_for_nothing(known: set[str]) -> None:
    """Every key is one of the server's, or is named somewhere in the scripts."""
    named = " ".join(file.read_text() for file in SOURCES)
    made = {f"path_{path}" for path in SessionPath.values} | {
        f"outcome_{outcome}" for outcome in SessionOutcome.values
    }
    from_server = set(STATUSES) | {"abandoned"}
    assert {key for key in known - made - from_server if f'"{key}"' not in named} == set()


@pytest.mark.django_db
def test_the_element_can_tell_a_stale_token_from_another_refusal() -> None:
    """Both are ``permission_denied``; the element looks for the word in the sentence."""
    organization = Organization.objects.create(name="Acme")
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(User.objects.create_user("member", organization=organization))
    answer = browser.post("/api/stackone/connect-sessions/", headers={"X-CSRFToken": "a" * 64})
    assert answer.json()["code"] == "permission_denied"
    assert re.search(r"\bCSRF\b", answer.json()["detail"])


@pytest.mark.parametrize("source", SOURCES, ids=lambda file: file.name)
def test_the_scripts_are_short_and_need_nothing_else(source: Path) -> None:
    text = source.read_text()
    assert len(text.splitlines()) < 300
    assert set(re.findall(r'from "([^"]+)"', text)) <= {f"./{file.name}" for file in SOURCES}
    for forbidden in ("innerHTML", "eval(", "new Function", ".style.", "localStorage"):
        assert forbidden not in text

"""Support's pages, each in every language, without a sentence of English."""

from __future__ import annotations

import re

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import translation

from stackone_connect.exceptions import StackOneUnavailableError
from stackone_connect.models import (
    ConnectSession,
    LinkedAccount,
    OriginOwner,
    OwnerTombstone,
    WebhookEvent,
)
from tests.admin.pages import address
from tests.fakes import FakeStackOne
from tests.languages.catalogues import left_in
from tests.languages.conftest import read

pytestmark = pytest.mark.django_db
CALLS = ("accounts_of", "create_connect_session", "accounts_named", "rename_owner", "get_account")
MODELS = (ConnectSession, LinkedAccount, OriginOwner, WebhookEvent, OwnerTombstone)


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)
def test_a_list_and_its_filters(
    model: type[LinkedAccount], language: str, support: Client, everything: OriginOwner
) -> None:
    page = reverse(f"admin:stackone_connect_{model._meta.model_name}_changelist")
    for query in ("", "?q=nothing-is-called-so"):
        answer = support.get(page + query)
        assert answer.status_code == 200
        assert f'lang="{language}"' in answer.content.decode()
        assert left_in(read(answer), language) == []


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)
def test_the_page_of_each_record(
    model: type[LinkedAccount], language: str, support: Client, everything: OriginOwner
) -> None:
    records = model._default_manager.all()
    assert records
    for record in records:
        page = reverse(f"admin:stackone_connect_{model._meta.model_name}_change", args=[record.pk])
        assert left_in(read(support.get(page)), language) == []


def test_the_overview_and_the_index(
    language: str, support: Client, everything: OriginOwner
) -> None:
    for name in ("admin:stackone_connect_overview", "admin:index"):
        assert left_in(read(support.get(reverse(name))), language) == []


def test_the_overview_of_nothing(language: str, support: Client) -> None:
    page = support.get(reverse("admin:stackone_connect_overview"))
    assert left_in(read(page), language) == []


def test_the_page_of_an_organization_without_accounts(
    language: str, support: Client, owner: OriginOwner
) -> None:
    assert left_in(read(support.get(address(owner))), language) == []


def test_a_renamed_organization(language: str, support: Client, owner: OriginOwner) -> None:
    OriginOwner.objects.filter(pk=owner.pk).update(origin_owner_name="Acme before")
    for page in ("change", "repin"):
        answer = read(support.get(address(owner, page)))
        assert "Acme before" in answer
        assert left_in(answer, language) == []


@pytest.mark.parametrize("fails", [False, True])
def test_what_is_done_at_stackone(
    fails: bool, language: str, support: Client, everything: OriginOwner, stackone: FakeStackOne
) -> None:
    if fails:
        with translation.override(language):  # as where it is raised
            stackone.failing |= {name: StackOneUnavailableError() for name in CALLS}
    account = LinkedAccount.objects.get(account_id="broken")
    for page in (("ask",), ("link",), ("link", account.account_id), ("repin",)):
        name, *more = page
        name = "reconnect" if more else name
        answer = support.post(address(everything, name, *more), follow=True)
        assert answer.status_code == 200
        assert left_in(read(answer), language) == []


def test_an_event_is_processed_again(
    language: str, support: Client, everything: OriginOwner
) -> None:
    page = reverse("admin:stackone_connect_webhookevent_changelist")
    chosen = list(WebhookEvent.objects.filter(state="failed").values_list("pk", flat=True))
    answer = support.post(
        page, {"action": "process_again", "_selected_action": chosen}, follow=True
    )
    assert "stackone_process" in read(answer)
    assert left_in(read(answer), language) == []
    history = reverse("admin:stackone_connect_webhookevent_history", args=[chosen[0]])
    assert left_in(read(support.get(history)), language) == []


def test_a_tombstone_is_deleted(language: str, support: Client, everything: OriginOwner) -> None:
    tombstone = OwnerTombstone.objects.all()[0]
    page = reverse("admin:stackone_connect_ownertombstone_delete", args=[tombstone.pk])
    assert left_in(read(support.get(page)), language) == []


def test_an_organization_that_still_has_accounts_is_not_deleted(
    language: str, support: Client, everything: OriginOwner
) -> None:
    page = reverse("admin:accounts_organization_delete", args=[everything.organization_id])
    answer = read(support.get(page))
    assert "stackone_connect.services.owners.offboard(organization=…)" in answer
    assert left_in(answer, language) == []


def test_dates_are_written_as_the_language_writes_them(
    language: str, support: Client, everything: OriginOwner
) -> None:
    page = support.get(address(everything)).content.decode()
    (shown, *_) = re.findall(r"<time datetime=[^>]*>([^<]*)</time>", page)
    pattern = {
        "de": r"\d{1,2}\. \w+ \d{4} \d\d:\d\d",
        "es": r"\d{1,2} de \w+ de \d{4} a las \d\d?:\d\d",
        "fr": r"\d{1,2} \w+ \d{4} \d\d:\d\d",
    }[language]
    assert re.fullmatch(pattern, shown), shown


def test_english_would_be_noticed(support: Client, language: str, everything: OriginOwner) -> None:
    page = read(Client(headers={"Accept-Language": "en"}).get("/sign-in/"))
    assert left_in(page, language)
    english = Client(
        headers={"Accept-Language": "en"},
    )
    english.cookies = support.cookies
    assert len(left_in(read(english.get(address(everything))), language)) > 20

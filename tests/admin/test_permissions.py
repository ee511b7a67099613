"""Each part of the admin is shown by its own permission, and of the rows that its admin has."""

from __future__ import annotations

from contextlib import ExitStack
from operator import methodcaller

import pytest
from django.db.models import Model
from django.test import Client
from django.urls import reverse

from example_project.accounts.models import User
from stackone_connect.models import ConnectSession, LinkedAccount, OriginOwner, WebhookEvent
from tests.admin.people import narrowed, staff, unregistered
from tests.factories import AccountFactory, OwnerFactory, SessionFactory
from tests.fakes import FakeStackOne

pytestmark = pytest.mark.django_db

OVERVIEW = reverse("admin:stackone_connect_overview")
#: A text of each kind of row that nothing else on a page contains.
TEXTS: dict[type[Model], str] = {
    ConnectSession: "person-who-asked",
    LinkedAccount: "account-of-acme",
    WebhookEvent: "error-of-event",
}
EVERYTHING = ("view_originowner", "view_connectsession", "view_linkedaccount", "view_webhookevent")


def listed(model: str) -> str:
    return reverse(f"admin:stackone_connect_{model}_changelist")


def page_of(row: Model) -> str:
    return reverse(f"admin:stackone_connect_{row._meta.model_name}_change", args=[row.pk])


def history(owner: OriginOwner) -> None:
    """One row of each kind, of one owner."""
    SessionFactory.create(
        owner=owner,
        requested_by_name=TEXTS[ConnectSession],
        status="failed",
        error_code="code_of_session",
    )
    AccountFactory.create(
        owner=owner, account_id=TEXTS[LinkedAccount], provider_name="Lever", status="error"
    )
    WebhookEvent.objects.create(
        event="account.updated",
        account_id="x",
        origin_owner_id=owner.origin_owner_id,
        digest=str(owner.pk),
        state="quarantined",
        last_error=TEXTS[WebhookEvent],
    )


def shown(page: str) -> set[type[Model]]:
    return {model for model, text in TEXTS.items() if text in page}


@pytest.mark.parametrize("model", TEXTS)
def test_an_owners_page_shows_rows_of_a_model_to_who_may_view_that_model(
    client: Client, owner: OriginOwner, model: type[Model]
) -> None:
    history(owner)
    staff(client, "view_originowner", f"view_{model._meta.model_name}")
    assert shown(client.get(page_of(owner)).content.decode()) == {model}


def test_who_may_view_owners_alone_sees_nothing_of_what_they_connected(
    client: Client, owner: OriginOwner
) -> None:
    history(owner)
    staff(client, "view_originowner")
    page = client.get(page_of(owner)).content.decode()
    assert shown(page) == set()
    assert "What happened" not in page
    assert "Linked accounts" not in page
    assert "owner__id__exact" not in page
    assert "connected accounts" not in client.get(listed("originowner")).content.decode()


@pytest.mark.parametrize("model", TEXTS)
def test_an_owners_page_shows_the_rows_that_a_narrowed_admin_leaves(
    client: Client, owner: OriginOwner, model: type[Model]
) -> None:
    history(owner)
    staff(client, *EVERYTHING)
    with narrowed(model, lambda rows: rows.none()):
        page = client.get(page_of(owner)).content.decode()
    assert shown(page) == set(TEXTS) - {model}


@pytest.mark.parametrize("model", TEXTS)
def test_what_the_host_has_not_registered_is_not_shown_to_anybody(
    client: Client, owner: OriginOwner, model: type[Model]
) -> None:
    history(owner)
    staff(client, *EVERYTHING)
    with unregistered(model):
        assert shown(client.get(page_of(owner)).content.decode()) == set(TEXTS) - {model}
        assert TEXTS[model] not in client.get(OVERVIEW).content.decode()


@pytest.mark.parametrize(
    ("codename", "text"),
    [
        ("view_originowner", "> organization"),
        ("view_connectsession", "code of session"),
        ("view_linkedaccount", TEXTS[LinkedAccount]),
        ("view_webhookevent", "event in quarantine"),
    ],
)
def test_the_overview_shows_each_section_by_its_own_permission(
    client: Client, owner: OriginOwner, codename: str, text: str
) -> None:
    history(owner)
    texts = {"> organization", "code of session", TEXTS[LinkedAccount], "event in quarantine"}
    staff(client, codename)
    page = client.get(OVERVIEW).content.decode()
    content = page[page.index("<h1>Connecting") :]
    assert {part for part in texts if part in content} == {text}


def test_the_overview_counts_and_names_only_what_narrowed_admins_leave(
    client: Client, owner: OriginOwner
) -> None:
    other = OwnerFactory.create()
    for each in (owner, other):
        history(each)
    staff(client, *EVERYTHING)
    with ExitStack() as stack:
        stack.enter_context(narrowed(OriginOwner, lambda rows: rows.filter(pk=owner.pk)))
        for model in (ConnectSession, LinkedAccount):
            stack.enter_context(narrowed(model, lambda rows: rows.filter(owner=owner)))
        stack.enter_context(
            narrowed(WebhookEvent, lambda rows: rows.filter(origin_owner_id=owner.origin_owner_id))
        )
        page = client.get(OVERVIEW).content.decode()
    assert page.count("<strong>1</strong>") == 4  # nothing is due
    assert "<strong>2</strong>" not in page
    assert "code of session</a></td><td>1</td>" in page
    assert other.origin_owner_name not in page


def test_the_number_of_accounts_is_of_those_that_the_accounts_admin_leaves(
    client: Client, owner: OriginOwner
) -> None:
    AccountFactory.create(owner=owner)
    AccountFactory.create(owner=owner, provider="lever")
    staff(client, *EVERYTHING)
    column = '<td class="field-account_count">%d</td>'
    assert column % 2 in client.get(listed("originowner")).content.decode()
    for keep, number in ({"provider": "lever"}, 1), ({"provider": "none"}, 0):
        with narrowed(LinkedAccount, methodcaller("filter", **keep)):
            assert column % number in client.get(listed("originowner")).content.decode()


@pytest.mark.parametrize("model", [ConnectSession, LinkedAccount])
def test_choices_of_filters_do_not_name_what_is_not_shown(
    client: Client, owner: OriginOwner, model: type[Model]
) -> None:
    AccountFactory.create(owner=owner, provider="of-acme", status="status-acme")
    SessionFactory.create(owner=owner, provider="of-acme")
    other = OwnerFactory.create()
    AccountFactory.create(owner=other, provider="of-another", status="status-another")
    SessionFactory.create(owner=other, provider="of-another")
    staff(client, *EVERYTHING)
    name = str(model._meta.model_name)
    with narrowed(model, lambda rows: rows.filter(owner=owner)):
        page = client.get(listed(name)).content.decode()
        empty = client.get(listed(name), {"owner__id__exact": other.pk}).content.decode()
    assert "of-acme" in page
    assert "another" not in page
    assert "another" not in empty


def test_a_narrowed_row_is_found_by_no_page_search_or_autocomplete(
    client: Client, owner: OriginOwner
) -> None:
    hidden = OwnerFactory.create(organization__name="Hidden Tenant")
    rows = [hidden, SessionFactory.create(owner=hidden), AccountFactory.create(owner=hidden)]
    staff(client, *EVERYTHING)
    with ExitStack() as stack:
        stack.enter_context(narrowed(OriginOwner, lambda rows: rows.filter(pk=owner.pk)))
        for model in (ConnectSession, LinkedAccount):
            stack.enter_context(narrowed(model, lambda rows: rows.filter(owner=owner)))
        for row in rows:
            name = f"admin:stackone_connect_{row._meta.model_name}"
            for page in ("change", "history"):
                answer = client.get(reverse(f"{name}_{page}", args=[row.pk]))
                assert answer.status_code == 302, (name, page)
            found = client.get(reverse(f"{name}_changelist"), {"q": hidden.origin_owner_id})
            assert "Hidden Tenant" not in found.content.decode()
        asked = {
            "app_label": "stackone_connect",
            "model_name": "linkedaccount",
            "field_name": "owner",
            "term": "Hidden",
        }
        assert client.get(reverse("admin:autocomplete"), asked).json()["results"] == []


def test_an_owner_can_not_be_probed_by_rows_that_point_to_it(
    client: Client, owner: OriginOwner
) -> None:
    staff(client, "view_originowner")
    for probe in ("accounts__isnull", "accounts", "sessions__isnull", "accounts__status"):
        assert client.get(listed("originowner"), {probe: "1"}).status_code == 400


def test_a_link_leads_only_where_its_reader_may_go(client: Client, owner: OriginOwner) -> None:
    history(owner)
    session, account = owner.sessions.get(), owner.accounts.get()
    staff(client, "view_connectsession", "view_linkedaccount")
    for page in (
        listed("connectsession"),
        listed("linkedaccount"),
        page_of(session),
        page_of(account),
        OVERVIEW,
    ):
        text = client.get(page).content.decode()
        assert owner.origin_owner_name in text, page
        assert page_of(owner) not in text, page


def test_the_organization_is_a_link_for_who_may_see_it(client: Client, owner: OriginOwner) -> None:
    page = reverse("admin:accounts_organization_change", args=[owner.organization_id])
    client.force_login(User.objects.create_superuser("root", password="x"))
    for url in (listed("originowner"), page_of(owner)):
        assert page in client.get(url).content.decode()
    staff(client, *EVERYTHING)
    for url in (listed("originowner"), page_of(owner)):
        assert page not in client.get(url).content.decode()


def test_an_account_that_is_not_shown_gets_no_link_to_reconnect(
    client: Client, owner: OriginOwner, stackone: FakeStackOne
) -> None:
    account = AccountFactory.create(owner=owner)
    stackone.link(owner.origin_owner_id, account_id=account.account_id)
    staff(client, *EVERYTHING, "issue_link")
    names = ["admin:stackone_connect_originowner_reconnect"]
    url = reverse(names[0], args=[owner.pk, account.account_id])
    others = AccountFactory.create()
    with narrowed(LinkedAccount, lambda rows: rows.none()):
        assert client.post(url).status_code == 404
    with unregistered(LinkedAccount):
        assert client.post(url).status_code == 404
    for strange in (others.account_id, "nobody's", "\x00"):
        strange_url = reverse(names[0], args=[owner.pk, strange])
        assert client.post(strange_url).status_code == 404
    assert stackone.calls == []
    assert client.post(url).status_code == 200


def test_an_account_of_the_other_type_is_not_shown(client: Client, owner: OriginOwner) -> None:
    AccountFactory.create(owner=owner, account_id="other-environment", type="test", status="error")
    staff(client, *EVERYTHING, "issue_link")
    for url in (page_of(owner), listed("linkedaccount"), OVERVIEW):
        assert "other-environment" not in client.get(url).content.decode()


def test_every_button_needs_a_post_with_a_csrf_token(owner: OriginOwner) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(User.objects.create_superuser("root", password="x"))
    for name in ("link", "repin"):
        url = reverse(f"admin:stackone_connect_originowner_{name}", args=[owner.pk])
        assert client.post(url).status_code == 403
    event = WebhookEvent.objects.create(event="x", account_id="x", digest="1", state="failed")
    act = {"action": "process_again", "_selected_action": [event.pk]}
    assert client.post(listed("webhookevent"), act).status_code == 403

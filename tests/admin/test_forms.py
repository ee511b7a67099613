"""Browsers drop a form inside a form, and with it the token that its button needs."""

from __future__ import annotations

from html.parser import HTMLParser

import pytest
from django.test import Client
from django.urls import reverse

from example_project.accounts.models import User
from stackone_connect.models import OriginOwner, OwnerTombstone, WebhookEvent
from tests.factories import AccountFactory, SessionFactory
from tests.fakes import FakeStackOne

pytestmark = pytest.mark.django_db


class Forms(HTMLParser):
    """The forms of a page: how deep they are nested, and which of them carry a token."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.open: list[dict[str, object]] = []
        self.found: list[dict[str, object]] = []
        self.nested: list[str] = []
        self.buttons: list[dict[str, str | None]] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = dict(attrs)
        if tag == "form":
            form: dict[str, object] = {**values, "token": False}
            if self.open:
                self.nested.append(str(values.get("action")))
            self.open.append(form)
            self.found.append(form)
        elif tag == "input" and values.get("name") == "csrfmiddlewaretoken" and self.open:
            self.open[-1]["token"] = True
        elif tag == "button":
            self.buttons.append(values)

    def handle_endtag(self, tag: str) -> None:
        if tag == "form" and self.open:
            self.open.pop()


def test_no_page_has_a_form_inside_a_form_and_each_that_posts_has_a_token(
    client: Client, owner: OriginOwner, stackone: FakeStackOne
) -> None:
    client.force_login(User.objects.create_superuser("root", password="x"))
    OriginOwner.objects.update(origin_owner_name="Before")  # so that repinning is offered
    rows = [
        owner,
        SessionFactory.create(owner=owner),
        AccountFactory.create(owner=owner, status="error"),
        WebhookEvent.objects.create(event="x", account_id="x", digest="1"),
        OwnerTombstone.objects.create(digest="1"),
    ]
    pages = [client.get(reverse("admin:stackone_connect_overview"))]
    for row in rows:
        name = f"admin:stackone_connect_{row._meta.model_name}"
        pages.append(client.get(reverse(f"{name}_changelist")))
        pages += [client.get(reverse(f"{name}_{p}", args=[row.pk])) for p in ("change", "history")]
    tombstone = reverse("admin:stackone_connect_ownertombstone_delete", args=[rows[-1].pk])
    repin = reverse("admin:stackone_connect_originowner_repin", args=[owner.pk])
    pages += [client.get(tombstone), client.get(repin)]
    pages.append(client.post(reverse("admin:stackone_connect_originowner_link", args=[owner.pk])))
    posting = 0
    for page in pages:
        assert page.status_code == 200
        forms = Forms(page.content.decode())
        assert forms.nested == [], page.request["PATH_INFO"]
        for form in forms.found:
            if str(form.get("method")).lower() == "post":
                posting += 1
                assert form["token"], (page.request["PATH_INFO"], form)
    assert posting > len(pages)


def test_the_button_of_each_account_belongs_to_a_form_with_a_token(
    client: Client, owner: OriginOwner
) -> None:
    accounts = [AccountFactory.create(owner=owner) for _ in range(3)]
    client.force_login(User.objects.create_superuser("root", password="x"))
    name = "admin:stackone_connect_originowner"
    page = Forms(client.get(reverse(f"{name}_change", args=[owner.pk])).content.decode())
    forms = {form.get("id") for form in page.found if form["token"]}
    actions = {each.get("formaction") for each in page.buttons if each.get("form") in forms}
    for account in accounts:
        assert reverse(f"{name}_reconnect", args=[owner.pk, account.account_id]) in actions

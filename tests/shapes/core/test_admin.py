"""The host's own admin with our models in it."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib import admin
from django.urls import reverse

from tests.shapes.core.host import Host
from tests.shapes.core.stackone import FakeStackOne

pytestmark = pytest.mark.django_db(databases="__all__")


def test_the_lists_and_pages_of_the_admin_open(
    host: Host, stackone: FakeStackOne, acme: Any
) -> None:
    member = host.member("member@acme.example", acme)
    issued = member.post("connect-sessions/", {"provider": "bamboohr"}).json["id"]
    stackone.link("acme-1", organization=acme)
    member.post(f"connect-sessions/{issued}/complete/", {"account_id": "acme-1"})
    support = host.browser()
    support.client.force_login(host.superuser("support@acme.example"))
    ours = [m for m in admin.site._registry if m._meta.app_label == "stackone_connect"]
    pages = []
    for model in ours:
        name = f"admin:stackone_connect_{model._meta.model_name}"
        pages.append(reverse(f"{name}_changelist"))
        pages += [reverse(f"{name}_change", args=[row.pk]) for row in model._default_manager.all()]
    assert len(pages) >= len(ours) + 3  # an owner, a session and an account
    for page in pages:
        assert support.page(page).status == 200, page

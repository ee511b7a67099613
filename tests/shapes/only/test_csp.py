"""No page of ours needs more than a strict policy allows."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.contrib import admin
from django.urls import reverse

from tests.shapes.core.host import Host
from tests.shapes.core.stackone import FakeStackOne

pytestmark = pytest.mark.django_db(databases="__all__")

INLINE = re.compile(
    r"<script(?![^>]*\bsrc=)(?![^>]*application/json)|<style|\sstyle=|\son[a-z]+=|javascript:",
    re.IGNORECASE,
)


def test_the_pages_of_the_admin_have_nothing_inline(
    host: Host, stackone: FakeStackOne, acme: Any
) -> None:
    member = host.member("member@acme.example", acme)
    issued = member.post("connect-sessions/", {"provider": "bamboohr"}).json["id"]
    stackone.link("acme-1", organization=acme)
    member.post(f"connect-sessions/{issued}/complete/", {"account_id": "acme-1"})
    support = host.browser()
    support.client.force_login(host.superuser("support@acme.example"))
    for model in admin.site._registry:
        if model._meta.app_label == "stackone_connect":
            name = f"admin:stackone_connect_{model._meta.model_name}"
            rows = model._default_manager.all()
            pages = [reverse(f"{name}_change", args=[row.pk]) for row in rows]
            for page in [reverse(f"{name}_changelist"), *pages]:
                answer = support.page(page)
                assert "script-src 'self'" in answer.headers["Content-Security-Policy"]
                found = INLINE.findall(answer.body.decode())
                assert not found, (page, found)


def test_a_policy_is_on_our_answers_too_and_changes_nothing(
    host: Host, stackone: FakeStackOne, acme: Any
) -> None:
    answer = host.member("member@acme.example", acme).get("accounts/")
    assert answer.json == {"next": None, "previous": None, "results": []}
    assert "default-src 'none'" in answer.headers["Content-Security-Policy"]

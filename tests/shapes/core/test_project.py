"""What a host's own tools say with us installed: migrations, checks, admin."""

from __future__ import annotations

from typing import Any

import pytest
from django.apps import apps
from django.contrib import admin
from django.core.management import call_command
from django.db import connections, router
from django.db.migrations.executor import MigrationExecutor
from django.urls import reverse

from stackone_connect.models import OriginOwner
from tests.shapes.core.host import Host
from tests.shapes.core.stackone import FakeStackOne

pytestmark = pytest.mark.django_db(databases="__all__")


def test_no_migration_is_missing() -> None:
    call_command("makemigrations", check=True, dry_run=True, verbosity=0)


def test_migrating_from_zero_makes_our_tables_where_the_router_says_and_nowhere_else() -> None:
    ours = {model._meta.db_table for model in apps.get_app_config("stackone_connect").get_models()}
    for alias in connections:
        executor = MigrationExecutor(connections[alias])
        assert executor.migration_plan(executor.loader.graph.leaf_nodes()) == []
        present = ours & set(connections[alias].introspection.table_names())
        assert present == (ours if router.allow_migrate_model(alias, OriginOwner) else set())


def test_the_checks_find_nothing_wrong() -> None:
    call_command("check", databases=list(connections), fail_level="WARNING")


@pytest.mark.skipif(not apps.is_installed("django.contrib.admin"), reason="the host has no admin")
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

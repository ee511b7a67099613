"""What a host's own tools say with us installed: migrations and checks."""

from __future__ import annotations

import pytest
from django.apps import apps
from django.core.management import call_command
from django.db import connections, router
from django.db.migrations.executor import MigrationExecutor

from stackone_connect.models import OriginOwner

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

"""Checks of the host's tenant model against what is installed and what is in the database."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from django.apps import apps
from django.core.checks import CheckMessage, Error, Tags
from django.db import connections, models, router

from stackone_connect.checks.registration import check
from stackone_connect.conf import Settings
from stackone_connect.models import OriginOwner


@check()
def the_tenant_model_exists(settings: Settings, **_: Any) -> Iterator[CheckMessage]:
    """``ORGANIZATION_MODEL`` must name a model that is installed. (Django names only our field.)"""
    if _tenant_model(settings) is None:
        yield Error(
            f"STACKONE_CONNECT['ORGANIZATION_MODEL'] names {settings.organization_model!r}, "
            "which is not an installed model.",
            hint=(
                "Give it as 'app_label.Model', with the label of an app in INSTALLED_APPS. An "
                "abstract model has no rows to point to."
            ),
            id="stackone_connect.E006",
        )


@check(Tags.database)
def the_table_follows_the_setting(
    settings: Settings, *, databases: Sequence[str], **_: Any
) -> Iterator[CheckMessage]:
    """Our owner table must point to the table of the model that ``ORGANIZATION_MODEL`` names now.

    Our migration takes the model from the settings when it runs, so a later change of the setting
    changes no table, and Django has no way to see it.
    """
    model = _tenant_model(settings)
    if model is None:
        return
    for alias in databases:
        if not router.allow_migrate_model(alias, OriginOwner):
            continue
        target = _target_in_database(alias, model)
        if target is not None:
            yield Error(
                f"In the database {alias!r}, our owners belong to rows of {target!r}, but "
                f"STACKONE_CONNECT['ORGANIZATION_MODEL'] names {settings.organization_model!r}, "
                f"whose table is {_table_of(model)!r}.",
                hint=(
                    "Set ORGANIZATION_MODEL back. If the change is meant: with the old setting run "
                    "'migrate stackone_connect zero', which drops our tables with the history of "
                    "sessions, then change the setting and run 'migrate'. Accounts stay at "
                    "StackOne and are taken in again when OWNER_ID answers the same ids as before."
                ),
                id="stackone_connect.E007",
            )


def _tenant_model(settings: Settings) -> type[models.Model] | None:
    try:
        return apps.get_model(settings.organization_model)
    except LookupError:
        return None


def _target_in_database(alias: str, model: type[models.Model]) -> str | None:
    """The table that our owners really point to, where that is not the model's.

    ``None`` also while either table is missing: then migrations are still to run, and one of them
    may be about to rename the table. A model moved to another app that kept its table is the same.
    """
    connection = connections[alias]
    comparable = connection.introspection.identifier_converter
    expected = comparable(_table_of(model))
    own = OriginOwner._meta.db_table
    with connection.cursor() as cursor:
        present = set(connection.introspection.table_names(cursor, include_views=True))
        if not {comparable(own), expected} <= present:
            return None
        relations = connection.introspection.get_relations(cursor, own)
    column = OriginOwner._meta.get_field("organization").column
    if column not in relations:
        return None
    # (column, table), and from Django 6.1 on what the database does on deletion.
    actual = str(relations[column][1])
    return actual if comparable(actual) != expected else None


def _table_of(model: type[models.Model]) -> str:
    """The model's table without a schema, which some write into ``db_table`` with quotes."""
    return model._meta.db_table.rpartition('"."')[2].strip('"')

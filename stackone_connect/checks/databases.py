"""Checks of how MariaDB and MySQL keep our texts; other databases keep them as they are."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from django.apps import apps
from django.core.checks import CheckMessage, Error, Tags, Warning  # noqa: A004 - Django's own name
from django.db import connections, models, router

from stackone_connect.checks.registration import check
from stackone_connect.conf import Settings
from stackone_connect.models import OriginOwner
from stackone_connect.models.fields import ExactCharField

#: The character set that holds every character.
_WHOLE = "utf8mb4"


@check(Tags.database)
def ids_are_compared_exactly(
    settings: Settings, *, databases: Sequence[str], **_: Any
) -> Iterator[CheckMessage]:
    """Our columns of ids must have the collation that our migration gave them.

    With another one, ids that differ only in case would be one id, and an account another tenant's.
    ``ALTER TABLE … CONVERT TO CHARACTER SET`` changes it, and Django has no way to see that.
    """
    for alias in _with_our_tables(databases):
        connection = connections[alias]
        collations = _columns(alias, "collation_name")
        inexact = sorted(
            _name(column)
            for column in _texts()
            if isinstance(column, ExactCharField)
            and collations.get(_name(column))
            not in (None, column.db_parameters(connection)["collation"])
        )
        if inexact:
            exact = OriginOwner._meta.get_field("origin_owner_id").db_parameters(connection)
            yield Error(
                f"In the database {alias!r}, ids that differ only in case are taken for one id: "
                f"{', '.join(inexact)}.",
                hint=f"MODIFY each of these columns to COLLATE {exact['collation']}.",
                id="stackone_connect.E015",
            )


@check(Tags.database)
def every_character_can_be_stored(
    settings: Settings, *, databases: Sequence[str], **_: Any
) -> Iterator[CheckMessage]:
    """``utf8`` of MariaDB and MySQL has no emoji: they are refused, or stored as question marks."""
    for alias in _with_our_tables(databases):
        charsets = _columns(alias, "character_set_name")
        narrow = sorted(
            _name(column)
            for column in _texts()
            if charsets.get(_name(column)) not in (None, _WHOLE)
        )
        if _charset_of_connection(alias) != _WHOLE:
            narrow.insert(0, "the connection")
        if narrow:
            yield Warning(
                f"In the database {alias!r}, a name with an emoji can't be stored: {_WHOLE} is not "
                f"the character set of {', '.join(narrow)}.",
                hint=(
                    f"Take 'charset' out of the database's OPTIONS, since {_WHOLE} is Django's "
                    f"own, and MODIFY each of these columns to CHARACTER SET {_WHOLE}. (CONVERT TO "
                    "would change our columns of ids as well.)"
                ),
                id="stackone_connect.W015",
            )


def _with_our_tables(databases: Sequence[str]) -> Iterator[str]:
    for alias in databases:
        ours = router.allow_migrate_model(alias, OriginOwner)
        if ours and connections[alias].vendor == "mysql":
            yield alias


def _texts() -> Iterator[models.CharField[Any, Any]]:
    """The columns of text of all our tables."""
    for model in apps.get_app_config("stackone_connect").get_models():
        for column in model._meta.concrete_fields:
            if isinstance(column, models.CharField):
                yield column


def _name(column: models.Field[Any, Any]) -> str:
    return f"{column.model._meta.db_table}.{column.column}"


def _charset_of_connection(alias: str) -> str:
    with connections[alias].cursor() as cursor:
        cursor.execute("SELECT @@character_set_connection")
        return str(cursor.fetchone()[0])


def _columns(alias: str, what: str) -> dict[str, str]:
    """One property, as the database reports it, of each existing column of ours, by name."""
    tables = sorted({column.model._meta.db_table for column in _texts()})
    query = (
        f"SELECT table_name, column_name, {what} FROM information_schema.columns"  # noqa: S608 - names of ours
        f" WHERE table_schema = DATABASE() AND table_name IN ({', '.join(['%s'] * len(tables))})"
    )
    with connections[alias].cursor() as cursor:
        cursor.execute(query, tables)
        return {f"{table}.{column}": value for table, column, value in cursor.fetchall()}

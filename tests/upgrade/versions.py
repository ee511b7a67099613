"""The released versions of the app: what rows they wrote, and the models of their time."""

from __future__ import annotations

import json
from collections import defaultdict
from pathlib import Path
from typing import Any

from django.core.management import call_command
from django.db import models
from django.db.migrations.loader import MigrationLoader

from example_project.accounts.models import Organization
from tests.factories import OrganizationFactory

APP = "stackone_connect"
FILES = sorted((Path(__file__).parent / "rows").glob("*.json"))
Rows = dict[str, list[dict[str, Any]]]


def migrations() -> list[str]:
    """The names of the app's migrations, in their order."""
    return sorted(name for app, name in MigrationLoader(None).disk_migrations if app == APP)


def rows_of(migration: str) -> Rows:
    """Rows as that version wrote them: of the newest file that is not newer."""
    file = max(file for file in FILES if file.stem <= migration)
    rows: Rows = json.loads(file.read_text())
    return rows


def historical_models(migration: str) -> dict[str, type[models.Model]]:
    state = MigrationLoader(None).project_state([(APP, migration)])
    return {model.__name__: model for model in state.apps.get_app_config(APP).get_models()}


def migrate(name: str) -> None:
    call_command("migrate", APP, name, verbosity=0, skip_checks=True)


def write(rows: Rows, kinds: dict[str, type[models.Model]]) -> dict[str, list[models.Model]]:
    """The rows in the database, in the order of the file."""
    written: dict[str, list[models.Model]] = {}
    organizations: dict[int, Organization] = defaultdict(OrganizationFactory.create)
    for name, listed in rows.items():
        written[name] = []
        names = {field.name for field in kinds[name]._meta.get_fields()}
        for row in listed:
            values = {}
            for field_name, value in row.items():
                if field_name not in names:
                    continue  # a later version has dropped it
                field: Any = kinds[name]._meta.get_field(field_name)
                if field.is_relation and value is not None:
                    relatives: Any = written.get(field.related_model.__name__, organizations)
                    values[field.attname] = relatives[value].pk
                else:
                    values[field.attname] = field.to_python(value)
            written[name].append(kinds[name]._default_manager.create(**values))
    return written

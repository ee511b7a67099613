"""The Django app."""

from __future__ import annotations

from functools import partial
from importlib import import_module
from typing import Any

from django.apps import AppConfig, apps
from django.db import models, router
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.signals import connection_created
from django.db.models.signals import post_delete
from django.utils.translation import gettext_lazy as _

from stackone_connect.exceptions import ConfigurationError


class StackOneConnectConfig(AppConfig):
    """Add ``"stackone_connect"`` to ``INSTALLED_APPS``."""

    name = "stackone_connect"
    label = "stackone_connect"
    verbose_name = _("StackOne")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Register the system checks and, where drf-spectacular is installed, our OpenAPI."""
        from stackone_connect import checks  # noqa: F401 - they register themselves
        from stackone_connect.contrib import optional

        connection_created.connect(_connected)
        self._watch_deletions()
        if apps.is_installed("drf_spectacular"):
            optional.load(
                partial(import_module, "stackone_connect.contrib.spectacular"),
                package="drf-spectacular",
            )

    def _watch_deletions(self) -> None:
        """Notice when the host deletes an organization, by whichever class of its model.

        Only for that model: a receiver for all would keep Django from deleting others' rows fast.
        """
        from stackone_connect import conf

        try:
            organization = apps.get_model(conf.organization_model())
        except (ConfigurationError, LookupError):
            return  # said by a check
        concrete = organization._meta.concrete_model
        for model in apps.get_models():
            if model._meta.concrete_model is concrete:
                post_delete.connect(_organization_deleted, sender=model)


def _connected(connection: BaseDatabaseWrapper, **_: Any) -> None:
    """Read the clock of our database.

    Sent of every connection of the host's, of which none may fail by it: a router may know no
    database just now, such as outside of a tenant's request.
    """
    from stackone_connect.models import fetches

    try:
        alias = router.db_for_write(fetches.FetchNumber)
    except Exception:  # noqa: BLE001 - the host's own code; whoever needs our tables is told
        return
    if connection.alias == alias:
        fetches.read_clock(connection)


def _organization_deleted(instance: models.Model, using: str, **_: Any) -> None:
    from stackone_connect.services import owners

    owners.organization_was_deleted(key=instance.pk, using=using)

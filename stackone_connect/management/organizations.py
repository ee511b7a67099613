"""``--organization ID``: the host's organization by its primary key, of whatever type."""

from __future__ import annotations

from django.apps import apps
from django.core.exceptions import ObjectDoesNotExist, ValidationError
from django.core.management.base import CommandError
from django.db import models
from django.utils.translation import gettext as _

from stackone_connect import conf


def organization_by_key(key: str) -> models.Model:
    """The organization, or a :class:`CommandError` that says there is none."""
    model = apps.get_model(conf.organization_model())
    try:
        organization: models.Model = model._default_manager.get(pk=key)
    except (ObjectDoesNotExist, ValidationError, ValueError) as error:
        message = _("There is no %(model)s with the primary key %(key)s.")
        raise CommandError(message % {"model": model._meta.label, "key": key}) from error
    return organization

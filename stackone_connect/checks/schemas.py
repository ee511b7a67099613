"""Checks for hosts that keep each tenant in a schema of its own (django-tenants).

Read from the settings and the model, so that nothing of django-tenants is imported.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.apps import apps
from django.conf import settings as django_settings
from django.core.checks import CheckMessage, Error, Warning  # noqa: A004 - Django's own name
from django.db import models

from stackone_connect.checks.registration import check
from stackone_connect.conf import Settings
from stackone_connect.conf.rules import NAME, PROTECT

_OURS = "stackone_connect"
_DOCS = "See docs/django-tenants.md."


@check()
def our_tables_are_shared(settings: Settings, **_: Any) -> Iterator[CheckMessage]:
    """Ours and the tenant model must be in the public schema, and ours in no other."""
    if not apps.is_installed("django_tenants"):
        return
    shared, per_tenant = _apps()
    if not _is_in(_OURS, shared) or _is_in(_OURS, per_tenant):
        yield Error(
            f"With django-tenants, {_OURS!r} must be in SHARED_APPS and not in TENANT_APPS: one "
            "webhook address, one sweep and one lock per owner serve all tenants, which tables in "
            "each schema can't.",
            hint=f"Move it to SHARED_APPS. {_DOCS}",
            id="stackone_connect.E020",
        )
    label = settings.organization_model.partition(".")[0]
    if not _is_in(label, shared):
        yield Error(
            f"{NAME}['ORGANIZATION_MODEL'] names {settings.organization_model!r}, whose app is not "
            "in SHARED_APPS, so our tables in the public schema can't point to it.",
            hint=f"Name your TENANT_MODEL, or another model of the public schema. {_DOCS}",
            id="stackone_connect.E021",
        )


@check()
def a_refused_deletion_drops_no_schema(settings: Settings, **_: Any) -> Iterator[CheckMessage]:
    """``tenant.delete()`` drops the schema first; a refusal of ours would come too late."""
    if settings.on_organization_delete != PROTECT:
        return
    try:
        model = apps.get_model(settings.organization_model)
    except LookupError:
        return  # another check reports it
    if _drops_its_schema(model):
        yield Warning(
            f"{settings.organization_model}.delete() drops the tenant's schema before the deletion "
            "of its row is refused, because accounts are still connected: the data would be gone "
            "and the tenant not.",
            hint=(
                f"Set {NAME}['ON_ORGANIZATION_DELETE'] to 'disconnect', or call "
                f"services.owners.offboard in the model's pre_drop(). {_DOCS}"
            ),
            id="stackone_connect.W020",
        )


def _drops_its_schema(model: type[models.Model]) -> bool:
    """Whether deleting a row drops a schema, and nothing of the host's comes before that."""
    if not getattr(model, "auto_drop_schema", False):
        return False
    before = getattr(model, "pre_drop", None)
    return getattr(before, "__module__", "").partition(".")[0] == "django_tenants"


def _apps() -> tuple[list[str], list[str]]:
    """The apps of the public schema, and those of the tenants' schemas."""
    types = getattr(django_settings, "TENANT_TYPES", None)
    if getattr(django_settings, "HAS_MULTI_TYPE_TENANTS", False) and types:
        public = getattr(django_settings, "PUBLIC_SCHEMA_NAME", "public")
        others = [app for name, of in types.items() if name != public for app in of["APPS"]]
        return list(types.get(public, {}).get("APPS", ())), others
    return (
        list(getattr(django_settings, "SHARED_APPS", ())),
        list(getattr(django_settings, "TENANT_APPS", ())),
    )


def _is_in(label: str, listed: list[str]) -> bool:
    """Whether the app of that label is listed, by its name or by the path of its configuration."""
    try:
        app = apps.get_app_config(label)
    except LookupError:
        return True  # another check reports it
    kind = type(app)
    return app.name in listed or f"{kind.__module__}.{kind.__qualname__}" in listed

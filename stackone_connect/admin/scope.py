"""Which rows a request may see: by permission, by the registered admin, by the current tenant."""

from __future__ import annotations

from typing import Any, TypeVar

from django.conf import settings
from django.contrib.admin.sites import AdminSite
from django.core.exceptions import FieldDoesNotExist
from django.db import connections, router
from django.db.models import Exists, Model, OuterRef, QuerySet
from django.http import HttpRequest

from stackone_connect import conf
from stackone_connect.exceptions import ConfigurationError
from stackone_connect.models import (
    LinkedAccount,
    LinkedAccountQuerySet,
    OriginOwner,
    OwnerTombstone,
    WebhookEvent,
)

_Model = TypeVar("_Model", bound=Model)


def visible(site: AdminSite, request: HttpRequest, model: type[_Model]) -> QuerySet[_Model] | None:
    """The rows of a model that this user may see in this site; ``None`` where none may be shown.

    They are those of the registered admin, which a host may have replaced or removed. What it
    hides is hidden on every page.
    """
    if not may_view(site, request, model):
        return None
    return registered(site, request, model)


def may_view(site: AdminSite, request: HttpRequest, model: type[Model]) -> bool:
    """Whether this site's admin of the model lets this user view it."""
    return site.is_registered(model) and site.get_model_admin(model).has_view_permission(request)


def registered(
    site: AdminSite, request: HttpRequest, model: type[_Model]
) -> QuerySet[_Model] | None:
    """The rows of the registered admin of a model for this request, without a permission check.

    For actions that check a permission of their own; :func:`visible` is for what is shown.
    """
    if not site.is_registered(model):
        return None
    rows: QuerySet[_Model] = site.get_model_admin(model).get_queryset(request)
    return of_our_types(rows) if model is LinkedAccount else rows


def of_our_types(accounts: QuerySet[Any]) -> QuerySet[Any]:
    """The accounts of our type; none where the settings are invalid."""
    try:
        ours = LinkedAccount.objects.of_our_types()
    except ConfigurationError:
        return accounts.none()
    if isinstance(accounts, LinkedAccountQuerySet):
        return accounts.of_our_types()
    return accounts.filter(pk__in=ours.values("pk"))


def of_tenant(rows: QuerySet[_Model]) -> QuerySet[_Model]:
    """The rows of the tenant whose schema is active; all rows where none is.

    With django-tenants our tables are in the public schema, which the admin of every tenant can
    read. Nothing is shown where the tenant is not an organization.
    """
    owners = _owners_of_schema()
    if owners is None:
        return rows
    if rows.model is OriginOwner:
        return rows.filter(pk__in=owners.values("pk"))
    if rows.model is OwnerTombstone:
        return rows.none()
    if rows.model is WebhookEvent:
        named = owners.filter(
            project=OuterRef("project"), origin_owner_id=OuterRef("origin_owner_id")
        )
        return rows.filter(Exists(named))
    return rows.filter(owner__in=owners.values("pk"))


def _owners_of_schema() -> QuerySet[OriginOwner] | None:
    """The owners of the tenant that the connection is set to; ``None`` for the public schema.

    Uses the attributes that django-tenants adds to connections, and does not import it.
    """
    connection: Any = connections[router.db_for_read(OriginOwner)]
    schema = getattr(connection, "schema_name", None)
    if not schema or schema == getattr(settings, "PUBLIC_SCHEMA_NAME", "public"):
        return None
    organizations: Any = OriginOwner._meta.get_field("organization").related_model
    tenant = getattr(connection, "tenant", None)
    if isinstance(tenant, organizations._meta.concrete_model) and tenant.pk is not None:
        return OriginOwner.objects.filter(organization=tenant.pk)
    try:
        organizations._meta.get_field("schema_name")
    except FieldDoesNotExist:
        return OriginOwner.objects.none()
    return OriginOwner.objects.filter(organization__schema_name=schema)


def projects() -> list[str]:
    """The names of the StackOne projects where there are several; none where there is one."""
    try:
        names = list(conf.projects())
    except ConfigurationError:
        return []
    return names if len(names) > 1 else []

"""Staff with some permissions, and admins that a host has narrowed, replaced or taken away."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from django.contrib.admin import site
from django.contrib.auth.models import Permission
from django.db.models import Model, QuerySet
from django.test import Client

from example_project.accounts.models import User
from stackone_connect.models import (
    ConnectSession,
    LinkedAccount,
    OriginOwner,
    OwnerTombstone,
    WebhookEvent,
)

MODELS: tuple[type[Model], ...] = (
    OriginOwner,
    ConnectSession,
    LinkedAccount,
    WebhookEvent,
    OwnerTombstone,
)


def staff(client: Client, *codenames: str) -> Client:
    """Sign in somebody of the staff who has these permissions and no other."""
    user = User.objects.create_user("some-staff", password="x", is_staff=True)
    found = Permission.objects.filter(
        codename__in=codenames, content_type__app_label="stackone_connect"
    )
    assert len(found) == len(codenames)
    user.user_permissions.set(found)
    client.force_login(user)
    return client


@contextmanager
def narrowed(
    model: type[Model], narrow: Callable[[QuerySet[Any]], QuerySet[Any]]
) -> Iterator[None]:
    """The admin that is registered shows fewer rows, as a host's subclass would."""
    registered: Any = site._registry[model]
    ours = registered.get_queryset
    registered.get_queryset = lambda request: narrow(ours(request))
    try:
        yield
    finally:
        del registered.get_queryset


@contextmanager
def unregistered(model: type[Model]) -> Iterator[None]:
    """The host has taken our admin of the model away."""
    ours = site._registry.pop(model)
    try:
        yield
    finally:
        site._registry[model] = ours

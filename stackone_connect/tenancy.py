"""Request → organization → origin owner.

The owner of every session and account comes from here, on the server; never from the browser.
"""

from __future__ import annotations

import re
from contextlib import suppress
from typing import Any

from django.apps import apps
from django.core.exceptions import ObjectDoesNotExist
from django.db import IntegrityError, models
from django.db.models import ProtectedError
from django.http import HttpRequest

from stackone_connect import clock, conf
from stackone_connect.choices import EventState
from stackone_connect.exceptions import ConfigurationError, NoOrganizationError
from stackone_connect.models import OriginOwner, WebhookEvent

_TEXT_LIMIT = 255
#: Control characters, line and paragraph separators, lone surrogates.
_BREAKING = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")


def organization_for(request: HttpRequest) -> models.Model:
    """The organization that the request acts for, by the host's ``ORGANIZATION_RESOLVER``.

    Raises :class:`NoOrganizationError` when there is none, and :class:`ConfigurationError` when the
    resolver answers something that is not a saved organization.
    """
    organization = conf.resolve(conf.read().organization_resolver)(request)
    if organization is None:
        raise NoOrganizationError
    return require_organization(organization)


def require_organization(organization: object) -> models.Model:
    """The same organization, once it is sure to be a saved one of the host's model."""
    model: type[models.Model] = apps.get_model(conf.organization_model())
    if not isinstance(organization, model) or organization.pk is None:
        raise ConfigurationError(
            f"An organization must be a saved {conf.organization_model()}, "
            f"not a {type(organization).__name__}. See ORGANIZATION_RESOLVER."
        )
    return organization


def organization_from_user(request: HttpRequest) -> models.Model | None:
    """The default resolver: ``request.user.organization``.

    A user without one gives ``None``. A user model without that attribute is a mistake in the
    settings and raises :class:`ConfigurationError`.
    """
    user: Any = request.user
    if user is None or not user.is_authenticated:
        return None
    try:
        organization: models.Model | None = user.organization
    except ObjectDoesNotExist:
        return None
    except AttributeError as error:
        raise ConfigurationError(
            "The user model has no attribute 'organization'. "
            "Set STACKONE_CONNECT['ORGANIZATION_RESOLVER']."
        ) from error
    return organization


def default_owner_id(organization: models.Model) -> str:
    """The default ``OWNER_ID``: the organization's primary key."""
    return str(organization.pk)


def default_owner_name(organization: models.Model) -> str:
    """The default ``OWNER_NAME``: the organization's ``name``, else its ``str()``."""
    return str(getattr(organization, "name", "") or organization)


def default_origin_username(user: Any) -> str | None:
    """The default ``ORIGIN_USERNAME``: ``user.get_username()``."""
    return str(user.get_username())


def origin_username(user: Any) -> str:
    """Who StackOne is told is connecting; empty when the host says nobody."""
    if user is None:
        return ""
    name = conf.resolve(conf.read().origin_username)(user)
    return one_line(name)


def user_name(user: Any) -> str:
    """The user name to keep with a session, for when the user is gone; empty for nobody."""
    return one_line(user.get_username()) if user is not None else ""


def find_owner(organization: models.Model) -> OriginOwner | None:
    """The organization's owner row if there is one. Reads use this: a read never makes a row."""
    return OriginOwner.objects.filter(organization=require_organization(organization).pk).first()


def pin(organization: models.Model) -> OriginOwner:
    """The organization's owner row, made with today's id and name by the first write that needs it.

    From then on both stay, whatever the organization is called. Raises :class:`ConfigurationError`
    when ``OWNER_ID`` or ``OWNER_NAME`` answers nothing, or an id that another organization has.
    """
    owner = find_owner(organization)
    if owner is not None:
        return owner
    settings = conf.read()
    values = {
        "origin_owner_id": one_line(conf.resolve(settings.owner_id)(organization)),
        "origin_owner_name": one_line(conf.resolve(settings.owner_name)(organization)),
    }
    for name, value in values.items():
        if not value:
            raise ConfigurationError(f"The {name} of organization {organization.pk} is blank.")
    try:
        owner, is_new = OriginOwner.objects.get_or_create(
            organization_id=organization.pk, defaults=values
        )
    except IntegrityError as error:
        raise ConfigurationError(
            f"OWNER_ID gives organization {organization.pk} an id that another one has."
        ) from error
    if is_new:
        # Events that came before we knew whose they are get another chance.
        WebhookEvent.objects.quarantined(owner.origin_owner_id).update(
            state=EventState.DUE, attempts=0, next_attempt_at=clock.now()
        )
    return owner


def name_of_today(owner: OriginOwner) -> str:
    """What ``OWNER_NAME`` says of the organization now, whatever is pinned."""
    return one_line(conf.resolve(conf.read().owner_name)(owner.organization))


def drift(owner: OriginOwner) -> str | None:
    """Today's name of the organization where it is not the pinned one; ``None`` where it is."""
    today = name_of_today(owner)
    return today if today != owner.origin_owner_name else None


def unpin(owner: OriginOwner) -> None:
    """Take a pin back that nothing came of, so that a refused request leaves no row.

    An owner that has sessions or accounts, also of another worker just now, stays.
    """
    with suppress(ProtectedError, IntegrityError):
        owner.delete()


def one_line(value: object) -> str:
    """A text fit to be sent and stored: one line of at most 255 characters; ``None`` is empty.

    Joiners stay: many scripts, and emoji, are not written right without them.
    """
    text = "" if value is None else _BREAKING.sub(" ", str(value))
    return text.strip()[:_TEXT_LIMIT].rstrip()

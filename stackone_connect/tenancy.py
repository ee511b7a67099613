"""Request → organization → origin owner.

The owner of every session and account comes from here, on the server; never from the browser.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from types import NoneType
from typing import Any

from django.apps import apps
from django.core.exceptions import ObjectDoesNotExist
from django.db import IntegrityError, models, router, transaction
from django.http import HttpRequest

from stackone_connect import conf
from stackone_connect.entities import Requester
from stackone_connect.exceptions import ConfigurationError, NoOrganizationError
from stackone_connect.models import OriginOwner, OwnerTombstone, WebhookEvent
from stackone_connect.models.deferred import unread_relation
from stackone_connect.rules import TEXT_LIMIT, one_line, text_of


def organization_for(request: HttpRequest) -> models.Model:
    """The organization that the request acts for, by the host's ``ORGANIZATION_RESOLVER``.

    Raises :class:`NoOrganizationError` when there is none, and :class:`ConfigurationError` when the
    resolver answers something that is not a saved organization.
    """
    organization = conf.resolve(conf.read().organization_resolver)(request)
    # Also of what is looked up when it is used (SimpleLazyObject), as ``request.tenant`` often is.
    if organization.__class__ is NoneType:
        raise NoOrganizationError
    return require_organization(organization)


def require_organization(organization: object) -> models.Model:
    """The same, once it is sure to be a saved one of the host's model, or of a proxy of that."""
    model: type[models.Model] = apps.get_model(conf.organization_model())
    concrete = model._meta.concrete_model or model
    if not isinstance(organization, concrete) or organization.pk is None:
        raise ConfigurationError(
            f"An organization must be a saved {conf.organization_model()}, "
            f"not a {type(organization).__name__}. See ORGANIZATION_RESOLVER."
        )
    return organization


def organization_from_user(request: HttpRequest) -> models.Model | None:
    """The default resolver: ``request.user.organization``.

    A user without one gives ``None``, a user model without it a :class:`ConfigurationError`. Of
    a foreign key only the key is known, and the rest is read when it is used: most need no more.
    """
    user: Any = request.user
    if not getattr(user, "is_authenticated", False):
        return None
    unread = unread_relation(user, "organization")
    if unread is not None:
        return unread
    try:
        organization: models.Model | None = user.organization
    except ObjectDoesNotExist:
        return None
    except AttributeError as error:
        if hasattr(user.__class__, "organization"):
            raise  # from within a property of the host's, which has to be found
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
    name = getattr(organization, "name", "")  # of some models a method
    return ("" if callable(name) else one_line(name)) or str(organization)


def default_origin_username(user: Any) -> str | None:
    """The default ``ORIGIN_USERNAME``: ``user.get_username()``, where there is such a thing."""
    try:
        name: str | None = user.get_username()
    except Exception:  # noqa: BLE001 - the host's own kind of user may have it and not fill it
        return None
    return name


def requester_of(user: Any) -> Requester:
    """What is kept and sent of the user who asks; all empty for nobody.

    A principal without a user name, such as the user of an API key, goes by what StackOne is told
    of it: no other text of such an object is known to be fit to be kept.
    """
    if user is None:
        return Requester(key="", name="", origin_username="")
    told = conf.resolve(conf.read().origin_username)(user)
    texts = getattr(user, "pk", None), default_origin_username(user), told
    key, name, origin_username = map(one_line, texts)
    return Requester(key=key, name=name or origin_username, origin_username=origin_username)


def find_owner(organization: models.Model) -> OriginOwner | None:
    """The organization's owner row if there is one. Reads use this: a read never makes a row."""
    return OriginOwner.objects.filter(organization=require_organization(organization).pk).first()


def project_of(organization: models.Model) -> str:
    """The StackOne project of an organization without an owner row: by ``PROJECT_OF``, or the only.

    :class:`ConfigurationError` for a name that ``PROJECTS`` does not have.
    """
    settings = conf.read()
    if settings.project_of is None:
        return next(iter(settings.projects))
    return conf.project(text_of(conf.resolve(settings.project_of)(organization))).name


def current_project(organization: models.Model) -> str:
    """The name of the StackOne project that an organization is pinned to, or would be."""
    projects = conf.projects()
    if len(projects) == 1:
        return next(iter(projects))
    owner = find_owner(organization)
    return owner.project if owner is not None else project_of(organization)


def _write(work: Callable[[], OriginOwner]) -> OriginOwner:
    with transaction.atomic(using=router.db_for_write(OriginOwner)):
        return work()


def pin(
    organization: models.Model,
    *,
    write: Callable[[Callable[[], OriginOwner]], OriginOwner] = _write,
) -> OriginOwner:
    """The organization's owner row, made with today's id, name and StackOne project by the first
    write that needs it.

    From then on all three stay, whatever the organization is called. ``write`` calls what writes,
    in a transaction; the host's callables are called outside of it. Raises
    :class:`ConfigurationError` when ``OWNER_ID`` answers nothing usable, an id that another
    organization has, or one that was offboarded before.
    """
    owner = find_owner(organization)
    if owner is not None:
        return owner
    project, owner_id = project_of(organization), _owner_id(organization)
    _refuse_returned(organization, project, owner_id)
    new = {
        "organization_id": organization.pk,
        "project": project,
        "origin_owner_id": owner_id,
        "origin_owner_name": _owner_name(organization) or owner_id,
    }
    try:
        owner = write(partial(_make_owner, **new))
    except IntegrityError as error:
        if not exists(organization.pk):
            raise NoOrganizationError from error  # the host has just deleted it
        owner = find_owner(organization)
        if owner is None:
            raise ConfigurationError(
                f"OWNER_ID gives organization {organization.pk} an id that another one has."
            ) from error
    return owner


def _make_owner(**fields: Any) -> OriginOwner:
    owner = OriginOwner.objects.create(**fields)
    # Events that came before we knew whose they are get another chance.
    named = {"project": owner.project, "origin_owner_id": owner.origin_owner_id}
    WebhookEvent.objects.naming(**named).quarantined().make_due()
    return owner


def _owner_id(organization: models.Model) -> str:
    answered = conf.resolve(conf.read().owner_id)(organization)
    owner_id = one_line(answered)
    if not owner_id:
        raise ConfigurationError(f"OWNER_ID gives organization {organization.pk} a blank id.")
    if owner_id != text_of(answered).strip():
        raise ConfigurationError(
            f"OWNER_ID gives organization {organization.pk} an id that is longer than "
            f"{TEXT_LIMIT} characters or has control characters."
        )
    return owner_id


def _owner_name(organization: models.Model) -> str:
    return one_line(conf.resolve(conf.read().owner_name)(organization))


def _refuse_returned(organization: models.Model, project: str, owner_id: str) -> None:
    """Refuse an id that was given up by another organization with something left behind it.

    A link that was issued then may still connect the former customer's account under it, which the
    new organization would be shown.
    """
    left = OwnerTombstone.objects.filter(digest=OwnerTombstone.digest_of(project, owner_id))
    mine = OwnerTombstone.digest_of(organization.pk)
    if left.exclude(organization_digest=mine).exists():
        raise ConfigurationError(
            f"OWNER_ID gives organization {organization.pk} an id that a former one had. Let "
            "OWNER_ID answer an id that never returns; or, if it is the same customer, delete the "
            "id under 'Offboarded owners' in the admin."
        )


def organization_of(owner: OriginOwner) -> models.Model | None:
    """The owner's organization, also one that the host's managers hide; ``None`` once deleted."""
    model: type[models.Model] = apps.get_model(conf.organization_model())
    if owner.organization_id is None:
        return None
    if OriginOwner._meta.get_field("organization").is_cached(owner):
        return owner.organization
    # A plain QuerySet: related access goes by the model's base manager, which may leave some out.
    rows: models.QuerySet[models.Model] = models.QuerySet(model, hints={"instance": owner})
    return rows.filter(pk=owner.organization_id).first()


def exists(key: object) -> bool:
    """Whether there is an organization of that key, also one that the host's managers hide."""
    model: type[models.Model] = apps.get_model(conf.organization_model())
    # Read where our rows are written, whose foreign key it is about.
    rows: models.QuerySet[models.Model] = models.QuerySet(model)
    rows = rows.using(router.db_for_write(OriginOwner))
    return rows.filter(pk=key).exists()


def name_of_today(owner: OriginOwner) -> str:
    """What ``OWNER_NAME`` says of the organization now; what is pinned where it says nothing."""
    organization = organization_of(owner)
    today = _owner_name(organization) if organization is not None else ""
    return today or owner.origin_owner_name


def drift(owner: OriginOwner) -> str | None:
    """Today's name of the organization where it is not the pinned one; ``None`` where it is."""
    today = name_of_today(owner)
    return today if today != owner.origin_owner_name else None

"""Checks of what the app needs of the host project around it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, cast

from django.contrib.auth import get_user_model
from django.core.checks import CheckMessage, Error, Warning  # noqa: A004 - Django's own name
from django.core.exceptions import ImproperlyConfigured
from django.db import connections
from django.template import TemplateDoesNotExist, TemplateSyntaxError
from django.template.loader import get_template
from rest_framework.settings import api_settings

from stackone_connect.checks.registration import check
from stackone_connect.conf import Settings
from stackone_connect.conf.given import plain
from stackone_connect.conf.rules import NAME
from stackone_connect.models.transactions import database
from stackone_connect.tenancy import organization_from_user


@check()
def permissions_are_decided(settings: Settings, **_: Any) -> Iterator[CheckMessage]:
    """Warn until the host has decided who may connect and who may disconnect.

    The defaults let every signed-in member of an organization do both, which only the host can
    know to be right.
    """
    decided = plain("PERMISSION_CLASSES") or {}
    undecided = [each for each in ("connect", "disconnect") if each not in decided]
    if undecided:
        yield Warning(
            f"Every signed-in member of an organization may {' and '.join(undecided)} accounts, "
            "because nobody has decided otherwise.",
            hint=(
                f"Set {NAME}['PERMISSION_CLASSES'] for {' and '.join(undecided)}. If every member "
                "may, say so: 'rest_framework.permissions.IsAuthenticated'."
            ),
            id="stackone_connect.W001",
        )


@check()
def the_default_resolver_finds_an_organization(
    settings: Settings, **_: Any
) -> Iterator[CheckMessage]:
    """The default resolver reads an attribute that Django's own user model does not have."""
    default = (Settings.organization_resolver, organization_from_user)
    if settings.organization_resolver not in default:
        return
    try:
        user_model = get_user_model()
    except ImproperlyConfigured:
        return  # no such users here
    if not hasattr(user_model, "organization"):
        yield Warning(
            f"{user_model._meta.label} has no 'organization', which is where a request's "
            "organization is read from.",
            hint=(
                f"Name in {NAME}['ORGANIZATION_RESOLVER'] a function that takes the request and "
                "returns the organization, or silence this if each user gets the attribute later."
            ),
            id="stackone_connect.W012",
        )


@check()
def the_pages_have_a_base(settings: Settings, **_: Any) -> Iterator[CheckMessage]:
    """The shipped pages extend a template that the host names."""
    if settings.pages_base_template == Settings.pages_base_template:
        return  # ours, which a host without the pages need not be able to load
    try:
        get_template(settings.pages_base_template)
    except TemplateDoesNotExist:
        yield Error(
            f"{NAME}['PAGES_BASE_TEMPLATE'] names {settings.pages_base_template!r}, which no "
            "template loader finds.",
            hint="Name the base of your own pages, with the blocks 'title' and 'content'.",
            id="stackone_connect.E009",
        )
    except (ImproperlyConfigured, TemplateSyntaxError):
        return  # without a template engine there are no pages; Django reports a broken template


@check()
def the_database_commits(settings: Settings, **_: Any) -> Iterator[CheckMessage]:
    """Each write of ours is to be on disk before StackOne is asked, which takes a commit."""
    alias = database()
    if not connections[alias].settings_dict["AUTOCOMMIT"]:
        yield Error(
            f"DATABASES[{alias!r}]['AUTOCOMMIT'] is False: a transaction is always open, in which "
            "StackOne is not called.",
            hint="Take it out, and open transactions with transaction.atomic() where you need any.",
            id="stackone_connect.E016",
        )


@check()
def somebody_can_sign_in(settings: Settings, **_: Any) -> Iterator[CheckMessage]:
    """Our views need authentication classes; without any, every request is anonymous."""
    own = settings.authentication_classes
    if own is None:
        named = "REST_FRAMEWORK['DEFAULT_AUTHENTICATION_CLASSES']"
        given = cast(Any, api_settings).DEFAULT_AUTHENTICATION_CLASSES
    else:
        named, given = f"{NAME}['AUTHENTICATION_CLASSES']", own
    if not given:
        yield Warning(
            f"{named} is empty, so nobody can be signed in to our views.",
            hint=(
                "Name at least one, such as 'rest_framework.authentication.SessionAuthentication' "
                "for a page served by this project."
            ),
            id="stackone_connect.W005",
        )

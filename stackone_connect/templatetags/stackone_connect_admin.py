"""Tags for the admin's own templates.

Django imports every library of tags with the first template, also where the host has no admin, or
builds its own: so what registers our pages with the admin is imported by the tags, when they run.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django import template
from django.contrib.admin.sites import AdminSite, all_sites
from django.db.models import Model
from django.utils.safestring import SafeString

from stackone_connect.models import LinkedAccount

register = template.Library()


@register.simple_tag
def health(account: LinkedAccount) -> SafeString | str:
    """The status of an account, or that it is disconnected."""
    from stackone_connect.admin import display

    return display.health(account)


@register.filter
def condition(account: LinkedAccount) -> str:
    """Why a connected account does not work, and since when."""
    from stackone_connect.admin import labels

    return labels.condition(account)


@register.filter
def ago(at: datetime) -> str:
    """How long ago something was, in words."""
    from stackone_connect.admin import times

    return times.ago(at)


def _site(request: Any) -> AdminSite | None:
    """The admin site of the current page."""
    name = getattr(request, "current_app", None)
    return next((site for site in all_sites if site.name == name), None)


@register.simple_tag(takes_context=True)
def admin_link(
    context: template.Context, row: Model | None, text: object = None
) -> SafeString | str:
    """A link to a row's admin page, for a user who may see it, else its name."""
    from stackone_connect.admin import display

    request: Any = context.get("request")
    return display.link(row, text, request=request, site=_site(request))


@register.simple_tag(takes_context=True)
def account_link(context: template.Context, account: LinkedAccount) -> SafeString | str:
    """A link to an account by the name that people know it by."""
    from stackone_connect.admin import labels

    return admin_link(context, account, labels.account(account))


@register.simple_tag(takes_context=True)
def owner_link(context: template.Context, owner: Any) -> SafeString | str:
    """A link to an owner by its pinned name, and whether its organization is deleted."""
    from stackone_connect.admin import display

    shown = admin_link(context, owner, owner.origin_owner_name)
    if owner.organization_id is not None:
        return shown
    return shown + " " + display.organization_link(owner)

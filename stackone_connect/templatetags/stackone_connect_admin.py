"""Tags for the admin's own templates."""

from __future__ import annotations

from typing import Any

from django import template
from django.contrib.admin.sites import AdminSite, all_sites
from django.db.models import Model
from django.utils.safestring import SafeString

from stackone_connect.admin import labels
from stackone_connect.admin.display import health, link, organization_link
from stackone_connect.admin.times import ago
from stackone_connect.models import LinkedAccount

register = template.Library()
register.simple_tag(health)
register.filter("condition", labels.condition)
register.filter("ago", ago)


def _site(request: Any) -> AdminSite | None:
    """The admin site of the current page."""
    name = getattr(request, "current_app", None)
    return next((site for site in all_sites if site.name == name), None)


@register.simple_tag(takes_context=True)
def admin_link(
    context: template.Context, row: Model | None, text: object = None
) -> SafeString | str:
    """A link to a row's admin page, for a user who may see it, else its name."""
    request: Any = context.get("request")
    return link(row, text, request=request, site=_site(request))


@register.simple_tag(takes_context=True)
def account_link(context: template.Context, account: LinkedAccount) -> SafeString | str:
    """A link to an account by the name that people know it by."""
    return admin_link(context, account, labels.account(account))


@register.simple_tag(takes_context=True)
def owner_link(context: template.Context, owner: Any) -> SafeString | str:
    """A link to an owner by its pinned name, and whether its organization is deleted."""
    shown = admin_link(context, owner, owner.origin_owner_name)
    if owner.organization_id is not None:
        return shown
    return shown + " " + organization_link(owner)

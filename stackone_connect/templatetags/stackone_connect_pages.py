"""The parts of the Integrations page, for hosts that lay out a page of their own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, cast

from django import template
from django.db import models
from django.http import HttpRequest
from django.templatetags.static import static
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

from stackone_connect import conf, tenancy
from stackone_connect.exceptions import NoOrganizationError
from stackone_connect.pages import access, addresses, hub, parts
from stackone_connect.pages.addresses import BACK, DONE
from stackone_connect.pages.wording import category_name, listed, provider_name
from stackone_connect.rules import TEXT_LIMIT
from stackone_connect.services import accounts, activity, connectors
from stackone_connect.templatetags.stackone_connect import (
    address_of,
    nonce_of,
    request_of,
    stackone_connect,
)

_ASSETS = "stackone_connect.pages"
_ACTIVITIES = 8

register = template.Library()


@register.simple_tag(takes_context=True)
def stackone_pages_assets(context: template.Context) -> SafeString | str:
    """The style sheet and the script of the parts, once on a page. The parts write it themselves.

    In the head of a page of yours, it keeps the page from being drawn twice.
    """
    page = context.render_context.dicts[0]
    if _ASSETS in page:
        return ""
    page[_ASSETS] = _ASSETS
    nonce = nonce_of(context)
    by_nonce = format_html(' nonce="{}"', nonce) if nonce else ""
    return format_html(
        '<link rel="stylesheet" href="{}"{}>\n<script type="module" src="{}"{}></script>\n',
        static("stackone_connect/pages.css"),
        by_nonce,
        static("stackone_connect/pages.js"),
        by_nonce,
    )


@register.simple_tag(takes_context=True)
def stackone_connect_panel(
    context: template.Context,
    *,
    providers: Sequence[str] | str | None = None,
    categories: Sequence[str] | str | None = None,
    namespace: str = "stackone_pages",
    **captured: object,
) -> SafeString:
    """The way to connect an account: buttons of ``providers``, a choice of ``categories``.

    Both are lists, or texts with commas; without them they are those of the settings, and without
    these the hub lists everything. It says beforehand what the hub does with accounts that exist.
    Shows nothing to who may not connect. The element itself is ``parts/element.html``.
    """
    organization = _organization(context, "connect")
    if organization is None:
        return mark_safe("")
    settings = conf.read()
    offered = _names(providers if providers is not None else settings.providers)
    kinds = _names(categories if categories is not None else settings.categories)
    known = connectors.known(organization=organization)
    taken = parts.taken(organization, kinds)
    said = {one.provider: one.name for one in taken}
    values = {
        "providers": [
            (key, provider_name(key, known, said=said.get(key, "")), known.get(key))
            for key in offered
        ],
        "must_choose": settings.providers is not None,
        "kinds": [(kind, category_name(kind)) for kind in kinds] if len(kinds) > 1 else [],
        "category": kinds[0] if len(kinds) == 1 else "",
        "taken": listed(one.name for one in taken) if taken else "",
        "has_twins": any(one.number > 1 for one in taken),
        "may_add": settings.allow_multiple,
        "limit": TEXT_LIMIT,
    }
    return _render(context, "panel", values, namespace=namespace, captured=captured)


@register.simple_tag(takes_context=True)
def stackone_element(
    context: template.Context,
    *,
    text: object = "",
    heading: object = "",
    provider: str = "",
    category: str = "",
    api_namespace: str = "stackone_connect",
    **options: Any,
) -> SafeString:
    """``{% stackone_connect %}`` for the pages: it finds the hub's script and server by itself.

    ``options`` are arguments of that tag, and win.
    """
    request = request_of(context)
    organization = tenancy.organization_for(request)
    found: dict[str, Any] = {
        "hub_script": hub.hub_script(),
        "hub_base_url": hub.hub_server(request, organization),
        "namespace": _beside(context, api_namespace),
        "text": text,
        "heading": heading,
        "provider": provider,
        "category": category,
    }
    return stackone_connect(context, **{**found, **options})


@register.simple_tag(takes_context=True)
def stackone_accounts(
    context: template.Context, *, namespace: str = "stackone_pages", **captured: object
) -> SafeString:
    """The connected accounts, twenty on a page, those that need reconnecting first."""
    organization = _organization(context, "read")
    if organization is None:
        return mark_safe("")
    request = request_of(context)
    connected = accounts.history(organization=organization)
    page = parts.account_page(connected, request.GET.get(addresses.PAGE, ""))
    numbers = addresses.numbers(page)
    values = {
        "rows": parts.items_of(organization, connected, page),
        "page": page,
        "pages": [(number, addresses.page_link(request, number)) for number in numbers],
        "page_before": addresses.page_link(request, page.number - 1) if page.has_previous() else "",
        "page_after": addresses.page_link(request, page.number + 1) if page.has_next() else "",
        "broken": connected.broken().count(),
        "may_connect": access.may(request, "connect"),
        "may_disconnect": access.may(request, "disconnect"),
        "may_add": conf.read().allow_multiple,
        "done": parts.just_changed(organization, request.GET.get(DONE, "")),
        "logos_due": connectors.is_due(organization=organization),
    }
    return _render(context, "accounts", values, namespace=namespace, captured=captured)


@register.simple_tag(takes_context=True)
def stackone_activity(
    context: template.Context,
    *,
    limit: int = _ACTIVITIES,
    namespace: str = "stackone_pages",
    **captured: object,
) -> SafeString:
    """What happened to the accounts, in sentences; ``limit`` of them, and a link to all."""
    organization = _organization(context, "read")
    if organization is None:
        return mark_safe("")
    found = activity.recent(organization=organization, limit=limit + 1)
    lines = parts.activity_lines(organization, found[:limit])
    values = {"lines": lines, "has_more": len(found) > limit}
    return _render(context, "activity", values, namespace=namespace, captured=captured)


def _organization(context: template.Context, action: str) -> models.Model | None:
    """Whose part it is; ``None`` where the person at the browser may not see it."""
    request = request_of(context)
    if not access.may(request, action):
        return None
    try:
        return tenancy.organization_for(request)
    except NoOrganizationError:
        return None


def _render(
    context: template.Context,
    name: str,
    values: dict[str, Any],
    *,
    namespace: str,
    captured: Mapping[str, object],
) -> SafeString:
    """A part by its template, which a host may replace."""
    request: HttpRequest = request_of(context)
    index = address_of(context, _beside(context, namespace), "integrations", captured)
    values |= {
        "request": request,
        "index": index,
        "here": addresses.here(request),
        "back_field": BACK,
    }
    for kept in ("csp_nonce", "csrf_token", "perms"):
        if kept in context:
            values[kept] = context[kept]
    page = cast(template.Template, context.template)
    found = page.engine.get_template(f"stackone_connect/parts/{name}.html")
    return mark_safe(  # noqa: S308 - a template of ours, or of the host
        str(stackone_pages_assets(context)) + found.render(context.new(values))
    )


def _beside(context: template.Context, namespace: str) -> str:
    """Where our page is mounted inside a namespace of the host's, our other URLs may be, too."""
    match = getattr(request_of(context), "resolver_match", None)
    outer = match.namespaces[:-1] if match and match.app_name.endswith("stackone_pages") else []
    if outer and ":" not in namespace:
        return ":".join([*outer, namespace])
    return namespace


def _names(given: Sequence[str] | str | None) -> list[str]:
    """Names from a list, or from a text with commas."""
    if isinstance(given, str):
        return [part.strip() for part in given.split(",") if part.strip()]
    return list(given or ())

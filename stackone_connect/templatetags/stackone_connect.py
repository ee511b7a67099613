"""``{% stackone_connect %}``: the button that connects an account, in one line of a template."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from itertools import combinations
from typing import Any
from urllib.parse import urlsplit

from django import template
from django.conf import settings
from django.core.serializers.json import DjangoJSONEncoder
from django.forms.utils import flatatt
from django.shortcuts import resolve_url
from django.templatetags.static import static
from django.urls import NoReverseMatch, is_valid_path, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from stackone_connect import conf
from stackone_connect.pages.hub import HUB_SCRIPT

ELEMENT_SCRIPT = "stackone_connect/connect.js"
_SESSIONS = "connect-sessions/"
_ONCE = "stackone_connect.script"

register = template.Library()


@register.simple_tag(takes_context=True)
def stackone_connect(  # noqa: PLR0913 - each is an argument of the tag
    context: template.Context,
    *,
    text: object = "",
    heading: object = "",
    provider: object = "",
    category: object = "",
    account_id: object = "",
    label: object = "",
    multiple: bool = False,
    hub_script: str | None = HUB_SCRIPT,
    hub_integrity: str = "",
    hub_base_url: str = "",
    hub_app_url: str = "",
    theme: str = "",
    messages: Mapping[str, object] | None = None,
    sign_in: str | None = None,
    watch_accounts: bool = False,
    namespace: str = "stackone_connect",
    api: str = "",
    nonce: object = None,
    id: str = "",  # noqa: A002 - as in HTML
    **captured: object,
) -> SafeString:
    """The element ``<stackone-connect>``, and before the first one of a page its script.

    ``text`` labels the button, ``heading`` above the hub. ``provider``, ``category``,
    ``account_id``, ``label`` and ``multiple`` are what a session is asked for. ``hub_script`` is a
    path among the static files, or a URL; ``None`` links to StackOne's hosted page instead,
    where ``EXPOSE_AUTH_LINK`` allows it. ``hub_integrity`` is its hash for a script that another
    host serves, as ``sha384-…``. ``hub_base_url`` and ``hub_app_url`` are for a sandbox
    only, without a trailing slash (StackOne notes §20.4). ``messages`` replaces the element's texts
    by their keys. ``sign_in`` is where a user who was signed out goes, which is ``LOGIN_URL``
    unless it is given. ``watch_accounts`` makes it read the accounts every 30 seconds, for its
    event ``stackone-connect:accounts``. ``nonce`` is that of the Content-Security-Policy; it is
    found by itself with Django's middleware and with django-csp.

    ``namespace`` is where ``stackone_connect.urls`` is mounted, if not by its own name. What the
    address above the mount captures (``<slug:team>``) is taken from the page's own address, or from
    arguments of those names given here; ``api`` is the whole address of the mount instead.

    Not inside ``{% cache %}``: it carries the CSRF token of the current user. Raises
    ``NoReverseMatch`` where the addresses are not mounted, and what ``{% static %}`` raises for a
    hub that was not collected.
    """
    nonce = nonce_of(context, nonce)
    attributes: dict[str, object] = {
        "id": id,
        "api": api or _mount(context, namespace, captured),
        "provider": provider,
        "category": category,
        "account-id": account_id,
        "label": label,
        "multiple": bool(multiple),
        "allow-multiple": conf.read().allow_multiple,
        "heading": heading,
        "hub-script": _address(hub_script),
        "hub-integrity": hub_integrity,
        "hub-base-url": hub_base_url,
        "hub-app-url": hub_app_url,
        "theme": theme,
        "messages": json.dumps(messages, cls=DjangoJSONEncoder) if messages else "",
        "sign-in": _login_url() if sign_in is None else sign_in,
        "watch-accounts": bool(watch_accounts),
        "nonce": nonce,
        **_csrf(context),
    }
    element = format_html(
        "<stackone-connect{}>{}</stackone-connect>", _attributes(attributes), text
    )
    return format_html("{}{}", _script_once(context, nonce), element)


def _mount(context: template.Context, namespace: str, given: Mapping[str, object]) -> str:
    return address_of(context, namespace, "connect-sessions", given).removesuffix(_SESSIONS)


def address_of(
    context: template.Context, namespace: str, view: str, given: Mapping[str, object]
) -> str:
    """The URL of a view of ours, with as many of the page's captured arguments as it takes."""
    request = request_of(context)
    match = getattr(request, "resolver_match", None)
    current = getattr(request, "current_app", None) or getattr(match, "namespace", None)
    name = f"{namespace}:{view}"
    for arguments in _arguments(match, given):
        try:
            return reverse(name, current_app=current, **arguments)
        except NoReverseMatch:
            continue
    # Once more for Django's own error message.
    return reverse(name, kwargs=dict(given), current_app=current)


def _arguments(match: Any, given: Mapping[str, object]) -> Iterator[dict[str, Any]]:
    """The arguments to try, the most first: a page may be nested deeper than the mount."""
    kept = {k: v for k, v in (match.kwargs if match else {}).items() if k not in given}
    for size in range(len(kept), -1, -1):
        for names in combinations(kept, size):
            yield {"kwargs": {**{name: kept[name] for name in names}, **given}}
    if match and not given:
        # Captured without names: those of the mount come first.
        for size in range(len(match.args), 0, -1):
            yield {"args": match.args[:size]}


def _script_once(context: template.Context, nonce: str) -> SafeString | str:
    # The bottom of the render context is shared by a whole page, includes and extends too.
    page = context.render_context.dicts[0]
    if _ONCE in page:
        return ""
    page[_ONCE] = ELEMENT_SCRIPT
    source = {"type": "module", "src": static(ELEMENT_SCRIPT), "nonce": nonce}
    return format_html("<script{}></script>\n", _attributes(source))


def _attributes(values: Mapping[str, object]) -> str:
    """Without empty values, except ``csrf-cookie``: empty means that no cookie is read."""
    return flatatt(
        {
            name: value
            for name, value in values.items()
            if value is not None and (value != "" or name == "csrf-cookie")
        }
    )


def _address(script: str | None) -> str:
    if not script:
        return ""
    parts = urlsplit(script)
    return script if parts.scheme or parts.netloc or script.startswith("/") else static(script)


def _login_url() -> str:
    """``LOGIN_URL``, unless nothing is there: Django has a default."""
    try:
        address = resolve_url(settings.LOGIN_URL)
    except NoReverseMatch:
        return ""
    parts = urlsplit(address)
    return address if parts.netloc or is_valid_path(parts.path) else ""


def _csrf(context: template.Context) -> dict[str, Any]:
    """The page's token and, where scripts can read it, the name of the cookie that is newer."""
    token = str(context.get("csrf_token") or "")
    hidden = settings.CSRF_USE_SESSIONS or settings.CSRF_COOKIE_HTTPONLY
    return {
        "csrf-token": "" if token == "NOTPROVIDED" else token,  # noqa: S105 - a value of Django's
        "csrf-cookie": "" if hidden else settings.CSRF_COOKIE_NAME,
        "csrf-header": settings.CSRF_HEADER_NAME.removeprefix("HTTP_").replace("_", "-"),
    }


def request_of(context: template.Context) -> Any:
    """The page's request, also where the host has no context processor that names it.

    ``None`` for a template that is rendered without one.
    """
    return context.get("request") or getattr(context, "request", None)


def nonce_of(context: template.Context, given: object = None) -> str:
    """Asking a lazy nonce for its text is what makes the middleware put it into the header."""
    if given is None:
        given = context.get("csp_nonce")
    if given is None:
        given = getattr(request_of(context), "csp_nonce", None)
    return "" if given is None else str(given)

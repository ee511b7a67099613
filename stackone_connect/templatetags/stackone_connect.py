"""``{% stackone_connect %}``: the button that connects an account, in one line of a template."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from django import template
from django.conf import settings
from django.core.serializers.json import DjangoJSONEncoder
from django.forms.utils import flatatt
from django.templatetags.static import static
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

#: Where the hub's script is looked for among the host's static files, unless a tag says otherwise.
HUB_SCRIPT = "vendor/stackone-hub.js"
ELEMENT_SCRIPT = "stackone_connect/connect.js"
_SESSIONS = "connect-sessions/"
_ONCE = "stackone_connect.script"

register = template.Library()


@register.simple_tag(takes_context=True)
def stackone_connect(  # noqa: PLR0913 - each is a word of the tag's language
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
    hub_base_url: str = "",
    hub_app_url: str = "",
    theme: str = "",
    sentences: Mapping[str, object] | None = None,
    namespace: str = "stackone_connect",
    nonce: object = None,
    id: str = "",  # noqa: A002 - as in HTML
) -> SafeString:
    """The element ``<stackone-connect>``, and before the first one of a page its script.

    ``text`` is on the button, ``heading`` above the hub. ``provider``, ``category``,
    ``account_id``, ``label`` and ``multiple`` are what a session is asked for. ``hub_script`` is a
    path among the static files, or an address; ``None`` leads to StackOne's hosted page instead,
    where ``EXPOSE_AUTH_LINK`` allows it. ``hub_base_url`` and ``hub_app_url`` are for a sandbox
    only, without a trailing slash (hub §4). ``sentences`` replaces words by their keys. ``nonce``
    is that of the Content-Security-Policy, found by itself with Django's middleware and with
    django-csp. ``namespace`` is where ``stackone_connect.urls`` is mounted, if not by its own name.

    Not inside ``{% cache %}``: it carries the CSRF token of who is looking. Raises
    ``NoReverseMatch`` where the addresses are not mounted, and what ``{% static %}`` raises for a
    hub that was not collected.
    """
    nonce = _nonce(context, nonce)
    attributes: dict[str, object] = {
        "id": id,
        "api": reverse(f"{namespace}:connect-sessions").removesuffix(_SESSIONS),
        "provider": provider,
        "category": category,
        "account-id": account_id,
        "label": label,
        "multiple": bool(multiple),
        "heading": heading,
        "hub-script": _address(hub_script),
        "hub-base-url": hub_base_url,
        "hub-app-url": hub_app_url,
        "theme": theme,
        "sentences": json.dumps(sentences, cls=DjangoJSONEncoder) if sentences else "",
        "nonce": nonce,
        **_csrf(context),
    }
    element = format_html(
        "<stackone-connect{}>{}</stackone-connect>", _attributes(attributes), text
    )
    return format_html("{}{}", _script_once(context, nonce), element)


def _script_once(context: template.Context, nonce: str) -> SafeString | str:
    # The bottom of the render context is one for a whole page, whatever it includes or extends.
    page = context.render_context.dicts[0]
    if _ONCE in page:
        return ""
    page[_ONCE] = ELEMENT_SCRIPT
    source = {"type": "module", "src": static(ELEMENT_SCRIPT), "nonce": nonce}
    return format_html("<script{}></script>\n", _attributes(source))


def _attributes(values: Mapping[str, object]) -> str:
    """What is empty is left out, but for a cookie that is not to be looked for."""
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


def _csrf(context: template.Context) -> dict[str, Any]:
    """The page's token and, where scripts can read it, the name of the cookie that is newer."""
    token = str(context.get("csrf_token") or "")
    hidden = settings.CSRF_USE_SESSIONS or settings.CSRF_COOKIE_HTTPONLY
    return {
        "csrf-token": "" if token == "NOTPROVIDED" else token,  # noqa: S105 - Django's word
        "csrf-cookie": "" if hidden else settings.CSRF_COOKIE_NAME,
        "csrf-header": settings.CSRF_HEADER_NAME.removeprefix("HTTP_").replace("_", "-"),
    }


def _nonce(context: template.Context, given: object) -> str:
    """Asking a lazy nonce for its text is what makes the middleware put it into the header."""
    if given is None:
        given = context.get("csp_nonce")
    if given is None:
        given = getattr(context.get("request"), "csp_nonce", None)
    return "" if given is None else str(given)

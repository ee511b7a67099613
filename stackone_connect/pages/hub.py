"""Where the element finds StackOne's hub, unless a page says otherwise."""

from __future__ import annotations

from urllib.parse import urlsplit

from django.db import models
from django.http import HttpRequest
from django.templatetags.static import static

from stackone_connect import conf, tenancy

#: The hub's script among the host's static files.
HUB_SCRIPT = "vendor/stackone-hub.js"


def hub_script() -> str | None:
    """The hub's script; ``None``, for StackOne's hosted page, where it was not collected."""
    try:
        static(HUB_SCRIPT)
    except ValueError:
        return None
    return HUB_SCRIPT


def hub_server(request: HttpRequest, organization: models.Model) -> str:
    """The server that the hub calls, where that is not StackOne's own: a path on this site."""
    address = conf.project(tenancy.current_project(organization)).base_url
    if address == conf.STACKONE_URL:
        return ""
    parted = urlsplit(address)
    return parted.path if parted.netloc == request.get_host() else address

"""Where the browser finds StackOne's hub: the element's script and the server it talks to."""

from __future__ import annotations

from django.conf import settings
from django.contrib.staticfiles import finders
from django.templatetags.static import static

HUB_SCRIPT = "vendor/stackone-hub.js"


def script_url() -> str | None:
    """The address of the hub's script, or ``None`` on a machine that never fetched it."""
    return static(HUB_SCRIPT) if finders.find(HUB_SCRIPT) else None


def attributes() -> dict[str, str]:
    """What ``<stackone-hub>`` must be told; empty means its own defaults, StackOne's servers."""
    if not settings.USE_SANDBOX:
        return {}
    return {"base-url": "/sandbox", "app-url": "/sandbox"}

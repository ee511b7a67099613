"""Where the browser finds StackOne's hub: the element's script, and the servers it talks to."""

from __future__ import annotations

from django.conf import settings
from django.contrib.staticfiles import finders
from django.templatetags.static import static

HUB_SCRIPT = "vendor/stackone-hub.js"


def script_url() -> str | None:
    """The address of the hub's script, or ``None`` on a machine that never fetched it."""
    return static(HUB_SCRIPT) if finders.find(HUB_SCRIPT) else None


def servers() -> dict[str, str]:
    """What ``<stackone-hub>`` must be told; nothing when it is to talk to StackOne's own servers.

    The sandbox has no trailing slash in its addresses, so neither has its base (hub §4).
    """
    return {"api": "/sandbox", "app": "/sandbox"} if settings.USE_SANDBOX else {}

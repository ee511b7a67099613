"""Where the browser finds the servers that StackOne's hub calls."""

from __future__ import annotations

from django.conf import settings


def servers() -> dict[str, str]:
    """The server addresses for ``<stackone-hub>``; none where it uses StackOne's own servers.

    They have no trailing slash, as the sandbox's URLs have none (StackOne notes §20.4).
    """
    return {"api": "/sandbox", "app": "/sandbox"} if settings.USE_SANDBOX else {}

"""The Content-Security-Policy of every page that does not set its own."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import urlsplit

from django.conf import settings
from django.http import HttpRequest, HttpResponse

HEADER = "Content-Security-Policy"


def policy() -> str:
    """No inline scripts; StackOne's own host is allowed where the hub calls it.

    The hub's fonts and styles are inside its script and need ``data:`` and inline *styles*; its
    logos come from StackOne's logo host (StackOne notes §20.5).
    """
    stackone = stackone_logos = ""
    if not settings.USE_SANDBOX:
        parts = urlsplit(settings.STACKONE_CONNECT["BASE_URL"])
        stackone, stackone_logos = (
            f" {parts.scheme}://{parts.netloc}",
            " https://stackone-logos.com",
        )
    return "; ".join(
        [
            "default-src 'none'",
            "script-src 'self'",
            "style-src 'self' 'unsafe-inline'",
            f"connect-src 'self'{stackone}",
            f"img-src 'self' data:{stackone_logos}",
            "font-src 'self' data:",
            "form-action 'self'",
            "base-uri 'none'",
            "frame-ancestors 'none'",
        ]
    )


class ContentSecurityPolicyMiddleware:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        response.headers.setdefault(HEADER, policy())
        return response

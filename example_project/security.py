"""The Content-Security-Policy of every page that does not set its own."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import urlsplit

from django.conf import settings
from django.http import HttpRequest, HttpResponse

HEADER = "Content-Security-Policy"
#: What the demo's split screen shows in its frames, with the shipped pages.
_FRAMED_VIEWS = {"sign-in", "integrations-react", "stackone_sandbox:control"}


def policy(*, is_framed: bool = False, has_frames: bool = False) -> str:
    """No inline scripts; StackOne's own host is allowed where the hub calls it.

    The hub's fonts and styles are inside its script and need ``data:`` and inline *styles*; its
    logos come from StackOne's logo host (StackOne notes §20.5). ``is_framed`` lets this site put
    the page into a frame, ``has_frames`` lets the page have frames of this site.
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
            *(["frame-src 'self'"] if has_frames else []),
            "frame-ancestors 'self'" if is_framed else "frame-ancestors 'none'",
        ]
    )


class ContentSecurityPolicyMiddleware:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        is_framed = _is_framed(request)
        if is_framed:
            response["X-Frame-Options"] = "SAMEORIGIN"
        response.headers.setdefault(HEADER, policy(is_framed=is_framed))
        return response


def _is_framed(request: HttpRequest) -> bool:
    """Whether the split screen shows the page; nowhere but in the demo."""
    match = request.resolver_match
    if not settings.USE_SANDBOX or match is None:
        return False
    return match.app_name == "stackone_pages" or match.view_name in _FRAMED_VIEWS

"""The URLs under which the host has mounted stackone_connect, with prefix and arguments."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from functools import partial
from typing import Any
from urllib.parse import quote

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.http.request import validate_host
from django.urls import NoReverseMatch, URLResolver, get_resolver, get_script_prefix
from django.utils.regex_helper import normalize

APP_NAME = "stackone_connect"
#: The shipped pages', which are mounted apart.
PAGES_APP_NAME = "stackone_pages"
#: The host name of Django's test client; test runners allow it.
TEST_HOST = "testserver"
#: Characters that ``reverse`` does not quote in a path.
_UNQUOTED = "/~:@!$&'()*+,;="

#: How ``normalize`` writes a captured argument.
_CAPTURED = re.compile(r"%\((\w+)\)s")


def addresses(
    name: str,
    *arguments: str,
    url_kwargs: Mapping[str, Any] | None = None,
    app_name: str = APP_NAME,
) -> list[str]:
    """Every URL of this name; none where the host has not mounted it.

    ``url_kwargs`` are the arguments that the host's patterns capture, such as ``{"team": "acme"}``
    below ``teams/<slug:team>/``; raises :class:`ImproperlyConfigured` where one is missing.

    Found by the patterns, not by namespace: a host may mount the API and the webhook separately,
    and then Django's ``reverse`` finds only one of them.
    """
    found = []
    for above, mount in mounts(get_resolver(), app_name=app_name):
        with suppress(NoReverseMatch):
            below = mount.reverse(name, *arguments)
            found.append(f"{get_script_prefix()}{_filled(above, url_kwargs or {})}{below}")
    return found


def address(name: str, *arguments: str, url_kwargs: Mapping[str, Any] | None = None) -> str:
    """The first of them. Raises :class:`ImproperlyConfigured` where there is none."""
    for found in addresses(name, *arguments, url_kwargs=url_kwargs):
        return found
    raise ImproperlyConfigured(
        f"The address {name!r} of stackone_connect is not in ROOT_URLCONF. "
        'Add path("api/stackone/", include("stackone_connect.urls")).'
    )


def environ(address: str, host: str = "") -> tuple[str, dict[str, Any]]:
    """The arguments for a test client: a path, and keys of the WSGI environment.

    Unlike a server, a test client does not split off the script prefix.
    """
    prefix = get_script_prefix()
    extra = {"HTTP_HOST": host or default_host()}
    if prefix != "/" and address.startswith(prefix):
        return f"/{address.removeprefix(prefix)}", extra | {"SCRIPT_NAME": prefix.rstrip("/")}
    return address, extra


def default_host() -> str:
    """The test client's host name, or, where it is not allowed, the first that is."""
    allowed = settings.ALLOWED_HOSTS
    if not allowed or validate_host(TEST_HOST, allowed):
        return TEST_HOST
    return str(allowed[0]).lstrip(".")


def mounts(
    resolver: URLResolver, above: Sequence[Any] = (), *, app_name: str = APP_NAME
) -> Iterator[tuple[Sequence[Any], URLResolver]]:
    """Each ``include`` of this app below a resolver, with the patterns above it."""
    for pattern in resolver.url_patterns:
        if isinstance(pattern, URLResolver):
            below = (*above, pattern.pattern)
            if pattern.app_name == app_name:
                yield below, pattern
            else:
                yield from mounts(pattern, below, app_name=app_name)


def _filled(patterns: Sequence[Any], values: Mapping[str, Any]) -> str:
    """The patterns with these arguments instead of their captures, as ``reverse`` does it."""
    filled = ""
    for pattern in patterns:
        (text, names), *_ = normalize(pattern.regex.pattern)
        missing = [name for name in names if name not in values]
        if missing:
            mount = "".join(map(str, patterns))
            raise ImproperlyConfigured(
                f"stackone_connect is mounted below {mount!r}: "
                f"pass {', '.join(missing)} in url_kwargs."
            )
        filled += _CAPTURED.sub(partial(_captured, pattern.converters, values), text)
    return quote(filled, safe=_UNQUOTED)


def _captured(
    converters: Mapping[str, Any], values: Mapping[str, Any], found: re.Match[str]
) -> str:
    name = found[1]
    return str(converters[name].to_url(values[name]) if name in converters else values[name])

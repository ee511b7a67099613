"""Where the host has mounted our addresses, under whatever prefix and namespace."""

from __future__ import annotations

from collections.abc import Iterator

from django.core.exceptions import ImproperlyConfigured
from django.urls import NoReverseMatch, URLResolver, get_resolver, get_script_prefix

APP_NAME = "stackone_connect"


def addresses(name: str, *arguments: str) -> list[str]:
    """Every address of this name; none where the host has not mounted it.

    By the patterns themselves, not by namespace: a host may mount the API and the webhook apart,
    and then Django's own ``reverse`` finds only one of the two.
    """
    found = []
    for prefix, mount in mounts(get_resolver()):
        try:
            found.append(f"{get_script_prefix()}{prefix}{mount.reverse(name, *arguments)}")
        except NoReverseMatch:
            continue
    return found


def address(name: str, *arguments: str) -> str:
    """The first of them. Raises :class:`ImproperlyConfigured` where there is none."""
    for found in addresses(name, *arguments):
        return found
    raise ImproperlyConfigured(
        f"The address {name!r} of stackone_connect is not in ROOT_URLCONF. "
        'Add path("api/stackone/", include("stackone_connect.urls")).'
    )


def mounts(resolver: URLResolver, prefix: str = "") -> Iterator[tuple[str, URLResolver]]:
    """Each of our ``include``s below a resolver, with the prefix under which it is mounted."""
    for pattern in resolver.url_patterns:
        if isinstance(pattern, URLResolver):
            below = f"{prefix}{pattern.pattern}"
            if pattern.app_name == APP_NAME:
                yield below, pattern
            else:
                yield from mounts(pattern, below)

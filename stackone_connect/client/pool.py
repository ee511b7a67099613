"""The connections of a process to StackOne, made of sockets that keep a deadline.

They are used through the adapter of ``requests`` and without its sessions: those add cookies,
redirects and the user names of a ``.netrc`` file, none of which may be here.
"""

from __future__ import annotations

import atexit
import os
import ssl
import threading
from collections.abc import Mapping
from functools import cache, lru_cache, partial
from typing import Any
from urllib.parse import urlsplit

import requests
from django.core.signals import setting_changed
from requests.adapters import HTTPAdapter
from requests.utils import DEFAULT_CA_BUNDLE_PATH, get_environ_proxies
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool

from stackone_connect import forks
from stackone_connect.client import body as bodies
from stackone_connect.client.connection import DeadlineConnection, DeadlineTLSConnection
from stackone_connect.client.sockets import TLS, BoundedSocket
from stackone_connect.conf.rules import NAME
from stackone_connect.exceptions import ConfigurationError
from stackone_connect.redaction import RedactedBytes

#: Idle connections that are kept; there are never more than calls were made at the same time.
IDLE_LIMIT = 100
#: Addresses whose connections are kept.
ORIGINS = 4


class _Pool(HTTPConnectionPool):
    ConnectionCls = DeadlineConnection


class _TLSPool(HTTPSConnectionPool):
    ConnectionCls = DeadlineTLSConnection


class _Adapter(HTTPAdapter):
    """Carries requests over our connections, with one TLS context instead of one per connection."""

    def __init__(self, tls: ssl.SSLContext) -> None:
        self._tls = tls
        self._pools: dict[str, Any] = {}
        super().__init__(pool_connections=ORIGINS, pool_maxsize=IDLE_LIMIT)

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, ssl_context=self._tls, **kwargs)
        self.poolmanager.pool_classes_by_scheme = {"http": _Pool, "https": _TLSPool}

    def proxy_manager_for(self, proxy: str, **kwargs: Any) -> Any:
        if proxy.lower().startswith("socks"):
            raise ConfigurationError(
                "The environment names a SOCKS proxy for StackOne's address. Only HTTP proxies can "
                "be used; list the host in NO_PROXY to go without."
            )
        manager = super().proxy_manager_for(
            proxy, ssl_context=self._tls, proxy_ssl_context=self._tls, **kwargs
        )
        manager.pool_classes_by_scheme = {"http": _Pool, "https": _TLSPool}
        return manager

    def get_connection_with_tls_context(
        self, request: requests.PreparedRequest, *args: Any, **kwargs: Any
    ) -> Any:
        """The pool of an origin, found by it alone: what else is in the library's own key is always
        the same here."""
        origin = _origin(request.url)
        pool = self._pools.get(origin)
        if pool is None:
            if len(self._pools) >= ORIGINS:
                self._pools.clear()  # they close when nobody uses them any more
            pool = super().get_connection_with_tls_context(request, *args, **kwargs)
            self._pools[origin] = pool
        return pool

    def close(self) -> None:
        self._pools.clear()
        super().close()

    def cert_verify(self, *args: Any, **kwargs: Any) -> None:
        """Leave the connection alone: its TLS context verifies."""


class Connections:
    """The connections of one process, and what the environment said when they were made.

    They may be used by any number of threads or greenlets at once, each of which has a connection
    of its own as long as its call takes.
    """

    def __init__(self) -> None:
        self._proxies: dict[str, dict[str, str]] = {}
        bundle = os.environ.get("REQUESTS_CA_BUNDLE") or os.environ.get("CURL_CA_BUNDLE")
        self._adapter = _Adapter(_tls_context(bundle or DEFAULT_CA_BUNDLE_PATH))

    def exchange(
        self, method: str, url: str, headers: Mapping[str, str], content: bytes
    ) -> tuple[int, Mapping[str, str], RedactedBytes]:
        """Send a request; status, headers and body of the response. An allowance must be set.

        The body is read only of a 2xx that does not answer a DELETE: else it has no use, and the
        connection is closed. Proxies are looked up once per origin.
        """
        request = _addressed(method, url).copy()
        request.prepare_headers(headers)
        request.prepare_body(content or None, None)
        origin = _origin(url)
        if origin not in self._proxies:
            self._proxies[origin] = get_environ_proxies(origin)
        # The timeouts are those of the sockets, which know the deadline as well.
        response = self._adapter.send(
            request,
            stream=True,
            timeout=None,
            verify=True,
            cert=None,
            proxies=self._proxies[origin],
        )
        try:
            status = response.status_code
            is_read = 200 <= status < 300 and method != "DELETE"  # noqa: PLR2004 - a 2xx
            return status, response.headers, bodies.read(response) if is_read else RedactedBytes()
        finally:
            # Back into the pool if it was read to its end, else the connection is closed.
            response.close()

    def close(self) -> None:
        """Close those that are idle."""
        self._adapter.close()


@lru_cache(maxsize=32)
def _addressed(method: str, url: str) -> requests.PreparedRequest:
    """A request without headers and body, apart from any session's own defaults: an address that
    is asked again and again is checked and quoted once."""
    request = requests.PreparedRequest()
    request.prepare_method(method)
    request.prepare_url(url, None)
    return request


def _origin(url: str | None) -> str:
    """Scheme, host and port."""
    return "://".join(urlsplit(url or "")[:2])


_held: Connections | None = None
_making = threading.Lock()


def connections() -> Connections:
    """This process's connections; new ones after a fork, so that no socket is shared with a parent.

    They are not kept by thread: with gevent, or a server that makes a thread for each request, each
    request would open a connection, and leave it open for a while.
    """
    global _held  # noqa: PLW0603 - one for the process
    held = _held
    if held is None:
        with _making:
            # Not two, when several threads ask first at the same time.
            held = _held = _held or Connections()
    return held


def _forget() -> None:
    """In a child, which may have been forked while another thread was making them."""
    global _held, _making
    _held, _making = None, threading.Lock()


def _close() -> None:
    """Close at the end of the process, while its threads still run.

    Where one of them serves StackOne's stand-in, as Django's live server does, it ends with its
    connection, and not in the middle of the interpreter's end.
    """
    if _held is not None:
        _held.close()


def _close_after_a_test(*, setting: str, **_: Any) -> None:
    """Close when a test changes our settings, or has done so: its StackOne may end before the
    process does, and a thread of Django's live server that ends later than its test complains."""
    if setting == NAME:
        _close()


forks.in_child(_forget)
atexit.register(_close)
setting_changed.connect(_close_after_a_test)


@cache
def _tls_context(bundle: str) -> ssl.SSLContext:
    """A verifying context for a CA bundle (a file or a directory); reading one takes a while."""
    try:
        if os.path.isdir(bundle):
            context = ssl.create_default_context(capath=bundle)
        else:
            context = ssl.create_default_context(cafile=bundle)
    except OSError as error:
        raise ConfigurationError(
            "The CA bundle that REQUESTS_CA_BUNDLE or CURL_CA_BUNDLE names can't be read."
        ) from error
    # On the instance: the class is another one where gevent or truststore put theirs in its place.
    vars(context)["wrap_socket"] = partial(_over, context)
    return context


def _over(
    context: ssl.SSLContext, sock: BoundedSocket, *, server_hostname: str | None = None
) -> TLS:
    return TLS(sock, context, server_hostname)

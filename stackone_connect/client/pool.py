"""One pooled ``requests.Session`` per thread and process, made of sockets that keep a deadline."""

from __future__ import annotations

import http.client
import os
import socket
import ssl
import threading
import time
from functools import cache
from http.cookiejar import DefaultCookiePolicy
from typing import Any

import requests
from requests.adapters import HTTPAdapter
from requests.utils import DEFAULT_CA_BUNDLE_PATH, get_environ_proxies
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.exceptions import NewConnectionError
from urllib3.response import HTTPResponse

from stackone_connect.client.sockets import PlainSocket, TLSSocket, allowance
from stackone_connect.exceptions import ConfigurationError

#: Seconds after which an idle connection is not trusted: firewalls forget quiet ones in silence.
IDLE_SECONDS = 50.0


class _StrictHead(http.client.HTTPResponse):
    """Takes no status and headers for whole that are not."""

    def begin(self) -> None:
        """Read status and headers. The library below passes over both of these faults."""
        super().begin()
        if allowance.get().ended:
            raise http.client.IncompleteRead(b"")
        if self.headers.defects or self.headers.get_payload():
            # urllib3 would log what it can't parse, whatever that holds.
            raise http.client.HTTPException("malformed headers")


class _DeadlineConnection(HTTPConnection):
    """What our plain and TLS connections share."""

    response_class = _StrictHead
    _used_at = 0.0

    def connect(self) -> None:
        """Connect, with proxy and TLS, on the connect timeout and what the deadline leaves."""
        present = allowance.get()
        present.connecting = True
        super().connect()
        present.connecting = False

    def _new_conn(self) -> socket.socket:
        """Try each address with what is left, where urllib3 gives each the whole timeout."""
        failure: Exception = OSError("the host has no address")
        try:
            found = socket.getaddrinfo(
                self._dns_host.strip("[]"), self.port, type=socket.SOCK_STREAM
            )
        except (OSError, UnicodeError) as error:
            raise NewConnectionError(self, "the host name can't be resolved") from error
        for family, kind, protocol, _, address in found:
            sock = None
            try:
                sock = PlainSocket(family, kind, protocol)
                for option in self.socket_options or ():
                    sock.setsockopt(*option)
                sock.connect(address)
            except OSError as error:
                if sock is not None:
                    sock.close()
                failure = error
            else:
                return sock
        raise NewConnectionError(self, "no address accepts a connection") from failure

    def getresponse(self) -> HTTPResponse:  # type: ignore[override]  # as in urllib3
        """Read status and headers, and note when."""
        response = super().getresponse()
        self._used_at = time.monotonic()
        return response

    @property
    def is_connected(self) -> bool:
        """Whether the pool may hand this connection out again."""
        return time.monotonic() - self._used_at < IDLE_SECONDS and super().is_connected


class _DeadlineTLSConnection(_DeadlineConnection, HTTPSConnection):
    pass


class _Pool(HTTPConnectionPool):
    ConnectionCls = _DeadlineConnection


class _TLSPool(HTTPSConnectionPool):
    ConnectionCls = _DeadlineTLSConnection


class _Adapter(HTTPAdapter):
    """Carries requests over our connections, with one TLS context instead of one per connection."""

    def __init__(self, tls: ssl.SSLContext) -> None:
        self._tls = tls
        # Calls of a thread follow each other, so one connection per host is enough.
        super().__init__(pool_connections=4, pool_maxsize=1)

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

    def cert_verify(self, *args: Any, **kwargs: Any) -> None:
        """Leave the connection alone: its TLS context verifies."""


class _Session(requests.Session):
    def get_redirect_target(self, resp: requests.Response) -> None:
        """No answer leads on. (Else a body would be read here, whole, to prepare for the next.)"""


class ThreadSession:
    """The connections of one thread, and what the environment said when they were made."""

    def __init__(self) -> None:
        self.process = os.getpid()
        self._proxies: dict[str, dict[str, str]] = {}
        self._session = _Session()
        self._session.trust_env = False  # nor may a .netrc replace our key
        self._session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
        bundle = os.environ.get("REQUESTS_CA_BUNDLE") or os.environ.get("CURL_CA_BUNDLE")
        adapter = _Adapter(_tls_context(bundle or DEFAULT_CA_BUNDLE_PATH))
        self._session.mount("http://", adapter)
        self._session.mount("https://", adapter)

    def send(self, request: requests.PreparedRequest, base_url: str) -> requests.Response:
        """Send a request and answer once the headers are in; the body is still to be read.

        Both must happen while an allowance is set. Proxies are looked up once per address.
        """
        if base_url not in self._proxies:
            self._proxies[base_url] = get_environ_proxies(base_url)
        # The timeouts are those of the sockets, which know the deadline as well.
        return self._session.send(
            request,
            stream=True,
            timeout=None,
            allow_redirects=False,
            verify=True,
            cert=None,
            proxies=self._proxies[base_url],
        )


_thread = threading.local()


def thread_session() -> ThreadSession:
    """This thread's session; a new one after a fork, so that no socket is shared with a parent."""
    held: ThreadSession | None = getattr(_thread, "session", None)
    if held is None or held.process != os.getpid():
        held = _thread.session = ThreadSession()
    return held


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
    context.sslsocket_class = TLSSocket
    return context

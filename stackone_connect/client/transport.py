"""One request to StackOne: tries, deadline, and either an entity or one of our errors."""

from __future__ import annotations

import logging
import re
import time
from binascii import b2a_base64
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from http.client import HTTPException
from typing import TypeVar
from urllib.parse import urlencode

from urllib3.exceptions import HTTPError

from stackone_connect import __version__, logs, responses
from stackone_connect.client import failures, retries
from stackone_connect.client.body import UnusableBodyError
from stackone_connect.client.failures import Failure
from stackone_connect.client.pool import connections
from stackone_connect.client.sockets import Allowance, allowance
from stackone_connect.clock import Deadline
from stackone_connect.exceptions import (
    AccountNotFoundError,
    ConfigurationError,
    StackOneBadAnswerError,
)
from stackone_connect.redaction import RedactedBytes, RedactedStr
from stackone_connect.rules import is_web_address

#: StackOne's gateway may refuse requests without one (StackOne notes §2).
USER_AGENT = f"django-stackone-connect/{__version__}"
NOT_FOUND = 404

_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")
_REQUEST_ID_LIMIT = 200

#: What carries one request: takes method, address, headers and body; gives status, headers and
#: body. Only the body of a 2xx is used, and not that of a DELETE. A failure is raised as the
#: :class:`OSError` that a socket raises.
Exchange = Callable[
    [str, str, Mapping[str, str], bytes], tuple[int, Mapping[str, str], RedactedBytes]
]

Entity = TypeVar("Entity")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Request:
    """What is the same for all tries."""

    method: str
    path: str
    url: str
    headers: Mapping[str, str] = field(repr=False)
    body: RedactedBytes = field(repr=False)
    deadline: Deadline
    of_account: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Response:
    """A usable response: a 2xx with its JSON, or a 404 that has a meaning."""

    status: int
    data: object = field(repr=False)  # a token may be in it
    request_id: str | None


class Transport:
    """Requests to one address with one key."""

    def __init__(
        self,
        *,
        api_key: str,
        base_url: str,
        connect_timeout: float,
        read_timeout: float,
        exchange: Exchange | None = None,
    ) -> None:
        self.base_url = _checked_address(base_url)
        self._headers = {
            "Accept": "application/json",
            "Accept-Encoding": "gzip",
            "User-Agent": USER_AGENT,
            "Authorization": _basic(RedactedStr(api_key)),
        }
        self._connect_timeout = connect_timeout
        self._read_timeout = read_timeout
        self._exchange = exchange

    def request(
        self,
        method: str,
        path: str,
        *,
        read: Callable[[object], Entity],
        query: Mapping[str, str | int | Sequence[str]] | None = None,
        body: RedactedBytes | None = None,
        deadline: Deadline,
        of_account: bool = False,
    ) -> Entity:
        """What ``read`` makes of the response's JSON (of ``None`` for a DELETE).

        The request is sent up to three times while the deadline lasts, which must be harmless, as
        it is for everything we ask of StackOne; one log line at the end. ``path`` must be quoted,
        ``body`` is JSON. With ``of_account`` a 404 is :class:`AccountNotFoundError`.
        """
        url = f"{self.base_url}{path}"
        request = _Request(
            method=method,
            path=path,
            url=f"{url}?{urlencode(query, doseq=True)}" if query else url,
            headers={**self._headers, "Content-Type": "application/json"}
            if body
            else self._headers,
            body=body or RedactedBytes(),
            deadline=deadline,
            of_account=of_account,
        )
        response = self._send(request)
        if response.status == NOT_FOUND:
            raise AccountNotFoundError
        try:
            return read(response.data)
        except StackOneBadAnswerError as error:
            error.request_id = response.request_id
            raise

    def _send(self, request: _Request) -> Response:
        """Try until there is a usable response, or raise what the last failure means."""
        started = time.monotonic()
        tries = 0
        outcome: Response | Failure = failures.OUT_OF_TIME
        while not request.deadline.passed():
            outcome = self._try(request)
            tries += 1
            if isinstance(outcome, Response) or not outcome.is_retried or tries == retries.TRIES:
                break
            seconds = retries.pause(tries, outcome.retry_after)
            if seconds >= request.deadline.remaining():
                break
            retries.sleep(seconds)
        # The path goes without its query; bodies and keys are never logged.
        logs.write(
            logging.DEBUG,
            "stackone.answered" if outcome.status else "stackone.unanswered",
            method=request.method,
            path=request.path,
            status=outcome.status,
            reason=outcome.reason if isinstance(outcome, Failure) else None,
            tries=tries,
            duration_ms=round((time.monotonic() - started) * 1000),
            request_id=outcome.request_id,
        )
        if isinstance(outcome, Failure):
            raise outcome.as_error()
        return outcome

    def _try(self, request: _Request) -> Response | Failure:
        """Send the request once, and judge the response by its status, then by its body."""
        present = Allowance(request.deadline, self._connect_timeout, self._read_timeout)
        token = allowance.set(present)
        try:
            exchange = self._exchange or connections().exchange
            status, headers, content = exchange(
                request.method, request.url, request.headers, request.body
            )
        except UnusableBodyError as error:
            return failures.of_body(error.reason, error.status, _request_id(error.headers))
        except (OSError, HTTPError, HTTPException, ValueError) as error:
            # All of requests' own are OSErrors; a ValueError is a header that can't be read.
            return failures.of_exception(error, present)
        finally:
            allowance.reset(token)
        request_id = _request_id(headers)
        if status == NOT_FOUND and request.of_account:
            return Response(status=status, data=None, request_id=request_id)
        if not 200 <= status < 300:  # noqa: PLR2004 - a 2xx
            return failures.of_status(status, headers, request_id)
        if request.method == "DELETE":
            return Response(status=status, data=None, request_id=request_id)
        try:
            data = responses.parse_json(content)
        except (ValueError, RecursionError):
            # Not raised: such an error holds the whole text, a token included.
            return failures.of_body("not_json", status, request_id)
        return Response(status=status, data=data, request_id=request_id)


def _request_id(headers: Mapping[str, str]) -> str | None:
    """StackOne's ``x-request-id``, fit for a log line; it may send none (StackOne notes §2)."""
    return _CONTROL.sub("", headers.get("x-request-id", ""))[:_REQUEST_ID_LIMIT] or None


def _basic(api_key: RedactedStr) -> RedactedStr:
    """The Authorization header: the key as user name, no password, so base64 of ``key:``."""
    if not api_key.isprintable() or not api_key or ":" in api_key or " " in api_key:
        raise ConfigurationError(
            "STACKONE_CONNECT['API_KEY'] must be a StackOne API key as it was shown: not empty, "
            "without spaces, line breaks or colons."
        )
    encoded = RedactedBytes(b2a_base64(f"{api_key}:".encode(), newline=False))
    return RedactedStr(f"Basic {encoded.decode()}")


def _checked_address(base_url: str) -> str:
    """The address without a slash at its end."""
    if not is_web_address(base_url):
        raise ConfigurationError(
            "STACKONE_CONNECT['BASE_URL'] must be an http or https address with a host, and "
            "without credentials, query or fragment."
        )
    return base_url.rstrip("/")

"""One request to StackOne: tries, deadline, and either usable JSON or one of our errors."""

from __future__ import annotations

import json
import logging
import time
from base64 import b64encode
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from http.client import HTTPException
from typing import Any
from urllib.parse import urlsplit

import requests
from urllib3.exceptions import HTTPError

from stackone_connect import __version__, logs
from stackone_connect.client import body as bodies
from stackone_connect.client import failures, in_process, retries
from stackone_connect.client.failures import Failure
from stackone_connect.client.pool import thread_session
from stackone_connect.client.sockets import Allowance, allowance
from stackone_connect.clock import Deadline
from stackone_connect.exceptions import ConfigurationError, StackOneBadAnswerError

#: StackOne's gateway may refuse requests without one (contract §2).
USER_AGENT = f"django-stackone-connect/{__version__}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """A usable answer: a 2xx with its JSON, or an allowed other status without."""

    status: int
    data: object = field(repr=False)  # a token may be in it
    request_id: str | None


class Transport:
    """Requests to one address with one key."""

    def __init__(
        self, *, api_key: str, base_url: str, connect_timeout: float, read_timeout: float
    ) -> None:
        self.base_url = _checked_address(base_url)
        self._headers = {
            "Accept": "application/json",
            "Accept-Encoding": "gzip",
            "User-Agent": USER_AGENT,
            "Authorization": _basic(api_key),
        }
        self._connect_timeout = connect_timeout
        self._read_timeout = read_timeout

    def request(
        self,
        method: str,
        path: str,
        *,
        query: Mapping[str, str | int | Sequence[str]] | None = None,
        body: Mapping[str, Any] | None = None,
        deadline: Deadline,
        allow: Collection[int] = (),
    ) -> Answer:
        """Send a request, up to three times while the deadline lasts; one log line at the end.

        ``path`` must be quoted. Statuses in ``allow`` are answers and not errors. Sending twice
        must be harmless, as it is for everything we ask of StackOne.
        """
        request = self._prepared(method, path, query, body)
        line = _LogLine(method=method, path=path)
        tries = 0
        outcome: Answer | Failure = failures.OUT_OF_TIME
        while not deadline.passed():
            outcome = self._try(request, deadline, allow)
            tries += 1
            if isinstance(outcome, Answer) or not outcome.retried or tries == retries.TRIES:
                break
            seconds = retries.pause(tries, outcome.retry_after)
            if seconds >= deadline.remaining():
                break
            retries.sleep(seconds)
        line.write(outcome, tries)
        if isinstance(outcome, Failure):
            raise outcome.as_error()
        return outcome

    def _try(
        self, request: requests.PreparedRequest, deadline: Deadline, allow: Collection[int]
    ) -> Answer | Failure:
        present = Allowance(deadline, self._connect_timeout, self._read_timeout)
        token = allowance.set(present)
        response = None
        try:
            send = in_process.sender() or thread_session().send
            response = send(request, self.base_url)
            return _outcome(response, allow)
        except (OSError, HTTPError, HTTPException, ValueError) as error:
            # All of requests' own are OSErrors; a ValueError is a header that can't be read.
            return failures.of_exception(error, present)
        finally:
            if response is not None:
                # Back into the pool if it was read to its end, else the connection is closed.
                response.close()
            allowance.reset(token)

    def _prepared(
        self,
        method: str,
        path: str,
        query: Mapping[str, str | int | Sequence[str]] | None,
        body: Mapping[str, Any] | None,
    ) -> requests.PreparedRequest:
        """The request, made once for all its tries and apart from the session's own defaults."""
        request = requests.PreparedRequest()
        request.prepare(
            method=method,
            url=f"{self.base_url}{path}",
            headers=self._headers,
            params=query,
            data=None if body is None else json.dumps(body, allow_nan=False).encode(),
        )
        if body is not None:
            request.headers["Content-Type"] = "application/json"
        return request


class _LogLine:
    """One line per request. The path goes without its query; bodies and keys are never logged."""

    def __init__(self, method: str, path: str) -> None:
        self._method, self._path, self._started = method, path, time.monotonic()

    def write(self, outcome: Answer | Failure, tries: int) -> None:
        logs.write(
            logging.DEBUG,
            "stackone.answered" if outcome.status else "stackone.unanswered",
            method=self._method,
            path=self._path,
            status=outcome.status,
            reason=outcome.reason if isinstance(outcome, Failure) else None,
            tries=tries,
            duration_ms=round((time.monotonic() - self._started) * 1000),
            request_id=outcome.request_id,
        )


def _outcome(response: requests.Response, allow: Collection[int]) -> Answer | Failure:
    """Judge an answer by its status, then by its body. Bodies of errors are never read."""
    status = response.status_code
    request_id = failures.request_id(response.headers)
    if status in allow:
        return Answer(status=status, data=None, request_id=request_id)
    failure = failures.of_status(status, response.headers)
    if failure is not None:
        return failure
    try:
        data = bodies.read_json(response)
    except bodies.UnusableBodyError as error:
        return Failure(
            error=StackOneBadAnswerError, reason=str(error), request_id=request_id, status=status
        )
    return Answer(status=status, data=data, request_id=request_id)


def _basic(api_key: str) -> str:
    """The Authorization header: the key as user name, no password, so base64 of ``key:``."""
    if not api_key.isprintable() or not api_key or ":" in api_key or " " in api_key:
        raise ConfigurationError(
            "STACKONE_CONNECT['API_KEY'] must be a StackOne API key as it was shown: not empty, "
            "without spaces, line breaks or colons."
        )
    return "Basic " + b64encode(f"{api_key}:".encode()).decode("ascii")


def _checked_address(base_url: str) -> str:
    """The address without a slash at its end."""
    try:
        parts = urlsplit(base_url)
        usable = parts.scheme in {"http", "https"} and parts.hostname and parts.port != 0
    except ValueError:
        usable = False
    else:
        # A user name in the address would replace our key.
        usable = usable and base_url.isprintable() and not set(base_url) & set("@?# ")
    if not usable:
        raise ConfigurationError(
            "STACKONE_CONNECT['BASE_URL'] must be an http or https address with a host, and "
            "without credentials, query or fragment."
        )
    return base_url.rstrip("/")

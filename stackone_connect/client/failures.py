"""What can go wrong with one try, and what it means to us (the table of errors)."""

from __future__ import annotations

import re
import ssl
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from http.client import HTTPException

from requests import RequestException
from urllib3.exceptions import InvalidHeader, ProtocolError

from stackone_connect.client import retries
from stackone_connect.client.sockets import Allowance, TooMuchReceivedError
from stackone_connect.exceptions import (
    StackOneBadAnswerError,
    StackOneError,
    StackOneMisconfiguredError,
    StackOneRateLimitedError,
    StackOneRejectedError,
    StackOneUnavailableError,
)

_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")
_REQUEST_ID_LIMIT = 200

#: Errors after which trying again later makes sense.
_PASSING = (StackOneRateLimitedError, StackOneUnavailableError)


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """A try that gave no usable answer.

    It is a value and not an exception, so that the error raised of it has no context: requests'
    exceptions hold the request with our key, and a JSON error holds the body.
    """

    error: type[StackOneError]
    reason: str
    retried: bool = False
    retry_after: float | None = None
    request_id: str | None = None
    status: int | None = None

    def as_error(self) -> StackOneError:
        """The exception for the caller."""
        passing = issubclass(self.error, _PASSING)
        return self.error(
            retry_after=retries.advice(self.retry_after) if passing else None,
            request_id=self.request_id,
            status=self.status,
        )


#: Raised when what came in breaks HTTP's rules; also when it broke off, which shows elsewhere.
_RULE_BREAKS = (HTTPException, ProtocolError, InvalidHeader)

#: Nothing was left to try with.
OUT_OF_TIME = Failure(error=StackOneUnavailableError, reason="out_of_time")


def of_status(status: int, headers: Mapping[str, str]) -> Failure | None:
    """What a status means; ``None`` for a 2xx, whose body decides."""
    if 200 <= status < 300:  # noqa: PLR2004
        return None
    return Failure(
        error=_error_of(status),
        reason="status",
        retried=status in retries.RETRIED_STATUSES,
        retry_after=retries.retry_after(headers.get("Retry-After")),
        request_id=request_id(headers),
        status=status,
    )


def _error_of(status: int) -> type[StackOneError]:
    if status in {401, 403}:
        return StackOneMisconfiguredError
    if status == 429:  # noqa: PLR2004
        return StackOneRateLimitedError
    if status == 408 or 500 <= status < 600:  # noqa: PLR2004
        return StackOneUnavailableError
    if 400 <= status < 500:  # noqa: PLR2004
        return StackOneRejectedError
    return StackOneBadAnswerError


def of_exception(error: Exception, present: Allowance) -> Failure:
    """What an exception of the libraries below means.

    Libraries wrap sockets' errors several times and differently by version, so what counts is
    what lies at the bottom, and whether the connection stood. A server that is too slow to answer
    is not asked again: it has the request, and has used up the read timeout.
    """
    causes = list(_causes(error))
    if _any(causes, ssl.SSLCertVerificationError):
        return Failure(error=StackOneUnavailableError, reason="certificate")
    if _any(causes, TooMuchReceivedError):
        return Failure(error=StackOneBadAnswerError, reason="too_large")
    if present.connecting:
        return Failure(error=StackOneUnavailableError, reason="connect", retried=True)
    if _any(causes, TimeoutError):
        return Failure(error=StackOneUnavailableError, reason="timed_out")
    if _any(causes, *_RULE_BREAKS) and not present.ended and not _any_of_sockets(causes):
        return Failure(error=StackOneBadAnswerError, reason="not_http")
    return Failure(error=StackOneUnavailableError, reason="broken_off", retried=True)


def _any(causes: list[BaseException], *kinds: type[BaseException]) -> bool:
    return any(isinstance(cause, kinds) for cause in causes)


def _any_of_sockets(causes: list[BaseException]) -> bool:
    """Whether a socket failed. (Requests' own exceptions are OSErrors, too.)"""
    return any(
        isinstance(cause, OSError) and not isinstance(cause, RequestException) for cause in causes
    )


def _causes(error: BaseException) -> Iterator[BaseException]:
    """An exception and everything it was raised from."""
    seen: set[int] = set()
    present: BaseException | None = error
    while present is not None and id(present) not in seen:
        seen.add(id(present))
        yield present
        present = present.__cause__ or present.__context__


def request_id(headers: Mapping[str, str]) -> str | None:
    """StackOne's ``x-request-id``, fit for a log line; it may send none (contract §2)."""
    return _CONTROL.sub("", headers.get("x-request-id", ""))[:_REQUEST_ID_LIMIT] or None

"""What can go wrong with one try, and which of our errors it becomes."""

from __future__ import annotations

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
    StackOneTransientError,
    StackOneUnavailableError,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """A try that gave no usable response.

    It is a value and not an exception, so that the error raised of it has no context: requests'
    exceptions hold the request with our key, and a JSON error holds the body.
    """

    error: type[StackOneError]
    reason: str
    retry_after: float | None = None
    request_id: str | None = None
    status: int | None = None

    @property
    def is_retried(self) -> bool:
        """Whether the request may be sent again (see ``retries``)."""
        if self.reason == "status":
            return self.status in retries.RETRIED_STATUSES
        return self.reason in retries.RETRIED_REASONS

    def as_error(self) -> StackOneError:
        """The exception for the caller."""
        temporary = issubclass(self.error, StackOneTransientError)
        return self.error(
            retry_after=retries.advice(self.retry_after) if temporary else None,
            request_id=self.request_id,
            status=self.status,
        )


#: Raised when what came in breaks HTTP's rules; also when it broke off, which shows elsewhere.
_RULE_BREAKS = (HTTPException, ProtocolError, InvalidHeader)

#: Nothing was left to try with.
OUT_OF_TIME = Failure(error=StackOneUnavailableError, reason="out_of_time")


def of_status(status: int, headers: Mapping[str, str], request_id: str | None) -> Failure:
    """What a status other than a 2xx means."""
    return Failure(
        error=_error_of(status),
        reason="status",
        retry_after=retries.retry_after(headers.get("Retry-After")),
        request_id=request_id,
        status=status,
    )


def of_body(reason: str, status: int, request_id: str | None) -> Failure:
    """What a 2xx means whose body can't be used."""
    return Failure(
        error=StackOneBadAnswerError, reason=reason, request_id=request_id, status=status
    )


def _error_of(status: int) -> type[StackOneError]:
    if status in {401, 403}:
        return StackOneMisconfiguredError
    if status == 429:  # noqa: PLR2004 - HTTP's own numbers
        return StackOneRateLimitedError
    if status == 408 or 500 <= status < 600:  # noqa: PLR2004 - HTTP's own numbers
        return StackOneUnavailableError
    if 400 <= status < 500:  # noqa: PLR2004 - HTTP's own numbers
        return StackOneRejectedError
    return StackOneBadAnswerError


def of_exception(error: Exception, present: Allowance) -> Failure:
    """What an exception of the libraries below means.

    Libraries wrap sockets' errors several times and differently by version, so what counts is
    what lies at the bottom, and whether the connection stood.
    """
    causes = list(_causes(error))
    if _any(causes, ssl.SSLCertVerificationError):
        return Failure(error=StackOneUnavailableError, reason="certificate")
    if _any(causes, TooMuchReceivedError):
        return Failure(error=StackOneBadAnswerError, reason="too_large")
    if present.connecting:
        return Failure(error=StackOneUnavailableError, reason="connect")
    if _any(causes, TimeoutError):
        return Failure(error=StackOneUnavailableError, reason="timed_out")
    if _any(causes, *_RULE_BREAKS) and not present.ended and not _any_of_sockets(causes):
        return Failure(error=StackOneBadAnswerError, reason="not_http")
    return Failure(error=StackOneUnavailableError, reason="broken_off")


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

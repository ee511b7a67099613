"""Error responses, in StackOne's format."""

from __future__ import annotations

import math
from collections.abc import Mapping
from http import HTTPStatus

from django.http import JsonResponse
from django.utils import timezone

from stackone_connect.sandbox.times import iso


class RefusedError(Exception):
    """The sandbox responds with a 4xx. ``problems`` holds a text per invalid field."""

    def __init__(
        self,
        status: HTTPStatus,
        message: str,
        problems: Mapping[str, str] | None = None,
        *,
        retry_after: float | None = None,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.problems = dict(problems or {})
        self.retry_after = retry_after

    def response(self) -> JsonResponse:
        """``statusCode``, ``message``, ``timestamp``, maybe ``errors`` (StackOne notes §1.6)."""
        body: dict[str, object] = {
            "statusCode": self.status.value,
            "message": self.message,
            "timestamp": iso(timezone.now()),
        }
        if self.problems:
            body["errors"] = list(self.problems.values())
        response = JsonResponse(body, status=self.status)
        if self.retry_after is not None:
            response["Retry-After"] = str(math.ceil(self.retry_after))
        return response


def bad_request(message: str) -> RefusedError:
    return RefusedError(HTTPStatus.BAD_REQUEST, message)


def invalid(problems: Mapping[str, str]) -> RefusedError:
    """400 with every problem; the hub's alert is headed by ``message`` (StackOne notes §20.1)."""
    return RefusedError(HTTPStatus.BAD_REQUEST, "; ".join(problems.values()), problems)


def unauthorized(message: str = "Unauthorized") -> RefusedError:
    return RefusedError(HTTPStatus.UNAUTHORIZED, message)


def too_many(retry_after: float) -> RefusedError:
    """429 with ``Retry-After`` in whole seconds (StackOne notes §2)."""
    status = HTTPStatus.TOO_MANY_REQUESTS
    return RefusedError(status, "Too Many Requests", retry_after=retry_after)


def not_found(message: str = "Not Found") -> RefusedError:
    return RefusedError(HTTPStatus.NOT_FOUND, message)

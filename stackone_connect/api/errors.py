"""Errors as answers: ``{"code", "detail"}``, and ``errors`` for each field of a bad request.

The sentences are ours and constant: neither the host's language nor StackOne's answer shows in
them.
"""

from __future__ import annotations

from typing import Any

from django.core import exceptions as django
from django.http import Http404
from rest_framework import exceptions as drf
from rest_framework.response import Response

from stackone_connect import exceptions as ours

#: Our codes and their HTTP status. A code that is not here is a mistake that a test finds.
STATUSES = {
    "invalid": 400,
    "no_organization": 403,
    "permission_denied": 403,
    "not_found": 404,
    "account_not_found": 404,
    "method_not_allowed": 405,
    "not_acceptable": 406,
    "conflict": 409,
    "unsupported_media_type": 415,
    "stackone_rejected": 422,
    "throttled": 429,
    "stackone_misconfigured": 502,
    "stackone_bad_answer": 502,
    "stackone_rate_limited": 503,
    "stackone_unavailable": 503,
}

#: What Django, REST framework or the host's resolver raise before a service runs: our code and
_NOT_ALLOWED = "You are not allowed to do this."
SERVER_ERROR = 500

#: sentence for it.
_FRAMEWORK: tuple[tuple[type[Exception], str, str], ...] = (
    (django.PermissionDenied, "permission_denied", _NOT_ALLOWED),
    (Http404, "not_found", "There is nothing here."),
    (drf.PermissionDenied, "permission_denied", _NOT_ALLOWED),
    (drf.MethodNotAllowed, "method_not_allowed", "This address does not take this method."),
    (drf.NotAcceptable, "not_acceptable", "This address answers JSON only."),
    (drf.UnsupportedMediaType, "unsupported_media_type", "Send JSON (application/json)."),
)
_CSRF = "The request carried no valid CSRF token. Reload the page and try again."
_SIGN_IN = "Sign in first."


def answer(error: Exception, *, authenticate: str | None) -> Response | None:
    """The answer to an error, or ``None`` if it is not for the browser (a bug, a bad setting).

    ``authenticate`` is the value of the ``WWW-Authenticate`` header where the host's
    authentication has one: it decides between 401 and 403.
    """
    if isinstance(error, ours.StackOneConnectError):
        return _ours(error)
    if isinstance(error, drf.NotAuthenticated | drf.AuthenticationFailed):
        headers = {"WWW-Authenticate": authenticate} if authenticate else {}
        return _response(401 if authenticate else 403, "not_authenticated", _SIGN_IN, headers)
    if isinstance(error, drf.ParseError):
        return _ours(ours.InvalidRequestError({"non_field_errors": [str(error.detail)]}))
    for kind, code, sentence in _FRAMEWORK:
        if isinstance(error, kind):
            csrf = str(getattr(error, "detail", "")).startswith("CSRF Failed")
            return _response(STATUSES[code], code, _CSRF if csrf else sentence, {})
    if isinstance(error, drf.APIException) and error.status_code < SERVER_ERROR:
        # A host's own permission or authentication class may refuse in its own way.
        return _response(STATUSES["permission_denied"], "permission_denied", _NOT_ALLOWED, {})
    return None


def _ours(error: ours.StackOneConnectError) -> Response:
    headers = {}
    retry_after = getattr(error, "retry_after", None)
    if retry_after is not None:
        headers["Retry-After"] = str(retry_after)
    response = _response(STATUSES[error.code], error.code, error.detail, headers)
    if isinstance(error, ours.InvalidRequestError):
        response.data["errors"] = error.errors
    return response


def _response(status: int, code: str, detail: str, headers: dict[str, str]) -> Response:
    data: dict[str, Any] = {"code": code, "detail": detail}
    response = Response(data, status=status, headers=headers)
    response.exception = True
    return response

"""Error responses: ``{"code", "detail"}``, and ``errors`` for each field of a bad request.

The sentences are in the language of the request; the codes are the same in all. None follows what
StackOne answered.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

from django.core import exceptions as django
from django.http import Http404, JsonResponse
from django.utils.translation import gettext_lazy as _
from rest_framework import exceptions as drf
from rest_framework.response import Response

from stackone_connect import database_errors, logs
from stackone_connect import exceptions as ours

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise as StrPromise

#: The HTTP status of each of our codes. A test finds an error whose code is missing here.
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
    "unavailable": 503,
}

_NOT_ALLOWED = _("You are not allowed to do this.")
SERVER_ERROR = 500

#: The code and the sentence with which we answer the exceptions that Django, REST framework and the
#: host's resolver raise before a service is called.
_FRAMEWORK: tuple[tuple[type[Exception], str, StrPromise], ...] = (
    (django.PermissionDenied, "permission_denied", _NOT_ALLOWED),
    (Http404, "not_found", _("There is nothing here.")),
    (drf.PermissionDenied, "permission_denied", _NOT_ALLOWED),
    (drf.MethodNotAllowed, "method_not_allowed", _("This address does not take this method.")),
    (drf.NotAcceptable, "not_acceptable", _("This address answers JSON only.")),
    (drf.UnsupportedMediaType, "unsupported_media_type", _("Send JSON (application/json).")),
)
_CSRF = _("The request carried no valid CSRF token. Reload the page and try again.")
_SIGN_IN = _("Sign in first.")
_misconfigured = logs.Flood()


def error_response(error: Exception, *, authenticate: str | None) -> Response | None:
    """The response to an error; ``None`` for one that is not the caller's to know (a bug, say).

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


def misconfigured(error: ours.ConfigurationError) -> JsonResponse:
    """The response where a setting can't be used: 502, and one log line that says what is wrong.

    WSGI servers run no system checks, so a mistake may first show here, also to strangers. They
    may not read what it is, nor have Django mail the host's admins about each request.
    """
    _misconfigured.write(logging.ERROR, "settings.unusable", detail=str(error))
    code = ours.StackOneMisconfiguredError.code
    data = {"code": code, "detail": str(ours.StackOneMisconfiguredError.default_detail)}
    response = JsonResponse(data, status=STATUSES[code], headers={"Cache-Control": "no-store"})
    response._has_been_logged = True  # type: ignore[attr-defined]  # Django marks its own so
    return response


def unavailable(error: database_errors.Error) -> JsonResponse:
    """The response where the database can't do it just now; raises ``error`` where it is a bug.

    Whatever raised it: a service, or the host's authentication, permissions and resolver.
    """
    if not (database_errors.close_stuck() or database_errors.is_unavailable(error)):
        raise error
    database_errors.log(error)
    return retry_later(ours.UnavailableError())


def retry_later(error: ours.UnavailableError) -> JsonResponse:
    """The response to what is done by asking again, for views that are not REST framework's."""
    return JsonResponse(
        {"code": error.code, "detail": error.detail},
        status=STATUSES[error.code],
        headers={"Retry-After": str(error.retry_after), "Cache-Control": "no-store"},
    )


def _ours(error: ours.StackOneConnectError) -> Response:
    headers = {}
    retry_after = getattr(error, "retry_after", None)
    if retry_after is not None:
        headers["Retry-After"] = str(retry_after)
    response = _response(STATUSES[error.code], error.code, error.detail, headers)
    if isinstance(error, ours.InvalidRequestError):
        response.data["errors"] = error.errors
    return response


def _response(
    status: int, code: str, detail: str | StrPromise, headers: dict[str, str]
) -> Response:
    data: dict[str, Any] = {"code": code, "detail": str(detail)}
    response = Response(data, status=status, headers=headers)
    response.exception = True
    return response

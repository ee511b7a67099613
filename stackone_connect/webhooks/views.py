"""Verify, store, answer; ask StackOne after the answer has gone out."""

from __future__ import annotations

import logging
import re
from typing import Any

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponseBase, JsonResponse
from django.utils.translation import gettext, gettext_lazy

from stackone_connect import background, database_errors, logs
from stackone_connect.api import errors, parsing
from stackone_connect.api.base import PREFIX
from stackone_connect.decorators import outside_transactions
from stackone_connect.exceptions import (
    ConfigurationError,
    EventTooLargeError,
    InvalidEventError,
    InvalidSignatureError,
    StackOneConnectError,
    UnavailableError,
)
from stackone_connect.redaction import RedactedBytes
from stackone_connect.services import events

#: Bytes. Events of unified data are the largest. A proxy in front may allow less.
BODY_LIMIT = 1024 * 1024
STATUSES = {
    "invalid_event": 400,
    "invalid_signature": 401,
    # No 5xx: strangers could have Django mail the host's admins about it.
    "webhook_not_configured": 404,
    "too_large": 413,
}
_LENGTH_MISSING = gettext_lazy(
    "The length of the body is missing: send a Content-Length, or have the server put chunks "
    "together."
)
_NOT_READ = gettext_lazy("The body could not be read to its end.")
#: What any signature looks like, right or wrong (StackOne notes §4.3).
_SIGNATURE = re.compile(r"[A-Za-z0-9_-]{43}=?")
_refused = logs.Flood()


@login_not_required
@outside_transactions
def webhook(request: HttpRequest, /, *_: Any, **captured: Any) -> HttpResponseBase:
    """``POST webhooks/``, ``webhooks/<project>/``: 200 ``accepted``, ``duplicate`` or ``ignored``.

    StackOne is not kept waiting: ``BACKGROUND`` asks it afterwards about the account of the event.
    What the host's own address captures is ignored.
    """
    if request.method != "POST":
        return _error(
            405, "method_not_allowed", gettext("This address takes POST only."), Allow="POST"
        )
    try:
        return _received(request, captured.get(f"{PREFIX}project"))
    except UnavailableError as error:
        # Not stored: StackOne sends it again.
        return errors.retry_later(error)
    except StackOneConnectError as error:
        return _error(STATUSES[error.code], error.code, error.detail)
    except ConfigurationError as error:
        return errors.misconfigured(error)
    except database_errors.Error as error:
        return errors.unavailable(error)


def _received(request: HttpRequest, project: str | None) -> HttpResponseBase:
    signature = request.META.get("HTTP_X_STACKONE_SIGNATURE", "")
    # Handed on and not kept: an error report shows what a frame holds.
    body = [_body(request, is_signed=bool(_SIGNATURE.fullmatch(signature.strip())))]
    size = len(body[0])
    try:
        received = events.receive(body=body.pop(), signature_header=signature, project=project)
    except InvalidSignatureError as error:
        if size < (parsing.content_length(request) or 0):
            raise InvalidEventError(str(_NOT_READ)) from None
        _refused.write(logging.WARNING, "webhook.refused", code=error.code)
        raise
    response = background.DeferredResponse({"status": received.status})
    if received.event_id is not None:
        background.enqueue("process_event", after=response, event_id=received.event_id)
    return response


def _body(request: HttpRequest, *, is_signed: bool) -> RedactedBytes:
    """The raw bytes, read no further than the limit, whatever the host's upload limits are.

    A body that was cut off has an error of its own: its signature could not match.
    """
    try:
        body = parsing.read_body(request, limit=BODY_LIMIT, expected=is_signed)
    except parsing.LengthMissingError:
        raise InvalidEventError(str(_LENGTH_MISSING)) from None
    except OSError as error:
        raise InvalidEventError(str(_NOT_READ)) from error
    if len(body) > BODY_LIMIT:
        raise EventTooLargeError
    return body


def _error(status: int, code: str, detail: str, **headers: str) -> JsonResponse:
    return JsonResponse({"code": code, "detail": detail}, status=status, headers=headers)


# As ``csrf_exempt`` does, whose wrapper fails where the host captures a ``request``.
webhook.csrf_exempt = True  # type: ignore[attr-defined]  # an attribute of a function

"""Verify, store, answer; ask StackOne after the answer has gone out."""

from __future__ import annotations

from django.db import connections, transaction
from django.http import HttpRequest, HttpResponseBase, JsonResponse, UnreadablePostError
from django.views.decorators.csrf import csrf_exempt

from stackone_connect import background
from stackone_connect.exceptions import EventTooLargeError, StackOneConnectError
from stackone_connect.services import events

#: Bytes. Unified-data events are the largest; a gateway in front may allow less.
BODY_LIMIT = 1024 * 1024
STATUSES = {
    "invalid_event": 400,
    "invalid_signature": 401,
    "too_large": 413,
    "webhook_not_configured": 503,
}


@csrf_exempt
def webhook(request: HttpRequest) -> HttpResponseBase:
    """``POST webhooks/``: 200 with ``accepted``, ``duplicate`` or ``ignored``.

    StackOne is not kept waiting: what the event hints at is asked of StackOne by ``BACKGROUND``.
    """
    if request.method != "POST":
        answer = {"code": "method_not_allowed", "detail": "This address takes POST only."}
        return JsonResponse(answer, status=405, headers={"Allow": "POST"})
    try:
        received = events.receive(
            body=_body(request), signature_header=request.headers.get("x-stackone-signature", "")
        )
    except StackOneConnectError as error:
        answer = {"code": error.code, "detail": error.detail}
        return JsonResponse(answer, status=STATUSES[error.code])
    response = background.AnswerThenWork({"status": received.status})
    if received.event_id is not None:
        background.hand_over("process_event", after=response, event_id=received.event_id)
    return response


def _body(request: HttpRequest) -> bytes:
    """The raw bytes, read no further than the limit, whatever the host's upload limits are."""
    try:
        body = request.read(BODY_LIMIT + 1)
    except UnreadablePostError:
        body = b""  # the sender hung up: nothing that anybody signed
    if len(body) > BODY_LIMIT:
        raise EventTooLargeError
    return body


# Outside of ATOMIC_REQUESTS on every database, and reachable under LoginRequiredMiddleware.
for _alias in connections:
    webhook = transaction.non_atomic_requests(using=_alias)(webhook)
webhook.login_required = False  # type: ignore[attr-defined]

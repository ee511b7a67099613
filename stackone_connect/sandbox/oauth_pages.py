"""The OAuth popup: a consent page for the provider's, and the result (StackOne notes §20.2).

The hub's ``redirect_uri`` is ignored: the sandbox redirects to no address of a request.
"""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from stackone_connect.sandbox import attempts, forms, linking
from stackone_connect.sandbox.catalogue import BY_PROVIDER, Connector
from stackone_connect.sandbox.errors import RefusedError, bad_request, not_found
from stackone_connect.sandbox.models import ConnectionAttempt
from stackone_connect.sandbox.sessions import live_session


def consent(request: HttpRequest, integration_id: str) -> HttpResponse:
    """``GET /connect/oauth2/{integration_id}``, with token, attempt and form in the query."""
    session = live_session(request.GET.get("token", ""))
    connector = linking.connector(session, integration_id)
    attempt = attempts.find(session, request.GET.get("connection_attempt_id", ""))
    return render_consent(request, connector, attempt, request.GET.dict())


def render_consent(
    request: HttpRequest,
    connector: Connector,
    attempt: ConnectionAttempt,
    values: Mapping[str, object],
) -> HttpResponse:
    """The consent page.

    Raises ``RefusedError``: 400 for the form or the connector, 409 for an attempt that ended.
    """
    if not connector.uses_popup:
        raise bad_request(f"{connector.name} does not ask for consent.")
    if attempt.status != attempts.Status.PENDING or attempt.has_expired:
        raise RefusedError(HTTPStatus.CONFLICT, "This request has ended.")
    account = linking.account_for(attempt.session, connector.provider)
    filled = forms.read(connector, values)
    filled.check({*account.setup, *account.secret_tails} if account else ())
    context = {
        "session": attempt.session,
        "connector": connector,
        "state": attempts.open_consent(attempt, connector, filled),
    }
    return render(request, "stackone_sandbox/consent.html", context)


def decide(request: HttpRequest) -> HttpResponse:
    """``POST /embedded/accounts/callback``: Allow or Deny, once; later posts change nothing."""
    attempt = attempts.find_by_state(request.POST.get("state", ""))
    if attempt is None:
        raise not_found("This request is not known.")
    if request.POST.get("decision") == "allow":
        outcome = "connected" if attempts.allow(attempt) else "ended"
    else:
        outcome = "denied" if attempts.deny(attempt) else "ended"
    context = {"outcome": outcome, "connector": BY_PROVIDER[attempt.provider]}
    status = HTTPStatus.CONFLICT if outcome == "ended" else HTTPStatus.OK
    return render(request, "stackone_sandbox/answered.html", context, status=status)

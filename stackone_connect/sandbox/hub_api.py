"""The API that StackOne's hub calls from the browser (StackOne notes §20.1, §20.2)."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse

from stackone_connect.sandbox import attempts, forms, linking, serializers
from stackone_connect.sandbox.catalogue import BY_PROVIDER
from stackone_connect.sandbox.errors import bad_request, not_found
from stackone_connect.sandbox.models import Account, ConnectSession
from stackone_connect.sandbox.payload import Reader, json_object


def settings(request: HttpRequest, session: ConnectSession) -> HttpResponse:
    """``existing_account_id`` is what puts the hub into edit mode."""
    account = linking.account_in_edit_mode(session)
    existing = account.pk if account else None
    return JsonResponse({"enabled_features": [], "existing_account_id": existing})


def list_connectors(request: HttpRequest, session: ConnectSession) -> HttpResponse:
    provider = request.GET.get("provider")
    items = [
        serializers.integration(connector)
        for connector in linking.connectors(session)
        if provider in {None, "", connector.provider}
    ]
    return JsonResponse({"integrations": items})


def read_connector(
    request: HttpRequest, session: ConnectSession, integration_id: str
) -> HttpResponse:
    connector = linking.connector(session, integration_id)
    return JsonResponse({"config": serializers.connector_config(connector), "hub_settings": {}})


def create_account(request: HttpRequest, session: ConnectSession) -> HttpResponse:
    """Also updates the session's account: the hub may post before it knows of one."""
    data = json_object(request)
    body = Reader(data)
    integration_id = body.text("integration_id", required=True)
    credentials = body.mapping("credentials")
    body.finish()
    connector = linking.connector(session, integration_id)
    if connector.uses_popup:
        raise bad_request(f"{connector.name} is connected through its consent page")
    account = linking.link(session, connector, forms.read(connector, credentials))
    return _linked(account, HTTPStatus.CREATED)


def read_account(request: HttpRequest, session: ConnectSession, account_id: str) -> HttpResponse:
    return JsonResponse(serializers.hub_account(_reachable(session, account_id)))


def update_account(request: HttpRequest, session: ConnectSession, account_id: str) -> HttpResponse:
    """``integration_id`` is ignored: the hub sends the provider's first (StackOne notes §20.2)."""
    account = _reachable(session, account_id)
    body = Reader(json_object(request))
    credentials: dict[str, Any] = body.mapping("credentials")
    body.finish()
    filled = forms.read(BY_PROVIDER[account.provider], credentials)
    return _linked(linking.edit(session, account.pk, filled), HTTPStatus.OK)


def _linked(account: Account, status: HTTPStatus) -> HttpResponse:
    return JsonResponse({"id": account.pk, "provider": account.provider}, status=status)


def _reachable(session: ConnectSession, account_id: str) -> Account:
    """An account that this session would update, whether the server or the page named it."""
    account = linking.find_account(account_id, project=session.project)
    mine = linking.account_for(session, account.provider)
    offered = {connector.provider for connector in linking.connectors(session)}
    if mine != account or account.provider not in offered:
        raise not_found("Account not found")
    return account


def create_attempt(request: HttpRequest, session: ConnectSession) -> HttpResponse:
    body = Reader(json_object(request))
    token = body.text("token", required=True)
    body.finish()
    if token != request.headers.get("x-hub-session-token"):
        raise bad_request("token is not the session's")
    return JsonResponse({"id": attempts.start(session).pk}, status=HTTPStatus.CREATED)


def read_attempt(request: HttpRequest, session: ConnectSession, attempt_id: str) -> HttpResponse:
    return JsonResponse(serializers.hub_attempt(attempts.find(session, attempt_id)))


def cancel_attempt(request: HttpRequest, session: ConnectSession, attempt_id: str) -> HttpResponse:
    attempts.cancel(attempts.find(session, attempt_id))
    return HttpResponse(status=HTTPStatus.NO_CONTENT)

"""The platform API's linked accounts (StackOne notes §1, §5)."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, JsonResponse

from stackone_connect.sandbox import forms, linking, serializers, sessions
from stackone_connect.sandbox.catalogue import BY_PROVIDER
from stackone_connect.sandbox.errors import bad_request
from stackone_connect.sandbox.linking import find_account
from stackone_connect.sandbox.models import Account
from stackone_connect.sandbox.paging import page_of
from stackone_connect.sandbox.payload import Reader, json_object

_OWNER = ("origin_owner_id", "origin_owner_name")
#: Query parameters and the columns they filter by (StackOne notes §5.1).
_FILTERS = {
    "origin_owner_id": "origin_owner_id",
    "origin_owner_ids": "origin_owner_id",
    "provider": "provider",
    "providers": "provider",
    "account_ids": "id",
    "status": "status",
}


def list_accounts(request: HttpRequest, project: str) -> HttpResponse:
    """``GET /accounts``: a bare array, oldest first; lists repeat the key (StackOne notes §5)."""
    accounts = Account.objects.filter(project=project)
    query = request.GET
    for name, column in _FILTERS.items():
        if name in query:
            wanted = [_storable(value) for value in query.getlist(name)]
            accounts = accounts.filter(**{f"{column}__in": wanted})
    page = page_of(request).slice(accounts)
    return JsonResponse([serializers.account(row) for row in page], safe=False)


def _storable(value: str) -> str:
    if "\x00" in value:
        raise bad_request("The query contains a NUL character")
    return value


def read(request: HttpRequest, project: str, account_id: str) -> HttpResponse:
    return JsonResponse(serializers.account(find_account(account_id, project=project)))


def delete(request: HttpRequest, project: str, account_id: str) -> HttpResponse:
    """``DELETE /accounts/{id}``: 200 with the body that was (StackOne notes §5.5)."""
    account = find_account(account_id, project=project)
    body = serializers.account(account)
    linking.delete(account)
    return JsonResponse(body)


def update(request: HttpRequest, project: str, account_id: str) -> HttpResponse:
    """``PATCH /accounts/{id}`` (StackOne notes §1.4): merges; ``null`` and absent change nothing.

    What no response shows (metadata, environment, …) is accepted and not stored; so is a ``label``
    that is an object, which is all that StackOne's SDK can send (StackOne notes §20.8).
    """
    account = find_account(account_id, project=project)
    data = json_object(request)
    if isinstance(data.get("label"), dict):
        data.pop("label")
    body = Reader(data)
    changes = {name: body.text(name) for name in (*_OWNER, "origin_username")}
    if data.get("label") is not None:
        changes["label"] = body.text("label")
    changes["provider"] = body.choice("provider", BY_PROVIDER)
    changes["type"] = body.choice("type", sessions.TYPES)
    values = [body.mapping(name) for name in ("setup_information", "credentials", "secrets")]
    body.finish()
    connector = BY_PROVIDER[changes["provider"] or account.provider]
    filled = forms.read(connector, {key: item for one in values for key, item in one.items()})
    filled.check(filled.missing)
    return JsonResponse(serializers.account(linking.change(account_id, changes, filled)))

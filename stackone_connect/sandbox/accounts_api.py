"""The platform API's linked accounts (contract §1, §5)."""

from __future__ import annotations

from django.db import IntegrityError, transaction
from django.http import HttpRequest, HttpResponse, JsonResponse

from stackone_connect.sandbox import forms, linking, sessions, shapes, webhooks
from stackone_connect.sandbox.catalogue import BY_PROVIDER
from stackone_connect.sandbox.errors import bad_request
from stackone_connect.sandbox.linking import find_account, lock
from stackone_connect.sandbox.models import Account
from stackone_connect.sandbox.paging import page_of
from stackone_connect.sandbox.payload import Reader, json_object

_OWNER = ("origin_owner_id", "origin_owner_name")
#: Query parameters and the columns they filter by (contract §5.1).
_FILTERS = {
    "origin_owner_id": "origin_owner_id",
    "origin_owner_ids": "origin_owner_id",
    "provider": "provider",
    "providers": "provider",
    "account_ids": "id",
    "status": "status",
}


def list_accounts(request: HttpRequest) -> HttpResponse:
    """``GET /accounts``: a bare array, oldest first; lists are repeated keys (contract §5)."""
    accounts = Account.objects.all()
    query = request.GET
    for name, column in _FILTERS.items():
        if name in query:
            wanted = [_storable(value) for value in query.getlist(name)]
            accounts = accounts.filter(**{f"{column}__in": wanted})
    rows = page_of(request).cut(accounts)
    return JsonResponse([shapes.account(row) for row in rows], safe=False)


def _storable(value: str) -> str:
    if "\x00" in value:
        raise bad_request("The query contains a NUL character")
    return value


def read(request: HttpRequest, account_id: str) -> HttpResponse:
    return JsonResponse(shapes.account(find_account(account_id)))


def delete(request: HttpRequest, account_id: str) -> HttpResponse:
    """``DELETE /accounts/{id}``: 200 with the body that was (contract §5.5)."""
    account = find_account(account_id)
    body = shapes.account(account)
    linking.delete(account)
    return JsonResponse(body)


def update(request: HttpRequest, account_id: str) -> HttpResponse:
    """``PATCH /accounts/{id}`` (contract §1.4): merges; ``null`` and absent leave things as are.

    What no answer shows (metadata, environment, …) is accepted and not kept; so is a ``label``
    that is an object, which is all that StackOne's SDK can send (hub §8).
    """
    account = find_account(account_id)
    data = json_object(request)
    if isinstance(data.get("label"), dict):
        data.pop("label")
    body = Reader(data)
    changes = {name: body.text(name) for name in (*_OWNER, "origin_username", "label")}
    changes["provider"] = body.choice("provider", BY_PROVIDER)
    changes["type"] = body.choice("type", sessions.TYPES)
    values = [body.mapping(name) for name in ("setup_information", "credentials", "secrets")]
    body.finish()
    connector = BY_PROVIDER[changes["provider"] or account.provider]
    filled = forms.read(connector, {key: item for one in values for key, item in one.items()})
    filled.check(filled.missing)
    try:
        account = _change(account_id, changes, filled)
    except IntegrityError:
        # Its new owner has such an account already: from now on it is one beside another.
        account = _change(account_id, changes, filled, is_extra=True)
    return JsonResponse(shapes.account(account))


def _change(
    account_id: str, changes: dict[str, str], filled: forms.Filled, *, is_extra: bool = False
) -> Account:
    with transaction.atomic():
        account = lock(account_id)
        for name, value in changes.items():
            setattr(account, name, value or getattr(account, name))
        account.is_extra = account.is_extra or is_extra
        account.setup |= filled.setup
        account.secret_tails |= filled.secret_tails
        account.save()
        webhooks.tell(webhooks.UPDATED, account)
    return account

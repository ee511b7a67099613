"""An account that StackOne has moved to the other tenant without a webhook.

The local record is older than the move, so it must not be trusted: the response to a change of the
account equals that for an id that does not exist, and nothing changes at StackOne.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from stackone_connect.sandbox.models import Account
from stackone_connect.testing.tenants import _pages
from stackone_connect.testing.tenants._fixtures import ACCOUNT, TenantFixture, connect, unknown
from stackone_connect.testing.tenants._probe import Prober, ProbeRequest, ProbeResponse
from stackone_connect.testing.tenants._write_watch import APP

if TYPE_CHECKING:
    from stackone_connect.testing.kit import StackOneSandbox

#: A provider without an account in the fixtures.
PROVIDER = "personio"
_DISCONNECTED = 204


def probe(prober: Prober, sandbox: StackOneSandbox) -> None:
    """Move an account to the other tenant before each request that names it."""
    acting = prober.acting
    for build in _requests(acting):
        account_id, new_label = _connect_and_move(prober, sandbox)
        expected = prober.send(build(unknown(ACCOUNT, account_id)))
        request = build(account_id)
        # The local records may, and should, follow StackOne.
        response = prober.send(request, may_change=(APP,))
        if not _is_repeated_disconnect(request, response):
            prober.must_match(request, response, expected)
        for sent, received in ((request, response), *_read_requests(prober, account_id)):
            prober.must_not_show(sent, received)
            prober.must_not_show(sent, received, [new_label], "another tenant's")
    _probe_pages(prober, sandbox)


def _probe_pages(prober: Prober, sandbox: StackOneSandbox) -> None:
    """A page may take its own record's word for it and lead back, but changes nothing."""
    acting = prober.acting
    for number in range(len(list(_pages.change_requests(acting, "x")))):
        account_id, new_label = _connect_and_move(prober, sandbox)
        request = list(_pages.change_requests(acting, account_id))[number]
        responses = [(request, prober.send(request, may_change=(APP,)))]
        responses += [(read, prober.send(read)) for read in _pages.read_requests(acting)]
        for sent, received in responses:
            prober.must_not_show(sent, received)
            prober.must_not_show(sent, received, [new_label], "another tenant's")


def _connect_and_move(prober: Prober, sandbox: StackOneSandbox) -> tuple[str, str]:
    """Connect an account, and move it to the other tenant; its id and the new label."""
    label = f"label-{uuid.uuid4().hex}"
    _, account_id = connect(prober.acting.organization, sandbox, PROVIDER, label)
    new_label = _move(prober.other, sandbox, account_id)
    prober.accept_changes()
    return account_id, new_label


def _move(other: TenantFixture, sandbox: StackOneSandbox, account_id: str) -> str:
    """Move it to the other tenant without a webhook and set a new label; that label."""
    owner = other.owner
    sandbox.move_account(
        account_id,
        origin_owner_id=owner.origin_owner_id,
        origin_owner_name=owner.origin_owner_name,
        send_webhook=False,
    )
    label = f"label-{uuid.uuid4().hex}"
    Account.objects.filter(pk=account_id).update(label=label)
    return label


def _requests(acting: TenantFixture) -> Iterator[Callable[[str], ProbeRequest]]:
    """A builder for every request that changes an account, at every URL."""

    def to(path: str) -> Callable[[str], ProbeRequest]:
        return lambda value: ProbeRequest(method="POST", path=path, body={"account_id": value})

    def at(mount: int) -> Callable[[str], ProbeRequest]:
        return lambda value: ProbeRequest(
            method="DELETE", path=acting.addresses("account", value)[mount]
        )

    def label(mount: int) -> Callable[[str], ProbeRequest]:
        return lambda value: ProbeRequest(
            method="PATCH",
            path=acting.addresses("account", value)[mount],
            body={"label": "Renamed"},
        )

    mounts = range(len(acting.addresses("account", "x")))
    yield from map(to, acting.addresses("connect-sessions"))
    yield from map(to, acting.addresses("complete", acting.open))
    yield from map(label, mounts)
    yield from map(at, mounts)


def _is_repeated_disconnect(request: ProbeRequest, response: ProbeResponse) -> bool:
    """Disconnecting an account that is no longer the tenant's is harmless, as a repetition is."""
    return request.method == "DELETE" and (response.status, response.content) == (
        _DISCONNECTED,
        b"",
    )


def _read_requests(prober: Prober, account_id: str) -> Iterator[tuple[ProbeRequest, ProbeResponse]]:
    """The tenant's reads of the account afterwards, with their responses."""
    acting = prober.acting
    for path in (
        *acting.addresses("account", account_id),
        *(f"{url}?disconnected=true" for url in acting.addresses("accounts")),
    ):
        request = ProbeRequest(method="GET", path=path)
        yield request, prober.send(request)

"""A reused tenant key: a customer left, and another gets the same owner id (a slug, for example).

An auth link of the former customer may be used afterwards. The account that it connects is the
former customer's: the new tenant must neither see it nor get a session for that owner.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db import router, transaction
from django.db.models import ProtectedError, RestrictedError
from django.test import override_settings

from stackone_connect.sandbox.models import Account
from stackone_connect.services import owners, sessions
from stackone_connect.testing.tenants import _pages
from stackone_connect.testing.tenants._fixtures import TenantFixture
from stackone_connect.testing.tenants._probe import Prober, ProbeRequest
from stackone_connect.testing.tenants._write_watch import APP

if TYPE_CHECKING:
    from stackone_connect.testing.kit import StackOneSandbox

PROVIDER = "lever"
WHOSE = "a former customer's"


def probe(prober: Prober, sandbox: StackOneSandbox) -> None:
    """Offboard the other tenant, then let the acting one use its key. To be run last.

    Both are erased, and the other's organization is deleted unless the host's models protect it.
    """
    acting, other = prober.acting, prober.other
    left = other.owner
    link = sessions.issue(organization=other.organization, provider=PROVIDER, label=other.name)
    before = _at_stackone(other)
    owners.repin(organization=other.organization, name=f"{left.origin_owner_name} (renamed)")
    for tenant in (other, acting):
        owners.offboard(organization=tenant.organization)
    if _at_stackone(other) != before:
        request = ProbeRequest(method="owners.repin, owners.offboard", path=f"({other.name})")
        prober.record_violation(request, "changed an account of the other type at StackOne")
    database = router.db_for_write(type(other.organization), instance=other.organization)
    with suppress(ProtectedError, RestrictedError), transaction.atomic(using=database):
        other.organization.delete()
    late = sandbox.finish(link.token)
    with suppress(ImproperlyConfigured):  # where the webhook is not mounted
        sandbox.deliver(url_kwargs=other.url_kwargs, host=other.host)
    key = {
        "OWNER_ID": lambda organization: left.origin_owner_id,
        "OWNER_NAME": lambda organization: left.origin_owner_name,
    }
    prober.accept_changes()
    with override_settings(STACKONE_CONNECT={**settings.STACKONE_CONNECT, **key}):
        for request in _requests(acting, other, late):
            response = prober.send(request, may_change=(APP,), may_reject=True)
            prober.must_not_show(request, response, [late, *other.markers, link.token], WHOSE)


def _at_stackone(tenant: TenantFixture) -> list[Any]:
    """The account of the other type at StackOne."""
    return list(Account.objects.filter(pk=tenant.other_type).values())


def _requests(acting: TenantFixture, other: TenantFixture, late: str) -> Iterator[ProbeRequest]:
    ids = (late, other.account, other.other_type)
    account_urls = [url for value in ids for url in acting.addresses("account", value)]
    read_urls = [
        *acting.addresses("connect-sessions"),
        *acting.addresses("accounts"),
        *(f"{url}?disconnected=true" for url in acting.addresses("accounts")),
        *account_urls,
        *(url for one in other.sessions for url in acting.addresses("connect-session", one)),
    ]

    def reads() -> Iterator[ProbeRequest]:
        api = [ProbeRequest(method="GET", path=url) for url in read_urls]
        return iter([*api, *_pages.read_requests(acting)])

    yield from reads()
    for url in acting.addresses("connect-sessions"):
        for body in ({}, {"provider": PROVIDER}, *({"account_id": value} for value in ids)):
            yield ProbeRequest(method="POST", path=url, body=body)
    for url in acting.addresses("complete", other.open):
        yield ProbeRequest(method="POST", path=url, body={"account_id": late})
    for url in account_urls:
        yield ProbeRequest(method="DELETE", path=url)
    # By now a fetch from StackOne has been recorded.
    yield from reads()

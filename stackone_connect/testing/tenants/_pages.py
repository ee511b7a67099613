"""The shipped pages, where they are mounted, with the other tenant's account ids.

Their HTML is the host's, with CSRF tokens and nonces in it, so it is compared without those. Where
it differs for two ids that do not exist as well, only the status is compared.
A new page, or a parameter of one, must be added here.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from urllib.parse import urlencode

from stackone_connect.pages.addresses import DONE
from stackone_connect.testing.tenants._fixtures import ACCOUNT, TenantFixture, unknown
from stackone_connect.testing.tenants._probe import Prober, ProbeRequest, ProbeResponse

#: Pages that ask a question about one account, with what else their form sends.
QUESTIONS: dict[str, dict[str, str]] = {"rename": {"label": "Renamed"}, "disconnect": {}}
#: Pages about the whole organization, with a query that shows most.
WHOLE: dict[str, dict[str, str]] = {
    "integrations": {},
    "activity": {},
    "connect": {"provider": "bamboohr"},
    "logos": {},
}
#: Query parameters that might be read as an account.
PARAMETERS = ("account", "account_id", DONE)

_GOOD = range(200, 300)
#: The values of CSRF tokens and nonces.
_VOLATILE = re.compile(rb"(csrf[\w-]*token(?:[^<>]{0,30}(?:value|content))?=|nonce=)[\"'][^\"']*")


def baseline(prober: Prober) -> Iterator[str]:
    """Open each page as the tenant's own; the names of those that are shown to it.

    One that is not (403, or the way to sign in) is said in the report: that it does not show
    another's account either proves nothing.
    """
    acting = prober.acting
    for page in (*WHOLE, *QUESTIONS):
        query = {**WHOLE.get(page, {}), "account": acting.account}
        for url in acting.pages(page):
            request = ProbeRequest(method="GET", path=f"{url}?{urlencode(query)}")
            if prober.send(request).status in _GOOD:
                yield f"open {page} ({request})"
            else:
                prober.record_forbidden(f"open {page} ({request})")


def probe(prober: Prober) -> None:
    """Inject each account id of the other tenant, and that of the other account type."""
    acting, other = prober.acting, prober.other
    for build in _points(acting):
        one, two = (
            _seen(prober, build(value), value)
            for value in (unknown(ACCOUNT, other.account), unknown(ACCOUNT, other.account))
        )
        is_stable = (one.content, one.headers) == (two.content, two.headers)
        for value in (other.account, other.gone, acting.other_type):
            request = build(value)
            found = _seen(prober, request, value)
            if is_stable:
                prober.must_match(request, found, one)
            else:
                prober.must_match(request, _status_of(found), _status_of(one))
            markers = [*other.markers, acting.other_type, acting.other_type_label]
            # The id itself was sent, and may come back.
            prober.must_not_show(request, found, [text for text in markers if text != value])


def read_requests(tenant: TenantFixture) -> Iterator[ProbeRequest]:
    """Every page about the whole organization."""
    for page, query in WHOLE.items():
        for url in tenant.pages(page):
            path = f"{url}?{urlencode(query)}" if query else url
            yield ProbeRequest(method="GET", path=path, host=tenant.host)


def change_requests(tenant: TenantFixture, account_id: str) -> Iterator[ProbeRequest]:
    """Every form that changes an account."""
    for page, more in QUESTIONS.items():
        for url in tenant.pages(page):
            form = {**more, "account": account_id}
            yield ProbeRequest(method="POST", path=url, form=form, host=tenant.host)


def _points(acting: TenantFixture) -> Iterator[Callable[[str], ProbeRequest]]:
    """A builder for every point of a request to a page that can hold an account id."""

    def in_query(
        url: str, parameter: str, query: dict[str, str], form: dict[str, str] | None = None
    ) -> Callable[[str], ProbeRequest]:
        return lambda value: ProbeRequest(
            method="GET" if form is None else "POST",
            path=f"{url}?{urlencode({**query, parameter: value})}",
            form=form,
        )

    def in_form(url: str, form: dict[str, str]) -> Callable[[str], ProbeRequest]:
        return lambda value: ProbeRequest(method="POST", path=url, form={**form, "account": value})

    for page, query in WHOLE.items():
        for url in acting.pages(page):
            yield from (in_query(url, parameter, query) for parameter in PARAMETERS)
    for page, form in QUESTIONS.items():
        for url in acting.pages(page):
            yield from (in_query(url, parameter, {}) for parameter in PARAMETERS)
            yield in_query(url, "account", {}, form)
            yield in_form(url, form)


def _seen(prober: Prober, request: ProbeRequest, value: str) -> ProbeResponse:
    """The response without what differs between equal requests, and without the id itself."""
    response = prober.send(request)
    content = _VOLATILE.sub(rb"\1", response.content).replace(value.encode(), b"")
    headers = {name: text.replace(value, "") for name, text in response.headers.items()}
    headers.pop("Content-Length", None)
    return replace(response, content=content, headers=headers)


def _status_of(response: ProbeResponse) -> ProbeResponse:
    return replace(response, content=b"", headers={})

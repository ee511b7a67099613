"""Sends a tenant's requests one at a time and checks the responses for violations."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.conf import settings

from stackone_connect.testing._addresses import environ
from stackone_connect.testing.tenants._fixtures import TenantFixture
from stackone_connect.testing.tenants._report import Report, Violation
from stackone_connect.testing.tenants._write_watch import WriteWatch

SERVER_ERROR = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class ProbeRequest:
    """A request to be sent."""

    method: str
    path: str
    body: Mapping[str, Any] | None = None
    #: What a page's form sends, in place of a JSON body.
    form: Mapping[str, str] | None = None
    #: Empty for the tenant's host.
    host: str = ""

    def __str__(self) -> str:
        where = f"{self.host}{self.path}"
        sent = self.body or self.form
        return f"{self.method} {where}" + (f" {json.dumps(sent)}" if sent else "")


@dataclass(frozen=True, slots=True, kw_only=True)
class ProbeResponse:
    """The status, headers and body of a response."""

    status: int
    content: bytes
    headers: Mapping[str, str]

    def json(self) -> Any:
        """The parsed body; ``None`` where it is not JSON."""
        try:
            return json.loads(self.content)
        except ValueError:
            return None


class Prober:
    """Sends one tenant's requests and records what of the other's data they show or change."""

    def __init__(
        self, *, acting: TenantFixture, other: TenantFixture, writes: WriteWatch, report: Report
    ) -> None:
        self.acting, self.other = acting, other
        self._writes, self._report = writes, report
        #: Headers that differ between equal requests, such as a request id.
        self._volatile: set[str] = set()

    def send(
        self, request: ProbeRequest, *, may_change: Collection[str] = (), may_reject: bool = False
    ) -> ProbeResponse:
        """The response. Only tables of the apps in ``may_change`` may change.

        With ``may_reject`` a status above 500 with an error code is no violation.
        """
        response = self._send(request)
        changed = [
            table for table in self._writes.changed() if table.split(".")[0] not in may_change
        ]
        is_refusal = may_reject and response.status > SERVER_ERROR and _has_error_code(response)
        if changed:
            self.record_violation(
                request, f"answered {response.status} and changed {', '.join(changed)}"
            )
        elif response.status >= SERVER_ERROR and not is_refusal:
            self.record_violation(request, f"answered {response.status}")
        return response

    def accept_changes(self) -> None:
        """Take the current data as the expected data."""
        self._writes.accept_changes()

    def must_not_show(
        self,
        request: ProbeRequest,
        response: ProbeResponse,
        markers: Sequence[str] | None = None,
        whose: str = "another tenant's",
    ) -> None:
        """It must contain none of the ``markers``, by default those of the other tenant."""
        seen = response.content.decode(errors="replace") + " ".join(response.headers.values())
        shown = [
            marker
            for marker in (self.other.markers if markers is None else markers)
            if marker in seen
        ]
        if shown:
            self.record_violation(
                request, f"answered {response.status} and shows {whose} {shown[0]}"
            )

    def learn_volatile_headers(self, request: ProbeRequest) -> None:
        """Send a request twice, and ignore the headers that differ from now on."""
        one, two = self.send(request).headers, self.send(request).headers
        self._volatile = {name for name in {*one, *two} if one.get(name) != two.get(name)}

    def must_match(
        self, request: ProbeRequest, response: ProbeResponse, unknown: ProbeResponse
    ) -> None:
        """It must equal, byte for byte, the response for an id that does not exist."""
        if response.status != unknown.status:
            difference = f"{response.status} where an unknown id is answered {unknown.status}"
        elif response.content != unknown.content:
            difference = f"{response.status} with another body than an unknown id"
        elif self._stable_headers(response) != self._stable_headers(unknown):
            difference = f"{response.status} with other headers than an unknown id"
        else:
            return
        self.record_violation(request, f"answered {difference}")

    def record_forbidden(self, action: str) -> None:
        """The tenant may not do this with its own data either."""
        self._report.closed.append(f"{self.acting.name}: {action}")

    def record_violation(self, request: ProbeRequest, problem: str) -> None:
        """Add a violation to the report."""
        self._report.violations.append(
            Violation(acting=self.acting.name, request=str(request), problem=problem)
        )

    def _stable_headers(self, response: ProbeResponse) -> dict[str, str]:
        return {n: value for n, value in response.headers.items() if n not in self._volatile}

    def _send(self, request: ProbeRequest) -> ProbeResponse:
        self._report.requests += 1
        host = request.host or self.acting.host
        path, extra = environ(request.path, host)
        body, kind = b"", "application/json"
        if request.form is not None:
            body, kind = urlencode(request.form).encode(), "application/x-www-form-urlencoded"
            extra |= self._csrf(extra["HTTP_HOST"])
        elif request.body is not None:
            body = json.dumps(request.body).encode()
        response = self.acting.client.generic(
            request.method, path, body, content_type=kind, secure=True, **extra
        )
        content = b"".join(response) if response.streaming else response.content
        return ProbeResponse(
            status=response.status_code, content=content, headers=dict(response.headers)
        )

    def _csrf(self, host: str) -> dict[str, str]:
        """What a browser sends with a form, for clients that enforce Django's check."""
        cookie = self.acting.client.cookies.get(settings.CSRF_COOKIE_NAME)
        token = {settings.CSRF_HEADER_NAME: cookie.value} if cookie else {}
        return {"HTTP_REFERER": f"https://{host}/", **token}


def _has_error_code(response: ProbeResponse) -> bool:
    body = response.json()
    return isinstance(body, dict) and bool(body.get("code"))

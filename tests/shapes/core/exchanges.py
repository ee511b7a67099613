"""A fixed list of requests, and what our endpoints answered to it in this shape.

What follows from the run and not from us is put in words: ids by the order in which they appear,
and the address under which the host mounts us. The clock stands still, and moves a second between
requests.
"""

from __future__ import annotations

import json
import re
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import time_machine
from django.conf import settings
from django.core.cache import cache
from django.test import override_settings

from stackone_connect import client, clock
from stackone_connect.exceptions import (
    StackOneBadAnswerError,
    StackOneError,
    StackOneMisconfiguredError,
    StackOneRateLimitedError,
    StackOneRejectedError,
    StackOneUnavailableError,
)
from stackone_connect.models import ConnectSession, OriginOwner
from tests.shapes.core.browser import Answer, Browser
from tests.shapes.core.host import Host
from tests.shapes.core.stackone import FakeStackOne

#: The headers that say something about our answer; the others are the host's business.
HEADERS = ("Allow", "Cache-Control", "Content-Type", "Location", "Retry-After", "Www-Authenticate")
NOON = datetime(2026, 1, 31, 12, tzinfo=UTC)
SESSIONS, ACCOUNTS = "connect-sessions/", "accounts/"
NAMES = ("Zürich 日本", "</script>&<b>", "☃ 1.234,5")
_UUID = re.compile(r"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}")

#: One answer, fit for JSON: name, status, headers, body.
Record = dict[str, Any]


def record(host: Host) -> list[Record]:
    """Send the list in this shape; the answers in order."""
    with time_machine.travel(NOON, tick=False) as traveller:
        return _Recording(host, traveller).run()


@dataclass
class _Recording:
    host: Host
    traveller: Any
    records: list[Record] = field(default_factory=list)
    ids: dict[str, str] = field(default_factory=dict)

    def run(self) -> list[Record]:
        cache.clear()
        self.stackone = FakeStackOne()
        self.acme = self.host.organization("Acme")
        self.globex = self.host.organization("Globex")
        self.member = self.host.member("member@acme.example", self.acme)
        self.other = self.host.member("member@globex.example", self.globex)
        self.stackone.link("globex-1", organization=self.globex, name="Globex")
        with client.using(lambda _: self.stackone):
            self._ordinary()
            self._ids_that_are_not_ours()
            self._bad_input()
            self._negotiation()
            self._people()
            self._webhooks()
            self._stackone_fails()
            self._limits()
            self._disconnecting()
            self._pages()
        return self.records

    def _send(
        self, name: str, method: str, path: str, *, by: Browser | None = None, **kwargs: Any
    ) -> Answer:
        self.traveller.shift(1)
        return self._note(name, (by or self.member).request(method, path, **kwargs))

    def _note(self, name: str, answer: Answer) -> Answer:
        self.records.append(
            {
                "name": name,
                "status": answer.status,
                "headers": {h: answer.headers[h] for h in HEADERS if h in answer.headers},
                "body": self._in_words(answer.body.decode("utf-8")),
            }
        )
        return answer

    def _post(self, name: str, path: str, data: object, **kwargs: Any) -> Answer:
        return self._send(name, "POST", path, body=json.dumps(data), **kwargs)

    def _in_words(self, text: str) -> str:
        for organization in (None, self.acme, self.globex):
            prefix = (settings.FORCE_SCRIPT_NAME or "") + self.host.mount_of(organization)
            text = text.replace(f"http://testserver{prefix}", "<mount>/")
        return _UUID.sub(
            lambda m: self.ids.setdefault(m.group(), f"<id {len(self.ids) + 1}>"), text
        )

    def _ordinary(self) -> None:
        self._send("accounts of a newcomer", "GET", ACCOUNTS)
        self._send("history of a newcomer", "GET", SESSIONS)
        first = self._post("issue without fields", SESSIONS, {}).json["id"]
        asked = {"provider": "bamboohr", "label": NAMES[0], "category": "hris", "expires_in": 600}
        second = self._post("issue with fields", SESSIONS, asked).json["id"]
        for number, label in enumerate(NAMES[1:]):
            self._post(f"issue with label {number}", SESSIONS, {"label": label})
        self._send("one session", "GET", f"{SESSIONS}{first}/")
        self.stackone.link("acme-1", organization=self.acme)
        self._post("complete", f"{SESSIONS}{second}/complete/", {"account_id": "acme-1"})
        self._post("complete again", f"{SESSIONS}{second}/complete/", {"account_id": "acme-1"})
        self._send("the completed session", "GET", f"{SESSIONS}{second}/")
        self._send("accounts", "GET", ACCOUNTS)
        self._send("one account", "GET", f"{ACCOUNTS}acme-1/")
        self._send("accounts, the gone included", "GET", f"{ACCOUNTS}?disconnected=true")
        self._send("history", "GET", SESSIONS)
        self._send("completed ones", "GET", f"{SESSIONS}?status=completed&provider=bamboohr")
        self._post("reconnect", SESSIONS, {"account_id": "acme-1"})
        self.stackone.link("acme-2", organization=self.acme)
        self._post("conflict", f"{SESSIONS}{second}/complete/", {"account_id": "acme-2"})
        self.session = second

    def _ids_that_are_not_ours(self) -> None:
        theirs = self._post("issue for another tenant", SESSIONS, {}, by=self.other).json["id"]
        claim = {"account_id": "acme-1"}
        for name, session in (("unknown", str(uuid.UUID(int=1))), ("theirs", theirs)):
            self._send(f"session, {name}", "GET", f"{SESSIONS}{session}/")
            self._post(f"complete, {name}", f"{SESSIONS}{session}/complete/", claim)
        for name, account in (("unknown", "nobody-1"), ("theirs", "globex-1")):
            self._send(f"account, {name}", "GET", f"{ACCOUNTS}{account}/")
            self._post(f"issue for account, {name}", SESSIONS, {"account_id": account})
            self._post(
                f"complete with account, {name}",
                f"{SESSIONS}{self.session}/complete/",
                {"account_id": account},
            )
        for number, odd in enumerate(("1", "x/y", "..%2f..", "%00", "a%20b", "é", "v9")):
            self._send(f"session, malformed {number}", "GET", f"{SESSIONS}{odd}/")
            self._send(f"account, malformed {number}", "GET", f"{ACCOUNTS}{odd}/")
            self._post(f"complete, malformed {number}", f"{SESSIONS}{odd}/complete/", claim)

    def _bad_input(self) -> None:
        bodies = {
            "not JSON": "{",
            "an array": "[]",
            "not a number": '{"expires_in": NaN}',
            "unknown field": '{"colour": "red", "page": 1}',
            "owner field": '{"origin_owner_id": "1"}',
            "null": '{"provider": null}',
            "too long a life": '{"expires_in": 86400}',
            "bad provider": '{"provider": "../x"}',
        }
        for name, body in bodies.items():
            self._send(f"issue, {name}", "POST", SESSIONS, body=body)
        self._post("complete without account", f"{SESSIONS}{self.session}/complete/", {})
        for name, query in (
            ("bad cursor", "cursor=x"),
            ("bad status", "status=done"),
            ("words of the host", "page=2&page_size=1&limit=1&offset=1&search=x&version=1&v=1"),
            ("format", "format=api"),
            ("provider as the host's format", "provider=xml"),
        ):
            self._send(f"history, {name}", "GET", f"{SESSIONS}?{query}")
        self._send("accounts, bad filter", "GET", f"{ACCOUNTS}?disconnected=1")

    def _negotiation(self) -> None:
        for method in ("PUT", "PATCH", "DELETE", "OPTIONS"):
            self._send(f"sessions, {method}", method, SESSIONS)
        self._send("one session, POST", "POST", f"{SESSIONS}{self.session}/")
        for accept in ("text/html", "application/xml", "*/*", "application/json; version=2.0"):
            self._send(f"accept {accept}", "GET", ACCOUNTS, headers={"Accept": accept})
        for media_type in ("application/x-www-form-urlencoded", "text/plain"):
            self._send(f"body of {media_type}", "POST", SESSIONS, body="a=1", media_type=media_type)
        self._send(
            "language", "GET", f"{ACCOUNTS}nobody-1/", headers={"Accept-Language": "de, en;q=0.5"}
        )

    def _people(self) -> None:
        nobody = self.host.browser()
        self._send("not signed in, read", "GET", SESSIONS, by=nobody)
        self._post("not signed in, issue", SESSIONS, {}, by=nobody)
        self._send("not signed in, one", "GET", f"{SESSIONS}{self.session}/", by=nobody)
        homeless = self.host.browser(self.host.user("homeless@acme.example"))
        self._send("no organization, read", "GET", ACCOUNTS, by=homeless)
        self._post("no organization, issue", SESSIONS, {}, by=homeless)
        if self.host.by_session:
            forged = self.host.member("forged@acme.example", self.host.organization("Initech"))
            del forged.headers["X-CSRFToken"]
            self._post("without CSRF token", SESSIONS, {}, by=forged)
        else:
            self.traveller.shift(1)

    def _stackone_fails(self) -> None:
        failures: tuple[StackOneError, ...] = (
            StackOneRejectedError(),
            StackOneMisconfiguredError(),
            StackOneBadAnswerError(),
            StackOneRateLimitedError(retry_after=17),
            StackOneUnavailableError(retry_after=5),
        )
        for error in failures:
            self.stackone.failing = error
            self._post(f"issue, {error.code}", SESSIONS, {})
            path = f"{SESSIONS}{self.session}/complete/"
            self._post(f"complete, {error.code}", path, {"account_id": "acme-2"})
        self.stackone.failing = None
        self._send("failed ones", "GET", f"{SESSIONS}?status=failed")

    def _limits(self) -> None:
        ours = settings.STACKONE_CONNECT
        limited = {**ours, "THROTTLE_RATE": "1/hour", "EXPOSE_AUTH_LINK": True}
        with override_settings(STACKONE_CONNECT=limited):
            self._post("with the link", SESSIONS, {}, by=self.other)
            self._post("throttled", SESSIONS, {}, by=self.other)
        closed = {**ours, "PERMISSION_CLASSES": {"read": "rest_framework.permissions.IsAdminUser"}}
        with override_settings(STACKONE_CONNECT=closed):
            self._send("not allowed", "GET", SESSIONS)

    def _webhooks(self) -> None:
        stackone = self.host.stranger()
        for name in ("first", "again"):
            self._note(f"event, {name}", stackone.webhook("account.updated", "acme-1"))
        self._note("event that is no account's", stackone.webhook("hris_employee.created", "x"))
        self._note("forged event", stackone.webhook("account.updated", "acme-1", signature="x"))
        self._note("event without an account", stackone.webhook("account.updated", ""))
        self._send("webhook, GET", "GET", "webhooks/", by=stackone)

    def _disconnecting(self) -> None:
        for name in ("nobody-1", "globex-1"):
            self._send(f"disconnect {name}", "DELETE", f"{ACCOUNTS}{name}/")
        self.stackone.failing = StackOneUnavailableError(retry_after=5)
        self._send("disconnect, no answer", "DELETE", f"{ACCOUNTS}acme-1/")
        self.stackone.failing = None
        self._send("disconnect", "DELETE", f"{ACCOUNTS}acme-1/")
        self._send("disconnect again", "DELETE", f"{ACCOUNTS}acme-1/")
        self._send("the disconnected one", "GET", f"{ACCOUNTS}acme-1/")

    def _pages(self) -> None:
        owner = OriginOwner.objects.get(organization=self.globex.pk)
        rows = [
            ConnectSession(
                id=uuid.UUID(int=number),
                owner=owner,
                status="failed",
                created_at=clock.now() - timedelta(minutes=number),
            )
            for number in range(1, 121)
        ]
        ConnectSession.objects.bulk_create(rows)
        page = self._send("first page", "GET", SESSIONS, by=self.other).json
        for name in ("second", "third"):
            query = page["next"].partition("?")[2]
            page = self._send(f"{name} page", "GET", f"{SESSIONS}?{query}", by=self.other).json
        query = page["previous"].partition("?")[2]
        self._send("back again", "GET", f"{SESSIONS}?{query}", by=self.other)


def plain_answers_for(records: list[Record], *, signs_in_by: str) -> Iterator[Record]:
    """What a plain host's answers become for a host that signs in otherwise.

    A token in a header needs no CSRF token, and tells an anonymous caller how to sign in.
    """
    for item in records:
        if signs_in_by == "token":
            if item["name"] == "without CSRF token":
                continue
            if item["name"].startswith("not signed in"):
                headers = {**item["headers"], "Www-Authenticate": "Token"}
                yield {**item, "status": 401, "headers": headers}
                continue
        yield item

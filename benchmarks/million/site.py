"""Who asks, and what is asked for: the same addresses over any number of rows."""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from io import StringIO
from typing import Any

from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import reverse

from benchmarks.million.rows import LARGE, NORMAL
from example_project.accounts.models import User
from stackone_connect import clock
from stackone_connect.models import ConnectSession, LinkedAccount, OriginOwner, WebhookEvent
from tests.factories import organization_of, snapshot_of
from tests.fakes import FakeStackOne
from tests.webhooks.deliveries import StackOneDelivers, event_body

Call = Callable[[], object]

API = "/api/stackone"
ADMIN = "/admin/stackone_connect"
#: Accounts of an organization that StackOne, as it is played here, knows.
KNOWN = 70
#: Events are of a second each, long ago: no two are one event, and none is news.
NOON = datetime(2001, 1, 1, 12, tzinfo=UTC)
_NOBODYS = "00000000-0000-4000-8000-000000000000"


@dataclass(frozen=True)
class Measured:
    """One thing to measure, and whether it writes."""

    name: str
    call: Call
    writes: bool = False


class Site:
    """The example site over the rows of the database that is in use now."""

    def __init__(self) -> None:
        self.stackone = FakeStackOne()
        self.began = clock.now()
        self._numbers = itertools.count()
        self._delivers = StackOneDelivers(Client())
        self._support = _signed_in(User.objects.filter(is_superuser=True), is_superuser=True)

    def measures(self) -> Iterator[Measured]:
        """Everything that is measured."""
        for size, key in (("normal", NORMAL), ("large", LARGE)):
            owner = OriginOwner.objects.get(pk=key)
            yield from self._api(size, owner)
            yield from self._admin_of(size, owner)
        yield from self._admin()
        yield from self._commands()

    def clear(self) -> None:
        """Take back what was written since the beginning."""
        self.stackone.calls.clear()
        ConnectSession.objects.filter(created_at__gte=self.began).delete()
        WebhookEvent.objects.filter(received_at__gte=self.began).delete()

    # --- The API -----------------------------------------------------------------------------

    def _api(self, size: str, owner: OriginOwner) -> Iterator[Measured]:
        member = _signed_in(User.objects.filter(organization=owner.organization_id), owner)
        accounts = LinkedAccount.objects.of(owner).connected().filter(status="active")[:KNOWN]
        for account in accounts:
            self.stackone.accounts[account.account_id] = snapshot_of(account)
        account = accounts[0]
        sessions = ConnectSession.objects.of(owner)
        session = sessions[0]
        lists = {
            "sessions": "connect-sessions/",
            "sessions, second page": _second_page(member),
            "sessions, of a status": "connect-sessions/?status=completed",
            "sessions, expired": "connect-sessions/?status=expired",
            "sessions, open (none)": "connect-sessions/?status=issued",
            "sessions, pending (none)": "connect-sessions/?status=pending",
            "sessions, of a provider": "connect-sessions/?provider=bamboohr",
            "sessions, of no provider": "connect-sessions/?provider=nobody",
            "session": f"connect-sessions/{session.pk}/",
            "session, of nobody": f"connect-sessions/{_NOBODYS}/",
            "accounts": "accounts/",
            "accounts, also gone": "accounts/?disconnected=true",
            "account": f"accounts/{account.account_id}/",
        }
        for name, path in lists.items():
            status = 404 if _NOBODYS in path else 200
            yield Measured(f"api: {name}, {size}", _get(member, f"{API}/{path}", status))
        yield Measured(f"api: issue, {size}", self._issue(member), writes=True)
        edit = self._issue(member, account_id=account.account_id)
        yield Measured(f"api: issue for an account, {size}", edit, writes=True)
        yield Measured(f"webhook, {size}", self._webhook(owner, account), writes=True)
        yield Measured(f"webhook of an edit, {size}", self._edit(owner, account), writes=True)

    def _issue(self, member: Client, **fields: str) -> Call:
        body = json.dumps(fields or {"provider": "bamboohr"})

        def issue() -> object:
            answer = member.post(f"{API}/connect-sessions/", body, content_type="application/json")
            assert answer.status_code == 201, answer.content
            return answer

        return issue

    def _webhook(self, owner: OriginOwner, account: LinkedAccount) -> Call:
        """An event that brings no news: taken in and processed when the response closes."""

        def deliver() -> None:
            body = event_body(
                "account.updated",
                account.account_id,
                origin_owner_id=owner.origin_owner_id,
                event_date=f"{NOON + timedelta(seconds=next(self._numbers)):%Y-%m-%dT%H:%M:%SZ}",
            )
            answer = self._delivers.post(body)
            assert answer.status_code == 200, answer.content

        return deliver

    def _edit(self, owner: OriginOwner, account: LinkedAccount) -> Call:
        """An event of an account that has just been edited, so that its sessions are judged."""
        deliver = self._webhook(owner, account)

        def edit() -> None:
            self.stackone.touch(account.account_id)
            deliver()

        return edit

    # --- The admin ---------------------------------------------------------------------------

    def _admin_of(self, size: str, owner: OriginOwner) -> Iterator[Measured]:
        session = ConnectSession.objects.of(owner)[0]
        account = LinkedAccount.objects.of(owner)[0]
        searched = owner.origin_owner_name.lower().replace(" ", "+")
        paths = {
            "owner": f"originowner/{owner.pk}/change/",
            "session": f"connectsession/{session.pk}/change/",
            "account": f"linkedaccount/{account.pk}/change/",
            "sessions of an owner": f"connectsession/?owner__id__exact={owner.pk}",
            "accounts of an owner": f"linkedaccount/?owner__id__exact={owner.pk}",
            "sessions, searched for an owner": f"connectsession/?q={searched}",
            "sessions, searched for an account": f"connectsession/?q={account.account_id}",
            "sessions, searched for a user": f"connectsession/?q=member{owner.pk}@",
            "accounts, searched for an owner": f"linkedaccount/?q={searched}",
            "accounts, searched for an account": f"linkedaccount/?q={account.account_id}",
            "owners, searched": f"originowner/?q={searched}",
            "events, searched": f"webhookevent/?q={account.account_id}",
            "events, searched for an owner": f"webhookevent/?q={owner.origin_owner_id}",
        }
        for name, path in paths.items():
            yield Measured(f"admin: {name}, {size}", _get(self._support, f"{ADMIN}/{path}"))

    def _admin(self) -> Iterator[Measured]:
        event = WebhookEvent.objects.all()[0]
        filters = {
            "connectsession": (
                *("", "p=3", "effective_status=failed", "effective_status=pending"),
                *("effective_status=issued", "effective_status=expired", "path=multiple"),
                *("outcome=multiple", "outcome=create", "provider=bamboohr", "provider=nobody"),
                *("created_at__gte=2001-01-01+00:00:00%2B00:00", "q=nobody", f"q={_NOBODYS}"),
                *("created_at__gte=2999-01-01+00:00:00%2B00:00", "q=stackone_unavailable"),
                "effective_status=failed&provider=nobody",
            ),
            "linkedaccount": (
                *("", "p=3", "status=failed", "status=error", "status=active", "type=test"),
                *("provider=bamboohr", "provider=nobody", "disconnected_at__isempty=1"),
                *("disconnected_at__isempty=0", "q=nobody"),
            ),
            "originowner": ("", "p=3", "organization_is=deleted", "q=nobody"),
            "webhookevent": (
                *("", "p=3", "state__exact=due", "state__exact=quarantined", "q=nobody"),
                "received_at__gte=2999-01-01+00:00:00%2B00:00",
            ),
            "ownertombstone": ("", "q=nobody"),
        }
        for model, queries in filters.items():
            for query in queries:
                call = _get(self._support, f"{ADMIN}/{model}/?{query}")
                yield Measured(f"admin: {model}/?{query}", call)
        page = f"{ADMIN}/webhookevent/{event.pk}/change/"
        yield Measured("admin: event", _get(self._support, page))
        overview = reverse("admin:stackone_connect_overview")
        yield Measured("admin: overview", _get(self._support, overview))

    # --- Commands ----------------------------------------------------------------------------

    def _commands(self) -> Iterator[Measured]:
        given: dict[str, tuple[Any, ...]] = {
            "stackone_process": (),
            "stackone_prune": ("--dry-run",),
            "stackone_sync_accounts": ("--organization", str(NORMAL)),
        }
        for name, arguments in given.items():
            yield Measured(f"{name} {' '.join(arguments)}".strip(), _command(name, *arguments))
        yield Measured("stackone_doctor", _command("stackone_doctor", fails=True))


def _signed_in(
    users: Any, owner: OriginOwner | None = None, *, is_superuser: bool = False
) -> Client:
    client = Client()
    user = users.first()
    if user is None:
        user = User.objects.create(
            username=f"member{owner.pk}@example.com" if owner else "support",
            organization=organization_of(owner) if owner else None,
            is_superuser=is_superuser,
            is_staff=is_superuser,
        )
    client.force_login(user)
    return client


def _second_page(member: Client) -> str:
    following = str(member.get(f"{API}/connect-sessions/").json()["next"])
    return following.rpartition(f"{API}/")[2]


def _get(client: Client, path: str, status: int = 200) -> Call:
    def get() -> object:
        answer = client.get(path)
        assert answer.status_code == status, (path, answer.status_code)
        return answer.content

    return get


def _command(name: str, *arguments: str, fails: bool = False) -> Call:
    def run() -> None:
        out = StringIO()
        try:
            call_command(name, *arguments, stdout=out, stderr=out)
        except CommandError:  # it finds accounts that need reconnecting
            assert fails, out.getvalue()

    return run

"""Each request of ours that meets the database, with what it needs to succeed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from stackone_connect.models import ConnectSession, LinkedAccount, OriginOwner
from tests.api.conftest import BASE, Api, code
from tests.factories import (
    AccountFactory,
    OwnerFactory,
    SessionFactory,
    UserFactory,
    organization_of,
    snapshot_of,
)
from tests.fakes import FakeStackOne
from tests.webhooks.deliveries import StackOneDelivers


@dataclass
class Customer:
    """A member of an organization with an open session, an account of it that StackOne has made
    and we have not seen, and one that is linked."""

    api: Api
    stackone: FakeStackOne
    owner: OriginOwner
    session: ConnectSession
    new_account_id: str
    linked: LinkedAccount

    @classmethod
    def of(cls, stackone: FakeStackOne) -> Customer:
        """One who is signed in."""
        owner = OwnerFactory.create()
        linked = AccountFactory.create(owner=owner)
        stackone.accounts[linked.account_id] = snapshot_of(linked)
        session = SessionFactory.create(owner=owner, provider="bamboohr")
        new = stackone.link(owner.origin_owner_id, provider="bamboohr")
        member = UserFactory.create(organization=organization_of(owner))
        return cls(Api(member), stackone, owner, session, new.account_id, linked)


Request = Callable[[Customer], Any]


def issue(customer: Customer) -> Any:
    return customer.api.issue(provider="bamboohr")


def complete(customer: Customer) -> Any:
    return customer.api.complete(customer.session.pk, customer.new_account_id)


def disconnect(customer: Customer) -> Any:
    return customer.api.http.delete(f"{BASE}accounts/{customer.linked.account_id}/")


def webhook(customer: Customer) -> Any:
    return StackOneDelivers().event(
        account_id=customer.new_account_id, origin_owner_id=customer.owner.origin_owner_id
    )


def sessions(customer: Customer) -> Any:
    return customer.api.get("connect-sessions/")


def session(customer: Customer) -> Any:
    return customer.api.get(f"connect-sessions/{customer.session.pk}/")


def accounts(customer: Customer) -> Any:
    return customer.api.get("accounts/")


WRITES: list[Request] = [issue, complete, disconnect, webhook]
READS: list[Request] = [sessions, session, accounts]
SUCCESS: dict[Request, int] = {issue: 201, complete: 200, disconnect: 204, webhook: 200}


def is_unavailable(answer: Any) -> bool:
    """503 in JSON, to be tried again, and kept by no cache."""
    assert code(answer) == (503, "unavailable"), answer.content
    assert answer["Content-Type"] == "application/json"
    assert answer["Retry-After"] == "5"
    assert answer["Cache-Control"] == "no-store"
    return True


def is_served(request: Request, customer: Customer) -> bool:
    """The same request succeeds, once the trouble is over."""
    answer = request(customer)
    assert answer.status_code == SUCCESS.get(request, 200), answer.content
    return True

"""How a host deletes a tenant: every way there is, for one tenant of its own making."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.apps import apps
from django.db import transaction
from django.urls import reverse

from stackone_connect import conf
from stackone_connect.models import ConnectSession, OriginOwner
from stackone_connect.models.transactions import database
from tests.shapes.core.host import Host
from tests.shapes.core.stackone import FakeStackOne
from tests.shapes.hosts.holdings.models import Account, Customer, KeyCustomer, Team, User

Way = Callable[[Any], object]


def _inside_atomic(tenant: Any) -> None:
    with transaction.atomic(using=database()):
        tenant.delete()


def _rows(model: Any) -> Way:
    return lambda tenant: model.all_objects.filter(pk=tenant.pk).delete()


def _one(model: Any) -> Way:
    return lambda tenant: model.all_objects.get(pk=tenant.pk).delete()


def _with_only_its_key(tenant: Any) -> None:
    Customer.all_objects.only("pk").get(pk=tenant.pk).delete()


def _by_the_account_that_pays(tenant: Any) -> None:
    Account.objects.get(teams=tenant.pk).delete()


def _accounts_in_bulk(tenant: Any) -> None:
    Account.objects.filter(teams=tenant.pk).delete()


#: Each way's name, and how it is gone.
WAYS: dict[str, Way] = {
    "itself": lambda tenant: tenant.delete(),
    "inside the host's transaction": _inside_atomic,
    "as its parent": _one(Team),
    "as its parent, in bulk": _rows(Team),
    "as its child": _one(Customer),
    "as its child, in bulk": _rows(Customer),
    "by a proxy": _one(KeyCustomer),
    "by a proxy, in bulk": _rows(KeyCustomer),
    "with only its key loaded": _with_only_its_key,
    "with the account that pays": _by_the_account_that_pays,
    "with accounts in bulk": _accounts_in_bulk,
}


def tenant(name: str) -> Any:
    """A customer, which is a team, of a paying account; as the model that we are told of."""
    account = Account.objects.create(name=f"{name} Holding")
    customer = Customer.objects.create(name=name, account=account)
    return apps.get_model(conf.organization_model())._base_manager.get(pk=customer.pk)


def issue(host: Host, tenant: Any) -> Any:
    """A session that connects nothing; the member's browser."""
    member = host.member(f"member@{tenant.pk}.example", tenant)
    answer = member.post("connect-sessions/", {"provider": "bamboohr"})
    assert answer.status == 201, answer.body
    return member


def connect(host: Host, stackone: FakeStackOne, tenant: Any) -> Any:
    """A session that connects ``acct-<key>``; the member's browser."""
    member = issue(host, tenant)
    account = f"acct-{tenant.pk}"
    stackone.link(account, organization=tenant, name=tenant.name)
    [session] = member.get("connect-sessions/").json["results"]
    done = member.post(f"connect-sessions/{session['id']}/complete/", {"account_id": account})
    assert done.status == 200, done.body
    return member


def nothing_is_left() -> bool:
    return not (
        Team.all_objects.exists() or OriginOwner.objects.exists() or ConnectSession.objects.exists()
    )


def action_of_the_admin(host: Host, model: Any, tenant: Any) -> Any:
    """What "delete selected" of the admin answers once it is confirmed."""
    support = host.browser()
    superuser: Any = User.objects.create_superuser("support@holding.example")
    support.client.force_login(superuser)
    return support.client.post(
        reverse(f"admin:holdings_{model._meta.model_name}_changelist"),
        {"action": "delete_selected", "_selected_action": [tenant.pk], "post": "yes"},
        headers={"X-CSRFToken": "a" * 32},
        follow=True,
    )

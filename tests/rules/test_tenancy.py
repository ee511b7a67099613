"""From the request to the organization, and from the organization to the owner StackOne knows."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import ObjectDoesNotExist
from django.db import connection
from django.test import RequestFactory
from django.test.utils import CaptureQueriesContext
from django.utils.functional import SimpleLazyObject

from example_project.accounts.models import Organization, User
from stackone_connect import tenancy
from stackone_connect.exceptions import ConfigurationError, NoOrganizationError
from stackone_connect.models import OriginOwner
from tests.factories import OrganizationFactory, OwnerFactory

pytestmark = pytest.mark.django_db


def request_of(user: Any) -> Any:
    request = RequestFactory().get("/")
    request.user = user
    return request


# --- Whose request it is -------------------------------------------------------------------------


def test_a_member_acts_for_their_organization(member: User, organization: Organization) -> None:
    assert tenancy.organization_for(request_of(member)) == organization


def test_a_user_who_is_loaded_late_acts_for_their_organization(
    member: User, organization: Organization
) -> None:
    late = SimpleLazyObject(lambda: member)
    assert tenancy.organization_for(request_of(late)) == organization


@pytest.mark.parametrize(
    "user", [None, AnonymousUser(), User(username="staff")], ids=["nobody", "anonymous", "staff"]
)
def test_who_has_no_organization_acts_for_nobody(user: Any) -> None:
    with pytest.raises(NoOrganizationError):
        tenancy.organization_for(request_of(user))


def test_a_one_to_one_organization_that_is_missing_is_none() -> None:
    class Lonely:
        is_authenticated = True

        @property
        def organization(self) -> Organization:
            raise ObjectDoesNotExist

    with pytest.raises(NoOrganizationError):
        tenancy.organization_for(request_of(Lonely()))


def test_a_user_model_without_an_organization_is_a_mistake_in_the_settings() -> None:
    with pytest.raises(ConfigurationError, match="ORGANIZATION_RESOLVER"):
        tenancy.organization_for(request_of(SimpleNamespace(is_authenticated=True)))


def test_the_hosts_own_resolver_takes_the_request(
    configure: Callable[..., None], organization: Organization
) -> None:
    configure(ORGANIZATION_RESOLVER=lambda request: request.tenant)
    assert tenancy.organization_for(SimpleNamespace(tenant=organization)) == organization  # type: ignore[arg-type]
    lazy = SimpleLazyObject(lambda: organization)
    assert tenancy.organization_for(SimpleNamespace(tenant=lazy)).pk == organization.pk  # type: ignore[arg-type]
    with pytest.raises(NoOrganizationError):
        tenancy.organization_for(SimpleNamespace(tenant=None))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "answer", [7, "7", Organization(name="unsaved"), User(pk=1)], ids=["pk", "text", "new", "user"]
)
def test_what_is_no_saved_organization_is_a_mistake_in_the_settings(
    configure: Callable[..., None], answer: Any
) -> None:
    configure(ORGANIZATION_RESOLVER=lambda request: answer)
    with pytest.raises(ConfigurationError, match=r"must be a saved accounts\.Organization"):
        tenancy.organization_for(request_of(None))


# --- How StackOne knows it -----------------------------------------------------------------------


def test_reading_never_makes_an_owner(organization: Organization) -> None:
    assert tenancy.find_owner(organization) is None
    assert not OriginOwner.objects.exists()


def test_the_first_pin_takes_the_primary_key_and_the_name(organization: Organization) -> None:
    owner = tenancy.pin(organization)
    assert owner.origin_owner_id == str(organization.pk)
    assert owner.origin_owner_name == "Acme"
    assert owner.accounts_read_at is None
    assert tenancy.find_owner(organization) == owner


def test_a_renamed_organization_keeps_the_name_that_stackone_knows(
    organization: Organization,
) -> None:
    owner = tenancy.pin(organization)
    organization.name = "Acme International"
    organization.save()
    assert tenancy.pin(organization).origin_owner_name == "Acme"
    assert OriginOwner.objects.count() == 1
    owner.refresh_from_db()
    assert tenancy.name_of_today(owner) == "Acme International"
    assert tenancy.drift(owner) == "Acme International"


def test_an_organization_that_keeps_its_name_does_not_drift(organization: Organization) -> None:
    assert tenancy.drift(tenancy.pin(organization)) is None


def test_pinning_again_is_one_question_to_the_database(organization: Organization) -> None:
    tenancy.pin(organization)
    with CaptureQueriesContext(connection) as queries:
        tenancy.pin(organization)
    assert len(queries) == 1


def test_the_hosts_own_id_and_name_are_pinned(
    configure: Callable[..., None], organization: Organization
) -> None:
    configure(OWNER_ID=lambda org: f"org-{org.pk}", OWNER_NAME=lambda org: org.name.upper())
    owner = tenancy.pin(organization)
    assert (owner.origin_owner_id, owner.origin_owner_name) == (f"org-{organization.pk}", "ACME")


def test_an_organization_without_a_name_is_known_by_its_text() -> None:
    assert tenancy.default_owner_name(SimpleNamespace(name="")) == "namespace(name='')"  # type: ignore[arg-type]


@pytest.mark.parametrize("key", ["OWNER_ID", "OWNER_NAME"])
@pytest.mark.parametrize("nothing", [None, "", "  ", "\n\x00"])
def test_an_owner_is_never_pinned_without_id_or_name(
    configure: Callable[..., None], organization: Organization, key: str, nothing: Any
) -> None:
    configure(**{key: lambda org: nothing})
    with pytest.raises(ConfigurationError, match="is blank"):
        tenancy.pin(organization)
    assert not OriginOwner.objects.exists()


def test_two_organizations_never_share_an_id(
    configure: Callable[..., None], organization: Organization
) -> None:
    configure(OWNER_ID=lambda org: "same")
    tenancy.pin(organization)
    with pytest.raises(ConfigurationError, match="another one has"):
        tenancy.pin(OrganizationFactory.create())
    assert OriginOwner.objects.count() == 1


def test_an_owner_that_another_worker_pinned_meanwhile_is_taken(
    monkeypatch: pytest.MonkeyPatch, organization: Organization
) -> None:
    theirs = OwnerFactory.create(organization=organization, origin_owner_name="Pinned by another")
    monkeypatch.setattr(tenancy, "find_owner", lambda _: None)
    assert tenancy.pin(organization) == theirs


def test_what_is_no_organization_is_never_pinned() -> None:
    with pytest.raises(ConfigurationError):
        tenancy.pin(Organization(name="unsaved"))


# --- Texts that StackOne gets --------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "sent"),
    [
        ("Acme", "Acme"),
        ("  Acme  ", "Acme"),
        ("Acme\nInternational", "Acme International"),
        ("Acme\x00\u2028Ltd\ud800", "Acme  Ltd"),
        ("شرکت‌ها", "شرکت‌ها"),
        ("👩‍💻 & Co", "👩‍💻 & Co"),
        ("x" * 300, "x" * 255),
        ("x" * 254 + " y", "x" * 254),
        (7, "7"),
        (None, ""),
    ],
)
def test_a_text_is_sent_as_one_line_and_otherwise_as_it_is_written(value: Any, sent: str) -> None:
    assert tenancy.one_line(value) == sent


def test_stackone_is_told_the_user_name(member: User) -> None:
    assert tenancy.origin_username(member) == "member@acme.example"
    assert tenancy.user_name(member) == "member@acme.example"


def test_stackone_is_told_nobody_where_there_is_nobody() -> None:
    assert tenancy.origin_username(None) == ""
    assert tenancy.user_name(None) == ""


def test_the_host_may_tell_stackone_nobody_and_keep_the_name_here(
    configure: Callable[..., None], member: User
) -> None:
    configure(ORIGIN_USERNAME=lambda user: None)
    assert tenancy.origin_username(member) == ""
    assert tenancy.user_name(member) == "member@acme.example"

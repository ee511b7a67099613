"""From the request to the organization, and from the organization to the owner StackOne knows."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import ObjectDoesNotExist
from django.db import connection, models
from django.test import RequestFactory
from django.test.utils import CaptureQueriesContext
from django.utils.functional import SimpleLazyObject

from example_project.accounts.models import Organization, User
from stackone_connect import rules, tenancy
from stackone_connect.entities import Requester
from stackone_connect.exceptions import ConfigurationError, NoOrganizationError
from stackone_connect.models import OriginOwner
from tests.factories import OrganizationFactory, OwnerFactory

pytestmark = pytest.mark.django_db


def anything(**attributes: Any) -> Any:
    return SimpleNamespace(**attributes)


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


@pytest.mark.parametrize("late", [False, True])
def test_a_mistake_within_the_users_property_is_not_taken_for_its_absence(late: bool) -> None:
    class Profiled:
        is_authenticated = True
        profile: Any = None

        @property
        def organization(self) -> Organization:
            found: Organization = self.profile.company
            return found

    user: Any = SimpleLazyObject(Profiled) if late else Profiled()
    with pytest.raises(AttributeError, match="company"):
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


def test_the_organization_of_a_foreign_key_is_read_only_where_more_than_its_key_is_used(
    member: User, django_assert_num_queries: Any
) -> None:
    user = User.objects.get(pk=member.pk)
    with django_assert_num_queries(0):
        found = tenancy.organization_for(request_of(user))
        assert found == member.organization
    with django_assert_num_queries(1):
        assert found.name == "Acme"
    read = user.organization
    with django_assert_num_queries(0):
        assert tenancy.organization_for(request_of(user)) is read


def test_a_user_whose_foreign_key_is_empty_has_no_organization(member: User) -> None:
    User.objects.update(organization=None)
    with pytest.raises(NoOrganizationError):
        tenancy.organization_for(request_of(User.objects.get(pk=member.pk)))


@pytest.mark.parametrize("why", ["hidden by the base manager", "not there"])
def test_a_foreign_key_that_may_lead_nowhere_is_followed(
    why: str, member: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Living(models.Manager[Organization]):
        def get_queryset(self) -> models.QuerySet[Organization]:
            return super().get_queryset().none()

    user = User.objects.get(pk=member.pk)
    if why == "not there":
        monkeypatch.setattr(User._meta.get_field("organization"), "db_constraint", False)
        monkeypatch.setattr(models.QuerySet, "get", raise_missing)
    else:
        living = Living()
        living.model = Organization
        monkeypatch.setattr(Organization._meta, "base_manager", living)
    with pytest.raises(NoOrganizationError):
        tenancy.organization_for(request_of(user))


def raise_missing(*_: Any, **__: Any) -> None:
    raise Organization.DoesNotExist


def test_the_hosts_own_resolver_takes_the_request(
    configure: Callable[..., None], organization: Organization
) -> None:
    configure(ORGANIZATION_RESOLVER=lambda request: request.tenant)
    assert tenancy.organization_for(anything(tenant=organization)) == organization
    lazy = SimpleLazyObject(lambda: organization)
    assert tenancy.organization_for(anything(tenant=lazy)).pk == organization.pk
    with pytest.raises(NoOrganizationError):
        tenancy.organization_for(anything(tenant=None))


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
    assert tenancy.default_owner_name(anything(name="")) == "namespace(name='')"


def test_a_method_that_is_called_name_is_no_name() -> None:
    class Tenant:
        def name(self, language: str) -> str:
            raise AssertionError("nobody knows what to call it with")

        def __str__(self) -> str:
            return "Acme"

    tenant: Any = Tenant()
    assert tenancy.default_owner_name(tenant) == "Acme"


@pytest.mark.parametrize("unusable", [None, "", "  ", "\n\x00", "a\x00b", "x" * 256])
def test_an_owner_is_never_pinned_without_an_id_that_can_be_kept_as_it_is(
    configure: Callable[..., None], organization: Organization, unusable: Any
) -> None:
    configure(OWNER_ID=lambda org: unusable)
    with pytest.raises(ConfigurationError, match=f"OWNER_ID gives organization {organization.pk}"):
        tenancy.pin(organization)
    assert not OriginOwner.objects.exists()


@pytest.mark.parametrize("nothing", [None, "", "  ", "\n\x00", "\u200b", "\u2060 \ufeff"])
def test_an_owner_whose_name_is_blank_goes_by_its_id(
    configure: Callable[..., None], organization: Organization, nothing: Any
) -> None:
    configure(OWNER_NAME=lambda org: nothing)
    assert tenancy.pin(organization).origin_owner_name == str(organization.pk)


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
    seen = iter([None])
    monkeypatch.setattr(tenancy, "find_owner", lambda _: next(seen, theirs))
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
        ("Acme \u202edtL\u202c \u2066(\u2069\u200f", "Acme dtL (\u200f"),
        ("شرکت‌ها", "شرکت‌ها"),
        ("👩‍💻 & Co", "👩‍💻 & Co"),
        ("x" * 300, "x" * 255),
        ("x" * 254 + " y", "x" * 254),
        (7, "7"),
        (None, ""),
    ],
)
def test_a_text_is_sent_as_one_line_and_otherwise_as_it_is_written(value: Any, sent: str) -> None:
    assert rules.one_line(value) == sent


def test_stackone_is_told_the_user_name(member: User) -> None:
    requester = tenancy.requester_of(member)
    assert requester.origin_username == requester.name == "member@acme.example"
    assert requester.key == str(member.pk)


def test_stackone_is_told_nobody_where_there_is_nobody() -> None:
    assert tenancy.requester_of(None) == Requester(key="", name="", origin_username="")


def test_the_host_may_tell_stackone_nobody_and_keep_the_name_here(
    configure: Callable[..., None], member: User
) -> None:
    configure(ORIGIN_USERNAME=lambda user: None)
    requester = tenancy.requester_of(member)
    assert requester.origin_username == ""
    assert requester.name == "member@acme.example"

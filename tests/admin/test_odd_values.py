"""No value in an address or a form is a 500, whatever the database thinks of it."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse

from example_project.accounts.models import User
from stackone_connect.models import OriginOwner, OwnerTombstone, WebhookEvent
from tests.admin.people import MODELS
from tests.factories import AccountFactory, SessionFactory

pytestmark = pytest.mark.django_db

NAMES = [str(model._meta.model_name) for model in MODELS]
#: As they stand in an address. What a lone surrogate is made of does not decode.
VALUES = ["%00", "%ED%A0%80", "99999999999999999999999", "("]
#: Everything a list reads from its address, and lookups that only the database can refuse.
KEYS = {
    "connectsession": (
        "q,p,o,all,e,_changelist_filters,_to_field,effective_status,path__exact,outcome__exact,"
        "provider,project,created_at__gte,created_at__lt,created_at__year,owner__id__exact,"
        "owner__id__in,owner__exact,id__exact,error_code__regex,error_code__in,duration_ms__gt,"
        "duration_ms__in,path__range,sent__range,nothing,a%00b"
    ),
    "linkedaccount": (
        "q,p,o,_changelist_filters,status,status__exact,type,provider,disconnected_at__isempty,"
        "owner__id__exact,owner__id__range,label__iregex,label__range,created_at__date,id__in"
    ),
    "originowner": (
        "q,p,o,organization_is,organization__exact,organization__id__exact,id__in,project__range"
    ),
    "webhookevent": (
        "q,p,o,state__exact,received_at__gte,received_at__lt,attempts__in,attempts__exact,"
        "received_at__year,received_at__hour,event__range,project"
    ),
    "ownertombstone": "q,p,o,digest__exact,digest__range,created_at__gte,id__exact",
}


@pytest.fixture
def root(client: Client, owner: OriginOwner) -> Client:
    """A superuser, with a row of each kind to look at."""
    SessionFactory.create(owner=owner)
    AccountFactory.create(owner=owner)
    WebhookEvent.objects.create(event="x", account_id="x", digest="1")
    OwnerTombstone.objects.create(digest="1")
    client.force_login(User.objects.create_superuser("root", password="x"))
    return client


@pytest.mark.parametrize("value", VALUES, ids=lambda value: value[:12] or "empty")
@pytest.mark.parametrize("name", NAMES)
def test_no_value_in_a_lists_address_is_a_500(root: Client, name: str, value: str) -> None:
    url = reverse(f"admin:stackone_connect_{name}_changelist")
    for key in KEYS[name].split(","):
        assert root.get(f"{url}?{key}={value}").status_code in {200, 302, 400}, key
    assert root.get(f"{url}?e=1&id__in={value}").status_code in {200, 400}
    assert root.get(url).status_code == 200  # the connection still works


@pytest.mark.parametrize("value", VALUES[:2], ids=lambda value: value[:12])
def test_no_value_in_a_path_or_an_autocomplete_is_a_500(
    root: Client, owner: OriginOwner, value: str
) -> None:
    base = "/admin/stackone_connect"
    for name in NAMES:
        for page in ("change", "history", "delete"):
            answer = root.get(f"{base}/{name}/{value}/{page}/?_changelist_filters={value}")
            assert answer.status_code in {200, 302, 403, 404}, (name, page)
    for path in (f"{owner.pk}/link/{value}/", f"{value}/link/", f"{value}/repin/"):
        assert root.post(f"{base}/originowner/{path}").status_code in {302, 403, 404}, path
    for field in ("owner", value):
        query = f"app_label=stackone_connect&model_name=linkedaccount&field_name={field}"
        answer = root.get(f"/admin/autocomplete/?{query}&term={value}&page={value}")
        assert answer.status_code in {200, 403, 404}, field
    assert root.get(f"{base}/overview/?q={value}").status_code in {200, 302, 404}


@pytest.mark.parametrize("key", ["\x00", "nothing", "9" * 30, "9" * 5000, "-1", ""])
@pytest.mark.parametrize("name", ["webhookevent", "ownertombstone"])
def test_no_chosen_key_of_an_action_is_a_500(root: Client, name: str, key: str) -> None:
    url = reverse(f"admin:stackone_connect_{name}_changelist")
    for action in ("process_again", "delete_selected", "\x00"):
        for chosen in ([key], [key, "1"]):
            answer = root.post(url, {"action": action, "_selected_action": chosen, "index": key})
            assert answer.status_code in {200, 302}
    assert root.get(url).status_code == 200

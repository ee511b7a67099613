"""A key may be any text, and may come again."""

from __future__ import annotations

from typing import Any

import pytest

from stackone_connect.exceptions import ConfigurationError
from stackone_connect.models import OriginOwner
from stackone_connect.services import accounts, owners, sessions
from tests.shapes.core.host import Host
from tests.shapes.core.stackone import FakeStackOne
from tests.shapes.hosts.places.models import Place

pytestmark = pytest.mark.django_db(databases="__all__")

KEYS = ["a/b", "..", "é", "%00", "x" * 200, "0", "-1", "None", "'; --", "<b>", "a b", "日本"]


@pytest.mark.parametrize("key", KEYS)
def test_any_text_is_a_tenants_key(host: Host, stackone: FakeStackOne, key: str) -> None:
    place = Place.objects.create(code=key, slug="somewhere", name="Somewhere")
    member = host.member("member@somewhere.example", place)
    issued = member.post("connect-sessions/", {"provider": "bamboohr"})
    assert issued.status == 201, issued.body
    stackone.link("some-1", organization=place)
    path = f"connect-sessions/{issued.json['id']}/complete/"
    assert member.post(path, {"account_id": "some-1"}).status == 200
    assert accounts.organization_of(account_id="some-1") == place
    assert stackone.bodies[0]["origin_owner_id"] == key
    owners.offboard(organization=place)
    place.delete()
    assert not OriginOwner.objects.exists()


@pytest.mark.parametrize("mode", ["protect", "disconnect"])
def test_a_key_that_comes_again_is_refused_and_shows_nothing(
    host: Host, stackone: FakeStackOne, settings: Any, mode: str
) -> None:
    settings.STACKONE_CONNECT = {**settings.STACKONE_CONNECT, "ON_ORGANIZATION_DELETE": mode}
    place = Place.objects.create(code="berlin", slug="berlin", name="Berlin")
    stackone.link("berlin-1", organization=place)
    sessions.issue(organization=place)
    if mode == "protect":
        owners.offboard(organization=place)
    place.delete()
    # Before and after what is left has been disconnected.
    for _ in range(2):
        again = Place.objects.create(code="berlin", slug="berlin", name="Berlin")
        with pytest.raises(ConfigurationError):
            sessions.issue(organization=again)
        assert not accounts.linked_accounts(organization=again).exists()
        again.delete()
        owners.finish_deletions()
    assert not stackone.accounts


def test_a_key_that_connected_nothing_may_come_again(host: Host, stackone: FakeStackOne) -> None:
    for _ in range(2):
        place = Place.objects.create(code="berlin", slug="berlin", name="Berlin")
        host.browser(host.users.create_user(str(_)), place).get("accounts/")
        place.delete()
    assert not OriginOwner.objects.exists()

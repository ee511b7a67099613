"""What records every row records ours as well, and no secret."""

from __future__ import annotations

from typing import Any

import pytest

from stackone_connect.models import ConnectSession
from tests.shapes.core.host import Host
from tests.shapes.core.stackone import FakeStackOne

pytestmark = pytest.mark.django_db(databases="__all__")


def test_every_change_is_recorded_and_no_secret(
    host: Host, stackone: FakeStackOne, acme: Any
) -> None:
    from auditlog.models import LogEntry

    member = host.member("member@acme.example", acme)
    issued = member.post("connect-sessions/", {"provider": "bamboohr"}).json
    stackone.link("acme-1", organization=acme)
    member.post(f"connect-sessions/{issued['id']}/complete/", {"account_id": "acme-1"})
    assert member.request("DELETE", "accounts/acme-1/").status == 204
    host.delete(acme)
    entries = LogEntry.objects.filter(content_type__app_label="stackone_connect")
    assert {entry.content_type.model for entry in entries} >= {
        "originowner",
        "connectsession",
        "linkedaccount",
    }
    history = ConnectSession.history.all()  # type: ignore[attr-defined]  # django-simple-history's
    assert {row.history_type for row in history} == {"+", "~", "-"}
    kept = " ".join(str(row.__dict__) for row in [*entries, *history])
    assert "token-1" not in kept
    assert "app.stackone.test" not in kept


def test_a_bulk_deletion_is_recorded(host: Host, stackone: FakeStackOne, acme: Any) -> None:
    from auditlog.models import LogEntry

    host.member("member@acme.example", acme).post("connect-sessions/")
    type(acme).objects.all().delete()
    assert not ConnectSession.objects.exists()
    deleted = LogEntry.objects.filter(action=LogEntry.Action.DELETE)
    assert deleted.filter(content_type__model="originowner").exists()

"""The people that ``seed_demo`` makes."""

from __future__ import annotations

from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from pytest_django import Settings

from example_project.accounts.demo import MEMBERS, PASSWORD, SUPERUSER
from example_project.accounts.models import Organization, User

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _on_a_laptop(settings: Settings) -> None:
    settings.DEBUG = True


def seed() -> str:
    out = StringIO()
    call_command("seed_demo", stdout=out)
    return out.getvalue()


def test_it_makes_two_organizations_with_a_member_each_and_a_superuser() -> None:
    printed = seed()
    members = User.objects.exclude(organization=None).select_related("organization")
    assert {str(user.organization): user.username for user in members} == MEMBERS
    superuser = User.objects.get(username=SUPERUSER)
    assert superuser.is_superuser
    assert superuser.is_staff
    assert superuser.organization is None
    for username in (*MEMBERS.values(), SUPERUSER):
        assert User.objects.get(username=username).check_password(PASSWORD)
        assert username in printed
    assert PASSWORD in printed


def test_a_second_run_changes_nothing_and_signs_nobody_out() -> None:
    seed()
    before = list(User.objects.order_by("pk").values())
    assert seed()
    assert list(User.objects.order_by("pk").values()) == before
    assert Organization.objects.count() == len(MEMBERS)


def test_a_changed_password_becomes_the_printed_one_again() -> None:
    seed()
    user = User.objects.get(username=SUPERUSER)
    user.set_password("something else")
    user.save()
    seed()
    user.refresh_from_db()
    assert user.check_password(PASSWORD)


def test_public_passwords_are_refused_outside_debug(settings: Settings) -> None:
    settings.DEBUG = False
    with pytest.raises(CommandError, match="DJANGO_DEBUG"):
        seed()
    assert not User.objects.exists()

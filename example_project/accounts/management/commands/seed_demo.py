"""Create the demo's users: two organizations with one member each, and one superuser."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from example_project.accounts.demo import MEMBERS, PASSWORD, SUPERUSER
from example_project.accounts.models import Organization, User


class Command(BaseCommand):
    help = "Create two organizations, one member in each, and a superuser; safe to repeat."

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.DEBUG:
            raise CommandError("The demo's passwords are public; seed only with DJANGO_DEBUG=1.")
        with transaction.atomic():
            for name, username in MEMBERS.items():
                organization, _ = Organization.objects.get_or_create(name=name)
                self.person(username, organization=organization, email=username)
            self.person(SUPERUSER, is_staff=True, is_superuser=True)
        for name, username in MEMBERS.items():
            self.stdout.write(f"  {name:<10} {username:<24} {PASSWORD}")
        self.stdout.write(f"  {'Superuser':<10} {SUPERUSER:<24} {PASSWORD}")

    def person(self, username: str, **fields: Any) -> None:
        user, _ = User.objects.update_or_create(username=username, defaults=fields)
        # Setting the same password again would end the user's sessions.
        if not user.check_password(PASSWORD):
            user.set_password(PASSWORD)
            user.save(update_fields=["password"])

"""A host whose tenants hang from a paying account, have a kind of their own, and can be closed."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.models import AbstractUser
from django.db import models


class Account(models.Model):
    """Who pays. Everything goes with it."""

    name = models.CharField(max_length=300)

    def __str__(self) -> str:
        return self.name


class OpenTeams(models.Manager["Team"]):
    """Teams that are not closed."""

    def get_queryset(self) -> models.QuerySet[Team]:
        return super().get_queryset().filter(is_closed=False)


class Team(models.Model):
    """A tenant. Closing one only marks it; most of the host's code no longer sees it then."""

    account = models.ForeignKey(Account, models.CASCADE, null=True, related_name="teams")
    name = models.CharField(max_length=300)
    is_closed = models.BooleanField(default=False)

    objects = OpenTeams()
    all_objects: models.Manager[Team] = models.Manager()

    class Meta:
        base_manager_name = "objects"

    def __str__(self) -> str:
        return self.name


class Customer(Team):
    """A tenant that buys: a table of its own beside the team's."""

    plan = models.CharField(max_length=20, default="basic")

    all_objects: models.Manager[Any] = models.Manager()


class KeyCustomer(Customer):
    """The same rows, seen by the people who look after the large ones."""

    class Meta:
        proxy = True


class User(AbstractUser):
    team = models.ForeignKey(Team, models.CASCADE, null=True, blank=True)

    @property
    def organization(self) -> Team | None:
        return self.team

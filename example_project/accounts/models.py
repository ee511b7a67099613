"""The host project's own tenants and users; ``stackone_connect`` only refers to them."""

from __future__ import annotations

from django.contrib.auth.models import AbstractUser
from django.db import models


class Organization(models.Model):
    """A customer of this SaaS, and the owner of the accounts its members connect."""

    name = models.CharField(max_length=200)

    class Meta:
        ordering = ("name",)

    def __str__(self) -> str:
        return self.name


class User(AbstractUser):
    """Someone who signs in. Staff of the SaaS itself belong to no organization."""

    organization = models.ForeignKey(
        Organization, on_delete=models.PROTECT, null=True, blank=True, related_name="members"
    )

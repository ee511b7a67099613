"""A host with Django's own users, where each studio points to the one user who owns it."""

from django.conf import settings
from django.db import models


class Studio(models.Model):
    name = models.CharField(max_length=300)
    owner = models.OneToOneField(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="organization",
    )

    def __str__(self) -> str:
        return self.name

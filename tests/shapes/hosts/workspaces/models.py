"""A host whose organizations and users have UUID keys."""

import uuid

from django.contrib.auth.models import AbstractUser
from django.db import models


class Workspace(models.Model):
    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    name = models.CharField(max_length=300)

    def __str__(self) -> str:
        return self.name


class User(AbstractUser):
    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    organization = models.ForeignKey(Workspace, models.SET_NULL, null=True, blank=True)

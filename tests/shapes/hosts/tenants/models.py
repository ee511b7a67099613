"""A host that had users long before it had tenants; its label sorts after ``stackone_connect``."""

from django.contrib.auth.models import AbstractUser
from django.db import models


class Tenant(models.Model):
    name = models.CharField(max_length=300)

    def __str__(self) -> str:
        return self.name


class User(AbstractUser):
    organization = models.ForeignKey(Tenant, models.SET_NULL, null=True, blank=True)

"""The ordinary host: a user belongs to one company."""

from django.contrib.auth.models import AbstractUser
from django.db import models


class Company(models.Model):
    name = models.CharField(max_length=300)

    def __str__(self) -> str:
        return self.name


class Branch(models.Model):
    """What a host may name as its tenant model by mistake, or later."""

    name = models.CharField(max_length=300)

    def __str__(self) -> str:
        return self.name


class User(AbstractUser):
    organization = models.ForeignKey(Company, models.SET_NULL, null=True, blank=True)

"""A host whose tenants are known by a code, which is their primary key, and by a slug."""

from django.contrib.auth.models import AbstractUser
from django.db import models


class Place(models.Model):
    code = models.CharField(primary_key=True, max_length=200)
    slug = models.SlugField(unique=True)
    name = models.CharField(max_length=300)

    def __str__(self) -> str:
        return self.name


class User(AbstractUser):
    organization = models.ForeignKey(Place, models.SET_NULL, to_field="slug", null=True, blank=True)

"""A host whose users sign in by e-mail address and have no user name."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager, PermissionsMixin
from django.db import models


class Practice(models.Model):
    title = models.CharField(max_length=300)

    def __str__(self) -> str:
        return self.title


class PersonManager(BaseUserManager["Person"]):
    def create_user(self, email: str, **fields: Any) -> Person:
        person = self.model(email=self.normalize_email(email), **fields)
        person.set_unusable_password()
        person.save(using=self._db)
        return person

    def create_superuser(self, email: str, **fields: Any) -> Person:
        return self.create_user(email, is_staff=True, is_superuser=True, **fields)


class Person(AbstractBaseUser, PermissionsMixin):
    email = models.EmailField(unique=True)
    is_staff = models.BooleanField(default=False)
    organization = models.ForeignKey(Practice, models.SET_NULL, null=True, blank=True)

    objects = PersonManager()

    USERNAME_FIELD = "email"

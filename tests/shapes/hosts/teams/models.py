"""A host with Django's own users, who may be members of several teams."""

from django.conf import settings
from django.db import models


class Team(models.Model):
    name = models.CharField(max_length=300)
    members = models.ManyToManyField(
        settings.AUTH_USER_MODEL, through="Membership", related_name="teams"
    )

    def __str__(self) -> str:
        return self.name


class Membership(models.Model):
    team = models.ForeignKey(Team, models.CASCADE)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE)

    def __str__(self) -> str:
        return f"{self.user} in {self.team}"

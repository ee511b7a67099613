"""Which of the users, who are shared, work for which tenant."""

from django.conf import settings
from django.db import models

from tests.shapes.hosts.schemas.models import Client


class Employment(models.Model):
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE)
    client = models.ForeignKey(Client, models.CASCADE)

    def __str__(self) -> str:
        return f"{self.user} at {self.client}"

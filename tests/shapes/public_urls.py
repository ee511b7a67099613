"""What the public domain of a host with a schema for each tenant serves of ours: the webhook."""

from django.conf import settings
from django.urls import include, path

urlpatterns = [path(settings.MOUNT.lstrip("/"), include("stackone_connect.webhooks.urls"))]

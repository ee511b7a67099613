"""The addresses of a host without an admin, which has our page instead."""

from django.conf import settings
from django.urls import include, path

urlpatterns = [
    path(settings.MOUNT.lstrip("/"), include("stackone_connect.urls")),
    path("integrations/", include("stackone_connect.pages.urls")),
]

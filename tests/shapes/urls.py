"""The addresses of an ordinary host: the admin, and ours where the shape mounts them."""

from django.conf import settings
from django.contrib import admin
from django.urls import include, path

urlpatterns = [
    path("admin/", admin.site.urls),
    path(settings.MOUNT.lstrip("/"), include("stackone_connect.urls")),
]

"""A URLconf with the sandbox, so that a host need not mount it."""

from __future__ import annotations

from django.urls import include, path

urlpatterns = [path("sandbox/", include("stackone_connect.sandbox.urls"))]

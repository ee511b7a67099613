"""The sandbox's addresses for the tests' own visits: a host need not mount it."""

from __future__ import annotations

from django.urls import include, path

urlpatterns = [path("sandbox/", include("stackone_connect.sandbox.urls"))]

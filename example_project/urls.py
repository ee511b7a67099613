"""The URLs of the example: its pages, the admin, the API of ``stackone_connect``, the sandbox."""

from __future__ import annotations

from django.conf import settings
from django.contrib import admin
from django.contrib.auth.views import LoginView, LogoutView
from django.urls import URLPattern, URLResolver, include, path

from example_project.integrations.views import integrations_with_react

urlpatterns: list[URLPattern | URLResolver] = [
    path("", include("stackone_connect.pages.urls")),
    path("react/", integrations_with_react, name="integrations-react"),
    path("sign-in/", LoginView.as_view(redirect_authenticated_user=True), name="sign-in"),
    path("sign-out/", LogoutView.as_view(), name="sign-out"),
    path("api/stackone/", include("stackone_connect.urls")),
    path("admin/", admin.site.urls),
]

if settings.USE_SANDBOX:
    urlpatterns.append(path("sandbox/", include("stackone_connect.sandbox.urls")))

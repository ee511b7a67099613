"""The URLs of the example: its pages, the admin, the API with its reference, the sandbox."""

from __future__ import annotations

from django.apps import apps
from django.conf import settings
from django.contrib import admin
from django.contrib.auth.views import LogoutView
from django.urls import URLPattern, URLResolver, include, path

from example_project.accounts.views import SignInView
from example_project.demo import split_screen
from example_project.integrations.views import integrations_with_react

urlpatterns: list[URLPattern | URLResolver] = [
    path("", include("stackone_connect.pages.urls")),
    path("react/", integrations_with_react, name="integrations-react"),
    path("sign-in/", SignInView.as_view(), name="sign-in"),
    path("sign-out/", LogoutView.as_view(), name="sign-out"),
    path("api/stackone/", include("stackone_connect.urls")),
    path("admin/", admin.site.urls),
]

if apps.is_installed("drf_spectacular"):
    from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerSplitView

    # The split view has its script at an address of its own, as our policy wants it. Neither view
    # is part of the API that it describes.
    docs = SpectacularSwaggerSplitView.as_view(url_name="api-schema", schema=None)
    urlpatterns += [
        path("api/stackone/docs/", docs, name="api-docs"),
        path("api/stackone/schema/", SpectacularAPIView.as_view(schema=None), name="api-schema"),
    ]

if settings.USE_SANDBOX:
    urlpatterns += [
        path("demo/", split_screen, name="demo"),
        path("sandbox/", include("stackone_connect.sandbox.urls")),
    ]

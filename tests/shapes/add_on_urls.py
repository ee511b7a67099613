"""The addresses of an ordinary host, and those of what looks at its requests."""

from django.urls import include, path

from tests.shapes import urls

urlpatterns = [
    *urls.urlpatterns,
    path("__debug__/", include("debug_toolbar.urls")),
    path("silk/", include("silk.urls", namespace="silk")),
]

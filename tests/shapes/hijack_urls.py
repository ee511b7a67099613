"""The addresses of an ordinary host, and those of django-hijack."""

from django.urls import include, path

from tests.shapes import urls

urlpatterns = [*urls.urlpatterns, path("hijack/", include("hijack.urls"))]

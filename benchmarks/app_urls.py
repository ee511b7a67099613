"""The admin, one view, and the app where it is installed."""

from django.apps import apps
from django.contrib import admin
from django.urls import URLPattern, URLResolver, include, path
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView


class PlainView(APIView):
    """A view of the host's own."""

    permission_classes = (AllowAny,)

    def get(self, request: Request) -> Response:
        """An empty object."""
        return Response({})


urlpatterns: list[URLPattern | URLResolver] = [
    path("admin/", admin.site.urls),
    path("plain/", PlainView.as_view()),
]
if apps.is_installed("stackone_connect"):
    urlpatterns.append(path("api/stackone/", include("stackone_connect.urls")))

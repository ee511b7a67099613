"""A host that takes the version from the namespace mounts everything below one, us too."""

from django.contrib import admin
from django.urls import include, path
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView


class HostView(APIView):
    """One of the host's own, to show that its habits are in force."""

    def get(self, request: Request) -> Response:
        return Response({"a_field": 1})


urlpatterns = [
    path("admin/", admin.site.urls),
    path("v9/host/", include(([path("", HostView.as_view())], "host"), namespace="9")),
    path("v9/stackone/", include("stackone_connect.urls", namespace="v8")),
]

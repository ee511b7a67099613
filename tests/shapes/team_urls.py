"""A host whose tenant is in the address of every page, ours too."""

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.template import RequestContext, Template
from django.urls import include, path

_SOURCE = "{% load stackone_connect %}{% stackone_connect hub_script=None %}"


def settings_page(request: HttpRequest, team: int) -> HttpResponse:
    """A page of the team's, with our button."""
    return HttpResponse(Template(_SOURCE).render(RequestContext(request)))


urlpatterns = [
    path("admin/", admin.site.urls),
    path("teams/<int:team>/settings/", settings_page),
    path("teams/<int:team>/stackone/", include("stackone_connect.urls")),
]

"""A site whose one view asks StackOne, to be served by workers of every kind."""

from __future__ import annotations

import time

from django.conf import settings
from django.core.asgi import get_asgi_application
from django.core.wsgi import get_wsgi_application
from django.http import HttpRequest, JsonResponse
from django.urls import path

from stackone_connect.client import StackOneClient
from stackone_connect.clock import Deadline
from stackone_connect.exceptions import StackOneError

settings.configure(
    ROOT_URLCONF=__name__,
    ALLOWED_HOSTS=["*"],
    SECRET_KEY="of this test only",
    STACKONE_CONNECT={"ORGANIZATION_MODEL": "crm.Company", "API_KEY": "key"},
)


def ask(request: HttpRequest) -> JsonResponse:
    """Ask for an account, and tell what came of it and how long it took."""
    client = StackOneClient(
        api_key="key", base_url=request.GET["url"], connect_timeout=5, read_timeout=5
    )
    code, started = "ok", time.monotonic()
    try:
        client.get_account("account-1", deadline=Deadline(float(request.GET["seconds"])))
    except StackOneError as error:
        code = error.code
    return JsonResponse({"code": code, "seconds": time.monotonic() - started})


urlpatterns = [path("", ask)]
wsgi = get_wsgi_application()
asgi = get_asgi_application()

"""The Integrations page made with React. The plain one is shipped: ``stackone_connect.pages``."""

from __future__ import annotations

import json

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import translation

from example_project.accounts.models import User
from example_project.integrations import frontend, hub

#: The most requested providers; a session with one opens its form instead of the list.
SHORTCUTS = [("bamboohr", "BambooHR"), ("greenhouse", "Greenhouse")]


@login_required
def integrations_with_react(request: HttpRequest) -> HttpResponse:
    """The shipped page made with React; where it was not built, a page says so (503).

    Its scripts speak English, so the page around them does.
    """
    if not isinstance(request.user, User) or request.user.organization is None:
        return render(request, "integrations/no_organization.html")
    build = frontend.build()
    if build is None:
        return render(request, "integrations/not_built.html", status=503)
    context = {
        "build": build,
        "api": reverse("stackone_connect:connect-sessions").removesuffix("connect-sessions/"),
        "allow_multiple": settings.STACKONE_CONNECT.get("ALLOW_MULTIPLE", False),
        "hub_servers": hub.servers(),
        "shortcuts": json.dumps(SHORTCUTS),
    }
    with translation.override("en"):
        return render(request, "integrations/react.html", context)

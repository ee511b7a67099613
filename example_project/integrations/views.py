"""The page on which a member connects the organization's accounts: plain, and made with React."""

from __future__ import annotations

import json

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from example_project.accounts.models import User
from example_project.integrations import frontend, hub

#: Providers our customers ask for most; a session with one opens at its form, not at the list.
SHORTCUTS = [("bamboohr", "BambooHR"), ("greenhouse", "Greenhouse")]


@login_required
def integrations(request: HttpRequest) -> HttpResponse:
    """What it lists comes from the JSON API; a user without organization gets a sentence."""
    if not isinstance(request.user, User) or request.user.organization is None:
        return render(request, "integrations/no_organization.html")
    context = {
        "hub_script": hub.script_url(),
        "hub_servers": hub.servers(),
        "shortcuts": SHORTCUTS,
    }
    return render(request, "integrations/integrations.html", context)


@login_required
def integrations_with_react(request: HttpRequest) -> HttpResponse:
    """The same page made with React; where it was not built, a sentence says so (503)."""
    if not isinstance(request.user, User) or request.user.organization is None:
        return render(request, "integrations/no_organization.html")
    build = frontend.build()
    if build is None:
        return render(request, "integrations/not_built.html", status=503)
    context = {
        "build": build,
        "hub_servers": hub.servers(),
        "shortcuts": json.dumps(SHORTCUTS),
    }
    return render(request, "integrations/react.html", context)

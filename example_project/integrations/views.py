"""The page on which a member connects the organization's accounts."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from example_project.integrations import hub


@login_required
def integrations(request: HttpRequest) -> HttpResponse:
    """Everything on it comes from the JSON API; a user without organization gets a sentence."""
    if getattr(request.user, "organization_id", None) is None:
        return render(request, "integrations/no_organization.html")
    context = {"hub_script": hub.script_url(), "hub_attributes": hub.attributes()}
    return render(request, "integrations/integrations.html", context)

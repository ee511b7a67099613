"""The demo's split screen: the customer's page beside the switches of the sandbox."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from example_project.security import HEADER, policy


@login_required
def split_screen(request: HttpRequest) -> HttpResponse:
    """Two frames of this site, which works without the script, too.

    With it, the left one is read again after something was pressed in the right one.
    """
    response = render(request, "demo.html")
    response[HEADER] = policy(has_frames=True)
    return response

"""Which of the user's teams a request acts for. A team the user is not in is as none."""

from __future__ import annotations

from django.http import HttpRequest

from tests.shapes.hosts.teams.models import Team


def from_session(request: HttpRequest) -> Team | None:
    return _own_team(request, request.session.get("team_id", ""))


def from_header(request: HttpRequest) -> Team | None:
    return _own_team(request, request.headers.get("X-Team", ""))


def from_url(request: HttpRequest) -> Team | None:
    """Mounted with ``path("teams/<int:team>/stackone/", include("stackone_connect.urls"))``."""
    match = request.resolver_match
    return _own_team(request, match.kwargs.get("team", "") if match else "")


def _own_team(request: HttpRequest, team_id: int | str) -> Team | None:
    try:
        return Team.objects.filter(pk=team_id, membership__user=request.user.pk).first()
    except ValueError:
        return None  # no number, or one of thousands of digits

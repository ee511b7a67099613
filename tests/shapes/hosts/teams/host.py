"""The core suite's adapters: the same teams, told by session, by header or by the address."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db.models import Model

from tests.shapes.core.host import Host
from tests.shapes.hosts.teams.models import Membership


class TeamsBySession(Host):
    def move(self, user: Any, organization: Any) -> None:
        Membership.objects.filter(user=user).delete()
        Membership.objects.create(user=user, team=organization)

    def session_of(self, organization: Model | None) -> Mapping[str, object]:
        return {} if organization is None else {"team_id": organization.pk}


class TeamsByHeader(TeamsBySession):
    def headers_of(self, user: Any, organization: Model | None) -> dict[str, str]:
        from rest_framework.authtoken.models import Token  # installed in this shape only

        token, _ = Token.objects.get_or_create(user=user)
        headers = {"Authorization": f"Token {token.key}"}
        return headers if organization is None else {**headers, "X-Team": str(organization.pk)}


class TeamsByUrl(TeamsBySession):
    def session_of(self, organization: Model | None) -> Mapping[str, object]:
        return {}

    def mount_of(self, organization: Model | None) -> str:
        return f"/teams/{organization.pk if organization else 0}/stackone/"

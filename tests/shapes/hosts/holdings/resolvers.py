"""The customer that a user's team is. A closed one may connect nothing any more."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest

from tests.shapes.hosts.holdings.models import Customer


def customer(request: HttpRequest) -> Customer | None:
    user: Any = request.user
    return Customer.all_objects.filter(pk=user.team_id, is_closed=False).first()

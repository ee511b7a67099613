"""This shape is what it says: no default of REST framework is left as it was."""

from __future__ import annotations

import json
from collections.abc import Mapping

import pytest
from django.test import Client
from rest_framework.settings import DEFAULTS, api_settings

#: The one thing our views take from the host.
TAKEN = {"DEFAULT_AUTHENTICATION_CLASSES"}


ALL: Mapping[str, object] = DEFAULTS


@pytest.mark.parametrize("name", sorted(set(DEFAULTS) - TAKEN))
def test_the_host_changed_this_default(name: str) -> None:
    assert api_settings.user_settings.get(name, ALL[name]) != ALL[name]


def test_the_hosts_own_views_follow_its_habits() -> None:
    answer = Client().get("/v9/host/", headers={"Accept": "application/json"})
    assert answer.status_code == 418
    assert answer.headers["Content-Type"] == "application/vnd.host+json; charset=utf-16"
    assert json.loads(answer.content.decode("utf-16")) == {"problemType": "NotAuthenticated"}

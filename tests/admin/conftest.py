"""What several files here need."""

from __future__ import annotations

import pytest
from pytest_django import Settings


@pytest.fixture
def several_projects(settings: Settings) -> None:
    """Two StackOne projects, ``eu`` and ``us``."""
    shared = {k: v for k, v in settings.STACKONE_CONNECT.items() if k != "API_KEY"}
    settings.STACKONE_CONNECT = {
        **shared,
        "PROJECTS": {"eu": {"API_KEY": "key-eu"}, "us": {"API_KEY": "key-us"}},
        "PROJECT_OF": lambda organization: "eu",
    }

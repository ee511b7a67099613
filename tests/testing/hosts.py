"""Host projects' addresses, made for one test."""

from __future__ import annotations

from types import ModuleType
from typing import Any

from django.urls import URLPattern, URLResolver


def mounted(*urlpatterns: URLPattern | URLResolver) -> Any:
    """A ``ROOT_URLCONF``."""
    module = ModuleType("tests.testing.made_urls")
    vars(module)["urlpatterns"] = list(urlpatterns)
    return module

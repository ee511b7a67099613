"""The Django app."""

from __future__ import annotations

from django.apps import AppConfig, apps
from django.utils.translation import gettext_lazy as _


class StackOneConnectConfig(AppConfig):
    """Add ``"stackone_connect"`` to ``INSTALLED_APPS``."""

    name = "stackone_connect"
    label = "stackone_connect"
    verbose_name = _("StackOne")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Register the system checks and, where drf-spectacular is installed, our OpenAPI."""
        from stackone_connect import checks  # noqa: F401

        if apps.is_installed("drf_spectacular"):
            from stackone_connect.contrib import spectacular  # noqa: F401

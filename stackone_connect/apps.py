"""The Django app."""

from __future__ import annotations

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class StackOneConnectConfig(AppConfig):
    """Add ``"stackone_connect"`` to ``INSTALLED_APPS``."""

    name = "stackone_connect"
    label = "stackone_connect"
    verbose_name = _("StackOne")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Register the system checks."""
        from stackone_connect import checks  # noqa: F401

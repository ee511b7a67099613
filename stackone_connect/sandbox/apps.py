"""The sandbox as a Django app."""

from __future__ import annotations

import logging

from django.apps import AppConfig


class SandboxConfig(AppConfig):
    name = "stackone_connect.sandbox"
    label = "stackone_sandbox"
    verbose_name = "StackOne sandbox"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from stackone_connect.sandbox import checks  # noqa: F401  (registers itself)
        from stackone_connect.sandbox.access_log import SandboxQueryFilter

        logging.getLogger("django.server").addFilter(SandboxQueryFilter())

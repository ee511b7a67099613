"""Everything a host mounts: ``path("api/stackone/", include("stackone_connect.urls"))``."""

from __future__ import annotations

from stackone_connect.api.urls import urlpatterns

app_name = "stackone_connect"

__all__ = ["app_name", "urlpatterns"]

"""Everything a host mounts: ``path("api/stackone/", include("stackone_connect.urls"))``."""

from __future__ import annotations

from stackone_connect.api.urls import urlpatterns as api
from stackone_connect.webhooks.urls import urlpatterns as webhooks

app_name = "stackone_connect"

# Events come most often, so their address is looked for first.
urlpatterns = [*webhooks, *api]

"""The webhook's addresses, for StackOne's dashboard, found with and without their last slash.

Where there are several StackOne projects, ``webhooks/<project>/`` takes that one's secrets alone.
"""

from __future__ import annotations

from stackone_connect.api.base import app_path
from stackone_connect.webhooks.views import webhook

app_name = "stackone_connect"

urlpatterns = [
    app_path("webhooks/", webhook, name="webhooks"),
    app_path("webhooks/<stackone_text:project>/", webhook, name="project-webhooks"),
]

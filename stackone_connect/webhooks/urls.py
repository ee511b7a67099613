"""The webhook's address, for StackOne's dashboard."""

from __future__ import annotations

from django.urls import path

from stackone_connect.webhooks.views import webhook

app_name = "stackone_connect"

urlpatterns = [path("webhooks/", webhook, name="webhooks")]

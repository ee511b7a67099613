"""The pages' addresses: ``path("integrations/", include("stackone_connect.pages.urls"))``.

They capture nothing themselves, so that what the host's address captures above them stays whole.
"""

from __future__ import annotations

from django.urls import path

from stackone_connect.pages import views

app_name = "stackone_pages"

urlpatterns = [
    path("", views.IntegrationsPage.as_view(), name="integrations"),
    path("activity/", views.ActivityPage.as_view(), name="activity"),
    path("connect/", views.ConnectPage.as_view(), name="connect"),
    path("rename/", views.RenamePage.as_view(), name="rename"),
    path("disconnect/", views.DisconnectPage.as_view(), name="disconnect"),
    path("logos/", views.LogosView.as_view(), name="logos"),
]

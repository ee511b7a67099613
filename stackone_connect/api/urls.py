"""The API's addresses. Ids are taken as any path, so that a malformed one is answered in JSON."""

from __future__ import annotations

from django.urls import path

from stackone_connect.api import views

app_name = "stackone_connect"

urlpatterns = [
    path("connect-sessions/", views.ConnectSessionsView.as_view(), name="connect-sessions"),
    path(
        "connect-sessions/<path:session_id>/complete/",
        views.CompletionView.as_view(),
        name="complete",
    ),
    path(
        "connect-sessions/<path:session_id>/",
        views.ConnectSessionView.as_view(),
        name="connect-session",
    ),
    path("accounts/", views.AccountsView.as_view(), name="accounts"),
    path("accounts/<path:account_id>/", views.AccountView.as_view(), name="account"),
]

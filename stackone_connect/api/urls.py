"""The API's addresses, each found with and without its last slash."""

from __future__ import annotations

from stackone_connect.api import views
from stackone_connect.api.base import app_path

_SESSION = "connect-sessions/<stackone_text:session_id>"
_ACCOUNT = "accounts/<stackone_text:account_id>"

app_name = "stackone_connect"

urlpatterns = [
    app_path("connect-sessions/", views.ConnectSessionsView.as_view(), name="connect-sessions"),
    app_path(f"{_SESSION}/complete/", views.CompletionView.as_view(), name="complete"),
    app_path(f"{_SESSION}/", views.ConnectSessionView.as_view(), name="connect-session"),
    app_path("accounts/", views.AccountsView.as_view(), name="accounts"),
    app_path(f"{_ACCOUNT}/", views.AccountView.as_view(), name="account"),
]

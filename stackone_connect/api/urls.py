"""The API's addresses. Any text is taken for an id, so that a malformed one is answered in JSON."""

from __future__ import annotations

from django.urls import path, register_converter

from stackone_connect.api import views


class _AnyText:
    """All that can stand in an address: also nothing and line breaks, unlike Django's ``path``."""

    regex = r"(?:.|\n)*"

    def to_python(self, value: str) -> str:
        return value

    def to_url(self, value: object) -> str:
        return str(value)


register_converter(_AnyText, "stackone_text")

app_name = "stackone_connect"

urlpatterns = [
    path("connect-sessions/", views.ConnectSessionsView.as_view(), name="connect-sessions"),
    path(
        "connect-sessions/<stackone_text:session_id>/complete/",
        views.CompletionView.as_view(),
        name="complete",
    ),
    path(
        "connect-sessions/<stackone_text:session_id>/",
        views.ConnectSessionView.as_view(),
        name="connect-session",
    ),
    path("accounts/", views.AccountsView.as_view(), name="accounts"),
    path("accounts/<stackone_text:account_id>/", views.AccountView.as_view(), name="account"),
]

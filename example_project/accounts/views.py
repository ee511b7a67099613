"""Signing in."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib.auth.views import LoginView

from example_project.accounts.demo import MEMBERS, PASSWORD


class SignInView(LoginView):
    """The sign-in form; in development with a button for each member of the demo."""

    redirect_authenticated_user = True

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context = super().get_context_data(**kwargs)
        if settings.DEBUG:
            context |= {"members": MEMBERS.items(), "password": PASSWORD}
        return context

"""What the pages share: who is asking, whether they may, for whom, and what goes wrong."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.db import models
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.views import View
from django.views.decorators.cache import cache_control
from django.views.decorators.csrf import csrf_protect

from stackone_connect import conf, tenancy
from stackone_connect.api.errors import STATUSES, misconfigured
from stackone_connect.conf.settings import Settings
from stackone_connect.decorators import outside_transactions
from stackone_connect.exceptions import (
    ConfigurationError,
    NoOrganizationError,
    StackOneConnectError,
    StackOneMisconfiguredError,
)
from stackone_connect.pages import access
from stackone_connect.pages.addresses import BACK, DONE


class Page(View):
    """A page for the signed-in user's organization, outside of any request transaction.

    ``action`` is the key of ``PERMISSION_CLASSES`` that decides who may open it.
    """

    action: ClassVar[str] = "read"
    http_method_names = ("get", "head", "post", "options")

    organization: models.Model

    @classmethod
    def as_view(cls, **initkwargs: Any) -> Callable[..., HttpResponseBase]:
        """The view. No cache may keep what it answers."""
        view = csrf_protect(super().as_view(**initkwargs))
        return outside_transactions(cache_control(private=True, no_store=True)(view))

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """The page; the way to sign in; or why there is none."""
        try:
            if not access.may(request, self.action):
                return self._refused()
            self.organization = tenancy.organization_for(request)
        except NoOrganizationError:
            if not access.is_signed_in(request):
                return self._refused()
            return self.render("no_organization.html", status=403)
        except ConfigurationError as error:
            misconfigured(error)  # for its log line
            detail = StackOneMisconfiguredError.default_detail
            return self.render("trouble.html", {"detail": detail}, status=502)
        # The host's captured arguments are the resolver's business.
        return super().dispatch(request)

    def _refused(self) -> HttpResponse:
        if access.is_signed_in(self.request):
            raise PermissionDenied
        return redirect_to_login(self.request.get_full_path())

    def render(
        self, template: str, context: dict[str, Any] | None = None, *, status: int = 200
    ) -> HttpResponse:
        """One of our templates, in the host's base."""
        # The request too, which a host without an admin need not have a context processor for.
        values = {"stackone_base": _base(), "back": self.back, "request": self.request}
        values |= context or {}
        return render(self.request, f"stackone_connect/{template}", values, status=status)

    @property
    def index(self) -> str:
        """The address of the Integrations page, below whatever the host's address captures."""
        match = self.request.resolver_match
        assert match is not None  # noqa: S101 - a view has been resolved
        name = f"{match.namespace}:integrations"
        return reverse(name, args=match.args or None, kwargs=match.kwargs or None)

    @property
    def back(self) -> str:
        """Where to go afterwards: the page that the browser came from, if it is this site's."""
        given = self.request.POST.get(BACK) or self.request.GET.get(BACK) or ""
        is_ours = url_has_allowed_host_and_scheme(
            given, {self.request.get_host()}, require_https=self.request.is_secure()
        )
        return given if is_ours else self.index

    def done(self, account_id: str) -> HttpResponse:
        """Back to the page, which says what was done to the account."""
        parts = urlsplit(self.back)
        query = [pair for pair in parse_qsl(parts.query) if pair[0] != DONE]
        query.append((DONE, account_id))
        return HttpResponseRedirect(urlunsplit(parts._replace(query=urlencode(query))))


def status_of(error: StackOneConnectError) -> int:
    """The HTTP status of an error, as the API answers it."""
    return STATUSES[error.code]


def _base() -> str:
    try:
        return conf.read().pages_base_template
    except ConfigurationError:
        return Settings.pages_base_template

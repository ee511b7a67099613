"""What our views share: all but authentication is ours, so that no host default changes them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

from django.db import connections, models, transaction
from django.http.response import HttpResponseBase
from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import NotAuthenticated
from rest_framework.permissions import BasePermission
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.settings import api_settings
from rest_framework.views import APIView

from stackone_connect import conf, tenancy
from stackone_connect.api import errors
from stackone_connect.api.wire import JSONOnlyNegotiation, PlainJSONRenderer, StrictJSONParser
from stackone_connect.conf.rules import as_list
from stackone_connect.exceptions import InvalidRequestError, NoOrganizationError

_ACTS = {"POST": "connect", "DELETE": "disconnect"}


class StackOneView(APIView):
    """A JSON view for the signed-in user's organization, outside of any request transaction."""

    parser_classes = (StrictJSONParser,)
    renderer_classes = (PlainJSONRenderer,)
    content_negotiation_class = JSONOnlyNegotiation
    throttle_classes = ()
    versioning_class = None
    metadata_class = None

    @classmethod
    def as_view(cls, **initkwargs: Any) -> Callable[..., HttpResponseBase]:  # type: ignore[override]
        """The view, opted out of ``ATOMIC_REQUESTS`` on every database: it calls StackOne."""
        view = super().as_view(**initkwargs)
        for alias in connections:
            view = transaction.non_atomic_requests(using=alias)(view)
        return view

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """Who is asking and whether they may; and that a body says how long it is.

        Django takes a body without a length for an empty one, so its fields would be ignored.
        """
        super().initial(request, *args, **kwargs)
        if "Transfer-Encoding" in request.headers and "Content-Length" not in request.headers:
            raise InvalidRequestError({"non_field_errors": ["Send a Content-Length."]})

    def get_authenticators(self) -> list[BaseAuthentication]:
        """The host's own, read when used."""
        return [kind() for kind in cast(Any, api_settings).DEFAULT_AUTHENTICATION_CLASSES]

    def get_permissions(self) -> list[BasePermission]:
        """By the kind of act: reading, connecting, disconnecting."""
        method = self.request.method or ""
        given = conf.read().permission_classes[_ACTS.get(method, "read")]
        return [conf.resolve(permission)() for permission in as_list(given)]

    def organization(self) -> models.Model:
        """Whom this request acts for."""
        try:
            return tenancy.organization_for(self.request._request)
        except NoOrganizationError:
            if self.user() is None:
                raise NotAuthenticated from None
            raise

    def user(self) -> Any:
        """The signed-in user, or ``None``."""
        user: Any = self.request.user
        return user if user is not None and user.is_authenticated else None

    def handle_exception(self, exc: Exception) -> Response:
        """Our answer to an error; what is not for the browser goes on to Django."""
        response = errors.answer(exc, authenticate=self._authenticate_header())
        if response is None:
            raise exc
        return response

    def finalize_response(
        self, request: Request, response: Response, *args: Any, **kwargs: Any
    ) -> Response:
        """No answer of ours is anybody else's, or worth keeping."""
        final = super().finalize_response(request, response, *args, **kwargs)
        final["Cache-Control"] = "no-store"
        return final

    def _authenticate_header(self) -> str | None:
        return self.get_authenticate_header(self.request)

"""Our addresses and our views, the same whatever the host's settings and addresses are."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import wraps
from typing import Any, ClassVar, cast

from django.db import models
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.urls import URLPattern, register_converter
from django.urls.resolvers import RoutePattern
from django.views.decorators.cache import cache_control
from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import NotAcceptable, NotAuthenticated
from rest_framework.negotiation import DefaultContentNegotiation
from rest_framework.permissions import BasePermission
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.settings import api_settings
from rest_framework.views import APIView

from stackone_connect import conf, database_errors, tenancy
from stackone_connect.api import errors
from stackone_connect.api.parsing import StackOneRequest, StrictJSONParser
from stackone_connect.api.serializers import PlainJSONRenderer
from stackone_connect.conf.rules import as_list
from stackone_connect.decorators import outside_transactions
from stackone_connect.exceptions import ConfigurationError, NoOrganizationError

#: Before our captured arguments in ``resolver_match``. Of two by one name only the inner is kept
#: there, and a resolver needs the one that the host's address captured.
PREFIX = "stackone_"

_PERMISSION_KEYS = {"POST": "connect", "PATCH": "connect", "DELETE": "disconnect"}


class _AnyText:
    """Everything that an address can hold, also nothing and line breaks, unlike Django's ``path``.

    So that the response to a malformed id is JSON, too.
    """

    regex = r"(?:.|\n)*"

    def to_python(self, value: str) -> str:
        return value

    def to_url(self, value: object) -> str:
        return str(value)


register_converter(_AnyText, "stackone_text")


class _AppRoute(RoutePattern):
    """A route that is found without its last slash too, and what it captures has our prefix.

    A redirect to the slash would lose a request's body.
    """

    def match(self, path: str) -> tuple[str, tuple[Any, ...], dict[str, Any]] | None:
        found = super().match(path) or (None if path.endswith("/") else super().match(f"{path}/"))
        if not found:
            return None
        rest, args, kwargs = found
        return rest, args, {f"{PREFIX}{name}": value for name, value in kwargs.items()}


def app_path(
    route: str, view: Callable[..., HttpResponseBase], name: str | None = None
) -> URLPattern:
    """As Django's ``path``; the view gets what it captures with :data:`PREFIX`."""
    return URLPattern(_AppRoute(route, name=name, is_endpoint=True), view, {}, name)


class _JSONOnly(DefaultContentNegotiation):
    """By the Accept header alone: no ``?format=``, whatever the host calls that parameter."""

    def select_renderer(
        self,
        request: Request,
        renderers: Iterable[BaseRenderer],
        format_suffix: str | None = None,
    ) -> tuple[BaseRenderer, str]:
        """The JSON renderer if the caller accepts JSON."""
        renderer = next(iter(renderers))
        for accepted in self.get_accept_list(request):
            media_type = accepted.partition(";")[0].strip().lower()
            if media_type in ("application/json", "application/*", "*/*"):
                return renderer, renderer.media_type or ""
        raise NotAcceptable(available_renderers=list(renderers))


class StackOneView(APIView):
    """A JSON view for the signed-in user's organization, outside of any request transaction.

    Addresses may have arguments of the host's above ours. The handlers get ``captures`` alone,
    which are our own; ``self.kwargs``, where the host's permission classes look, has all.
    """

    parser_classes = (StrictJSONParser,)
    renderer_classes = (PlainJSONRenderer,)
    content_negotiation_class = _JSONOnly
    throttle_classes = ()
    versioning_class = None
    metadata_class = None
    captures: ClassVar[tuple[str, ...]] = ()

    #: The signed-in user, or ``None``.
    user: Any
    #: Whom the request acts for.
    organization: models.Model

    @classmethod
    def as_view(  # type: ignore[override]  # REST framework's own type is narrower
        cls, **initkwargs: Any
    ) -> Callable[..., HttpResponseBase]:
        """The view, outside of transactions. No cache may keep its responses."""
        inner = cache_control(no_store=True)(super().as_view(**initkwargs))

        @wraps(inner)
        def view(request: HttpRequest, /, *_: Any, **captured: Any) -> HttpResponseBase:
            # Without the prefix where a host gives one of these views an address of its own.
            own = {n: captured.get(f"{PREFIX}{n}", captured.get(n, "")) for n in cls.captures}
            # Where the host has Django's cache of whole pages, releases up to 5.2.0 and some after
            # keep what says no more than no-store, and answer another's request with it.
            request._cache_update_cache = False  # type: ignore[attr-defined]  # Django's own way
            try:
                return inner(request, **own)
            except ConfigurationError as error:
                return errors.misconfigured(error)
            except database_errors.Error as error:
                return errors.unavailable(error)

        return outside_transactions(view)

    def initialize_request(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Request:
        """As REST framework does it, with a request that reads bodies of any kind."""
        return StackOneRequest(
            request,
            parsers=self.get_parsers(),
            authenticators=self.get_authenticators(),
            negotiator=self.get_content_negotiator(),
            parser_context=self.get_parser_context(request),
        )

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """Who is asking, whether they may, and for whom."""
        match = request._request.resolver_match
        if match is not None:
            self.args, self.kwargs = match.args, match.kwargs
        super().initial(request, *args, **kwargs)
        user: Any = request.user
        self.user = user if getattr(user, "is_authenticated", False) else None
        # A method that is not served is refused as that, to those without an organization too.
        if request.method != "OPTIONS" and request.method in self.allowed_methods:
            self.organization = self.find_organization()

    def find_organization(self) -> models.Model:
        """The organization that the host's resolver gives for this request."""
        try:
            return tenancy.organization_for(self.request._request)
        except NoOrganizationError:
            if self.user is None:
                raise NotAuthenticated from None
            raise

    def get_authenticators(self) -> list[BaseAuthentication]:
        """Those of ``AUTHENTICATION_CLASSES``, else the host's own; read when used."""
        given = conf.read().authentication_classes
        if given is None:
            given = cast(Any, api_settings).DEFAULT_AUTHENTICATION_CLASSES
        return [
            conf.make(kind, method="authenticate", key="AUTHENTICATION_CLASSES") for kind in given
        ]

    def get_permissions(self) -> list[BasePermission]:
        """Those of ``PERMISSION_CLASSES`` for reading, connecting or disconnecting."""
        method = self.request.method or ""
        given = conf.read().permission_classes[_PERMISSION_KEYS.get(method, "read")]
        return [
            conf.make(kind, method="has_permission", key="PERMISSION_CLASSES")
            for kind in as_list(given)
        ]

    def check_permissions(self, request: Request) -> None:
        """Refuse who may not, and principals that do not say whether they are signed in."""
        try:
            super().check_permissions(request)
        except AttributeError:
            # A principal of the host's own kind; REST framework's IsAuthenticated asks it.
            user: Any = request.user
            if user is None or hasattr(user, "is_authenticated"):
                raise
            self.permission_denied(request)

    def handle_exception(self, exc: Exception) -> Response:
        """Our response to an error; what is not for the browser is raised again, for Django."""
        response = errors.error_response(
            exc, authenticate=self.get_authenticate_header(self.request)
        )
        if response is None:
            raise exc
        return response

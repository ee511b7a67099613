"""Whether the person at the browser may do something, by the host's ``PERMISSION_CLASSES``."""

from __future__ import annotations

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest
from rest_framework.exceptions import APIException
from rest_framework.request import Request, clone_request

from stackone_connect import conf
from stackone_connect.api.base import StackOneView
from stackone_connect.conf.rules import as_list

#: The method with which the API does it, since permission classes may look at that.
_METHODS = {"read": "GET", "connect": "POST", "disconnect": "DELETE"}


def is_signed_in(request: HttpRequest) -> bool:
    """Whether Django knows who is at the browser."""
    return bool(getattr(getattr(request, "user", None), "is_authenticated", False))


def may(request: HttpRequest, action: str) -> bool:
    """Whether the API would let the signed-in user read, connect or disconnect."""
    asked = Request(request)
    asked.user = request.user
    asked = clone_request(asked, _METHODS[action])
    view = StackOneView()
    view.request, view.user, view.format_kwarg = asked, request.user, None
    match = request.resolver_match
    view.args, view.kwargs = (match.args, match.kwargs) if match else ((), {})
    return all(
        _allows(kind, asked, view) for kind in as_list(conf.read().permission_classes[action])
    )


def _allows(kind: conf.CallableOrPath, asked: Request, view: StackOneView) -> bool:
    permission = conf.make(kind, method="has_permission", key="PERMISSION_CLASSES")
    try:
        return bool(permission.has_permission(asked, view))
    except (APIException, PermissionDenied):
        return False

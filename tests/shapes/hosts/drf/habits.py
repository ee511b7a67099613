"""A host's REST framework defaults: each of these would change our responses if it could."""

from __future__ import annotations

import json
from typing import Any

from rest_framework.metadata import BaseMetadata
from rest_framework.negotiation import BaseContentNegotiation
from rest_framework.permissions import BasePermission
from rest_framework.renderers import BaseRenderer
from rest_framework.response import Response
from rest_framework.throttling import BaseThrottle


class CamelCaseRenderer(BaseRenderer):
    media_type = "application/vnd.host+json"
    format = "json"
    charset = "utf-16"

    def render(
        self, data: Any, accepted_media_type: str | None = None, renderer_context: Any = None
    ) -> bytes:
        return json.dumps(_camel(data), indent=4).encode("utf-16")


def _camel(data: Any) -> Any:
    if isinstance(data, dict):
        return {_camel_name(str(key)): _camel(value) for key, value in data.items()}
    if isinstance(data, list):
        return [_camel(item) for item in data]
    return data


def _camel_name(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(word.capitalize() for word in rest)


class Nobody(BasePermission):
    def has_permission(self, request: Any, view: Any) -> bool:
        return False


class NeverAgain(BaseThrottle):
    def allow_request(self, request: Any, view: Any) -> bool:
        return False


class FirstRenderer(BaseContentNegotiation):
    """Takes no notice of the Accept header."""

    def select_parser(self, request: Any, parsers: Any) -> Any:
        return parsers[0]

    def select_renderer(self, request: Any, renderers: Any, format_suffix: Any = None) -> Any:
        return renderers[0], renderers[0].media_type


class NoMetadata(BaseMetadata):
    def determine_metadata(self, request: Any, view: Any) -> dict[str, str]:
        return {"host": "says nothing"}


def problem(error: Exception, context: Any) -> Response:
    """Every error as 418."""
    return Response({"problem_type": type(error).__name__}, status=418)


def nothing() -> str:
    return "no token"


def view_name(view: Any) -> str:
    return "A view"


def view_description(view: Any, html: bool = False) -> str:
    return "Of the host"


def always(request: Any) -> bool:
    return True

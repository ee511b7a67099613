"""The webhook in the schema: a hook for drf-spectacular, which sees REST framework's views alone.

A host whose schema should have it puts the hook into its settings; browsers never call it::

    SPECTACULAR_SETTINGS = {
        "POSTPROCESSING_HOOKS": [
            "drf_spectacular.hooks.postprocess_schema_enums",
            "stackone_connect.contrib.openapi_webhooks.add_webhooks",
        ],
    }
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable
from typing import Any

from drf_spectacular.generators import EndpointEnumerator, SchemaGenerator

from stackone_connect.api.errors import STATUSES as API_STATUSES
from stackone_connect.contrib.openapi_components import TEXT, Schema
from stackone_connect.contrib.openapi_operations import captured, json_content
from stackone_connect.webhooks.views import STATUSES, webhook

_MISCONFIGURED = "stackone_misconfigured"
_SENTENCES = {
    200: "Verified. Events that are not about accounts are ignored: passed on, and not stored.",
    400: "Signed, but nothing that can be understood; or the body could not be read whole.",
    401: "None of the secrets signed this body.",
    404: "No secret is set for this address.",
    413: "The body is larger than 1 MiB.",
    502: "A setting can't be used.",
}


class _WebhookEnumerator(EndpointEnumerator):
    """Finds the webhook's addresses, wherever and however often it is mounted."""

    def should_include_endpoint(self, path: str, callback: Callable[..., Any]) -> bool:
        return callback is webhook

    def get_allowed_methods(self, callback: Callable[..., Any]) -> list[str]:
        return ["POST"]


def add_webhooks(result: dict[str, Any], generator: SchemaGenerator, **_: Any) -> dict[str, Any]:
    """The schema with ``POST webhooks/`` and ``webhooks/{project}/``; a postprocessing hook."""
    enumerator: Any = _WebhookEnumerator(generator.patterns, generator.urlconf)
    mounts: Counter[str] = Counter()
    for path, route, *_rest in enumerator.get_api_endpoints():
        name = "project_webhooks" if path.endswith("/{project}/") else "webhooks"
        mounts[name] += 1
        number = f"_{mounts[name]}" if mounts[name] > 1 else ""
        result["paths"][path] = {"post": _operation(f"{name}{number}", path, route)}
    return result


def _operation(name: str, path: str, route: str) -> Schema:
    codes: dict[int, list[str]] = defaultdict(list)
    for code, status in {**STATUSES, _MISCONFIGURED: API_STATUSES[_MISCONFIGURED]}.items():
        codes[status].append(code)
    received = {"status": {"type": "string", "enum": ["accepted", "duplicate", "ignored"]}}
    return {
        "operationId": f"stackone_{name}",
        "summary": "An event of StackOne's",
        "tags": ["StackOne"],
        "parameters": [
            *captured(path, route),
            {
                "name": "x-stackone-signature",
                "in": "header",
                "required": True,
                "schema": TEXT,
                "description": "HMAC-SHA256 of the raw body in base64url, by a webhook secret.",
            },
        ],
        "requestBody": {
            "required": True,
            "content": json_content(
                {"type": "object", "properties": {"event": TEXT}, "required": ["event"]}
            ),
        },
        "responses": {
            "200": _response(200, received),
            **{
                str(status): _response(
                    status, {"code": {"type": "string", "enum": codes[status]}, "detail": TEXT}
                )
                for status in sorted(codes)
            },
        },
        "security": [],
    }


def _response(status: int, properties: dict[str, Schema]) -> Schema:
    schema = {"type": "object", "properties": properties, "required": list(properties)}
    return {"description": _SENTENCES[status], "content": json_content(schema)}

"""The platform API's connector profiles (StackOne notes §1.5): one for each connector."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, JsonResponse

from stackone_connect.sandbox.catalogue import CONNECTORS, Connector
from stackone_connect.sandbox.paging import page_of

#: The catalogue is code, so its profiles never change.
_SINCE = "2026-01-01T00:00:00.000Z"


def list_profiles(request: HttpRequest, project: str) -> HttpResponse:
    """``GET /connector_profiles``: ``{data, page, page_size, total}``, by key and ``enabled``.

    Every project has the same.
    """
    page = page_of(request)
    key, enabled = request.GET.get("connector_key"), request.GET.get("enabled")
    found = [
        _profile(connector)
        for connector in CONNECTORS
        if key in {None, connector.provider}
        and enabled in {None, "true" if connector.active else "false"}
    ]
    start = (page.number - 1) * page.size
    data = found[start : start + page.size]
    return JsonResponse(
        {"data": data, "page": page.number, "page_size": page.size, "total": len(found)}
    )


def _profile(connector: Connector) -> dict[str, object]:
    return {
        "id": connector.integration_id,
        "name": connector.name,
        "connector_key": connector.provider,
        "connector_label": connector.name,
        "connector_version": connector.version,
        "authentication_config_key": connector.auth_config_key,
        "environment": connector.environment,
        "active": connector.active,
        "default": True,
        "categories": list(connector.categories),
        "release_stage": "ga",
        "logo_url": connector.logo,
        "created_at": _SINCE,
        "updated_at": _SINCE,
    }

"""The settings with which the host's client calls the sandbox."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.conf import settings

from stackone_connect.testing import _deliveries, _in_process

API_KEY = "sandbox-key"


def overrides() -> dict[str, Any]:
    """Settings by name. The rest of ``STACKONE_CONNECT`` stays the host's.

    The host's API keys are replaced, so that a real key is never used.
    """
    host: dict[str, Any] = settings.STACKONE_CONNECT
    projects: Mapping[str, Mapping[str, Any]] | None = host.get("PROJECTS")
    ours: dict[str, Any] = {}
    if projects:
        ours["PROJECTS"] = {
            name: {**values, **_access(_key_of(name), _secret_of(name))}
            for name, values in projects.items()
        }
        # With projects the top-level keys are unused, unless the host sets them.
        ours |= {key: value for key, value in _access(API_KEY, "").items() if key in host}
    else:
        ours = _access(API_KEY, _deliveries.SECRET)
    return {
        "STACKONE_CONNECT": {**host, **ours},
        "STACKONE_SANDBOX": {
            "API_KEYS": {name: [_key_of(name)] for name in projects} if projects else [API_KEY],
            "ALLOW_WITHOUT_DEBUG": True,
            "WEBHOOKS": [
                {"URL": _deliveries.URL, "SECRETS": [_secret_of(name)], "PROJECT": name}
                for name in projects
            ]
            if projects
            else [{"URL": _deliveries.URL, "SECRETS": [_deliveries.SECRET]}],
            # So that neither a large suite nor a changed clock triggers them.
            "RATE_LIMIT": None,
            "TEST_ACCOUNT_LIFETIME": None,
        },
    }


def _access(key: str, secret: str) -> dict[str, Any]:
    return {
        "API_KEY": key,
        "BASE_URL": _in_process.BASE_URL,
        "WEBHOOK_SECRETS": [secret] if secret else [],
    }


def _key_of(project: str) -> str:
    return f"{API_KEY}-{project}"


def _secret_of(project: str) -> str:
    return f"{_deliveries.SECRET}-{project}"

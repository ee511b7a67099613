"""The JSON that StackOne's platform API and hub API respond with."""

from __future__ import annotations

from typing import Any

from stackone_connect.sandbox import conf
from stackone_connect.sandbox.catalogue import BY_PROVIDER, Connector, Field
from stackone_connect.sandbox.forms import MASK
from stackone_connect.sandbox.models import Account, ConnectionAttempt, ConnectSession
from stackone_connect.sandbox.times import iso

#: A text since February 2026, a number before (StackOne notes §1.2).
ORGANIZATION_ID = "1001"
PROJECT_ID = "sandbox-project"

Json = dict[str, Any]


def project_id(project: str) -> str:
    """How StackOne's responses name a project; a single unnamed one gets a fixed id."""
    return PROJECT_ID if project == conf.DEFAULT_PROJECT else project


def session(item: ConnectSession) -> Json:
    """ConnectSession (StackOne notes §1.2): no token, and no expiry, as StackOne."""
    latest = item.attempts.first()
    return {
        "id": item.pk,
        "organization_id": ORGANIZATION_ID,
        "project_id": project_id(item.project),
        "categories": item.categories or None,
        "provider": item.provider or None,
        "origin_owner_id": item.origin_owner_id,
        "origin_owner_name": item.origin_owner_name,
        "origin_username": item.origin_username or None,
        "account_id": item.account_id or None,
        "label": item.label or None,
        "created_at": iso(item.created_at),
        "metadata": item.metadata,
        "external_trigger_token": None,
        "type": item.type,
        "integration_id": item.connector_profile_id or None,
        "connector_profile_id": item.connector_profile_id or None,
        "latest_connection_attempt": None if latest is None else _latest_attempt(latest),
    }


def _latest_attempt(item: ConnectionAttempt) -> Json:
    """Four statuses, the hub knows five (StackOne notes §3.8): unfinished is cancelled."""
    return {
        "id": item.pk,
        "status": ConnectionAttempt.Status.CANCELLED if item.has_expired else item.status,
        "account_secure_id": item.account_id or None,
        "oauth_error_code": item.error_code or None,
        "oauth_error_description": item.error_description or None,
        "created_at": iso(item.created_at),
        "updated_at": iso(item.updated_at),
    }


def account(item: Account) -> Json:
    """LinkedAccount (StackOne notes §1.3); credentials are never shown."""
    connector = BY_PROVIDER[item.provider]
    return {
        "id": item.pk,
        "provider": item.provider,
        "provider_name": connector.name,
        "status": item.status,
        "status_reasons": item.status_reasons,
        "origin_owner_id": item.origin_owner_id,
        "origin_owner_name": item.origin_owner_name,
        "origin_username": item.origin_username or None,
        "credentials": {},
        "setup_information": item.setup,
        "label": item.label or None,
        "created_at": iso(item.created_at),
        "updated_at": iso(item.updated_at),
        "type": item.type,
        "categories": list(connector.categories),
    }


def hub_account(item: Account) -> Json:
    """The values for the hub's edit mode; secrets are masked (StackOne notes §20.1, §20.2)."""
    connector = BY_PROVIDER[item.provider]
    return {
        "secureId": item.pk,
        "provider": item.provider,
        "integrationId": connector.integration_id,
        "setupInformation": item.setup,
        "secrets": {key: f"{MASK}{tail}" for key, tail in item.secret_tails.items()},
        "version": connector.version,
        "authConfigKey": connector.auth_config_key,
        "environment": connector.environment,
    }


def hub_attempt(item: ConnectionAttempt) -> Json:
    error = {"code": item.error_code, "description": item.error_description}
    return {
        "id": item.pk,
        "status": "expired" if item.has_expired else item.status,
        "account": {"id": item.account_id} if item.account_id else None,
        "error": error if item.error_code else None,
    }


def integration(item: Connector) -> Json:
    """An item of the hub's list (StackOne notes §20.1): ``type`` is the first category."""
    return {
        "active": item.active,
        "name": item.name,
        "provider": item.provider,
        "type": item.categories[0],
        "version": item.version,
        "authentication_config_key": item.auth_config_key,
        "environment": item.environment,
        "integration_id": item.integration_id,
        "logo_url": item.logo,
    }


def connector_config(item: Connector) -> Json:
    """A connector's form, in the newer of the hub's two formats (StackOne notes §20.1)."""
    notices = [{"key": "notice", "type": "info", "description": item.notice}]
    config: Json = {
        "key": item.provider,
        "name": item.name,
        "type": item.auth_config_key,
        "configFields": [_field(field) for field in item.fields],
        "configNotices": notices if item.notice else [],
        "assets": {"icon": item.logo},
        "support": {"link": None, "description": item.guide},
    }
    if item.grant != "custom":
        config["grantType"] = item.grant
    return config


def _field(item: Field) -> Json:
    data: Json = {
        "key": item.key,
        "label": item.label,
        "type": item.type,
        "required": item.required,
        "readOnly": False,
        # Exactly false: the hub takes anything else for a secret (StackOne notes §20.2).
        "secret": item.secret,
        "placeholder": item.placeholder,
    }
    if item.description:
        data["description"] = item.description
    if item.options:
        data["options"] = [{"value": value, "label": label} for value, label in item.options]
    if item.validation:
        kind, pattern = item.validation
        data["validation"] = {"type": kind, "pattern": pattern, "error": item.error}
    return data

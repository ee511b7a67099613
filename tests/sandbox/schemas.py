"""StackOne's answers as JSON schemas, restated from StackOne notes §1, §4.

Stricter than a client may be: a field that StackOne doesn't have is a mistake of the sandbox.
"""

from __future__ import annotations

from typing import Any

Schema = dict[str, Any]

TEXT: Schema = {"type": "string"}
FLAG: Schema = {"type": "boolean"}
#: ISO 8601 in UTC with milliseconds, as in every example.
MOMENT: Schema = {"type": "string", "pattern": r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$"}
ANYTHING: Schema = {"type": "object"}
TYPE: Schema = {"enum": ["production", "test"]}
CATEGORY: Schema = {
    "enum": [
        *("ats", "hris", "hris-legacy", "crm", "iam", "marketing", "lms", "stackone"),
        *("documents", "ticketing", "screening", "messaging", "accounting", "scheduling"),
    ]
}


def either(*schemas: Schema) -> Schema:
    return {"anyOf": list(schemas)}


def nullable(schema: Schema) -> Schema:
    return either(schema, {"type": "null"})


def array(items: Schema) -> Schema:
    return {"type": "array", "items": items}


def record(required: dict[str, Schema], optional: dict[str, Schema] | None = None) -> Schema:
    """Optional fields of StackOne's are nullable, too."""
    may = {name: nullable(schema) for name, schema in (optional or {}).items()}
    return {
        "type": "object",
        "properties": required | may,
        "required": list(required),
        "additionalProperties": False,
    }


def texts(*names: str) -> dict[str, Schema]:
    return dict.fromkeys(names, TEXT)


# StackOne notes §1.2
LATEST_CONNECTION_ATTEMPT = record(
    {
        "id": TEXT,
        "created_at": MOMENT,
        "updated_at": MOMENT,
        "status": {"enum": ["pending", "authenticated", "error", "cancelled"]},
    },
    {"account_secure_id": TEXT, "oauth_error_code": TEXT, "oauth_error_description": TEXT},
)
_SESSION = {
    "id": {"type": "integer"},
    "organization_id": {"type": "string", "pattern": "^[0-9]+$"},
    "project_id": TEXT,
    "origin_owner_id": TEXT,
    "origin_owner_name": TEXT,
    "created_at": MOMENT,
}
_SESSION_OPTIONAL = {
    "categories": array(CATEGORY),
    "provider": TEXT,
    "origin_username": TEXT,
    "account_id": TEXT,
    "label": TEXT,
    "metadata": ANYTHING,
    "external_trigger_token": TEXT,
    "type": TYPE,
    "integration_id": TEXT,
    "connector_profile_id": TEXT,
    "latest_connection_attempt": LATEST_CONNECTION_ATTEMPT,
}
CONNECT_SESSION = record(_SESSION, _SESSION_OPTIONAL)
CONNECT_SESSION_TOKEN_AUTH_LINK = record(
    _SESSION
    | {
        # URL-safe: the hub puts it in an address as it is (StackOne notes §20.2).
        "token": {"type": "string", "pattern": "^[A-Za-z0-9._~-]{20,}$"},
        "auth_link_url": {"type": "string", "pattern": r"^https?://[^?]+\?token="},
    },
    _SESSION_OPTIONAL,
)

# StackOne notes §1.3
LINKED_ACCOUNT = record(
    {
        "id": {"type": "string", "pattern": "^[A-Za-z0-9_-]{21}$"},
        "provider": TEXT,
        "status": {"enum": ["active", "inactive", "suspended", "archived", "expired", "error"]},
        "origin_owner_id": TEXT,
        "origin_owner_name": TEXT,
        "created_at": MOMENT,
        "updated_at": MOMENT,
    },
    {
        "provider_name": TEXT,
        "status_reasons": array(record({"timestamp": MOMENT}, {"code": TEXT, "description": TEXT})),
        "origin_username": TEXT,
        "credentials": ANYTHING,
        "setup_information": ANYTHING,
        "label": TEXT,
        "type": TYPE,
        "shared": FLAG,
        "categories": array(CATEGORY),
    },
)
LINKED_ACCOUNTS = array(LINKED_ACCOUNT)

# StackOne notes §1.5
CONNECTOR_PROFILE = record(
    texts("id", "name", "connector_key", "connector_label", "release_stage", "logo_url")
    | {"active": FLAG, "default": FLAG, "categories": array(CATEGORY)}
    | {"created_at": MOMENT, "updated_at": MOMENT},
    texts("environment", "connector_version", "connector_pinned_version", "connector_owner")
    | texts("authentication_config_key", "authentication_config_label"),
)
CONNECTOR_PROFILES = record(
    {
        "data": array(CONNECTOR_PROFILE),
        "page": {"type": "integer"},
        "page_size": {"type": "integer"},
        "total": {"type": "integer"},
    }
)

# StackOne notes §1.6
ERROR = record(
    {"statusCode": {"type": "integer"}, "message": TEXT, "timestamp": MOMENT},
    {"errors": array(TEXT)},
)

# StackOne notes §4.2
ACCOUNT_EVENT = record(
    {
        "project_id": TEXT,
        "event": {"enum": ["account.created", "account.updated", "account.deleted"]},
        "event_date": MOMENT,
        "record_type": {"const": "account"},
        "record_id": either(TEXT, {"type": "integer"}),
        "sent_at": MOMENT,
        "account_id": TEXT,
        "provider": TEXT,
    },
    {
        "origin_owner_id": TEXT,
        "origin_owner_name": TEXT,
        "origin_username": TEXT,
        "setup_information": ANYTHING,
    },
)

# StackOne notes §20.1
HUB_SETTINGS = record({"enabled_features": array(TEXT)}, {"existing_account_id": TEXT})
HUB_CONNECTORS = record(
    {
        "integrations": array(
            record(
                texts("name", "provider", "integration_id", "logo_url")
                | {"active": FLAG, "type": CATEGORY},
                texts("version", "authentication_config_key", "environment"),
            )
        )
    },
    texts("external_trigger_token", "webhooks_url", "events_encoded_context"),
)
_FIELD = record(
    {
        "key": TEXT,
        "label": TEXT,
        "type": {"enum": ["text", "password", "number", "select", "text_area"]},
        "required": FLAG,
        "readOnly": FLAG,
        "secret": FLAG,
        "placeholder": TEXT,
    },
    {
        "description": TEXT,
        "options": array(record({"label": TEXT, "value": TEXT})),
        "validation": record(
            {"type": {"enum": ["html-pattern", "domain"]}, "pattern": TEXT}, {"error": TEXT}
        ),
    },
)
_NOTICE = record(texts("key", "description") | {"type": {"enum": ["info", "warning"]}})
HUB_CONNECTOR = record(
    {
        "config": {
            "type": "object",
            "properties": {
                "key": TEXT,
                "name": TEXT,
                "type": {"enum": ["custom", "oauth2"]},
                "grantType": {"enum": ["authorization_code", "client_credentials"]},
                "configFields": array(_FIELD),
                "configNotices": array(
                    record(
                        {"key": TEXT, "type": {"enum": ["info", "warning"]}, "description": TEXT}
                    )
                ),
                "assets": record({"icon": TEXT}),
                "support": record({}, {"link": TEXT, "description": TEXT}),
            },
            "required": ["key", "name", "type", "configFields", "assets", "support"],
            "additionalProperties": False,
        },
        "hub_settings": ANYTHING,
    }
)
HUB_ACCOUNT = record(
    texts("secureId", "provider", "version", "integrationId") | {"setupInformation": ANYTHING},
    {
        "secrets": {
            "type": "object",
            "additionalProperties": {
                "type": "string",
                "pattern": r"^__secretvalue:\*\*redacted\*\*.{0,4}$",
            },
        },
        "authConfigKey": TEXT,
        "environment": TEXT,
    },
)
HUB_LINKED = record({"id": TEXT, "provider": TEXT})
HUB_ATTEMPT_MADE = record({"id": TEXT})
HUB_ATTEMPT = record(
    {
        "status": {"enum": ["pending", "authenticated", "error", "cancelled", "expired"]},
        "id": TEXT,
    },
    {"account": record({"id": TEXT}), "error": record({"code": TEXT, "description": TEXT})},
)

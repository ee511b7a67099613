"""The API's requests and answers as JSON Schema (2020-12, which is OpenAPI 3.1's own).

The request follows the host's settings. That real answers are as these schemas say, no field more
and none less, is what the tests hold against them.
"""

from __future__ import annotations

from typing import Any

from stackone_connect import conf
from stackone_connect.api.errors import STATUSES
from stackone_connect.choices import EXPIRED, SessionOutcome, SessionPath, SessionStatus
from stackone_connect.conf.rules import MINIMUM_LIFETIME
from stackone_connect.payloads import CATEGORIES_LIMIT, TEXT_LIMIT

Schema = dict[str, Any]

#: Every name of ours in the host's schema begins with it.
PREFIX = "StackOne"
#: The code that answers 401 or 403, as the host's authentication has it.
NOT_AUTHENTICATED = "not_authenticated"
#: A key of StackOne's, safe as one segment of an address.
IDENTIFIER = r"^(?!\.{1,2}$)[A-Za-z0-9._~:@=+-]+$"
_PRINTABLE = r"^[^\u0000-\u001f\u007f-\u009f]*$"

BOOLEAN: Schema = {"type": "boolean"}
TEXT: Schema = {"type": "string"}
_TEXTS: Schema = {"type": "array", "items": TEXT}
_TIME: Schema = {"type": "string", "format": "date-time"}
_ADDRESS: Schema = {"type": "string", "format": "uri"}


def ref(name: str) -> Schema:
    """A reference to one of the components, given without the prefix."""
    return {"$ref": f"#/components/schemas/{PREFIX}{name}"}


def nullable(schema: Schema) -> Schema:
    """The same or ``null``."""
    if "$ref" in schema:
        return {"oneOf": [schema, {"type": "null"}]}
    return {**schema, "type": [schema["type"], "null"]}


def components() -> dict[str, Schema]:
    """Every component under its full name, as the settings are now."""
    session = _session()
    secrets = {"token": TEXT | {"description": "For the hub. Answered once and kept nowhere."}}
    if conf.read().expose_auth_link:
        secrets["auth_link_url"] = TEXT | {"description": "StackOne's hosted page; a secret too."}
    schemas = {
        "SessionRequest": _session_request(),
        "CompletionRequest": _object({"account_id": TEXT | {"minLength": 1}}),
        "Session": _object(session),
        "IssuedSession": _object(session | secrets),
        "SessionPage": _page("Session"),
        "ConnectionAttempt": _object({"status": TEXT, "code": nullable(TEXT)}),
        "Account": _object(_account()),
        "AccountPage": _page("Account"),
        "StatusReason": _object(
            {name: nullable(TEXT) for name in ("code", "description", "timestamp")}
        ),
        "SessionStatus": _enum([*SessionStatus.values, EXPIRED]),
        "SessionPath": _enum(SessionPath.values),
        "SessionOutcome": _enum(SessionOutcome.values),
        "ErrorCode": _enum([*STATUSES, NOT_AUTHENTICATED]),
        "Error": _object(_error()),
        "InvalidRequest": _object(
            _error()
            | {
                "errors": {
                    "type": "object",
                    "additionalProperties": _TEXTS,
                    "description": "Sentences for each field.",
                }
            }
        ),
    }
    return {f"{PREFIX}{name}": schema for name, schema in schemas.items()}


def _object(properties: dict[str, Schema]) -> Schema:
    return {"type": "object", "properties": properties, "required": list(properties)}


def _enum(values: list[str]) -> Schema:
    return {"type": "string", "enum": values}


def _page(name: str) -> Schema:
    address = nullable(_ADDRESS)
    results = {"type": "array", "items": ref(name)}
    return _object({"next": address, "previous": address, "results": results})


def _error() -> dict[str, Schema]:
    return {"code": ref("ErrorCode"), "detail": TEXT | {"description": "A sentence to show."}}


def _session_request() -> Schema:
    """All optional, and ``null`` is absent; what is not named here is refused."""
    settings = conf.read()
    text = TEXT | {"minLength": 1, "maxLength": TEXT_LIMIT, "pattern": _PRINTABLE}
    key = text | {"pattern": IDENTIFIER}
    fields: dict[str, Schema] = {
        "provider": key,
        "category": text | {"description": "One category; not together with categories."},
        "categories": {"type": "array", "items": text, "maxItems": CATEGORIES_LIMIT},
        "account_id": text | {"description": "The organization's own account, to edit it."},
        "label": text,
        "multiple": BOOLEAN | {"description": "Add another account of the same provider."},
        "expires_in": {
            "type": "integer",
            "minimum": MINIMUM_LIFETIME,
            "maximum": settings.session_lifetime,
            "description": "Seconds.",
        },
        "metadata": {"type": "object", "additionalProperties": True},
        "connector_profile_id": key,
    }
    allowed = {name: nullable(fields[name]) for name in fields if name in settings.client_fields}
    return {"type": "object", "properties": allowed, "additionalProperties": False}


def _session() -> dict[str, Schema]:
    return {
        "id": {"type": "string", "format": "uuid"},
        "expires_at": nullable(_TIME),
        "status": ref("SessionStatus"),
        "path": ref("SessionPath"),
        "outcome": nullable(ref("SessionOutcome")),
        "provider": nullable(TEXT),
        "categories": _TEXTS,
        "account_id": nullable(TEXT),
        "label": nullable(TEXT),
        "multiple": BOOLEAN,
        "requested_by": nullable(TEXT),
        "error_code": nullable(TEXT),
        "last_attempt": nullable(ref("ConnectionAttempt")),
        "created_at": _TIME,
        "completed_at": nullable(_TIME),
    }


def _account() -> dict[str, Schema]:
    return {
        "account_id": TEXT,
        "provider": nullable(TEXT),
        "provider_name": nullable(TEXT),
        "type": nullable(TEXT),
        "status": nullable(TEXT) | {"description": "StackOne's word; more may come."},
        "status_reasons": {"type": "array", "items": ref("StatusReason")},
        "label": nullable(TEXT),
        "needs_reconnect": BOOLEAN,
        "categories": _TEXTS,
        "linked_at": nullable(_TIME),
        "updated_at": nullable(_TIME),
        "disconnected_at": nullable(_TIME),
    }

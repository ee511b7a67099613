"""What no serializer states, as JSON Schema (2020-12, which is OpenAPI 3.1's own).

These are the requests, which follow the host's settings, the pages and the errors.
"""

from __future__ import annotations

from typing import Any

from stackone_connect import conf
from stackone_connect.api.errors import STATUSES
from stackone_connect.conf.rules import MINIMUM_LIFETIME
from stackone_connect.payloads import CATEGORIES_LIMIT
from stackone_connect.rules import TEXT_LIMIT

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
_EXCLUSIVE: dict[str, Schema] = {"category": TEXT, "categories": {"type": "array"}}
_ADDRESS: Schema = {"type": "string", "format": "uri"}


def ref(name: str) -> Schema:
    """A reference to one of the components, given without the prefix."""
    return {"$ref": f"#/components/schemas/{PREFIX}{name}"}


def _nullable(schema: Schema) -> Schema:
    return {**schema, "type": [schema["type"], "null"]}


def components() -> dict[str, Schema]:
    """These components under their full names, as the settings are now."""
    schemas = {
        "SessionRequest": _session_request(),
        "CompletionRequest": _object({"account_id": TEXT | {"minLength": 1}}),
        "LabelRequest": _object({"label": _label()}),
        "SessionPage": _page("Session"),
        "AccountPage": _page("Account"),
        "ErrorCode": {"type": "string", "enum": [*STATUSES, NOT_AUTHENTICATED]},
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


def _page(name: str) -> Schema:
    address = _nullable(_ADDRESS)
    results = {"type": "array", "items": ref(name)}
    return _object({"next": address, "previous": address, "results": results})


def _error() -> dict[str, Schema]:
    return {"code": ref("ErrorCode"), "detail": TEXT | {"description": "A sentence to show."}}


def _label() -> Schema:
    about = "The name that people give the account; null or empty takes it back."
    return _nullable(TEXT | {"maxLength": TEXT_LIMIT, "pattern": _PRINTABLE, "description": about})


def _session_request() -> Schema:
    """All optional, and ``null`` is absent; what is not named here is refused."""
    settings = conf.read()
    text = TEXT | {"minLength": 1, "maxLength": TEXT_LIMIT, "pattern": _PRINTABLE}
    key = text | {"pattern": IDENTIFIER}
    fields: dict[str, Schema] = {
        "provider": key,
        "category": text | {"description": "One category, in place of categories."},
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
    allowed = {name: _nullable(fields[name]) for name in fields if name in settings.client_fields}
    request: Schema = {"type": "object", "properties": allowed, "additionalProperties": False}
    if allowed.keys() >= _EXCLUSIVE.keys():
        # Both may be there if one is ``null``, which is absent.
        request["not"] = {"required": list(_EXCLUSIVE), "properties": _EXCLUSIVE}
    return request

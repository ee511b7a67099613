"""The API's operations as OpenAPI describes them: parameters, bodies, responses, errors."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from stackone_connect.api.errors import STATUSES
from stackone_connect.contrib.openapi_components import (
    BOOLEAN,
    IDENTIFIER,
    NOT_AUTHENTICATED,
    TEXT,
    Schema,
    ref,
)

_EVERYWHERE = ("permission_denied", "no_organization", "not_acceptable", "unavailable")
_WITH_BODY = ("invalid", "unsupported_media_type")
_ASKS_STACKONE = (
    "account_not_found",
    "throttled",
    "stackone_rejected",
    "stackone_misconfigured",
    "stackone_bad_answer",
    "stackone_rate_limited",
    "stackone_unavailable",
)
_SENTENCES = {
    400: "The request breaks a rule; each field's errors are named.",
    401: "Nobody is signed in, and the site's authentication says how to.",
    403: "Nobody is signed in, or the user may not, or belongs to no organization.",
    404: "There is no such thing in this organization.",
    406: "Only JSON is answered.",
    409: "The session can't be completed with this account; the account is recorded all the same.",
    415: "Only JSON is taken.",
    422: "StackOne did not accept what was chosen.",
    429: "The organization has used up its calls for now.",
    502: "StackOne refused our key, or answered something unusable.",
    503: "StackOne, or our own database, can't do it just now.",
}


@dataclass(frozen=True, kw_only=True)
class Operation:
    """One method of one view. ``responses`` are status codes with a sentence and a component."""

    id: str
    summary: str
    responses: dict[int, tuple[str, str | None]]
    codes: Sequence[str] = ()
    parameters: Sequence[Schema] = ()
    body: str | None = None
    body_required: bool = True

    def described(self, path: str, route: str) -> dict[str, Any]:
        """The operation object at this path, without ``security``."""
        operation: dict[str, Any] = {
            "operationId": f"stackone_{self.id}",
            "summary": self.summary,
            "tags": ["StackOne"],
            "parameters": [*captured(path, route), *self.parameters],
        }
        if self.body:
            operation["requestBody"] = {
                "content": json_content(ref(self.body)),
                "required": self.body_required,
            }
        responses = {
            str(status): {"description": sentence}
            | ({"content": json_content(ref(name))} if name else {})
            for status, (sentence, name) in self.responses.items()
        }
        operation["responses"] = responses | _errors([*_EVERYWHERE, *self.codes])
        return operation


def json_content(schema: Schema) -> Schema:
    """The ``content`` of a body that is JSON alone."""
    return {"application/json": {"schema": schema}}


def _errors(codes: Sequence[str]) -> dict[str, Schema]:
    """The error responses by status, each with the codes that it can carry here."""
    by_status: dict[int, list[str]] = defaultdict(
        list, {s: [NOT_AUTHENTICATED] for s in (401, 403)}
    )
    for code in codes:
        by_status[STATUSES[code]].append(code)
    return {str(status): _error(status, by_status[status]) for status in sorted(by_status)}


def _error(status: int, codes: list[str]) -> Schema:
    narrowed = {"type": "object", "properties": {"code": {"type": "string", "enum": codes}}}
    shape = ref("InvalidRequest" if status == STATUSES["invalid"] else "Error")
    response: Schema = {
        "description": _SENTENCES[status],
        "content": json_content({"allOf": [shape, narrowed]}),
    }
    if status in (STATUSES["throttled"], STATUSES["stackone_unavailable"]):
        response["headers"] = {
            "Retry-After": {
                "description": "Whole seconds after which to try again.",
                "required": True,
                "schema": {"type": "integer", "minimum": 1},
            }
        }
    return response


def _in_path(name: str, schema: Schema) -> Schema:
    return {"name": name, "in": "path", "required": True, "schema": schema}


def _in_query(name: str, schema: Schema, description: str) -> Schema:
    return {"name": name, "in": "query", "schema": schema, "description": description}


#: By the name of Django's converter; what another one takes is a text.
_CONVERTED: dict[str, Schema] = {
    "int": {"type": "integer"},
    "uuid": {"type": "string", "format": "uuid"},
}


def captured(path: str, route: str) -> list[Schema]:
    """The parameters of a path that the host captures above our mount; ``route`` has their types.

    REST framework calls a ``pk`` of the route ``id`` in the path.
    """
    found = re.findall(r"<(?:([^<>:]+):)?(\w+)>", route.replace("(?P<", "<"))
    converters = {("id" if name == "pk" else name): converter for converter, name in found}
    return [
        _in_path(name, _CONVERTED.get(converters.get(name, ""), TEXT))
        for name in re.findall(r"{(\w+)}", path)
        if name not in (_SESSION_ID["name"], _ACCOUNT_ID["name"])
    ]


_SESSION_ID = _in_path("session_id", {"type": "string", "format": "uuid"})
_ACCOUNT_ID = _in_path("account_id", TEXT | {"pattern": IDENTIFIER, "maxLength": 255})
_CURSOR = _in_query("cursor", TEXT, "As in next or previous of a page.")

#: By the view's name and the method.
OPERATIONS = {
    ("ConnectSessionsView", "POST"): Operation(
        id="connect_sessions_issue",
        summary="Issue a connect session",
        body="SessionRequest",
        body_required=False,
        responses={201: ("The session, and the token for the hub.", "IssuedSession")},
        codes=(*_WITH_BODY, *_ASKS_STACKONE),
    ),
    ("ConnectSessionsView", "GET"): Operation(
        id="connect_sessions_list",
        summary="The organization's connect sessions, newest first",
        parameters=(
            _in_query("status", ref("SessionStatus"), "Only sessions that read so.")
            | {"allowEmptyValue": True},
            _in_query("provider", TEXT, "Only sessions of this provider."),
            _CURSOR,
        ),
        responses={200: ("A page of up to 50.", "SessionPage")},
        codes=("invalid",),
    ),
    ("ConnectSessionView", "GET"): Operation(
        id="connect_sessions_retrieve",
        summary="One connect session",
        parameters=(_SESSION_ID,),
        responses={200: ("The session.", "Session")},
        codes=("not_found",),
    ),
    ("CompletionView", "POST"): Operation(
        id="connect_sessions_complete",
        summary="The hub finished: ask StackOne what came of it",
        parameters=(_SESSION_ID,),
        body="CompletionRequest",
        responses={200: ("The session as the facts have it now.", "Session")},
        codes=("not_found", "conflict", *_WITH_BODY, *_ASKS_STACKONE),
    ),
    ("AccountsView", "GET"): Operation(
        id="accounts_list",
        summary="The organization's linked accounts",
        parameters=(
            _in_query("disconnected", BOOLEAN, "Include the accounts that are gone."),
            _CURSOR,
        ),
        responses={200: ("A page of up to 50.", "AccountPage")},
        codes=("invalid",),
    ),
    ("AccountView", "GET"): Operation(
        id="accounts_retrieve",
        summary="One linked account",
        parameters=(_ACCOUNT_ID,),
        responses={200: ("The account as StackOne last described it.", "Account")},
        codes=("account_not_found",),
    ),
    ("AccountView", "PATCH"): Operation(
        id="accounts_label",
        summary="Give a linked account a name, at StackOne where that takes one",
        parameters=(_ACCOUNT_ID,),
        body="LabelRequest",
        responses={200: ("The account under its new label.", "Account")},
        codes=(*_WITH_BODY, *_ASKS_STACKONE),
    ),
    ("AccountView", "DELETE"): Operation(
        id="accounts_disconnect",
        summary="Disconnect a linked account",
        parameters=(_ACCOUNT_ID,),
        responses={
            202: ("StackOne does not answer; it is retried. Not usable from now on.", "Account"),
            204: ("It is disconnected, at StackOne and here.", None),
        },
        codes=(
            "account_not_found",
            "throttled",
            "stackone_rejected",
            "stackone_misconfigured",
            "stackone_bad_answer",
        ),
    ),
}

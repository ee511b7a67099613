"""Requests into arguments: the body read whole, strict JSON, and the fields that may be set.

Django reads as many bytes as ``Content-Length`` says, so under WSGI a chunked body is empty to it.
A server that decodes the chunks sets ``wsgi.input_terminated``: then the input ends where the body
does. Without that flag the end of the body is unknown, and a read could wait for ever.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from io import BytesIO
from typing import IO, Any

from django.http import HttpRequest, QueryDict
from django.utils.translation import gettext as _
from rest_framework.exceptions import ParseError
from rest_framework.parsers import BaseParser
from rest_framework.request import Request

from stackone_connect import conf
from stackone_connect.choices import EXPIRED, SessionStatus
from stackone_connect.exceptions import InvalidRequestError
from stackone_connect.redaction import RedactedBuffer, RedactedBytes

JSON = "application/json"
#: Bytes. Many times what a request of a session needs.
BODY_LIMIT = 65_536
#: Fields of StackOne's that only the server sets; who sends one is told so.
_SET_BY_SERVER = frozenset({"origin_owner_id", "origin_owner_name", "origin_username", "type"})
#: A length with more digits than this is not taken for a number.
_DIGITS = 18


class LengthMissingError(Exception):
    """There is a body, or there may be one, and the server does not say where it ends."""


def read_body(request: HttpRequest, *, limit: int, expected: bool) -> RedactedBytes:
    """The raw bytes; of a body beyond ``limit`` bytes one byte more than that.

    ``expected`` says that the request makes no sense without a body, so that one without a length
    is not taken for an empty one. Raises :class:`LengthMissingError`, and ``OSError`` where the
    sender hung up, or sent what is no body by HTTP's rules.
    """
    stream = _stream(request, expected=expected)
    if stream is None:
        return RedactedBytes()
    body = RedactedBuffer()
    while len(body) <= limit:
        try:
            part = RedactedBytes(stream.read(limit + 1 - len(body)))
        except Exception as error:
            # Each server has errors of its own for chunks that are none.
            raise OSError(type(error).__name__) from error
        if not part:
            break
        body += part
    return RedactedBytes(body)


def content_length(request: HttpRequest) -> int | None:
    """``Content-Length`` as a number; ``None`` where there is none that can be read."""
    given = request.META.get("CONTENT_LENGTH") or ""
    # Python makes no number of thousands of digits.
    readable = given.isascii() and given.isdecimal() and len(given) <= _DIGITS
    return int(given) if readable else None


def _stream(request: HttpRequest, *, expected: bool) -> Any:
    """What to read from; ``None`` where there is no body."""
    if "wsgi.input" not in request.META:
        return request  # ASGI: the server has joined the chunks, and Django has all of the body
    chunked = "HTTP_TRANSFER_ENCODING" in request.META
    terminated = request.META.get("wsgi.input_terminated")
    if content_length(request) is not None and not (chunked and terminated):
        return request
    if terminated:
        return request.META["wsgi.input"]
    if chunked or expected:
        raise LengthMissingError
    return None


def _unreadable() -> InvalidRequestError:
    return InvalidRequestError({"non_field_errors": [_("The body could not be read.")]})


class StackOneRequest(Request):
    """REST framework's request, which takes a body without a length for none; ours does not."""

    def _load_stream(self) -> None:
        request = self._request
        content_type = str(request.META.get("CONTENT_TYPE", ""))
        is_json = content_type.partition(";")[0].strip().lower() == JSON
        try:
            raw = read_body(request, limit=BODY_LIMIT, expected=is_json)
        except LengthMissingError:
            raise InvalidRequestError({"non_field_errors": [_("Send a Content-Length.")]}) from None
        except OSError as error:
            raise _unreadable() from error
        if not raw and content_length(request):
            raise _unreadable()  # something in front of us has read it, such as a form
        self._stream: Any = BytesIO(raw) if raw else None


class StrictJSONParser(BaseParser):
    """Reads a JSON object in UTF-8 of at most ``BODY_LIMIT`` bytes."""

    media_type = JSON

    def parse(
        self,
        stream: IO[bytes],
        media_type: str | None = None,
        parser_context: Mapping[str, Any] | None = None,
    ) -> dict[str, Any]:
        """The object; ``ParseError`` with a sentence for anything else."""
        body = stream.read(BODY_LIMIT + 1)
        if len(body) > BODY_LIMIT:
            raise ParseError(_("The body is larger than %(limit)d bytes.") % {"limit": BODY_LIMIT})
        try:
            data = json.loads(body.decode("utf-8"), parse_constant=_refuse_constant)
        except (ValueError, RecursionError) as error:
            raise ParseError(_("The body is not valid JSON.")) from error
        if not isinstance(data, dict):
            raise ParseError(_("The body must be a JSON object."))
        return data


def _refuse_constant(name: str) -> None:
    raise ValueError(name)  # NaN and Infinity are not JSON


def session_request(data: Any) -> dict[str, Any]:
    """The fields of ``POST connect-sessions/`` if the browser may set all of them.

    ``data`` is the object that the parser has read. The values are checked by ``payloads``, for
    every caller alike. Raises :class:`InvalidRequestError`.
    """
    allowed = conf.read().client_fields
    errors = {
        name: [
            _("This field is set by the server.")
            if name in _SET_BY_SERVER
            else _("This field can't be set here.")
        ]
        for name in data
        if name not in allowed
    }
    if errors:
        raise InvalidRequestError(errors)
    return dict(data)


def completion_request(data: Any) -> str:
    """The account id of ``POST connect-sessions/{id}/complete/``."""
    errors = {name: [_("This field can't be set here.")] for name in data if name != "account_id"}
    account_id = data.get("account_id")
    if not isinstance(account_id, str) or not account_id:
        errors["account_id"] = [_("Give the id of the account that the hub reported.")]
    if errors:
        raise InvalidRequestError(errors)
    return str(account_id)


def label_request(data: Any) -> Any:
    """The label of ``PATCH accounts/{id}/``, which ``payloads`` checks; ``null`` is none."""
    errors = {name: [_("This field can't be set here.")] for name in data if name != "label"}
    if "label" not in data:
        errors["label"] = [_("Give a label, or null for none.")]
    if errors:
        raise InvalidRequestError(errors)
    return data["label"]


def session_filters(query: QueryDict) -> dict[str, str]:
    """The filters of ``GET connect-sessions/``."""
    status, provider = query.get("status", ""), query.get("provider", "")
    known = (*SessionStatus.values, EXPIRED)
    if status and status not in known:
        message = _("Give one of %(values)s.") % {"values": ", ".join(known)}
        raise InvalidRequestError({"status": [message]})
    return {"status": status, "provider": _filter_text("provider", provider)}


def account_filters(query: QueryDict) -> dict[str, bool]:
    """The filters of ``GET accounts/``."""
    value = query.get("disconnected", "false")
    if value not in ("true", "false"):
        raise InvalidRequestError({"disconnected": [_("Give true or false.")]})
    return {"disconnected": value == "true"}


def _filter_text(name: str, value: str) -> str:
    if "\x00" in value:
        raise InvalidRequestError({name: [_("Control characters are not allowed.")]})
    return value

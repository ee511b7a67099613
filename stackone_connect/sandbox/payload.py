"""Reads a JSON body field by field, collecting every problem before raising."""

from __future__ import annotations

import json
from collections.abc import Collection
from http import HTTPStatus
from typing import Any

from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest

from stackone_connect.sandbox.errors import RefusedError, bad_request, invalid
from stackone_connect.sandbox.models import TEXT

#: No maximum is documented (StackOne notes §1.1); ten years keep the date representable.
MAX_SECONDS = 315_360_000


def json_object(request: HttpRequest) -> dict[str, Any]:
    """The body as a dict. Raises ``RefusedError``: 400, or 413 above Django's limit."""
    try:
        data = json.loads(request.body)
        # What a database cannot store: lone surrogates, NUL, and numbers JSON does not have.
        text = json.dumps(data, ensure_ascii=False, allow_nan=False)
        text.encode()
    except RequestDataTooBig as error:
        too_large = HTTPStatus.REQUEST_ENTITY_TOO_LARGE
        raise RefusedError(too_large, "Payload Too Large") from error
    except (ValueError, RecursionError) as error:
        raise bad_request("The body is not valid JSON") from error
    # But for backslashes that stand for themselves.
    if "\\u0000" in text.replace("\\\\", ""):
        raise bad_request("The body contains a NUL character")
    if not isinstance(data, dict):
        raise bad_request("The body must be a JSON object")
    return data


class Reader:
    """Takes fields out of a body; ``null`` is absent, unknown fields are ignored."""

    def __init__(self, data: dict[str, Any]) -> None:
        self.data = data
        self.problems: dict[str, str] = {}

    def text(self, name: str, *, required: bool = False) -> str:
        """The text, or ``""`` where there is none."""
        value = self.data.get(name)
        if value is None and not required:
            return ""
        if not isinstance(value, str):
            self.problems[name] = f"{name} must be a string"
        elif required and not value.strip():
            self.problems[name] = f"{name} should not be empty"
        elif len(value) > TEXT:
            self.problems[name] = f"{name} must be shorter than or equal to {TEXT} characters"
        else:
            return value
        return ""

    def flag(self, name: str) -> bool:
        value = self.data.get(name)
        if value is not None and not isinstance(value, bool):
            self.problems[name] = f"{name} must be a boolean value"
        return value is True

    def mapping(self, name: str) -> dict[str, Any]:
        value = self.data.get(name)
        if value is None:
            return {}
        if not isinstance(value, dict):
            self.problems[name] = f"{name} must be an object"
            return {}
        return value

    def seconds(self, name: str, default: int) -> float:
        value = self.data.get(name)
        if value is None:
            return default
        if isinstance(value, bool) or not isinstance(value, int | float):
            self.problems[name] = f"{name} must be a number"
        elif not 0 < value <= MAX_SECONDS:
            self.problems[name] = f"{name} must be between 1 and {MAX_SECONDS}"
        else:
            return value
        return default

    def choice(self, name: str, allowed: Collection[str]) -> str:
        """One of ``allowed``, or ``""`` where there is none."""
        value = self.data.get(name)
        if value is None:
            return ""
        if not isinstance(value, str) or value not in allowed:
            self.problems[name] = f"{name} must be one of the following values: {_list(allowed)}"
            return ""
        return value

    def choices(self, name: str, allowed: Collection[str]) -> list[str]:
        value = self.data.get(name)
        if value is None:
            return []
        if not isinstance(value, list) or not all(
            isinstance(item, str) and item in allowed for item in value
        ):
            self.problems[name] = (
                f"each value in {name} must be one of the following values: {_list(allowed)}"
            )
            return []
        return value

    def finish(self) -> None:
        """Raise ``RefusedError`` (400) with every problem found."""
        if self.problems:
            raise invalid(self.problems)


def _list(values: Collection[str]) -> str:
    return ", ".join(values)

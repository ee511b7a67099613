"""JSON in, JSON out, whatever the host's REST framework settings are."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import IO, Any

from rest_framework.exceptions import NotAcceptable, ParseError
from rest_framework.negotiation import DefaultContentNegotiation
from rest_framework.parsers import BaseParser
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request

#: Bytes. What a session may be asked with fits many times over.
BODY_LIMIT = 65_536


class StrictJSONParser(BaseParser):
    """A JSON object in UTF-8, of a fair size."""

    media_type = "application/json"

    def parse(
        self,
        stream: IO[bytes],
        media_type: str | None = None,
        parser_context: Mapping[str, Any] | None = None,
    ) -> dict[str, Any]:
        """The object; ``ParseError`` with a sentence for anything else."""
        body = stream.read(BODY_LIMIT + 1)
        if len(body) > BODY_LIMIT:
            raise ParseError(f"The body is larger than {BODY_LIMIT} bytes.")
        try:
            data = json.loads(body.decode("utf-8"), parse_constant=_refuse_constant)
        except (ValueError, RecursionError) as error:
            raise ParseError("The body is not valid JSON.") from error
        if not isinstance(data, dict):
            raise ParseError("The body must be a JSON object.")
        return data


def _refuse_constant(name: str) -> None:
    raise ValueError(name)  # NaN and Infinity are not JSON


class PlainJSONRenderer(BaseRenderer):
    """Compact JSON in UTF-8."""

    media_type = "application/json"
    format = "json"
    charset = None

    def render(
        self,
        data: Any,
        accepted_media_type: str | None = None,
        renderer_context: Mapping[str, Any] | None = None,
    ) -> bytes:
        """The body's bytes; none where there is nothing to say."""
        if data is None:
            return b""
        text = json.dumps(data, ensure_ascii=False, separators=(",", ":"))
        # A lone surrogate (in a field's name, say) is no UTF-8; JSON writes it as ``\ud800``.
        return text.encode(errors="backslashreplace")


class JSONOnlyNegotiation(DefaultContentNegotiation):
    """By the Accept header alone: no ``?format=``, whatever the host calls that parameter."""

    def select_renderer(
        self,
        request: Request,
        renderers: Iterable[BaseRenderer],
        format_suffix: str | None = None,
    ) -> tuple[BaseRenderer, str]:
        """The JSON renderer if the caller accepts JSON."""
        renderer = next(iter(renderers))
        for accepted in self.get_accept_list(request):
            media_type = accepted.partition(";")[0].strip().lower()
            if media_type in ("application/json", "application/*", "*/*"):
                return renderer, renderer.media_type or ""
        raise NotAcceptable(available_renderers=list(renderers))

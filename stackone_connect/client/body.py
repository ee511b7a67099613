"""The body of a good answer: read in a stream, capped, decoded, parsed."""

from __future__ import annotations

import json
import zlib
from http.client import IncompleteRead
from typing import Any

from requests import Response

#: Bytes of a body after decoding. What StackOne answers is far smaller.
BODY_LIMIT = 1024 * 1024

_CHUNK = 64 * 1024
_GZIP = 16 + zlib.MAX_WBITS


class UnusableBodyError(Exception):
    """The body can't be used. The message says why, in a word fit for a log line."""


def read_json(response: Response) -> object:
    """The JSON value of an answer; :class:`UnusableBodyError` when it has none."""
    return _parse(_read(response))


def _read(response: Response) -> bytes:
    """The body, decoded. What urllib3 raises when it breaks off passes through.

    It is decoded here, because then a small body that unpacks into a huge one is never unpacked
    beyond the limit, whatever urllib3's version.
    """
    encoding = response.headers.get("Content-Encoding", "identity").strip().lower()
    if encoding not in {"identity", "gzip", "x-gzip", ""}:
        raise UnusableBodyError("encoding")
    if (response.raw.length_remaining or 0) > BODY_LIMIT:
        raise UnusableBodyError("too_large")
    gzip = zlib.decompressobj(_GZIP) if "gzip" in encoding else None
    body = bytearray()
    for chunk in response.raw.stream(_CHUNK, decode_content=False):
        try:
            body += gzip.decompress(chunk, BODY_LIMIT + 1 - len(body)) if gzip else chunk
        except zlib.error:
            raise UnusableBodyError("encoding") from None
        if len(body) > BODY_LIMIT:
            raise UnusableBodyError("too_large")
    if gzip and not gzip.eof:
        raise IncompleteRead(b"")
    return bytes(body)


def _parse(body: bytes) -> object:
    """Strict JSON in UTF-8; a byte order mark is passed over."""
    try:
        return json.loads(body.decode("utf-8-sig"), parse_constant=_refuse)
    except (ValueError, RecursionError):
        # Not from here: such an error holds the whole text, a token included.
        pass
    raise UnusableBodyError("not_json")


def _refuse(constant: str) -> Any:
    raise ValueError(constant)

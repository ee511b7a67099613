"""The body of a response: read in pieces, capped, decoded."""

from __future__ import annotations

import zlib
from http.client import IncompleteRead
from typing import Any

from requests import Response

from stackone_connect.redaction import RedactedBuffer, RedactedBytes

#: Bytes of a body after decoding. What StackOne sends is far smaller.
BODY_LIMIT = 1024 * 1024

_PIECE = 64 * 1024
_GZIP = 16 + zlib.MAX_WBITS


class UnusableBodyError(Exception):
    """The body can't be used; ``reason`` says why, fit for a log line."""

    def __init__(self, reason: str, response: Response) -> None:
        super().__init__(reason)
        self.reason = reason
        self.status = response.status_code
        self.headers = response.headers


def read(response: Response) -> RedactedBytes:
    """The body, decoded; :class:`UnusableBodyError` when it is too large or can't be decoded.

    What is raised when it breaks off passes through. It is decoded here, because then a small body
    that unpacks into a huge one is never unpacked beyond the limit, whatever urllib3's version. It
    is read from below urllib3, whose own frames would hold it.
    """
    encoding = response.headers.get("Content-Encoding", "identity").strip().lower()
    if encoding not in {"identity", "gzip", "x-gzip", ""}:
        raise UnusableBodyError("encoding", response)
    received = _received(response)
    # It was read to its end: back into the pool.
    response.raw.release_conn()
    return _unpacked(received, response) if "gzip" in encoding else received


def _received(response: Response) -> RedactedBytes:
    """Everything that came in of the body."""
    source: Any = response.raw._fp  # ``http.client``'s response, or a file in its place
    announced = getattr(source, "length", None)
    if (announced or 0) > BODY_LIMIT:
        raise UnusableBodyError("too_large", response)
    buffer, size = RedactedBuffer(_PIECE if announced is None else announced), 0
    while count := source.readinto(memoryview(buffer)[size:]):
        size += count
        if size > BODY_LIMIT:
            raise UnusableBodyError("too_large", response)
        if size == len(buffer):
            if announced is not None:
                break
            buffer.extend(bytes(size))
    if getattr(source, "length", None):
        raise IncompleteRead(b"")
    return RedactedBytes(memoryview(buffer)[:size])


def _unpacked(packed: bytes, response: Response) -> RedactedBytes:
    unpacking = zlib.decompressobj(_GZIP)
    try:
        body = RedactedBytes(unpacking.decompress(packed, BODY_LIMIT + 1))
    except zlib.error:
        raise UnusableBodyError("encoding", response) from None
    if len(body) > BODY_LIMIT:
        raise UnusableBodyError("too_large", response)
    if not unpacking.eof:
        raise IncompleteRead(b"")
    return body

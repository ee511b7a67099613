"""Verify who sent a webhook (pure; StackOne notes §4.3)."""

from __future__ import annotations

import hmac
from base64 import urlsafe_b64encode
from collections.abc import Iterable

from stackone_connect.redaction import RedactedBytes


def sign(body: bytes, secret: str) -> str:
    """StackOne's signature of a body: HMAC-SHA256 of the raw bytes, base64url without padding."""
    digest = hmac.digest(RedactedBytes(secret, "utf-8"), body, "sha256")
    return urlsafe_b64encode(digest).rstrip(b"=").decode()


def is_valid(body: bytes, signature: str, secrets: Iterable[str]) -> bool:
    """Whether any of the secrets signed these very bytes; padding is accepted.

    ``body`` must be what came over the wire: JSON that was parsed and written again is other bytes.
    Takes the same time for every signature, and looks at every secret.
    """
    given = signature.strip().rstrip("=").encode("utf-8", "replace")
    matches = [hmac.compare_digest(sign(body, secret).encode(), given) for secret in secrets]
    return any(matches)

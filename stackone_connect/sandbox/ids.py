"""Identifiers and tokens: random, and in the database only as a digest where they are secret."""

from __future__ import annotations

import hashlib
import re
import secrets
import string

_ALPHABET = string.ascii_letters + string.digits + "_-"
NANOID_LENGTH = 21
_POSSIBLE_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")


def nanoid() -> str:
    """21 characters, as StackOne's account ids (StackOne notes §1.3); ``-`` may be first."""
    return "".join(secrets.choice(_ALPHABET) for _ in range(NANOID_LENGTH))


def is_possible(identifier: str) -> bool:
    """Whether this is a possible id; any other must not reach the database."""
    return _POSSIBLE_ID.fullmatch(identifier) is not None


def new_token() -> str:
    """A bearer token of URL-safe characters: the hub does not quote it (StackOne notes §20.2)."""
    return f"sandbox_{secrets.token_urlsafe(32)}"


def digest(token: str) -> str:
    """What is stored instead of a token: 64 hexadecimal digits of its SHA-256."""
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()

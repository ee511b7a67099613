"""What travels between rooms: StackOne's answers, read into frozen values.

Secrets (token, auth link) are kept out of every ``repr``.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

_IDENTIFIER = re.compile(r"[A-Za-z0-9._~:@=+-]{1,255}")


def is_identifier(value: str) -> bool:
    """Whether a text can be an id of StackOne's, safe as one segment of an address."""
    return _IDENTIFIER.fullmatch(value) is not None and value not in {".", ".."}


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionGrant:
    """StackOne's answer to ``POST /connect_sessions`` (contract §1.2).

    ``stackone_id`` and ``created_at`` are ``None`` should StackOne leave them out: the token alone
    makes the answer usable.
    """

    token: str = field(repr=False)
    auth_link_url: str = field(repr=False)
    stackone_id: str | None
    created_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ConnectionAttempt:
    """``latest_connection_attempt`` of a connect session (contract §1.2): the OAuth path's trace.

    ``account_id`` is set only after success; ``code`` is the provider's error code.
    """

    status: str
    code: str
    account_id: str
    at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountSnapshot:
    """A linked account as StackOne answered it (contract §1.3), without credentials."""

    account_id: str
    origin_owner_id: str
    origin_owner_name: str
    origin_username: str
    provider: str
    provider_name: str
    type: str
    status: str
    status_reasons: list[dict[str, Any]]
    label: str
    categories: list[str]
    created_at: datetime | None
    updated_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountPage:
    """A page of a sweep: its accounts that are new, and how many more could not be read."""

    accounts: list[AccountSnapshot]
    unreadable: int = 0

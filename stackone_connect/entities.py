"""What modules pass to each other: StackOne's answers and what follows from them, as frozen values.

Secrets (token, auth link) are kept out of every ``repr``.
"""

from __future__ import annotations

from collections.abc import Collection, Hashable, Mapping, Set
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

#: A move of the account this long after an attempt (or a claim) is still that session's work.
EXPLAINED_WITHIN = timedelta(seconds=5)
#: A hub that was opened in time may be finished this long after its session's ``expires_at``.
FINISHED_WITHIN = timedelta(hours=1)


@dataclass(frozen=True, kw_only=True)
class SessionFields:
    """The fields of a session that somebody chose. Empty means: not chosen."""

    provider: str = ""
    categories: tuple[str, ...] = ()
    account_id: str = ""
    label: str = ""
    multiple: bool | None = None
    expires_in: int | None = None
    metadata: Mapping[str, Any] | None = None
    connector_profile_id: str = ""


@dataclass(frozen=True, kw_only=True)
class Requester:
    """The user who asks for a session, as texts: users may live in another database, or be no rows.

    ``key`` is the primary key and ``name`` the user name to keep, for when the user is gone;
    ``origin_username`` is what StackOne is told.
    """

    key: str
    name: str
    origin_username: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Fetch:
    """One time that StackOne was asked: its place in the order of all, and when it began."""

    number: int
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionGrant:
    """StackOne's answer to ``POST /connect_sessions`` (StackOne notes §1.2).

    ``stackone_id`` and ``created_at`` are ``None`` should StackOne leave them out: the token alone
    makes the answer usable.
    """

    token: str = field(repr=False)
    auth_link_url: str = field(repr=False)
    stackone_id: str | None
    created_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ConnectionAttempt:
    """``latest_connection_attempt`` of a connect session: the OAuth path's trace.

    StackOne notes §1.2. ``account_id`` is set only after success; ``code`` is the provider's error
    code.
    """

    status: str
    code: str
    account_id: str
    at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountSnapshot:
    """A linked account as StackOne answered it (StackOne notes §1.3), without credentials."""

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


@dataclass(frozen=True, slots=True)
class LiveAccount:
    """What predicting a path needs of an account that is not disconnected."""

    provider: str = ""
    origin_owner_name: str = ""
    categories: Collection[str] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Connector:
    """What StackOne calls a provider and where its logo is (StackOne notes §1.5); both may be
    empty. ``profile_id`` is of the connector profile that says so."""

    provider: str
    name: str
    logo_url: str
    profile_id: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountPage:
    """A page of all accounts. ``unreadable`` has a digest of each that can't be read."""

    accounts: list[AccountSnapshot]
    unreadable: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountFacts:
    """What is known of an account; times are StackOne's.

    ``changed_at`` is the latest of ``created_at``, ``updated_at`` and the newest verified update
    event.
    """

    account_id: str
    provider: str
    categories: Collection[str]
    status: str
    created_at: datetime | None
    changed_at: datetime | None

    @property
    def moments(self) -> set[datetime]:
        """When it was made and when it last moved."""
        return {at for at in (self.created_at, self.changed_at) if at is not None}

    def is_older_than(self, session: SessionFacts) -> bool:
        """Whether it is older than the session, so that the session can't have made it."""
        return self.created_at is None or self.created_at < session.began

    def explained_by(self, session: SessionFacts, at: datetime | None) -> bool:
        """Whether what the session did at that time explains the account's last move."""
        if at is None or self.changed_at is None:
            return False
        return session.began <= self.changed_at <= at + EXPLAINED_WITHIN


@dataclass(frozen=True, slots=True, kw_only=True)
class News:
    """The sessions that may read otherwise by what is new of an account; times are StackOne's.

    Those that name the account and were not over ``since`` then, or of which anything was heard
    since (``None``: all of them), and those that name none and were open at one of the ``times``
    or had just ended. There are two times at most.
    """

    since: datetime | None
    times: Set[datetime]


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionFacts:
    """What is known of an issued session; times are StackOne's.

    ``began`` is StackOne's ``created_at`` of it, ``expires_at`` that and the seconds it was asked
    for. ``attempted`` says whether StackOne knows of any connection attempt,
    ``attempt_account_id`` whose it was. ``claimed_*`` is what a completion call said, of an account
    confirmed to be this owner's. ``elsewhere`` is true when the session is settled with another
    account, so that it can't be guessed to be this one's.
    """

    id: Hashable
    began: datetime
    expires_at: datetime
    provider: str
    categories: Collection[str]
    requested_account_id: str
    multiple: bool
    attempted: bool
    attempt_account_id: str
    attempt_at: datetime | None
    claimed_account_id: str
    claimed_at: datetime | None
    elsewhere: bool = False

"""What is stored of one organization, as one user may see it: a query for each kind of record."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TypeVar
from uuid import UUID

from django.contrib.admin.sites import AdminSite
from django.db.models import Case, Model, QuerySet, Value, When
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.http import urlencode
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from stackone_connect import clock
from stackone_connect.admin import labels, scope, stories
from stackone_connect.admin.display import address, link
from stackone_connect.admin.stories import Story
from stackone_connect.choices import AccountStatus
from stackone_connect.models import ConnectSession, LinkedAccount, OriginOwner, WebhookEvent

_Record = TypeVar("_Record", bound=Model)

#: How many records of each kind a page looks at.
NEWEST = 500


@dataclass(kw_only=True)
class History:
    """The newest records of an owner; empty where this user may see none of a kind (``sees``).

    ``lifetime`` is what a browser may ask for at most, in seconds: a session that lives longer is a
    link that somebody was sent.
    """

    site: AdminSite
    request: HttpRequest
    owner: OriginOwner
    lifetime: int
    sees: frozenset[type[Model]]
    accounts: list[LinkedAccount]
    sessions: list[ConnectSession]
    events: list[WebhookEvent]
    now: datetime = field(default_factory=clock.now)
    _by_id: dict[str, LinkedAccount] = field(init=False)
    _names: Counter[str] = field(init=False)
    _provider_names: dict[str, str] = field(init=False)
    _stories: dict[UUID, Story] = field(init=False, default_factory=dict)

    def __post_init__(self) -> None:
        self._by_id = {account.account_id: account for account in self.accounts}
        connected = [each for each in self.accounts if each.disconnected_at is None]
        self._names = Counter(map(labels.account, connected))
        named = reversed(self.accounts)
        self._provider_names = {each.provider: each.provider_name for each in named}

    @property
    def has_more_accounts(self) -> bool:
        """Whether the owner has accounts that were not read."""
        return len(self.accounts) == NEWEST

    def account(self, account_id: str) -> LinkedAccount | None:
        """The owner's account of this id, if this user may see it."""
        return self._by_id.get(account_id)

    def account_named(self, session: ConnectSession) -> LinkedAccount | None:
        """The account that a session is about, if this user may see it."""
        return next(filter(None, map(self.account, ids_named(session))), None)

    def is_link(self, session: ConnectSession) -> bool:
        """Whether it was made to be sent to somebody."""
        return stories.is_link(session, lifetime=self.lifetime)

    def story(self, session: ConnectSession) -> Story:
        """What came of a session; several parts of a page ask for it."""
        if session.pk not in self._stories:
            story = stories.of(session, lifetime=self.lifetime, now=self.now)
            self._stories[session.pk] = story
        return self._stories[session.pk]

    def name(self, account: LinkedAccount) -> str:
        """What people call an account; with its id where a connected one is called the same."""
        name = labels.account(account)
        alike = self._names[name] - (account.disconnected_at is None)
        return f"{name} ({account.account_id})" if alike else name

    def target(self, session: ConnectSession) -> str:
        """What a session is to connect, as people call it."""
        account = self.account_named(session)
        if account is not None:
            return self.name(account)
        if session.requested_account_id:
            return session.requested_account_id
        if session.provider:
            return self._provider_names.get(session.provider) or session.provider
        return labels.categories(session.categories) or _("an integration")

    def link(self, record: Model, text: object = None) -> SafeString | str:
        """A link to a record's own page, where this user has one."""
        return link(record, text, request=self.request, site=self.site)

    def listed(self, model: type[Model], text: str, **wanted: str) -> SafeString | str:
        """A text that leads to the list of the owner's records of a model that are as wanted."""
        url = address(self.site, model, "changelist")
        of_owner = {"owner__id__exact": str(self.owner.pk)}
        if model is WebhookEvent:
            of_owner = {"origin_owner_id__exact": self.owner.origin_owner_id}
        named = {f"{name}__exact": value for name, value in wanted.items()}
        query = urlencode({**of_owner, **named})
        return format_html('<a href="{}?{}">{}</a>', url, query, text) if url else text


def load(
    site: AdminSite,
    request: HttpRequest,
    owner: OriginOwner,
    *,
    lifetime: int,
    before: datetime | None = None,
) -> History:
    """The owner's accounts, and its newest sessions and events, of those ``before`` a time."""
    accounts = scope.visible(site, request, LinkedAccount)
    sessions = scope.visible(site, request, ConnectSession)
    events = scope.visible(site, request, WebhookEvent)
    kinds = {LinkedAccount: accounts, ConnectSession: sessions, WebhookEvent: events}
    named = {"project": owner.project, "origin_owner_id": owner.origin_owner_id}
    until = {} if before is None else {"__lt": before}
    history = History(
        site=site,
        request=request,
        owner=owner,
        lifetime=lifetime,
        sees=frozenset(model for model, found in kinds.items() if found is not None),
        accounts=list(_accounts(accounts, owner)),
        sessions=list(_newest(sessions, "created_at", until, {"owner": owner})),
        events=list(_newest(events, "received_at", until, named)),
    )
    for account in history.accounts:
        account.owner = owner
    for session in history.sessions:
        session.owner = owner
    return history


def ids_named(session: ConnectSession) -> Iterator[str]:
    """The accounts that a session names, what came of it first."""
    given = (session.account_id, session.attempt_account_id, session.claimed_account_id)
    return filter(None, (*given, session.requested_account_id))


def _accounts(accounts: QuerySet[LinkedAccount] | None, owner: OriginOwner) -> list[LinkedAccount]:
    """Those that need something first, and those that are gone last."""
    if accounts is None:
        return []
    urgency = Case(
        When(disconnected_at__isnull=False, then=Value(3)),
        When(status=AccountStatus.ERROR, disconnect_requested_at=None, then=Value(0)),
        When(status=AccountStatus.ACTIVE, disconnect_requested_at=None, then=Value(2)),
        default=Value(1),
    )
    return list(accounts.filter(owner=owner).order_by(urgency, "-created_at", "-pk")[:NEWEST])


def _newest(
    records: QuerySet[_Record] | None,
    time: str,
    until: Mapping[str, datetime],
    wanted: Mapping[str, object],
) -> list[_Record]:
    if records is None:
        return []
    bounds = {f"{time}{lookup}": at for lookup, at in until.items()}
    return list(records.filter(**wanted, **bounds).order_by(f"-{time}", "-pk")[:NEWEST])

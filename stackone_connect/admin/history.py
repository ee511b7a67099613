"""What is stored of one organization, as one user may see it: a query for each kind of record."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from heapq import merge
from uuid import UUID

from django.contrib.admin.sites import AdminSite
from django.db.models import Model
from django.http import HttpRequest
from django.utils import formats, timezone
from django.utils.html import format_html
from django.utils.http import urlencode
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from stackone_connect import clock
from stackone_connect.admin import labels, owner_records, scope, stories
from stackone_connect.admin.display import Addresses, address, health, link
from stackone_connect.admin.owner_records import EventCounts
from stackone_connect.admin.stories import Story
from stackone_connect.models import ConnectSession, LinkedAccount, OriginOwner, WebhookEvent


@dataclass(kw_only=True)
class History:
    """The newest records of an owner; empty where this user may see none of a kind (``sees``).

    ``has_more_accounts`` says that the owner has accounts that were not read; :meth:`read_named`
    reads those that a session or an event names. ``lifetime`` is what a browser may ask for at
    most, in seconds: a session that lives longer is a link that somebody was sent.
    """

    site: AdminSite
    request: HttpRequest
    owner: OriginOwner
    lifetime: int
    sees: frozenset[type[Model]]
    accounts: list[LinkedAccount]
    has_more_accounts: bool
    sessions: list[ConnectSession]
    events: list[WebhookEvent]
    event_counts: EventCounts
    now: datetime = field(default_factory=clock.now)
    _by_id: dict[str, LinkedAccount] = field(init=False)
    _naming: dict[str, list[int]] = field(init=False)
    _naming_none: dict[str, list[int]] = field(init=False)
    _names: Counter[str] = field(init=False)
    _provider_names: dict[str, str] = field(init=False)
    _stories: dict[UUID, Story] = field(init=False, default_factory=dict)
    _addresses: Addresses = field(init=False)
    _health: dict[tuple[bool, bool, str], SafeString | str] = field(
        init=False, default_factory=dict
    )
    _days: dict[date, str] = field(init=False, default_factory=dict)

    def __post_init__(self) -> None:
        self._addresses = Addresses(self.site)
        self._by_id = {account.account_id: account for account in self.accounts}
        connected = [each for each in self.accounts if each.disconnected_at is None]
        self._names = Counter(map(labels.account, connected))
        named = reversed(self.accounts)
        self._provider_names = {each.provider: each.provider_name for each in named}
        self._naming, self._naming_none = defaultdict(list), defaultdict(list)
        for number, session in enumerate(self.sessions):
            ids = set(ids_named(session))
            for account_id in ids:
                self._naming[account_id].append(number)
            if not ids:
                self._naming_none[session.provider].append(number)

    def read_named(self, account_ids: Iterable[str]) -> None:
        """Read those of these accounts that were not read, to call them by their names."""
        unknown = set(account_ids) - self._by_id.keys() - {""}
        if not (unknown and self.has_more_accounts):
            return
        accounts = scope.visible(self.site, self.request, LinkedAccount)
        assert accounts is not None  # noqa: S101 - some were read
        for account in accounts.filter(owner=self.owner, account_id__in=unknown):
            account.owner = self.owner
            self._by_id[account.account_id] = account

    def has_all_since(self, at: datetime | None) -> bool:
        """Whether every session since a time was read."""
        if len(self.sessions) < owner_records.NEWEST:
            return True
        return at is not None and at >= self.sessions[-1].created_at

    def newest_naming(self, account: LinkedAccount) -> ConnectSession | None:
        """The newest session that names an account."""
        return next((self.sessions[number] for number in self._naming[account.account_id]), None)

    def about(self, account: LinkedAccount) -> Iterator[ConnectSession]:
        """The sessions that name an account, or its provider and no account, the newest first."""
        numbers = self._naming[account.account_id], self._naming_none[account.provider]
        return (self.sessions[number] for number in merge(*numbers))

    def account(self, account_id: str) -> LinkedAccount | None:
        """The owner's account of this id, if this user may see it."""
        return self._by_id.get(account_id)

    def account_named(self, session: ConnectSession) -> LinkedAccount | None:
        """The account that a session is about, if this user may see it."""
        return next(filter(None, map(self.account, ids_named(session))), None)

    def is_abandoned(self, session: ConnectSession) -> bool:
        """Whether nobody finished its form: as its story has it, without telling that."""
        return stories.is_abandoned(session, lifetime=self.lifetime, now=self.now)

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
        """What people call an account; with its id where a connected one is called the same, or
        may be, since not all were read."""
        name = labels.account(account)
        alike = self._names[name] - (account.disconnected_at is None)
        return f"{name} ({account.account_id})" if alike or self.has_more_accounts else name

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
        addresses = self._addresses
        return link(record, text, request=self.request, site=self.site, addresses=addresses)

    def health(self, account: LinkedAccount) -> SafeString | str:
        """The status of an account, as a badge; most of a page are the same."""
        gone, going = (
            account.disconnected_at is not None,
            account.disconnect_requested_at is not None,
        )
        key = (gone, going, account.status)
        if key not in self._health:
            self._health[key] = health(account)
        return self._health[key]

    def day(self, at: datetime | None) -> str:
        """The day of a time, as people write it; many are the same."""
        if at is None:
            return ""
        local = at.astimezone(timezone.get_current_timezone())
        if local.date() not in self._days:
            self._days[local.date()] = formats.date_format(local, "DATE_FORMAT")
        return self._days[local.date()]

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
    """The owner's accounts, and its newest sessions and events, of those ``before`` a time.

    How events stand is read for a page of the newest only.
    """
    accounts = scope.visible(site, request, LinkedAccount)
    sessions = scope.visible(site, request, ConnectSession)
    events = scope.visible(site, request, WebhookEvent)
    kinds = {LinkedAccount: accounts, ConnectSession: sessions, WebhookEvent: events}
    shown: list[LinkedAccount] = []
    has_more = False
    if accounts is not None:
        shown, has_more = owner_records.accounts(accounts, owner)
    newest = [] if events is None else owner_records.events(events, owner, before)
    counts = EventCounts()
    if events is not None and before is None:
        counts = owner_records.event_counts(events, owner, newest)
    history = History(
        site=site,
        request=request,
        owner=owner,
        lifetime=lifetime,
        sees=frozenset(model for model, found in kinds.items() if found is not None),
        accounts=shown,
        has_more_accounts=has_more,
        sessions=[] if sessions is None else owner_records.sessions(sessions, owner, before),
        events=newest,
        event_counts=counts,
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

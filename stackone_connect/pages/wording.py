"""Accounts and what happened to them, in the words that the pages show."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext, gettext_lazy, ngettext_lazy, pgettext

from stackone_connect import clock
from stackone_connect.choices import AccountStatus
from stackone_connect.entities import Connector
from stackone_connect.models import LinkedAccount
from stackone_connect.services.activity import Activity, ActivityKind

Connectors = Mapping[str, Connector]

_STATUS = {
    AccountStatus.ACTIVE: (gettext_lazy("Active"), "good"),
    AccountStatus.ERROR: (gettext_lazy("Needs reconnecting"), "bad"),
    AccountStatus.EXPIRED: (gettext_lazy("Test ended"), "neutral"),
    AccountStatus.SUSPENDED: (gettext_lazy("Paused"), "warn"),
    AccountStatus.INACTIVE: (gettext_lazy("Inactive"), "neutral"),
    AccountStatus.ARCHIVED: (gettext_lazy("Archived"), "neutral"),
}
#: From how many seconds on a time is told in that unit. Whole sentences: in many languages the unit
#: has another form after "ago".
_AGO = [
    (31_536_000, ngettext_lazy("%(count)d year ago", "%(count)d years ago", "count")),
    (2_592_000, ngettext_lazy("%(count)d month ago", "%(count)d months ago", "count")),
    (604_800, ngettext_lazy("%(count)d week ago", "%(count)d weeks ago", "count")),
    (86_400, ngettext_lazy("%(count)d day ago", "%(count)d days ago", "count")),
    (3_600, ngettext_lazy("%(count)d hour ago", "%(count)d hours ago", "count")),
    (60, ngettext_lazy("%(count)d minute ago", "%(count)d minutes ago", "count")),
]
#: Letters. StackOne's short categories are abbreviations: HRIS, ATS, LMS.
_ABBREVIATION = 4


@dataclass(frozen=True, kw_only=True)
class AccountItem:
    """An account as a page shows it.

    ``name`` tells it apart from the organization's others in dialogs and for screen readers.
    """

    account: LinkedAccount
    name: str
    provider: str
    logo: str
    status: str
    tone: str
    reason: str
    detail: str
    linked: str

    @property
    def monogram(self) -> str:
        """The first letter of the provider."""
        return self.provider[:1].upper()

    @property
    def is_going(self) -> bool:
        """Whether somebody has asked to disconnect it."""
        return self.account.disconnect_requested_at is not None

    @property
    def linked_at(self) -> datetime | None:
        """When it was connected, for machines."""
        return self.account.stackone_created_at


@dataclass(frozen=True, kw_only=True)
class ActivityLine:
    """One thing that happened, as a sentence."""

    text: str
    at: datetime
    ago: str


def provider_name(provider: str, connectors: Connectors, *, said: str = "") -> str:
    """What people call a provider: what StackOne says of it, else its key, made readable; of one
    that StackOne does not name, that there is an account."""
    known = connectors.get(provider)
    readable = provider.replace("_", " ").capitalize()
    return said or (known.name if known else "") or readable or gettext("An account")


def account_item(
    account: LinkedAccount, connectors: Connectors, *, twins: Collection[str] = ()
) -> AccountItem:
    """A row; ``twins`` are the providers of which there are several accounts."""
    provider = provider_name(account.provider, connectors, said=account.provider_name)
    status, tone = _status(account)
    known = connectors.get(account.provider)
    return AccountItem(
        account=account,
        name=_name(account, provider, has_twins=account.provider in twins),
        provider=provider,
        logo=known.logo_url if known else "",
        status=status,
        tone=tone,
        reason=gettext("Its sign-in details are no longer accepted.")
        if account.needs_reconnect
        else "",
        detail=_detail(account),
        linked=_linked(account),
    )


def _name(account: LinkedAccount, provider: str, *, has_twins: bool) -> str:
    if account.label:
        return pgettext("provider and the account's name", "%(provider)s (%(label)s)") % {
            "provider": provider,
            "label": account.label,
        }
    if has_twins and account.stackone_created_at:
        return gettext("%(provider)s, connected %(date)s") % {
            "provider": provider,
            "date": moment(account.stackone_created_at),
        }
    return provider


def _status(account: LinkedAccount) -> tuple[str, str]:
    if account.disconnected_at is not None:
        return gettext("Disconnected"), "neutral"
    if account.disconnect_requested_at is not None:
        return gettext("Disconnecting"), "neutral"
    known = {str(key): value for key, value in _STATUS.items()}.get(account.status)
    # StackOne may add statuses; an unknown one is shown as it is.
    text, tone = known or (account.status.replace("_", " ").capitalize(), "neutral")
    return str(text), tone


def _detail(account: LinkedAccount) -> str:
    """What StackOne says about why it needs reconnecting, in StackOne's own words."""
    if not account.needs_reconnect:
        return ""
    reasons = [reason for reason in account.status_reasons if isinstance(reason, dict)]
    return next((str(r["description"]) for r in reasons if r.get("description")), "")


def _linked(account: LinkedAccount) -> str:
    """Who connected it and when, as far as StackOne says."""
    if account.stackone_created_at is None:
        return ""
    values = {"who": account.origin_username, "ago": ago(account.stackone_created_at)}
    if account.origin_username:
        return gettext("Connected %(ago)s by %(who)s") % values
    return gettext("Connected %(ago)s") % values


def activity_line(activity: Activity, connectors: Connectors) -> ActivityLine:
    """The sentence of one thing that happened."""
    account = activity.account
    if account is not None and (account.provider_name or account.provider):
        name = account_item(account, connectors).name
    elif activity.provider:
        name = provider_name(activity.provider, connectors)
    else:
        name = gettext("an account")
    text = _pattern(activity) % {"who": activity.who, "name": name}
    return ActivityLine(text=text, at=activity.at, ago=ago(activity.at))


def _pattern(activity: Activity) -> str:
    known = {
        ActivityKind.CONNECTED: gettext("%(who)s connected %(name)s"),
        ActivityKind.UPDATED: gettext("%(who)s updated %(name)s"),
        ActivityKind.ADDED: gettext("%(who)s added another account: %(name)s"),
        ActivityKind.REFUSED: gettext("%(who)s tried to connect %(name)s, which refused"),
        ActivityKind.DISCONNECTED: gettext("%(name)s was disconnected"),
    }
    unknown = {
        ActivityKind.CONNECTED: gettext("%(name)s was connected"),
        ActivityKind.UPDATED: gettext("%(name)s was updated"),
        ActivityKind.ADDED: gettext("Another account was added: %(name)s"),
        ActivityKind.REFUSED: gettext("%(name)s refused to be connected"),
    }
    return known[activity.kind] if activity.who else {**known, **unknown}[activity.kind]


def ago(at: datetime) -> str:
    """How long ago, in one unit: "3 hours ago"."""
    seconds = (clock.now() - at).total_seconds()
    for size, sentence in _AGO:
        if seconds >= size:
            return sentence % {"count": int(seconds // size)}
    return gettext("just now")


def moment(at: datetime) -> str:
    """A date and a time, as the page's language and time zone have it."""
    local = timezone.localtime(at) if timezone.is_aware(at) else at
    return date_format(local, "SHORT_DATETIME_FORMAT")


def listed(names: Iterable[str]) -> str:
    """Names as a list in a sentence: "BambooHR, Gusto and Workday"."""
    *others, last = list(names)
    if not others:
        return last
    return gettext("%(some)s and %(last)s") % {"some": ", ".join(others), "last": last}


def category_name(category: str) -> str:
    """A category of StackOne's as people write it."""
    if len(category) <= _ABBREVIATION:
        return category.upper()
    return category.replace("-", " ").capitalize()

"""What people read for the values that are stored: categories, reasons, attempts, codes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime

from django.utils.functional import Promise
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from stackone_connect.admin.times import ago, lasting
from stackone_connect.choices import AccountStatus
from stackone_connect.models import ConnectSession, LinkedAccount, WebhookEvent
from stackone_connect.responses import read_time
from stackone_connect.rules import one_line

_Texts = Mapping[str, str | Promise]

#: StackOne notes §1.1.
CATEGORIES: _Texts = {
    "accounting": gettext_lazy("Accounting"),
    "ats": gettext_lazy("Recruiting (ATS)"),
    "crm": gettext_lazy("Customers (CRM)"),
    "documents": gettext_lazy("Documents"),
    "hris": gettext_lazy("HR (HRIS)"),
    "hris-legacy": gettext_lazy("HR, legacy (HRIS)"),
    "iam": gettext_lazy("Access (IAM)"),
    "lms": gettext_lazy("Learning (LMS)"),
    "marketing": gettext_lazy("Marketing"),
    "messaging": gettext_lazy("Messaging"),
    "scheduling": gettext_lazy("Scheduling"),
    "screening": gettext_lazy("Screening"),
    "stackone": gettext_lazy("StackOne"),
    "ticketing": gettext_lazy("Ticketing"),
}

#: Why a session failed before anybody could open it.
ERRORS: _Texts = {
    "abandoned": gettext_lazy("our process was stopped meanwhile"),
    "stackone_bad_answer": gettext_lazy("StackOne's response could not be read"),
    "stackone_misconfigured": gettext_lazy("our API key was refused"),
    "stackone_rate_limited": gettext_lazy("StackOne was busy"),
    "stackone_rejected": gettext_lazy("StackOne refused it"),
    "stackone_unavailable": gettext_lazy("StackOne could not be reached"),
    "account_not_found": gettext_lazy("StackOne no longer has that account"),
    "unavailable": gettext_lazy("our server was busy"),
}

#: Codes of OAuth (RFC 6749) that providers send, and what an attempt's status says without one.
ATTEMPTS: _Texts = {
    "access_denied": gettext_lazy("access was not granted"),
    "authenticated": gettext_lazy("signed in at the provider, not finished in the hub"),
    "cancelled": gettext_lazy("the provider's window was closed"),
    "error": gettext_lazy("the provider refused it"),
    "expired": gettext_lazy("the sign-in at the provider took too long"),
    "invalid_client": gettext_lazy("the provider does not know the app's credentials"),
    "invalid_grant": gettext_lazy("the provider no longer accepts the sign-in"),
    "invalid_request": gettext_lazy("the provider did not understand the request"),
    "invalid_scope": gettext_lazy("the provider does not allow the access that was asked for"),
    "pending": gettext_lazy("the sign-in at the provider is not finished"),
    "server_error": gettext_lazy("the provider has a fault"),
    "temporarily_unavailable": gettext_lazy("the provider was not available"),
    "unauthorized_client": gettext_lazy("the provider does not allow the app"),
}

#: Why an event is not processed.
EVENT_ERRORS: _Texts = {
    "of_another_owner": gettext_lazy("StackOne says that the account is another organization's"),
    "of_another_type": gettext_lazy("the account is of another environment"),
    "unknown_owner": gettext_lazy("no organization here has that id at StackOne"),
    "worker_killed": gettext_lazy("the worker was stopped each time"),
    **ERRORS,
}

#: StackOne's fields of a session (StackOne notes §1.1).
_FIELDS: _Texts = {
    "account_id": gettext_lazy("Account"),
    "categories": gettext_lazy("Categories"),
    "connector_profile_id": gettext_lazy("Connector profile"),
    "expires_in": gettext_lazy("Lasts"),
    "label": gettext_lazy("Label"),
    "metadata": gettext_lazy("Metadata"),
    "multiple": gettext_lazy("Another account"),
    "origin_owner_id": gettext_lazy("Organization's id"),
    "origin_owner_name": gettext_lazy("Organization's name"),
    "origin_username": gettext_lazy("Person"),
    "provider": gettext_lazy("Provider"),
    "type": pgettext_lazy("of an account", "Type"),
}

_STATUSES: _Texts = {
    AccountStatus.ACTIVE: "",  # it works, until it is disconnected as asked
    AccountStatus.ARCHIVED: gettext_lazy("archived at StackOne"),
    AccountStatus.ERROR: gettext_lazy("StackOne can't sign in any more"),
    AccountStatus.EXPIRED: gettext_lazy("the test account has ended"),
    AccountStatus.INACTIVE: gettext_lazy("inactive at StackOne"),
    AccountStatus.SUSPENDED: gettext_lazy("suspended at StackOne"),
}


def categories(codes: Iterable[object]) -> str:
    """The categories as people call them."""
    return ", ".join(str(CATEGORIES.get(str(code), code)) for code in codes)


def error(code: str) -> str:
    """Why a session failed, with the code that logs and the API have."""
    return _with_code(ERRORS, code)


def attempt(session: ConnectSession) -> str:
    """How the newest attempt at the provider went; blank where StackOne knows of none."""
    status, code = session.attempt_status, session.attempt_code
    if session.attempt_account_id:
        return _("succeeded")
    if code in ATTEMPTS or not code:
        return _with_code(ATTEMPTS, code or status) if status else ""
    return f"{ATTEMPTS.get(status, status)} ({code})"


def request(sent: Mapping[str, object]) -> SafeString | str:
    """What StackOne was asked for: each field in words, those that the host adds by their name."""
    fields = [(str(_FIELDS.get(name, name)), _value(name, sent[name])) for name in sent]
    shown = format_html_join("", "<dt>{}</dt><dd>{}</dd>", fields)
    return format_html('<dl class="stackone-request">{}</dl>', shown) if shown else "-"


def _value(name: str, value: object) -> str:
    if name == "categories" and isinstance(value, list):
        return categories(value)
    if name == "expires_in" and isinstance(value, int):
        return lasting(value)
    if isinstance(value, bool):
        return _("Yes") if value else _("No")
    if isinstance(value, Mapping):
        return ", ".join(f"{key}: {_value('', inner)}" for key, inner in value.items())
    if isinstance(value, list):
        return ", ".join(_value("", inner) for inner in value)
    return "-" if value is None else str(value)


def event_error(event: WebhookEvent) -> str:
    """Why an event is not processed; blank where nothing failed."""
    return _with_code(EVENT_ERRORS, event.last_error) if event.last_error else ""


def account(item: LinkedAccount) -> str:
    """The name by which people know an account: the provider, and the label where it has one."""
    name = item.provider_name or item.provider or _("An account")
    return f"{name} · {item.label}" if item.label else name


def reason(item: LinkedAccount) -> str:
    """Why an account has the status that it has: StackOne's words, else what the status means."""
    return _told(item) or str(_STATUSES.get(item.status, item.status))


def since(item: LinkedAccount) -> datetime | None:
    """When an account got its status: as the newest reason says, else when it last changed."""
    given = [each.get("timestamp") for each in item.status_reasons if isinstance(each, dict)]
    return max(filter(None, map(read_time, given)), default=item.changed_at)


def condition(item: LinkedAccount, *, now: datetime | None = None) -> str:
    """Why a connected account does not work, and since when."""
    if item.disconnect_requested_at is not None:
        when = {"when": ago(item.disconnect_requested_at, now=now)}
        return _("asked %(when)s to be disconnected, StackOne has not confirmed it yet") % when
    at = since(item)
    if at is None:
        return reason(item)
    values = {"reason": reason(item), "when": ago(at, now=now)}
    # StackOne says what happened then; a status says how it is since.
    return (_("%(reason)s %(when)s") if _told(item) else _("%(reason)s (%(when)s)")) % values


def _told(item: LinkedAccount) -> str:
    """StackOne's reasons, in its own words."""
    return "; ".join(text for text in map(_reason, item.status_reasons) if text)


def _reason(given: object) -> str:
    """One of StackOne's reasons; its code only where there is nothing better."""
    if not isinstance(given, dict):
        return ""
    text = one_line(given.get("description") or "").rstrip(". ")
    code = str(given.get("code") or "")
    return text or code.replace("_", " ")


def _with_code(known: _Texts, code: str) -> str:
    if code not in known:
        return code.replace("_", " ")
    return f"{known[code]} ({code})"

"""Support's page of one organization: a verdict, its accounts, and what happened."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import django
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.translation import gettext as _

from stackone_connect import conf, tenancy
from stackone_connect.admin import history, labels, owner_pages, timeline, verdict
from stackone_connect.admin.display import WITHOUT_ORGANIZATION
from stackone_connect.admin.history import History
from stackone_connect.admin.stories import Story
from stackone_connect.admin.verdict import Line
from stackone_connect.conf.rules import PROTECT
from stackone_connect.exceptions import ConfigurationError
from stackone_connect.models import ConnectSession, LinkedAccount, OriginOwner
from stackone_connect.responses import read_time

if TYPE_CHECKING:
    from stackone_connect.admin.owners import OriginOwnerAdmin

#: Accounts that work are behind a fold where there are more.
UNFOLDED = 8


@dataclass(frozen=True, kw_only=True)
class AccountLine:
    """An account in the table, with the newest session that says something of it."""

    account: LinkedAccount
    name: str
    link: str
    health: str
    linked: str
    note: str
    story: Story | None
    person: str


def context(model_admin: OriginOwnerAdmin, request: HttpRequest, owner: OriginOwner) -> Any:
    """What the page's template needs; each part as the admin of its model allows.

    The address may say ``before``: then only what happened before that time is shown.
    """
    try:
        settings = conf.read()
    except ConfigurationError:  # shown at the top of the page
        return {}
    before = read_time(request.GET.get("before"))
    records = history.load(
        model_admin.admin_site,
        request,
        owner,
        lifetime=settings.session_lifetime,
        before=before,
    )
    shown = {
        "timeline": timeline.of(records, before=before),
        "is_older_page": before is not None,
        "tools_are_in_content": django.VERSION < (6, 1),
    }
    if before is not None:
        return shown
    organization = tenancy.organization_of(owner)
    may_link = model_admin.has_issue_link_permission(request, owner)
    drifted = drifts(owner)
    may_repin = drifted and model_admin.has_repin_permission(request, owner)
    lines = [*_about_owner(owner, drifted=drifted), *verdict.of(records)]
    return shown | {
        "verdict": lines,
        "verdict_kind": _worst(lines),
        "accounts": _accounts(records) if LinkedAccount in records.sees else None,
        "fetched_at": max((each.fetched_at for each in records.accounts), default=None),
        "may_repin": organization is not None and may_repin,
        "may_issue_link": organization is not None and may_link,
        "may_ask": organization is not None and model_admin.has_ask_permission(request, owner),
        "protects": organization is not None and settings.on_organization_delete == PROTECT,
        "providers": settings.providers,
    }


def drifts(owner: OriginOwner) -> bool:
    """Whether the organization has another name today than the pinned one."""
    try:
        return owner_pages.today(owner) is not None
    except owner_pages.UnknownNameError:
        return False


def _about_owner(owner: OriginOwner, *, drifted: bool) -> Iterator[Line]:
    if owner.organization_id is None:
        yield Line(message=str(WITHOUT_ORGANIZATION), kind="waiting")
    elif drifted:
        message = _("StackOne knows it as “{old}”, today it is called “{new}”")
        names = {"old": owner.origin_owner_name, "new": owner_pages.today(owner)}
        yield Line(message=format_html(message, **names), kind="waiting")


def _worst(lines: list[Line]) -> str:
    kinds = {line.kind for line in lines}
    return next((kind for kind in ("bad", "waiting", "good") if kind in kinds), "quiet")


def _accounts(records: History) -> dict[str, list[AccountLine]]:
    """The connected accounts: those that are always seen, and those behind a fold."""
    connected = [each for each in records.accounts if each.disconnected_at is None]
    first: list[AccountLine] = []
    others: list[AccountLine] = []
    for account in connected:
        works = not verdict.is_troubled(account)
        line = _line(account, records.newest_naming(account), records)
        folded = works and len(connected) > UNFOLDED
        (others if folded else first).append(line)
    return {"first": first, "others": others}


def _line(account: LinkedAccount, session: ConnectSession | None, records: History) -> AccountLine:
    story = None
    if account.needs_reconnect:
        session, story = verdict.followup(account, records) or (session, None)
    if session is not None:
        story = story or records.story(session)
    name = labels.account(account)
    return AccountLine(
        account=account,
        name=name,
        link=records.link(account, name),
        health=records.health(account),
        linked=records.day(account.stackone_created_at),
        note=labels.condition(account, now=records.now) if verdict.is_troubled(account) else "",
        story=story,
        person=session.requested_by_name if session is not None else "",
    )

"""How values are shown: small badges, links to rows, names that can't break a page."""

from __future__ import annotations

from typing import Any

from django.contrib.admin.sites import AdminSite
from django.contrib.admin.sites import site as default_site
from django.db.models import Model
from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from stackone_connect import tenancy
from stackone_connect.choices import AccountStatus
from stackone_connect.models import LinkedAccount, OriginOwner
from stackone_connect.rules import one_line

#: Shown for an owner whose organization the host has deleted.
WITHOUT_ORGANIZATION = _("Deleted organization, accounts still being disconnected")


def badge(text: object, kind: str = "quiet") -> SafeString | str:
    """A small label: ``good``, ``bad``, ``waiting`` or ``quiet``."""
    return format_html('<span class="stackone-badge {}">{}</span>', kind, text) if text else "-"


def noted(shown: SafeString | str, note: SafeString | str) -> SafeString | str:
    """A value with a note below it, in the same column of a list."""
    return format_html('{}<span class="stackone-note">{}</span>', shown, note) if note else shown


def name_of(row: Model) -> str:
    """The name of a host's row; its key where the host's ``__str__`` raises or is blank."""
    try:
        text = one_line(row)
    except Exception:  # noqa: BLE001 - the host's code; one row must not break the page
        text = ""
    return text or f"{row._meta.verbose_name} {row.pk}"


def link(
    row: Model | None,
    text: object = None,
    *,
    request: HttpRequest | None = None,
    site: AdminSite | None = None,
    addresses: Addresses | None = None,
) -> SafeString | str:
    """A link to a row's own admin page; only its name where this user has no such page.

    That is the case where the admin site does not register the model, and, with a request, where
    its admin does not let the user view the row. ``addresses`` are those of a page of many links.
    """
    if row is None:
        return "-"
    label, site = str(text or "") or name_of(row), site or default_site
    url = address(site, type(row), "change", row.pk) if addresses is None else addresses.of(row)
    if url is None:
        return label
    if request is not None and not site.get_model_admin(type(row)).has_view_permission(
        request, row
    ):
        return label
    return format_html('<a href="{}">{}</a>', url, label)


def address(site: AdminSite, model: type[Model], page: str, *args: Any) -> str | None:
    """The address of a model's admin page in a site; ``None`` where it is not registered."""
    if not site.is_registered(model):
        return None
    name = f"admin:{model._meta.app_label}_{model._meta.model_name}_{page}"
    try:
        return reverse(name, args=args, current_app=site.name)
    except NoReverseMatch:
        return None


class Addresses:
    """The addresses of rows' admin pages, each model's resolved once: it costs more than a link."""

    #: A key that is in no address by chance, and that any kind of key may be.
    _KEY = "918273645"

    def __init__(self, site: AdminSite) -> None:
        self._site = site
        self._known: dict[type[Model], tuple[str, str] | None] = {}

    def of(self, row: Model) -> str | None:
        """The address of a row's page; ``None`` where the model is not registered."""
        model = type(row)
        if model not in self._known:
            pattern = address(self._site, model, "change", self._KEY)
            before, key, after = (pattern or "").rpartition(self._KEY)
            self._known[model] = (before, after) if key else None
        found = self._known[model]
        return f"{found[0]}{row.pk}{found[1]}" if found else None


def organization_link(
    owner: OriginOwner, *, request: HttpRequest | None = None, site: AdminSite | None = None
) -> SafeString | str:
    """A link to the owner's organization, or that the host has deleted it."""
    organization = tenancy.organization_of(owner)
    if organization is None:
        return badge(WITHOUT_ORGANIZATION, "waiting")
    return link(organization, request=request, site=site)


def health(account: LinkedAccount) -> SafeString | str:
    """The status of an account, or that it is disconnected."""
    if account.disconnected_at is not None:
        return badge(_("Disconnected"))
    if account.disconnect_requested_at is not None:
        return badge(_("Being disconnected"), "waiting")
    if account.needs_reconnect:
        return badge(_("Needs reconnecting"), "bad")
    known = dict(AccountStatus.choices)
    kind = "good" if account.status == AccountStatus.ACTIVE else "waiting"
    return badge(known.get(account.status, account.status), kind)

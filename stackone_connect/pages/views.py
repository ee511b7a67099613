"""The Integrations page and the questions it asks. Each view calls one service."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any
from urllib.parse import urlencode

from django.http import Http404, HttpResponse, HttpResponseRedirect

from stackone_connect import conf, tenancy
from stackone_connect.api.throttling import throttle
from stackone_connect.exceptions import (
    AccountNotFoundError,
    InvalidRequestError,
    StackOneConnectError,
)
from stackone_connect.models import LinkedAccount
from stackone_connect.pages import parts
from stackone_connect.pages.addresses import BACK
from stackone_connect.pages.base import Page, status_of
from stackone_connect.pages.wording import provider_name
from stackone_connect.responses import read_time
from stackone_connect.rules import TEXT_LIMIT, is_identifier
from stackone_connect.services import accounts, activity, connectors

_ACTIVITIES = 50


class IntegrationsPage(Page):
    """What is connected, what needs reconnecting, what happened, and the way to connect more."""

    def get(self, request: Any) -> HttpResponse:
        """The page; its parts are template tags."""
        name = tenancy.default_owner_name(self.organization)
        context = {"organization": self.organization, "organization_name": name}
        return self.render("integrations.html", context)


class ActivityPage(Page):
    """All that happened, fifty at a time."""

    def get(self, request: Any) -> HttpResponse:
        """The page that begins ``before`` a time."""
        at = read_time(request.GET.get("before"))
        found = activity.recent(organization=self.organization, limit=_ACTIVITIES + 1, before=at)
        lines = parts.activity_lines(self.organization, found[:_ACTIVITIES])
        has_more = len(found) > _ACTIVITIES
        context = {"lines": lines, "before": lines[-1].at.isoformat() if has_more else ""}
        return self.render("activity.html", context)


class _QuestionPage(Page, ABC):
    """A question about one of the organization's accounts; pages show it in a dialog."""

    template: str

    @property
    def account(self) -> LinkedAccount:
        """The account that is named, also one that is gone; 404 for one that is not this
        organization's."""
        account_id = self.request.POST.get("account") or self.request.GET.get("account") or ""
        try:
            return accounts.get(organization=self.organization, account_id=account_id)
        except AccountNotFoundError:
            raise Http404 from None

    def get(self, request: Any) -> HttpResponse:
        """The question; of an account that is gone the page says that it is."""
        account = self.account
        if account.disconnected_at is not None:
            return self.done(account.account_id)
        return self.ask(account)

    def ask(self, account: LinkedAccount, *, status: int = 200, **context: Any) -> HttpResponse:
        """The question, with what went wrong at the last answer."""
        row = parts.item_of(self.organization, account)
        # Who has to sign in before the answer, or whose token is refused, is asked again.
        query = urlencode({"account": account.account_id, BACK: self.back})
        address = f"{self.request.path}?{query}"
        context = {"row": row, "address": address, "limit": TEXT_LIMIT, **context}
        return self.render(self.template, context, status=status)

    def post(self, request: Any) -> HttpResponse:
        """Do it, and back to the page."""
        account = self.account
        if account.disconnected_at is not None:
            return self.done(account.account_id)
        try:
            throttle(self.organization)
            self.act(account)
        except AccountNotFoundError:
            pass  # it is gone by now, as the page will show
        except StackOneConnectError as error:
            errors = getattr(error, "errors", {})
            sentences = [text for texts in errors.values() for text in texts]
            said = sentences if isinstance(error, InvalidRequestError) else [error.detail]
            wait = getattr(error, "retry_after", None)
            return self.ask(account, status=status_of(error), problems=said, retry_after=wait)
        return self.done(account.account_id)

    @abstractmethod
    def act(self, account: LinkedAccount) -> None:
        """What is to be done."""


class DisconnectPage(_QuestionPage):
    """Asks before an account is disconnected, and says which."""

    action = "disconnect"
    template = "disconnect.html"

    def act(self, account: LinkedAccount) -> None:
        """Disconnect it; where StackOne is unavailable the page says that it is retried."""
        accounts.disconnect(organization=self.organization, account_id=account.account_id)


class RenamePage(_QuestionPage):
    """Asks for the name that people know an account by."""

    action = "connect"
    template = "rename.html"

    def ask(self, account: LinkedAccount, *, status: int = 200, **context: Any) -> HttpResponse:
        """With the name that was refused, to be corrected, or the one that it has."""
        label = self.request.POST.get("label") or account.label
        return super().ask(account, status=status, label=label, **context)

    def act(self, account: LinkedAccount) -> None:
        """Name it, here and at StackOne where that takes one."""
        accounts.set_label(
            organization=self.organization,
            account_id=account.account_id,
            label=self.request.POST.get("label", ""),
        )


class ConnectPage(Page):
    """Asks, where accounts of a provider exist, whether to update one of them or add another.

    Without any it is a page that connects the provider.
    """

    action = "connect"

    def get(self, request: Any) -> HttpResponse:
        """The question, or the button."""
        provider = request.GET.get("provider", "")
        if not is_identifier(provider):
            return HttpResponseRedirect(self.index)
        known = connectors.known(organization=self.organization)
        connected = accounts.history(organization=self.organization)
        theirs = connected.filter(provider=provider).broken_first()
        rows = parts.items_of(self.organization, connected, theirs)
        said = next((row.account.provider_name for row in rows), "")
        context = {
            "provider": provider,
            "name": provider_name(provider, known, said=said),
            "rows": rows,
            "may_add": conf.read().allow_multiple,
            "limit": TEXT_LIMIT,
        }
        return self.render("connect.html", context)


class LogosView(Page):
    """The page's script asks for it where the providers' logos are not known yet."""

    def get(self, request: Any) -> HttpResponse:
        """204 once StackOne was asked; the page then reads its list again."""
        connectors.refresh(organization=self.organization)
        return HttpResponse(status=204)

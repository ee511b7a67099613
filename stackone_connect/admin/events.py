"""Webhook events: what StackOne reported, and what is still to be processed."""

from __future__ import annotations

from collections.abc import Iterator

from django.contrib import admin, messages
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from stackone_connect.admin import audit, labels, related
from stackone_connect.admin.base import ReadOnlyAdmin
from stackone_connect.admin.display import badge
from stackone_connect.choices import EventState
from stackone_connect.models import WebhookEvent
from stackone_connect.services import events

_KINDS = {
    EventState.DONE.value: "good",
    EventState.DUE.value: "waiting",
    EventState.QUARANTINED.value: "bad",
    EventState.FAILED.value: "quiet",
}


@admin.register(WebhookEvent)
class WebhookEventAdmin(ReadOnlyAdmin[WebhookEvent]):
    """Every event that was answered ``accepted``, newest first."""

    project_path = "project"
    newest_by = "received_at"
    indexed_fields = ("state", "account_id", "origin_owner_id", "project")
    sortable_by = ("received_at",)

    list_display = (
        "received_at",
        "event",
        "account_id",
        "origin_owner_id",
        "provider",
        "state_badge",
        "attempts",
        "error",
    )
    list_filter = ("state", ("received_at", admin.DateFieldListFilter))
    search_fields = ("account_id", "origin_owner_id", "provider", "event", "last_error")
    search_help_text = _(
        "A part of an account's or an organization's id at StackOne, of the provider, of the "
        "event's name, or of an error code."
    )
    readonly_fields = ("state_badge", "error", "account", "organization", "sessions")
    fields = (
        "event",
        "organization",
        "account",
        "sessions",
        "provider",
        "event_date",
        "received_at",
        "state_badge",
        "attempts",
        "next_attempt_at",
        "error",
        "digest",
    )
    actions = ("process_again",)

    def has_replay_permission(self, request: HttpRequest) -> bool:
        """Replaying changes a row and so needs Django's change permission."""
        return bool(request.user.has_perm("stackone_connect.change_webhookevent"))

    @admin.action(description=_("Process again"), permissions=["replay"])
    def process_again(self, request: HttpRequest, queryset: QuerySet[WebhookEvent]) -> None:
        """Make the chosen events due; the next ``stackone_process`` processes them."""
        chosen = list(queryset)
        count = events.replay(event_ids=[event.pk for event in chosen])
        audit.events_replayed(request, chosen)
        message = ngettext(
            "%(count)d event is due again. The next stackone_process processes it.",
            "%(count)d events are due again. The next stackone_process processes them.",
            count,
        )
        self.message_user(request, message % {"count": count}, messages.SUCCESS)

    def exact_matches(self, term: str) -> Iterator[Q]:
        """The account's id."""
        yield Q(account_id=term)

    def owner_matches(self, request: HttpRequest, term: str) -> Iterator[Q]:
        """The events that name the organization."""
        yield Q(origin_owner_id=term)

    @admin.display(description=_("state"))
    def state_badge(self, event: WebhookEvent) -> str:
        """The state, as a badge."""
        return badge(event.get_state_display(), _KINDS.get(event.state, "quiet"))

    @admin.display(description=_("error"))
    def error(self, event: WebhookEvent) -> str:
        """Why it is not processed."""
        return labels.event_error(event) or "-"

    @admin.display(description=_("organization"))
    def organization(self, event: WebhookEvent) -> str:
        """A link to the organization that it names."""
        owner = related.owner_of(self, event)
        if owner is None:
            return event.origin_owner_id or "-"
        return self.link_to(event, owner, f"{owner.origin_owner_name} ({event.origin_owner_id})")

    @admin.display(description=_("account"))
    def account(self, event: WebhookEvent) -> str:
        """A link to the account that it names."""
        return related.account(self, event, related.owner_of(self, event), event.account_id)

    @admin.display(description=_("sessions of its account"))
    def sessions(self, event: WebhookEvent) -> str:
        """The newest sessions that name its account."""
        owner = related.owner_of(self, event)
        return related.sessions(self, event, owner, {event.account_id} - {""})

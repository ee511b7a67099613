"""Webhook events: what StackOne told, and what is still to be asked."""

from __future__ import annotations

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from stackone_connect.admin.base import ReadOnlyAdmin, badge
from stackone_connect.choices import EventState
from stackone_connect.models import WebhookEvent
from stackone_connect.services import events

_KINDS = {
    EventState.DONE.value: "good",
    EventState.DUE.value: "waiting",
    EventState.QUARANTINED.value: "bad",
    EventState.RESTING.value: "quiet",
}


@admin.register(WebhookEvent)
class WebhookEventAdmin(ReadOnlyAdmin[WebhookEvent]):
    """Every event that was answered ``accepted``, newest first."""

    list_display = (
        "received_at",
        "event",
        "account_id",
        "origin_owner_id",
        "provider",
        "state_badge",
        "attempts",
        "last_error",
    )
    list_filter = ("state", ("received_at", admin.DateFieldListFilter))
    search_fields = ("account_id__exact", "origin_owner_id__exact")
    search_help_text = _("Account id, or the organization's id at StackOne.")
    readonly_fields = ("state_badge",)
    fields = (
        "event",
        "account_id",
        "origin_owner_id",
        "provider",
        "event_date",
        "received_at",
        "state_badge",
        "attempts",
        "next_attempt_at",
        "last_error",
        "digest",
    )
    actions = ("process_again",)

    def has_replay_permission(self, request: HttpRequest) -> bool:
        """Replaying changes a row, so it takes Django's change permission."""
        return bool(request.user.has_perm("stackone_connect.change_webhookevent"))

    @admin.action(description=_("Process again"), permissions=["replay"])
    def process_again(self, request: HttpRequest, queryset: QuerySet[WebhookEvent]) -> None:
        """Make the chosen events due; StackOne is asked by the next run."""
        count = events.replay(event_ids=list(queryset.values_list("pk", flat=True)))
        sentence = ngettext(
            "%(count)d event is due again. The next stackone_process_webhooks takes it up.",
            "%(count)d events are due again. The next stackone_process_webhooks takes them up.",
            count,
        )
        self.message_user(request, sentence % {"count": count}, messages.SUCCESS)

    @admin.display(description=_("state"), ordering="state")
    def state_badge(self, event: WebhookEvent) -> str:
        """Where it stands."""
        return badge(event.get_state_display(), _KINDS.get(event.state, "quiet"))

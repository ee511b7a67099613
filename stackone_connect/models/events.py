"""What StackOne's webhooks said, kept until StackOne was asked."""

from __future__ import annotations

from datetime import datetime

from django.db import connections, models
from django.db.models import Expression, Q, Subquery
from django.utils.translation import gettext_lazy as _

from stackone_connect import clock
from stackone_connect.choices import EventState
from stackone_connect.conf.rules import DEFAULT_PROJECT
from stackone_connect.models import indexes
from stackone_connect.models.fields import ExactCharField, InstantField
from stackone_connect.models.querysets import PrimaryQuerySet


class WebhookEventQuerySet(PrimaryQuerySet["WebhookEvent"]):
    """The words in which events are asked for."""

    def due(self, *, at: datetime | Expression | None = None) -> WebhookEventQuerySet:
        """Those that are due (default now) and that no worker holds, oldest first."""
        at = at or clock.now()
        free = Q(leased_until=None) | Q(leased_until__lte=at)
        due = self.filter(free, state=EventState.DUE, next_attempt_at__lte=at)
        return due.order_by("next_attempt_at", "pk")

    def of_the_account_of(self, event_id: int | Expression) -> WebhookEventQuerySet:
        """Those about the same account as this event."""
        event = WebhookEvent.objects.filter(pk=event_id).order_by()
        if connections[self.db].features.update_can_self_select:
            # Limited as Django asks for it, although there is only one.
            project, account_id = event.values("project")[:1], event.values("account_id")[:1]
            return self.filter(project=Subquery(project), account_id=Subquery(account_id))
        found = event.values_list("project", "account_id").first()
        return self.filter(project=found[0], account_id=found[1]) if found else self.none()

    def make_due(self) -> int:
        """Have them processed anew, whatever became of them; how many. A lease ends with it."""
        return self.update(
            state=EventState.DUE,
            attempts=0,
            next_attempt_at=clock.now(),
            lease=None,
            leased_until=None,
            last_error="",
        )

    def naming(self, *, project: str, origin_owner_id: str) -> WebhookEventQuerySet:
        """Those that name this owner of a StackOne project."""
        return self.filter(project=project, origin_owner_id=origin_owner_id)

    def quarantined(self) -> WebhookEventQuerySet:
        """Those that can't be believed as things stand."""
        return self.filter(state=EventState.QUARANTINED)


class WebhookEvent(models.Model):
    """One verified account event (StackOne notes §4.2), by the columns that are safe to keep.

    The body is never stored. ``digest`` makes two deliveries of one event one row. Lease, attempts
    and backoff are on the row, so that any queue, or none, will do.
    """

    project = ExactCharField(_("StackOne project"), max_length=64, default=DEFAULT_PROJECT)
    event = ExactCharField(_("event"), max_length=255)
    account_id = ExactCharField(_("account id"), max_length=255, blank=True)
    origin_owner_id = ExactCharField(_("origin owner id"), max_length=255, blank=True)
    provider = ExactCharField(_("provider"), max_length=255, blank=True)
    event_date = InstantField(_("event date"), null=True, blank=True)
    digest = ExactCharField(_("digest"), max_length=64)
    received_at = InstantField(_("received at"), default=clock.now)
    state = ExactCharField(_("state"), max_length=16, choices=EventState, default=EventState.DUE)
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)
    next_attempt_at = InstantField(_("next attempt at"), default=clock.now)
    lease = models.UUIDField(_("lease"), null=True, blank=True, editable=False)
    leased_until = InstantField(_("leased until"), null=True, blank=True, editable=False)
    last_error = ExactCharField(_("last error"), max_length=64, blank=True)

    objects = WebhookEventQuerySet.as_manager()

    class Meta:
        base_manager_name = "objects"
        verbose_name = _("webhook event")
        verbose_name_plural = _("webhook events")
        ordering = ("-received_at", "-id")
        indexes = indexes.EVENTS
        constraints = [
            # Not ``unique=True``, with which PostgreSQL gets a second index, for LIKE.
            models.UniqueConstraint(fields=["digest"], name="stackone_event_unique"),
            models.CheckConstraint(
                condition=Q(state__in=EventState.values), name="stackone_event_state"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.event} {self.account_id}"

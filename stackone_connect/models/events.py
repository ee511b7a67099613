"""What StackOne's webhooks said: hints, kept until StackOne was asked."""

from __future__ import annotations

from datetime import datetime

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from stackone_connect import clock
from stackone_connect.choices import EventState
from stackone_connect.models.fields import InstantField


class WebhookEventQuerySet(models.QuerySet["WebhookEvent"]):
    """The words in which events are asked for."""

    def due(self, *, at: datetime | None = None) -> WebhookEventQuerySet:
        """Those whose turn has come (default now), oldest first."""
        turn = Q(next_attempt_at__lte=at or clock.now())
        return self.filter(turn, state=EventState.DUE).order_by("next_attempt_at", "pk")

    def quarantined(self, origin_owner_id: str) -> WebhookEventQuerySet:
        """Those that wait for this owner to be known."""
        return self.filter(state=EventState.QUARANTINED, origin_owner_id=origin_owner_id)


class WebhookEvent(models.Model):
    """One verified account event (contract §4.2), by the columns that are safe to keep.

    The body is never stored. ``digest`` makes two deliveries of one event one row. Lease, attempts
    and backoff are on the row, so that any queue, or none, will do.
    """

    event = models.CharField(_("event"), max_length=255)
    account_id = models.CharField(_("account id"), max_length=255, blank=True)
    origin_owner_id = models.CharField(_("origin owner id"), max_length=255, blank=True)
    provider = models.CharField(_("provider"), max_length=255, blank=True)
    event_date = InstantField(_("event date"), null=True, blank=True)
    digest = models.CharField(_("digest"), max_length=64, unique=True)
    received_at = InstantField(_("received at"), default=clock.now)
    state = models.CharField(_("state"), max_length=16, choices=EventState, default=EventState.DUE)
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)
    next_attempt_at = InstantField(_("next attempt at"), default=clock.now)
    last_error = models.CharField(_("last error"), max_length=64, blank=True)

    objects = WebhookEventQuerySet.as_manager()

    class Meta:
        verbose_name = _("webhook event")
        verbose_name_plural = _("webhook events")
        ordering = ("-received_at", "-id")
        indexes = [
            models.Index(fields=["state", "next_attempt_at"], name="stackone_event_due"),
            models.Index(fields=["account_id"], name="stackone_event_account"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=EventState.values), name="stackone_event_state"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.event} {self.account_id}"

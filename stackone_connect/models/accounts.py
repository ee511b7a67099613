"""What StackOne holds for an organization."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from stackone_connect import clock
from stackone_connect.choices import AccountStatus
from stackone_connect.models.fields import InstantField
from stackone_connect.models.owners import OriginOwner


class LinkedAccountQuerySet(models.QuerySet["LinkedAccount"]):
    """The words in which accounts are asked for. Every read starts from an owner."""

    def of(self, owner: OriginOwner) -> LinkedAccountQuerySet:
        """The owner's own accounts."""
        return self.filter(owner=owner)

    def connected(self) -> LinkedAccountQuerySet:
        """Those that still exist at StackOne, whatever their status."""
        return self.filter(disconnected_at=None)

    def usable(self) -> LinkedAccountQuerySet:
        """Those whose data can be asked for now, and that nobody asked to disconnect."""
        return self.connected().filter(status=AccountStatus.ACTIVE, disconnect_requested_at=None)

    def named_or_moved(
        self, account_ids: Collection[str], *, since: datetime, until: datetime
    ) -> LinkedAccountQuerySet:
        """Those with one of these ids, and those that were made or moved within a time."""
        span = (since, until)
        return self.filter(
            Q(account_id__in=account_ids)
            | Q(stackone_created_at__range=span)
            | Q(stackone_updated_at__range=span)
            | Q(event_at__range=span)
        )

    def broken(self) -> LinkedAccountQuerySet:
        """Those that need reconnecting, and that nobody asked to disconnect."""
        return self.connected().filter(status=AccountStatus.ERROR, disconnect_requested_at=None)

    def to_disconnect(self, *, at: datetime | None = None) -> LinkedAccountQuerySet:
        """Those that somebody asked to disconnect while StackOne did not answer, and are due."""
        return self.connected().filter(
            disconnect_requested_at__isnull=False, next_disconnect_at__lte=at or clock.now()
        )


class LinkedAccount(models.Model):
    """A linked account as StackOne last described it. Written by ``services.accounts.record`` only.

    ``status`` is StackOne's word, also one we do not know. ``asked_at`` is when the answer behind
    this row was asked for (our clock): an answer asked for earlier is dropped.
    """

    owner = models.ForeignKey(
        OriginOwner, on_delete=models.PROTECT, related_name="accounts", verbose_name=_("owner")
    )
    account_id = models.CharField(_("account id"), max_length=255)
    provider = models.CharField(_("provider"), max_length=255, blank=True)
    provider_name = models.CharField(_("provider name"), max_length=255, blank=True)
    type = models.CharField(_("type"), max_length=255, blank=True)
    status = models.CharField(_("status"), max_length=255, blank=True)
    status_reasons = models.JSONField(_("status reasons"), default=list, blank=True)
    origin_owner_name = models.CharField(_("origin owner name"), max_length=255, blank=True)
    origin_username = models.CharField(_("origin username"), max_length=255, blank=True)
    label = models.CharField(_("label"), max_length=255, blank=True)
    categories = models.JSONField(_("categories"), default=list, blank=True)
    stackone_created_at = InstantField(_("linked at"), null=True, blank=True)
    stackone_updated_at = InstantField(_("updated at"), null=True, blank=True)
    event_at = InstantField(
        _("updated by event at"),
        null=True,
        blank=True,
        help_text=_("The newest date of a verified account.updated event."),
    )
    disconnect_requested_at = InstantField(_("disconnect requested at"), null=True, blank=True)
    next_disconnect_at = InstantField(_("next try to disconnect at"), null=True, blank=True)
    disconnected_at = InstantField(_("disconnected at"), null=True, blank=True)
    asked_at = InstantField(_("asked at"))
    created_at = InstantField(_("first seen at"), default=clock.now)

    objects = LinkedAccountQuerySet.as_manager()

    class Meta:
        verbose_name = _("linked account")
        verbose_name_plural = _("linked accounts")
        ordering = ("-created_at", "-id")
        indexes = [
            models.Index(fields=["owner", "-created_at", "-id"], name="stackone_account_history"),
            models.Index(fields=["account_id"], name="stackone_account_id"),
            models.Index(
                fields=["next_disconnect_at"],
                name="stackone_account_disconnect",
                condition=Q(next_disconnect_at__isnull=False),
            ),
        ]
        constraints = [
            models.UniqueConstraint(fields=["owner", "account_id"], name="stackone_account_unique"),
            models.CheckConstraint(condition=~Q(account_id=""), name="stackone_account_not_blank"),
        ]

    def __str__(self) -> str:
        return f"{self.provider_name or self.provider} {self.account_id}"

    @property
    def moved_at(self) -> datetime | None:
        """When the account last changed, by StackOne's clock."""
        times = (self.stackone_created_at, self.stackone_updated_at, self.event_at)
        return max((time for time in times if time is not None), default=None)

    @property
    def needs_reconnect(self) -> bool:
        """Whether its credentials must be given again. Only ``error`` says so: ``expired`` is a
        test account that ended, and ``suspended`` can't be lifted by API (contract §5.3)."""
        going = self.disconnected_at is not None or self.disconnect_requested_at is not None
        return not going and self.status == AccountStatus.ERROR

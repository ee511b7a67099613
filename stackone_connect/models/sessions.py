"""What was asked of StackOne, and what came of it."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Iterable
from datetime import datetime, timedelta

from django.conf import settings
from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.utils.translation import gettext_lazy as _

from stackone_connect import clock
from stackone_connect.choices import EXPIRED, SessionOutcome, SessionPath, SessionStatus
from stackone_connect.models.fields import InstantField
from stackone_connect.models.owners import OriginOwner


class ConnectSessionQuerySet(models.QuerySet["ConnectSession"]):
    """The words in which sessions are asked for. Every read starts from an owner."""

    def of(self, owner: OriginOwner) -> ConnectSessionQuerySet:
        """The owner's own sessions."""
        return self.filter(owner=owner)

    def reading(self, status: str, *, at: datetime | None = None) -> ConnectSessionQuerySet:
        """Sessions that read as ``status`` at a time (default now), ``expired`` included."""
        at = at or clock.now()
        if status == EXPIRED:
            return self.filter(status=SessionStatus.ISSUED, expires_at__lte=at)
        found = self.filter(status=status)
        return found.filter(expires_at__gt=at) if status == SessionStatus.ISSUED else found

    def beyond_the_newest_of_each_account(self) -> ConnectSessionQuerySet:
        """All but each account's newest session with an outcome."""
        newer = ConnectSession.objects.filter(
            owner=OuterRef("owner"),
            account_id=OuterRef("account_id"),
            created_at__gt=OuterRef("created_at"),
        )
        return self.filter(Q(account_id="") | Exists(newer))

    def bearing_on(
        self, account_ids: Collection[str], *, times: Iterable[datetime], grace: timedelta
    ) -> ConnectSessionQuerySet:
        """Issued sessions that accounts may prove something about, once an owner is chosen.

        Those that name one, and those without attempt or claim that were open at one of the
        ``times``, when an account was made or last moved, or had ended no longer than ``grace``
        before (``prediction`` decides).
        """
        bearing = (
            Q(attempt_account_id__in=account_ids)
            | Q(claimed_account_id__in=account_ids)
            | Q(account_id__in=account_ids)
        )
        for at in times:
            bearing |= Q(
                attempt_status="",
                claimed_account_id="",
                stackone_created_at__lte=at,
                expires_at__gte=at - grace,
            )
        return self.filter(bearing).exclude(
            status__in=[SessionStatus.PENDING, SessionStatus.FAILED]
        )


class ConnectSession(models.Model):
    """One permission to open StackOne's hub. The token itself is never kept.

    ``sent`` is the body StackOne got, without the fields that the host passes through under names
    we do not know. ``attempt_*``, ``claimed_*`` and ``stackone_created_at`` are the three facts
    that its outcome follows from; ``outcome``, ``account_id`` and ``completed_at`` follow.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    owner = models.ForeignKey(
        OriginOwner, on_delete=models.PROTECT, related_name="sessions", verbose_name=_("owner")
    )
    status = models.CharField(
        _("status"), max_length=16, choices=SessionStatus, default=SessionStatus.PENDING
    )
    path = models.CharField(
        _("path"), max_length=16, choices=SessionPath, default=SessionPath.UNDETERMINED
    )
    outcome = models.CharField(_("outcome"), max_length=16, choices=SessionOutcome, blank=True)
    provider = models.CharField(_("provider"), max_length=255, blank=True)
    requested_account_id = models.CharField(_("account asked for"), max_length=255, blank=True)
    account_id = models.CharField(_("resulting account"), max_length=255, blank=True)
    sent = models.JSONField(_("sent to StackOne"), default=dict)
    requested_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("requested by"),
    )
    requested_by_name = models.CharField(_("requested by (name)"), max_length=255, blank=True)
    stackone_id = models.CharField(_("StackOne's session id"), max_length=255, blank=True)
    stackone_created_at = InstantField(_("created at StackOne"), null=True, blank=True)
    expires_at = InstantField(_("expires at"), null=True, blank=True)
    attempt_status = models.CharField(_("attempt"), max_length=255, blank=True)
    attempt_code = models.CharField(_("attempt's error code"), max_length=255, blank=True)
    attempt_account_id = models.CharField(_("attempt's account"), max_length=255, blank=True)
    attempt_at = InstantField(_("attempt at"), null=True, blank=True)
    claimed_account_id = models.CharField(_("account claimed"), max_length=255, blank=True)
    claimed_at = InstantField(_("claimed at"), null=True, blank=True)
    completed_at = InstantField(_("completed at"), null=True, blank=True)
    announced_at = InstantField(
        _("announced at"),
        null=True,
        blank=True,
        help_text=_("When its completion was first signalled; it is signalled once."),
    )
    error_code = models.CharField(_("error code"), max_length=64, blank=True)
    duration_ms = models.PositiveIntegerField(_("duration (ms)"), null=True, blank=True)
    created_at = InstantField(_("created at"), default=clock.now)

    objects = ConnectSessionQuerySet.as_manager()

    class Meta:
        verbose_name = _("connect session")
        verbose_name_plural = _("connect sessions")
        ordering = ("-created_at", "-id")
        permissions = [("issue_link", _("Can issue a link for an organization to connect with"))]
        indexes = [
            models.Index(fields=["owner", "-created_at", "-id"], name="stackone_session_history"),
            models.Index(fields=["-created_at", "-id"], name="stackone_session_newest"),
            models.Index(fields=["stackone_id"], name="stackone_session_remote_id"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(status__in=SessionStatus.values), name="stackone_session_status"
            ),
            models.CheckConstraint(
                condition=Q(path__in=SessionPath.values), name="stackone_session_path"
            ),
            models.CheckConstraint(
                condition=Q(outcome__in=["", *SessionOutcome.values]),
                name="stackone_session_outcome",
            ),
            models.CheckConstraint(
                condition=(
                    Q(status=SessionStatus.COMPLETED, completed_at__isnull=False)
                    & ~Q(outcome="")
                    & ~Q(account_id="")
                )
                | (~Q(status=SessionStatus.COMPLETED) & Q(outcome="", completed_at__isnull=True)),
                name="stackone_session_completed",
            ),
        ]

    def __str__(self) -> str:
        return str(self.id)

    def reads_as(self, at: datetime | None = None) -> str:
        """The status to show: ``expired`` is derived from the time (default now)."""
        if (
            self.status == SessionStatus.ISSUED
            and self.expires_at is not None
            and self.expires_at <= (at or clock.now())
        ):
            return EXPIRED
        return self.status

    @property
    def categories(self) -> list[str]:
        """The categories that were sent."""
        return list(self.sent.get("categories", []))

    @property
    def label(self) -> str:
        """The label that was sent."""
        return str(self.sent.get("label", ""))

    @property
    def multiple(self) -> bool:
        """Whether another account of the same provider was asked for."""
        return bool(self.sent.get("multiple", False))

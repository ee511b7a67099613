"""What was asked of StackOne, and what came of it."""

from __future__ import annotations

import uuid
from collections.abc import Collection
from datetime import datetime, timedelta
from itertools import pairwise

from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.utils.translation import gettext_lazy as _

from stackone_connect import clock
from stackone_connect.choices import EXPIRED, SessionOutcome, SessionPath, SessionStatus
from stackone_connect.models import indexes
from stackone_connect.models.fields import ExactCharField, InstantField
from stackone_connect.models.owners import OriginOwner
from stackone_connect.models.querysets import PrimaryQuerySet

#: Stretches of time that one query asks about; SQLite allows no condition of any length.
_STRETCHES = 20


class ConnectSessionQuerySet(PrimaryQuerySet["ConnectSession"]):
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
        ).exclude(account_id="")
        return self.filter(Q(account_id="") | Exists(newer))

    def bearing_on(
        self, account_ids: Collection[str], *, times: Collection[datetime], grace: timedelta
    ) -> ConnectSessionQuerySet:
        """Issued sessions that accounts may prove something about, once an owner is chosen.

        Those that name one, and those without attempt or claim that were open at one of the
        ``times``, when an account was made or last moved, or had ended no longer than ``grace``
        before; all in StackOne's time. Of many times the nearest are taken for one stretch, and
        what was open during it is found, too (``prediction`` decides).
        """
        names = (
            Q(attempt_account_id__in=account_ids)
            | Q(claimed_account_id__in=account_ids)
            | Q(account_id__in=account_ids)
        )
        return self._judged().filter(names | (indexes.UNNAMED & _open_at(times, grace)))

    def naming_none(
        self, *, but_for: Collection[datetime], grace: timedelta
    ) -> ConnectSessionQuerySet:
        """Issued sessions without attempt or claim; not those that were open at one of the times,
        as :meth:`bearing_on` finds them."""
        found = self._judged().filter(indexes.UNNAMED)
        return found.exclude(_open_at(but_for, grace)) if but_for else found

    def _judged(self) -> ConnectSessionQuerySet:
        """Those that StackOne gave: no other can have done anything."""
        return self.filter(
            status__in=[SessionStatus.ISSUED, SessionStatus.COMPLETED],
            stackone_created_at__isnull=False,
            stackone_expires_at__isnull=False,
        )


class ConnectSession(models.Model):
    """One permission to open StackOne's hub. The token itself is never kept.

    ``sent`` is the body StackOne got, without the fields that the host passes through under names
    we do not know. ``attempt_*``, ``claimed_*`` and ``stackone_created_at`` are the three facts
    that its outcome follows from; ``outcome``, ``account_id`` and ``completed_at`` follow.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    owner = models.ForeignKey(
        OriginOwner,
        on_delete=models.PROTECT,
        related_name="sessions",
        verbose_name=_("owner"),
        db_index=False,  # others begin with it
    )
    status = ExactCharField(
        _("status"), max_length=16, choices=SessionStatus, default=SessionStatus.PENDING
    )
    path = ExactCharField(
        _("path"), max_length=16, choices=SessionPath, default=SessionPath.UNDETERMINED
    )
    outcome = ExactCharField(_("outcome"), max_length=16, choices=SessionOutcome, blank=True)
    provider = ExactCharField(_("provider"), max_length=255, blank=True)
    requested_account_id = ExactCharField(_("account asked for"), max_length=255, blank=True)
    account_id = ExactCharField(_("resulting account"), max_length=255, blank=True)
    sent = models.JSONField(_("sent to StackOne"), default=dict)
    requested_by_id = ExactCharField(
        _("requested by (key)"),
        max_length=255,
        blank=True,
        help_text=_("The user's primary key as a text: users may live elsewhere, or be no rows."),
    )
    requested_by_name = models.CharField(_("requested by"), max_length=255, blank=True)
    stackone_id = ExactCharField(_("StackOne's session id"), max_length=255, blank=True)
    stackone_created_at = InstantField(_("created at StackOne"), null=True, blank=True)
    stackone_expires_at = InstantField(
        _("expires at StackOne"),
        null=True,
        blank=True,
        help_text=_("By StackOne's clock, as everything that outcomes are judged by."),
    )
    expires_at = InstantField(
        _("expires at"), null=True, blank=True, help_text=_("By our clock, as pages show it.")
    )
    polled_at = InstantField(
        _("polled at"),
        null=True,
        blank=True,
        help_text=_("When StackOne was last asked about it in its turn."),
    )
    attempt_status = ExactCharField(_("attempt"), max_length=255, blank=True)
    attempt_code = ExactCharField(_("attempt's error code"), max_length=255, blank=True)
    attempt_account_id = ExactCharField(_("attempt's account"), max_length=255, blank=True)
    attempt_at = InstantField(_("attempt at"), null=True, blank=True)
    claimed_account_id = ExactCharField(_("account claimed"), max_length=255, blank=True)
    claimed_at = InstantField(_("claimed at"), null=True, blank=True)
    completed_at = InstantField(_("completed at"), null=True, blank=True)
    notified_at = InstantField(
        _("notified at"),
        null=True,
        blank=True,
        help_text=_("When its completion was first signalled; it is signalled once."),
    )
    error_code = ExactCharField(_("error code"), max_length=64, blank=True)
    duration_ms = models.PositiveIntegerField(_("duration (ms)"), null=True, blank=True)
    created_at = InstantField(_("created at"), default=clock.now)

    objects = ConnectSessionQuerySet.as_manager()

    class Meta:
        base_manager_name = "objects"
        verbose_name = _("connect session")
        verbose_name_plural = _("connect sessions")
        ordering = ("-created_at", "-id")
        permissions = [("issue_link", _("Can issue a link for an organization to connect with"))]
        indexes = indexes.SESSIONS
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

    def effective_status(self, at: datetime | None = None) -> str:
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


def _open_at(times: Collection[datetime], grace: timedelta) -> Q:
    found = Q(pk__in=())
    for since, until in _stretches(times):
        found |= Q(stackone_created_at__lte=until, stackone_expires_at__gte=since - grace)
    return found


def _stretches(times: Collection[datetime]) -> list[tuple[datetime, datetime]]:
    """The times as a few stretches: apart where the longest gaps are between them."""
    ordered = sorted(set(times))
    gaps = sorted(range(1, len(ordered)), key=lambda n: ordered[n] - ordered[n - 1], reverse=True)
    cuts = [0, *sorted(gaps[: _STRETCHES - 1]), len(ordered)] if ordered else []
    return [(ordered[start], ordered[end - 1]) for start, end in pairwise(cuts)]

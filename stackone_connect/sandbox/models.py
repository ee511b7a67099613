"""What the sandbox remembers. Tokens only as digests, secrets only as a tail to recognize."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import models
from django.utils import timezone

from stackone_connect.sandbox.ids import nanoid

TEXT = 255
#: How long a popup may stay open: as long as the hub waits for it (hub §2).
ATTEMPT_LIFETIME = timedelta(minutes=5)


class Account(models.Model):
    """A linked account (contract §1.3). A deleted one is gone."""

    id = models.CharField(primary_key=True, max_length=TEXT, default=nanoid, editable=False)
    provider = models.CharField(max_length=TEXT)
    status = models.CharField(max_length=TEXT, default="active")
    status_reasons = models.JSONField(default=list)
    type = models.CharField(max_length=TEXT)
    origin_owner_id = models.CharField(max_length=TEXT)
    origin_owner_name = models.CharField(max_length=TEXT)
    origin_username = models.CharField(max_length=TEXT, blank=True)
    label = models.CharField(max_length=TEXT, blank=True)
    #: Values of the fields that are not secret, by key.
    setup = models.JSONField(default=dict)
    #: Of each secret at most its last four characters, by key; never more.
    secret_tails = models.JSONField(default=dict)
    #: Made beside another account of the same owner and provider (``multiple``).
    is_extra = models.BooleanField(default=False)
    created_at = models.DateTimeField(default=timezone.now)
    updated_at = models.DateTimeField()

    class Meta:
        ordering = ("created_at", "id")
        constraints = (
            # Two hubs that connect at once find the one account, whatever the database.
            models.UniqueConstraint(
                fields=("origin_owner_id", "origin_owner_name", "provider"),
                condition=models.Q(is_extra=False),
                name="stackone_sandbox_one_account_unless_extra",
            ),
        )

    def __str__(self) -> str:
        return f"{self.provider} of {self.origin_owner_id}"


class ConnectSession(models.Model):
    """One permission to open the hub (contract §1.2); empty texts read as ``null``."""

    id = models.BigAutoField(primary_key=True)
    token_digest = models.CharField(max_length=64, unique=True)
    origin_owner_id = models.CharField(max_length=TEXT)
    origin_owner_name = models.CharField(max_length=TEXT)
    origin_username = models.CharField(max_length=TEXT, blank=True)
    provider = models.CharField(max_length=TEXT, blank=True)
    categories = models.JSONField(default=list)
    connector_profile_id = models.CharField(max_length=TEXT, blank=True)
    #: The account it was asked for, not the one that it made.
    account_id = models.CharField(max_length=TEXT, blank=True)
    label = models.CharField(max_length=TEXT, blank=True)
    multiple = models.BooleanField(default=False)
    type = models.CharField(max_length=TEXT)
    metadata = models.JSONField(default=dict)
    created_at = models.DateTimeField(default=timezone.now)
    expires_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"session {self.pk} of {self.origin_owner_id}"

    @property
    def is_live(self) -> bool:
        return self.expires_at > timezone.now()


def attempt_ends_at() -> datetime:
    return timezone.now() + ATTEMPT_LIFETIME


class ConnectionAttempt(models.Model):
    """One try at an OAuth consent (hub §2); the form path makes none."""

    class Status(models.TextChoices):
        PENDING = "pending"
        AUTHENTICATED = "authenticated"
        ERROR = "error"
        CANCELLED = "cancelled"

    id = models.CharField(primary_key=True, max_length=TEXT, default=nanoid, editable=False)
    session = models.ForeignKey(ConnectSession, models.CASCADE, related_name="attempts")
    status = models.CharField(max_length=TEXT, choices=Status, default=Status.PENDING)
    account_id = models.CharField(max_length=TEXT, blank=True)
    error_code = models.CharField(max_length=TEXT, blank=True)
    error_description = models.TextField(blank=True)
    #: Set when the consent page is shown: what it was opened with, and who may answer it.
    provider = models.CharField(max_length=TEXT, blank=True)
    setup = models.JSONField(default=dict)
    secret_tails = models.JSONField(default=dict)
    state_digest = models.CharField(max_length=64, blank=True)
    created_at = models.DateTimeField(default=timezone.now)
    updated_at = models.DateTimeField(default=timezone.now)
    expires_at = models.DateTimeField(default=attempt_ends_at)

    class Meta:
        ordering = ("-created_at", "-id")

    def __str__(self) -> str:
        return f"attempt {self.pk}: {self.status}"

    @property
    def has_expired(self) -> bool:
        return self.status == self.Status.PENDING and self.expires_at <= timezone.now()


class Webhook(models.Model):
    """An address that is told of events; those of the settings have no row.

    Its one or two signing secrets are derived from ``keys``, so that none is stored.
    """

    url = models.CharField(max_length=TEXT, unique=True)
    #: The first signs, the second waits for its turn (contract §4.4).
    keys = models.JSONField(default=list)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ("created_at", "id")

    def __str__(self) -> str:
        return address(self.url)


class Delivery(models.Model):
    """One event on its way to one address, and what became of it."""

    class State(models.TextChoices):
        WAITING = "waiting"
        DELIVERED = "delivered"
        FAILED = "failed"
        LOST = "lost"

    event = models.CharField(max_length=TEXT)
    account_id = models.CharField(max_length=TEXT)
    url = models.CharField(max_length=TEXT)
    #: The body but for ``sent_at``, which every attempt has of its own.
    payload = models.JSONField()
    #: Signed with a secret that nobody has.
    forged = models.BooleanField(default=False)
    #: Kept back until another event has gone first.
    held = models.BooleanField(default=False)
    state = models.CharField(max_length=TEXT, choices=State, default=State.WAITING)
    attempts = models.PositiveSmallIntegerField(default=0)
    status_code = models.PositiveSmallIntegerField(null=True)
    #: Why there was no status, in a word or two.
    problem = models.CharField(max_length=TEXT, blank=True)
    next_attempt_at = models.DateTimeField(default=timezone.now)
    attempted_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ("-id",)
        indexes = (models.Index(fields=("state", "next_attempt_at"), name="stackone_sandbox_due"),)

    def __str__(self) -> str:
        return f"{self.event} to {self.address}: {self.state}"

    @property
    def address(self) -> str:
        return address(self.url)


class Fault(models.Model):
    """Something that shall go wrong: with calls, with answers, or with webhooks."""

    kind = models.CharField(max_length=TEXT)
    #: Of which calls; empty means any. ``prefix`` is of a path under the mount, or of an event.
    method = models.CharField(max_length=TEXT, blank=True)
    prefix = models.CharField(max_length=TEXT, blank=True)
    #: How often still; ``None`` means until it is taken away.
    remaining = models.PositiveIntegerField(null=True)
    seconds = models.FloatField(null=True)
    status = models.PositiveSmallIntegerField(null=True)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ("id",)

    def __str__(self) -> str:
        where = " ".join(filter(None, [self.method, self.prefix])) or "everything"
        return f"{self.kind} for {where}"


class RateWindow(models.Model):
    """How many calls a key made in one minute, counted by all processes together."""

    key_digest = models.CharField(max_length=64)
    #: Since 1970.
    minute = models.PositiveBigIntegerField()
    calls = models.PositiveIntegerField(default=1)

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=("key_digest", "minute"), name="stackone_sandbox_one_window"
            ),
        )

    def __str__(self) -> str:
        return f"{self.calls} calls"


def address(url: str) -> str:
    """A webhook's address as it may be shown: its query can hold a token (contract §4.5)."""
    return url.partition("?")[0]

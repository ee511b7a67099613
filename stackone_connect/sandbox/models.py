"""The sandbox's state. Tokens are stored as digests, of secrets only the last characters."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from typing import Any

from django.db import models
from django.utils import timezone

from stackone_connect.sandbox.fields import ExactCharField
from stackone_connect.sandbox.ids import digest, nanoid

TEXT = 255
#: How long a popup may stay open: as long as the hub waits for it (StackOne notes §20.2).
ATTEMPT_LIFETIME = timedelta(minutes=5)


class Account(models.Model):
    """A linked account (StackOne notes §1.3); its id is unique over all projects."""

    id = ExactCharField(primary_key=True, max_length=TEXT, default=nanoid, editable=False)
    project = ExactCharField(max_length=TEXT)
    provider = ExactCharField(max_length=TEXT)
    status = ExactCharField(max_length=TEXT, default="active")
    status_reasons = models.JSONField(default=list)
    type = ExactCharField(max_length=TEXT)
    origin_owner_id = ExactCharField(max_length=TEXT)
    origin_owner_name = ExactCharField(max_length=TEXT)
    origin_username = ExactCharField(max_length=TEXT, blank=True)
    label = ExactCharField(max_length=TEXT, blank=True)
    #: Values of the fields that are not secret, by key.
    setup = models.JSONField(default=dict)
    #: Of each secret at most its last four characters, by key; never more.
    secret_tails = models.JSONField(default=dict)
    #: Made beside another account of the same owner and provider (``multiple``).
    is_extra = models.BooleanField(default=False)
    #: Unique, so that two hubs that connect at once get one account; null for an extra one. A
    #: digest, because MariaDB has no conditional constraints and no index on so long a key.
    match_digest = models.CharField(  # noqa: DJ001 (only null may repeat)
        max_length=64, null=True, unique=True, editable=False
    )
    created_at = models.DateTimeField(default=timezone.now)
    updated_at = models.DateTimeField()

    class Meta:
        ordering = ("created_at", "id")

    def __str__(self) -> str:
        return f"{self.provider} of {self.origin_owner_id}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Save, and compute what StackOne would match the account by."""
        matched_by = (self.project, self.origin_owner_id, self.origin_owner_name, self.provider)
        self.match_digest = None if self.is_extra else digest(json.dumps(matched_by))
        super().save(*args, **kwargs)


class ConnectSession(models.Model):
    """One permission to open the hub (StackOne notes §1.2); empty texts read as ``null``."""

    id = models.BigAutoField(primary_key=True)
    project = ExactCharField(max_length=TEXT)
    token_digest = ExactCharField(max_length=64, unique=True)
    origin_owner_id = ExactCharField(max_length=TEXT)
    origin_owner_name = ExactCharField(max_length=TEXT)
    origin_username = ExactCharField(max_length=TEXT, blank=True)
    provider = ExactCharField(max_length=TEXT, blank=True)
    categories = models.JSONField(default=list)
    connector_profile_id = ExactCharField(max_length=TEXT, blank=True)
    #: The account that was requested, not the one that it made.
    account_id = ExactCharField(max_length=TEXT, blank=True)
    label = ExactCharField(max_length=TEXT, blank=True)
    multiple = models.BooleanField(default=False)
    type = ExactCharField(max_length=TEXT)
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
    """One try at an OAuth consent (StackOne notes §20.2); the form path makes none."""

    class Status(models.TextChoices):
        PENDING = "pending"
        AUTHENTICATED = "authenticated"
        ERROR = "error"
        CANCELLED = "cancelled"

    id = ExactCharField(primary_key=True, max_length=TEXT, default=nanoid, editable=False)
    session = models.ForeignKey(ConnectSession, models.CASCADE, related_name="attempts")
    status = ExactCharField(max_length=TEXT, choices=Status, default=Status.PENDING)
    account_id = ExactCharField(max_length=TEXT, blank=True)
    error_code = ExactCharField(max_length=TEXT, blank=True)
    error_description = models.TextField(blank=True)
    #: Set when the consent page is shown: what it was opened with, and the state that it posts.
    provider = ExactCharField(max_length=TEXT, blank=True)
    setup = models.JSONField(default=dict)
    secret_tails = models.JSONField(default=dict)
    state_digest = ExactCharField(max_length=64, blank=True)
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
    """An address that receives events; those of the settings are not stored.

    Its one or two signing secrets are derived from ``keys``, so that none is stored.
    """

    project = ExactCharField(max_length=TEXT)
    url = ExactCharField(max_length=TEXT)
    #: The first signs, the second is its successor (StackOne notes §4.4).
    keys = models.JSONField(default=list)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ("created_at", "id")
        constraints = (
            models.UniqueConstraint(fields=("project", "url"), name="stackone_sandbox_one_webhook"),
        )

    def __str__(self) -> str:
        return address(self.url)


class Delivery(models.Model):
    """One event for one address, and the result of sending it."""

    class State(models.TextChoices):
        WAITING = "waiting"
        DELIVERED = "delivered"
        FAILED = "failed"
        LOST = "lost"

    project = ExactCharField(max_length=TEXT)
    event = ExactCharField(max_length=TEXT)
    account_id = ExactCharField(max_length=TEXT)
    url = ExactCharField(max_length=TEXT)
    #: The body without ``sent_at``, which each attempt adds.
    payload = models.JSONField()
    #: Signed with a secret that no receiver has.
    forged = models.BooleanField(default=False)
    #: Held back until another event has been sent.
    held = models.BooleanField(default=False)
    state = ExactCharField(max_length=TEXT, choices=State, default=State.WAITING)
    attempts = models.PositiveSmallIntegerField(default=0)
    status_code = models.PositiveSmallIntegerField(null=True)
    #: Why there was no status, in short.
    problem = ExactCharField(max_length=TEXT, blank=True)
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
    """A configured fault: of calls, of the responses' contract, or of webhooks."""

    kind = ExactCharField(max_length=TEXT)
    #: The project that it affects; empty means any, and also calls of none, such as a wrong key.
    project = ExactCharField(max_length=TEXT, blank=True)
    #: The calls that it affects; empty means any. The prefix is of a path or of an event.
    method = ExactCharField(max_length=TEXT, blank=True)
    prefix = ExactCharField(max_length=TEXT, blank=True)
    #: How often it still happens; ``None`` means until it is removed.
    remaining = models.PositiveIntegerField(null=True)
    seconds = models.FloatField(null=True)
    status = models.PositiveSmallIntegerField(null=True)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ("id",)

    def __str__(self) -> str:
        where = " ".join(filter(None, [self.project, self.method, self.prefix])) or "everything"
        return f"{self.kind} for {where}"


class RateWindow(models.Model):
    """How many calls a key made in one minute, counted by all processes together."""

    key_digest = ExactCharField(max_length=64)
    #: Minutes since 1970.
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
    """A webhook's address as it may be shown: its query can hold a token (StackOne notes §4.5)."""
    return url.partition("?")[0]

"""The values that are stored, and the words people read for them."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class SessionStatus(models.TextChoices):
    """Where a connect session stands. ``expired`` is derived when read and never stored."""

    PENDING = "pending", _("Pending")
    ISSUED = "issued", _("Issued")
    COMPLETED = "completed", _("Completed")
    FAILED = "failed", _("Failed")


#: What an issued session past its ``expires_at`` reads as.
EXPIRED = "expired"


class SessionPath(models.TextChoices):
    """What a session is expected to do to StackOne's accounts (StackOne notes §3.1)."""

    CREATE = "create", _("Create")
    UPDATE = "update", _("Update")
    MULTIPLE = "multiple", _("Another account")
    UNDETERMINED = "undetermined", _("Undetermined")


class SessionOutcome(models.TextChoices):
    """What a session is known to have done."""

    CREATE = "create", pgettext_lazy("what a session did", "Created")
    UPDATE = "update", _("Updated")
    MULTIPLE = "multiple", _("Another account created")


class AccountType(models.TextChoices):
    """StackOne's two types of linked account (StackOne notes §1.1)."""

    PRODUCTION = "production", _("Production")
    TEST = "test", _("Test")


class AccountStatus(models.TextChoices):
    """StackOne's account statuses (StackOne notes §1.3). The enum is open: others are kept too."""

    ACTIVE = "active", _("Active")
    INACTIVE = "inactive", _("Inactive")
    SUSPENDED = "suspended", _("Suspended")
    ARCHIVED = "archived", _("Archived")
    EXPIRED = "expired", _("Expired")
    ERROR = "error", _("Error")


class EventState(models.TextChoices):
    """Where a stored webhook event stands."""

    DUE = "due", _("Due")
    DONE = "done", _("Done")
    QUARANTINED = "quarantined", _("Quarantined")
    FAILED = "failed", _("Failed")

"""Our one custom field: times that are aware UTC in Python whatever the host's ``USE_TZ`` is."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, TypeVar

from django.conf import settings
from django.db import models
from django.utils import timezone

_ST = TypeVar("_ST")
_GT = TypeVar("_GT")

if TYPE_CHECKING:

    class _DateTimeField(models.DateTimeField[_ST, _GT]):
        """Django's, with the types it may be set to and read as."""

else:

    class _DateTimeField(models.DateTimeField):
        """Django's, which can't be subscripted while it runs."""

        def __class_getitem__(cls, _types):
            return cls


class InstantField(_DateTimeField[_ST, _GT]):
    """A point in time. Reads as aware UTC, also where the host stores naive local times.

    All our rules compare StackOne's aware times with stored ones; with a plain ``DateTimeField``
    they would break under ``USE_TZ = False``.
    """

    def from_db_value(self, value: datetime | None, *_: object) -> datetime | None:
        """Aware UTC from what the database holds."""
        if value is None or timezone.is_aware(value):
            return value
        return timezone.make_aware(value, timezone.get_default_timezone()).astimezone(UTC)

    def to_python(self, value: Any) -> datetime | None:
        """Parse as Django does, then make it aware."""
        if isinstance(value, datetime) and timezone.is_aware(value):
            return value
        return self.from_db_value(super().to_python(value))

    def get_prep_value(self, value: Any) -> datetime | None:
        """What the database gets: naive local time under ``USE_TZ = False``, else as it is."""
        prepared = self.to_python(value)
        if prepared is None or settings.USE_TZ:
            return prepared
        return timezone.make_naive(prepared, timezone.get_default_timezone())

"""Our one custom field: times that are aware UTC in Python whatever the host's ``USE_TZ`` is."""

from __future__ import annotations

from datetime import UTC, datetime, tzinfo
from typing import TYPE_CHECKING, Any, TypeVar

from django.conf import settings
from django.db import models
from django.db.backends.base.base import BaseDatabaseWrapper
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
    """A point in time. Reads as aware UTC, also under ``USE_TZ = False``.

    All our rules compare StackOne's aware times with stored ones. Local times without a zone could
    not even be compared with each other: where clocks are turned back, an hour comes twice. So a
    database without time zones holds UTC here, and one with them is given the zone; only what the
    host's own code hands in without one is taken as local. (Lookups by part, such as ``__date``,
    therefore go by UTC on a database without time zones.)
    """

    def from_db_value(
        self, value: datetime | None, expression: object, connection: BaseDatabaseWrapper
    ) -> datetime | None:
        """Aware UTC from what the database holds."""
        # A database with time zones answers local times to a host with USE_TZ = False.
        local = connection.features.supports_timezones
        return _aware(value, timezone.get_default_timezone() if local else UTC)

    def to_python(self, value: Any) -> datetime | None:
        """Parse as Django does, then make it aware."""
        if isinstance(value, datetime) and timezone.is_aware(value):
            return value
        return _aware(super().to_python(value), timezone.get_default_timezone())

    def get_prep_value(self, value: Any) -> datetime | None:
        """An aware time, whatever the host's ``USE_TZ`` is."""
        return self.to_python(value)

    def get_db_prep_value(
        self, value: Any, connection: BaseDatabaseWrapper, prepared: bool = False
    ) -> Any:
        """What the database gets: without a zone where neither it nor the host has them."""
        moment = value if prepared else self.get_prep_value(value)
        without_zone = not settings.USE_TZ and not connection.features.supports_timezones
        if without_zone and isinstance(moment, datetime):
            moment = moment.astimezone(UTC).replace(tzinfo=None)
        return connection.ops.adapt_datetimefield_value(moment)


def _aware(value: datetime | None, zone: tzinfo) -> datetime | None:
    if value is None or timezone.is_aware(value):
        return value
    return timezone.make_aware(value, zone).astimezone(UTC)

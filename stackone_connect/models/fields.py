"""Fields that mean the same whatever the host's settings and database are: times, and ids."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, TypeVar

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.db.backends.base.base import BaseDatabaseWrapper
from django.utils import timezone

_ST = TypeVar("_ST")
_GT = TypeVar("_GT")

if TYPE_CHECKING:

    class _DateTimeField(models.DateTimeField[_ST, _GT]):
        """Django's, with the types it may be set to and read as."""

    class _CharField(models.CharField[_ST, _GT]):
        """Likewise."""

else:

    class _DateTimeField(models.DateTimeField):
        """Django's, which can't be subscripted while it runs."""

        def __class_getitem__(cls, _types):
            return cls

    class _CharField(models.CharField):
        """Likewise."""

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
        if value is None or value.tzinfo is UTC:
            return value
        # A database with time zones answers local times to a host with USE_TZ = False.
        local = connection.features.supports_timezones
        zone = timezone.get_default_timezone() if local else UTC
        # An aware one is of the database's own TIME_ZONE.
        aware = value if timezone.is_aware(value) else timezone.make_aware(value, zone)
        return aware.astimezone(UTC)

    def to_python(self, value: Any) -> datetime | None:
        """Parse as Django does, as aware UTC; ``ValidationError`` where that has no such time.

        Databases know fewer offsets than Python does, and refuse a query with another.
        """
        # Nearly all are of UTC already.
        if isinstance(value, datetime) and value.tzinfo is UTC:
            return value
        moment: datetime | None = super().to_python(value)
        if moment is None:
            return None
        try:
            if timezone.is_naive(moment):
                moment = timezone.make_aware(moment, timezone.get_default_timezone())
            return moment.astimezone(UTC)
        except OverflowError as error:
            raise ValidationError(
                self.error_messages["invalid_datetime"],
                code="invalid_datetime",
                params={"value": value},
            ) from error

    def get_prep_value(self, value: Any) -> datetime | None:
        """An aware time, whatever the host's ``USE_TZ`` is."""
        return self.to_python(value)

    def get_db_prep_value(
        self, value: Any, connection: BaseDatabaseWrapper, prepared: bool = False
    ) -> Any:
        """What the database gets: without a zone where neither it nor the host has them."""
        if value is None:
            return None
        moment = value if prepared else self.get_prep_value(value)
        without_zone = not connection.features.supports_timezones and not settings.USE_TZ
        if without_zone and isinstance(moment, datetime):
            moment = moment.astimezone(UTC).replace(tzinfo=None)
        return connection.ops.adapt_datetimefield_value(moment)


class ExactCharField(_CharField[_ST, _GT]):
    """An id or another word of a machine: equal only if it is the same, character by character.

    Ids that differ only in case, in an accent or in a space at the end are different ids, and a
    wrong match would be the wrong tenant. MariaDB and MySQL compare by the column's collation,
    whose default there takes all of these for equal; the collation here does not, and holds every
    character whatever character set the database has. PostgreSQL and SQLite compare exactly.

    The collation is no option of the field, so that one migration serves every database.
    """

    def db_parameters(self, connection: BaseDatabaseWrapper) -> dict[str, Any]:
        """Django's, with the collation that compares exactly on this database."""
        parameters: dict[str, Any] = super().db_parameters(connection)
        if connection.vendor == "mysql":
            # "_bin" alone pads: two texts that differ in spaces at the end would be equal.
            is_mariadb = getattr(connection, "mysql_is_mariadb", False)
            parameters["collation"] = "utf8mb4_nopad_bin" if is_mariadb else "utf8mb4_0900_bin"
        return parameters

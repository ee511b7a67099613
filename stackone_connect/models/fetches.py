"""The order of StackOne's answers, by numbers that the database hands out."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from typing import Any

from django.core import mail
from django.db import DatabaseError, connections, models, router
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import Case, Expression, Func, Value, When

from stackone_connect import clock
from stackone_connect.entities import Fetch
from stackone_connect.models.querysets import PrimaryQuerySet
from stackone_connect.models.transactions import transact

#: Seconds after which a process reads the database's clock again.
CLOCK_SECONDS = 60
#: A process deletes rows once in so many numbers.
KEPT = 1_000
#: PostgreSQL's clock in UTC. By itself it would be answered in the connection's time zone, without
#: saying so to a host with ``USE_TZ = False``.
_PG_CLOCK = "timezone('UTC', clock_timestamp())"
#: PostgreSQL's; ``NULL`` for a number where the role may not use the sequence.
_TAKE = """
    SELECT CASE WHEN has_sequence_privilege(sequence, 'USAGE') THEN nextval(sequence) END,
        timezone('UTC', clock_timestamp())
    FROM pg_get_serial_sequence(%s, 'id') AS sequence
"""


class FetchNumberQuerySet(PrimaryQuerySet["FetchNumber"]):
    """Read where they are written, like all rows of ours."""


class FetchNumber(models.Model):
    """Hands out numbers. Whatever is asked with a higher one was asked later, by any process.

    Clocks of two servers can't say that. Where the database has sequences the table stays empty,
    unless the host's role may not use them: rows may be inserted without that right.
    """

    id = models.BigAutoField(primary_key=True)

    objects = FetchNumberQuerySet.as_manager()

    class Meta:
        base_manager_name = "objects"
        default_permissions = ()

    def __str__(self) -> str:
        return str(self.pk)

    @classmethod
    def take(cls) -> Fetch:
        """The next fetch. To be taken before StackOne is asked; or after it has confirmed a change
        of ours, which nothing that was asked before may undo."""
        connection = connections[router.db_for_write(cls)]
        if connection.vendor == "postgresql":
            with connection.cursor() as cursor:
                table = connection.ops.quote_name(cls._meta.db_table)
                cursor.execute(_TAKE, [table])
                number, at = cursor.fetchone()
            if number is not None:
                return cls.taken(number, at)
        number = transact(cls.objects.create).pk
        if _is_of_another_block(number):
            transact(cls.objects.filter(pk__lt=number).delete)
        read_clock(connection)
        return Fetch(number=number, at=clock.now())

    @classmethod
    def expressions(cls) -> list[Expression]:
        """What another statement has to answer to take a fetch: for :meth:`taken`.

        None where only an INSERT takes one. The number is ``NULL`` where the role may not use the
        sequence.
        """
        connection = connections[router.db_for_write(cls)]
        if connection.vendor != "postgresql":
            return []
        table = Value(connection.ops.quote_name(cls._meta.db_table))
        sequence = Func(table, Value("id"), function="pg_get_serial_sequence")
        may: Func[Any] = Func(
            sequence,
            Value("USAGE"),
            function="has_sequence_privilege",
            output_field=models.BooleanField(),
        )
        following = Func(sequence, function="nextval", output_field=models.BigIntegerField())
        number = Case(When(may, then=following))
        at: Func[Any] = Func(template=_PG_CLOCK, output_field=models.DateTimeField())
        return [number, at]

    @staticmethod
    def taken(number: int, at: datetime) -> Fetch:
        """The fetch of a number, and of what the database's clock said with it."""
        _follow(at)
        return Fetch(number=number, at=clock.now())


_block = 0


def _is_of_another_block(number: int) -> bool:
    """Whether this process has last seen numbers of another thousand.

    Not whether it is a certain number, which a database may leave out: of two servers that take
    turns (``auto_increment_increment``) one may hand out all the even ones.
    """
    global _block
    before, _block = _block, number // KEPT
    return before != _block


_read_at = -float(CLOCK_SECONDS)


def read_clock(connection: BaseDatabaseWrapper) -> None:
    """Let this process's times be the database's, which all servers share; once a minute.

    SQLite has no clock of its own. A failure is left to whoever needs the connection.
    """
    if _is_test():
        return
    query = {"postgresql": f"SELECT {_PG_CLOCK}", "mysql": "SELECT UTC_TIMESTAMP(6)"}
    if connection.vendor not in query or time.monotonic() - _read_at < CLOCK_SECONDS:
        return
    try:
        with connection.cursor() as cursor:
            cursor.execute(query[connection.vendor])
            [at] = cursor.fetchone()
    except DatabaseError:
        return
    _follow(at)


def _follow(at: datetime) -> None:
    global _read_at  # noqa: PLW0603 - one clock for the process
    _read_at = time.monotonic()
    if not _is_test():
        clock.follow(at.replace(tzinfo=UTC))


def _is_test() -> bool:
    """Whether Django's test environment is set up: tests may change the time of their process."""
    return hasattr(mail, "outbox")

"""Statements that Django's compiler writes once for each database, and whose values come later.

Of an issue's CPU time the ORM takes the most, and most of that to write the same three statements
again. Here their text is kept; the values are prepared by the model's own fields. What runs is what
the ORM would run, which a test compares on each database.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import lru_cache, partial
from typing import Any

from django.db import connections, models, transaction
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import sql
from django.db.models.expressions import Expression
from django.db.models.signals import post_save, pre_save

from stackone_connect.rules import characters

#: Like no value that a row may have.
_ANOTHER = object()

#: A placeholder, or a percent sign.
_PLACEHOLDER = re.compile("%[s%]")
#: Texts that every database writes alike.
_is_plain = re.compile(r"[A-Za-z0-9_. -]*").fullmatch


class Parameter(Expression):
    """What stands in a query for a value that is given by this name when the statement runs."""

    def __init__(self, name: str, field: models.Field[Any, Any]) -> None:
        super().__init__(output_field=field)
        self.name = name
        # What such a field makes of a text is the text.
        self._takes_texts = type(field) in (models.CharField, models.TextField)

    def as_sql(self, compiler: Any, connection: BaseDatabaseWrapper) -> tuple[str, Any]:
        """A placeholder, and this as what belongs there."""
        return "%s", [self]

    def prepared(self, value: Any, connection: BaseDatabaseWrapper) -> Any:
        """The value as the database's driver takes it."""
        if self._takes_texts and type(value) is str:
            return value
        return self.output_field.get_db_prep_save(value, connection)


class Statement:
    """The text of a statement, and the values and parameters that belong into it."""

    def __init__(self, text: str, values: Sequence[Any]) -> None:
        self.text, self.values = _with_constants(text, values)

    def bind(self, value_of: Callable[[str], Any], connection: BaseDatabaseWrapper) -> list[Any]:
        """All values in the order of their placeholders; ``value_of`` gives one by its name."""
        return [
            value.prepared(value_of(value.name), connection)
            if isinstance(value, Parameter)
            else value
            for value in self.values
        ]


def _with_constants(text: str, values: Sequence[Any]) -> tuple[str, tuple[Any, ...]]:
    """With the plainest of the values in the text itself, so that no driver has to put them in."""
    rest: list[Any] = []
    given = iter(values)

    def written(found: re.Match[str]) -> str:
        if found[0] == "%%":
            return "%%"
        value = next(given)
        if value is None:
            return "NULL"
        if isinstance(value, str) and _is_plain(value):
            return f"'{characters(value)}'"
        rest.append(value)
        return "%s"

    return _PLACEHOLDER.sub(written, text), tuple(rest)


class Reading(Statement):
    """A statement that answers rows of values, of these expressions."""

    def __init__(
        self, text: str, values: Sequence[Any], compiler: Any, told: Sequence[Any]
    ) -> None:
        super().__init__(text, values)
        self._converters = compiler.get_converters(told)

    def read(self, alias: str, values: Mapping[str, Any]) -> list[list[Any]]:
        """The rows, with values as the model's fields have them."""
        connection = connections[alias]
        with connection.cursor() as cursor:
            cursor.execute(self.text, self.bind(values.__getitem__, connection))
            rows = [list(row) for row in cursor.fetchall()]
        for place, (converters, expression) in self._converters.items():
            for row in rows:
                for convert in converters:
                    row[place] = convert(row[place], expression, connection)
        return rows


class Select(Reading):
    """A query for rows of values."""

    def __init__(self, rows: models.QuerySet[Any, Any], alias: str) -> None:
        compiler = rows.query.get_compiler(alias)
        text, values = compiler.as_sql()
        super().__init__(text, values, compiler, [one[0] for one in compiler.select or ()])


def insert(row: models.Model, alias: str) -> None:
    """As ``row.save(force_insert=True)``. What a row has by default is in the text already."""
    model, value_of = type(row), partial(getattr, row)
    answers = row.pk is None
    can_answer = connections[alias].features.can_return_columns_from_insert
    if is_signalled(model) or (answers and not can_answer):
        row.save(force_insert=True, using=alias)
        return
    told = [name for name, usual in _defaults(model) if value_of(name) != usual]
    with _executed(_insert(model, tuple(told), alias), value_of, alias) as cursor:
        if answers:
            [row.pk] = cursor.fetchone()
    row._state.adding, row._state.db = False, alias


def update(row: models.Model, columns: Sequence[str], alias: str) -> None:
    """As ``row.save(update_fields=columns)``; ``DoesNotExist`` for a row that is gone."""
    if is_signalled(type(row)):
        row.save(update_fields=columns, using=alias)
    elif not write(_update(type(row), frozenset(columns), alias), partial(getattr, row), alias):
        raise row.DoesNotExist  # type: ignore[attr-defined]  # each model has one


def update_key(model: type[models.Model], key: Any, alias: str, **values: Any) -> int:
    """As ``model.objects.filter(pk=key).update(**values)``."""
    bound = {model._meta.pk.attname: key, **values}
    return write(_update(model, frozenset(values), alias), bound.__getitem__, alias)


def is_signalled(model: type[models.Model]) -> bool:
    """Whether the host listens to what is saved, which only the ORM tells."""
    return pre_save.has_listeners(model) or post_save.has_listeners(model)


def write(statement: Statement, value_of: Callable[[str], Any], alias: str) -> int:
    """Run a statement that writes; how many rows it wrote. ``value_of`` as for ``bind``."""
    with _executed(statement, value_of, alias) as cursor:
        return int(cursor.rowcount)


@contextmanager
def _executed(statement: Statement, value_of: Callable[[str], Any], alias: str) -> Iterator[Any]:
    """The cursor that has run a statement that writes."""
    connection = connections[alias]
    values = statement.bind(value_of, connection)
    with transaction.mark_for_rollback_on_error(using=alias), connection.cursor() as cursor:
        cursor.execute(statement.text, values)
        yield cursor


@lru_cache
def _defaults(model: type[models.Model]) -> list[tuple[str, Any]]:
    """The columns with what each has where nobody has given it a value."""
    fields = model._meta.local_concrete_fields
    made = {field for field in fields if field.has_default() and callable(field.default)}
    return [(f.attname, _ANOTHER if f in made else f.get_default()) for f in fields]


@lru_cache
def _insert(model: type[models.Model], told: tuple[str, ...], alias: str) -> Statement:
    """With these columns as parameters; a key that is not among them is the database's to give."""
    meta = model._meta
    fields = [f for f in meta.local_concrete_fields if not f.primary_key or f.attname in told]
    row = model(**{f.attname: Parameter(f.attname, f) for f in fields if f.attname in told})
    query: Any = sql.InsertQuery(model)
    query.insert_values(fields, [row], raw=True)
    compiler = query.get_compiler(alias)
    if meta.pk not in fields:
        compiler.returning_fields = [meta.pk]
    [compiled] = compiler.as_sql()
    return Statement(*compiled)


@lru_cache
def _update(model: type[models.Model], columns: frozenset[str], alias: str) -> Statement:
    meta = model._meta
    fields = [field for field in meta.local_concrete_fields if field.name in columns]
    rows = model._base_manager.using(alias).filter(pk=Parameter(meta.pk.attname, meta.pk))
    query: Any = rows.query.chain(sql.UpdateQuery)
    query.add_update_fields([(field, None, Parameter(field.attname, field)) for field in fields])
    return Statement(*query.get_compiler(alias).as_sql())

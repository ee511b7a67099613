"""Rows of the host's of which only the key is known."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.db.models.fields.related_descriptors import ForwardManyToOneDescriptor


def unread_relation(row: Any, name: str) -> models.Model | None:
    """The row that a foreign key is sure to lead to, each other column read when it is used.

    ``None`` where it isn't sure, or was read already.
    """
    descriptor = getattr(row.__class__, name, None)
    if type(descriptor) is not ForwardManyToOneDescriptor:
        return None
    field = descriptor.field
    if not field.db_constraint:
        return None
    model: type[models.Model] = field.related_model
    key = getattr(row, field.attname)
    # A base manager of the host's may hide rows, and then there is none.
    may_hide = type(model._base_manager) is not models.Manager
    if key is None or may_hide or not field.target_field.primary_key or field.is_cached(row):
        return None
    return model.from_db(row._state.db, [field.target_field.attname], [key])

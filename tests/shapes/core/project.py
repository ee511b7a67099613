"""Which shape this process is."""

from __future__ import annotations

import os

from django.utils.module_loading import import_string

from tests.shapes.catalogue import Shape, by_settings_module
from tests.shapes.core.host import Host


def current_shape() -> Shape:
    """The shape whose settings are in force."""
    shape = by_settings_module(os.environ["DJANGO_SETTINGS_MODULE"])
    assert shape is not None
    return shape


def make_host() -> Host:
    """The adapter of this shape's host."""
    shape = current_shape()
    kind: type[Host] = import_string(shape.host)
    return kind(server=shape.server, by_session=shape.signs_in_by == "session")

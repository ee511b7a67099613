"""The core suite runs under a shape's settings only; elsewhere it is not collected."""

import os

from tests.shapes.catalogue import by_settings_module

_shape = by_settings_module(os.environ.get("DJANGO_SETTINGS_MODULE", ""))
collect_ignore = ["test_shapes.py"] if _shape else ["core", "flow", "only"]

"""Connections come from a pool, behind a pooler that gives one for each transaction."""

from tests.shapes.settings.base import *

DATABASES = {
    "default": database(
        DISABLE_SERVER_SIDE_CURSORS=True,
        OPTIONS={"pool": {"min_size": 1, "max_size": 4}, "prepare_threshold": None},
    )
}

"""Every request of the host runs in a transaction."""

from tests.shapes.settings.base import *

DATABASES = {"default": database(ATOMIC_REQUESTS=True)}

"""The host stores local times without a zone, in a place that turns its clocks back."""

from tests.shapes.settings.base import *

USE_TZ = False
TIME_ZONE = "Europe/Berlin"

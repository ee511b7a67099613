"""One user model of the host's own, one company for each user."""

from tests.shapes.settings.base import *

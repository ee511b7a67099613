"""What mypy takes for the settings: those of the tests, with the hosts of ``make shapes``."""

from tests.settings import *  # noqa: F403 - the base, with more apps
from tests.settings import INSTALLED_APPS

INSTALLED_APPS = [
    *INSTALLED_APPS,
    "tests.shapes.hosts.crm",
    "tests.shapes.hosts.holdings",
    "tests.shapes.hosts.places",
    "tests.shapes.hosts.studios",
    "tests.shapes.hosts.teams",
]
#: Each shape has one.
MOUNT = "/api/stackone/"

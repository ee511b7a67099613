"""Our addresses are mounted below the language (``i18n_patterns``)."""

from tests.shapes.settings.german import *

ROOT_URLCONF = "tests.shapes.language_urls"
MOUNT = "/de/api/stackone/"

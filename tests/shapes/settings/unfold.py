"""The admin wears django-unfold."""

from tests.shapes.settings.base import *

INSTALLED_APPS = ["unfold", *installed("tests.shapes.hosts.crm")]

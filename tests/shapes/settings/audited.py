"""Every model of the site is recorded by django-auditlog, and ours by django-simple-history."""

from tests.shapes.settings.base import *

INSTALLED_APPS = [
    *installed("tests.shapes.hosts.crm"),
    "auditlog",
    "simple_history",
    "tests.shapes.hosts.records",
]
MIDDLEWARE = [
    *MIDDLEWARE,
    "auditlog.middleware.AuditlogMiddleware",
    "simple_history.middleware.HistoryRequestMiddleware",
]
AUDITLOG_INCLUDE_ALL_MODELS = True

"""A strict content security policy for every page, with django-csp."""

from tests.shapes.settings.base import *

INSTALLED_APPS = [*installed("tests.shapes.hosts.crm"), "csp"]
MIDDLEWARE = [*MIDDLEWARE, "csp.middleware.CSPMiddleware"]
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'none'"],
        "script-src": ["'self'"],
        "style-src": ["'self'"],
        "img-src": ["'self'"],
        "form-action": ["'self'"],
    },
}

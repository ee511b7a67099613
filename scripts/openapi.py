"""Writes docs/openapi.json: the API as a host with the default settings serves it."""

from __future__ import annotations

import os
from pathlib import Path

import django
from django.core.management import call_command

from stackone_connect import __version__

FILE = Path(__file__).resolve().parent.parent / "docs" / "openapi.json"
#: OpenAPI 3.1, whose schemas are plain JSON Schema; a host chooses its own version.
SETTINGS = {
    "TITLE": "stackone_connect",
    "DESCRIPTION": "Connect sessions and linked accounts of the signed-in user's organization.",
    "VERSION": __version__,
    "OAS_VERSION": "3.1.0",
    "POSTPROCESSING_HOOKS": ["stackone_connect.contrib.openapi_webhooks.add_webhooks"],
}


def write(file: Path) -> None:
    """Generate, validate, and write; a warning is a failure."""
    call_command(
        "spectacular",
        file=str(file),
        format="openapi-json",
        custom_settings="scripts.openapi.SETTINGS",
        fail_on_warn=True,
        validate=True,
    )


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")
    django.setup()
    write(FILE)

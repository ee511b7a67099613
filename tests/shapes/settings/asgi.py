"""Requests come in through Django's ASGI handler."""

from tests.shapes.settings.base import *

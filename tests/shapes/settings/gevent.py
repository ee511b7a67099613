"""The process is patched by gevent before anything is imported."""

from tests.shapes.settings.base import *

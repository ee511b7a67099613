"""The project is served below a path of another one."""

from tests.shapes.settings.base import *

FORCE_SCRIPT_NAME = "/suite/portal"

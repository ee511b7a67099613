"""The example's, for a site of many tests, which together issue more than a customer may."""

from example_project.settings import *  # noqa: F403 - the base, with one thing changed
from example_project.settings import STACKONE_CONNECT as AS_IT_IS

STACKONE_CONNECT = {**AS_IT_IS, "THROTTLE_RATE": "1000/min"}

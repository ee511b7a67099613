"""Settings of a server beside the tests, with the sandbox in StackOne's place."""

from tests.background.worker_settings import *  # noqa: F403 - the base, with a few things changed
from tests.background.worker_settings import STACKONE_CONNECT

STACKONE_CONNECT = {**STACKONE_CONNECT, "THROTTLE_RATE": None, "ALLOW_MULTIPLE": True}
#: Nobody reads what it would write.
LOGGING = {
    "version": 1,
    "handlers": {"null": {"class": "logging.NullHandler"}},
    "root": {"handlers": ["null"]},
}

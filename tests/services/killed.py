"""A process that dies while it waits for StackOne. Run as ``python -m tests.services.killed CALL``.

It makes its tables in the database of ``DATABASE_URL``, signs a member in, issues a session over
HTTP under ``ATOMIC_REQUESTS``, and kills itself in the named call.
"""

from __future__ import annotations

import os
import signal
import sys

import django


def main(call: str) -> None:
    """Never comes back."""
    os.environ["DJANGO_SETTINGS_MODULE"] = "tests.settings"
    django.setup()
    from django.core.management import call_command
    from django.db import connection

    from stackone_connect.client import using
    from tests.api.conftest import Api
    from tests.factories import UserFactory
    from tests.fakes import FakeStackOne

    call_command("migrate", verbosity=0)
    connection.settings_dict["ATOMIC_REQUESTS"] = True
    stackone = FakeStackOne()
    stackone.during[call] = lambda: os.kill(os.getpid(), signal.SIGKILL)
    account = {"account_id": "not-known-here"} if call == "get_account" else {}
    with using(lambda _: stackone):
        Api(UserFactory.create()).issue(provider="bamboohr", **account)


if __name__ == "__main__":
    main(sys.argv[1])

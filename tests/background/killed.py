"""A worker that is killed at every point of receiving and processing an event, one after another.

Run as ``python -m tests.background.killed FOLDER``; ``DATABASE_URL`` names an SQLite file in there.
For each statement, commit and call a copy of that file is made, a process takes in an event and is
killed right before that point, and then StackOne delivers again what was not answered, and the
command is run. Prints a line of JSON for each point.
"""

from __future__ import annotations

import json
import os
import shutil
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from io import StringIO
from itertools import count
from pathlib import Path
from typing import Any

import django

KILLED = 9


def main(folder: Path) -> None:
    """Until a process gets to its end."""
    django.setup()
    from django.core.management import call_command
    from django.db import connection

    call_command("migrate", verbosity=0)
    owner_id = _seed()
    connection.close()
    seeded = Path(connection.settings_dict["NAME"])
    for point in count(1):
        connection.settings_dict["NAME"] = folder / f"{point}.sqlite3"
        shutil.copy(seeded, connection.settings_dict["NAME"])
        child = os.fork()
        if child == 0:
            _work_until(point, owner_id)
            os._exit(0)
        was_killed = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == KILLED
        left = _rows()
        _finish(owner_id)
        print(json.dumps({"killed": was_killed, "left": left, "finished": _rows()}))  # noqa: T201 - for the test, which reads it
        connection.close()
        if not was_killed:
            return


def _seed() -> str:
    from tests.factories import OwnerFactory, SessionFactory

    owner = OwnerFactory.create()
    SessionFactory.create(owner=owner, stackone_id="the-session")
    return str(owner.origin_owner_id)


def _stackone(owner_id: str) -> Any:
    """It has one account, which the session's consent has made."""
    from stackone_connect import clock
    from stackone_connect.entities import ConnectionAttempt
    from tests.fakes import FakeStackOne

    stackone = FakeStackOne()
    made = stackone.link(owner_id, account_id="linked-1")
    stackone.attempts["the-session"] = ConnectionAttempt(
        status="authenticated", code="", account_id="linked-1", at=made.created_at or clock.now()
    )
    return stackone


def _deliver(owner_id: str) -> None:
    from tests.webhooks.deliveries import StackOneDelivers

    assert StackOneDelivers().event(origin_owner_id=owner_id).status_code == 200


def _work_until(point: int, owner_id: str) -> None:
    """Take in and process an event, and die right before one of the things that are done."""
    from django.db import connection

    from stackone_connect import background
    from stackone_connect.client import using

    done = count(1)

    def reached() -> None:
        if next(done) == point:
            os._exit(KILLED)

    def before(function: Callable[..., Any]) -> Callable[..., Any]:
        def dying(*args: Any, **options: Any) -> Any:
            reached()
            return function(*args, **options)

        return dying

    def statement(execute: Callable[..., Any], *args: Any) -> Any:
        reached()
        return execute(*args)

    stackone = _stackone(owner_id)
    for call in ("get_account", "latest_attempt"):
        stackone.during[call] = reached
    connection._commit = before(connection._commit)  # type: ignore[attr-defined]  # not public
    background.DeferredResponse.close = before(  # type: ignore[method-assign]  # for this process alone
        background.DeferredResponse.close
    )
    with using(lambda _: stackone), connection.execute_wrapper(statement):
        _deliver(owner_id)
        reached()


def _finish(owner_id: str) -> None:
    """StackOne was answered only if the event was stored; the command runs ten minutes later."""
    import time_machine
    from django.core.management import call_command

    from stackone_connect.client import using
    from stackone_connect.models import WebhookEvent

    stackone = _stackone(owner_id)
    with using(lambda _: stackone):
        if not WebhookEvent.objects.exists():
            _deliver(owner_id)
        with time_machine.travel(datetime.now(UTC) + timedelta(minutes=10)):
            for _ in range(2):
                call_command("stackone_process", stdout=StringIO())


def _rows() -> dict[str, Any]:
    from stackone_connect.models import ConnectSession, LinkedAccount, WebhookEvent

    return {
        "events": list(WebhookEvent.objects.values_list("state", flat=True)),
        "accounts": list(LinkedAccount.objects.values_list("account_id", "disconnected_at")),
        "sessions": list(ConnectSession.objects.values_list("status", "outcome", "account_id")),
    }


if __name__ == "__main__":
    main(Path(sys.argv[1]))

"""The providers as StackOne shows them: names and logos, for pages."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Mapping

from django.db import models

from stackone_connect import client as clients
from stackone_connect import conf, logs, tenancy
from stackone_connect.client import Client
from stackone_connect.clock import Deadline
from stackone_connect.entities import Connector
from stackone_connect.exceptions import AccountNotFoundError, StackOneError
from stackone_connect.services._calls import calls_stackone

__all__ = ["is_due", "known", "refresh"]

#: Seconds. Names and logos hardly change; a failure is tried again sooner.
_KEPT = 86_400.0
_AGAIN_AFTER = 600.0
#: Seconds that StackOne has: an ornament is worth no more.
_DEADLINE = 5.0

_asking = threading.Lock()
#: By the address and name of the StackOne project: when to ask again, by the monotonic clock.
_held: dict[tuple[str, str], tuple[float, Mapping[str, Connector]]] = {}


def known(*, organization: models.Model) -> Mapping[str, Connector]:
    """The connectors that this process has read, by provider. Never calls StackOne."""
    return _held.get(_key(organization), (0.0, {}))[1]


def is_due(*, organization: models.Model) -> bool:
    """Whether :func:`refresh` would ask StackOne."""
    return time.monotonic() >= _held.get(_key(organization), (0.0, {}))[0]


@calls_stackone
def refresh(*, organization: models.Model, client: Client | None = None) -> Mapping[str, Connector]:
    """The connectors by provider, read from StackOne where they were not for a day.

    One thread of a process asks, and the others take what is known. StackOne's failures are logged
    and raise nothing: what was known stays, and it is asked again ten minutes later. Blocks up to
    5 seconds; not to be called inside a transaction.
    """
    key = _key(organization)
    due_at, connectors = _held.get(key, (0.0, {}))
    if time.monotonic() < due_at or not _asking.acquire(blocking=False):
        return connectors
    try:
        project = key[1]
        client = client or clients.current(project)
        found = client.connectors(deadline=Deadline(min(_DEADLINE, conf.read().deadline)))
        connectors = {connector.provider: connector for connector in found}
        _held[key] = (time.monotonic() + _KEPT, connectors)
    except (StackOneError, AccountNotFoundError) as error:
        _held[key] = (time.monotonic() + _AGAIN_AFTER, connectors)
        logs.write(logging.INFO, "connectors.unknown", code=error.code)
    finally:
        _asking.release()
    return connectors


def _key(organization: models.Model) -> tuple[str, str]:
    name = tenancy.current_project(organization)
    return conf.project(name).base_url, name

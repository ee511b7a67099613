"""CPU of one call to StackOne, beside a ``requests.Session`` that is kept."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import requests

from benchmarks import servers
from benchmarks.load import ROUNDS
from benchmarks.results import Results, of_ratios, of_rounds
from stackone_connect import conf
from stackone_connect.client import StackOneClient
from stackone_connect.clock import Deadline

CALLS = 500
_BODY = {
    "provider": "bamboohr",
    "origin_owner_id": "1",
    "origin_owner_name": "Organization 1",
    "origin_username": "member@example.com",
    "expires_in": 1800,
    "type": "production",
}


def measure() -> Results:
    """The ratio of CPU time, and each in milliseconds."""
    with servers.stackone() as stackone, requests.Session() as session:
        settings = conf.read()
        client = StackOneClient(
            api_key="sandbox-key",
            base_url=stackone.url,
            connect_timeout=settings.connect_timeout,
            read_timeout=settings.read_timeout,
        )
        session.auth = ("sandbox-key", "")

        def ours() -> str:
            return client.create_connect_session(_BODY, deadline=Deadline(12)).token

        def theirs() -> str:
            address = f"{stackone.url}/connect_sessions"
            response = session.post(address, json=_BODY, timeout=(3, 8))
            response.raise_for_status()
            granted: Any = response.json()
            return str(granted["token"])

        assert ours() == theirs()
        app, plain = [], []
        for _ in range(ROUNDS):
            app.append(_cpu_ms(ours))
            plain.append(_cpu_ms(theirs))
    return {
        "client_cpu_vs_requests_session": of_ratios(app, plain, "<= 0.75"),
        "client_cpu_ms": of_rounds(app),
        "client_cpu_ms_requests_session": of_rounds(plain),
    }


def _cpu_ms(call: Callable[[], object]) -> float:
    began = time.process_time()
    for _ in range(CALLS):
        call()
    return (time.process_time() - began) / CALLS * 1000

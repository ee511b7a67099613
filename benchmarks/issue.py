"""Issuing a session with StackOne answering at once, beside what others do in its place.

Gunicorn is configured as docs/performance.md advises, for the peers as well; once as it comes.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from functools import partial

from django.conf import settings
from django.db import connection
from django.test import Client, override_settings
from django.test.utils import CaptureQueriesContext

from benchmarks import servers
from benchmarks.database import database
from benchmarks.load import Load, load, rounds
from benchmarks.results import Results, of_ratios, of_rounds
from benchmarks.servers import Server
from benchmarks.site import BODY, ISSUE, Member, member, requests_of

THREADS = 8
MANY_ACCOUNTS = 800
EXPRESS = "/connect-sessions/"
_SIGN_IN = re.compile(r'FROM "(django_session|accounts_user)"')


def measure() -> Results:
    """Ratios of requests per second, CPU per issue, queries."""
    with database("issue") as env, servers.stackone() as stackone:
        env["BENCH_STACKONE"] = stackone.url
        members = [member() for _ in range(THREADS)]
        found = _queries(members[0], stackone)
        with (
            servers.django(THREADS, env, as_advised=True) as app,
            servers.django(THREADS, env) as spread,
            servers.django(THREADS, env, as_advised=True) as peers,
            servers.express(env) as express,
        ):
            asked = {
                "issue": (app, ISSUE),
                "issue_on_all_cores": (spread, ISSUE),
                "bare": (peers, "/peers/bare/"),
                "writes": (peers, "/peers/writes/"),
                "nothing": (peers, "/peers/nothing/"),
                "express_pg": (express, EXPRESS),
            }
            found |= _beside_others({n: _asking(*each, members) for n, each in asked.items()})
            found |= _many_accounts(members, app)
    return found


def _beside_others(asked: Mapping[str, Callable[[], Load]]) -> Results:
    loads = rounds(asked)
    speed = {name: [each.per_second for each in of_it] for name, of_it in loads.items()}
    found = {
        "issue_vs_bare": of_ratios(speed["issue"], speed["bare"], ">= 0.95"),
        "issue_vs_writes": of_ratios(speed["issue"], speed["writes"], ">= 1.7"),
        "issue_vs_express_pg": of_ratios(speed["issue"], speed["express_pg"], ">= 0.38"),
        "issue_on_all_cores_vs_express_pg": of_ratios(
            speed["issue_on_all_cores"], speed["express_pg"]
        ),
        "issue_vs_nothing": of_ratios(speed["issue"], speed["nothing"]),
    }
    for name, of_it in loads.items():
        found[f"issue_per_second_{name}"] = of_rounds(speed[name])
        found[f"issue_cpu_ms_{name}"] = of_rounds([each.cpu_ms for each in of_it])
    return found


def _many_accounts(members: list[Member], app: Server) -> Results:
    """CPU of an issue where the owner has many accounts: of all providers, and of a single one."""
    several = [member(accounts=MANY_ACCOUNTS, providers=200) for _ in members]
    of_one = [member(accounts=MANY_ACCOUNTS) for _ in members]
    loads = rounds(
        {
            "1 account": _asking(app, ISSUE, members),
            "800 accounts": _asking(app, ISSUE, several),
            "800 of one provider": _asking(app, ISSUE, of_one),
        }
    )
    one, many, same = ([each.cpu_ms for each in of_it] for of_it in loads.values())
    return {
        "issue_cpu_800_accounts_vs_1": of_ratios(many, one, "<= 1.15"),
        "issue_cpu_800_accounts_of_one_provider_vs_1": of_ratios(same, one),
    }


def _asking(server: Server, path: str, members: list[Member]) -> Callable[[], Load]:
    return partial(load, server, requests_of(members, path), connections=len(members))


def _queries(member: Member, stackone: Server) -> Results:
    """Of the second issue: what is read once is read by then."""
    client = Client()
    client.cookies["sessionid"] = member.cookie
    given = {**settings.STACKONE_CONNECT, "BASE_URL": stackone.url}
    with override_settings(STACKONE_CONNECT=given):
        for _ in range(2):
            with CaptureQueriesContext(connection) as captured:
                response = client.post(ISSUE, json.dumps(BODY), content_type="application/json")
            assert response.status_code == 201, response.content
    with_sign_in = [query["sql"] for query in captured.captured_queries]
    without = [sql for sql in with_sign_in if not _SIGN_IN.search(sql)]
    return {
        "issue_queries_without_sign_in": of_rounds([len(without)], "<= 3"),
        "issue_queries_with_sign_in": of_rounds([len(with_sign_in)], "<= 5"),
    }

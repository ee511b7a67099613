"""One site with everything around it, and the people who use it."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http import HTTPStatus
from itertools import count
from pathlib import Path
from typing import Any

import requests
from django.contrib.auth import get_user_model
from django.contrib.sessions.backends.db import SessionStore
from django.db import connection
from django.middleware.csrf import _get_new_csrf_string

from example_project.accounts.models import Organization
from reliability.databases import MariaDB, PostgreSQL
from reliability.processes import Cron, Redis, StackOne, end, free_port, gunicorn
from stackone_connect.api.errors import STATUSES
from stackone_connect.models import ConnectSession, LinkedAccount, OriginOwner, WebhookEvent
from stackone_connect.webhooks.views import STATUSES as WEBHOOK_STATUSES

API = "/api/stackone"
#: Seconds after which nobody waits any longer for a response.
LONGEST = 90
CODES = {**STATUSES, **WEBHOOK_STATUSES, "not_authenticated": 403}


@dataclass(frozen=True, kw_only=True)
class Answer:
    """A response; ``problem`` says what is wrong with it by itself, ``status`` 0 is none at all."""

    status: int
    seconds: float
    body: Mapping[str, Any] = field(default_factory=dict, repr=False)
    problem: str = ""
    retry_after: int | None = None

    @property
    def is_good(self) -> bool:
        return HTTPStatus.OK <= self.status < HTTPStatus.BAD_REQUEST

    @property
    def code(self) -> str:
        return str(self.body.get("code", ""))


@dataclass(frozen=True, kw_only=True)
class Member:
    """Somebody who is signed in for an organization of their own."""

    organization_id: int
    cookies: Mapping[str, str] = field(repr=False)

    @property
    def owner_id(self) -> str:
        return str(self.organization_id)


@dataclass(frozen=True)
class Site:
    """The example project behind gunicorn."""

    url: str
    pid: int
    #: Sent with each request.
    headers: Mapping[str, str] = field(default_factory=dict)

    def workers(self) -> list[int]:
        """The processes that respond."""
        children = Path(f"/proc/{self.pid}/task/{self.pid}/children").read_text()
        return [int(pid) for pid in children.split()]

    def call(self, method: str, path: str, *, by: Member | None = None, **options: Any) -> Answer:
        """One request; says what is wrong with the response by itself, and raises nothing."""
        headers = {**self.headers, **options.pop("headers", {})}
        cookies: Mapping[str, str] = {}
        if by is not None:
            cookies = by.cookies
            headers["X-CSRFToken"] = by.cookies["csrftoken"]
        started = time.monotonic()
        try:
            response = requests.request(
                method,
                f"{self.url}{path}",
                headers=headers,
                cookies=dict(cookies),
                timeout=LONGEST,
                **options,
            )
        except requests.RequestException as error:
            seconds = time.monotonic() - started
            return Answer(status=0, seconds=seconds, problem=f"no response: {type(error).__name__}")
        return read(response, time.monotonic() - started)


def read(response: requests.Response, seconds: float) -> Answer:
    """A response held against what is documented: JSON, and a status that goes with its code."""
    status = response.status_code
    retry_after = response.headers.get("Retry-After")
    known: dict[str, Any] = {
        "status": status,
        "seconds": seconds,
        "retry_after": int(retry_after) if retry_after else None,
    }
    if status == HTTPStatus.NO_CONTENT and not response.content:
        return Answer(**known)
    try:
        body = response.json()
    except ValueError:
        kind = response.headers.get("Content-Type", "")
        return Answer(**known, problem=f"{status} {kind.partition(';')[0]}")
    if not isinstance(body, dict):
        return Answer(**known, problem=f"{status} no object")
    problem = ""
    if status >= HTTPStatus.BAD_REQUEST and CODES.get(str(body.get("code"))) != status:
        problem = f"{status} {body.get('code')}"
    return Answer(**known, body=body, problem=problem)


@dataclass
class World:
    """What a run has; made once for each database."""

    folder: Path
    database: PostgreSQL | MariaDB
    stackone: StackOne
    redis: Redis
    cron: Cron
    env: Mapping[str, str]
    names: Iterator[int] = field(default_factory=count)

    @property
    def points(self) -> Path:
        """Where a site's process says how many points a request had."""
        return self.folder / "points"

    @contextmanager
    def site(self, *, workers: int = 1, threads: int = 8, **environment: str) -> Iterator[Site]:
        """The site, for as long as the block runs."""
        port = free_port()
        options = ["--preload", "--workers", str(workers), "--threads", str(threads)]
        process = gunicorn(
            "reliability.wsgi:application",
            *options,
            port=port,
            log=self.folder / "site.log",
            env={**self.env, **environment},
        )
        try:
            yield Site(url=f"http://127.0.0.1:{port}", pid=process.pid)
        finally:
            end(process)

    def member(self) -> Member:
        organization = Organization.objects.create(name=f"Organization {next(self.names)}")
        user = get_user_model().objects.create(
            username=f"member-{organization.pk}", organization=organization
        )
        session = SessionStore()
        session["_auth_user_id"] = str(user.pk)
        session["_auth_user_backend"] = "django.contrib.auth.backends.ModelBackend"
        session["_auth_user_hash"] = user.get_session_auth_hash()
        session.save()
        cookies = {"sessionid": str(session.session_key), "csrftoken": _get_new_csrf_string()}
        return Member(organization_id=organization.pk, cookies=cookies)

    def minute(self, minutes: float, *commands: str) -> list[str]:
        """Cron's run so many minutes from now; what went wrong in it."""
        problems = []
        for command in commands:
            said = self.cron.run(command, passed=60 * minutes)
            if said["error"] or said["crash"]:
                problems.append(f"{command}: {said['crash'] or said['error']}")
        return problems

    def clear(self) -> None:
        """Nobody is left, here and at StackOne."""
        for model in (WebhookEvent, ConnectSession, LinkedAccount, OriginOwner):
            model._base_manager.all().delete()
        get_user_model().objects.all().delete()
        Organization.objects.all().delete()
        self.stackone.call("reset")

    @staticmethod
    def forget_connection() -> None:
        """The runner's own; the server may have been away."""
        connection.close()

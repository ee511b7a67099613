"""What a client meets on a real connection, under the development server and under gunicorn."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests
from pytest_django.live_server_helper import LiveServer

from scripts.running_site import ROOT, Site, running_site
from stackone_connect.sandbox import control
from stackone_connect.sandbox.models import Account
from tests.sandbox.conftest import KEY, OWNER, Browser

pytestmark = pytest.mark.django_db(transaction=True)


def call(url: str, method: str = "GET", path: str = "accounts", **options: Any) -> Any:
    asked: dict[str, Any] = {"timeout": 10, "auth": (KEY, ""), **options}
    return requests.request(method, f"{url}/sandbox/{path}", **asked)


def test_a_reset_call_gets_no_answer_and_the_next_one_does(live_server: LiveServer) -> None:
    control.set_fault("reset", target="any")
    with pytest.raises(requests.ConnectionError):
        call(live_server.url)
    assert call(live_server.url).status_code == 200


def test_a_hanging_call_ends_by_the_clients_timeout(live_server: LiveServer) -> None:
    control.set_fault("hang", target="any", seconds=1)
    with pytest.raises(requests.ReadTimeout):
        call(live_server.url, timeout=0.2)


def test_a_call_that_hangs_is_hung_up_on(live_server: LiveServer) -> None:
    control.set_fault("hang", target="any", seconds=0.3)
    started = time.monotonic()
    with pytest.raises(requests.ConnectionError):
        call(live_server.url)
    assert 0.3 <= time.monotonic() - started < 5


def test_a_slow_body_drips_but_arrives(live_server: LiveServer) -> None:
    control.set_fault("slow", target="any", seconds=0.5)
    started = time.monotonic()
    with call(live_server.url, "POST", "connect_sessions", json=OWNER, stream=True) as answer:
        assert answer.status_code == 201
        assert int(answer.headers["Content-Length"]) > 100
        assert json.loads(answer.content)["origin_owner_id"] == "org-1"
    assert time.monotonic() - started >= 0.5


def test_a_lost_answer_is_of_a_call_that_was_obeyed(live_server: LiveServer) -> None:
    token = call(live_server.url, "POST", "connect_sessions", json=OWNER).json()["token"]
    Browser(token).connect()
    control.set_fault("lost_answer", method="DELETE")
    with pytest.raises(requests.ConnectionError):
        call(live_server.url, "DELETE", f"accounts/{Account.objects.get().pk}")
    assert call(live_server.url).json() == []


@pytest.fixture(scope="module")
def site() -> Iterator[Site]:
    with running_site() as site:
        yield site


class TestUnderGunicorn:
    """A process of its own, told by the command: so the fault is on a row indeed."""

    @pytest.mark.parametrize("kind", ["reset", "lost_answer", "hang"])
    def test_the_connection_is_reset(self, site: Site, kind: str) -> None:
        site.manage("stackone_sandbox", "fault", kind, "--target", "any", "--seconds", "0.2")
        with pytest.raises(requests.ConnectionError, match="reset by peer"):
            call(site.url)
        assert call(site.url).status_code == 200

    def test_a_slow_body_drips(self, site: Site) -> None:
        site.manage("stackone_sandbox", "fault", "slow", "--target", "any", "--seconds", "1")
        started = time.monotonic()
        assert call(site.url, path="connector_profiles").json()["total"] > 0
        assert time.monotonic() - started >= 1

    def test_nothing_of_it_is_a_failure_of_the_server(self, site: Site) -> None:
        site.manage("stackone_sandbox", "fault", "reset", "--target", "any")
        with pytest.raises(requests.ConnectionError):
            call(site.url)
        assert "Traceback" not in site.log.read_text()


def test_it_runs_without_the_rest_of_the_project(tmp_path: Path) -> None:
    """A process that may not import anything else of ``stackone_connect`` answers all the same."""
    script = """
import sys, json
class Refuse:
    def find_spec(self, name, path=None, target=None):
        parts = name.split(".")
        if parts[0] == "stackone_connect" and parts[1:2] not in ([], ["sandbox"]):
            raise ImportError(name)
sys.meta_path.insert(0, Refuse())
import django
from django.conf import settings
from types import ModuleType
mounted = ModuleType("mounted")
settings.configure(
    DEBUG=True, SECRET_KEY="x", ALLOWED_HOSTS=["testserver"], USE_TZ=True,
    ROOT_URLCONF=mounted, STATIC_URL="static/",
    INSTALLED_APPS=["stackone_connect.sandbox"],
    DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}},
)
django.setup()
from django.urls import include, path
mounted.urlpatterns = [path("", include("stackone_connect.sandbox.urls"))]
from django.core.management import call_command
call_command("migrate", verbosity=0)
from django.test import Client
from stackone_connect.sandbox import control
control.set_fault("error", target="any", status=503)
owner = {"origin_owner_id": "1", "origin_owner_name": "A"}
headers = {"Authorization": "Basic c2FuZGJveC1rZXk6"}
for _ in range(2):
    answer = Client().post(
        "/connect_sessions", owner, content_type="application/json", headers=headers
    )
    print(answer.status_code)
"""
    done = subprocess.run(
        [sys.executable, "-c", script],
        cwd=ROOT,
        env={"PATH": os.environ["PATH"]},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout.split() == ["503", "201"], done.stderr

"""The sandbox in a host whose tables, ours included, are in no database called default."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from tests.packaging.project import ROOT

SETTINGS = """
from tests.settings import *

DATABASES = {
    "default": {},  # as Django allows where a router names another one for each model
    "main": {"ENGINE": "django.db.backends.sqlite3", "NAME": "NAME_OF_IT", "ATOMIC_REQUESTS": True},
}
DATABASE_ROUTERS = ["elsewhere.Main"]


class Main:
    def db_for_read(self, model, **_):
        return "main"

    db_for_write = db_for_read

    def allow_migrate(self, db, app_label, **_):
        return db == "main"
"""
FLOW = """
import django

django.setup()
from django.core.management import call_command
from django.test import Client

from example_project.accounts.models import Organization, User
from stackone_connect.sandbox import control, worker
from stackone_connect.testing.sandbox import sandboxed

call_command("migrate", database="main", verbosity=0)
acme = Organization.objects.create(name="Acme")
browser = Client()
browser.force_login(User.objects.create(username="m", organization=acme, is_superuser=True))


def post(path, body):
    path = f"/api/stackone/connect-sessions/{path}"
    return browser.post(path, body, content_type="application/json").json()


with sandboxed() as sandbox:
    issued = post("", {"provider": "bamboohr"})
    made = sandbox.finish(issued["token"])
    assert post(f"{issued['id']}/complete/", {"account_id": made})["outcome"] == "create"
    assert sandbox.finish(post("", {"provider": "bamboohr"})["token"]) == made
    assert [answer.json()["status"] for answer in sandbox.deliver()] == ["accepted"] * 2
    sandbox.set_account_status(made, "error")
    sandbox.move_account(made, origin_owner_id="another")
    control.send_webhook(made)
    sandbox.delete_account(made)
    assert browser.get("/sandbox/").status_code == 200
    worker.stop()
"""


def test_the_main_job_is_done_where_the_router_says(tmp_path: Path) -> None:
    settings = SETTINGS.replace("NAME_OF_IT", str(tmp_path / "main.sqlite3"))
    (tmp_path / "elsewhere.py").write_text(settings)
    path = os.pathsep.join([str(tmp_path), str(ROOT)])
    done = subprocess.run(
        [sys.executable, "-c", FLOW],
        check=False,
        capture_output=True,
        text=True,
        env={**os.environ, "DJANGO_SETTINGS_MODULE": "elsewhere", "PYTHONPATH": path},
    )
    assert done.returncode == 0, done.stderr

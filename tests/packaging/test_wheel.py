"""The wheel, put into a new project that is not this repository, by the README's own lines."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path

import pytest

from tests.packaging.project import ROOT, Project
from tests.packaging.readme import Steps

SANDBOXED = """
from shop.settings import *
INSTALLED_APPS = [*INSTALLED_APPS, "stackone_connect.sandbox"]
ROOT_URLCONF = "shop.sandboxed_urls"
STACKONE_SANDBOX = {"API_KEYS": [STACKONE_CONNECT["API_KEY"]], "ALLOW_WITHOUT_DEBUG": True}
"""

SANDBOXED_URLS = """
from django.urls import include, path
from shop.urls import urlpatterns
urlpatterns = [*urlpatterns, path("sandbox/", include("stackone_connect.sandbox.urls"))]
"""

#: A member of a tenant asks for a session, over a real socket to the sandbox.
ISSUE = """
import json
import threading
from wsgiref.simple_server import WSGIRequestHandler, make_server

import django

django.setup()

from django.conf import settings
from django.core.wsgi import get_wsgi_application
from django.test import Client, override_settings
from tenants.models import Member, Tenant

import stackone_connect


class Silent(WSGIRequestHandler):
    def log_message(self, *arguments):
        pass


server = make_server("127.0.0.1", 0, get_wsgi_application(), handler_class=Silent)
threading.Thread(target=server.serve_forever, daemon=True).start()
sandbox = f"http://127.0.0.1:{server.server_port}/sandbox"
browser = Client()
browser.force_login(
    Member.objects.create_user("member", organization=Tenant.objects.create(name="Acme"))
)
with override_settings(STACKONE_CONNECT={**settings.STACKONE_CONNECT, "BASE_URL": sandbox}):
    answer = browser.post(
        "/api/stackone/connect-sessions/", {"provider": "bamboohr"}, content_type="application/json"
    )
server.shutdown()
server.server_close()
print(json.dumps([stackone_connect.__file__, answer.status_code, answer.json()]))
"""


def test_the_wheel_holds_the_whole_package_and_nothing_else(wheel: Path) -> None:
    package = ROOT / "stackone_connect"
    files = {
        str(file.relative_to(ROOT))
        for file in package.rglob("*")
        if file.is_file() and "__pycache__" not in file.parts
    }
    names = {name for name in zipfile.ZipFile(wheel).namelist() if ".dist-info/" not in name}
    assert names == files


@pytest.mark.parametrize(
    "file",
    [
        "py.typed",
        "migrations/0001_initial.py",
        "static/stackone_connect/admin.css",
        "sandbox/migrations/0001_initial.py",
        "sandbox/management/commands/stackone_sandbox.py",
        "sandbox/templates/stackone_sandbox/hub.html",
        "sandbox/static/stackone_sandbox/sandbox.css",
    ],
)
def test_what_is_not_a_module_is_in_the_wheel_too(wheel: Path, file: str) -> None:
    assert f"stackone_connect/{file}" in zipfile.ZipFile(wheel).namelist()


def test_a_new_project_that_followed_the_readme_is_whole(project: Project) -> None:
    project.manage("check", "--fail-level", "ERROR")
    project.manage("makemigrations", "--check", "--dry-run")
    assert "[ ]" not in project.manage("showmigrations", "stackone_connect", "tenants")


def test_a_member_of_a_new_project_gets_a_session(project: Project) -> None:
    (project.folder / "shop" / "sandboxed.py").write_text(SANDBOXED)
    (project.folder / "shop" / "sandboxed_urls.py").write_text(SANDBOXED_URLS)
    settings = {"DJANGO_SETTINGS_MODULE": "shop.sandboxed"}
    project.manage("migrate", "--verbosity", "0", **settings)
    file, status, session = json.loads(project.python("-c", ISSUE, **settings))
    assert Path(file).is_relative_to(project.env["PYTHONPATH"])
    assert not Path(file).is_relative_to(ROOT)
    assert status == 201, session
    assert (session["status"], session["path"]) == ("issued", "create")
    assert session["token"]


def test_the_readmes_lines_are_few(readme: Steps) -> None:
    lines = f"{readme.settings}\n{readme.urls}".splitlines()
    assert len([line for line in lines if line.strip()]) <= 12
    assert ["migrate"] in readme.commands

"""The wheel, put into a new project that is not this repository, by the README's own lines."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path

import pytest

from tests.packaging import readme as documented
from tests.packaging.project import ROOT, Project
from tests.packaging.readme import Steps

pytestmark = pytest.mark.slow

PAGES = ROOT / "docs" / "pages.md"

SANDBOXED = """
from shop.settings import *
INSTALLED_APPS = [*INSTALLED_APPS, "stackone_connect.sandbox"]
ROOT_URLCONF = "shop.sandboxed_urls"
STACKONE_SANDBOX = {
    "API_KEYS": [STACKONE_CONNECT["API_KEY"]], **({} if DEBUG else {"ALLOW_WITHOUT_DEBUG": True})
}
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
browser = Client(SERVER_NAME="localhost")
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

#: Somebody signs in, is led to the Integrations page, and connects an account under a name.
CONNECT = """
import json
import threading
from wsgiref.simple_server import WSGIRequestHandler, make_server

import django

django.setup()

import requests
from django.conf import settings
from django.core.wsgi import get_wsgi_application
from django.test import Client, override_settings
from tenants.models import Member, Tenant


class Silent(WSGIRequestHandler):
    def log_message(self, *arguments):
        pass


server = make_server("127.0.0.1", 0, get_wsgi_application(), handler_class=Silent)
threading.Thread(target=server.serve_forever, daemon=True).start()
sandbox = f"http://127.0.0.1:{server.server_port}/sandbox"
Member.objects.create_superuser(
    "founder", password="pw", organization=Tenant.objects.create(name="Acme")
)
browser = Client(SERVER_NAME="localhost")
API = "/api/stackone/connect-sessions/"
with override_settings(STACKONE_CONNECT={**settings.STACKONE_CONNECT, "BASE_URL": sandbox}):
    asked = browser.get("/integrations/", follow=True)
    form = {"username": "founder", "password": "pw", "next": "/integrations/"}
    before = browser.post("/admin/login/", form, follow=True)
    session = browser.post(
        API, {"provider": "bamboohr", "label": "EMEA"}, content_type="application/json"
    ).json()
    hub = {"x-hub-session-token": session["token"], "x-hub-version": "1"}
    (bamboohr,) = requests.get(f"{sandbox}/hub/connectors", headers=hub, timeout=10).json()[
        "integrations"
    ]
    filled = requests.post(
        f"{sandbox}/hub/accounts",
        json={
            "integration_id": bamboohr["integration_id"],
            "credentials": {"subdomain": "acme", "api_key": "a-secret"},
        },
        headers=hub,
        timeout=10,
    )
    done = browser.post(
        f"{API}{session['id']}/complete/",
        {"account_id": filled.json().get("id")},
        content_type="application/json",
    )
    after = browser.get("/integrations/")
server.shutdown()
server.server_close()
print(
    json.dumps(
        {
            "asked": asked.redirect_chain[-1][0],
            "before": before.content.decode(),
            "filled": filled.json(),
            "done": done.json(),
            "after": after.content.decode(),
        }
    )
)
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
        "static/stackone_connect/pages.css",
        "templates/stackone_connect/parts/account.html",
        "sandbox/templates/stackone_sandbox/hub.html",
        "sandbox/static/stackone_sandbox/sandbox.css",
    ],
)
def test_what_is_not_a_module_is_in_the_wheel_too(wheel: Path, file: str) -> None:
    assert f"stackone_connect/{file}" in zipfile.ZipFile(wheel).namelist()


@pytest.fixture(params=["deployed", "laptop"])
def followed(request: pytest.FixtureRequest, tmp_path: Path) -> Project:
    """A new project that followed the README: on a server, and as `startproject` leaves it."""
    made: Project = request.getfixturevalue(f"{request.param}_project")
    return made.copy(tmp_path)


def test_a_new_project_that_followed_the_readme_is_whole(followed: Project) -> None:
    followed.manage("check", "--fail-level", "ERROR")
    followed.manage("check", "--database", "default", "--fail-level", "ERROR")
    followed.manage("makemigrations", "--check", "--dry-run")
    assert "[ ]" not in followed.manage("showmigrations", "stackone_connect", "tenants")


def test_a_member_of_a_new_project_gets_a_session(followed: Project) -> None:
    (followed.folder / "shop" / "sandboxed.py").write_text(SANDBOXED)
    (followed.folder / "shop" / "sandboxed_urls.py").write_text(SANDBOXED_URLS)
    settings = {"DJANGO_SETTINGS_MODULE": "shop.sandboxed"}
    followed.manage("migrate", "--verbosity", "0", **settings)
    file, status, session = json.loads(followed.python("-c", ISSUE, **settings))
    assert Path(file).is_relative_to(followed.env["PYTHONPATH"])
    assert not Path(file).is_relative_to(ROOT)
    assert status == 201, session
    assert (session["status"], session["path"]) == ("issued", "create")
    assert session["token"]


def test_a_new_project_that_mounts_the_pages_signs_in_and_connects(followed: Project) -> None:
    """Two minutes, by docs/pages.md."""
    (mounting,) = (
        text for name, text in documented.files(PAGES.read_text()).items() if name == "urls.py"
    )
    (followed.folder / "shop" / "sandboxed.py").write_text(
        f'{SANDBOXED}\nLOGIN_URL = "admin:login"\n'
    )
    (followed.folder / "shop" / "sandboxed_urls.py").write_text(f"{SANDBOXED_URLS}\n{mounting}")
    settings = {"DJANGO_SETTINGS_MODULE": "shop.sandboxed"}
    followed.manage("check", "--fail-level", "ERROR", **settings)
    followed.manage("migrate", "--verbosity", "0", **settings)
    told = json.loads(followed.python("-c", CONNECT, **settings))
    assert told["asked"] == "/admin/login/?next=/integrations/"
    assert "Nothing is connected yet." in told["before"]
    assert "stackone_connect/connect.js" in told["before"]
    assert told["done"]["status"] == "completed", (told["filled"], told["done"])
    assert "Nothing is connected yet." not in told["after"]
    assert "connected BambooHR (EMEA)" in told["after"]


def test_the_readmes_lines_are_few(readme: Steps) -> None:
    lines = f"{readme.settings}\n{readme.urls}".splitlines()
    assert len([line for line in lines if line.strip()]) <= 12
    assert ["migrate"] in readme.commands

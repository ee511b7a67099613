"""The wheel, put into a new project that is not this repository, by the README's own lines."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import pytest

from tests.packaging.readme import Steps, steps

ROOT = Path(__file__).resolve().parent.parent.parent
SOURCES = ("stackone_connect", "example_project", "tests", "scripts")
FILES = ("pyproject.toml", "README.md", "LICENSE", "manage.py")

MODELS = """
from django.contrib.auth.models import AbstractUser
from django.db import models


class Tenant(models.Model):
    name = models.CharField(max_length=100)


class Member(AbstractUser):
    organization = models.ForeignKey(Tenant, on_delete=models.CASCADE, null=True)
"""

#: What the project has before: tenants of its own, and the settings of a deployed server.
OWN_SETTINGS = """
import os
DEBUG = False
ALLOWED_HOSTS = ["*"]
INSTALLED_APPS += ["tenants"]
AUTH_USER_MODEL = "tenants.Member"
"""

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


@pytest.fixture(scope="session")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Built from a copy, so that nothing is left beside the sources."""
    copy = tmp_path_factory.mktemp("source")
    for folder in SOURCES:
        shutil.copytree(ROOT / folder, copy / folder, ignore=shutil.ignore_patterns("__pycache__"))
    for file in FILES:
        shutil.copy(ROOT / file, copy / file)
    built = tmp_path_factory.mktemp("wheel")
    pip("wheel", "--no-deps", "--no-build-isolation", "--wheel-dir", built, copy)
    (made,) = built.glob("*.whl")
    return made


@pytest.fixture(scope="session")
def readme() -> Steps:
    return steps((ROOT / "README.md").read_text(), heading="Add it to your project")


class Project:
    """A new project, whose Python sees the installed wheel and this environment's packages."""

    def __init__(self, folder: Path, packages: Path) -> None:
        self.folder = folder
        kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
        self.env = kept | {"PYTHONPATH": str(packages), "STACKONE_API_KEY": "v1.eu1.a-key"}

    def python(self, *arguments: str, **env: str) -> str:
        done = subprocess.run(
            [sys.executable, "-W", "error::ResourceWarning", *arguments],
            cwd=self.folder,
            env=self.env | env,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, f"{arguments}\n{done.stdout}{done.stderr}"
        return done.stdout

    def manage(self, *arguments: str, **env: str) -> str:
        return self.python("manage.py", *arguments, **env)


@pytest.fixture(scope="session")
def project(wheel: Path, readme: Steps, tmp_path_factory: pytest.TempPathFactory) -> Project:
    """As `startproject` makes it, with tenants of its own, and then the README's lines."""
    packages = tmp_path_factory.mktemp("packages")
    pip("install", "--no-deps", "--target", packages, wheel)
    made = Project(tmp_path_factory.mktemp("project"), packages)
    made.python("-m", "django", "startproject", "shop", ".")
    made.manage("startapp", "tenants")
    (made.folder / "tenants" / "models.py").write_text(MODELS)
    append(made.folder / "shop" / "settings.py", OWN_SETTINGS)
    made.manage("makemigrations", "tenants")
    append(made.folder / "shop" / "settings.py", readme.settings)
    append(made.folder / "shop" / "urls.py", "from django.urls import include\n" + readme.urls)
    for command in readme.commands:
        made.manage(*command)
    (made.folder / "shop" / "sandboxed.py").write_text(SANDBOXED)
    (made.folder / "shop" / "sandboxed_urls.py").write_text(SANDBOXED_URLS)
    return made


def pip(*arguments: Any) -> None:
    """pip of this environment, which asks no index for anything."""
    done = subprocess.run(
        [sys.executable, "-m", "pip", arguments[0], "--no-index", "--quiet", *arguments[1:]],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


def append(file: Path, lines: str) -> None:
    file.write_text(f"{file.read_text()}\n{lines}")


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

"""A host without drf-spectacular misses nothing but the schema."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent

PROGRAM = """
import sys


class Blocker:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] == "drf_spectacular":
            raise ImportError(name + " is not installed")


sys.meta_path.insert(0, Blocker())

import django
from django.conf import settings

from tests import settings as given

values = {name: getattr(given, name) for name in dir(given) if name.isupper()}
values["INSTALLED_APPS"].remove("drf_spectacular")
settings.configure(**values)
django.setup()

from django.core.management import call_command
from django.test import Client
from django.test.utils import setup_test_environment

setup_test_environment()
call_command("check", fail_level="ERROR")
call_command("migrate", verbosity=0)

from example_project.accounts.models import Organization, User

browser = Client()
browser.force_login(
    User.objects.create_user("member", organization=Organization.objects.create(name="Acme"))
)
print(browser.get("/api/stackone/accounts/").json())
print(sorted(name for name in sys.modules if "spectacular" in name))
"""


def test_everything_works_without_drf_spectacular() -> None:
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM],
        cwd=ROOT,
        env={name: value for name, value in os.environ.items() if name != "DATABASE_URL"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    answer, modules = done.stdout.splitlines()[-2:]
    assert answer == "{'next': None, 'previous': None, 'results': []}"
    assert modules == "[]"

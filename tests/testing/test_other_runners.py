"""A new project with the lines of docs/sandbox.md, and tests that Django's own runner runs."""

from __future__ import annotations

import pytest

from tests.packaging.project import MODELS, ROOT, Project, append
from tests.packaging.readme import steps

pytestmark = pytest.mark.slow

OWN_SETTINGS = """
INSTALLED_APPS += ["tenants", "rest_framework", "stackone_connect"]
AUTH_USER_MODEL = "tenants.Member"
STACKONE_CONNECT = {"ORGANIZATION_MODEL": "tenants.Tenant"}
"""

OWN_URLS = """
from django.urls import include
urlpatterns += [path("api/stackone/", include("stackone_connect.urls"))]
"""

TESTS = """
from django.conf import settings
from django.core.management import call_command
from django.test import LiveServerTestCase, TestCase, TransactionTestCase

from stackone_connect.models import LinkedAccount
from stackone_connect.sandbox.models import Account
from stackone_connect.services import sessions
from stackone_connect.testing.sandbox import sandboxed
from tenants.models import Member, Tenant


def connect(sandbox, name="Acme"):
    tenant = Tenant.objects.create(name=name)
    return sandbox.finish(sessions.issue(organization=tenant, provider="bamboohr").token)


class OnceForAClass(TestCase):
    @classmethod
    def setUpTestData(cls):
        with sandboxed() as sandbox:
            cls.account_id = connect(sandbox)
            (answer,) = sandbox.deliver()
        assert answer.json() == {"status": "accepted"}, answer.content

    def test_the_account_is_there(self):
        self.assertEqual(LinkedAccount.objects.get().account_id, self.account_id)

    def test_it_can_break(self):
        sandbox = self.enterContext(sandboxed())
        sandbox.set_account_status(self.account_id, "error")
        sandbox.deliver()
        self.assertTrue(LinkedAccount.objects.get().needs_reconnect)

    def test_what_another_test_did_is_gone(self):
        self.assertFalse(LinkedAccount.objects.get().needs_reconnect)


class WholeClass(TestCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.sandbox = cls.enterClassContext(sandboxed())

    def test_one(self):
        connect(self.sandbox)
        self.assertEqual(len(self.sandbox.deliver()), 1)

    def test_two(self):
        self.assertEqual(self.sandbox.accounts, [])
        self.assertEqual(self.sandbox.deliver(), [])


class RealCommits(TransactionTestCase):
    def test_nothing_is_sent_before_it_is_asked_for(self):
        with sandboxed() as sandbox:
            connect(sandbox)
            self.assertFalse(LinkedAccount.objects.exists())
            sandbox.deliver()
            self.assertTrue(LinkedAccount.objects.exists())


class OverASocket(LiveServerTestCase):
    def test_the_sandbox_answers_where_it_is_mounted(self):
        tenant = Tenant.objects.create(name="Acme")
        self.client.force_login(Member.objects.create_user("member", organization=tenant))
        there = {"BASE_URL": f"{self.live_server_url}/sandbox"}
        with self.settings(STACKONE_CONNECT=settings.STACKONE_CONNECT | there):
            answer = self.client.post(
                "/api/stackone/connect-sessions/",
                {"provider": "bamboohr"},
                content_type="application/json",
            )
        self.assertEqual(answer.status_code, 201, answer.content)
        self.assertEqual(self.client.get("/sandbox/").status_code, 200)


class Checks(TestCase):
    def test_the_checks_are_content(self):
        call_command("check", "--fail-level", "ERROR")
"""

GUARD = """
import django
django.setup()
from django.core.checks import run_checks
from django.test import Client
print([error.id for error in run_checks() if error.id == "stackone_sandbox.E001"])
print(Client().get("/sandbox/", SERVER_NAME="localhost").status_code)
"""


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Project:
    made = Project(tmp_path_factory.mktemp("shop"), ROOT)
    made.python("-m", "django", "startproject", "shop", ".")
    made.manage("startapp", "tenants")
    (made.folder / "tenants" / "models.py").write_text(MODELS)
    lines = steps((ROOT / "docs" / "sandbox.md").read_text(), heading="The sandbox")
    append(made.folder / "shop" / "settings.py", OWN_SETTINGS)
    append(made.folder / "shop" / "settings.py", lines.settings)
    append(made.folder / "shop" / "urls.py", OWN_URLS + lines.urls)
    made.manage("makemigrations", "tenants")
    (made.folder / "tenants" / "tests.py").write_text(TESTS)
    (made.folder / "shop" / "deployed.py").write_text(
        "from shop.settings import *\nDEBUG = False\nALLOWED_HOSTS = ['*']\n"
    )
    (made.folder / "pytest.ini").write_text(
        "[pytest]\nDJANGO_SETTINGS_MODULE = shop.settings\npython_files = tests.py\n"
    )
    return made


def told(shop: Project, *arguments: str) -> str:
    done = shop.run(*arguments)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr


@pytest.mark.parametrize("options", [(), ("--parallel", "2")], ids=["alone", "in parallel"])
def test_djangos_runner_runs_them(shop: Project, options: tuple[str, ...]) -> None:
    assert "Ran 8 tests" in told(shop, "manage.py", "test", *options)


def test_pytest_runs_them(shop: Project) -> None:
    said = told(shop, "-m", "pytest", "-q", "-p", "no:cacheprovider")
    assert "8 passed" in said
    assert "Exception" not in said  # of a thread that outlived its test, say


def test_djangos_runner_runs_them_with_settings_that_turn_debug_off(shop: Project) -> None:
    """The tests bring the sandbox to life themselves; only its own address stays closed."""
    classes = [f"tenants.tests.{name}" for name in ("OnceForAClass", "WholeClass", "RealCommits")]
    assert "Ran 6 tests" in told(shop, "manage.py", "test", "--settings", "shop.deployed", *classes)


def test_outside_a_test_run_the_guard_stays(shop: Project) -> None:
    laptop, deployed = "shop.settings", "shop.deployed"
    shop.manage("migrate", "--verbosity", "0", DJANGO_SETTINGS_MODULE=laptop)
    assert shop.python("-c", GUARD, DJANGO_SETTINGS_MODULE=laptop) == "[]\n200\n"
    refused = "['stackone_sandbox.E001']\n404\n"
    assert shop.python("-c", GUARD, DJANGO_SETTINGS_MODULE=deployed) == refused
    checked = shop.run("manage.py", "check", "--database", "default", "--settings", deployed)
    assert "stackone_sandbox.E001" in checked.stderr

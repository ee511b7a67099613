"""The example's settings as a laptop and as a server would load them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent
SERVER = {
    "DJANGO_SECRET_KEY": "k" * 60 + "0123456789",
    "DJANGO_ALLOWED_HOSTS": "app.example",
    "CACHE_URL": "redis://127.0.0.1:6379/1",
    "STACKONE_API_KEY": "v1.eu1.a-real-key",
    "STACKONE_WEBHOOK_SECRETS": "first-0123456789,second-0123456789",
}
READ = """
import json, sys
from django.conf import settings
names = json.loads(sys.argv[1])
print(json.dumps({name: getattr(settings, name) for name in names}, default=str))
"""


def run(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Python with these variables and no others that the settings read."""
    clean = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    return subprocess.run(
        [sys.executable, *arguments],
        cwd=ROOT,
        env=clean | {"DJANGO_SETTINGS_MODULE": "example_project.settings"} | environment,
        capture_output=True,
        text=True,
        check=False,
    )


def read(*names: str, **environment: str) -> dict[str, Any]:
    done = run("-c", READ, json.dumps(names), **environment)
    assert done.returncode == 0, done.stderr
    values: dict[str, Any] = json.loads(done.stdout)
    return values


def test_a_laptop_is_its_own_stackone() -> None:
    seen = read("STACKONE_CONNECT", "USE_SANDBOX", DJANGO_DEBUG="1", PORT="8123")
    assert seen["USE_SANDBOX"] is True
    assert seen["STACKONE_CONNECT"]["BASE_URL"] == "http://127.0.0.1:8123/sandbox"
    assert seen["STACKONE_CONNECT"]["API_KEY"] == "sandbox-key"


@pytest.mark.parametrize("given", ["", "mine", "mine,other,third"])
def test_a_laptops_sandbox_signs_with_a_secret_that_the_example_accepts(given: str) -> None:
    seen = read(
        "STACKONE_CONNECT",
        "STACKONE_SANDBOX",
        DJANGO_DEBUG="1",
        PORT="8123",
        STACKONE_WEBHOOK_SECRETS=given,
        DJANGO_SECRET_KEY="a laptop's",
    )
    accepted = seen["STACKONE_CONNECT"]["WEBHOOK_SECRETS"]
    [webhook] = seen["STACKONE_SANDBOX"]["WEBHOOKS"]
    assert webhook["URL"] == "http://127.0.0.1:8123/api/stackone/webhooks/"
    assert webhook["SECRETS"] == accepted[:2]
    assert all(accepted)
    if given:
        assert accepted == given.split(",")


def test_a_laptop_with_a_real_key_makes_test_accounts_only() -> None:
    seen = read("STACKONE_CONNECT", "USE_SANDBOX", DJANGO_DEBUG="1", STACKONE_API_KEY="v1.eu1.key")
    assert seen["USE_SANDBOX"] is False
    assert seen["STACKONE_CONNECT"]["ACCOUNT_TYPE"] == "test"
    assert seen["STACKONE_CONNECT"]["BASE_URL"] == "https://api.stackone.com"


def test_a_server_has_no_sandbox_and_only_secure_cookies() -> None:
    names = ("DEBUG", "USE_SANDBOX", "INSTALLED_APPS", "SECURE_SSL_REDIRECT", "SECURE_HSTS_SECONDS")
    seen = read(*names, "SESSION_COOKIE_SECURE", "CSRF_COOKIE_SECURE", **SERVER)
    assert (seen["DEBUG"], seen["USE_SANDBOX"]) == (False, False)
    assert "stackone_connect.sandbox" not in seen["INSTALLED_APPS"]
    assert seen["SESSION_COOKIE_SECURE"] is seen["CSRF_COOKIE_SECURE"] is True
    assert seen["SECURE_SSL_REDIRECT"] is True
    assert seen["SECURE_HSTS_SECONDS"] > 0


@pytest.mark.parametrize("header", ["0", "1"])
def test_the_proxys_word_about_https_is_taken_only_when_told_to(header: str) -> None:
    seen = read("SECURE_PROXY_SSL_HEADER", DJANGO_BEHIND_PROXY=header, **SERVER)
    assert bool(seen["SECURE_PROXY_SSL_HEADER"]) is (header == "1")


def test_webhook_secrets_and_a_shared_cache_come_from_the_environment() -> None:
    seen = read("STACKONE_CONNECT", "CACHES", **SERVER)
    assert seen["STACKONE_CONNECT"]["WEBHOOK_SECRETS"] == ["first-0123456789", "second-0123456789"]
    assert seen["CACHES"]["default"]["BACKEND"].endswith("RedisCache")


def test_the_deployment_checks_find_nothing() -> None:
    done = run("manage.py", "check", "--deploy", "--fail-level", "WARNING", **SERVER)
    assert done.returncode == 0, done.stderr


def test_a_server_without_a_secret_key_does_not_start() -> None:
    done = run("manage.py", "check", **SERVER | {"DJANGO_SECRET_KEY": ""})
    assert done.returncode != 0
    assert "Set DJANGO_SECRET_KEY" in done.stderr


def test_a_server_without_an_api_key_does_not_pass_its_checks() -> None:
    done = run("manage.py", "check", **SERVER | {"STACKONE_API_KEY": ""})
    assert done.returncode != 0
    assert "API_KEY" in done.stderr


def test_sqlite_lets_readers_and_a_writer_work_at_once(tmp_path: Path) -> None:
    code = (
        "import django; django.setup();"
        "from django.db import connection as c;"
        "print(c.cursor().execute('PRAGMA journal_mode').fetchone()[0])"
    )
    url = f"sqlite:///{tmp_path / 'example.sqlite3'}"
    done = run("-c", code, DJANGO_DEBUG="1", DATABASE_URL=url)
    assert done.stdout.strip() == "wal", done.stderr


def test_postgresql_connections_are_kept_and_checked() -> None:
    url = "postgres://user@127.0.0.1:5432/example"
    database = read("DATABASES", DATABASE_URL=url, **SERVER)["DATABASES"]["default"]
    assert database["ENGINE"] == "django.db.backends.postgresql"
    assert (database["CONN_MAX_AGE"], database["CONN_HEALTH_CHECKS"]) == (60, True)

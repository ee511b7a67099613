"""Where webhooks arrive: any host name, mount, script prefix and scheme."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.conf.urls.i18n import i18n_patterns
from django.core.exceptions import ImproperlyConfigured
from django.http import HttpRequest, JsonResponse
from django.urls import get_script_prefix, include, path, re_path, set_script_prefix
from django.utils import translation
from pytest_django import Settings

from stackone_connect.testing._addresses import address, addresses
from stackone_connect.testing.kit import StackOneSandbox
from tests.testing.hosts import mounted

OWNER = {"origin_owner_id": "org-1", "origin_owner_name": "Acme"}


def echo(request: HttpRequest, **captured: Any) -> JsonResponse:
    """In the webhook's place: where did it arrive?"""
    signed = "x-stackone-signature" in request.headers
    return JsonResponse({"url": request.build_absolute_uri(), "signed": signed, **captured})


#: As ours, but its view tells.
ECHO = ([path("webhooks/", echo, name="webhooks")], "stackone_connect")


@pytest.fixture
def arrived(stackone_sandbox: StackOneSandbox) -> Any:
    """Deliver one webhook, and say where."""

    def deliver(**options: Any) -> Any:
        stackone_sandbox.add_account("bamboohr", **OWNER)
        (answer,) = stackone_sandbox.deliver(**options)
        assert answer.status_code == 200, answer.content
        body = answer.json()
        assert body.pop("signed")
        return body

    return deliver


@pytest.fixture
def _script_prefix() -> Iterator[None]:
    before = get_script_prefix()
    set_script_prefix("/app/")
    yield
    set_script_prefix(before)


def test_by_default_it_is_the_test_clients_host_over_https(
    arrived: Any, settings: Settings
) -> None:
    settings.ROOT_URLCONF = mounted(path("api/stackone/", include(ECHO)))
    assert arrived() == {"url": "https://testserver/api/stackone/webhooks/"}


def test_a_host_name_and_http_can_be_said(arrived: Any, settings: Settings) -> None:
    settings.ROOT_URLCONF = mounted(path("", include(ECHO)))
    settings.ALLOWED_HOSTS = ["acme.example"]
    url = arrived(host="acme.example:8000", secure=False)["url"]
    assert url == "http://acme.example:8000/webhooks/"


@pytest.mark.parametrize(
    ("allowed", "host"),
    [
        (["acme.example", "globex.example"], "acme.example"),
        ([".acme.example"], "acme.example"),
        (["*"], "testserver"),
        (["acme.example", "testserver"], "testserver"),
    ],
)
def test_where_the_test_clients_host_is_not_allowed_it_is_the_first_that_is(
    arrived: Any, settings: Settings, allowed: list[str], host: str
) -> None:
    settings.ROOT_URLCONF = mounted(path("", include(ECHO)))
    settings.ALLOWED_HOSTS = allowed
    assert arrived()["url"] == f"https://{host}/webhooks/"


@pytest.mark.parametrize(
    ("mount", "url_kwargs", "found"),
    [
        (path("teams/<slug:team>/", include(ECHO)), {"team": "acme"}, "teams/acme/"),
        (path("<int:pk>/<str:team>/", include(ECHO)), {"pk": 7, "team": "a b/ü"}, None),
        (re_path(r"^t/(?P<team>[\w-]+)/", include(ECHO)), {"team": "acme"}, "t/acme/"),
        (
            path("<slug:org>/", include([path("<slug:team>/x/", include(ECHO))])),
            {"org": "a", "team": "b", "more": "ignored"},
            "a/b/x/",
        ),
        (path("plain/", include(ECHO)), {"team": "acme"}, "plain/"),
        (path("100%/", include(ECHO)), {}, "100%25/"),
    ],
    ids=["slug", "two", "regex", "nested", "nothing captured", "percent"],
)
def test_below_captured_arguments_they_are_filled_in(
    settings: Settings, mount: Any, url_kwargs: Any, found: str | None
) -> None:
    settings.ROOT_URLCONF = mounted(mount)
    expected = found or "7/a%20b/%C3%BC/"
    assert address("webhooks", url_kwargs=url_kwargs) == f"/{expected}webhooks/"


def test_what_is_captured_reaches_the_view(arrived: Any, settings: Settings) -> None:
    settings.ROOT_URLCONF = mounted(path("teams/<slug:team>/", include(ECHO)))
    assert arrived(url_kwargs={"team": "acme"}) == {
        "url": "https://testserver/teams/acme/webhooks/",
        "team": "acme",
    }


def test_what_is_captured_must_be_said(
    stackone_sandbox: StackOneSandbox, settings: Settings
) -> None:
    settings.ROOT_URLCONF = mounted(path("teams/<slug:team>/", include(ECHO)))
    with pytest.raises(ImproperlyConfigured, match=r"'teams/<slug:team>/': pass team in"):
        stackone_sandbox.deliver()


def test_every_mount_is_found(settings: Settings) -> None:
    settings.ROOT_URLCONF = mounted(
        path("a/", include(ECHO)), path("<slug:team>/", include(ECHO, namespace="second"))
    )
    assert addresses("webhooks", url_kwargs={"team": "acme"}) == ["/a/webhooks/", "/acme/webhooks/"]


def test_below_a_languages_prefix(arrived: Any, settings: Settings) -> None:
    settings.ROOT_URLCONF = mounted(*i18n_patterns(path("x/", include(ECHO))))
    with translation.override("en-us"):
        assert arrived()["url"] == "https://testserver/en-us/x/webhooks/"


@pytest.mark.usefixtures("_script_prefix")
def test_below_a_script_prefix(arrived: Any, settings: Settings) -> None:
    settings.ROOT_URLCONF = mounted(path("x/", include(ECHO)))
    assert arrived()["url"] == "https://testserver/app/x/webhooks/"


def test_a_path_that_another_urlconf_has(arrived: Any, settings: Settings) -> None:
    settings.ROOT_URLCONF = mounted(path("elsewhere/", echo))
    assert arrived(path="/elsewhere/")["url"] == "https://testserver/elsewhere/"


# --- Several StackOne projects -------------------------------------------------------------------


@pytest.fixture
def _two_projects(settings: Settings) -> None:
    projects = {"eu": {"API_KEY": "v1.eu.real"}, "us": {"API_KEY": "v1.us.real"}}
    settings.STACKONE_CONNECT = {**settings.STACKONE_CONNECT, "PROJECTS": projects}


@pytest.mark.usefixtures("_two_projects")
class TestTwoProjects:
    def test_every_project_has_a_key_and_a_secret_of_the_sandbox(
        self, stackone_sandbox: StackOneSandbox, settings: Settings
    ) -> None:
        eu, us = settings.STACKONE_CONNECT["PROJECTS"].values()
        assert settings.STACKONE_SANDBOX["API_KEYS"] == {
            "eu": [eu["API_KEY"]],
            "us": [us["API_KEY"]],
        }
        assert eu["API_KEY"] != us["API_KEY"]
        assert eu["WEBHOOK_SECRETS"] != us["WEBHOOK_SECRETS"]
        assert "real" not in str(settings.STACKONE_CONNECT)

    def test_webhooks_of_one_project_can_be_delivered(
        self, stackone_sandbox: StackOneSandbox, settings: Settings
    ) -> None:
        settings.ROOT_URLCONF = mounted(path("", include(ECHO)))
        for name in ("eu", "us", "us"):
            stackone_sandbox.add_account("bamboohr", **OWNER, project=name)
        assert len(stackone_sandbox.deliver(project="eu")) == 1
        assert len(stackone_sandbox.deliver()) == 2

    def test_a_project_must_be_said_and_known(self, stackone_sandbox: StackOneSandbox) -> None:
        with pytest.raises(ValueError, match="Name the project: eu, us"):
            stackone_sandbox.add_account("bamboohr", **OWNER)
        with pytest.raises(ValueError, match="'asia' is no project"):
            stackone_sandbox.deliver(project="asia", path="/")
        with pytest.raises(ValueError, match="'asia' is no project"):
            stackone_sandbox.fail(project="asia")


# --- Accounts that move --------------------------------------------------------------------------


def test_an_account_moves_with_and_without_a_webhook(
    stackone_sandbox: StackOneSandbox, settings: Settings
) -> None:
    settings.ROOT_URLCONF = mounted(path("", include(ECHO)))
    account_id = stackone_sandbox.add_account("bamboohr", **OWNER, account_type="test", label="x")
    stackone_sandbox.move_account(account_id, origin_owner_id="org-2", send_webhook=False)
    assert len(stackone_sandbox.deliver()) == 1
    stackone_sandbox.move_account(account_id, origin_owner_id="org-3", origin_owner_name="Globex")
    stackone_sandbox.set_account_type(account_id, "production", send_webhook=False)
    assert len(stackone_sandbox.deliver()) == 1
    (account,) = stackone_sandbox.accounts
    assert (account["origin_owner_id"], account["origin_owner_name"]) == ("org-3", "Globex")
    assert (account["type"], account["label"]) == ("production", "x")
    assert account["setup_information"] == {"subdomain": "acme"}

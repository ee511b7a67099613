"""``{% stackone_connect %}`` as the server draws it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from html.parser import HTMLParser
from typing import Any

import pytest
from django.http import HttpRequest, HttpResponse
from django.middleware.csrf import CsrfViewMiddleware
from django.template import Context, Engine, RequestContext, Template
from django.template.loader import render_to_string
from django.test import RequestFactory
from django.urls import include, path, set_script_prefix
from django.utils.translation import gettext_lazy


@pytest.fixture
def request_(rf: RequestFactory) -> HttpRequest:
    return rf.get("/")


@pytest.fixture
def prefix() -> Iterator[None]:
    set_script_prefix("/below/")
    yield
    set_script_prefix("/")


class Tags(HTMLParser):
    """The elements of a page, as a browser reads them."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))

    def of(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.found if name == tag]


def render(source: str, request: HttpRequest | None = None, **values: object) -> str:
    context = RequestContext(request, values) if request else Context(values)
    return Template("{% load stackone_connect %}" + source).render(context)


def element(source: str, request: HttpRequest | None = None, **values: Any) -> dict[str, Any]:
    (found,) = Tags(render(source, request, **values)).of("stackone-connect")
    return found


def test_one_line_is_enough(request_: HttpRequest) -> None:
    page = render('{% stackone_connect provider="bamboohr" %}', request_)
    (found,) = Tags(page).of("stackone-connect")
    assert found.pop("csrf-token")
    assert found == {
        "api": "/api/stackone/",
        "provider": "bamboohr",
        "hub-script": "/static/vendor/stackone-hub.js",
        "csrf-cookie": "csrftoken",
        "csrf-header": "X-CSRFTOKEN",
    }
    assert Tags(page).of("script") == [
        {"type": "module", "src": "/static/stackone_connect/connect.js"}
    ]
    assert page.endswith("></stackone-connect>")


def test_every_wish_is_an_attribute_and_what_is_empty_is_none() -> None:
    found = element(
        '{% stackone_connect category="hris" account_id="-a_1" label="Europe" multiple=True '
        'heading="Reconnect" theme="dark" id="connect" text="Go" provider=none %}',
        none=None,
    )
    assert found["category"] == "hris"
    assert found["account-id"] == "-a_1"
    assert found["label"] == "Europe"
    assert found["heading"] == "Reconnect"
    assert found["theme"] == "dark"
    assert found["id"] == "connect"
    assert "multiple" in found
    assert found["multiple"] is None
    assert "provider" not in found


def test_not_multiple_is_no_attribute() -> None:
    assert "multiple" not in element("{% stackone_connect multiple=False %}")


def test_the_text_is_on_the_button() -> None:
    assert ">Connect BambooHR</stackone-connect>" in render(
        '{% stackone_connect text="Connect BambooHR" %}'
    )


@pytest.mark.parametrize("evil", ['"><script>alert(1)</script>', "' onclick='alert(1)", "&quot;>"])
def test_nothing_that_it_is_given_is_read_as_html(evil: str) -> None:
    page = render(
        "{% stackone_connect text=v heading=v provider=v category=v account_id=v label=v "
        "hub_base_url=v hub_app_url=v theme=v nonce=v id=v sentences=words %}",
        v=evil,
        words={"connect": evil},
    )
    tags = Tags(page)
    assert [name for name, _ in tags.found] == ["script", "stackone-connect"]
    (found,) = tags.of("stackone-connect")
    assert not [name for name in found if name.startswith("on")]
    assert found["provider"] == found["label"] == found["heading"] == found["nonce"] == evil
    assert json.loads(found["sentences"] or "") == {"connect": evil}
    assert page.count("<script") == 1


def test_the_script_is_written_once_however_the_page_is_put_together() -> None:
    """Templates that extend, include, include ``only``, and loop."""
    load = "{% load stackone_connect %}"
    files = {
        "base": load + "{% stackone_connect %}{% block content %}{% endblock %}",
        "part": load + "{% stackone_connect %}",
        "page": '{% extends "base" %}' + load + "{% block content %}"
        '{% include "part" %}{% include "part" only %}{% for _ in "ab" %}{% stackone_connect %}'
        "{% endfor %}{% endblock %}",
    }
    engine = Engine(
        loaders=[("django.template.loaders.locmem.Loader", files)],
        libraries={"stackone_connect": "stackone_connect.templatetags.stackone_connect"},
    )
    for _ in range(2):
        tags = Tags(engine.get_template("page").render(Context()))
        assert len(tags.of("stackone-connect")) == 5
        assert len(tags.of("script")) == 1


def test_the_script_stands_before_its_first_element() -> None:
    names = [name for name, _ in Tags(render("{% stackone_connect %}" * 2)).found]
    assert names == ["script", "stackone-connect", "stackone-connect"]


class Lazy:
    """As middlewares hand a nonce out: made, and put into the header, when asked for its text."""

    asked = 0

    def __bool__(self) -> bool:
        return bool(self.asked)

    def __str__(self) -> str:
        self.asked += 1
        return "r4nd0m"


@pytest.mark.parametrize("where", ["argument", "context", "request"])
def test_a_nonce_is_on_the_script_and_on_the_element_wherever_it_comes_from(
    request_: HttpRequest, where: str
) -> None:
    source, values = "{% stackone_connect %}", {}
    if where == "argument":
        source, values = "{% stackone_connect nonce=made %}", {"made": Lazy()}
    elif where == "context":
        values = {"csp_nonce": Lazy()}
    else:
        request_.csp_nonce = Lazy()  # type: ignore[attr-defined]
    tags = Tags(render(source, request_, **values))
    assert [found["nonce"] for found in tags.of("script") + tags.of("stackone-connect")] == [
        "r4nd0m",
        "r4nd0m",
    ]


def test_without_a_nonce_there_is_no_attribute_for_it(request_: HttpRequest) -> None:
    assert "nonce" not in render("{% stackone_connect %}", request_, csp_nonce=None)


@pytest.mark.usefixtures("prefix")
def test_below_a_script_prefix_the_addresses_are_below_it_too() -> None:
    found = element("{% stackone_connect %}")
    assert found["api"] == "/below/api/stackone/"


@pytest.mark.parametrize(
    ("hub", "address"),
    [
        ("our/hub.js", "/static/our/hub.js"),
        ("/assets/hub.js", "/assets/hub.js"),
        ("https://cdn.acme.example/hub.js", "https://cdn.acme.example/hub.js"),
        ("//cdn.acme.example/hub.js", "//cdn.acme.example/hub.js"),
    ],
)
def test_the_hubs_script_is_a_static_file_or_an_address(hub: str, address: str) -> None:
    assert element("{% stackone_connect hub_script=hub %}", hub=hub)["hub-script"] == address


@pytest.mark.parametrize("hub", [None, ""])
def test_without_a_hub_the_element_knows_of_none(hub: str | None) -> None:
    assert "hub-script" not in element("{% stackone_connect hub_script=hub %}", hub=hub)


def test_a_mount_in_the_hosts_own_namespace_can_be_named(settings: Any) -> None:
    ours = path("connect/", include("stackone_connect.urls"))
    settings.ROOT_URLCONF = (path("v1/", include(([ours], "host"))),)
    found = element('{% stackone_connect namespace="host:stackone_connect" %}')
    assert found["api"] == "/v1/connect/"


def test_sentences_may_be_translated_when_the_page_is_drawn() -> None:
    found = element(
        "{% stackone_connect sentences=words %}",
        words={"cancel": gettext_lazy("Cancel"), "connect": "Verbinden „jetzt“"},
    )
    assert json.loads(found["sentences"]) == {"cancel": "Cancel", "connect": "Verbinden „jetzt“"}


@pytest.mark.parametrize(
    ("name", "cookie"),
    [("CSRF_USE_SESSIONS", ""), ("CSRF_COOKIE_HTTPONLY", ""), ("DEBUG", "csrftoken")],
)
def test_the_cookie_is_named_only_where_scripts_can_read_it(
    request_: HttpRequest, settings: Any, name: str, cookie: str
) -> None:
    setattr(settings, name, True)
    found = element("{% stackone_connect %}", request_)
    assert found["csrf-cookie"] == cookie
    assert found["csrf-token"]


def test_the_names_of_cookie_and_header_are_the_hosts(settings: Any) -> None:
    settings.CSRF_COOKIE_NAME = "__Secure-acme"
    settings.CSRF_HEADER_NAME = "HTTP_X_ACME_TOKEN"
    found = element("{% stackone_connect %}")
    assert found["csrf-cookie"] == "__Secure-acme"
    assert found["csrf-header"] == "X-ACME-TOKEN"


def test_the_token_that_is_written_is_one_that_the_server_takes(
    request_: HttpRequest, rf: RequestFactory, settings: Any
) -> None:
    settings.CSRF_COOKIE_HTTPONLY = True
    answer = HttpResponse(render("{% stackone_connect %}", request_))
    CsrfViewMiddleware(lambda request: answer)(request_)
    middleware = CsrfViewMiddleware(lambda request: answer)
    middleware.process_response(request_, answer)
    (found,) = Tags(answer.text).of("stackone-connect")
    rf.cookies["csrftoken"] = answer.cookies["csrftoken"].value
    headers = {found["csrf-header"] or "": found["csrf-token"] or ""}
    post = rf.post("/", headers=headers)
    middleware.process_request(post)
    assert middleware.process_view(post, lambda request: answer, (), {}) is None
    forged = rf.post("/", headers={found["csrf-header"] or "": "a" * 64})
    middleware.process_request(forged)
    refused = middleware.process_view(forged, lambda request: answer, (), {})
    assert refused is not None
    assert refused.status_code == 403


def test_without_a_request_there_is_no_token() -> None:
    assert "csrf-token" not in element("{% stackone_connect %}")


def test_the_page_of_the_example_is_drawn_with_it(request_: HttpRequest) -> None:
    page = render_to_string(
        "integrations/integrations.html", {"hub_script": None, "hub_servers": {}}, request_
    )
    assert len(re.findall("<stackone-connect", page)) == 1

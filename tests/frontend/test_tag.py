"""``{% stackone_connect %}`` as the server draws it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from html.parser import HTMLParser
from typing import Any

import pytest
from django.conf.urls.i18n import i18n_patterns
from django.http import HttpRequest, HttpResponse
from django.middleware.csrf import CsrfViewMiddleware
from django.template import Context, Engine, RequestContext, Template
from django.test import Client, RequestFactory
from django.urls import NoReverseMatch, include, path, re_path, set_script_prefix
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
        "sign-in": "/sign-in/",
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
        "hub_base_url=v hub_app_url=v theme=v nonce=v id=v messages=texts %}",
        v=evil,
        texts={"connect": evil},
    )
    tags = Tags(page)
    assert [name for name, _ in tags.found] == ["script", "stackone-connect"]
    (found,) = tags.of("stackone-connect")
    assert not [name for name in found if name.startswith("on")]
    assert found["provider"] == found["label"] == found["heading"] == found["nonce"] == evil
    assert json.loads(found["messages"] or "") == {"connect": evil}
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
    request_: Any, where: str
) -> None:
    source, values = "{% stackone_connect %}", {}
    if where == "argument":
        source, values = "{% stackone_connect nonce=made %}", {"made": Lazy()}
    elif where == "context":
        values = {"csp_nonce": Lazy()}
    else:
        request_.csp_nonce = Lazy()
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


def test_messages_may_be_translated_when_the_page_is_drawn() -> None:
    found = element(
        "{% stackone_connect messages=texts %}",
        texts={"cancel": gettext_lazy("Cancel"), "connect": "Verbinden „jetzt“"},
    )
    assert json.loads(found["messages"]) == {"cancel": "Cancel", "connect": "Verbinden „jetzt“"}


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


# --- Below captured arguments --------------------------------------------------------------------


OURS = include("stackone_connect.urls")


def on_page(settings: Any, at: str, *patterns: Any, source: str = "{% stackone_connect %}") -> str:
    """Where the element on the host's page at this address finds our API."""

    def page(request: HttpRequest, *_: Any, **__: Any) -> HttpResponse:
        return HttpResponse(render(source, request))

    settings.ROOT_URLCONF = (*patterns, *pages(page))
    answer = Client().get(at)
    assert answer.status_code == 200
    (found,) = Tags(answer.content.decode()).of("stackone-connect")
    return found["api"] or ""


def pages(page: Any) -> tuple[Any, ...]:
    return (
        path("t/<slug:team>/", page),
        path("t/<slug:team>/projects/<int:pk>/<slug:tab>/", page),
        re_path(r"^u/(\w+)/page/(\d+)/$", page),
        path("home/", page),
    )


TEAM = path("t/<slug:team>/x/", OURS)


def test_the_pages_own_team_is_in_the_address(settings: Any) -> None:
    assert on_page(settings, "/t/acme/", TEAM) == "/t/acme/x/"


def test_what_a_deeper_page_captures_beside_it_is_left_out(settings: Any) -> None:
    assert on_page(settings, "/t/acme/projects/7/files/", TEAM) == "/t/acme/x/"


def test_a_mount_that_captures_nothing_is_found_from_any_page(settings: Any) -> None:
    assert on_page(settings, "/t/acme/projects/7/files/", path("x/", OURS)) == "/x/"


def test_groups_without_names_are_those_of_the_page(settings: Any) -> None:
    mount = re_path(r"^u/(\w+)/x/", OURS)
    assert on_page(settings, "/u/acme/page/7/", mount) == "/u/acme/x/"


def test_a_page_elsewhere_names_the_team_itself(settings: Any) -> None:
    named = '{% stackone_connect team="globex" %}'
    assert on_page(settings, "/home/", TEAM, source=named) == "/t/globex/x/"
    assert on_page(settings, "/t/acme/", TEAM, source=named) == "/t/globex/x/"


def test_what_is_named_goes_together_with_what_the_page_captures(settings: Any) -> None:
    mount = path("t/<slug:team>/r/<slug:region>/x/", OURS)
    named = '{% stackone_connect region="eu" %}'
    assert on_page(settings, "/t/acme/projects/7/a/", mount, source=named) == "/t/acme/r/eu/x/"


def test_the_whole_address_may_be_given(settings: Any) -> None:
    assert on_page(settings, "/home/", TEAM, source='{% stackone_connect api="/y/" %}') == "/y/"


def test_a_page_that_does_not_know_the_team_is_told_what_is_missing(settings: Any) -> None:
    with pytest.raises(NoReverseMatch, match="team"):
        on_page(settings, "/home/", TEAM)


@pytest.mark.parametrize("mistake", ["provder='x'", "teem='x'"])
def test_a_word_that_fits_nothing_is_a_mistake(settings: Any, mistake: str) -> None:
    source = "{% stackone_connect " + mistake + " %}"
    with pytest.raises(NoReverseMatch):
        on_page(settings, "/t/acme/", TEAM, source=source)


def test_a_mount_inside_the_hosts_namespaces_is_found_below_a_team(settings: Any) -> None:
    inner = include(([path("x/", OURS)], "apps"), namespace="apps")
    mount = path("t/<slug:team>/", include(([path("a/", inner)], "host")))
    source = '{% stackone_connect namespace="host:apps:stackone_connect" %}'
    assert on_page(settings, "/t/acme/", mount, source=source) == "/t/acme/a/x/"


def test_of_two_mounts_each_is_found_by_its_namespace(settings: Any) -> None:
    mounts = (
        path("own/x/", include("stackone_connect.urls", namespace="own")),
        path("t/<slug:team>/x/", include("stackone_connect.urls", namespace="teams")),
    )
    for name, address in (("own", "/own/x/"), ("teams", "/t/acme/x/")):
        source = "{% stackone_connect namespace='" + name + "' %}"
        assert on_page(settings, "/t/acme/", *mounts, source=source) == address


def test_a_language_and_a_team_are_both_in_the_address(settings: Any) -> None:
    settings.MIDDLEWARE = ["django.middleware.locale.LocaleMiddleware", *settings.MIDDLEWARE]

    def page(request: HttpRequest, **_: Any) -> HttpResponse:
        return HttpResponse(render("{% stackone_connect %}", request))

    settings.ROOT_URLCONF = tuple(i18n_patterns(TEAM, path("t/<slug:team>/", page)))
    for language in ("en", "de"):
        answer = Client().get(f"/{language}/t/acme/")
        (found,) = Tags(answer.content.decode()).of("stackone-connect")
        assert found["api"] == f"/{language}/t/acme/x/"


def test_a_hub_of_another_host_is_held_to_its_hash() -> None:
    found = element(
        '{% stackone_connect hub_script="https://cdn.acme.example/hub.js" '
        'hub_integrity="sha384-abc" %}'
    )
    assert found["hub-integrity"] == "sha384-abc"
    assert "hub-integrity" not in element("{% stackone_connect %}")

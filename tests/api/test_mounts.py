"""Wherever a host mounts us: below captured arguments, languages, versions and namespaces."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from django.conf.urls.i18n import i18n_patterns
from django.http import HttpRequest, HttpResponse
from django.template import RequestContext, Template
from django.test import Client
from django.urls import include, path, re_path, reverse
from rest_framework.permissions import BasePermission

from example_project.accounts.models import Organization, User
from stackone_connect.models import OriginOwner
from tests.api.conftest import code
from tests.factories import AccountFactory, OrganizationFactory, SessionFactory, organization_of
from tests.fakes import FakeStackOne
from tests.webhooks.deliveries import SECRET, event_body, signature_of

OURS = include("stackone_connect.urls")


def page(request: HttpRequest, **_: Any) -> HttpResponse:
    """A page of the host's with our tag on it."""
    source = "{% load stackone_connect %}{% stackone_connect %}"
    return HttpResponse(Template(source).render(RequestContext(request)))


#: Where we are mounted: the patterns, the address, what the address captures.
MOUNTS: dict[str, tuple[tuple[Any, ...], str, dict[str, str], tuple[str, ...]]] = {}


def mount(name: str, *patterns: Any, at: str, **named: str) -> None:
    MOUNTS[name] = (patterns, at, named, ())


mount("a slug", path("teams/<slug:team>/x/", OURS), at="/teams/acme/x/", team="acme")
mount("two", path("<slug:a>/<int:b>/", OURS), at="/acme/7/", a="acme", b="7")
for own in (
    *("session_id", "account_id", "request", "pk", "id", "format", "version", "self", "cls"),
    *("args", "kwargs", "view", "data", "user", "provider", "cursor", "status"),
):
    mount(f"named {own}", path(f"t/<slug:{own}>/x/", OURS), at="/t/acme/x/", **{own: "acme"})
mount("a group", re_path(r"^t/(?P<team>\w+)/x/", OURS), at="/t/acme/x/", team="acme")
UNNAMED = re_path(r"^t/(\w+)/x/", OURS)
MOUNTS["an unnamed group"] = ((UNNAMED,), "/t/acme/x/", {}, ("acme",))
mount(
    "nested",
    path("o/<slug:org>/", include([path("t/<slug:team>/", include([path("x/", OURS)]))])),
    at="/o/big/t/acme/x/",
    org="big",
    team="acme",
)
mount(
    "a namespace of the host's",
    path("t/<slug:team>/", include(([path("x/", OURS)], "host"), namespace="inner")),
    at="/t/acme/x/",
    team="acme",
)
mount("a language", *i18n_patterns(path("t/<slug:team>/x/", OURS)), at="/en/t/acme/x/", team="acme")
mount("a default", path("t/<slug:team>/x/", OURS, {"extra": 1}), at="/t/acme/x/", team="acme")


@pytest.fixture(params=MOUNTS)
def mounted(request: pytest.FixtureRequest, settings: Any) -> str:
    patterns, at, _, _ = MOUNTS[request.param]
    settings.ROOT_URLCONF = patterns
    settings.MIDDLEWARE = [
        *settings.MIDDLEWARE[:3],
        "django.middleware.locale.LocaleMiddleware",
        *settings.MIDDLEWARE[3:],
    ]
    return at


@pytest.fixture
def seen(configure: Callable[..., None], request: pytest.FixtureRequest) -> list[Any]:
    """What a resolver that looks at the address found there."""
    found: list[Any] = []

    def resolve(http: Any) -> Any:
        assert http.resolver_match is not None
        found.append((dict(http.resolver_match.kwargs), http.resolver_match.args))
        return http.user.organization

    configure(ORGANIZATION_RESOLVER=resolve, WEBHOOK_SECRETS=[SECRET])
    return found


def test_every_view_answers_below_it_and_the_resolver_finds_what_it_captures(
    mounted: str,
    member: User,
    owner: OriginOwner,
    stackone: FakeStackOne,
    seen: list[Any],
    request: pytest.FixtureRequest,
) -> None:
    http = Client()
    http.force_login(member)
    stackone.link(owner.origin_owner_id, account_id="acc-1")
    session = SessionFactory.create(owner=owner)
    AccountFactory.create(owner=owner, account_id="acc-2")
    stackone.link(owner.origin_owner_id, account_id="acc-2")

    def post(address: str, **body: str) -> int:
        data = json.dumps(body)
        return http.post(f"{mounted}{address}", data, "application/json").status_code

    assert post("connect-sessions/") == 201
    assert http.get(f"{mounted}connect-sessions/").status_code == 200
    one = http.get(f"{mounted}connect-sessions/{session.pk}/")
    assert (one.status_code, one.json()["id"]) == (200, str(session.pk))
    assert post(f"connect-sessions/{session.pk}/complete/", account_id="acc-1") == 200
    assert http.get(f"{mounted}accounts/").status_code == 200
    one = http.get(f"{mounted}accounts/acc-1/")
    assert (one.status_code, one.json()["account_id"]) == (200, "acc-1")
    assert http.head(f"{mounted}accounts/acc-1/").status_code == 200
    assert http.options(f"{mounted}accounts/").status_code == 405
    assert http.delete(f"{mounted}accounts/acc-2/").status_code == 204
    assert code(http.get(f"{mounted}accounts/another/")) == (404, "account_not_found")
    assert code(http.get(f"{mounted}connect-sessions/x/")) == (404, "not_found")
    _, _, kwargs, args = MOUNTS[request.node.callspec.params["mounted"]]
    ours = {"stackone_session_id", "stackone_account_id", "extra"}
    assert len(seen) >= 9
    for found, unnamed in seen:
        assert {k: str(v) for k, v in found.items() if k not in ours} == kwargs
        # Django drops groups without names where others have some.
        assert unnamed == (args if not found else ())


def test_the_webhook_answers_below_it_with_and_without_its_slash(
    mounted: str, seen: list[Any], stackone: FakeStackOne, db: None
) -> None:
    for address, said in (("webhooks/", "accepted"), ("webhooks", "duplicate")):
        body = event_body()
        headers = {"x-stackone-signature": signature_of(body)}
        answer = Client().post(f"{mounted}{address}", body, "application/json", headers=headers)
        assert (answer.status_code, answer.json()) == (200, {"status": said})
    assert Client().get(f"{mounted}webhooks/").status_code == 405
    assert seen == []


@pytest.mark.parametrize(
    "address", ["accounts", "accounts/x", "connect-sessions", "connect-sessions/x"]
)
@pytest.mark.parametrize("append_slash", [True, False])
def test_addresses_work_without_their_last_slash(
    address: str, append_slash: bool, member: User, owner: OriginOwner, settings: Any
) -> None:
    settings.APPEND_SLASH = append_slash
    http = Client()
    http.force_login(member)
    with_slash = http.get(f"/api/stackone/{address}/")
    without = http.get(f"/api/stackone/{address}")
    assert with_slash["Content-Type"] == "application/json"
    assert (without.status_code, without.content) == (with_slash.status_code, with_slash.content)


@pytest.mark.parametrize("debug", [True, False])
def test_a_post_without_the_last_slash_keeps_its_body(
    debug: bool, member: User, owner: OriginOwner, stackone: FakeStackOne, settings: Any
) -> None:
    settings.DEBUG = debug
    http = Client()
    http.force_login(member)
    issued = http.post("/api/stackone/connect-sessions", {"label": "x"}, "application/json")
    assert issued.json()["label"] == "x"
    address = f"/api/stackone/connect-sessions/{issued.json()['id']}/complete"
    done = http.post(address, {"account_id": "none"}, "application/json")
    assert code(done) == (404, "account_not_found")


class OfTheTeam(BasePermission):
    """A host's permission that looks at what the address captures."""

    def has_permission(self, request: Any, view: Any) -> bool:
        return bool(view.kwargs["team"] == "acme")


def test_a_hosts_permission_finds_what_the_address_captures(
    member: User, owner: OriginOwner, settings: Any, configure: Callable[..., None]
) -> None:
    settings.ROOT_URLCONF = (path("<slug:team>/x/", OURS),)
    configure(PERMISSION_CLASSES={"read": OfTheTeam})
    http = Client()
    http.force_login(member)
    assert http.get("/acme/x/accounts/").status_code == 200
    assert http.get("/globex/x/accounts/").status_code == 403
    assert http.get("/globex/x/accounts/y/").status_code == 403


def test_one_mount_with_a_team_and_one_without_both_answer(
    member: User, owner: OriginOwner, settings: Any
) -> None:
    settings.ROOT_URLCONF = (
        path("own/x/", include("stackone_connect.urls", namespace="own")),
        path("<slug:team>/x/", include("stackone_connect.urls", namespace="teams")),
    )
    http = Client()
    http.force_login(member)
    assert http.get("/own/x/accounts/").status_code == 200
    assert http.get("/acme/x/accounts/").status_code == 200
    assert reverse("own:accounts") == "/own/x/accounts/"
    assert reverse("teams:accounts", kwargs={"team": "acme"}) == "/acme/x/accounts/"


def test_what_comes_after_us_below_the_same_prefix_is_the_hosts(db: None, settings: Any) -> None:
    def own(request: HttpRequest) -> HttpResponse:
        return HttpResponse("the host's")

    settings.ROOT_URLCONF = (path("api/", OURS), path("api/", include([path("own/", own)])))
    assert Client().get("/api/own/").content == b"the host's"


# --- A page opened for one tenant, and another tab -----------------------------------------------


def test_a_page_of_one_team_issues_for_it_whatever_another_tab_switched_to(
    stackone: FakeStackOne, settings: Any, configure: Callable[..., None], member: User
) -> None:
    """As a host does whose tenant is in the address: the page carries the team's own address."""
    globex = OrganizationFactory.create(name="Globex")
    here = (path("t/<int:team>/", page), path("t/<int:team>/x/", OURS))
    settings.ROOT_URLCONF = here
    configure(
        ORGANIZATION_RESOLVER=lambda request: Organization.objects.get(
            pk=request.resolver_match.kwargs["team"]
        )
    )
    http = Client()
    http.force_login(member)
    own = organization_of(member)
    opened = http.get(f"/t/{own.pk}/").content.decode()
    http.get(f"/t/{globex.pk}/")
    address = opened.partition('api="')[2].partition('"')[0]
    assert address == f"/t/{own.pk}/x/"
    http.post(f"{address}connect-sessions/", {}, "application/json")
    assert stackone.bodies[-1]["origin_owner_id"] == str(own.pk)

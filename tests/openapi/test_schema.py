"""The schema that a host's drf-spectacular makes of our API."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from django.core.management import call_command
from django.urls import URLPattern, include, path, re_path
from drf_spectacular.settings import patched_settings
from hypothesis import example, given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from rest_framework.authentication import TokenAuthentication
from rest_framework.views import APIView

from scripts import openapi
from stackone_connect.api import urls
from stackone_connect.api.base import StackOneView
from stackone_connect.api.errors import STATUSES
from stackone_connect.api.views import AccountsView
from stackone_connect.conf.rules import CLIENT_FIELDS
from stackone_connect.contrib.openapi_components import IDENTIFIER
from stackone_connect.contrib.spectacular import StackOneViews
from stackone_connect.rules import is_identifier
from tests.api.conftest import Api
from tests.fakes import FakeStackOne
from tests.openapi.conftest import Json, Judge


@pytest.mark.parametrize("version", ["3.0.3", "3.1.0"])
def test_the_schema_is_valid_and_without_a_warning(version: str) -> None:
    written = io.StringIO()
    with patched_settings({"OAS_VERSION": version}):
        call_command("spectacular", validate=True, fail_on_warn=True, stdout=written)
    assert f"openapi: {version}" in written.getvalue()


def test_the_documented_schema_is_the_one_that_is_served(tmp_path: Path) -> None:
    openapi.write(tmp_path / "openapi.json")
    fresh = (tmp_path / "openapi.json").read_text()
    assert openapi.FILE.read_text() == fresh, "It has changed: run `make openapi`."


def methods(pattern: URLPattern) -> list[str]:
    view: Any = pattern.callback
    return list(view.view_class().allowed_methods)


def test_every_method_of_every_view_of_the_api_is_described(schema: Json) -> None:
    served = {
        method.lower() + re.sub(r"<\w+:(\w+)>", r"{\1}", f" /api/stackone/{pattern.pattern}")
        for pattern in urls.urlpatterns
        for method in methods(pattern)
        if method != "OPTIONS"
    }
    described = {f"{method} {path}" for path in schema["paths"] for method in schema["paths"][path]}
    assert described == served


def test_every_name_is_prefixed_and_every_operation_tagged(schema: Json) -> None:
    assert all(name.startswith("StackOne") for name in schema["components"]["schemas"])
    for item in schema["paths"].values():
        for operation in item.values():
            assert operation["operationId"].startswith("stackone_")
            assert operation["tags"] == ["StackOne"]


def test_every_code_of_ours_is_named_and_carried_by_some_answer(schema: Json) -> None:
    codes = schema["components"]["schemas"]["StackOneErrorCode"]["enum"]
    assert set(codes) == {*STATUSES, "not_authenticated"}
    carried = {
        code
        for item in schema["paths"].values()
        for operation in item.values()
        for status, answer in operation["responses"].items()
        if int(status) >= 400
        for code in answer["content"]["application/json"]["schema"]["allOf"][1]["properties"][
            "code"
        ]["enum"]
    }
    # A method that is described is never answered with this one.
    assert set(codes) - carried == {"method_not_allowed"}


def test_requests_have_the_fields_that_browsers_may_set(
    generate: Callable[..., Json], configure: Callable[..., None]
) -> None:
    def asked() -> Json:
        components: Json = generate(OAS_VERSION="3.1.0")["components"]["schemas"]
        return dict(components["StackOneSessionRequest"])

    assert tuple(asked()["properties"]) == CLIENT_FIELDS
    assert asked()["additionalProperties"] is False
    configure(CLIENT_FIELDS=["metadata", "expires_in"], SESSION_LIFETIME=600)
    assert set(asked()["properties"]) == {"metadata", "expires_in"}
    assert asked()["properties"]["expires_in"]["maximum"] == 600


@pytest.mark.parametrize(
    ("asked", "is_described"),
    [
        ({}, True),
        ({"category": "hris"}, True),
        ({"categories": ["hris"]}, True),
        ({"category": None, "categories": ["hris"]}, True),
        ({"category": "hris", "categories": None}, True),
        ({"category": "hris", "categories": []}, False),
        ({"category": "hris", "categories": ["hris"]}, False),
    ],
)
def test_category_and_categories_exclude_each_other_as_they_do_in_a_request(
    asked: Json, is_described: bool, judge: Judge, member: Any, stackone: FakeStackOne
) -> None:
    component = judge.schema["components"]["schemas"]["StackOneSessionRequest"]
    assert Draft202012Validator(component).is_valid(asked) is is_described
    assert Api(member).issue(**asked).status_code == (201 if is_described else 400)


def test_security_is_the_hosts_authentication(
    generate: Callable[..., Json], monkeypatch: pytest.MonkeyPatch
) -> None:
    def security() -> Any:
        return generate()["paths"]["/api/stackone/accounts/"]["get"]["security"]

    assert security() == [{"cookieAuth": []}]
    monkeypatch.setattr(StackOneView, "get_authenticators", lambda self: [TokenAuthentication()])
    assert security() == [{"tokenAuth": []}]


def test_security_follows_the_classes_that_are_ours_alone(
    generate: Callable[..., Json], configure: Callable[..., None]
) -> None:
    configure(AUTHENTICATION_CLASSES=["rest_framework.authentication.TokenAuthentication"])
    paths = generate()["paths"]
    assert paths["/api/stackone/accounts/"]["get"]["security"] == [{"tokenAuth": []}]


def urlconf(*patterns: Any) -> ModuleType:
    made = ModuleType("host_urls")
    vars(made)["urlpatterns"] = list(patterns)
    return made


MOUNTS: dict[str, tuple[Any, str, list[tuple[str, Json]]]] = {
    "a slug": (
        path("t/<slug:team>/<int:number>/", include("stackone_connect.urls")),
        "/t/{team}/{number}/",
        [("team", {"type": "string"}), ("number", {"type": "integer"})],
    ),
    "a group": (
        re_path(r"^t/(?P<team>\w+)/(?P<pk>[^/]+)/", include("stackone_connect.urls")),
        "/t/{team}/{id}/",
        [("team", {"type": "string"}), ("id", {"type": "string"})],
    ),
}


@pytest.mark.parametrize("name", MOUNTS)
@pytest.mark.parametrize("version", ["3.0.3", "3.1.0"])
def test_what_the_address_above_us_captures_is_a_parameter(
    name: str, version: str, settings: Any
) -> None:
    pattern, at, captured = MOUNTS[name]
    settings.ROOT_URLCONF = urlconf(pattern)
    written = io.StringIO()
    with patched_settings({"OAS_VERSION": version}):
        call_command(
            "spectacular", validate=True, fail_on_warn=True, format="openapi-json", stdout=written
        )
    paths = json.loads(written.getvalue())["paths"]
    operations = [
        (address, operation) for address in paths for operation in paths[address].values()
    ]
    assert len(operations) == 8
    for address, operation in operations:
        assert address.startswith(at)
        named = [
            (p["name"], {"type": p["schema"]["type"]})
            for p in operation["parameters"]
            if p["in"] == "path"
        ]
        assert named[:2] == captured
        assert {n for n, _ in named} == set(re.findall(r"{(\w+)}", address))


def test_a_host_that_mounts_us_twice_gets_a_valid_schema(settings: Any) -> None:
    settings.ROOT_URLCONF = urlconf(
        path("own/", include("stackone_connect.urls", namespace="own")),
        path("t/<slug:team>/", include("stackone_connect.urls", namespace="teams")),
    )
    written = io.StringIO()
    call_command("spectacular", validate=True, format="openapi-json", stdout=written)
    paths = json.loads(written.getvalue())["paths"]
    ids = [operation["operationId"] for item in paths.values() for operation in item.values()]
    assert len(ids) == len(set(ids)) == 16


def test_what_may_be_null_says_so_in_either_version(generate: Callable[..., Json]) -> None:
    def outcome_and_label(version: str) -> tuple[Json, Json]:
        components = generate(OAS_VERSION=version)["components"]["schemas"]
        fields = components["StackOneSession"]["properties"]
        return fields["outcome"], fields["label"]

    ref = {"$ref": "#/components/schemas/StackOneSessionOutcome"}
    assert outcome_and_label("3.0.3") == (
        {"allOf": [ref], "nullable": True},
        {"type": "string", "nullable": True},
    )
    assert outcome_and_label("3.1.0") == (
        {"oneOf": [ref, {"type": "null"}]},
        {"type": ["string", "null"]},
    )


def test_a_hosts_own_views_are_left_alone() -> None:
    class HostsView(APIView):
        pass

    assert StackOneViews.get_match(HostsView.as_view()) is None
    assert StackOneViews.get_match(AccountsView.as_view()) is not None


@given(st.text(alphabet=st.sampled_from("aZ09._~:@=+-/ ü\n"), max_size=6))
@example("." * 2)
@example("a\n")
def test_the_pattern_of_identifiers_is_the_rule_that_is_applied(text: str) -> None:
    # `$` of ECMA-262, which OpenAPI's patterns are in, is the very end.
    assert bool(re.search(IDENTIFIER.replace("$", r"\Z"), text)) == bool(is_identifier(text))

"""The schema that a host's drf-spectacular makes of our API."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from drf_spectacular.settings import patched_settings
from hypothesis import example, given
from hypothesis import strategies as st
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
from stackone_connect.payloads import is_identifier
from tests.openapi.conftest import Json


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


def test_every_method_of_every_view_of_the_api_is_described(schema: Json) -> None:
    served = {
        method.lower() + re.sub(r"<\w+:(\w+)>", r"{\1}", f" /api/stackone/{pattern.pattern}")
        for pattern in urls.urlpatterns
        for method in pattern.callback.view_class().allowed_methods
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


def test_security_is_the_hosts_authentication(
    generate: Callable[..., Json], monkeypatch: pytest.MonkeyPatch
) -> None:
    def security() -> Any:
        return generate()["paths"]["/api/stackone/accounts/"]["get"]["security"]

    assert security() == [{"cookieAuth": []}]
    monkeypatch.setattr(StackOneView, "get_authenticators", lambda self: [TokenAuthentication()])
    assert security() == [{"tokenAuth": []}]


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
    assert bool(re.search(IDENTIFIER.replace("$", r"\Z"), text)) == is_identifier(text)

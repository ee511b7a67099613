"""The schema as drf-spectacular makes it, and a judge that holds real answers against it."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable, Mapping
from typing import Any

import pytest
from django.middleware.csrf import get_token
from django.test import RequestFactory
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.settings import patched_settings
from jsonschema import Draft202012Validator, FormatChecker

from tests.api.conftest import Api
from tests.background.conftest import shared_database
from tests.fakes import Sandbox

__all__ = ["shared_database"]

Json = dict[str, Any]


@pytest.fixture
def generate() -> Callable[..., Json]:
    """The host's whole schema, with these ``SPECTACULAR_SETTINGS``."""

    def make(**settings: Any) -> Json:
        with patched_settings(settings):
            schema: Json = json.loads(json.dumps(SchemaGenerator().get_schema(public=True)))
        return schema

    return make


@pytest.fixture
def schema(generate: Callable[..., Json]) -> Json:
    """In OpenAPI 3.1, whose schemas are plain JSON Schema."""
    return generate(OAS_VERSION="3.1.0")


def closed(schema: Json) -> Json:
    """The same, where an object holds nothing but what is described."""
    strict = copy.deepcopy(schema)
    for component in strict["components"]["schemas"].values():
        if component.get("properties"):
            component.setdefault("additionalProperties", False)
    return strict


class Judge:
    """Says whether an answer is as the schema has it, and which operations were heard."""

    def __init__(self, schema: Json) -> None:
        self.schema = closed(schema)
        self.heard: set[tuple[str, str]] = set()

    def __call__(self, operation_id: str, answer: Any) -> Any:
        """The answer's JSON, once it is what the operation may answer with this status."""
        described = self.operation(operation_id)["responses"][str(answer.status_code)]
        for name, header in described.get("headers", {}).items():
            if header["required"]:
                assert int(answer[name]) >= header["schema"]["minimum"]
        self.heard.add((operation_id, str(answer.status_code)))
        if "content" not in described:
            assert answer.content == b""
            return None
        assert answer["Content-Type"] == "application/json"
        body = answer.json()
        self.validate(described["content"]["application/json"]["schema"], body)
        return body

    def validate(self, schema: Mapping[str, Any], value: object) -> None:
        rooted = {**schema, "components": self.schema["components"]}
        Draft202012Validator(rooted, format_checker=FormatChecker()).validate(value)

    def operation(self, operation_id: str) -> Json:
        operations = [o for item in self.schema["paths"].values() for o in item.values()]
        (found,) = [o for o in operations if o["operationId"] == f"stackone_{operation_id}"]
        return dict(found)


@pytest.fixture
def judge(schema: Json) -> Judge:
    return Judge(schema)


@pytest.fixture
def signed_in(member: Any) -> dict[str, dict[str, str]]:
    """The member's browser: its cookies, and the header that goes with them."""
    request = RequestFactory().get("/")
    token = get_token(request)
    session_id = Api(member).http.cookies["sessionid"].value
    return {
        "cookies": {"sessionid": session_id, "csrftoken": request.META["CSRF_COOKIE"]},
        "headers": {"X-CSRFToken": token},
    }


@pytest.fixture
def known(member: Any, sandbox: Sandbox) -> dict[str, str]:
    """Ids that exist."""
    api = Api(member)
    issued = api.issue(provider="bamboohr").json()
    account_id = sandbox.finish_hub(issued["token"])
    assert api.complete(issued["id"], account_id).status_code == 200
    return {"session_id": issued["id"], "account_id": account_id}

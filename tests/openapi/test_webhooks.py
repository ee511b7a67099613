"""The webhook in the documented schema: where it is mounted, and what it answers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.urls import include, path

from scripts.openapi import SETTINGS
from tests.openapi.conftest import Json, Judge
from tests.openapi.test_schema import urlconf
from tests.webhooks.deliveries import SECRET, StackOneDelivers, event_body

pytestmark = pytest.mark.django_db


@pytest.fixture
def documented(generate: Callable[..., Json]) -> Json:
    return generate(**SETTINGS)


def test_the_webhook_is_documented_and_signed_instead_of_authenticated(documented: Json) -> None:
    for address in ("/api/stackone/webhooks/", "/api/stackone/webhooks/{project}/"):
        operation = documented["paths"][address]["post"]
        assert operation["security"] == []
        assert [p["name"] for p in operation["parameters"] if p["in"] == "header"] == [
            "x-stackone-signature"
        ]


def test_a_host_that_does_not_ask_for_it_has_no_webhook_in_its_schema(schema: Json) -> None:
    assert not [address for address in schema["paths"] if "webhooks" in address]


def test_a_delivery_is_answered_as_documented(
    documented: Json, configure: Callable[..., None]
) -> None:
    judge, stackone = Judge(documented), StackOneDelivers()
    assert judge("webhooks", stackone.event())["code"] == "webhook_not_configured"
    configure(WEBHOOK_SECRETS=[SECRET])
    answers = [
        (stackone.event(), "accepted"),
        (stackone.event(), "duplicate"),
        (stackone.event("hris_employees.created"), "ignored"),
    ]
    assert [judge("webhooks", answer)["status"] for answer, _ in answers] == [s for _, s in answers]
    refused = [
        (stackone.post(event_body(), signature="odd"), "invalid_signature"),
        (stackone.post(b"[]"), "invalid_event"),
        (stackone.post(b" " * (1024 * 1024 + 1)), "too_large"),
    ]
    assert [judge("webhooks", answer)["code"] for answer, _ in refused] == [c for _, c in refused]
    configure(WEBHOOK_SECRETS="not a list")
    assert judge("webhooks", stackone.event())["code"] == "stackone_misconfigured"


def test_every_mount_has_an_operation_of_its_own(
    generate: Callable[..., Json], settings: Any
) -> None:
    settings.ROOT_URLCONF = urlconf(
        path("own/", include("stackone_connect.urls", namespace="own")),
        path("t/<slug:team>/", include("stackone_connect.urls", namespace="teams")),
    )
    paths = generate(**SETTINGS)["paths"]
    assert {
        address: item["post"]["operationId"]
        for address, item in paths.items()
        if "webhooks" in address
    } == {
        "/own/webhooks/": "stackone_webhooks",
        "/own/webhooks/{project}/": "stackone_project_webhooks",
        "/t/{team}/webhooks/": "stackone_webhooks_2",
        "/t/{team}/webhooks/{project}/": "stackone_project_webhooks_2",
    }

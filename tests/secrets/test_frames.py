"""No frame shows a secret, at whatever call of a flow something is raised."""

from __future__ import annotations

import json
import ssl
from collections.abc import Callable
from typing import Any

import pytest

from stackone_connect.client import FromSettings, using
from stackone_connect.redaction import RedactedBytes
from tests.client import conftest as of_client
from tests.client.servers import over_tls, serving
from tests.secrets.flows import LINK, NAMES, PAYLOAD, SECRETS, TOKEN, Flows, stackone
from tests.secrets.frames import Interruption, inspected, interrupted

certificate = of_client.certificate

#: Where Django has the bytes of a request in a local while it asks how long they are, and those of
#: an answer, which WSGI wants plain, while it forgets a cached text. Nothing of either can fail.
_DJANGOS = {
    ("webhook payload", "django.core.handlers.wsgi", "LimitedStream.read", "data"),
    ("token", "django.http.response", "HttpResponse.content", "content"),
    ("auth link", "django.http.response", "HttpResponse.content", "content"),
}


@pytest.mark.parametrize("name", NAMES)
def test_no_frame_of_a_flow_shows_a_secret(name: str) -> None:
    found = inspected(getattr(Flows(), name)(), SECRETS)
    assert found.calls.keys() > {("stackone_connect.conf", "read")}
    assert found.leaks - _DJANGOS == set()


def test_no_frame_of_an_issue_that_is_answered_in_process_shows_a_secret() -> None:
    def exchange(*_: Any) -> tuple[int, dict[str, str], RedactedBytes]:
        body = json.dumps({"id": 7, "token": TOKEN, "auth_link_url": LINK}).encode()
        return 201, {}, RedactedBytes(body)

    with using(FromSettings(exchange=exchange)):
        found = inspected(Flows().issue(), SECRETS)
    assert ("stackone_connect.responses", "parse_json") in found.calls
    assert found.leaks - _DJANGOS == set()


def test_no_frame_of_an_issue_over_tls_shows_a_secret(
    certificate: Any, configure: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(certificate.path))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate.path, certificate.key_path)
    with serving(over_tls(context, stackone)) as server:
        configure(BASE_URL=server.url.replace("http:", "https:"))
        found = inspected(Flows().issue(), SECRETS)
    assert ("urllib3.util.ssltransport", "SSLTransport.sendall") in found.calls
    assert found.leaks - _DJANGOS == set()


def test_the_inspection_finds_what_a_frame_shows() -> None:
    def flow() -> None:
        body = json.dumps({"note": PAYLOAD})
        json.loads(body)

    flow.__globals__["__name__"], name = "tests.secrets.flows", __name__
    try:
        found = inspected(flow, SECRETS)
    finally:
        flow.__globals__["__name__"] = name
    assert ("webhook payload", "json", "loads", "s") in found.leaks
    assert isinstance(interrupted(flow, ("json", "loads")), Interruption | None)

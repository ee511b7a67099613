"""TLS is verified and bounded; proxies and CA bundles of the environment are honoured."""

from __future__ import annotations

import json
import socket
import ssl
import time
from typing import Any

import pytest
from requests.utils import get_environ_proxies

from stackone_connect.client import pool
from stackone_connect.clock import Deadline
from stackone_connect.exceptions import ConfigurationError, StackOneUnavailableError
from tests.client import servers
from tests.client.servers import (
    ACCOUNT,
    GRANT,
    Handler,
    answer,
    over_tls,
    read_request,
    serving,
    tunnelling,
)

SECONDS = 0.3


@pytest.fixture
def server_tls(certificate: Any) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate.path, certificate.key_path)
    return context


@pytest.fixture
def trusted(certificate: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(certificate.path))


def https(server: servers.Server) -> str:
    return server.url.replace("http:", "https:")


def drip_bytes(connection: socket.socket) -> None:
    """Answer a TLS hello with a record that grows a byte at a time."""
    connection.recv(65536)
    connection.sendall(b"\x16\x03\x03\x3f\xff\x02")
    while True:
        time.sleep(0.03)
        connection.sendall(b"\x00")


def test_an_unknown_certificate_is_unavailable_and_tried_once(
    make_client: Any, server_tls: ssl.SSLContext, within: Any, pauses: list[float]
) -> None:
    with serving(over_tls(server_tls, answer(ACCOUNT))) as server:
        with within(5), pytest.raises(StackOneUnavailableError) as caught:
            make_client(https(server)).get_account("account-1", deadline=Deadline(5))
        assert server.connections == 1
    assert caught.value.retry_after == 5
    assert pauses == []


@pytest.mark.usefixtures("trusted")
def test_a_certificate_of_another_host_is_unavailable_and_tried_once(
    make_client: Any, server_tls: ssl.SSLContext, pauses: list[float]
) -> None:
    with serving(over_tls(server_tls, answer(ACCOUNT))) as server:
        url = f"https://localhost:{server.port}"
        with pytest.raises(StackOneUnavailableError):
            make_client(url).get_account("account-1", deadline=Deadline(5))
        assert server.connections == 1


@pytest.mark.usefixtures("trusted")
def test_a_certificate_of_the_environments_bundle_is_trusted(
    make_client: Any, server_tls: ssl.SSLContext
) -> None:
    with serving(over_tls(server_tls, answer(ACCOUNT))) as server:
        client = make_client(https(server))
        for _ in range(2):
            client.get_account("account-1", deadline=Deadline(2))
        assert server.connections == 1


def test_a_directory_of_certificates_can_be_the_bundle(
    make_client: Any,
    server_tls: ssl.SSLContext,
    certificate: Any,
    tmp_path: Any,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    hashed = servers.subject_hash(certificate.path)
    (tmp_path / f"{hashed}.0").write_bytes(certificate.path.read_bytes())
    monkeypatch.setenv("CURL_CA_BUNDLE", str(tmp_path))
    with serving(over_tls(server_tls, answer(ACCOUNT))) as server:
        make_client(https(server)).get_account("account-1", deadline=Deadline(2))


def test_a_bundle_that_is_not_there_is_a_configuration_error(
    make_client: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", "nowhere/bundle.pem")
    with pytest.raises(ConfigurationError, match="REQUESTS_CA_BUNDLE"):
        make_client("https://127.0.0.1:1").get_account("a", deadline=Deadline(5))


@pytest.mark.usefixtures("trusted")
@pytest.mark.parametrize(
    "handler",
    [
        servers.drip(b"HTTP/1.1 200 OK\r\n", b"X-More: 1\r\n"),
        servers.drip(servers.message(body=b" " * 999)[:-999], b" "),
        servers.say_and_hang(),
    ],
    ids=["headers", "body", "silence"],
)
def test_a_drip_over_tls_is_unavailable_at_the_deadline(
    handler: Handler, make_client: Any, server_tls: ssl.SSLContext, within: Any
) -> None:
    with serving(over_tls(server_tls, handler)) as server:
        client = make_client(https(server))
        with within(SECONDS), pytest.raises(StackOneUnavailableError):
            client.get_account("account-1", deadline=Deadline(SECONDS))


@pytest.mark.parametrize("handler", [servers.hang, drip_bytes], ids=["silence", "drip"])
def test_a_handshake_that_does_not_end_is_unavailable_at_the_deadline(
    handler: Handler, make_client: Any, within: Any
) -> None:
    with serving(handler) as server, within(SECONDS), pytest.raises(StackOneUnavailableError):
        make_client(https(server)).get_account("account-1", deadline=Deadline(SECONDS))


def test_a_handshake_longer_than_the_connect_timeout_is_tried_three_times(
    make_client: Any, within: Any, pauses: list[float]
) -> None:
    with serving(drip_bytes) as server:
        client = make_client(https(server), connect_timeout=0.1)
        with within(0.3), pytest.raises(StackOneUnavailableError):
            client.get_account("account-1", deadline=Deadline(5))
        assert server.connections == 3


def test_a_handshake_that_breaks_off_is_tried_three_times(
    make_client: Any, pauses: list[float]
) -> None:
    with serving(servers.reset_at_once) as server:
        with pytest.raises(StackOneUnavailableError):
            make_client(https(server)).get_account("account-1", deadline=Deadline(2))
        assert server.connections == 3


@pytest.mark.usefixtures("trusted")
def test_a_large_body_over_tls_that_is_not_taken_is_given_up_at_the_deadline(
    make_client: Any, server_tls: ssl.SSLContext, within: Any
) -> None:
    with serving(over_tls(server_tls, lambda _: time.sleep(SECONDS * 2))) as server:
        client = make_client(https(server))
        body = {"metadata": "a" * 20_000_000}
        deadline = Deadline(SECONDS)
        with within(SECONDS), pytest.raises(StackOneUnavailableError):
            client.create_connect_session(body, deadline=deadline)


@pytest.mark.usefixtures("trusted")
def test_a_large_body_over_tls_is_sent_whole(make_client: Any, server_tls: ssl.SSLContext) -> None:
    sizes: list[int] = []

    def handle(connection: socket.socket) -> None:
        sizes.append(len(read_request(connection)[2]))
        connection.sendall(servers.message(body=json.dumps(GRANT).encode()))

    with serving(over_tls(server_tls, handle)) as server:
        client = make_client(https(server))
        client.create_connect_session({"label": "a" * 500_000}, deadline=Deadline(5))
    assert sizes == [500_000 + len('{"label": ""}')]


def test_a_plain_address_goes_through_the_environments_proxy(
    make_client: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    lines: list[str] = []

    def proxy(connection: socket.socket) -> None:
        lines.append(read_request(connection)[0])
        connection.sendall(servers.message(body=json.dumps(ACCOUNT).encode()))

    with serving(proxy) as server:
        monkeypatch.setenv("HTTP_PROXY", server.url)
        monkeypatch.setenv("http_proxy", server.url)
        make_client("http://stackone.test").get_account("account-1", deadline=Deadline(2))
    assert lines == ["GET http://stackone.test/accounts/account-1 HTTP/1.1"]


@pytest.mark.usefixtures("trusted")
def test_a_tls_address_goes_through_a_tunnel_and_stays_verified(
    make_client: Any, server_tls: ssl.SSLContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    handler, targets = tunnelling()
    with serving(over_tls(server_tls, answer(ACCOUNT))) as server, serving(handler) as proxy:
        monkeypatch.setenv("https_proxy", proxy.url)
        client = make_client(https(server))
        for _ in range(2):
            client.get_account("account-1", deadline=Deadline(2))
        assert targets == [f"127.0.0.1:{server.port}"]
        assert server.connections == 1


@pytest.mark.usefixtures("trusted")
def test_a_proxy_may_be_reached_by_tls_itself(
    make_client: Any, server_tls: ssl.SSLContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    handler, targets = tunnelling()
    with (
        serving(over_tls(server_tls, answer(ACCOUNT))) as server,
        serving(over_tls(server_tls, handler)) as proxy,
    ):
        monkeypatch.setenv("https_proxy", https(proxy))
        make_client(https(server)).get_account("account-1", deadline=Deadline(2))
        assert len(targets) == 1


@pytest.mark.usefixtures("trusted")
def test_a_drip_through_a_proxy_reached_by_tls_is_unavailable_at_the_deadline(
    make_client: Any,
    server_tls: ssl.SSLContext,
    within: Any,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    handler, _ = tunnelling()
    for target in (drip_bytes, over_tls(server_tls, servers.drip(b"HTTP/1.1 200 OK\r\n", b"A"))):
        with serving(target) as server, serving(over_tls(server_tls, handler)) as proxy:
            monkeypatch.setenv("https_proxy", https(proxy))
            client = make_client(https(server))
            with within(SECONDS), pytest.raises(StackOneUnavailableError):
                client.get_account("account-1", deadline=Deadline(SECONDS))


@pytest.mark.parametrize(
    "handler",
    [
        servers.say_and_hang(),
        servers.drip(b"HTTP/1.1 200 OK\r\n", b"X-More: 1\r\n"),
        servers.drip(b"HTTP/1.1 200 OK\r\nX-More: ", b"1"),
    ],
    ids=["silence", "header lines", "a header"],
)
def test_a_proxy_that_drips_its_answer_to_connect_is_unavailable_at_the_deadline(
    handler: Handler, make_client: Any, within: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    with serving(handler) as proxy:
        monkeypatch.setenv("https_proxy", proxy.url)
        with within(SECONDS), pytest.raises(StackOneUnavailableError):
            make_client("https://stackone.test").get_account("a", deadline=Deadline(SECONDS))


def test_a_proxy_that_refuses_is_unavailable(
    make_client: Any, monkeypatch: pytest.MonkeyPatch, pauses: list[float]
) -> None:
    with serving(servers.say(b"HTTP/1.1 407 Who are you\r\n\r\n")) as proxy:
        monkeypatch.setenv("https_proxy", proxy.url)
        with pytest.raises(StackOneUnavailableError):
            make_client("https://stackone.test").get_account("a", deadline=Deadline(2))
        assert proxy.connections == 3


def test_a_host_in_no_proxy_is_asked_directly(
    make_client: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    with serving(answer(ACCOUNT)) as server, serving(servers.hang) as proxy:
        monkeypatch.setenv("http_proxy", proxy.url)
        monkeypatch.setenv("no_proxy", "127.0.0.1")
        make_client(server.url).get_account("account-1", deadline=Deadline(2))
        assert proxy.connections == 0


def test_the_environment_is_read_once_for_a_process(
    make_client: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    reads: list[str] = []

    def counted(url: str) -> dict[str, str]:
        reads.append(url)
        return get_environ_proxies(url)

    monkeypatch.setattr(pool, "get_environ_proxies", counted)
    with serving(answer(ACCOUNT)) as server, serving(servers.hang) as proxy:
        make_client(server.url).get_account("account-1", deadline=Deadline(2))
        monkeypatch.setenv("http_proxy", proxy.url)
        make_client(server.url).get_account("account-1", deadline=Deadline(2))
        assert proxy.connections == 0
        assert reads == [server.url]


def test_a_socks_proxy_is_a_configuration_error_that_does_not_show_it(
    make_client: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("https_proxy", "socks5://user:secret@127.0.0.1:1")
    with pytest.raises(ConfigurationError, match="SOCKS") as caught:
        make_client("https://stackone.test").get_account("a", deadline=Deadline(5))
    assert "secret" not in str(caught.value)

"""StackOne (and Stripe) as one cheap process: fixed responses, at once or after a while.

Usage: ``python -m benchmarks.stackone PORT``. Below ``/100ms`` each response comes 0.1 s late.
Whose an account is, is in its id: ``account-7-12`` is number 12 of owner 7. It imports nothing of
Django's, and does no more than what is needed, since it shares the machine with what is measured.
"""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Callable
from urllib.parse import parse_qs, urlsplit

LATE = "/100ms"
LATE_SECONDS = 0.1
PAGE = 100
#: Owners among whom the accounts of the whole project are spread.
OWNERS = 200
_MOMENT = "2026-01-31T12:00:00.000Z"

_SESSION = {
    "id": 4711,
    "organization_id": 7,
    "project_id": "project-1",
    "categories": None,
    "provider": "bamboohr",
    "origin_owner_id": "1",
    "origin_owner_name": "Organization 1",
    "origin_username": "member@example.com",
    "account_id": None,
    "label": None,
    "created_at": _MOMENT,
    "metadata": None,
    "latest_connection_attempt": None,
    "token": "a-token-of-some-length-" + "x" * 100,
    "auth_link_url": "https://app.stackone.test/embedded/accounts/link?token=" + "x" * 100,
    "external_trigger_token": "a-trigger-token",
}
_CUSTOMER = {
    "object": "customer",
    "balance": 0,
    "created": 1767225600,
    "currency": "usd",
    "default_source": None,
    "delinquent": False,
    "description": "A customer",
    "discount": None,
    "email": "member@example.com",
    "invoice_prefix": "ABCDEF",
    "invoice_settings": {"custom_fields": None, "default_payment_method": None, "footer": None},
    "livemode": False,
    "metadata": {},
    "name": "A customer",
    "phone": None,
    "preferred_locales": [],
    "shipping": None,
    "tax_exempt": "none",
}


def account(account_id: str) -> dict[str, object]:
    """A linked account, whose owner is in its id."""
    owner = account_id.split("-")[1]
    return {
        "id": account_id,
        "provider": "bamboohr",
        "provider_name": "BambooHR",
        "status": "active",
        "status_reasons": [],
        "origin_owner_id": owner,
        "origin_owner_name": f"Organization {owner}",
        "origin_username": "member@example.com",
        "credentials": {},
        "setup_information": {},
        "label": None,
        "created_at": _MOMENT,
        "updated_at": _MOMENT,
        "type": "production",
        "categories": ["hris"],
    }


def customer(customer_id: str) -> dict[str, object]:
    """Stripe's customer."""
    return {"id": customer_id, **_CUSTOMER}


def numbered(number: int) -> str:
    """The id of one of the accounts of the whole project."""
    return f"account-{1 + number % OWNERS}-{number}"


def _accounts(path: str, query: str) -> list[dict[str, object]]:
    """``/<count>/accounts`` lists as many; ``?account_ids=`` names some."""
    asked = parse_qs(query)
    page = int(asked.get("page", ["1"])[0])
    named = asked.get("account_ids")
    if named:
        return [account(each) for each in named] if page == 1 else []
    first, count = (page - 1) * PAGE, int(path.split("/")[1])
    return [account(numbered(number)) for number in range(first, min(first + PAGE, count))]


def _response(target: str) -> bytes:
    _, _, path, query, _ = urlsplit(target)
    if path.endswith("/connect_sessions"):
        return _GRANT
    if path.endswith("/accounts"):
        return _http(_accounts(path, query))
    if "/customers/" in path:
        return _http(customer(path.rpartition("/")[2]))
    if "/accounts/" in path:
        return _http(account(path.rpartition("/")[2]))
    return _http(_SESSION)


def _http(data: object, status: str = "200 OK") -> bytes:
    body = json.dumps(data).encode()
    head = f"HTTP/1.1 {status}\r\nContent-Type: application/json\r\nContent-Length: {len(body)}"
    return f"{head}\r\nx-request-id: request-1\r\n\r\n".encode() + body


_GRANT = _http(_SESSION, "201 Created")


class _Connection(asyncio.Protocol):
    """One connection, kept open; requests come one after the other."""

    def __init__(self, later: Callable[..., object]) -> None:
        self._later = later
        self._read = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._read += data
        head, end, body = self._read.partition(b"\r\n\r\n")
        if not end:
            return
        _, _, length = head.lower().partition(b"content-length:")
        if len(body) < int(length.partition(b"\r\n")[0] or 0):
            return
        self._read = b""
        _, target, _ = head.split(b"\r\n", 1)[0].decode().split(" ")
        if target.startswith(LATE):
            self._later(LATE_SECONDS, self._transport.write, _response(target))
        else:
            self._transport.write(_response(target))


async def _serve(port: int) -> None:
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: _Connection(loop.call_later), "127.0.0.1", port)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(_serve(int(sys.argv[1])))

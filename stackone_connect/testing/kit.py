"""StackOne as a test meets it. To be imported where the sandbox is known to be installed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from unittest import mock

from django.conf import settings

from stackone_connect import client
from stackone_connect.client import retries
from stackone_connect.sandbox import control, faults, shapes
from stackone_connect.sandbox.models import Account
from stackone_connect.testing import deliveries, visits
from stackone_connect.testing.deliveries import Postman
from stackone_connect.testing.hub import Hub

API_KEY = "sandbox-key"


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One request that reached StackOne; ``path`` may have a query. No key is kept."""

    method: str
    path: str
    body: bytes


class StackOneSandbox:
    """StackOne, its hub, and the knobs of both. Made by ``sandboxed`` or the pytest fixture."""

    def __init__(self, postman: Postman) -> None:
        self._postman = postman
        #: What your server asked of StackOne, in order.
        self.calls: list[Call] = []

    # --- A person in the hub ---------------------------------------------------------------

    def finish(
        self,
        token: str,
        *,
        provider: str | None = None,
        credentials: Mapping[str, str] | None = None,
    ) -> str:
        """Do in the hub what a person does until it reports success; the account id it reports.

        ``token`` is the session's. ``provider`` says which to choose where the session leaves a
        choice. ``credentials`` are typed into the provider's form, by key; by default something
        that is right is. Where the provider asks for consent (OAuth), it is given.

        Raises :class:`~stackone_connect.testing.hub.HubRefusedError` for what the hub would show
        instead, such as a token that has expired, and ``ValueError`` where a choice is left.
        """
        return Hub(token).finish(provider, credentials)

    def deny(self, token: str, *, provider: str | None = None) -> None:
        """As :meth:`finish`, up to the provider's consent page, and there refuse (OAuth only)."""
        Hub(token).deny(provider)

    # --- StackOne tells ----------------------------------------------------------------------

    def deliver(
        self, *, duplicated: bool = False, reordered: bool = False, forged: bool = False
    ) -> list[Any]:
        """Send the host the webhooks that wait, signed.

        Gives the host's answers, as Django's test client does. ``duplicated`` sends all of them
        twice, ``reordered`` the newest first. ``forged`` signs with a secret that nobody has; the
        true ones still wait for the next call.
        """
        return deliveries.deliver(
            self._postman, duplicated=duplicated, reordered=reordered, forged=forged
        )

    # --- Things go wrong -----------------------------------------------------------------------

    def fail(
        self,
        kind: str = "error",
        *,
        method: str = "",
        prefix: str = "",
        times: int | None = None,
        seconds: float | None = None,
        status: int | None = None,
    ) -> None:
        """Let StackOne misbehave: ``times`` times, 0 for until :meth:`recover`.

        By default a call fails until then, and a webhook to come goes astray once.

        ``kind`` is one of the sandbox's faults (``stackone_connect.sandbox.faults.KINDS``):
        ``error`` with a ``status``, ``rate_limited`` with ``seconds``, ``reset``, ``hang``,
        ``lost_answer``, ``malformed``, …; for webhooks ``lost``, ``duplicated``, ``reordered``,
        ``late``, ``forged``. ``prefix`` is of StackOne's path, such as ``accounts``, or of
        the event; without it the hub's calls are met, too. Failed calls are tried again, three
        times in all, but nobody sleeps in between.
        """
        if times is None and kind in faults.KINDS and faults.KINDS[kind].group == faults.CALLS:
            times = 0
        control.set_fault(
            kind, method=method, prefix=prefix, times=times, seconds=seconds, status=status
        )

    def recover(self) -> None:
        """No more faults."""
        control.clear_faults()

    def expire_token(self, token: str) -> None:
        """The hub refuses this session's token from now on."""
        control.expire_token(token)

    def set_account_status(self, account_id: str, status: str, reason: str = "") -> None:
        """Let an account break (``error``) or recover (``active``); a webhook tells of it."""
        control.set_account_status(account_id, status, [reason] if reason else [])

    def delete_account(self, account_id: str) -> None:
        """As from StackOne's dashboard; a webhook tells of it."""
        control.delete_account(account_id)

    # --- What StackOne has -----------------------------------------------------------------------

    @property
    def accounts(self) -> list[dict[str, Any]]:
        """The linked accounts of every owner, oldest first, as StackOne would answer them."""
        return [shapes.account(account) for account in Account.objects.all()]


def overrides() -> dict[str, Any]:
    """The settings under which the client and the sandbox understand each other.

    The rest of ``STACKONE_CONNECT`` stays the host's. Its key is replaced, so that a real one is
    not even in the process's requests.
    """
    return {
        "STACKONE_CONNECT": {
            **settings.STACKONE_CONNECT,
            "API_KEY": API_KEY,
            "BASE_URL": visits.BASE_URL,
            "WEBHOOK_SECRETS": [deliveries.SECRET],
        },
        "STACKONE_SANDBOX": {
            "API_KEYS": [API_KEY],
            "ALLOW_WITHOUT_DEBUG": True,
            "WEBHOOKS": [{"URL": deliveries.URL, "SECRETS": [deliveries.SECRET]}],
            # So that neither a large suite nor a moved clock meets what it did not ask for.
            "RATE_LIMIT": None,
            "TEST_ACCOUNT_LIFETIME": None,
        },
    }


@contextmanager
def routed() -> Iterator[StackOneSandbox]:
    """The way to the sandbox, where the settings are set already."""
    with deliveries.postman() as postman:
        sandbox = StackOneSandbox(postman)

        def answer(
            method: str, url: str, headers: Mapping[str, str], body: bytes
        ) -> tuple[int, Mapping[str, str], bytes]:
            path = url.removeprefix(visits.BASE_URL)
            sandbox.calls.append(Call(method=method, path=path, body=body))
            return visits.answer(method, path, headers, body)

        with client.answered_by(answer), mock.patch.object(retries, "sleep"):
            yield sandbox

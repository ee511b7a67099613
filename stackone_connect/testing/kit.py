"""The object that tests drive StackOne with. Importable only where the sandbox is installed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from unittest import mock

from stackone_connect import client
from stackone_connect.client import retries
from stackone_connect.redaction import RedactedBytes
from stackone_connect.sandbox import conf, control, faults, serializers
from stackone_connect.sandbox.models import Account
from stackone_connect.testing import _deliveries, _in_process
from stackone_connect.testing._addresses import address
from stackone_connect.testing._deliveries import Destination, Transport
from stackone_connect.testing.hub import Hub, valid_credentials

__all__ = ["Call", "StackOneSandbox"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One request to StackOne; ``path`` may have a query. It holds no key."""

    method: str
    path: str
    body: bytes


class StackOneSandbox:
    """StackOne and its hub, to be driven by a test.

    Made by ``sandboxed`` or the pytest fixture, not directly.
    """

    def __init__(self, transport: Transport) -> None:
        self._transport = transport
        #: Your server's requests to StackOne, in order.
        self.calls: list[Call] = []

    # --- A person in the hub ---------------------------------------------------------------

    def finish(
        self,
        token: str,
        *,
        provider: str | None = None,
        credentials: Mapping[str, str] | None = None,
    ) -> str:
        """Complete the hub as a person does; the account id that the hub reports.

        ``token`` is the session's. ``provider`` is required where the session allows several.
        ``credentials`` fill in the provider's form, by key; by default with valid values. Where the
        provider asks for consent (OAuth), it is given.

        Raises :class:`~stackone_connect.testing.hub.HubRefusedError` for an error that the hub
        would show, such as an expired token, and ``ValueError`` without a required ``provider``.
        """
        return Hub(token).finish(provider, credentials)

    def deny(self, token: str, *, provider: str | None = None) -> None:
        """As :meth:`finish`, but refuse on the provider's consent page (OAuth only)."""
        Hub(token).deny(provider)

    # --- Webhooks --------------------------------------------------------------------------

    def deliver(
        self,
        *,
        duplicated: bool = False,
        reordered: bool = False,
        forged: bool = False,
        host: str = "",
        path: str = "",
        url_kwargs: Mapping[str, Any] | None = None,
        secure: bool = True,
        project: str | None = None,
    ) -> list[Any]:
        """Send the waiting webhooks, signed, to the host.

        Returns the host's responses, as Django's test client does. ``duplicated`` sends each of
        them twice, ``reordered`` the newest first. ``forged`` signs with a wrong secret; the
        genuine webhooks stay waiting for the next call.

        They are sent over https to the webhook's URL in ``ROOT_URLCONF``, script prefix included,
        with the test client's host name, or the first of ``ALLOWED_HOSTS`` where that is not
        allowed. ``host`` is another host name, ``secure=False`` means http, ``url_kwargs`` are the
        arguments that your patterns capture (``{"team": "acme"}``), and ``path`` is any other path,
        for a webhook that only another URLconf has. ``project`` limits it to one of several
        StackOne projects.

        Raises :class:`~django.core.exceptions.ImproperlyConfigured` where there is no such URL.
        """
        destination = Destination(
            path=path or address("webhooks", url_kwargs=url_kwargs), host=host, secure=secure
        )
        return _deliveries.deliver(
            self._transport,
            destination,
            project=project,
            duplicated=duplicated,
            reordered=reordered,
            forged=forged,
        )

    # --- Faults and changes -----------------------------------------------------------------------

    def fail(
        self,
        kind: str = "error",
        *,
        target: str = "",
        method: str = "",
        prefix: str = "",
        times: int | None = None,
        seconds: float | None = None,
        status: int | None = None,
        project: str = "",
    ) -> None:
        """Set a fault that happens ``times`` times, 0 for until :meth:`recover`.

        By default requests for a connect session fail until then, and the fault of a webhook
        happens once.

        ``kind`` is one of the sandbox's faults (``stackone_connect.sandbox.faults.KINDS``):
        ``error`` with a ``status``, ``rate_limited`` with ``seconds``, ``reset``, ``hang``,
        ``lost_answer``, ``malformed``, …; for webhooks ``lost``, ``duplicated``, ``reordered``,
        ``late``, ``forged``. ``target`` is what calls it affects: ``accounts``, ``hub``, ``any`` or
        ``connect_session``; ``method`` and ``prefix`` name them exactly. ``prefix`` is of
        StackOne's path, such as ``accounts/``, or of the event. ``project`` limits it to one of
        several StackOne projects. ``seconds`` is the delay. Failed calls are retried, three times
        in all, without sleeping in between. Raises ``ValueError`` for an unknown kind or value.
        """
        if times is None and kind in faults.KINDS and faults.KINDS[kind].group == faults.CALLS:
            times = 0
        control.set_fault(
            kind,
            target=target,
            method=method,
            prefix=prefix,
            times=times,
            seconds=seconds,
            status=status,
            project=project,
        )

    def recover(self) -> None:
        """Remove all faults."""
        control.clear_faults()

    def expire_token(self, token: str) -> None:
        """Expire this session's token: the hub refuses it from now on."""
        control.expire_token(token)

    def set_account_status(self, account_id: str, status: str, reason: str = "") -> None:
        """Set an account's status, such as ``error`` or ``active``; a webhook is queued."""
        control.set_account_status(account_id, status, [reason] if reason else [])

    def delete_account(self, account_id: str) -> None:
        """Delete an account as StackOne's dashboard does; a webhook is queued."""
        control.delete_account(account_id)

    def add_account(
        self,
        provider: str,
        *,
        origin_owner_id: str,
        origin_owner_name: str,
        account_type: str = "production",
        label: str = "",
        project: str | None = None,
    ) -> str:
        """Add an account at StackOne without a session of yours; returns its id.

        ``account_type`` is ``production`` or ``test``. ``project`` is required where there are
        several StackOne projects. A webhook is queued. Raises ``ValueError`` for an invalid value.
        """
        return control.add_account(
            provider,
            origin_owner_id=origin_owner_id,
            origin_owner_name=origin_owner_name,
            account_type=account_type,
            label=label,
            credentials=valid_credentials(provider),
            project=project,
        )

    def move_account(
        self,
        account_id: str,
        *,
        origin_owner_id: str,
        origin_owner_name: str = "",
        send_webhook: bool = True,
    ) -> None:
        """Move an account to another owner, as StackOne's dashboard does.

        Without a name it keeps its own. A webhook (``account.updated``, which names the new owner)
        is queued unless ``send_webhook`` is false: whether StackOne sends one is not known.
        """
        control.move_account(
            account_id,
            origin_owner_id=origin_owner_id,
            origin_owner_name=origin_owner_name,
            send_webhook=send_webhook,
        )

    def set_account_type(
        self, account_id: str, account_type: str, *, send_webhook: bool = True
    ) -> None:
        """Set an account's type, ``production`` or ``test``; a webhook is queued."""
        control.set_account_type(account_id, account_type, send_webhook=send_webhook)

    # --- State -----------------------------------------------------------------------

    @property
    def accounts(self) -> list[dict[str, Any]]:
        """The linked accounts of every owner, oldest first, in StackOne's format."""
        return [serializers.account(account) for account in Account.objects.all()]

    def accounts_of(self, project: str) -> list[dict[str, Any]]:
        """As :attr:`accounts`, of one of several StackOne projects."""
        found = Account.objects.filter(project=conf.project_named(project))
        return [serializers.account(account) for account in found]


@contextmanager
def routed() -> Iterator[StackOneSandbox]:
    """Route the client's requests to the sandbox; the settings must be overridden already."""
    with _deliveries.in_process_transport() as transport:
        sandbox = StackOneSandbox(transport)

        def exchange(
            method: str, url: str, headers: Mapping[str, str], body: bytes
        ) -> tuple[int, Mapping[str, str], RedactedBytes]:
            path = url.removeprefix(_in_process.BASE_URL)
            sandbox.calls.append(Call(method=method, path=path, body=body))
            return _in_process.exchange(method, path, headers, body)

        clients = client.FromSettings(exchange=exchange)
        with client.using(clients), mock.patch.object(retries, "sleep"):
            yield sandbox

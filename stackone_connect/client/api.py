"""The calls to StackOne (StackOne notes §1), in its words and our entities."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial
from operator import attrgetter
from typing import Any, TypeVar
from urllib.parse import quote

from stackone_connect import responses
from stackone_connect.client import concurrency
from stackone_connect.client.transport import Exchange, Transport
from stackone_connect.clock import Deadline
from stackone_connect.entities import (
    AccountPage,
    AccountSnapshot,
    ConnectionAttempt,
    Connector,
    SessionGrant,
)
from stackone_connect.exceptions import (
    AccountNotFoundError,
    StackOneBadAnswerError,
    StackOneRejectedError,
)
from stackone_connect.redaction import RedactedDict, write_json

#: Asked for; StackOne's own maximum is undocumented and may be lower (StackOne notes §5.1, §10).
PAGE_SIZE = 100
#: Beyond this a list is not believed: no organization links ten thousand accounts. Both are
#: counted, since a page may hold more than it was asked for, or less.
MAX_PAGES, MAX_ITEMS = 100, 10_000

Entity = TypeVar("Entity")
Query = Mapping[str, str | int | Sequence[str]]


class StackOneClient:
    """A ``Client`` over HTTP. Any number of threads may use it; all clients share the connections.

    Timeouts are in seconds and apply to each single wait; the deadline of a call bounds them all.
    """

    def __init__(
        self,
        *,
        api_key: str,
        base_url: str,
        connect_timeout: float,
        read_timeout: float,
        exchange: Exchange | None = None,
    ) -> None:
        """Raise :class:`ConfigurationError` when the key or the address can't be used.

        ``exchange`` carries the requests in place of this process's connections, for tests.
        """
        self._transport = Transport(
            api_key=api_key,
            base_url=base_url,
            connect_timeout=connect_timeout,
            read_timeout=read_timeout,
            exchange=exchange,
        )

    def __repr__(self) -> str:
        return f"<StackOneClient {self._transport.base_url}>"

    def create_connect_session(
        self, body: Mapping[str, Any], *, deadline: Deadline
    ) -> SessionGrant:
        """Ask for a connect session (``POST /connect_sessions``, StackOne notes §1.1, §1.2).

        When the response is lost, it is asked for again: a second session is harmless (StackOne
        notes §2).
        """
        return self._request(
            "POST",
            "/connect_sessions",
            read=responses.session_grant,
            body=body,
            deadline=deadline,
        )

    def latest_attempt(self, stackone_id: str, *, deadline: Deadline) -> ConnectionAttempt | None:
        """Ask what became of a session by OAuth (``GET /connect_sessions/{id}``).

        StackOne notes §1.2. ``None`` when StackOne knows no attempt, as after the hub's form path.
        """
        try:
            segment = _path_segment(stackone_id)
        except AccountNotFoundError:
            raise StackOneRejectedError from None
        return self._request(
            "GET",
            f"/connect_sessions/{segment}",
            read=responses.connection_attempt,
            deadline=deadline,
        )

    def get_account(self, account_id: str, *, deadline: Deadline) -> AccountSnapshot:
        """Ask for one account (``GET /accounts/{id}``, StackOne notes §1.3).

        :class:`AccountNotFoundError` when StackOne has none of that id, or none can have it.
        """
        return self._of_account("GET", account_id, responses.account, deadline=deadline)

    def accounts_of(self, origin_owner_id: str, *, deadline: Deadline) -> Iterator[AccountSnapshot]:
        """Ask for every account of an owner (``GET /accounts``, StackOne notes §5.1, §5.2).

        Pages are asked for while iterated, and each account comes once. There is no total and no
        cursor, and a short page may be StackOne's own cap: the list ends with a page that brings
        nothing new. Accounts of another owner are skipped, should a server ignore the filter.
        """
        for account in self._accounts({"origin_owner_id": origin_owner_id}, deadline):
            if account.origin_owner_id == origin_owner_id:
                yield account

    def accounts_named(
        self, account_ids: Sequence[str], *, deadline: Deadline
    ) -> Iterator[AccountSnapshot]:
        """Ask for several accounts at once (``GET /accounts?account_ids=…``, StackOne notes §5.1).

        One that is not in the response may still exist: only :meth:`get_account` says that it is
        gone. Accounts that were not asked for are skipped, should a server ignore the filter.
        """
        wanted = set(account_ids)
        for account in self._accounts({"account_ids": sorted(wanted)}, deadline):
            if account.account_id in wanted:
                yield account

    def accounts_page(self, page: int, *, deadline: Deadline) -> AccountPage:
        """Ask for one page of all the project's accounts (``GET /accounts``, StackOne notes §5.2).

        The first is 1. There is no total: the list ends with a page that brings nothing new. An
        account that can't be read is passed over: a single one must not keep all others from us.
        """
        asked: Query = {"page": page, "page_size": PAGE_SIZE}
        read = partial(responses.account_page, skip_unreadable=True)
        return self._request("GET", "/accounts", read=read, query=asked, deadline=deadline)

    def rename_owner(
        self, account_id: str, *, origin_owner_name: str, deadline: Deadline
    ) -> AccountSnapshot:
        """Change the owner's name on an account (``PATCH /accounts/{id}``, StackOne notes §1.4)."""
        body = {"origin_owner_name": origin_owner_name}
        return self._of_account(
            "PATCH", account_id, responses.account, body=body, deadline=deadline
        )

    def connectors(self, *, deadline: Deadline) -> Iterator[Connector]:
        """Ask for the connectors, by profile (``GET /connector_profiles``, StackOne notes §1.5)."""
        return self._paged(
            "/connector_profiles",
            read=responses.connectors,
            key=lambda connector: connector.profile_id or connector.provider,
            deadline=deadline,
        )

    def label_account(self, account_id: str, *, label: str, deadline: Deadline) -> AccountSnapshot:
        """Change the label of an account (``PATCH /accounts/{id}``, StackOne notes §1.4).

        StackOne's sources disagree on what a label is there, so it may be refused, or ignored.
        """
        body = {"label": label}
        return self._of_account(
            "PATCH", account_id, responses.account, body=body, deadline=deadline
        )

    def delete_account(self, account_id: str, *, deadline: Deadline) -> None:
        """Disconnect an account (``DELETE /accounts/{id}``, StackOne notes §5.5).

        The body of the response does not matter; whether the account is gone is asked again anyway.
        """
        self._of_account("DELETE", account_id, lambda _: None, deadline=deadline)

    def _request(
        self,
        method: str,
        path: str,
        *,
        read: Callable[[object], Entity],
        body: Mapping[str, Any] | None = None,
        query: Query | None = None,
        deadline: Deadline,
        of_account: bool = False,
    ) -> Entity:
        """As :meth:`Transport.request`, in a slot where calls are limited."""
        call = partial(
            self._transport.request,
            method,
            path,
            read=read,
            body=None if body is None else write_json(RedactedDict(body)),
            query=query,
            deadline=deadline,
            of_account=of_account,
        )
        if concurrency.is_unlimited.get():
            return call()
        return concurrency.in_slot(call, base_url=self._transport.base_url, deadline=deadline)

    def _of_account(
        self, method: str, account_id: str, read: Callable[[object], Entity], **options: Any
    ) -> Entity:
        path = f"/accounts/{_path_segment(account_id)}"
        return self._request(method, path, read=read, of_account=True, **options)

    def _paged(
        self,
        path: str,
        *,
        read: Callable[[object], Iterable[Entity]],
        key: Callable[[Entity], str],
        query: Query | None = None,
        deadline: Deadline,
    ) -> Iterator[Entity]:
        """What is listed, page by page until one brings nothing new, each once."""
        seen: set[str] = set()
        for number in range(1, MAX_PAGES + 1):
            asked: Query = {**(query or {}), "page": number, "page_size": PAGE_SIZE}
            page = self._request("GET", path, read=read, query=asked, deadline=deadline)
            fresh = {key(item): item for item in page if key(item) not in seen}
            if not fresh:
                return
            seen.update(fresh)
            if len(seen) > MAX_ITEMS:
                break
            yield from fresh.values()
        raise StackOneBadAnswerError

    def _accounts(self, query: Query, deadline: Deadline) -> Iterator[AccountSnapshot]:
        key = attrgetter("account_id")
        return self._paged(
            "/accounts", read=_accounts_of_page, key=key, query=query, deadline=deadline
        )


def _accounts_of_page(data: object) -> Sequence[AccountSnapshot]:
    return responses.account_page(data).accounts


def _path_segment(account_id: str) -> str:
    """An id as one segment of a path; there is no account of one that would lead elsewhere."""
    try:
        if account_id not in {"", ".", ".."}:
            return quote(account_id, safe="")
    except UnicodeEncodeError:
        pass
    raise AccountNotFoundError

"""The calls to StackOne (contract §1), in its words and our entities."""

from __future__ import annotations

import hashlib
import itertools
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any, TypeVar
from urllib.parse import quote

from stackone_connect import answers
from stackone_connect.client.transport import Answer, Transport
from stackone_connect.clock import Deadline
from stackone_connect.entities import (
    AccountPage,
    AccountSnapshot,
    ConnectionAttempt,
    SessionGrant,
)
from stackone_connect.exceptions import (
    AccountNotFoundError,
    StackOneBadAnswerError,
    StackOneRejectedError,
)

#: Asked for; StackOne's own maximum is undocumented and may be lower (contract §5.1, §10).
PAGE_SIZE = 100
#: Beyond this an owner's list is not believed: no organization links ten thousand accounts.
MAX_PAGES = 100

NOT_FOUND = 404

Entity = TypeVar("Entity")


class StackOneClient:
    """A ``Client`` over HTTP. Cheap to make: all clients of a thread share its connections.

    Timeouts are in seconds and apply to each single wait; the deadline of a call bounds them all.
    """

    def __init__(
        self, *, api_key: str, base_url: str, connect_timeout: float, read_timeout: float
    ) -> None:
        """Raise :class:`ConfigurationError` when the key or the address can't be used."""
        self._transport = Transport(
            api_key=api_key,
            base_url=base_url,
            connect_timeout=connect_timeout,
            read_timeout=read_timeout,
        )

    def __repr__(self) -> str:
        return f"<StackOneClient {self._transport.base_url}>"

    def create_connect_session(
        self, body: Mapping[str, Any], *, deadline: Deadline
    ) -> SessionGrant:
        """Ask for a connect session (``POST /connect_sessions``, contract §1.1, §1.2).

        A lost answer is asked for again: a second session is harmless (contract §2).
        """
        answer = self._transport.request("POST", "/connect_sessions", body=body, deadline=deadline)
        return _understood(answers.session_grant, answer)

    def latest_attempt(self, stackone_id: str, *, deadline: Deadline) -> ConnectionAttempt | None:
        """Ask what became of a session by OAuth (``GET /connect_sessions/{id}``, contract §1.2).

        ``None`` when StackOne knows no attempt, as after the hub's form path.
        """
        segment = _path_segment(stackone_id)
        if segment is None:
            raise StackOneRejectedError
        answer = self._transport.request("GET", f"/connect_sessions/{segment}", deadline=deadline)
        return _understood(answers.connection_attempt, answer)

    def get_account(self, account_id: str, *, deadline: Deadline) -> AccountSnapshot:
        """Ask for one account (``GET /accounts/{id}``, contract §1.3).

        :class:`AccountNotFoundError` when StackOne has none of that id, or none can have it.
        """
        answer = self._of_account("GET", account_id, deadline)
        return _understood(answers.account, answer)

    def accounts_of(self, origin_owner_id: str, *, deadline: Deadline) -> Iterator[AccountSnapshot]:
        """Ask for every account of an owner (``GET /accounts``, contract §5.1, §5.2).

        Pages are asked for while iterated, and each account comes once. There is no total and no
        cursor, a short page may be StackOne's own cap and a server may ignore ``page``: the list
        ends with a page that brings nothing new. Accounts of another owner are passed over, should
        a server ignore the filter. :class:`StackOneBadAnswerError` when it does not end at all.
        """
        for page in self._pages({"origin_owner_id": origin_owner_id}, lambda: deadline):
            yield from (a for a in page.accounts if a.origin_owner_id == origin_owner_id)

    def accounts_named(
        self, account_ids: Sequence[str], *, deadline: Deadline
    ) -> Iterator[AccountSnapshot]:
        """Ask for several accounts at once (``GET /accounts?account_ids=…``, contract §5.1).

        One that is not in the answer may still exist: only :meth:`get_account` says that it is
        gone. Accounts that were not asked for are passed over, should a server ignore the filter.
        """
        wanted = set(account_ids)
        for page in self._pages({"account_ids": sorted(wanted)}, lambda: deadline):
            yield from (a for a in page.accounts if a.account_id in wanted)

    def all_accounts(
        self, *, first_page: int = 1, deadline_of_page: Callable[[], Deadline]
    ) -> Iterator[AccountPage]:
        """Ask for every account of the project, page by page (``GET /accounts``, contract §5.2).

        Each page gets a deadline of its own, since a sweep may take minutes. An account that can't
        be read is passed over and counted: a single one must not keep all others from us.
        """
        return self._pages({}, deadline_of_page, first_page=first_page, sweep=True)

    def rename_owner(
        self, account_id: str, *, origin_owner_name: str, deadline: Deadline
    ) -> AccountSnapshot:
        """Change the owner's name on an account (``PATCH /accounts/{id}``, contract §1.4)."""
        answer = self._of_account(
            "PATCH", account_id, deadline, body={"origin_owner_name": origin_owner_name}
        )
        return _understood(answers.account, answer)

    def delete_account(self, account_id: str, *, deadline: Deadline) -> None:
        """Disconnect an account (``DELETE /accounts/{id}``, contract §5.5).

        The body of the answer does not matter; whether the account is gone is asked again anyway.
        """
        self._of_account("DELETE", account_id, deadline, allow=(200, 202, 204))

    def _of_account(
        self,
        method: str,
        account_id: str,
        deadline: Deadline,
        *,
        body: Mapping[str, Any] | None = None,
        allow: tuple[int, ...] = (),
    ) -> Answer:
        """A call that names an account; :class:`AccountNotFoundError` when there is none."""
        segment = _path_segment(account_id)
        if segment is None:
            raise AccountNotFoundError
        answer = self._transport.request(
            method,
            f"/accounts/{segment}",
            body=body,
            deadline=deadline,
            allow=(NOT_FOUND, *allow),
        )
        if answer.status == NOT_FOUND:
            raise AccountNotFoundError
        return answer

    def _pages(
        self,
        query: Mapping[str, str | Sequence[str]],
        deadline_of_page: Callable[[], Deadline],
        *,
        first_page: int = 1,
        sweep: bool = False,
    ) -> Iterator[AccountPage]:
        """Pages of accounts until one brings nothing new, each account once.

        Unless it is a ``sweep``, every account must be readable, and a list that does not end by
        ``MAX_PAGES`` is not believed.
        """
        seen: set[str | bytes] = set()
        for page in itertools.count(first_page):
            if page > MAX_PAGES and not sweep:
                raise StackOneBadAnswerError
            answer = self._transport.request(
                "GET",
                "/accounts",
                query={**query, "page": page, "page_size": PAGE_SIZE},
                deadline=deadline_of_page(),
            )
            read = partial(_new_on_page, seen=seen, strict=not sweep)
            fresh = _understood(read, answer)
            if not fresh:
                return
            accounts = [account for account in fresh if account is not None]
            yield AccountPage(accounts=accounts, unreadable=len(fresh) - len(accounts))


def _new_on_page(
    data: object, *, seen: set[str | bytes], strict: bool
) -> list[AccountSnapshot | None]:
    """What a page brings that was not ``seen``; ``None`` for what can't be read."""
    fresh: list[AccountSnapshot | None] = []
    for item in answers.account_list(data):
        account: AccountSnapshot | None
        key: str | bytes
        try:
            account = answers.account(item)
            key = account.account_id
        except StackOneBadAnswerError:
            if strict:
                raise
            account = None
            key = hashlib.sha256(json.dumps(item, sort_keys=True).encode()).digest()
        if key not in seen:
            seen.add(key)
            fresh.append(account)
    return fresh


def _understood(read: Callable[[object], Entity], answer: Answer) -> Entity:
    """Read an answer's JSON; an error keeps StackOne's request id."""
    try:
        return read(answer.data)
    except StackOneBadAnswerError as error:
        error.request_id = answer.request_id
        raise


def _path_segment(identifier: str) -> str | None:
    """An id as one segment of a path; ``None`` for one that would lead elsewhere."""
    if identifier in {"", ".", ".."}:
        return None
    try:
        return quote(identifier, safe="")
    except UnicodeEncodeError:
        return None

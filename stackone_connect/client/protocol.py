"""What the app needs of StackOne, whatever client is used."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Protocol

from stackone_connect.clock import Deadline
from stackone_connect.entities import (
    AccountPage,
    AccountSnapshot,
    ConnectionAttempt,
    Connector,
    SessionGrant,
)


class Client(Protocol):
    """What the app needs of StackOne. A replacement (see ``using``) offers these methods.

    Each raises only subclasses of :class:`~stackone_connect.exceptions.StackOneError`, or
    :class:`~stackone_connect.exceptions.AccountNotFoundError`, and ends before ``deadline``.
    """

    def create_connect_session(
        self, body: Mapping[str, Any], *, deadline: Deadline
    ) -> SessionGrant:
        """Ask for a connect session (``POST /connect_sessions``, StackOne notes §1.1, §1.2)."""

    def latest_attempt(self, stackone_id: str, *, deadline: Deadline) -> ConnectionAttempt | None:
        """Ask what became of a session by OAuth; ``None`` when nothing is known.

        StackOne notes §1.2.
        """

    def get_account(self, account_id: str, *, deadline: Deadline) -> AccountSnapshot:
        """Ask for one account; ``AccountNotFoundError`` when StackOne has none of that id."""

    def accounts_of(self, origin_owner_id: str, *, deadline: Deadline) -> Iterator[AccountSnapshot]:
        """Ask for every account of an owner, each once, page by page while iterated."""

    def accounts_named(
        self, account_ids: Sequence[str], *, deadline: Deadline
    ) -> Iterator[AccountSnapshot]:
        """Ask for several accounts at once; one that does not come may still exist."""

    def accounts_page(self, page: int, *, deadline: Deadline) -> AccountPage:
        """Ask for one page of all the project's accounts, the first being 1."""

    def rename_owner(
        self, account_id: str, *, origin_owner_name: str, deadline: Deadline
    ) -> AccountSnapshot:
        """Change the owner's name on an account; ``AccountNotFoundError`` when it is gone."""

    def connectors(self, *, deadline: Deadline) -> Iterator[Connector]:
        """Ask for the project's connectors, page by page while iterated; one may come again."""

    def label_account(self, account_id: str, *, label: str, deadline: Deadline) -> AccountSnapshot:
        """Change the label of an account; ``AccountNotFoundError`` when it is gone.

        The response is StackOne's account afterwards, whose label may be as it was.
        """

    def delete_account(self, account_id: str, *, deadline: Deadline) -> None:
        """Disconnect an account; ``AccountNotFoundError`` when it is gone already."""

"""Ask StackOne whether an account that a caller names is this owner's, before anything is believed.

An unknown account and another owner's go the same way: the same one call, the same error.
"""

from __future__ import annotations

import logging

from stackone_connect import logs
from stackone_connect.choices import SessionStatus
from stackone_connect.client import Client
from stackone_connect.clock import Deadline
from stackone_connect.entities import AccountSnapshot, Fetch
from stackone_connect.exceptions import AccountNotFoundError, SessionConflictError
from stackone_connect.models import ConnectSession, LinkedAccount, OriginOwner
from stackone_connect.models.fetches import FetchNumber
from stackone_connect.rules import is_identifier
from stackone_connect.services import _polling
from stackone_connect.services._reconcile import Evidence, reconcile


def confirm_ownership(
    *, owner: OriginOwner, account_id: str, client: Client, deadline: Deadline
) -> None:
    """Record the account if StackOne says that it is this owner's now, and of our type.

    Raises :class:`AccountNotFoundError` if it is not, and what the client raises.
    """
    fetch = FetchNumber.take()
    snapshot = _ask(owner, account_id, fetch, client=client, deadline=deadline)
    reconcile(project=owner.project, fetch=fetch, present=[snapshot], deadline=deadline)


def confirm_completion(
    *,
    owner: OriginOwner,
    session: ConnectSession,
    account_id: str,
    client: Client,
    deadline: Deadline,
) -> None:
    """Record the account that a completion call names, and judge the session with it.

    Afterwards ``session`` is as the facts have it. Raises :class:`SessionConflictError` where it
    can't have led to this account, or is completed with another by then: the account is recorded
    all the same. Raises as :func:`confirm_ownership` does, too.
    """
    fetch = FetchNumber.take()
    snapshot = _ask(owner, account_id, fetch, client=client, deadline=deadline)
    present, missing = [snapshot], list[str]()
    evidence: list[Evidence] = []
    if _claimable(session, snapshot):
        attempt = _polling.read_attempt(session, client=client, deadline=deadline)
        evidence.append(Evidence(session=session, attempt=attempt, claimed_account_id=account_id))
        if attempt and attempt.account_id not in ("", account_id):
            # StackOne itself names another account for this session: look at that one as well.
            try:
                present.append(client.get_account(attempt.account_id, deadline=deadline))
            except AccountNotFoundError:
                missing.append(attempt.account_id)
    reconcile(
        project=owner.project,
        fetch=fetch,
        present=present,
        missing=missing,
        evidence=evidence,
        deadline=deadline,
    )
    if session.claimed_account_id != account_id or session.account_id not in ("", account_id):
        # Not a conflict where the organization was deleted meanwhile, and the session with it.
        session.refresh_from_db()
        raise SessionConflictError


def _ask(
    owner: OriginOwner,
    account_id: str,
    fetch: Fetch,
    *,
    client: Client,
    deadline: Deadline,
) -> AccountSnapshot:
    """This owner's account as StackOne describes it."""
    if not is_identifier(account_id):
        raise AccountNotFoundError  # it can't be one, and never reaches StackOne's address
    snapshot: AccountSnapshot | None
    try:
        snapshot = client.get_account(account_id, deadline=deadline)
    except AccountNotFoundError:
        snapshot = None
    if snapshot is not None and snapshot.account_id == account_id:
        if owner.owns(snapshot):
            return snapshot
        logs.write(
            logging.WARNING,
            _why_not(owner, snapshot),
            organization=owner.organization_id,
            account=account_id,
        )
    if LinkedAccount.objects.of(owner).filter(account_id=account_id).exists():
        # It was ours and is gone, or has moved to another owner or environment.
        reconcile(
            project=owner.project,
            fetch=fetch,
            present=[snapshot] if snapshot else [],
            missing=[] if snapshot else [account_id],
            deadline=deadline,
        )
    raise AccountNotFoundError


def _why_not(owner: OriginOwner, account: AccountSnapshot) -> str:
    """The log's event for an account that is not this owner's to use."""
    if account.origin_owner_id == owner.origin_owner_id:
        return "account.of_another_type"
    return "account.of_another_owner"


def _claimable(session: ConnectSession, account: AccountSnapshot) -> bool:
    """Whether the session can have led to the account, by what was asked of StackOne.

    One that was only guessed to be about another account still can: the person in the hub knows.
    """
    guessed = not (session.attempt_account_id or session.claimed_account_id)
    return (
        session.status in (SessionStatus.ISSUED, SessionStatus.COMPLETED)
        and (guessed or session.account_id in ("", account.account_id))
        and session.requested_account_id in ("", account.account_id)
        and session.provider in ("", account.provider)
    )

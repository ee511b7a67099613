"""Ask StackOne whether an account that a caller names is this owner's, before anything is believed.

An unknown account and another owner's go the same way: the same one call, the same error.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime
from functools import partial

from stackone_connect import clock, logs
from stackone_connect.choices import SessionStatus
from stackone_connect.client import Client
from stackone_connect.clock import Deadline
from stackone_connect.entities import AccountSnapshot, is_identifier
from stackone_connect.exceptions import AccountNotFoundError
from stackone_connect.models import ConnectSession, LinkedAccount, OriginOwner
from stackone_connect.services import accounts, polling
from stackone_connect.services.accounts import Evidence


def confirm_ownership(
    *, owner: OriginOwner, account_id: str, client: Client, deadline: Deadline
) -> None:
    """Record the account if StackOne says that it is this owner's.

    Raises :class:`AccountNotFoundError` if it is not, and what the client raises.
    """
    asked_at = clock.now()
    snapshot = _ask(owner, account_id, asked_at, partial(client.get_account, deadline=deadline))
    accounts.record(owner=owner, asked_at=asked_at, present=[snapshot])


def confirm_completion(
    *,
    owner: OriginOwner,
    session: ConnectSession,
    account_id: str,
    client: Client,
    deadline: Deadline,
) -> None:
    """Record the account that a completion call names, and judge the session with it.

    The claim is kept on the session unless the session can't have led to this account. Raises as
    :func:`confirm_ownership` does.
    """
    asked_at = clock.now()
    snapshot = _ask(owner, account_id, asked_at, partial(client.get_account, deadline=deadline))
    present, missing = [snapshot], list[str]()
    evidence: list[Evidence] = []
    if _claimable(session, snapshot):
        attempt = polling.read_attempt(session, client=client, deadline=deadline)
        evidence.append(Evidence(session=session, attempt=attempt, claimed_account_id=account_id))
        if attempt and attempt.account_id not in ("", account_id):
            # StackOne itself names another account for this session: look at that one as well.
            try:
                present.append(client.get_account(attempt.account_id, deadline=deadline))
            except AccountNotFoundError:
                missing.append(attempt.account_id)
    accounts.record(
        owner=owner, asked_at=asked_at, present=present, missing=missing, evidence=evidence
    )


def _ask(
    owner: OriginOwner,
    account_id: str,
    asked_at: datetime,
    get_account: Callable[[str], AccountSnapshot],
) -> AccountSnapshot:
    """This owner's account as StackOne describes it."""
    if not is_identifier(account_id):
        raise AccountNotFoundError  # it can't be one, and never reaches StackOne's address
    snapshot: AccountSnapshot | None
    try:
        snapshot = get_account(account_id)
    except AccountNotFoundError:
        snapshot = None
    if snapshot is not None and snapshot.account_id == account_id:
        if snapshot.origin_owner_id == owner.origin_owner_id:
            return snapshot
        logs.write(
            logging.WARNING,
            "account.of_another_owner",
            organization=owner.organization_id,
            account=account_id,
        )
    if LinkedAccount.objects.of(owner).filter(account_id=account_id).exists():
        # It was ours and is gone, or has moved to another owner.
        accounts.record(
            owner=owner,
            asked_at=asked_at,
            present=[snapshot] if snapshot else [],
            missing=[] if snapshot else [account_id],
        )
    raise AccountNotFoundError


def _claimable(session: ConnectSession, account: AccountSnapshot) -> bool:
    """Whether the session can have led to the account, by what was asked of StackOne.

    One that was only guessed to be about another account still can: whoever was in the hub knows.
    """
    guessed = not (session.attempt_account_id or session.claimed_account_id)
    return (
        session.status in (SessionStatus.ISSUED, SessionStatus.COMPLETED)
        and (guessed or session.account_id in ("", account.account_id))
        and session.requested_account_id in ("", account.account_id)
        and session.provider in ("", account.provider)
    )

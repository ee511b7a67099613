"""Which path a session will take, before the hub opens."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from stackone_connect.choices import SessionPath
from stackone_connect.entities import LiveAccount


def predict(
    *,
    account_id: str,
    multiple: bool | None,
    provider: str,
    categories: Collection[str],
    pinned_name: str,
    live_accounts: Iterable[LiveAccount],
    accounts_read: bool,
) -> SessionPath:
    """Which path a session will take.

    ``live_accounts`` are the owner's live accounts of our account type; ``accounts_read`` says
    whether StackOne has ever answered for this owner: without that, "none" proves nothing.
    """
    if account_id:
        return SessionPath.UPDATE
    if multiple:
        return SessionPath.MULTIPLE
    if provider:
        names = {a.origin_owner_name for a in live_accounts if a.provider == provider}
        if pinned_name in names:
            return SessionPath.UPDATE
        # Under another name only: StackOne's sources disagree on whether the name is in the key.
        in_doubt = bool(names)
    else:
        in_doubt = any(_may_share(categories, a.categories) for a in live_accounts)
    return SessionPath.CREATE if accounts_read and not in_doubt else SessionPath.UNDETERMINED


def _may_share(asked: Collection[str], known: Collection[str]) -> bool:
    """Whether two sets of categories may overlap; an empty one is unknown, so it may."""
    return not asked or not known or not set(asked).isdisjoint(known)

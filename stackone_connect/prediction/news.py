"""What an account that was made or has moved can say anything new of (pure)."""

from __future__ import annotations

from datetime import timedelta

from stackone_connect.entities import AccountFacts, News

#: How long before a move a session that names the account may have been over and still have to do
#: with it: a completion call is noted by our clock, which may be ahead or behind.
_BEFORE_A_MOVE = timedelta(days=1)


def news_of(now: AccountFacts, before: AccountFacts | None) -> News | None:
    """What an account says now that it did not say before; ``None`` for nothing.

    ``before`` is what its sessions were judged by, ``None`` for an account that was not known or
    not connected. One that has only moved says nothing new of what made it: of the sessions that
    name none, one that was open at neither move can't be behind either of them; and one that names
    the account has no more to do with the moves if it was over long before both.
    """
    if before == now:
        return None
    if before is None or before.changed_at is None or now.changed_at is None:
        return News(since=None, times=now.moments)
    is_what_it_was = (
        before.created_at == now.created_at
        and before.provider == now.provider
        and list(before.categories) == list(now.categories)
    )
    if not is_what_it_was or now.changed_at < before.changed_at:
        return News(since=None, times=now.moments)
    since = before.changed_at - _BEFORE_A_MOVE
    return News(since=since, times={before.changed_at, now.changed_at})

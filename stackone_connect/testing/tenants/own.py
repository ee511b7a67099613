"""What a tenant does with its own, so that being refused the other's shows something."""

from __future__ import annotations

from collections.abc import Iterator

from stackone_connect.testing.addresses import address
from stackone_connect.testing.tenants.asking import SERVER_ERROR, Answer, Asked, Asker

_FORBIDDEN = 403
_GOOD = range(200, 300)


def read(asker: Asker) -> Iterator[str]:
    """All that only reads, by name; raises ``ValueError`` where the client acts for another."""
    acting = asker.acting
    for name, url, mine in (
        ("list sessions", address("connect-sessions"), acting.sessions),
        ("list accounts", address("accounts"), [acting.account]),
        ("read a session", address("connect-session", acting.open), [acting.open]),
        ("read an account", address("account", acting.account), [acting.account]),
    ):
        asked = Asked(method="GET", path=url)
        answer = asker.ask(asked)
        if _is_closed(asker, f"{name} ({asked})", answer) or answer.status >= SERVER_ERROR:
            continue
        if not all(value.encode() in answer.content for value in mine):
            raise ValueError(
                f"The client given for {acting.name} does not act for {acting.name}: "
                f"{asked} answered {answer.status} without what is its own."
            )
        yield name


def change(asker: Asker) -> Iterator[str]:
    """All that changes, by name; last of all, since it does."""
    acting = asker.acting
    own = {"account_id": acting.account}
    for name, asked in (
        ("complete", Asked(method="POST", path=address("complete", acting.completed), body=own)),
        ("issue", Asked(method="POST", path=address("connect-sessions"), body={})),
        ("disconnect", Asked(method="DELETE", path=address("account", acting.account))),
    ):
        answer = asker.ask(asked, changes=True)
        asker.must_not_show(asked, answer)
        if _is_closed(asker, f"{name} ({asked})", answer) or answer.status >= SERVER_ERROR:
            continue
        if answer.status not in _GOOD:
            asker.found(asked, f"answered {answer.status} to the tenant's own")
        yield name


def _is_closed(asker: Asker, what: str, answer: Answer) -> bool:
    if answer.status != _FORBIDDEN:
        return False
    asker.closed(what)
    return True

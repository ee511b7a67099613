"""Signals a host may listen to. All are sent after commit; a receiver that raises is logged only.

Every sender is the model class.
"""

from __future__ import annotations

from django.dispatch import Signal

__all__ = [
    "account_disconnected",
    "account_linked",
    "account_needs_reconnect",
    "account_updated",
    "event_verified",
    "session_completed",
    "session_issued",
]

#: ``session`` (:class:`ConnectSession`): the hub may be opened.
session_issued = Signal()
#: ``session``, ``account``: StackOne confirmed what the session did; sent once.
session_completed = Signal()
#: ``account`` (:class:`LinkedAccount`): it is new, or back again.
account_linked = Signal()
#: ``account``: something that StackOne says of it has changed.
account_updated = Signal()
#: ``account``: its status became ``error``.
account_needs_reconnect = Signal()
#: ``account``: it is gone at StackOne.
account_disconnected = Signal()
#: ``payload`` (a redacted dict): a webhook that StackOne signed. Nothing in it is confirmed.
event_verified = Signal()

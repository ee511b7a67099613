"""Signals a host may listen to. All are sent after commit; a receiver that raises is logged only.

====================== ============================================================
``session_issued``      ``session`` (:class:`ConnectSession`): the hub may be opened
``session_completed``   ``session``, ``account``: StackOne confirmed what it did; once
``account_linked``      ``account`` (:class:`LinkedAccount`): new, or back again
``account_updated``     ``account``: something StackOne says of it changed
``account_needs_reconnect`` ``account``: its status became ``error``
``account_disconnected`` ``account``: it is gone at StackOne
``event_verified``      ``payload`` (dict): a webhook whose signature is StackOne's; a hint
====================== ============================================================

Every sender is the model class.
"""

from __future__ import annotations

from django.dispatch import Signal

session_issued = Signal()
session_completed = Signal()
account_linked = Signal()
account_updated = Signal()
account_needs_reconnect = Signal()
account_disconnected = Signal()
event_verified = Signal()

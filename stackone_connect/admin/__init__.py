"""The admin for support people. Read-only; what changes StackOne's data calls a service."""

from stackone_connect.admin.accounts import LinkedAccountAdmin
from stackone_connect.admin.events import WebhookEventAdmin
from stackone_connect.admin.owners import OriginOwnerAdmin
from stackone_connect.admin.sessions import ConnectSessionAdmin
from stackone_connect.admin.tombstones import OwnerTombstoneAdmin

__all__ = [
    "ConnectSessionAdmin",
    "LinkedAccountAdmin",
    "OriginOwnerAdmin",
    "OwnerTombstoneAdmin",
    "WebhookEventAdmin",
]

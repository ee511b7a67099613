"""The admin for support people. It shows; what changes StackOne's facts goes through services."""

from stackone_connect.admin.accounts import LinkedAccountAdmin
from stackone_connect.admin.events import WebhookEventAdmin
from stackone_connect.admin.owners import OriginOwnerAdmin
from stackone_connect.admin.sessions import ConnectSessionAdmin

__all__ = ["ConnectSessionAdmin", "LinkedAccountAdmin", "OriginOwnerAdmin", "WebhookEventAdmin"]

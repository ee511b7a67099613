"""What is kept: fields, constraints and query vocabulary; no HTTP, no decisions."""

from stackone_connect.models.accounts import LinkedAccount, LinkedAccountQuerySet
from stackone_connect.models.events import WebhookEvent, WebhookEventQuerySet
from stackone_connect.models.fetches import FetchNumber  # noqa: F401 - Django finds models here
from stackone_connect.models.owners import OriginOwner, OriginOwnerQuerySet, OwnerTombstone
from stackone_connect.models.sessions import ConnectSession, ConnectSessionQuerySet

__all__ = [
    "ConnectSession",
    "ConnectSessionQuerySet",
    "LinkedAccount",
    "LinkedAccountQuerySet",
    "OriginOwner",
    "OriginOwnerQuerySet",
    "OwnerTombstone",
    "WebhookEvent",
    "WebhookEventQuerySet",
]

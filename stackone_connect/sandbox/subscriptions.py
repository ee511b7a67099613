"""Webhook subscriptions: the addresses that receive a project's events, and their secrets.

Those of the settings are fixed; those of the database are added and removed while running.
"""

from __future__ import annotations

import secrets

from django.utils.crypto import salted_hmac

from stackone_connect.sandbox import conf
from stackone_connect.sandbox.models import TEXT, Webhook


def targets(project: str) -> list[conf.Target]:
    """Every subscribed address of a project once; the settings win over the database."""
    added = [conf.Target(row.project, row.url, _secrets_of(row)) for row in Webhook.objects.all()]
    by_url = {
        target.url: target for target in (*added, *conf.webhooks()) if target.project == project
    }
    return list(by_url.values())


def add_webhook(url: str, *, project: str | None = None) -> str:
    """Send every event of a project to an address from now on; returns the secret that signs.

    The secret is derived, not stored; ``webhook_secrets`` returns it again. Raises ``ValueError``
    for an address that is subscribed already, is too long, or is not http(s), and where there are
    several projects and none of them is named.
    """
    if not conf.is_address(url) or len(url) > TEXT:
        raise ValueError("A webhook's address begins with http:// or https://")
    name = conf.project_named(project)
    if any(target.url == url for target in targets(name)):
        raise ValueError("This webhook exists already")
    made = Webhook.objects.create(project=name, url=url, keys=[_new_key()])
    return _secrets_of(made)[0]


def webhook_secrets(url: str, *, project: str | None = None) -> tuple[str, ...]:
    """One or two; the first signs. Raises ``Webhook.DoesNotExist`` for one of the settings."""
    return _secrets_of(_webhook(url, project))


def add_webhook_secret(url: str, *, project: str | None = None) -> str:
    """Add a second secret, which does not sign yet (StackOne notes §4.4); returns it.

    Raises ``Webhook.DoesNotExist``, and ``ValueError`` when there are two.
    """
    webhook = _webhook(url, project)
    if len(webhook.keys) >= conf.MOST_SECRETS:
        raise ValueError("A webhook has at most two secrets")
    webhook.keys.append(_new_key())
    webhook.save()
    return _secrets_of(webhook)[-1]


def activate_webhook_secret(url: str, *, project: str | None = None) -> None:
    """Let the other secret sign. Raises ``Webhook.DoesNotExist``, ``ValueError`` if none."""
    webhook = _webhook(url, project)
    if len(webhook.keys) < conf.MOST_SECRETS:
        raise ValueError("This webhook has one secret only")
    webhook.keys.reverse()
    webhook.save()


def drop_webhook_secret(url: str, *, project: str | None = None) -> None:
    """Forget the secret that does not sign. Raises ``Webhook.DoesNotExist``."""
    webhook = _webhook(url, project)
    del webhook.keys[1:]
    webhook.save()


def remove_webhook(url: str, *, project: str | None = None) -> None:
    """Raises ``Webhook.DoesNotExist`` for one of the settings, too."""
    _webhook(url, project).delete()


def _webhook(url: str, project: str | None) -> Webhook:
    return Webhook.objects.get(project=conf.project_named(project), url=url)


def _secrets_of(webhook: Webhook) -> tuple[str, ...]:
    """Derived, not stored: they change with the host's ``SECRET_KEY``."""
    return tuple(
        salted_hmac("stackone_sandbox.webhook", key, algorithm="sha256").hexdigest()
        for key in webhook.keys
    )


def _new_key() -> str:
    return secrets.token_hex(16)

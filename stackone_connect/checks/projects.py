"""Checks of the StackOne projects: where their keys travel, and whose accounts they may reach."""

from __future__ import annotations

from collections.abc import Iterator
from ipaddress import ip_address
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings as django_settings
from django.core.checks import CheckMessage, Error, Warning  # noqa: A004 - Django's own name

from stackone_connect.checks.registration import check
from stackone_connect.choices import AccountType
from stackone_connect.conf import Settings
from stackone_connect.conf.projects import Project
from stackone_connect.conf.rules import NAME

#: Characters. What is shorter can be found by trying.
SHORTEST_SECRET = 16
_DEFAULT_OWNER_ID = "stackone_connect.tenancy.default_owner_id"


@check()
def a_laptop_is_not_production(settings: Settings, **_: Any) -> Iterator[CheckMessage]:
    """Refuse to connect real accounts of StackOne's own host while ``DEBUG`` is on."""
    real = [
        project
        for project in settings.projects.values()
        if project.account_type == AccountType.PRODUCTION and _is_stackone(project)
    ]
    if django_settings.DEBUG and real:
        yield Error(
            "DEBUG is on while ACCOUNT_TYPE is 'production' on StackOne's own host.",
            hint=(
                "A laptop could overwrite a customer's account. Set ACCOUNT_TYPE to 'test', point "
                "BASE_URL at the sandbox, or silence this check."
            ),
            id="stackone_connect.E005",
        )


@check()
def environments_are_distinct(settings: Settings, **_: Any) -> Iterator[CheckMessage]:
    """Warn where a laptop's tenant 1 and production's tenant 1 would be one owner at StackOne."""
    shared = [
        project
        for project in settings.projects.values()
        if project.account_type == AccountType.TEST and _is_stackone(project)
    ]
    if shared and settings.owner_id == _DEFAULT_OWNER_ID:
        yield Warning(
            "Test accounts are connected on StackOne's own host under the primary keys of this "
            "database, which another environment of the same StackOne project may use as well.",
            hint=(
                "Use a StackOne project of its own for testing, or let OWNER_ID answer ids that "
                "only this environment has, such as f'dev-{organization.pk}'."
            ),
            id="stackone_connect.W006",
        )


@check()
def the_key_travels_encrypted(settings: Settings, **_: Any) -> Iterator[CheckMessage]:
    """Refuse plain HTTP to StackOne: everybody on the way could read the API key."""
    if any(_is_plain(project) and _is_stackone(project) for project in settings.projects.values()):
        yield Error(
            f"{NAME}['BASE_URL'] is StackOne's own host without encryption.",
            hint="Begin it with https://: the API key would travel for everybody to read.",
            id="stackone_connect.E008",
        )


@check(deploy=True)
def the_key_travels_encrypted_to_others(settings: Settings, **_: Any) -> Iterator[CheckMessage]:
    """Warn of plain HTTP to any other host but this machine."""
    for project in settings.projects.values():
        if _is_plain(project) and not _is_stackone(project) and not _is_this_machine(project):
            yield Warning(
                f"{NAME}['BASE_URL'] is {project.base_url!r}: the API key travels unencrypted.",
                hint="Begin it with https://, or silence this where the network is your own.",
                id="stackone_connect.W007",
            )
            return


@check(deploy=True)
def secrets_can_not_be_guessed(settings: Settings, **_: Any) -> Iterator[CheckMessage]:
    """Warn of a signing secret that is too short. (A callable is called when used, not here.)"""
    given = [project.webhook_secrets_source for project in settings.projects.values()]
    secrets = [secret for source in given if not callable(source) for secret in source]
    if any(len(secret.strip()) < SHORTEST_SECRET for secret in secrets):
        yield Warning(
            f"One of {NAME}['WEBHOOK_SECRETS'] is shorter than {SHORTEST_SECRET} characters.",
            hint=(
                "With a secret that can be guessed, anybody can send events. Take the whole "
                "signing secret that StackOne shows of the webhook."
            ),
            id="stackone_connect.W008",
        )


@check(deploy=True)
def webhooks_can_be_verified(settings: Settings, **_: Any) -> Iterator[CheckMessage]:
    """Without a secret every event is refused. (A callable is called when used, not here.)"""
    without = [p for p in settings.projects.values() if not p.webhook_secrets_source]
    if without:
        where = f" of {', '.join(p.name for p in without)}" if len(settings.projects) > 1 else ""
        yield Warning(
            f"{NAME}['WEBHOOK_SECRETS']{where} is empty, so StackOne's events are refused.",
            hint=(
                "Without events, an account that stops working is noticed only when somebody "
                "asks. Add a webhook at StackOne and put its signing secret here."
            ),
            id="stackone_connect.W002",
        )


def _host(project: Project) -> str:
    return (urlsplit(project.base_url).hostname or "").rstrip(".")


def _is_stackone(project: Project) -> bool:
    """Whether an address is StackOne's own, in any spelling (StackOne notes §0: more than one)."""
    host = _host(project)
    return host == "stackone.com" or host.endswith(".stackone.com")


def _is_plain(project: Project) -> bool:
    return urlsplit(project.base_url).scheme == "http"


def _is_this_machine(project: Project) -> bool:
    host = _host(project)
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")

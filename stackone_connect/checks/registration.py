"""What the checks share: the tag, and not to run where the dict itself can't be read."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import wraps
from typing import Any

from django.apps.config import AppConfig
from django.core.checks import CheckMessage, register

from stackone_connect import conf

TAG = "stackone_connect"

Check = Callable[..., list[CheckMessage]]


def check(*tags: str, deploy: bool = False) -> Callable[[Callable[..., Any]], Check]:
    """Register a check that takes today's settings and, by keyword, the ``databases`` to look at.

    It is not run while the dict has problems of its own: ``settings_are_sound`` reports those. With
    ``deploy`` it is run by ``check --deploy`` only.
    """

    def registered(examine: Callable[..., Iterable[CheckMessage]]) -> Check:
        @register(TAG, *tags, deploy=deploy)
        @wraps(examine)
        def run(
            app_configs: Sequence[AppConfig] | None = None,
            *,
            databases: Sequence[str] | None = None,
            **_: Any,
        ) -> list[CheckMessage]:
            if conf.problems():
                return []
            return list(examine(conf.read(), databases=databases or ()))

        return run

    return registered

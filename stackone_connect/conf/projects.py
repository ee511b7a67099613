"""One StackOne project: its key, its address, its secrets, and the type of its accounts."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from stackone_connect.choices import AccountType
from stackone_connect.conf import rules
from stackone_connect.conf.fields import REQUIRED, declarations, setting
from stackone_connect.exceptions import ConfigurationError
from stackone_connect.redaction import RedactedList, redact

#: StackOne's own address (StackOne notes §2); a host may point elsewhere, such as at the sandbox.
STACKONE_URL = "https://api.stackone.com"


@dataclass(frozen=True, kw_only=True)
class Project:
    """The settings of one StackOne project (a key belongs to one, StackOne notes §2).

    ``account_type`` is the only type of account that is ours there: one of the other type is never
    recorded, listed or changed.
    """

    name: str
    api_key_source: Callable[[], Any] | str = setting(
        REQUIRED,
        rules.KEY,
        "StackOne's key of your project. White space at its ends does not count. A function is "
        "called for each use, so that a key can be rotated without a restart. (It is no dotted "
        "path: a text is the key itself.)",
        key="API_KEY",
        section="StackOne",
        secret=True,
    )
    base_url: str = setting(
        STACKONE_URL,
        rules.ADDRESS,
        "The address of StackOne's API. Point it at the sandbox on a laptop.",
    )
    # ``conf.read`` gives the other one while ``DEBUG`` is on.
    account_type: str = setting(
        AccountType.PRODUCTION.value,
        rules.ACCOUNT_TYPE,
        "What type of accounts sessions make, and the only type that is seen or touched here: a "
        "laptop on the project of your customers can't reach theirs. StackOne lets test accounts "
        "expire.",
        shown_default='`"test"` while `DEBUG`, else `"production"`',
    )
    webhook_secrets_source: Callable[[], Any] | Sequence[str] = setting(
        (),
        rules.SECRETS,
        "The signing secrets of your webhook at StackOne. Any of them may have signed, so that one "
        "can be replaced by the next. White space at their ends does not count. A function is "
        "called for each event. Without any, events get a 404.",
        key="WEBHOOK_SECRETS",
        section="Webhooks, work and keeping",
        secret=True,
    )

    @property
    def api_key(self) -> str:
        """StackOne's API key; a callable is called each time, so that a key can rotate."""
        (key,) = self._value_of(self.api_key_source, "API_KEY")
        if rules.is_key(key):
            return str(key).strip()
        raise ConfigurationError(f"{self._setting('API_KEY')} gave no key that can be used.")

    @property
    def webhook_secrets(self) -> list[str]:
        """The secrets that may have signed a webhook; a callable is called each time."""
        (secrets,) = self._value_of(self.webhook_secrets_source, "WEBHOOK_SECRETS")
        if rules.is_secrets(secrets):
            return [str(secret).strip() for secret in secrets]
        raise ConfigurationError(f"{self._setting('WEBHOOK_SECRETS')} must give a list of secrets.")

    def is_ours(self, account_type: str) -> bool:
        """Whether an account of this type is ours. One without a type counts as ours."""
        return account_type in self.our_types

    @property
    def our_types(self) -> tuple[str, str]:
        """The types, as they are stored, of accounts that are ours."""
        return ("", self.account_type)

    def _value_of(self, source: Any, key: str) -> RedactedList:
        """A value, or what the callable in its place returns now, as the one item of a list."""
        try:
            held = RedactedList((source() if callable(source) else source,))
        except Exception as error:  # noqa: BLE001 - a vault may fail in any way
            name = type(error).__name__
        else:
            redact(held)
            return held
        # Without the cause: its frames may hold what it was about to return.
        raise ConfigurationError(
            f"The callable {self._setting(key)} could not be looked at ({name})."
        )

    def _setting(self, key: str) -> str:
        if self.name == rules.DEFAULT_PROJECT:
            return f"{rules.NAME}[{key!r}]"
        return f"{rules.NAME}['PROJECTS'][{self.name!r}][{key!r}]"


#: What each of ``PROJECTS`` may set. ``BASE_URL`` and ``ACCOUNT_TYPE`` may stand at the top for all
#: of them; a key and secrets belong to one project, so those at the top count only where there is
#: no ``PROJECTS``.
PROJECT_SETTINGS = declarations(Project)
SHARED_KEYS = ("BASE_URL", "ACCOUNT_TYPE")

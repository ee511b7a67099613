"""The error tree.

What can go wrong while serving a request is a :class:`StackOneConnectError`, with a stable ``code``
and a ``detail`` that is safe to show in a browser. Mistakes of the host project
(:class:`ConfigurationError`, :class:`TransactionOpenError`) stand outside that tree, so that
``except StackOneConnectError`` never hides them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, ClassVar

from django.core.exceptions import ImproperlyConfigured
from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise as StrPromise

__all__ = [
    "AccountNotFoundError",
    "ConfigurationError",
    "EventTooLargeError",
    "InvalidEventError",
    "InvalidRequestError",
    "InvalidSignatureError",
    "NoOrganizationError",
    "SessionConflictError",
    "SessionNotFoundError",
    "StackOneBadAnswerError",
    "StackOneConnectError",
    "StackOneError",
    "StackOneMisconfiguredError",
    "StackOneOutError",
    "StackOneRateLimitedError",
    "StackOneRejectedError",
    "StackOneTransientError",
    "StackOneUnavailableError",
    "SweepRefusedError",
    "ThrottledError",
    "TransactionOpenError",
    "UnavailableError",
    "WebhookNotConfiguredError",
]


class ConfigurationError(ImproperlyConfigured):
    """A setting, or what a callable in the settings answered, can't be used. Fix the settings."""


class TransactionOpenError(RuntimeError):
    """A service that calls StackOne was called inside a database transaction.

    Call it before or after the ``atomic`` block, or from ``transaction.on_commit``.
    """


class StackOneConnectError(Exception):
    """Root of all errors to handle. ``detail`` overrides the class's sentence; safe to show."""

    code: ClassVar[str] = "error"
    default_detail: ClassVar[StrPromise | str] = _("Something went wrong.")

    def __init__(self, detail: str | None = None) -> None:
        self.detail = detail or str(self.default_detail)  # in the language of the request
        super().__init__(self.detail)

    def __reduce__(self) -> tuple[object, ...]:
        """For another process, or a copy: ``args`` are not what all of ours are made of."""
        return type(self).__new__, (type(self), *self.args), vars(self)


class InvalidRequestError(StackOneConnectError):
    """What the caller asked for breaks a rule. ``errors`` maps each field to its sentences."""

    code = "invalid"
    default_detail = _("The request is not valid. See the errors for each field.")

    def __init__(self, errors: Mapping[str, Sequence[str]], detail: str | None = None) -> None:
        super().__init__(detail)
        self.errors = {field: list(sentences) for field, sentences in errors.items()}


class NoOrganizationError(StackOneConnectError):
    """The signed-in user belongs to no organization, so there is no owner to connect for."""

    code = "no_organization"
    default_detail = _(
        "You are not a member of an organization. Ask your administrator to add you."
    )


class SessionNotFoundError(StackOneConnectError):
    """No such connect session in this organization. Another organization's answers the same."""

    code = "not_found"
    default_detail = _("There is no such connect session.")


class AccountNotFoundError(StackOneConnectError):
    """No such account in this organization. Another organization's answers the same."""

    code = "account_not_found"
    default_detail = _("There is no such account.")


class SessionConflictError(StackOneConnectError):
    """The session can't be completed with this account. The account was recorded all the same."""

    code = "conflict"
    default_detail = _("This session can't be completed with that account. Start a new one.")


class ThrottledError(StackOneConnectError):
    """The organization has used up its calls for now. ``retry_after`` is in whole seconds."""

    code = "throttled"
    default_detail = _("Too many attempts. Wait a moment and try again.")

    def __init__(self, *, retry_after: int) -> None:
        super().__init__()
        self.retry_after = retry_after


class UnavailableError(StackOneConnectError):
    """The database can't do it just now.

    Others write of the same organization for too long, or it is gone, full, read-only or busy. What
    was done at StackOne by then is written down, and finished by ``stackone_process``.
    Call it again. ``retry_after`` is in whole seconds. StackOne has no part in it, so there is no
    ``request_id`` of StackOne's.
    """

    code = "unavailable"
    default_detail = _("This is busy right now. Try again in a moment.")
    retry_after: ClassVar[int] = 5
    request_id: ClassVar[None] = None


class WebhookNotConfiguredError(StackOneConnectError):
    """No webhook secret is set, so no delivery can be verified. Set ``WEBHOOK_SECRETS``."""

    code = "webhook_not_configured"
    default_detail = _("Webhooks are not set up here.")


class InvalidSignatureError(StackOneConnectError):
    """The body was signed with none of our secrets."""

    code = "invalid_signature"
    default_detail = _("The signature does not match.")


class InvalidEventError(StackOneConnectError):
    """The body is rightly signed, but is no event that we can read."""

    code = "invalid_event"
    default_detail = _("The event can't be understood.")


class EventTooLargeError(StackOneConnectError):
    """The body is larger than any event needs to be."""

    code = "too_large"
    default_detail = _("The body is too large.")


class SweepRefusedError(StackOneConnectError):
    """More than half of the accounts seem to be gone: usually a wrong key. None was disconnected.

    Check the key, then run the sync with ``force``.
    """

    code = "sweep_refused"
    default_detail = _(
        "StackOne does not list %(missing)d of %(live)d linked accounts. Is it the right key? "
        "Nothing was disconnected; use --force if it is true."
    )

    def __init__(self, *, missing: int, live: int) -> None:
        super().__init__(str(self.default_detail) % {"missing": missing, "live": live})


class StackOneError(StackOneConnectError):
    """StackOne did not give a usable answer.

    ``retry_after`` (whole seconds) says when trying again makes sense, ``None`` when it does not.
    ``request_id`` is StackOne's ``x-request-id``, ``status`` its HTTP status; each may be none.
    """

    def __init__(
        self,
        detail: str | None = None,
        *,
        retry_after: int | None = None,
        request_id: str | None = None,
        status: int | None = None,
    ) -> None:
        super().__init__(detail)
        self.retry_after = retry_after
        self.request_id = request_id
        self.status = status


class StackOneRejectedError(StackOneError):
    """StackOne refused what was asked (a 4xx that is about the request, StackOne notes §1)."""

    code = "stackone_rejected"
    default_detail = _(
        "StackOne did not accept this request. Choose another integration or account."
    )


class StackOneBadAnswerError(StackOneError):
    """StackOne answered something that can't be used: not JSON, too large, no token, a redirect."""

    code = "stackone_bad_answer"
    default_detail = _("StackOne gave an unexpected answer. Please contact support.")


class StackOneOutError(StackOneError):
    """StackOne serves no call of this project for now, whatever it is about: stop, try again later.

    Catch it; only its subclasses are raised.
    """


class StackOneMisconfiguredError(StackOneOutError):
    """StackOne refused our API key (401 or 403). Run ``stackone_doctor``; check its scopes."""

    code = "stackone_misconfigured"
    default_detail = _("Connecting is not set up correctly here. Please contact support.")


class StackOneTransientError(StackOneOutError):
    """An outage that ends by itself. Catch it; only its subclasses are raised."""


class StackOneRateLimitedError(StackOneTransientError):
    """StackOne allows no more calls for now, beyond what our deadline can wait for."""

    code = "stackone_rate_limited"
    default_detail = _("StackOne is busy. Try again in a moment.")


class StackOneUnavailableError(StackOneTransientError):
    """StackOne could not be reached, or broke off, or was too slow."""

    code = "stackone_unavailable"
    default_detail = _("StackOne can't be reached right now. Try again in a moment.")

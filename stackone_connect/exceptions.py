"""The error tree.

Everything that can go wrong while serving a request is a :class:`StackOneConnectError`. Each
class carries a stable ``code`` and a ``detail`` that is safe to show to the person in front of
the browser: never a word of StackOne's answer, our key or a token.

Mistakes of the host project (:class:`ConfigurationError`, :class:`TransactionOpenError`) stand
outside that tree, so that ``except StackOneConnectError`` never hides them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import ClassVar

from django.core.exceptions import ImproperlyConfigured


class ConfigurationError(ImproperlyConfigured):
    """A setting, or what a callable in the settings answered, can't be used. Mend the settings."""


class TransactionOpenError(RuntimeError):
    """A service that calls StackOne was called inside a database transaction.

    A call to StackOne may take seconds and can't be rolled back. Call the service before or after
    the ``atomic`` block, or from ``transaction.on_commit``.
    """


class StackOneConnectError(Exception):
    """Root of every error that a caller may want to handle.

    Raise a subclass. ``detail`` overrides the class's sentence; it must be safe to show.
    """

    code: ClassVar[str] = "error"
    default_detail: ClassVar[str] = "Something went wrong."

    def __init__(self, detail: str | None = None) -> None:
        self.detail = detail or self.default_detail
        super().__init__(self.detail)


class InvalidRequestError(StackOneConnectError):
    """What the caller asked for breaks a rule. ``errors`` maps each field to its sentences."""

    code = "invalid"
    default_detail = "The request is not valid. See the errors for each field."

    def __init__(self, errors: Mapping[str, Sequence[str]], detail: str | None = None) -> None:
        super().__init__(detail)
        self.errors = {field: list(sentences) for field, sentences in errors.items()}


class NoOrganizationError(StackOneConnectError):
    """The signed-in user belongs to no organization, so there is nobody to connect for."""

    code = "no_organization"
    default_detail = "You are not a member of an organization. Ask your administrator to add you."


class SessionNotFoundError(StackOneConnectError):
    """No such connect session in this organization. Another organization's answers the same."""

    code = "not_found"
    default_detail = "There is no such connect session."


class AccountNotFoundError(StackOneConnectError):
    """No such account in this organization. Another organization's answers the same."""

    code = "account_not_found"
    default_detail = "There is no such account."


class SessionConflictError(StackOneConnectError):
    """The session can't be completed with this account. The account was recorded all the same."""

    code = "conflict"
    default_detail = "This session can't be completed with that account. Start a new one."


class ThrottledError(StackOneConnectError):
    """The organization has used up its calls for now. ``retry_after`` is in whole seconds."""

    code = "throttled"
    default_detail = "Too many attempts. Wait a moment and try again."

    def __init__(self, *, retry_after: int) -> None:
        super().__init__()
        self.retry_after = retry_after


class WebhookNotConfiguredError(StackOneConnectError):
    """No webhook secret is set, so nobody can be believed. Set ``WEBHOOK_SECRETS``."""

    code = "webhook_not_configured"
    default_detail = "Webhooks are not set up here."


class InvalidSignatureError(StackOneConnectError):
    """None of our secrets signed this body."""

    code = "invalid_signature"
    default_detail = "The signature does not match."


class InvalidEventError(StackOneConnectError):
    """Signed, but nothing that we can understand."""

    code = "invalid_event"
    default_detail = "The event can't be understood."


class EventTooLargeError(StackOneConnectError):
    """A body beyond what any event needs."""

    code = "too_large"
    default_detail = "The body is too large."


class SweepRefusedError(StackOneConnectError):
    """More than half of the accounts seem to be gone: usually a wrong key. None was disconnected.

    Check the key, then run the sync with ``force``.
    """

    code = "sweep_refused"
    default_detail = "Too many accounts seem to be gone."

    def __init__(self, *, missing: int, live: int) -> None:
        super().__init__(
            f"StackOne does not list {missing} of {live} linked accounts. Is it the right key? "
            "Nothing was disconnected; use --force if it is true."
        )


class StackOneError(StackOneConnectError):
    """StackOne did not give a usable answer.

    ``retry_after`` (whole seconds) says when trying again makes sense, ``None`` when it does not.
    ``request_id`` is StackOne's ``x-request-id`` where it sent one, for a support request;
    ``status`` its HTTP status where there was one, for those who look for the cause.
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
    """StackOne refused what was asked (a 4xx that is about the request, contract §1)."""

    code = "stackone_rejected"
    default_detail = "StackOne did not accept this request. Choose another integration or account."


class StackOneMisconfiguredError(StackOneError):
    """StackOne refused our API key (401 or 403). Run ``stackone_doctor``; check its scopes."""

    code = "stackone_misconfigured"
    default_detail = "Connecting is not set up correctly here. Please contact support."


class StackOneBadAnswerError(StackOneError):
    """StackOne answered something that can't be used: not JSON, too large, no token, a redirect."""

    code = "stackone_bad_answer"
    default_detail = "StackOne gave an unexpected answer. Please contact support."


class StackOneRateLimitedError(StackOneError):
    """StackOne allows no more calls for now, beyond what our deadline can wait for."""

    code = "stackone_rate_limited"
    default_detail = "StackOne is busy. Try again in a moment."


class StackOneUnavailableError(StackOneError):
    """StackOne could not be reached, or broke off, or was too slow."""

    code = "stackone_unavailable"
    default_detail = "StackOne can't be reached right now. Try again in a moment."

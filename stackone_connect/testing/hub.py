"""Completes StackOne's hub with the calls that the hub makes (StackOne notes §20.1, §20.2)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from stackone_connect.sandbox import attempts, forms, linking, serializers
from stackone_connect.sandbox.catalogue import BY_PROVIDER
from stackone_connect.sandbox.errors import RefusedError
from stackone_connect.sandbox.models import ConnectionAttempt
from stackone_connect.testing._in_process import call

__all__ = ["HubRefusedError"]

#: Values for form fields without an option or a placeholder.
_DEFAULTS = {"text": "acme", "password": "a-customers-secret", "number": "50"}


class HubRefusedError(Exception):
    """StackOne refused a call of the hub; ``status`` is the HTTP status."""

    def __init__(self, status: int, message: str) -> None:
        # Both, because an exception is made anew from them in another process.
        super().__init__(status, message)
        self.status = status
        self.message = message

    def __str__(self) -> str:
        return f"{self.status}: {self.message}"


class Hub:
    """The hub, opened with one token."""

    def __init__(self, token: str) -> None:
        self._token = token

    def finish(self, provider: str | None, credentials: Mapping[str, str] | None) -> str:
        """Choose, fill in, press Connect, allow; the account id that the hub reports."""
        existing = self._call("GET", "settings")["existing_account_id"]
        integration, form = self._chosen(provider)
        typed = _filled(form) if credentials is None else dict(credentials)
        if _needs_consent(form):
            return self._consented(integration, typed)
        body = {"integration_id": integration["integration_id"], "credentials": typed}
        if existing:
            self._call("PATCH", f"accounts/{existing}", body)
            return str(existing)
        return str(self._call("POST", "accounts", body)["id"])

    def deny(self, provider: str | None) -> None:
        """Choose, then refuse on the provider's consent page."""
        integration, form = self._chosen(provider)
        if not _needs_consent(form):
            raise ValueError(f"{integration['name']} has a form and needs no consent.")
        attempts.deny(self._open_consent(integration, _filled(form)))

    def _chosen(self, provider: str | None) -> tuple[dict[str, Any], dict[str, Any]]:
        query = urlencode({"provider": provider}) if provider else ""
        offered = self._call("GET", f"connectors?{query}")["integrations"]
        if len(offered) != 1:
            names = ", ".join(item["provider"] for item in offered)
            raise ValueError(
                f"Pass a provider: {names}." if offered else f"{provider} is not available here."
            )
        form = self._call("GET", f"connectors/{offered[0]['integration_id']}")["config"]
        return offered[0], form

    def _consented(self, integration: Mapping[str, Any], typed: Mapping[str, str]) -> str:
        attempt = self._open_consent(integration, typed)
        _with_hub_errors(lambda: attempts.allow(attempt))
        return str(self._call("GET", f"connection_attempts/{attempt.pk}")["account"]["id"])

    def _open_consent(
        self, integration: Mapping[str, Any], typed: Mapping[str, str]
    ) -> ConnectionAttempt:
        """Open the popup up to its two buttons, without rendering it.

        The page would be rendered with the host's templates and context processors.
        """
        key = self._call("POST", "connection_attempts", {"token": self._token})["id"]
        attempt = ConnectionAttempt.objects.select_related("session").get(pk=key)

        def open_popup() -> None:
            connector = linking.connector(attempt.session, integration["integration_id"])
            account = linking.account_for(attempt.session, connector.provider)
            filled = forms.read(connector, typed)
            filled.check({*account.setup, *account.secret_tails} if account else ())
            attempts.open_consent(attempt, connector, filled)

        _with_hub_errors(open_popup)
        return attempt

    def _call(self, method: str, path: str, body: Mapping[str, Any] | None = None) -> Any:
        sent = b"" if body is None else json.dumps(body).encode()
        response = call(method, f"/hub/{path}", sent, {"x-hub-session-token": self._token})
        if response.status_code >= 400:  # noqa: PLR2004 - HTTP's own number
            raise HubRefusedError(response.status_code, _message(response.content))
        return json.loads(response.content) if response.content else None


def _needs_consent(form: Mapping[str, Any]) -> bool:
    return form.get("grantType") == "authorization_code"


def _filled(form: Mapping[str, Any]) -> dict[str, str]:
    """A valid value for every field: its first option, its placeholder, or a default."""
    return {
        item["key"]: item["options"][0]["value"]
        if item.get("options")
        else item["placeholder"] or _DEFAULTS[item["type"]]
        for item in form["configFields"]
    }


def valid_credentials(provider: str) -> dict[str, str]:
    """A valid value for every field of a provider's form; empty for an unknown provider."""
    connector = BY_PROVIDER.get(provider)
    return {} if connector is None else _filled(serializers.connector_config(connector))


def _with_hub_errors(action: Any) -> None:
    try:
        action()
    except RefusedError as refused:
        raise HubRefusedError(refused.status, str(refused)) from None


def _message(content: bytes) -> str:
    """StackOne's message. It never contains the credentials."""
    try:
        body = json.loads(content)
    except ValueError:
        return "no JSON"
    return " ".join([str(body.get("message", "")), *body.get("errors", [])]).strip()

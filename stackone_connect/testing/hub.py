"""What a person does in StackOne's hub, with the calls that the hub would make (hub §1, §2)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from stackone_connect.sandbox import attempts, forms, linking
from stackone_connect.sandbox.errors import RefusedError
from stackone_connect.sandbox.models import ConnectionAttempt
from stackone_connect.testing.visits import visit

#: What is typed where a form says nothing of what it expects.
_TYPED = {"text": "acme", "password": "a-customers-secret", "number": "50"}


class HubRefusedError(Exception):
    """The hub would show this instead of success; ``status`` is StackOne's."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(f"{status}: {message}")
        self.status = status


class Hub:
    """The hub as it is opened with one token."""

    def __init__(self, token: str) -> None:
        self._token = token

    def finish(self, provider: str | None, credentials: Mapping[str, str] | None) -> str:
        """Choose, fill in, press Connect, allow; the id that the hub reports."""
        existing = self._call("GET", "settings")["existing_account_id"]
        integration, form = self._chosen(provider)
        typed = _filled(form) if credentials is None else dict(credentials)
        if _asks_for_consent(form):
            return self._consented(integration, typed)
        body = {"integration_id": integration["integration_id"], "credentials": typed}
        if existing:
            self._call("PATCH", f"accounts/{existing}", body)
            return str(existing)
        return str(self._call("POST", "accounts", body)["id"])

    def deny(self, provider: str | None) -> None:
        """Choose, and then refuse the provider's consent page."""
        integration, form = self._chosen(provider)
        if not _asks_for_consent(form):
            raise ValueError(f"{integration['name']} has a form and asks for no consent.")
        attempts.deny(self._asked(integration, _filled(form)))

    def _chosen(self, provider: str | None) -> tuple[dict[str, Any], dict[str, Any]]:
        query = urlencode({"provider": provider}) if provider else ""
        offered = self._call("GET", f"connectors?{query}")["integrations"]
        if len(offered) != 1:
            names = ", ".join(item["provider"] for item in offered)
            raise ValueError(
                f"Say which provider: {names}." if offered else f"{provider} is not offered here."
            )
        form = self._call("GET", f"connectors/{offered[0]['integration_id']}")["config"]
        return offered[0], form

    def _consented(self, integration: Mapping[str, Any], typed: Mapping[str, str]) -> str:
        attempt = self._asked(integration, typed)
        _as_shown(lambda: attempts.allow(attempt))
        return str(self._call("GET", f"connection_attempts/{attempt.pk}")["account"]["id"])

    def _asked(self, integration: Mapping[str, Any], typed: Mapping[str, str]) -> ConnectionAttempt:
        """The popup up to its two buttons. They are the provider's, so they are pressed directly:
        the page would be drawn with the host's templates and context processors.
        """
        key = self._call("POST", "connection_attempts", {"token": self._token})["id"]
        attempt = ConnectionAttempt.objects.select_related("session").get(pk=key)

        def ask() -> None:
            connector = linking.connector(attempt.session, integration["integration_id"])
            account = linking.account_for(attempt.session, connector.provider)
            filled = forms.read(connector, typed)
            filled.check({*account.setup, *account.secret_tails} if account else ())
            attempts.ask(attempt, connector, filled)

        _as_shown(ask)
        return attempt

    def _call(self, method: str, path: str, body: Mapping[str, Any] | None = None) -> Any:
        sent = b"" if body is None else json.dumps(body).encode()
        answer = visit(method, f"/hub/{path}", sent, {"x-hub-session-token": self._token})
        if answer.status_code >= 400:  # noqa: PLR2004
            raise HubRefusedError(answer.status_code, _message(answer.content))
        return json.loads(answer.content) if answer.content else None


def _asks_for_consent(form: Mapping[str, Any]) -> bool:
    return form.get("grantType") == "authorization_code"


def _filled(form: Mapping[str, Any]) -> dict[str, str]:
    """Something right in every field of a form: its first option, its placeholder, or a word."""
    return {
        item["key"]: item["options"][0]["value"]
        if item.get("options")
        else item["placeholder"] or _TYPED[item["type"]]
        for item in form["configFields"]
    }


def _as_shown(press: Any) -> None:
    try:
        press()
    except RefusedError as refused:
        raise HubRefusedError(refused.status, str(refused)) from None


def _message(content: bytes) -> str:
    """StackOne's sentence. It never holds what was typed."""
    try:
        body = json.loads(content)
    except ValueError:
        return "no JSON"
    return " ".join([str(body.get("message", "")), *body.get("errors", [])]).strip()

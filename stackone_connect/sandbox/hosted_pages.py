"""The page behind ``auth_link_url``: StackOne's hub, or plain pages where its script is missing.

The plain pages need no script, so the flow can be completed on a machine without Node.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby

from django.contrib.staticfiles import finders
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse

from stackone_connect.sandbox import attempts, forms, linking, oauth_pages
from stackone_connect.sandbox.catalogue import Connector, Field
from stackone_connect.sandbox.errors import RefusedError
from stackone_connect.sandbox.models import Account, ConnectSession
from stackone_connect.sandbox.sessions import live_session

#: The static file that is ``dist/webcomponent.js`` of StackOne's hub, where the project has it.
HUB_SCRIPT = "vendor/stackone-hub.js"
_PREFIX = "field-"


@dataclass(frozen=True)
class Input:
    """A field as it is rendered; a secret is rendered without its value."""

    field: Field
    value: str
    problem: str
    kept: bool
    tail: str

    @property
    def name(self) -> str:
        return f"{_PREFIX}{self.field.key}"

    @property
    def must_be_filled(self) -> bool:
        return self.field.required and not self.kept


@dataclass(frozen=True)
class HostedSession:
    """A live session with its token, of which the database has only the digest."""

    session: ConnectSession
    token: str

    @classmethod
    def from_token(cls, token: str) -> HostedSession:
        """Raises ``RefusedError`` (401)."""
        return cls(live_session(token), token)

    @property
    def offered(self) -> list[Connector]:
        """As the hub: inactive ones are hidden, but can be edited (StackOne notes §20.1, §20.2)."""
        editing = linking.account_in_edit_mode(self.session) is not None
        return [item for item in linking.connectors(self.session) if item.active or editing]


def show(request: HttpRequest) -> HttpResponse:
    """``GET``: the hub, or else the list of connectors, or the form of the one there is."""
    hosted = HostedSession.from_token(request.GET.get("token", ""))
    if "plain" not in request.GET and finders.find(HUB_SCRIPT):
        return _hub(request, hosted)
    chosen = request.GET.get("connector", "")
    if chosen:
        return _form(request, hosted, linking.connector(hosted.session, chosen))
    if len(hosted.offered) == 1:
        return _form(request, hosted, hosted.offered[0])
    by_category = sorted(hosted.offered, key=lambda connector: connector.categories[0])
    groups = [(key, list(of)) for key, of in groupby(by_category, lambda c: c.categories[0])]
    context = {"hosted": hosted, "groups": groups}
    return render(request, "stackone_sandbox/connectors.html", context)


def submit(request: HttpRequest) -> HttpResponse:
    """``POST``: link the account, or go on to the consent page."""
    hosted = HostedSession.from_token(request.POST.get("token", ""))
    connector = linking.connector(hosted.session, request.POST.get("connector", ""))
    values = {
        field.key: request.POST.get(f"{_PREFIX}{field.key}", "") for field in connector.fields
    }
    try:
        if connector.uses_popup:
            attempt = attempts.start(hosted.session)
            return oauth_pages.render_consent(request, connector, attempt, values)
        linking.link(hosted.session, connector, forms.read(connector, values))
    except RefusedError as refused:
        if not refused.problems:
            raise
        page = _form(request, hosted, connector, values=values, problems=refused.problems)
        page.status_code = refused.status
        return page
    context = {"outcome": "connected", "connector": connector}
    return render(request, "stackone_sandbox/answered.html", context)


def _hub(request: HttpRequest, hosted: HostedSession) -> HttpResponse:
    context = {
        "hosted": hosted,
        "script": HUB_SCRIPT,
        "base_url": reverse("stackone_sandbox:hosted").removesuffix("/embedded/integrations"),
        "account": linking.account_in_edit_mode(hosted.session),
    }
    return render(request, "stackone_sandbox/hub.html", context)


def _form(
    request: HttpRequest,
    hosted: HostedSession,
    connector: Connector,
    *,
    values: dict[str, str] | None = None,
    problems: dict[str, str] | None = None,
) -> HttpResponse:
    """The form; after a refusal with the values typed and the problems, both by field key."""
    values, problems = values or {}, problems or {}
    account = linking.account_for(hosted.session, connector.provider)
    context = {
        "hosted": hosted,
        "connector": connector,
        "account": account,
        "inputs": [_input(field, account, values, problems) for field in connector.fields],
        "problems": [(f"{_PREFIX}{key}", problem) for key, problem in problems.items()],
    }
    return render(request, "stackone_sandbox/form.html", context)


def _input(
    field: Field, account: Account | None, values: dict[str, str], problems: dict[str, str]
) -> Input:
    setup = account.setup if account else {}
    tails = account.secret_tails if account else {}
    return Input(
        field=field,
        value="" if field.secret else values.get(field.key, setup.get(field.key, "")),
        problem=problems.get(field.key, ""),
        kept=field.key in tails,
        tail=tails.get(field.key, ""),
    )

"""The sandbox's connectors: their forms and their categories.

Keys and categories are StackOne's (StackOne notes §1.1), the forms are like the real ones, the
logos are plain lettermarks.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from django.templatetags.static import static

#: Every category of the newest specification (StackOne notes §1.1).
CATEGORIES = (
    "ats",
    "hris",
    "hris-legacy",
    "crm",
    "iam",
    "marketing",
    "lms",
    "stackone",
    "documents",
    "ticketing",
    "screening",
    "messaging",
    "accounting",
    "scheduling",
)


@dataclass(frozen=True, kw_only=True)
class Field:
    """One input of a connector's form; ``options`` are (value, label) pairs of a select."""

    key: str
    label: str
    type: str = "text"
    required: bool = True
    placeholder: str = ""
    description: str = ""
    options: tuple[tuple[str, str], ...] = ()
    #: ``html-pattern``: a regular expression; ``domain``: a name that must stand before ``.com``.
    validation: tuple[str, str] | None = None
    error: str = ""

    @property
    def secret(self) -> bool:
        return self.type == "password"

    def accepts(self, value: str) -> bool:
        """The rules the hub applies before it enables Connect (StackOne notes §20.1)."""
        if self.type == "select":
            return value in dict(self.options)
        if self.type == "number":
            return value.isdecimal()
        if self.validation is None:
            return True
        kind, pattern = self.validation
        return re.search(rf"{pattern}\.com" if kind == "domain" else pattern, value) is not None


@dataclass(frozen=True, kw_only=True)
class Connector:
    """A provider with the one connector profile through which it can be linked."""

    provider: str
    name: str
    categories: tuple[str, ...]
    fields: tuple[Field, ...] = ()
    active: bool = True
    #: ``custom`` (a form), ``authorization_code`` (a popup) or ``client_credentials`` (a form).
    grant: str = "custom"
    guide: str = ""
    notice: str = ""
    version: str = "1.0.0"
    environment: str = "production"

    @property
    def integration_id(self) -> str:
        """What the hub calls it by; also its connector profile's id (StackOne notes §1.1)."""
        return f"sandbox-{self.provider}"

    @property
    def uses_popup(self) -> bool:
        return self.grant == "authorization_code"

    @property
    def auth_config_key(self) -> str:
        return "custom" if self.grant == "custom" else "oauth2"

    @property
    def logo(self) -> str:
        return static(f"stackone_sandbox/logos/{self.provider}.svg")


_SUBDOMAIN = ("html-pattern", r"^[a-z0-9][a-z0-9-]*$")
_SUBDOMAIN_ERROR = "Use only the first part of the address: lower-case letters, digits, hyphens"

CONNECTORS = (
    Connector(
        provider="bamboohr",
        name="BambooHR",
        categories=("hris",),
        guide="Create the API key in BambooHR under your name, API Keys.",
        fields=(
            Field(
                key="subdomain",
                label="Subdomain",
                placeholder="acme",
                description="The first part of the address at which you sign in to BambooHR.",
                validation=_SUBDOMAIN,
                error=_SUBDOMAIN_ERROR,
            ),
            Field(key="api_key", label="API key", type="password"),
        ),
    ),
    Connector(
        provider="gusto",
        name="Gusto",
        categories=("hris",),
        grant="authorization_code",
        guide="You will be asked to sign in to Gusto in a new window.",
    ),
    Connector(
        provider="personio",
        name="Personio",
        categories=("hris", "ats"),
        grant="client_credentials",
        guide="Create the credentials in Personio under Settings, Integrations, API credentials.",
        fields=(
            Field(key="client_id", label="Client ID"),
            Field(key="client_secret", label="Client secret", type="password"),
            Field(
                key="page_size",
                label="Employees per request",
                type="number",
                required=False,
                placeholder="50",
            ),
        ),
    ),
    Connector(
        provider="workday",
        name="Workday",
        categories=("hris",),
        notice="The integration user needs access to workers, organizations and time off.",
        fields=(
            Field(
                key="host",
                label="Web services address",
                placeholder="https://wd5-services1.myworkday.com",
                validation=("domain", "myworkday"),
                error="Enter the address of your Workday web services, on myworkday.com",
            ),
            Field(key="tenant", label="Tenant", placeholder="acme"),
            Field(
                key="region",
                label="Data center",
                type="select",
                options=(("us", "United States"), ("eu", "Europe"), ("ca", "Canada")),
            ),
            Field(key="username", label="Integration user", placeholder="ISU_StackOne"),
            Field(key="password", label="Password", type="password"),
        ),
    ),
    Connector(
        provider="greenhouse",
        name="Greenhouse",
        categories=("ats",),
        guide="Create a Harvest key in Greenhouse under Configure, Dev Center.",
        fields=(
            Field(key="api_key", label="Harvest API key", type="password"),
            Field(
                key="on_behalf_of",
                label="On behalf of",
                required=False,
                placeholder="4035",
                description="The Greenhouse user id that changes are made as.",
            ),
        ),
    ),
    Connector(
        provider="lever",
        name="Lever",
        categories=("ats",),
        fields=(
            Field(
                key="environment",
                label="Environment",
                type="select",
                options=(("production", "Production"), ("sandbox", "Sandbox")),
            ),
            Field(key="api_key", label="API key", type="password"),
        ),
    ),
    Connector(
        provider="teamtailor",
        name="Teamtailor",
        categories=("ats",),
        active=False,
        fields=(Field(key="api_key", label="API key", type="password"),),
    ),
    Connector(
        provider="googledrive",
        name="Google Drive",
        categories=("documents",),
        grant="authorization_code",
        fields=(
            Field(
                key="domain",
                label="Workspace domain",
                placeholder="acme.example",
                description="Only files of this domain will be read.",
            ),
        ),
    ),
    Connector(
        provider="hubspot",
        name="HubSpot",
        categories=("crm", "marketing"),
        grant="authorization_code",
        guide="You will be asked to sign in to HubSpot in a new window.",
    ),
)

BY_PROVIDER = {connector.provider: connector for connector in CONNECTORS}

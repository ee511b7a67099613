"""The host shapes: what kinds of Django project the core suite runs in."""

from __future__ import annotations

from dataclasses import dataclass
from importlib import import_module
from types import ModuleType
from typing import Literal

_HOSTS = "tests.shapes.hosts"


@dataclass(frozen=True, kw_only=True)
class Shape:
    """One kind of host project: its settings module, and what is different about it in a sentence.

    ``needs`` says what that host has to do beside the settings of ours that its module sets.
    ``server`` is what its requests come in through; ``postgresql`` whether the runs on PostgreSQL
    include it.
    """

    name: str
    differs: str
    host: str = f"{_HOSTS}.crm.host.Crm"
    needs: str = ""
    signs_in_by: Literal["session", "token"] = "session"
    server: Literal["wsgi", "asgi"] = "wsgi"
    postgresql: bool = False

    @property
    def settings_module(self) -> str:
        return f"tests.shapes.settings.{self.name}"

    @property
    def settings(self) -> ModuleType:
        """The settings as written, without Django's defaults."""
        return import_module(self.settings_module)


SHAPES = (
    Shape(
        name="plain",
        differs="A user model of the host's own with a foreign key `organization`.",
    ),
    Shape(
        name="late_tenants",
        differs=(
            "The tenant model came in its app's second migration, and that app's label sorts "
            "after ours."
        ),
        host=f"{_HOSTS}.tenants.host.Tenants",
        postgresql=True,
    ),
    Shape(
        name="uuid_keys",
        differs="Organizations and users have UUID keys.",
        host=f"{_HOSTS}.workspaces.host.Workspaces",
        postgresql=True,
    ),
    Shape(
        name="several_by_session",
        differs="Users are members of several organizations; the session says which one counts.",
        host=f"{_HOSTS}.teams.host.TeamsBySession",
        needs="A resolver that checks the membership: the browser may say any id.",
    ),
    Shape(
        name="several_by_header",
        differs=(
            "Users are members of several organizations; they sign in by token, and a header says "
            "which one counts."
        ),
        host=f"{_HOSTS}.teams.host.TeamsByHeader",
        needs="A resolver that checks the membership: the client may say any id.",
        signs_in_by="token",
    ),
    Shape(
        name="email_users",
        differs=(
            "Users have an e-mail address and no user name; organizations have no field `name`."
        ),
        host=f"{_HOSTS}.people.host.People",
        needs=(
            "A `__str__` that names the organization, or `OWNER_NAME`. StackOne is told the "
            "address as user name; set `ORIGIN_USERNAME` if it should not be."
        ),
    ),
    Shape(
        name="one_to_one",
        differs="The organization points to its one user; `user.organization` is the way back.",
        host=f"{_HOSTS}.studios.host.Studios",
    ),
    Shape(
        name="drf_defaults",
        differs=(
            "Every default of REST framework but authentication is changed, and the mount is a "
            "namespace of the host's own."
        ),
    ),
    Shape(
        name="atomic_requests",
        differs="`ATOMIC_REQUESTS`: every request of the host runs in a transaction.",
        postgresql=True,
    ),
    Shape(
        name="login_required",
        differs="`LoginRequiredMiddleware`: every view of the host asks for a sign-in.",
    ),
    Shape(
        name="script_prefix",
        differs="`FORCE_SCRIPT_NAME`: the project is served below a path of another one.",
    ),
    Shape(
        name="german",
        differs="German, with its number format, `LocaleMiddleware` and Berlin's time zone.",
    ),
    Shape(
        name="language_prefix",
        differs="As the one before, mounted in `i18n_patterns`.",
        needs="The page must use the address in its own language (`{% url %}` answers it).",
    ),
    Shape(
        name="naive_times",
        differs="`USE_TZ = False`, in a place that turns its clocks back.",
        needs="To know that our times are aware UTC all the same, also on the pages of the admin.",
        postgresql=True,
    ),
    Shape(
        name="two_databases",
        differs=(
            "A router keeps tenants, users and our tables on a second database; "
            "`ATOMIC_REQUESTS` on both."
        ),
        needs=(
            "The router must send `stackone_connect` to where the tenants and the users are, for "
            "reading, writing and migrating."
        ),
        postgresql=True,
    ),
    Shape(
        name="asgi",
        differs="Requests come in through Django's ASGI handler.",
        server="asgi",
    ),
)


def by_settings_module(module: str) -> Shape | None:
    """The shape whose settings these are; ``None`` for the settings of anything else."""
    return next((shape for shape in SHAPES if shape.settings_module == module), None)


def by_name(name: str) -> Shape:
    """The shape of that name. Raises ``KeyError`` for an unknown one."""
    return {shape.name: shape for shape in SHAPES}[name]

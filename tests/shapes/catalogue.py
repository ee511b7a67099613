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
    ``server`` is what its requests come in through; ``postgresql`` and ``mariadb`` whether the runs
    on these include it; ``only_on`` the one database that it runs on. ``packages`` are imported
    beside what the tests need. Of a shape whose ``suite`` is a flow only the main job and the
    host's own tools are run, since nothing there changes how we answer.
    """

    name: str
    differs: str
    host: str = f"{_HOSTS}.crm.host.Crm"
    needs: str = ""
    signs_in_by: Literal["session", "token"] = "session"
    server: Literal["wsgi", "asgi", "gevent"] = "wsgi"
    postgresql: bool = False
    mariadb: bool = False
    suite: Literal["core", "flow", "flow without admin"] = "core"
    only_on: str = ""
    packages: tuple[str, ...] = ()

    def runs_on(self, database: str) -> bool:
        """Whether a run on ``sqlite``, ``postgresql`` or ``mariadb`` includes it."""
        if self.only_on:
            return database == self.only_on
        return {"postgresql": self.postgresql, "mariadb": self.mariadb}.get(database, True)

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
        mariadb=True,
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
        mariadb=True,
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
        name="several_by_url",
        differs=(
            "Users are members of several organizations; the address of each page, and of our "
            "mount, says which one counts."
        ),
        host=f"{_HOSTS}.teams.host.TeamsByUrl",
        needs=(
            "A resolver that checks the membership: the browser may say any id. The webhook's "
            "address has an id in it too; any will do, it is not looked at."
        ),
        postgresql=True,
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
        mariadb=True,
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
    Shape(
        name="parent_of_tenants",
        differs=(
            "Tenants are deleted with the account that pays; some have a table of their own "
            "beside (multi-table inheritance); a base manager hides the closed ones."
        ),
        host=f"{_HOSTS}.holdings.host.Holdings",
        needs="To call `owners.offboard` before a tenant with connected accounts is deleted.",
        suite="flow",
        postgresql=True,
        mariadb=True,
    ),
    Shape(
        name="proxy_of_child",
        differs="The tenant model is a proxy of a model that inherits from another with a table.",
        host=f"{_HOSTS}.holdings.host.Holdings",
        needs="A resolver that leaves out closed tenants; nothing else stops their members.",
        suite="flow",
    ),
    Shape(
        name="organizations",
        differs="Tenants and memberships are django-organizations'.",
        host=f"{_HOSTS}.clubs.host.Clubs",
        needs=(
            "A resolver that leaves out organizations that are not active, and permission classes "
            "if only an admin of the organization may connect."
        ),
        suite="flow",
        packages=("organizations",),
    ),
    Shape(
        name="simplejwt",
        differs="Users sign in by JSON web token, with djangorestframework-simplejwt.",
        host=f"{_HOSTS}.tokens.host.JsonWebTokens",
        needs="A page that sends the token with each call; the element takes a session.",
        signs_in_by="token",
        suite="flow",
        packages=("rest_framework_simplejwt",),
    ),
    Shape(
        name="stateless_jwt",
        differs="The token is all there is of a user: `TokenUser` of simplejwt, no row.",
        host=f"{_HOSTS}.tokens.host.JsonWebTokens",
        needs="A resolver that reads a signed claim; `TokenUser.organization` is no model.",
        signs_in_by="token",
        suite="flow",
        packages=("rest_framework_simplejwt",),
    ),
    Shape(
        name="oauth_toolkit",
        differs=(
            "Tokens of the host's own OAuth server (django-oauth-toolkit), a machine's without a "
            "user included."
        ),
        host=f"{_HOSTS}.tokens.host.OAuthTokens",
        needs=(
            "A resolver that asks the token, and permission classes that ask for its scope: "
            "`IsAuthenticated` refuses a machine, which has no user."
        ),
        signs_in_by="token",
        suite="flow",
        packages=("oauth2_provider",),
    ),
    Shape(
        name="ninja",
        differs="The host's own API is django-ninja's; REST framework has no settings.",
        needs="Its own endpoints call `services.sessions` and `services.accounts`.",
        suite="flow",
        packages=("ninja",),
    ),
    Shape(
        name="unfold",
        differs="The admin wears django-unfold.",
        suite="flow",
        packages=("unfold",),
    ),
    Shape(
        name="jazzmin",
        differs="The admin wears django-jazzmin.",
        suite="flow",
        packages=("jazzmin",),
    ),
    Shape(
        name="guardian",
        differs="Permissions are given for single rows, with django-guardian.",
        suite="flow",
        packages=("guardian",),
    ),
    Shape(
        name="audited",
        differs=(
            "django-auditlog records every model of the site, and django-simple-history each of "
            "ours."
        ),
        needs=(
            "To know that these keep copies of our rows, which `owners.offboard` does not erase: "
            "leave ours out, or erase them yourself."
        ),
        suite="flow",
        packages=("auditlog", "simple_history"),
        postgresql=True,
    ),
    Shape(
        name="hijack",
        differs="Support works as a customer's user, with django-hijack.",
        needs=(
            "To know that a session is kept under the customer's name then; permission classes "
            "can refuse by `request.user.is_hijacked`."
        ),
        suite="flow",
        packages=("hijack",),
    ),
    Shape(
        name="axes",
        differs="Sign-ins that fail too often are locked out, with django-axes.",
        suite="flow",
        packages=("axes",),
    ),
    Shape(
        name="csp",
        differs="A strict content security policy for every page, with django-csp.",
        needs="What [the front end](frontend.md) asks of a policy, on the page with the button.",
        suite="flow",
        packages=("csp",),
    ),
    Shape(
        name="schemas_own_users",
        differs="A PostgreSQL schema for each tenant (django-tenants), with the tenant's users.",
        host=f"{_HOSTS}.schemas.host.Schemas",
        needs="[django-tenants](django-tenants.md): ours in `SHARED_APPS`, and where to deliver.",
        suite="flow",
        packages=("django_tenants",),
        only_on="postgresql",
    ),
    Shape(
        name="schemas_shared_users",
        differs="A PostgreSQL schema for each tenant (django-tenants); all users are public.",
        host=f"{_HOSTS}.schemas.host.SharedUsers",
        needs="As before, and a resolver that checks the membership.",
        suite="flow",
        packages=("django_tenants",),
        only_on="postgresql",
    ),
    Shape(
        name="token_only",
        differs=(
            "REST framework's default is token-only; the page with the button signs in by session."
        ),
    ),
    Shape(
        name="no_admin",
        differs="No admin, no messages, no static files: an API, and our page.",
        suite="flow without admin",
    ),
    Shape(
        name="read_replica",
        differs="A router reads from a replica that is behind, as Django's example does.",
        needs="Nothing: what decides is read where it was written.",
        suite="flow",
        postgresql=True,
    ),
    Shape(
        name="gevent",
        differs="The process is patched by gevent, as gunicorn's gevent worker is.",
        server="gevent",
        suite="flow",
        packages=("gevent",),
        postgresql=True,
    ),
    Shape(
        name="add_ons",
        differs=(
            "debug-toolbar, silk, djangorestframework-camel-case, a cache for whole pages, sites "
            "and flatpages on every request; no `APPEND_SLASH`."
        ),
        needs="Nothing; but silk keeps bodies, tokens included: leave it out where it is kept.",
        suite="flow",
        packages=("debug_toolbar", "silk", "djangorestframework_camel_case"),
    ),
    Shape(
        name="pooled",
        differs=(
            "A psycopg pool, and what a transaction pooler such as PgBouncer asks for: no prepared "
            "statements, no server-side cursors."
        ),
        suite="flow",
        only_on="postgresql",
        packages=("psycopg_pool",),
    ),
    Shape(
        name="natural_keys",
        differs=(
            "Tenants have a text as primary key, and users point to another unique column "
            "(`to_field`)."
        ),
        host=f"{_HOSTS}.places.host.Places",
        needs=(
            "An `OWNER_ID` of at most 255 characters that never returns: a key that a former "
            "tenant had is refused until staff allows it."
        ),
        postgresql=True,
        mariadb=True,
    ),
)


def by_settings_module(module: str) -> Shape | None:
    """The shape whose settings these are; ``None`` for the settings of anything else."""
    return next((shape for shape in SHAPES if shape.settings_module == module), None)


def by_name(name: str) -> Shape:
    """The shape of that name. Raises ``KeyError`` for an unknown one."""
    return {shape.name: shape for shape in SHAPES}[name]

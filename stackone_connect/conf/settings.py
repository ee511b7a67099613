"""The keys of ``STACKONE_CONNECT`` that hold for the whole site, each declared once.

Those of one StackOne project are declared in :mod:`stackone_connect.conf.projects`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from stackone_connect.conf import rules
from stackone_connect.conf.fields import REQUIRED, declarations, setting
from stackone_connect.conf.projects import PROJECT_SETTINGS, Project

CallableOrPath = Callable[..., Any] | str

DEFAULT_PERMISSIONS = dict.fromkeys(rules.ACTIONS, "rest_framework.permissions.IsAuthenticated")


@dataclass(frozen=True, kw_only=True)
class Settings:
    """The dict's values under their names in lower case. Times are in seconds unless named so.

    A callable may be given as itself or as a dotted path; secrets are kept out of ``repr``.
    """

    organization_model: str = setting(
        REQUIRED,
        rules.MODEL_LABEL,
        "Your tenant model. Each of its rows gets one owner at StackOne. Changing it after "
        "migrating needs [care](checks.md#the-tenant-model-was-changed).",
        section="Whose accounts",
    )
    organization_migration: str | None = setting(
        None,
        rules.MIGRATION_OR_NONE,
        "The migration that makes your tenant model's table, where that is not the first of its "
        "app. Ours then waits for it.",
    )
    organization_resolver: CallableOrPath = setting(
        "stackone_connect.tenancy.organization_from_user",
        rules.CALLABLE,
        "Takes the request and returns the organization it acts for, or `None` for nobody (403 "
        "`no_organization`). The default reads `request.user.organization`. It must check all that "
        "your own pages check: that the user is a member, and that the organization is neither "
        "closed nor soft-deleted; nothing of ours looks at that. The result may be lazy "
        "(`SimpleLazyObject`); the user may be `None` where a token has none, with the token in "
        "`request.auth`.",
    )
    owner_id: CallableOrPath = setting(
        "stackone_connect.tenancy.default_owner_id",
        rules.CALLABLE,
        "Takes the organization and returns the id StackOne will know it by. Called once per "
        "organization; the id is then kept. The default is the primary key as a text.",
    )
    owner_name: CallableOrPath = setting(
        "stackone_connect.tenancy.default_owner_name",
        rules.CALLABLE,
        "Takes the organization and returns the name StackOne will know it by. Kept like the id, "
        "because a renamed organization could become a second account. The default is `name`, else "
        "`str()`; the owner id where both are blank.",
    )
    origin_username: CallableOrPath = setting(
        "stackone_connect.tenancy.default_origin_username",
        rules.CALLABLE,
        "Takes the user and returns how StackOne shows who connected; with `None`, StackOne gets "
        "no name. The default is `user.get_username()`, and no name for a principal without it.",
    )
    on_organization_delete: str = setting(
        rules.PROTECT,
        rules.ON_DELETE,
        'What happens when an organization is deleted: `"protect"` refuses while accounts are '
        'connected, and says that `owners.offboard` disconnects them; `"disconnect"` lets it go, '
        "and `stackone_process` disconnects its accounts. Without connected accounts nothing "
        "prevents the deletion, whatever else is wrong in the settings; while they can't be used, "
        "any connected account protects.",
    )
    projects: Mapping[str, Project] = setting(
        {},
        rules.PROJECTS,
        "Several StackOne projects (regions, brands): their names, each with its own `API_KEY` and "
        "`WEBHOOK_SECRETS`, and where they differ `BASE_URL` and `ACCOUNT_TYPE`. A key and secrets "
        "at the top do not count then. See [projects](projects.md). Without it there is one, "
        "called `default`.",
        section="StackOne",
        shown_default="`None`",
        secret=True,
    )
    project_of: CallableOrPath | None = setting(
        None,
        rules.CALLABLE_OR_NONE,
        "Takes the organization and returns the name of its project. Called once per organization; "
        "the name is then kept. Required with more than one project.",
    )
    connect_timeout: float = setting(
        3, rules.SECONDS, "How long setting up one connection may take."
    )
    read_timeout: float = setting(
        8, rules.SECONDS, "How long StackOne may be silent within one response."
    )
    deadline: float = setting(
        12,
        rules.SECONDS,
        "How long one request of yours may take at StackOne altogether: all its calls, with their "
        "retries, however slowly a response arrives.",
    )
    max_concurrent_calls: int | None = setting(
        4,
        rules.NUMBER_OR_NONE,
        "How many requests of one process may be at StackOne at once, so that the rest of your "
        "site keeps its threads. One more waits while StackOne answers, and gets a 503 at once "
        "while StackOne hangs. `None` is no limit. Commands and queues are not limited.",
    )
    session_lifetime: int = setting(
        rules.DEFAULT_LIFETIME,
        rules.LIFETIME,
        "How long a session's token lives. The browser may ask for less and never for more.",
        section="Sessions",
    )
    max_session_lifetime: int = setting(
        rules.DEFAULT_MAX_LIFETIME,
        rules.LIFETIME,
        "The most that your own code and the command may ask for, such as for a link that support "
        "sends by e-mail.",
    )
    client_fields: tuple[str, ...] = setting(
        rules.CLIENT_FIELDS,
        rules.FIELD_NAMES,
        "What the browser may choose of a session. `metadata` and `connector_profile_id` can be "
        "added; owner fields can't.",
    )
    allow_multiple: bool = setting(
        False,
        rules.FLAG,
        "Whether an organization may ask for a second account of a provider it has already "
        "connected.",
    )
    providers: tuple[str, ...] | None = setting(
        None,
        rules.NAMES_OR_NONE,
        "The providers you offer. With a list, a session must name one of them, unless it is for "
        "an account that exists.",
    )
    categories: tuple[str, ...] | None = setting(
        None,
        rules.NAMES_OR_NONE,
        "The categories you offer. With a list, a session that names none is limited to all of "
        "these.",
    )
    session_defaults: CallableOrPath | None = setting(
        None,
        rules.CALLABLE_OR_NONE,
        "Takes the organization and the user (`None` for nobody) and returns fields of StackOne's "
        "that you decide. They win over what the caller asked; fields that we do not know are "
        "passed on as they are. The owner, the user name, `type` and `provider_version` can't be "
        "set.",
    )
    expose_auth_link: bool = setting(
        False,
        rules.FLAG,
        "Whether the browser gets `auth_link_url` too: the address of StackOne's own page, which "
        "works for anybody who has it.",
    )
    permission_classes: Mapping[str, Any] = setting(
        DEFAULT_PERMISSIONS,
        rules.PERMISSIONS,
        'REST framework permission classes, one or a list, for `"read"`, `"connect"` and '
        '`"disconnect"`. A check warns until you have decided on the last two.',
        section="Who may, and how often",
        shown_default="`IsAuthenticated` for each",
    )
    authentication_classes: tuple[Any, ...] | None = setting(
        None,
        rules.CLASSES_OR_NONE,
        "REST framework authentication classes of our views alone. `None` takes those of your "
        "`REST_FRAMEWORK`. Where these are token-only and your pages sign in by session: "
        '`["rest_framework.authentication.SessionAuthentication"]`; the rest of your API stays '
        "closed to cookies.",
    )
    throttle_rate: str | None = setting(
        "30/min",
        rules.RATE_OR_NONE,
        "How many calls that reach StackOne one organization may cause, per `s`, `min`, `hour` or "
        "`day`, in any stretch of that length (the window slides). `None` is no limit. Counted in "
        "the default cache: exactly in Redis and memcached; in files or the database workers that "
        "count at once lose calls to each other, and in memory each process counts apart "
        "(`stackone_connect.W004`). A cache that fails, or does not answer within 2 s, is not "
        "asked for 5 s, and for up to a minute while it goes on failing; meanwhile nothing is "
        "limited. `throttle.cache_failed` is logged once for it. See "
        "[when the cache fails](production.md#when-the-cache-fails).",
    )
    pages_base_template: str = setting(
        "stackone_connect/base.html",
        rules.TEMPLATE,
        "The template that the shipped [pages](pages.md) extend: your own base, with the blocks "
        "`title` and `content`. The default is a plain page of ours.",
        section="Pages",
    )
    background: CallableOrPath = setting(
        "inline",
        rules.INLINE_OR_CALLABLE,
        'Who does the work that an event asks for: `"inline"` is this worker, once the response '
        "has been sent; a callable `enqueue(job, **ids)` hands it to your queue.",
        section="Webhooks, work and keeping",
    )
    session_retention_days: int = setting(
        365, rules.DAYS, "How long `stackone_prune` leaves the history of sessions."
    )
    webhook_retention_days: int = setting(
        90, rules.DAYS, "How long `stackone_prune` leaves webhook events."
    )


SETTINGS = declarations(Settings) | PROJECT_SETTINGS
#: Keys whose values are no secrets. What is under any other key may be one, also a mistyped one.
PLAIN_KEYS = frozenset(key for key, declared in SETTINGS.items() if not declared.is_secret)

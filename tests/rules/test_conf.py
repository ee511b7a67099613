"""The one dict, key by key: what it may hold, and the message for what it may not."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields
from enum import Enum
from typing import Any

import pytest
from django.test import override_settings
from hypothesis import given
from hypothesis import strategies as st
from pytest_django import Settings

from example_project.accounts.models import Organization
from stackone_connect import conf, tenancy
from stackone_connect.conf import rules, validation
from stackone_connect.conf.settings import PLAIN_KEYS, SETTINGS
from stackone_connect.exceptions import ConfigurationError

REQUIRED = [key for key, declared in SETTINGS.items() if declared.is_required]
LEAST = {"ORGANIZATION_MODEL": "accounts.Organization", "API_KEY": "the-key"}

GOOD: dict[str, list[Any]] = {
    "ORGANIZATION_MODEL": ["crm.Company"],
    "ORGANIZATION_MIGRATION": [None, "0003_company"],
    "ORGANIZATION_RESOLVER": ["crm.tenants.resolve", len],
    "OWNER_ID": ["crm.tenants.owner_id", str],
    "OWNER_NAME": ["crm.tenants.owner_name", str],
    "ORIGIN_USERNAME": ["crm.tenants.username", str],
    "API_KEY": ["v1.eu1.key", " v1.eu1.key\r\n", lambda: "v1.eu1.key"],
    "BASE_URL": ["https://api.stackone.com", "http://127.0.0.1:8000/sandbox/", "http://[::1]:80"],
    "CONNECT_TIMEOUT": [0.5, 3],
    "READ_TIMEOUT": [0.5, 8],
    "DEADLINE": [0.5, 12],
    "MAX_CONCURRENT_CALLS": [None, 1, 4, 100],
    "ACCOUNT_TYPE": ["production", "test"],
    "PROJECTS": [None],
    "PROJECT_OF": [None, "crm.tenants.project", str],
    "ON_ORGANIZATION_DELETE": ["protect", "disconnect"],
    "SESSION_LIFETIME": [60, 1800],
    "MAX_SESSION_LIFETIME": [1800, 604800, 31_536_000_000],
    "CLIENT_FIELDS": [[], ("provider",), {"metadata", "connector_profile_id"}],
    "ALLOW_MULTIPLE": [True, False],
    "PROVIDERS": [None, ["bamboohr"], ("bamboohr",), {"bamboohr"}],
    "CATEGORIES": [None, ["hris"], ("hris",), {"hris"}],
    "SESSION_DEFAULTS": [None, "crm.tenants.defaults", dict],
    "EXPOSE_AUTH_LINK": [True, False],
    "PERMISSION_CLASSES": [{}, {"read": "a.B"}, {"connect": ["a.B", object]}],
    "AUTHENTICATION_CLASSES": [None, [], ["host.auth.Token"], (object, "host.auth.Session")],
    "THROTTLE_RATE": [None, "30/min", "1/s", "5/hour", "100/day"],
    "WEBHOOK_SECRETS": [[], ["one", "two"], ("one",), ["one\n"], lambda: ["one"]],
    "PAGES_BASE_TEMPLATE": ["base.html"],
    "BACKGROUND": ["inline", "crm.tasks.enqueue", print],
    "SESSION_RETENTION_DAYS": [1, 365, 365_000],
    "WEBHOOK_RETENTION_DAYS": [1, 90],
}

_NOT_CALLABLE: list[Any] = [None, "", "resolve", ".resolve", "crm.", "crm..x", "crm.a b", 7, []]
# What is meant to be no limit is beyond what databases and calendars hold.
_NOT_SECONDS: list[Any] = [None, 0, -1, "3", True, float("inf"), float("nan"), 86_401, 10**30]
_NOT_A_LIFETIME: list[Any] = [None, 59, 60.0, "1800", True, 31_536_000_001, 10**30]
_NOT_DAYS: list[Any] = [None, 0, -1, 1.5, "90", True, 365_001, 10**30]
_NOT_NAMES: list[Any] = [[], (), "hris", [""], [7], 7, {"hris": 1}, ["hris", " ats"], ["a/b"]]
_NOT_A_FLAG: list[Any] = [None, 0, 1, "yes"]

BAD: dict[str, list[Any]] = {
    "ORGANIZATION_MODEL": ["Company", "a.crm.Company", 7],
    "ORGANIZATION_MIGRATION": ["", "  ", 7],
    "ORGANIZATION_RESOLVER": _NOT_CALLABLE,
    "OWNER_ID": _NOT_CALLABLE,
    "OWNER_NAME": _NOT_CALLABLE,
    "ORIGIN_USERNAME": _NOT_CALLABLE,
    "API_KEY": ["  ", 7, ["key"], "a\nb", "'key'", '"key"', "a key", "a:key", "schlüssel", b"k"],
    "BASE_URL": [
        *(None, "", "api.stackone.com", "ftp://api.stackone.com", "https://", "http:///path"),
        *("https://key@api.stackone.com", "https://api.stackone.com?a=b", "https://a.test/#x"),
        *("https://a.test\n", "https://a b.test", "http://[::1", "http://a.test:port", 7),
        "http://a.test:0",
    ],
    "CONNECT_TIMEOUT": _NOT_SECONDS,
    "READ_TIMEOUT": _NOT_SECONDS,
    "DEADLINE": _NOT_SECONDS,
    "MAX_CONCURRENT_CALLS": [0, -1, 2.5, "4", True],
    "ACCOUNT_TYPE": [None, "", "PRODUCTION", "staging", ["test"]],
    "PROJECTS": [{}, [], "eu", {"": {}}, {"a b": {}}, {7: {}}, {"eu": None}, {"x" * 65: {}}],
    "PROJECT_OF": ["", "project", ".x", {}, 7],
    "ON_ORGANIZATION_DELETE": [None, "", "cascade", 7],
    "SESSION_LIFETIME": _NOT_A_LIFETIME,
    "MAX_SESSION_LIFETIME": _NOT_A_LIFETIME,
    "CLIENT_FIELDS": [None, "provider", ["origin_owner_id"], ["type"], [["provider"]]],
    "ALLOW_MULTIPLE": _NOT_A_FLAG,
    "PROVIDERS": _NOT_NAMES,
    "CATEGORIES": _NOT_NAMES,
    "SESSION_DEFAULTS": ["", "defaults", ".x", {}, 7],
    "EXPOSE_AUTH_LINK": _NOT_A_FLAG,
    "PERMISSION_CLASSES": [None, [], {"write": "a.B"}, {"read": None}, {"read": ["B"]}],
    "AUTHENTICATION_CLASSES": ["host.auth.Token", object, {"host.auth.Token"}, [1], [""], ["x"], 7],
    "THROTTLE_RATE": ["", "30", "30/", "/min", "0/min", "-1/min", "30/year", "x/min", 30],
    "WEBHOOK_SECRETS": [
        *(None, "one", [""], [None], 7, ["a\nb"], ["'one'"], ['"one'], ["\x00"]),
        # What an editor leaves in a file, or comes along from a page, and nobody can see.
        *(["\ufeffone"], ["one\u200b"], ["\u2060one"], ["o\xadne"], ["o\xa0ne"], ["one\u200e"]),
        *(["\u201cone\u201d"], ["\u2018one\u2019"], [b"one"], [bytearray(b"one")]),
    ],
    "PAGES_BASE_TEMPLATE": [None, "", " ", 7, ["base.html"]],
    "BACKGROUND": _NOT_CALLABLE,
    "SESSION_RETENTION_DAYS": _NOT_DAYS,
    "WEBHOOK_RETENTION_DAYS": _NOT_DAYS,
}


def kinds(given: object) -> list[tuple[str, str]]:
    return [(problem.kind, problem.key) for problem in validation.problems(given)]


def each(values: dict[str, list[Any]]) -> list[Any]:
    """A case for each value of each key."""
    return [
        pytest.param(key, value, id=f"{key}-{number}")
        for key, listed in values.items()
        for number, value in enumerate(listed)
    ]


def once_for_each_rule(values: dict[str, list[Any]]) -> list[Any]:
    """A case for each value of a rule, with the first key that has it; one for each other key."""
    tried: list[object] = []
    left = {}
    for key, listed in values.items():
        rule = SETTINGS[key].rule
        left[key] = listed[:1] if rule in tried else listed
        tried.append(rule)
    return each(left)


def test_every_setting_is_tried_with_good_and_bad_values() -> None:
    assert GOOD.keys() == BAD.keys() == SETTINGS.keys()


def test_every_field_is_a_declared_setting() -> None:
    names = [field.name for field in (*fields(conf.Settings), *fields(conf.Project))]
    assert sorted(names) == sorted(["name", *(each.name for each in SETTINGS.values())])


def test_only_keys_secrets_and_projects_may_hold_secrets() -> None:
    secret = {key for key, declared in SETTINGS.items() if declared.is_secret}
    assert secret == {"API_KEY", "WEBHOOK_SECRETS", "PROJECTS"} == SETTINGS.keys() - PLAIN_KEYS


def test_what_is_required_is_a_model_and_a_key() -> None:
    assert REQUIRED == ["ORGANIZATION_MODEL", "API_KEY"]


def test_the_least_is_a_model_and_a_key() -> None:
    assert validation.problems(LEAST) == []


@pytest.mark.parametrize(("key", "value"), each(GOOD))
def test_a_value_of_the_right_kind_is_no_problem(key: str, value: Any) -> None:
    assert validation.problems({**LEAST, key: value}) == []


@pytest.mark.parametrize(("key", "value"), once_for_each_rule(BAD))
def test_a_value_of_the_wrong_kind_is_a_problem_of_that_key(key: str, value: Any) -> None:
    assert kinds({**LEAST, key: value}) == [("invalid", key)]


@pytest.mark.parametrize("key", SETTINGS)
def test_the_message_on_a_wrong_value_says_what_it_must_be_and_never_the_value(key: str) -> None:
    [problem] = validation.problems({**LEAST, key: frozenset({"c4n4ry"})})
    assert SETTINGS[key].rule.must_be in problem.message
    assert "c4n4ry" not in problem.message


@pytest.mark.parametrize("key", REQUIRED)
@pytest.mark.parametrize("nothing", [None, ""])
def test_a_required_key_must_not_be_empty(key: str, nothing: Any) -> None:
    assert kinds({**LEAST, key: nothing}) == [("missing", key)]


@pytest.mark.parametrize("key", REQUIRED)
def test_a_required_key_must_be_there(key: str) -> None:
    assert kinds({k: v for k, v in LEAST.items() if k != key}) == [("missing", key)]


@pytest.mark.parametrize("key", ["api_key", "APIKEY", "", 7, None])
def test_a_key_that_is_not_ours_is_a_problem(key: Any) -> None:
    assert kinds({**LEAST, key: "value"}) == [("unknown", str(key))]


@pytest.mark.parametrize("given", [None, [], "x", 7])
def test_the_dict_itself_must_be_there(given: Any) -> None:
    assert kinds(given) == [("missing", rules.NAME)]


def test_every_problem_is_reported_at_once() -> None:
    found = kinds({"API_KEY": 7, "DEADLINE": 0, "TIMEOUT": 3})
    assert sorted(found) == [
        ("invalid", "API_KEY"),
        ("invalid", "DEADLINE"),
        ("missing", "ORGANIZATION_MODEL"),
        ("unknown", "TIMEOUT"),
    ]


def test_a_session_must_not_live_longer_than_the_longest() -> None:
    assert kinds({**LEAST, "SESSION_LIFETIME": 604801}) == [("invalid", "SESSION_LIFETIME")]
    assert kinds({**LEAST, "MAX_SESSION_LIFETIME": 1799}) == [("invalid", "SESSION_LIFETIME")]
    assert kinds({**LEAST, "SESSION_LIFETIME": 90, "MAX_SESSION_LIFETIME": 90}) == []


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.binary(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=5,
)


@given(st.dictionaries(st.sampled_from(sorted(SETTINGS)) | st.text(), ANYTHING))
def test_no_dict_whatever_makes_the_judging_of_it_fail(given_dict: dict[str, Any]) -> None:
    for problem in validation.problems({**LEAST, **given_dict}):
        assert problem.message.startswith(rules.NAME)


# --- Reading -------------------------------------------------------------------------------------


@override_settings(STACKONE_CONNECT=LEAST)
def test_what_is_not_set_has_the_documented_default() -> None:
    settings = conf.read()
    values = {
        name: getattr(settings, name)
        for name in (
            *("organization_migration", "connect_timeout", "read_timeout"),
            *("deadline", "max_concurrent_calls", "session_lifetime", "max_session_lifetime"),
            *("client_fields", "allow_multiple", "providers", "categories", "session_defaults"),
            *("expose_auth_link", "throttle_rate", "background", "project_of"),
            *("on_organization_delete", "session_retention_days", "webhook_retention_days"),
        )
    }
    [project] = settings.projects.values()
    assert (project.name, project.base_url) == ("default", "https://api.stackone.com")
    assert (project.account_type, project.webhook_secrets) == ("production", [])
    assert values == {
        "organization_migration": None,
        "connect_timeout": 3,
        "read_timeout": 8,
        "deadline": 12,
        "max_concurrent_calls": 4,
        "session_lifetime": 1800,
        "max_session_lifetime": 604800,
        "client_fields": (
            *("provider", "category", "categories", "account_id", "label", "multiple"),
            "expires_in",
        ),
        "allow_multiple": False,
        "providers": None,
        "categories": None,
        "session_defaults": None,
        "expose_auth_link": False,
        "throttle_rate": "30/min",
        "project_of": None,
        "on_organization_delete": "protect",
        "background": "inline",
        "session_retention_days": 365,
        "webhook_retention_days": 90,
    }


@override_settings(STACKONE_CONNECT=LEAST)
def test_the_default_callables_can_be_imported() -> None:
    settings = conf.read()
    for path in (
        *(settings.organization_resolver, settings.owner_id, settings.owner_name),
        settings.origin_username,
    ):
        assert callable(conf.resolve(path))


@override_settings(STACKONE_CONNECT={**LEAST, "PERMISSION_CLASSES": {"connect": ["crm.IsAdmin"]}})
def test_acts_whose_permissions_are_not_set_keep_the_default() -> None:
    assert conf.read().permission_classes == {
        "read": "rest_framework.permissions.IsAuthenticated",
        "connect": ["crm.IsAdmin"],
        "disconnect": "rest_framework.permissions.IsAuthenticated",
    }


class Word(str, Enum):  # noqa: UP042 - StrEnum's members print as their texts
    EU = "eu"
    PRODUCTION = "production"
    HRIS = "hris"


def test_a_member_of_an_enumeration_of_texts_is_its_text(configure: Callable[..., None]) -> None:
    configure(
        PROJECTS={Word.EU: {"API_KEY": "the-key"}},
        ACCOUNT_TYPE=Word.PRODUCTION,
        CATEGORIES=[Word.HRIS],
        PROJECT_OF=lambda organization: Word.EU,
    )
    project = conf.project("eu")
    assert project.is_ours("production")
    told = [project.name, *project.our_types, *(conf.read().categories or ())]
    assert {type(text) for text in told} == {str}
    assert tenancy.project_of(Organization()) == "eu"


@override_settings(STACKONE_CONNECT={**LEAST, "BASE_URL": "https://api.stackone.com/"})
def test_a_slash_at_the_end_of_the_address_does_not_matter() -> None:
    assert conf.project("default").base_url == "https://api.stackone.com"


def test_a_changed_setting_counts_at_once(configure: Callable[..., None]) -> None:
    assert conf.read().deadline == 12
    configure(DEADLINE=5)
    assert conf.read().deadline == 5
    with override_settings(STACKONE_CONNECT={**LEAST, "DEADLINE": 6}):
        assert conf.read().deadline == 6
    assert conf.read().deadline == 5


def test_reading_a_wrong_dict_says_what_is_wrong(configure: Callable[..., None]) -> None:
    configure(DEADLINE=0)
    with pytest.raises(ConfigurationError, match=r"\['DEADLINE'\] must be a number of seconds"):
        conf.read()


def test_reading_without_a_dict_says_so(settings: Settings) -> None:
    del settings.STACKONE_CONNECT
    with pytest.raises(ConfigurationError, match="STACKONE_CONNECT must be a dict"):
        conf.read()


def test_reading_the_same_dict_twice_gives_the_same_settings() -> None:
    assert conf.read() is conf.read()


@override_settings(
    STACKONE_CONNECT={**LEAST, "API_KEY": "c4n4ry-key", "WEBHOOK_SECRETS": ["c4n4ry-secret"]}
)
def test_the_settings_never_show_a_key_or_a_secret() -> None:
    project = conf.project("default")
    for shown in (repr(conf.read()), str(conf.read()), repr(project), repr(conf.projects())):
        assert "c4n4ry" not in shown
    assert project.api_key == "c4n4ry-key"
    assert project.webhook_secrets == ["c4n4ry-secret"]


def test_a_callable_key_is_asked_each_time_so_that_it_can_rotate(
    configure: Callable[..., None],
) -> None:
    keys = iter(["old", "new"])
    configure(API_KEY=lambda: next(keys))
    assert [conf.project("default").api_key, conf.project("default").api_key] == ["old", "new"]


@pytest.mark.parametrize("nothing", [None, "", "  ", 7])
def test_a_callable_that_gives_no_key_is_a_mistake_in_the_settings(
    configure: Callable[..., None], nothing: Any
) -> None:
    configure(API_KEY=lambda: nothing)
    with pytest.raises(ConfigurationError, match="gave no key"):
        _ = conf.project("default").api_key


def test_callable_secrets_are_asked_each_time(configure: Callable[..., None]) -> None:
    secrets = iter([["old"], ("old", "new")])
    configure(WEBHOOK_SECRETS=lambda: next(secrets))
    assert [conf.project("default").webhook_secrets, conf.project("default").webhook_secrets] == [
        ["old"],
        ["old", "new"],
    ]


@pytest.mark.parametrize("wrong", ["one-secret", [""], [None]])
def test_a_callable_that_gives_no_list_of_secrets_is_a_mistake_in_the_settings(
    configure: Callable[..., None], wrong: Any
) -> None:
    configure(WEBHOOK_SECRETS=lambda: wrong)
    with pytest.raises(ConfigurationError, match="must give a list of secrets"):
        _ = conf.project("default").webhook_secrets


# --- What models and callables need of it --------------------------------------------------------


def test_the_first_migration_depends_on_the_organizations_first(
    configure: Callable[..., None],
) -> None:
    configure(ORGANIZATION_MODEL="crm.Company")
    assert conf.organization_migration() == ("crm", "__first__")
    configure(ORGANIZATION_MIGRATION="0003_company")
    assert conf.organization_migration() == ("crm", "0003_company")


@pytest.mark.parametrize("label", [None, "Company", "a.crm.Company", 7])
def test_models_can_not_load_without_an_organization_model(
    configure: Callable[..., None], label: Any
) -> None:
    configure(ORGANIZATION_MODEL=label)
    with pytest.raises(ConfigurationError, match="must name your tenant model"):
        conf.organization_model()


def test_a_callable_is_given_as_itself_or_by_its_path() -> None:
    assert conf.resolve(len) is len
    assert conf.resolve("stackone_connect.conf.read") is conf.read


@pytest.mark.parametrize(
    ("path", "sentence"),
    [
        ("stackone_connect.nowhere.at_all", "can't be imported"),
        ("stackone_connect.conf.nothing", "can't be imported"),
        ("stackone_connect.conf.STACKONE_URL", "can't be called"),
    ],
)
def test_a_path_that_leads_to_nothing_callable_is_a_mistake_in_the_settings(
    path: str, sentence: str
) -> None:
    with pytest.raises(ConfigurationError, match=sentence):
        conf.resolve(path)


@pytest.mark.parametrize(
    ("rate", "parsed"),
    [("30/min", (30, 60)), ("1/s", (1, 1)), ("5/hour", (5, 3600)), ("100/d", (100, 86400))],
)
def test_a_rate_is_calls_in_seconds(rate: str, parsed: tuple[int, int]) -> None:
    assert rules.parse_rate(rate) == parsed

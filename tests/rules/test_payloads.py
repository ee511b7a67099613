"""What may be asked of a session, by browser and host alike; and the body that StackOne gets."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import fields as fields_of
from enum import Enum
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stackone_connect.conf import Settings
from stackone_connect.entities import SessionFields
from stackone_connect.exceptions import (
    AccountNotFoundError,
    ConfigurationError,
    InvalidRequestError,
)
from stackone_connect.payloads import clean_defaults, clean_fields, clean_label, session_body

LONGEST = 1800


def settings_with(**values: Any) -> Settings:
    return Settings(organization_model="crm.Company", **{"allow_multiple": True, **values})


def clean(
    asked: Mapping[str, Any], *, defaults: SessionFields | None = None, **settings: Any
) -> SessionFields:
    return clean_fields(
        asked,
        settings=settings_with(**settings),
        longest=LONGEST,
        defaults=defaults or SessionFields(),
    )


def errors_of(asked: Mapping[str, Any], **settings: Any) -> dict[str, list[str]]:
    with pytest.raises(InvalidRequestError) as caught:
        clean(asked, **settings)
    return caught.value.errors


def defaults_of(answered: object, **settings: Any) -> tuple[SessionFields, Mapping[str, Any]]:
    return clean_defaults(answered, settings=settings_with(**settings))


def body_of(fields: SessionFields, **values: Any) -> dict[str, Any]:
    given_values: dict[str, Any] = {
        "origin_owner_id": "7",
        "origin_owner_name": "Acme",
        "origin_username": "",
        "account_type": "production",
        "expires_in": 1800,
    }
    return session_body(fields=fields, **{**given_values, **values})


# --- Texts ---------------------------------------------------------------------------------------

TEXTS = ("provider", "category", "account_id", "label", "connector_profile_id")


def test_nothing_asked_is_nothing_chosen() -> None:
    assert clean({}) == SessionFields(multiple=False)


@pytest.mark.parametrize("name", [*TEXTS, "categories", "multiple", "expires_in", "metadata"])
def test_null_is_as_if_the_field_were_absent(name: str) -> None:
    assert clean({name: None}) == clean({})


@pytest.mark.parametrize("name", TEXTS)
@pytest.mark.parametrize("length", [1, 255])
def test_a_text_has_1_to_255_characters(name: str, length: int) -> None:
    fields = clean({name: "x" * length})
    values = {**vars(fields), "category": "".join(fields.categories)}
    assert values[name] == "x" * length


@pytest.mark.parametrize("name", TEXTS)
@pytest.mark.parametrize("value", ["", "x" * 256])
def test_a_text_that_is_empty_or_too_long_is_refused(name: str, value: str) -> None:
    assert errors_of({name: value}) == {name: ["Give a text of 1 to 255 characters."]}


@pytest.mark.parametrize("value", [7, 1.5, True, False, [], ["x"], {}, {"a": 1}])
def test_what_is_no_text_is_refused(value: Any) -> None:
    assert errors_of(dict.fromkeys(TEXTS, value)) == {name: ["Give a text."] for name in TEXTS}


@pytest.mark.parametrize("mark", ["\x00", "\n", "\t", "\x1f", "\x7f", "\x85", "\udfff"])
def test_control_characters_and_half_characters_are_refused(mark: str) -> None:
    refused = {name: ["Control characters are not allowed."] for name in TEXTS}
    assert errors_of(dict.fromkeys(TEXTS, f"a{mark}b")) == refused


@pytest.mark.parametrize("label", ["Büro Köln", "東京", "👩‍💻 team", "می‌خواهم", "a b = 'c'"])
def test_a_label_may_be_written_in_any_script(label: str) -> None:
    assert clean({"label": label}).label == label


# --- Identifiers ---------------------------------------------------------------------------------

IDENTIFIERS = ["bamboohr", "-begins", "_begins", "a.b~c:d@e=f+g-h_i", "...", "x" * 255]
NO_IDENTIFIERS = [".", "..", "a/b", "a b", "a?b", "a#b", "a%2Fb", "é", " a", "../x", "a\\b", "a,b"]


@pytest.mark.parametrize("value", IDENTIFIERS)
@pytest.mark.parametrize("name", ["provider", "account_id", "connector_profile_id"])
def test_an_identifier_may_be(name: str, value: str) -> None:
    assert vars(clean({name: value}))[name] == value


@pytest.mark.parametrize("value", NO_IDENTIFIERS)
@pytest.mark.parametrize("name", ["provider", "connector_profile_id"])
def test_a_key_that_can_be_none_of_stackones_is_refused(name: str, value: str) -> None:
    assert errors_of({name: value}) == {name: ["This is not a valid key."]}


@pytest.mark.parametrize("value", NO_IDENTIFIERS)
def test_an_account_id_that_can_not_be_one_is_answered_as_one_that_does_not_exist(
    value: str,
) -> None:
    with pytest.raises(AccountNotFoundError):
        clean({"account_id": value})


def test_other_errors_are_said_before_an_account_id_that_can_not_be_one() -> None:
    assert errors_of({"account_id": "..", "label": 7}) == {"label": ["Give a text."]}


# --- Categories ----------------------------------------------------------------------------------


def test_a_category_is_a_list_of_one() -> None:
    assert clean({"category": "hris"}) == clean({"categories": ["hris"]})


@pytest.mark.parametrize("categories", [["ats"], []])
def test_category_and_categories_together_are_refused(categories: list[str]) -> None:
    errors = errors_of({"category": "hris", "categories": categories})
    assert errors == {"category": ["Give category or categories, not both."]}


def test_a_category_beside_null_categories_is_not_both() -> None:
    assert clean({"category": "hris", "categories": None}).categories == ("hris",)


def test_up_to_twenty_categories_may_be_asked() -> None:
    names = [f"category-{number}" for number in range(21)]
    assert clean({"categories": names[:20]}).categories == tuple(names[:20])
    assert errors_of({"categories": names}) == {
        "categories": ["Give a list of up to 20 categories."]
    }


@pytest.mark.parametrize("value", ["hris", {"hris": 1}, 7, True])
def test_categories_that_are_no_list_are_refused(value: Any) -> None:
    assert list(errors_of({"categories": value})) == ["categories"]


@pytest.mark.parametrize("item", ["", 7, None, ["hris"], {}, "a\nb", "x" * 256])
def test_each_category_must_be_a_text(item: Any) -> None:
    assert list(errors_of({"categories": ["hris", item]})) == ["categories"]


def test_a_category_asked_twice_is_asked_once_in_the_order_given() -> None:
    assert clean({"categories": ["hris", "ats", "hris"]}).categories == ("hris", "ats")


class Word(str, Enum):  # noqa: UP042 - StrEnum's members print as their texts
    PROVIDER = "bamboohr"
    CATEGORY = "hris"
    LABEL = "Main office"


def test_a_member_of_an_enumeration_of_texts_is_its_text() -> None:
    fields = clean(
        {"provider": Word.PROVIDER, "categories": [Word.CATEGORY, "hris"], "label": Word.LABEL},
        categories=("hris", "ats"),
    )
    body = body_of(fields)
    assert {type(text) for text in (body["provider"], body["label"], *body["categories"])} == {str}
    assert (fields.provider, fields.categories) == ("bamboohr", ("hris",))
    assert fields.label == clean_label(Word.LABEL) == "Main office"


def test_no_categories_are_none_chosen() -> None:
    assert clean({"categories": []}).categories == ()


# --- Lifetime, multiple, metadata ----------------------------------------------------------------


@pytest.mark.parametrize("value", [60, 61, LONGEST])
def test_a_lifetime_is_from_60_seconds_to_the_longest(value: int) -> None:
    assert clean({"expires_in": value}).expires_in == value


@pytest.mark.parametrize(
    "value", [59, LONGEST + 1, 0, -60, 60.0, 99.9, True, False, "60", [60], 10**30]
)
def test_any_other_lifetime_is_refused(value: Any) -> None:
    assert errors_of({"expires_in": value}) == {
        "expires_in": ["Give a whole number of seconds from 60 to 1800."]
    }


@pytest.mark.parametrize("value", [True, False])
def test_multiple_is_true_or_false(value: bool) -> None:
    assert clean({"multiple": value}).multiple is value


@pytest.mark.parametrize("value", [0, 1, "true", "", [], {}])
def test_multiple_that_is_neither_is_refused(value: Any) -> None:
    assert errors_of({"multiple": value}) == {"multiple": ["Give true or false."]}


def test_multiple_is_refused_where_the_host_does_not_allow_it() -> None:
    errors = errors_of({"multiple": True}, allow_multiple=False)
    assert errors == {"multiple": ["Several accounts of one provider are not allowed here."]}
    assert clean({"multiple": False}, allow_multiple=False).multiple is False


def test_multiple_is_dropped_beside_an_account_id_as_stackone_ignores_it() -> None:
    assert clean({"multiple": True, "account_id": "acc"}).multiple is False


def nested(levels: int) -> dict[str, Any]:
    value: Any = "leaf"
    for _ in range(levels):
        value = {"a": value}
    return dict(value)


@pytest.mark.parametrize(
    "metadata",
    [
        {},
        {"source": "wizard", "step": 3, "ratio": 0.5, "done": True, "left": None, "tags": ["a"]},
        {"text": "x" * 8180},
        {"written": "\\u0000", "emoji": "👩‍💻"},
        nested(20),
    ],
    ids=["empty", "ordinary", "large", "a backslash and u0000", "20 deep"],
)
def test_metadata_may_be(metadata: dict[str, Any]) -> None:
    assert clean({"metadata": metadata}).metadata == metadata


@pytest.mark.parametrize(
    "metadata",
    [
        pytest.param([], id="a list"),
        pytest.param("x", id="a text"),
        pytest.param(7, id="a number"),
        pytest.param({"text": "x" * 8192}, id="over 8192 bytes"),
        pytest.param({"text": "é" * 4096}, id="over 8192 bytes in UTF-8"),
        pytest.param({"n": float("nan")}, id="NaN"),
        pytest.param({"n": float("inf")}, id="infinity"),
        pytest.param({"n": 10**5000}, id="a number nobody can write"),
        pytest.param({"deep": ["a\x00b"]}, id="NUL"),
        pytest.param({"a\x00b": 1}, id="NUL in a key"),
        pytest.param({"text": "\ud800"}, id="half a character"),
        pytest.param({"a": {1, 2}}, id="not JSON"),
        pytest.param({(1, 2): 3}, id="a key that is not JSON"),
        pytest.param(nested(21), id="21 deep"),
        pytest.param(nested(100_000), id="too deep for any parser"),
    ],
)
def test_metadata_must_not_be(metadata: Any) -> None:
    assert list(errors_of({"metadata": metadata})) == ["metadata"]


def test_every_field_says_its_own_error_at_once() -> None:
    asked = {
        "provider": "a b",
        "categories": 7,
        "account_id": 7,
        "label": "",
        "multiple": 1,
        "expires_in": 1,
        "metadata": [],
        "connector_profile_id": ".",
    }
    assert errors_of(asked).keys() == asked.keys()


# --- What the host allows ------------------------------------------------------------------------


def test_a_provider_that_is_not_offered_is_refused() -> None:
    offered = ("bamboohr", "personio")
    assert clean({"provider": "personio"}, providers=offered).provider == "personio"
    errors = errors_of({"provider": "gusto"}, providers=offered)
    assert errors == {"provider": ["This provider is not offered here."]}


def test_where_providers_are_listed_one_must_be_chosen() -> None:
    assert errors_of({}, providers=("bamboohr",)) == {"provider": ["Choose a provider."]}


def test_an_account_id_is_enough_where_providers_are_listed() -> None:
    assert clean({"account_id": "acc"}, providers=("bamboohr",)).account_id == "acc"


def test_the_hosts_own_provider_is_enough_where_providers_are_listed() -> None:
    defaults = SessionFields(provider="bamboohr")
    assert clean({}, providers=("bamboohr",), defaults=defaults).provider == "bamboohr"


def test_a_bad_provider_is_said_once() -> None:
    assert errors_of({"provider": "a b"}, providers=("bamboohr",)) == {
        "provider": ["This is not a valid key."]
    }


@pytest.mark.parametrize("asked", [{"category": "crm"}, {"categories": ["hris", "crm"]}])
def test_a_category_that_is_not_offered_is_refused_under_the_name_it_came_by(
    asked: dict[str, Any],
) -> None:
    errors = errors_of(asked, categories=("hris", "ats"))
    assert errors == {next(iter(asked)): ["This category is not offered here."]}


def test_where_categories_are_listed_and_none_is_asked_all_of_them_are_sent() -> None:
    assert clean({}, categories=("hris", "ats")).categories == ("hris", "ats")
    assert clean({"category": "ats"}, categories=("hris", "ats")).categories == ("ats",)


# --- SESSION_DEFAULTS ----------------------------------------------------------------------------


def test_the_hosts_defaults_win_over_what_was_asked() -> None:
    asked = {
        "provider": "personio",
        "categories": ["ats"],
        "label": "theirs",
        "multiple": True,
        "expires_in": 60,
        "metadata": {"by": "browser"},
        "connector_profile_id": "theirs",
    }
    ours: dict[str, Any] = {
        "provider": "bamboohr",
        "categories": ["hris"],
        "label": "ours",
        "multiple": False,
        "expires_in": 600,
        "metadata": {},
        "connector_profile_id": "ours",
    }
    defaults, _ = defaults_of(ours)
    expected = SessionFields(**{**ours, "categories": ("hris",)})
    assert clean(asked, defaults=defaults) == expected


def test_a_default_of_null_leaves_the_field_to_the_caller() -> None:
    defaults, extra = defaults_of({"provider": None, "multiple": None})
    asked = {"provider": "bamboohr", "multiple": True}
    assert clean(asked, defaults=defaults) == clean(asked)
    assert extra == {}


def test_the_hosts_own_multiple_needs_no_allowance() -> None:
    defaults, _ = defaults_of({"multiple": True})
    assert clean({}, defaults=defaults, allow_multiple=False).multiple is True


def test_the_hosts_own_account_id_turns_multiple_off() -> None:
    defaults, _ = defaults_of({"account_id": "acc"})
    assert clean({"multiple": True}, defaults=defaults).multiple is False


@pytest.mark.parametrize(
    "name",
    ["origin_owner_id", "origin_owner_name", "origin_username", "type", "provider_version"],
)
@pytest.mark.parametrize("value", ["x", None])
def test_the_defaults_must_not_set_what_only_the_app_sets(name: str, value: Any) -> None:
    with pytest.raises(ConfigurationError, match=f"must not set {name}"):
        defaults_of({name: value})


def test_defaults_that_stackone_may_know_and_we_do_not_are_passed_on_as_they_are() -> None:
    newer = {"relink": True, "scopes": ["a"], "shared": None}
    assert defaults_of({**newer, "label": "ours"}) == (SessionFields(label="ours"), newer)


def test_a_default_category_is_a_list_of_one() -> None:
    assert defaults_of({"category": "hris"})[0].categories == ("hris",)


def test_the_defaults_may_ask_for_the_longest_lifetime_of_all() -> None:
    assert defaults_of({"expires_in": 604800})[0].expires_in == 604800
    with pytest.raises(ConfigurationError, match="expires_in"):
        defaults_of({"expires_in": 604801})


@pytest.mark.parametrize("answered", [None, [], "x", 7, [("label", "x")]])
def test_defaults_that_are_no_mapping_are_a_mistake_in_the_settings(answered: Any) -> None:
    with pytest.raises(ConfigurationError, match="must answer a mapping"):
        defaults_of(answered)


@pytest.mark.parametrize("bad", [{"label": 7}, {"provider": "a b"}, {"metadata": []}])
def test_a_bad_default_is_a_mistake_in_the_settings_not_in_the_request(bad: dict[str, Any]) -> None:
    with pytest.raises(ConfigurationError, match=next(iter(bad))):
        defaults_of(bad)


# --- The body ------------------------------------------------------------------------------------


def test_what_was_not_chosen_is_left_out_of_the_body() -> None:
    assert body_of(clean({})) == {
        "origin_owner_id": "7",
        "origin_owner_name": "Acme",
        "type": "production",
        "expires_in": 1800,
    }


def test_everything_that_was_chosen_is_in_the_body() -> None:
    asked = {
        "provider": "bamboohr",
        "categories": ["hris", "ats"],
        "label": "HR",
        "multiple": True,
        "metadata": {"source": "wizard"},
        "connector_profile_id": "profile",
    }
    assert body_of(clean(asked), origin_username="ann@acme.example", account_type="test") == {
        "origin_owner_id": "7",
        "origin_owner_name": "Acme",
        "origin_username": "ann@acme.example",
        "type": "test",
        "expires_in": 1800,
        **asked,
    }


def test_multiple_is_never_sent_with_an_account_id() -> None:
    body = body_of(clean({"account_id": "acc", "multiple": True}))
    assert body["account_id"] == "acc"
    assert "multiple" not in body


def test_a_provider_version_is_never_sent() -> None:
    assert "provider_version" not in {field.name for field in fields_of(SessionFields)}


# --- For any JSON --------------------------------------------------------------------------------

JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(st.characters(exclude_categories=()), max_size=20)
    | st.sampled_from(["hris", "bamboohr", ".", "x" * 256, 60, 1800]),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.text(st.characters(exclude_categories=()), max_size=5), inner, max_size=4
        )
    ),
    max_leaves=8,
)
NAMES = [*TEXTS, "categories", "multiple", "expires_in", "metadata"]


@given(
    asked=st.fixed_dictionaries({}, optional=dict.fromkeys(NAMES, JSON)),
    allow_multiple=st.booleans(),
    providers=st.sampled_from([None, ("bamboohr",)]),
    categories=st.sampled_from([None, ("hris",)]),
)
def test_any_json_is_cleaned_or_refused_and_what_comes_out_can_be_sent(
    asked: dict[str, Any], **settings: Any
) -> None:
    try:
        fields = clean(asked, **settings)
    except (InvalidRequestError, AccountNotFoundError):
        return
    body = body_of(fields)
    sent = json.dumps(body, ensure_ascii=False, allow_nan=False).encode()
    assert json.loads(sent) == body
    assert None not in body.values()
    assert "" not in body.values()
    assert not {"multiple", "account_id"} <= body.keys()


@given(answered=st.fixed_dictionaries({}, optional=dict.fromkeys(NAMES, JSON)))
def test_any_defaults_are_taken_or_a_mistake_in_the_settings(answered: dict[str, Any]) -> None:
    try:
        defaults, extra = defaults_of(answered)
    except ConfigurationError:
        return
    assert extra == {}
    json.dumps(body_of(defaults), ensure_ascii=False, allow_nan=False).encode()

"""Which client the app uses."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any, cast

import pytest
from pytest_django import Settings

from stackone_connect.client import Client, FromSettings, StackOneClient, current, using
from stackone_connect.clock import Deadline
from stackone_connect.exceptions import ConfigurationError
from stackone_connect.redaction import RedactedBytes


class Replacement:
    """Equal to every other, so that only identity tells them apart."""

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Replacement)

    def __hash__(self) -> int:
        return 0


class Replacements:
    """Gives one client for every project, and is equal to every other of its kind."""

    def __init__(self) -> None:
        self.client = cast(Client, Replacement())

    def __call__(self, project: str) -> Client:
        return self.client

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Replacements)

    def __hash__(self) -> int:
        return 0


def test_the_client_comes_from_the_settings_as_they_are_now(settings: Settings) -> None:
    assert isinstance(current("default"), StackOneClient)
    settings.STACKONE_CONNECT = {
        **settings.STACKONE_CONNECT,
        "BASE_URL": "https://elsewhere.test",
    }
    assert repr(current("default")) == "<StackOneClient https://elsewhere.test>"


def test_the_client_is_made_once_until_the_settings_change(
    configure: Callable[..., None], settings: Settings
) -> None:
    made = current("default")
    assert current("default") is made
    settings.STACKONE_CONNECT = dict(settings.STACKONE_CONNECT)
    assert current("default") is made
    configure(READ_TIMEOUT=2)
    assert current("default") is not made


def test_a_key_that_is_asked_for_may_change_from_call_to_call(
    configure: Callable[..., None],
) -> None:
    sent: list[str] = []
    keys = iter(["first", "second"])

    def exchange(
        method: str, url: str, headers: Any, body: bytes
    ) -> tuple[int, dict[str, str], RedactedBytes]:
        sent.append(str(headers["Authorization"]))
        return 204, {}, RedactedBytes()

    configure(API_KEY=lambda: next(keys))
    with using(FromSettings(exchange=exchange)):
        for _ in range(2):
            current("default").delete_account("a", deadline=Deadline(5))
    assert sent == ["Basic Zmlyc3Q6", "Basic c2Vjb25kOg=="]


def test_each_project_has_a_client_of_its_own(configure: Callable[..., None]) -> None:
    base = {"API_KEY": "key", "WEBHOOK_SECRETS": []}
    configure(
        PROJECTS={
            "eu": {**base, "BASE_URL": "https://eu.test"},
            "us": {**base, "BASE_URL": "https://us.test"},
        },
        PROJECT_OF=lambda organization: "eu",
    )
    assert repr(current("eu")) == "<StackOneClient https://eu.test>"
    assert repr(current("us")) == "<StackOneClient https://us.test>"
    with pytest.raises(ConfigurationError, match="does not name 'asia'"):
        current("asia")


def test_clients_that_were_put_in_place_are_used_until_the_block_ends() -> None:
    first, second = Replacements(), Replacements()
    with using(first):
        assert current("default") is first.client
        with using(second):
            assert current("default") is second.client
        assert current("default") is first.client
    assert isinstance(current("default"), StackOneClient)


def test_a_block_that_fails_gives_the_client_back() -> None:
    with pytest.raises(KeyError), using(Replacements()):
        raise KeyError
    assert isinstance(current("default"), StackOneClient)


def test_other_threads_see_clients_that_were_put_in_place() -> None:
    seen: list[Any] = []
    replacements = Replacements()
    with using(replacements):
        thread = threading.Thread(target=lambda: seen.append(current("default")))
        thread.start()
        thread.join()
    assert seen[0] is replacements.client


def test_blocks_that_overlap_end_with_no_client_left_behind() -> None:
    first, second = using(Replacements()), using(kept := Replacements())
    first.__enter__()
    second.__enter__()
    first.__exit__(None, None, None)
    assert current("default") is kept.client
    second.__exit__(None, None, None)
    assert isinstance(current("default"), StackOneClient)

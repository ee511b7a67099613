"""Which client the app uses."""

from __future__ import annotations

import threading
from typing import Any, cast

import pytest
from pytest_django import Settings

from stackone_connect.client import Client, StackOneClient, current, using


class Replacement:
    """Equal to every other, so that only identity tells them apart."""

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Replacement)

    def __hash__(self) -> int:
        return 0


def replacement() -> Client:
    return cast(Client, Replacement())


def test_the_client_comes_from_the_settings_as_they_are_now(settings: Settings) -> None:
    assert isinstance(current(), StackOneClient)
    settings.STACKONE_CONNECT = {
        **settings.STACKONE_CONNECT,
        "BASE_URL": "https://elsewhere.test",
    }
    assert repr(current()) == "<StackOneClient https://elsewhere.test>"


def test_a_client_that_was_handed_in_is_used_until_the_block_ends() -> None:
    first, second = replacement(), replacement()
    with using(first):
        assert current() is first
        with using(second):
            assert current() is second
        assert current() is first
    assert isinstance(current(), StackOneClient)


def test_a_block_that_fails_gives_the_client_back() -> None:
    with pytest.raises(KeyError), using(replacement()):
        raise KeyError
    assert isinstance(current(), StackOneClient)


def test_other_threads_see_a_client_that_was_handed_in() -> None:
    seen: list[Any] = []
    handed_in = replacement()
    with using(handed_in):
        thread = threading.Thread(target=lambda: seen.append(current()))
        thread.start()
        thread.join()
    assert seen[0] is handed_in


def test_blocks_that_overlap_end_with_no_client_left_behind() -> None:
    first, second = using(replacement()), using(kept := replacement())
    first.__enter__()
    second.__enter__()
    first.__exit__(None, None, None)
    assert current() is kept
    second.__exit__(None, None, None)
    assert isinstance(current(), StackOneClient)

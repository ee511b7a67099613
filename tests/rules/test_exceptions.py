"""Our errors go from process to process, as workers of a pool or of a parallel test runner do."""

from __future__ import annotations

import copy
import pickle
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from stackone_connect import exceptions
from stackone_connect.exceptions import StackOneConnectError
from stackone_connect.testing.hub import HubRefusedError

Copy = Callable[[Any], Any]

#: What the errors need that can't be made of a sentence alone.
MADE_OF: dict[str, dict[str, Any]] = {
    "InvalidRequestError": {"errors": {"label": ["Too long."]}},
    "ThrottledError": {"retry_after": 7},
    "SweepRefusedError": {"missing": 8, "live": 10},
}


def kinds(root: type[StackOneConnectError]) -> Iterator[type[StackOneConnectError]]:
    yield root
    for kind in root.__subclasses__():
        if kind.__module__ == exceptions.__name__:
            yield from kinds(kind)


def through_a_pipe(error: Exception) -> Any:
    return pickle.loads(pickle.dumps(error))  # noqa: S301 - our own


@pytest.mark.parametrize("made_again", [through_a_pipe, copy.copy, copy.deepcopy])
@pytest.mark.parametrize("kind", list(kinds(StackOneConnectError)))
def test_an_error_is_the_same_in_another_process(
    kind: type[StackOneConnectError], made_again: Copy
) -> None:
    make: Any = kind
    error = make(**MADE_OF.get(kind.__name__, {"detail": "Why it is."}))
    again = made_again(error)
    assert (type(again), again.args, str(again)) == (kind, error.args, str(error))
    assert vars(again) == vars(error)


def test_what_the_hub_refused_goes_along_too() -> None:
    again = through_a_pipe(HubRefusedError(404, "Connector not found"))
    assert (again.status, str(again)) == (404, "404: Connector not found")


def test_what_stackone_said_of_it_goes_along() -> None:
    error = exceptions.StackOneUnavailableError(retry_after=3, request_id="req-7", status=503)
    again = through_a_pipe(error)
    assert (again.retry_after, again.request_id, again.status) == (3, "req-7", 503)

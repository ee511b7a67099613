"""Who sent a webhook (StackOne notes §4.3)."""

from __future__ import annotations

import hmac
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stackone_connect.services._webhooks import signature
from tests.webhooks.deliveries import signature_of

#: Computed outside of this project, with Node (StackOne notes §4.3).
BODY = b'{"event":"account.created","account_id":"GnQoASvosYhE5wJcmmAQs"}'
SIGNED = "EQxjXguTB70HeglHEHMIlBBhBLniLpjDXQ5tFLURm6U"


def test_the_vector_from_outside_is_signed_and_accepted() -> None:
    assert signature.sign(BODY, "test-secret") == SIGNED
    assert signature.is_valid(BODY, SIGNED, ["test-secret"])


@pytest.mark.parametrize("given", [f"{SIGNED}=", f"{SIGNED}==", f" {SIGNED} "])
def test_padding_and_spaces_around_a_signature_do_no_harm(given: str) -> None:
    assert signature.is_valid(BODY, given, ["test-secret"])


@pytest.mark.parametrize("secrets", [["test-secret", "new"], ["new", "test-secret"]])
def test_either_secret_may_have_signed_while_they_rotate(secrets: list[str]) -> None:
    assert signature.is_valid(BODY, SIGNED, secrets)


@pytest.mark.parametrize(
    "given",
    [
        "",
        "=",
        SIGNED[:-1],
        SIGNED + "A",
        SIGNED.swapcase(),
        f"sha256={SIGNED}",
        "110c635e0b9307bd077a094710730894106104b9e22e98c35d0e6d14b5119ba5",
        "EQxjXguTB70HeglHEHMIlBBhBLniLpjDXQ5tFLURm6Ü",
        "\ud800\x00",
        "A" * 100_000,
    ],
)
def test_anything_but_the_signature_is_refused(given: str) -> None:
    assert not signature.is_valid(BODY, given, ["test-secret"])


def test_without_secrets_nothing_is_valid() -> None:
    assert not signature.is_valid(BODY, SIGNED, [])


def test_json_that_was_parsed_and_written_again_is_another_body() -> None:
    assert not signature.is_valid(json.dumps(json.loads(BODY)).encode(), SIGNED, ["test-secret"])


def test_every_secret_is_compared_in_constant_time(monkeypatch: pytest.MonkeyPatch) -> None:
    compared: list[tuple[bytes, bytes]] = []

    def compare(one: Any, other: Any) -> bool:
        compared.append((one, other))
        return bool(one == other)

    monkeypatch.setattr(hmac, "compare_digest", compare)
    assert signature.is_valid(BODY, SIGNED, ["test-secret", "new", "old"])
    assert [given for _, given in compared] == [SIGNED.encode()] * 3


@given(body=st.binary(), secret=st.text(min_size=1).filter(lambda s: s.isprintable()))
def test_any_body_is_signed_as_stackone_signs_it(body: bytes, secret: str) -> None:
    signed = signature.sign(body, secret)
    assert signed == signature_of(body, secret)
    assert signature.is_valid(body, signed, ["another", secret])
    assert not signature.is_valid(body + b" ", signed, [secret])

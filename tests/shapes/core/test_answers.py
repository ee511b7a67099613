"""No host default changes our wire format."""

from __future__ import annotations

import json

import pytest

from tests.shapes.catalogue import Shape
from tests.shapes.core.exchanges import Record, plain_answers_for, record
from tests.shapes.core.host import Host
from tests.shapes.core.kept import plain_answers

pytestmark = pytest.mark.django_db(databases="__all__")


#: Hosts whose language is not English: their sentences are in theirs.
NOT_ENGLISH = {"german", "language_prefix"}


def without_sentences(answer: Record) -> Record:
    """The same in every language: what programs read, and which fields an error names."""
    if answer["status"] < 400:
        return answer
    body = json.loads(answer["body"])
    fields = sorted(body.get("errors", ()))
    headers = {k: v for k, v in answer["headers"].items() if k != "Content-Length"}
    return {**answer, "headers": headers, "body": {"code": body["code"], "errors": fields}}


def test_every_answer_is_byte_for_byte_that_of_a_plain_host(shape: Shape, host: Host) -> None:
    recorded: list[Record] = json.loads(plain_answers())
    expected = list(plain_answers_for(recorded, signs_in_by=shape.signs_in_by))
    answers = record(host)
    assert [a["name"] for a in answers] == [e["name"] for e in expected]
    for answer, plain in zip(answers, expected, strict=True):
        compared = without_sentences if shape.name in NOT_ENGLISH else dict
        assert compared(answer) == compared(plain), answer["name"]


def test_every_answer_is_json_that_nobody_keeps(host: Host) -> None:
    for answer in record(host):
        headers = answer["headers"]
        if answer["status"] == 204:
            assert (headers.get("Content-Type"), answer["body"]) == (None, "")
            continue
        assert headers["Content-Type"] == "application/json", answer
        data = json.loads(answer["body"])
        if answer["status"] >= 400:
            assert {"code", "detail"} <= set(data) <= {"code", "detail", "errors"}, answer
        if "event" not in answer["name"] and "webhook" not in answer["name"]:
            assert headers["Cache-Control"] == "no-store", answer

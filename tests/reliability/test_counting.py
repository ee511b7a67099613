"""What `make reliability` counts as lost, wrong and too slow, and what its page shows of it."""

from __future__ import annotations

import json

import pytest
import requests

from reliability import page
from reliability.rows import Row
from reliability.world import read


def response(status: int, body: str, content_type: str = "application/json") -> requests.Response:
    made = requests.Response()
    made.status_code = status
    made._content = body.encode()
    made.headers["Content-Type"] = content_type
    return made


@pytest.mark.parametrize(
    ("status", "body", "problem"),
    [
        (201, json.dumps({"id": "1"}), ""),
        (204, "", ""),
        (503, json.dumps({"code": "unavailable"}), ""),
        (401, json.dumps({"code": "invalid_signature"}), ""),
        (500, "<h1>Server Error</h1>", "500 text/html"),
        (200, "<h1>Hello</h1>", "200 text/html"),
        (500, json.dumps({"code": "unavailable"}), "500 unavailable"),
        (503, json.dumps({"code": "of_nobody"}), "503 of_nobody"),
        (503, json.dumps({"detail": "Sorry"}), "503 None"),
        (503, json.dumps(["Sorry"]), "503 no object"),
    ],
)
def test_a_response_is_documented_json_or_it_is_wrong(status: int, body: str, problem: str) -> None:
    html = body.startswith("<")
    kind = "text/html; charset=utf-8" if html else "application/json"
    assert read(response(status, body, kind), 0.1).problem == problem


def test_a_row_is_good_with_nothing_lost_or_wrong_and_inside_its_bound() -> None:
    row = Row(group="database", fault="cut", job="issue", bound=15)
    row.slower(3)
    row.slower(2)
    assert (row.worst, row.is_good) == (3, True)
    row.slower(15.1)
    assert not row.is_good
    for kind in ("lost", "wrong"):
        bad = Row(group="database", fault="cut", job="issue")
        bad.note(**{kind: ["a session"]})
        assert not bad.is_good
    slow = Row(group="load", fault="4 processes", job="a queue", is_floor=True, bound=3)
    slow.worst = 2.9
    assert not slow.is_good


def test_the_page_adds_up_and_shows_each_row_with_its_bound() -> None:
    good = Row(group="database", fault="cut", job="issue", tried=8, worst=0.25, bound=15)
    bad = Row(group="cache", fault="hung", job="sync", tried=8, lost=1, wrong=2, worst=16, bound=15)
    skipped = Row(group="database", fault="disk full", job="issue", skipped="only root can")
    text = page.text({"postgresql": [good, bad], "mariadb": [skipped]})
    assert "16 tried, 1 lost, 2 wrong, 1 of 3 rows beyond their bound" in text
    assert "| cut | issue | 8 | 0 | 0 | slowest response | 0.25 | ≤ 15 |" in text
    assert "| hung | sync | 8 | 1 | 2 | slowest response | 16 | ≤ 15 |" in text
    assert "| disk full | issue | 0 | – | – | only root can | – | – |" in text
    assert text.index("With PostgreSQL") < text.index("### Cache") < text.index("With MariaDB")

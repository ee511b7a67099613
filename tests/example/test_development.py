"""The development key, and logs without queries."""

from __future__ import annotations

import logging
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured

from example_project import gunicorn_config
from example_project.development import WithoutQueryStrings, development_secret_key


def test_the_development_key_survives_a_restart_and_is_for_its_owner_only(tmp_path: Path) -> None:
    folder = tmp_path / "var"
    key = development_secret_key(folder, debug=True)
    assert len(key) >= 50
    assert development_secret_key(folder, debug=True) == key
    (file,) = folder.iterdir()
    assert file.stat().st_mode & 0o077 == 0


def test_processes_that_start_at_once_agree_on_the_key(tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        keys = set(pool.map(lambda _: development_secret_key(tmp_path, debug=True), range(8)))
    assert len(keys) == 1


def test_there_is_no_development_key_outside_debug(tmp_path: Path) -> None:
    with pytest.raises(ImproperlyConfigured):
        development_secret_key(tmp_path, debug=False)
    assert list(tmp_path.iterdir()) == []


def test_a_logged_address_loses_its_query() -> None:
    record = logging.LogRecord(
        "django.server",
        logging.INFO,
        __file__,
        1,
        '"%s" %s %s',
        ("GET /sandbox/connect/oauth2/x?token=secret&client_secret=also HTTP/1.1", 200, 512),
        None,
    )
    assert WithoutQueryStrings().filter(record) is True
    assert record.getMessage() == '"GET /sandbox/connect/oauth2/x HTTP/1.1" 200 512'


def test_other_lines_stay_as_they_are() -> None:
    record = logging.LogRecord("x", logging.INFO, __file__, 1, "%s done", ("all",), None)
    WithoutQueryStrings().filter(record)
    assert (record.msg, record.args) == ("%s done", ("all",))


def test_the_servers_access_log_names_no_part_that_can_hold_a_query() -> None:
    """``r`` is the request line, ``q`` the query, ``f`` the referrer."""
    for part in ("%(r)s", "%(q)s", "%(f)s"):
        assert part not in gunicorn_config.access_log_format

"""The recipe for Celery, as docs/background.md gives it, with a real broker and a real worker."""

from __future__ import annotations

import re
import time
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import redis
from celery import Celery
from pytest_httpserver import HTTPServer

from stackone_connect.models import LinkedAccount, WebhookEvent
from tests.background.conftest import ROOT, SharedDatabase, comes_true
from tests.background.host_celery import app as host
from tests.background.stackone_over_http import StackOneOverHttp
from tests.factories import OwnerFactory
from tests.required import missing
from tests.webhooks.deliveries import StackOneDelivers, said

EVENTS = 8


@pytest.fixture
def recipe(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder with the documented module, which can be imported from there."""
    text = (ROOT / "docs" / "background.md").read_text()
    found = re.search(r"<!-- example: celery -->\n```python\n(.*?)```", text, re.DOTALL)
    assert found is not None
    (tmp_path / "stackone_jobs.py").write_text(found[1])
    monkeypatch.syspath_prepend(str(tmp_path))
    return tmp_path


@pytest.fixture
def queue() -> Iterator[str]:
    """A queue of our own at the broker, empty before and gone after."""
    broker = redis.Redis.from_url(host.conf.broker_url)
    try:
        broker.ping()
    except redis.ConnectionError:
        missing(f"Redis does not answer at {host.conf.broker_url}")
    name = f"stackone-{uuid.uuid4()}"
    host.conf.task_default_queue = name
    host.set_current()
    yield name
    for key in broker.scan_iter(f"*{name}*"):
        broker.delete(key)
    broker.close()
    host.close()


def test_a_worker_process_applies_each_event_once(
    shared_database: SharedDatabase,
    httpserver: HTTPServer,
    configure: Callable[..., None],
    recipe: Path,
    queue: str,
) -> None:
    configure(BACKGROUND="stackone_jobs.enqueue")
    owner = OwnerFactory.create()
    stackone = StackOneOverHttp(httpserver, owner.origin_owner_id)
    site = StackOneDelivers()
    for status in ("accepted", "duplicate"):
        for number in range(EVENTS):
            answer = site.event(
                account_id=f"linked-{number}", origin_owner_id=owner.origin_owner_id
            )
            assert said(answer) == (200, status)
    assert stackone.asked == {}

    worker = ("celery", "-A", "tests.background.host_celery", "worker", "-Q", queue)
    with shared_database.process(
        *(*worker, "--concurrency", "2", "--without-gossip", "--without-mingle"),
        STACKONE_BASE_URL=stackone.url,
        PYTHONPATH=str(recipe),
    ):
        assert comes_true(lambda: not WebhookEvent.objects.filter(state="due").exists())
    assert stackone.asked == {f"linked-{number}": 1 for number in range(EVENTS)}
    assert set(WebhookEvent.objects.values_list("state", "attempts")) == {("done", 1)}
    assert LinkedAccount.objects.filter(owner=owner).count() == EVENTS


@pytest.mark.usefixtures("db", "recipe")
def test_a_broker_that_is_down_costs_nothing_but_time(
    configure: Callable[..., None], caplog: pytest.LogCaptureFixture
) -> None:
    configure(BACKGROUND="stackone_jobs.enqueue")
    with Celery("broken", broker="redis://127.0.0.1:1/0", set_as_current=True) as broken:
        broken.set_current()
        began = time.monotonic()
        assert said(StackOneDelivers().event()) == (200, "accepted")
        assert time.monotonic() - began < 4
    assert WebhookEvent.objects.get().state == "due"
    assert [record.getMessage() for record in caplog.records] == [
        "background.failed job=process_event error=OperationalError"
    ]

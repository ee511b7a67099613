"""Many at once: 200 people press Connect, a page meanwhile, and several processes on one queue."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from http import HTTPStatus
from threading import Event as Flag
from threading import Thread

from django.db.models import F

from reliability.people import add_account, event_body, issue, pinned, signature
from reliability.processes import Cron
from reliability.rows import Row
from reliability.trial import DEADLINE
from reliability.world import Answer, Member, Site, World
from stackone_connect.models import LinkedAccount, OriginOwner, WebhookEvent
from stackone_connect.services import events

GROUP = "load"
PRESSES = 200
AWAY = 0.1
#: Seconds: people go on pressing for so long, and the page is measured.
LONG = 15.0
#: Seconds in which a site finds out that StackOne hangs.
AT_FIRST = 2.0
#: Seconds within which a response was "at once", on a machine whose cores are all busy.
AT_ONCE = 2.0
#: Seconds. A page that takes less than this is not slow, however fast it was before.
LEAST_P95 = 0.1
#: Seconds that a call takes while processes share a queue.
WAIT = 1.0


def presses(world: World, threads: Sequence[int]) -> Iterator[Row]:
    for number in threads:
        with world.site(threads=number) as site:
            yield _healthy(world, site, number)
            yield from _hanging(world, site, number)


def _healthy(world: World, site: Site, threads: int) -> Row:
    row = Row(
        group=GROUP,
        fault=f"StackOne {AWAY * 1000:.0f} ms away, {threads} threads",
        job=f"{PRESSES} presses of Connect",
        bound=2.0 * DEADLINE,
    )
    members = [world.member() for _ in range(PRESSES)]
    with world.stackone.network(delay=AWAY), ThreadPoolExecutor(PRESSES) as pool:
        for answer in pool.map(lambda member: issue(site, member), members):
            row.tried += 1
            row.slower(answer.seconds)
            row.note(wrong=[f"response: {answer.problem}"] if answer.problem else [])
            if answer.status != HTTPStatus.CREATED:
                row.note(lost=[f"{answer.status} {answer.code}"])
    return row


def _hanging(world: World, site: Site, threads: int) -> Iterator[Row]:
    """Everybody presses, and again when the site says so; somebody else signs in meanwhile."""
    fault = f"StackOne hangs, {threads} threads"
    row = Row(group=GROUP, fault=fault, job=f"{PRESSES} people press Connect")
    row.bound = DEADLINE + AT_ONCE
    later = Row(group=GROUP, fault=fault, job="pressed again", bound=AT_ONCE)
    later.measure = "p95 of the responses"
    page = Row(group=GROUP, fault=fault, job="the page to sign in", measure="p95 of the page")
    members = [world.member() for _ in range(PRESSES)]
    before: list[float] = []
    with _page(site, before, page):
        time.sleep(LONG / 3)
    during: list[float] = []
    started = time.monotonic()
    with (
        world.stackone.network(hangs=True),
        _page(site, during, page),
        ThreadPoolExecutor(PRESSES) as pool,
    ):
        pressed = list(pool.map(lambda m: _press_on(site, m, started + LONG), members))
    for first, *more in pressed:
        _count(row, first)
        row.slower(first.seconds)
        for answer in more:
            _count(later, answer)
    later.worst = _p95([answer.seconds for _, *more in pressed for answer in more])
    page.tried = len(during)
    page.worst = _p95(during)
    page.bound = max(2 * _p95(before), LEAST_P95)
    yield from (row, later, page)


def _press_on(site: Site, member: Member, until: float) -> list[Answer]:
    """Press, and again after as long as the response asks for."""
    answers = [issue(site, member)]
    while time.monotonic() < until and answers[-1].status == HTTPStatus.SERVICE_UNAVAILABLE:
        time.sleep(answers[-1].retry_after or 1)
        answers.append(issue(site, member))
    return answers


def _count(row: Row, answer: Answer) -> None:
    row.tried += 1
    if answer.problem:
        row.note(wrong=[f"response: {answer.problem}"])
    elif answer.status != HTTPStatus.SERVICE_UNAVAILABLE or answer.retry_after is None:
        row.note(wrong=[f"response: {answer.status} {answer.code}, {answer.retry_after}"])


@contextmanager
def _page(site: Site, seconds: list[float], row: Row) -> Iterator[None]:
    """Ask for a page ten times a second, and note how long it took, but not at first."""
    ended = Flag()
    started = time.monotonic()

    def visit() -> None:
        while not ended.is_set():
            asked = time.monotonic()
            answer = site.call("GET", "/sign-in/")
            if asked - started > AT_FIRST:
                seconds.append(answer.seconds)
            if answer.status != HTTPStatus.OK:
                row.note(wrong=[f"page: {answer.status}"])
            ended.wait(0.1)

    threads = [Thread(target=visit) for _ in range(2)]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        ended.set()
        for thread in threads:
            thread.join()


def _p95(seconds: Sequence[float]) -> float:
    return sorted(seconds)[int(len(seconds) * 0.95)] if seconds else 0.0


def queue(world: World, owners: int) -> Iterator[Row]:
    """The same events, processed by one, two and four processes of ``stackone_process``."""
    with world.site() as site:
        subjects = [pinned(world, site) for _ in range(owners)]
    for subject in subjects:
        subject.account_id = add_account(world, subject, "bamboohr")
        _store(event_body("account.created", subject))
    crons = [Cron(world.folder, world.env) for _ in range(4)]
    try:
        for cron in crons:
            cron.run("check")
        alone = 0.0
        for number, least in ((1, None), (2, 1.7), (4, 3.0)):
            row = Row(
                group=GROUP,
                fault=f"StackOne {WAIT * 1000:.0f} ms away, {number} processes",
                job=f"a queue of {owners} owners",
                measure="times as fast as one" if least else "seconds",
                bound=least,
                is_floor=True,
                tried=owners,
            )
            seconds = _process(world, crons[:number], row)
            alone = alone or seconds
            row.worst = alone / seconds if least else seconds
            yield row
    finally:
        for cron in crons:
            cron.close()


def _store(body: bytes) -> None:
    """Taken in, and processed by nobody yet."""
    events.receive(body=body, signature_header=signature(body))


def _process(world: World, crons: Sequence[Cron], row: Row) -> float:
    """Seconds that it took; all events were done by then."""
    LinkedAccount.objects.all().delete()
    WebhookEvent.objects.all().make_due()
    row.note(wrong=["no event was due"] if not WebhookEvent.objects.due().exists() else [])
    with world.stackone.network(delay=WAIT), ThreadPoolExecutor(len(crons)) as pool:
        started = time.monotonic()
        done = pool.map(lambda cron: cron.run("stackone_process", "--no-poll"), crons)
        row.note(wrong=[said["crash"] for said in done if said["crash"]])
        seconds = time.monotonic() - started
    left = WebhookEvent.objects.exclude(state="done").count()
    row.note(lost=["an event is not done"] * left)
    known = LinkedAccount.objects.filter(owner__in=OriginOwner.objects.all()).count()
    row.note(wrong=["an account is missing"] * (row.tried - known))
    again = WebhookEvent.objects.filter(attempts__gt=1).annotate(times=F("attempts")).count()
    row.note(wrong=["an event was processed twice"] * again)
    return seconds

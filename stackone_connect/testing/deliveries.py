"""Webhooks on their way to the host, in this process: signed and sent by the sandbox's own code."""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from email.message import Message
from http import HTTPStatus
from typing import Any
from unittest import mock
from urllib import error, request

from django.test import Client
from django.utils import timezone

from stackone_connect.sandbox import control, courier, delivering
from stackone_connect.sandbox.models import Delivery
from stackone_connect.testing.addresses import address

#: Whom the sandbox tells; where that is, is looked up when something is delivered.
URL = "https://host.test/webhooks/"
SECRET = "a-webhook-secret-of-the-tests"  # noqa: S105

_State = Delivery.State


class Postman:
    """Takes the sandbox's posts to the host's address and keeps what it answered."""

    def __init__(self) -> None:
        self.answers: list[Any] = []

    def open(self, post: request.Request, timeout: float) -> _Answered:
        """In the place of an opener of ``urllib``."""
        headers = dict(post.header_items())
        content_type = headers.pop("Content-type")
        data = post.data if isinstance(post.data, bytes) else b""
        answer = Client(headers=headers).generic(
            "POST", address("webhooks"), data, content_type=content_type, secure=True
        )
        self.answers.append(answer)
        if answer.status_code >= HTTPStatus.MULTIPLE_CHOICES:
            raise error.HTTPError(post.full_url, answer.status_code, "", Message(), io.BytesIO())
        return _Answered(answer.status_code)


class _Answered:
    def __init__(self, status: int) -> None:
        self.status = status

    def __enter__(self) -> _Answered:
        return self

    def __exit__(self, *_: object) -> None:
        pass


@contextmanager
def postman() -> Iterator[Postman]:
    """While the block runs, nothing is sent but by :func:`deliver`, and nothing over a socket."""
    made = Postman()
    with (
        mock.patch.object(courier, "wake"),
        mock.patch.object(delivering, "_opener", made),
    ):
        yield made


def deliver(carried_by: Postman, *, duplicated: bool, reordered: bool, forged: bool) -> list[Any]:
    """Send everything that waits, due or not; the host's answers in the order of sending."""
    waiting = Delivery.objects.filter(state=_State.WAITING).order_by("next_attempt_at", "id")
    ids = list(waiting.values_list("pk", flat=True))
    if reordered:
        ids.reverse()
    before = len(carried_by.answers)
    for _ in range(2 if duplicated else 1):
        for pk in ids:
            control.redeliver(pk)
        _send(ids, forged=forged)
    return carried_by.answers[before:]


def _send(ids: list[int], *, forged: bool) -> None:
    """In this order. What was forged by the way is still to be told, truly."""
    start = timezone.now() - timedelta(seconds=1)
    rows = Delivery.objects.filter(pk__in=ids)
    genuine = list(rows.filter(forged=False).values_list("pk", flat=True))
    for place, pk in enumerate(ids):
        due = start + timedelta(microseconds=place)
        Delivery.objects.filter(pk=pk).update(next_attempt_at=due, held=False)
    if forged:
        rows.update(forged=True)
    delivering.deliver_due(limit=len(ids))
    if forged:
        Delivery.objects.filter(pk__in=genuine).update(
            forged=False, state=_State.WAITING, attempts=0
        )

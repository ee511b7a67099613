"""Delivers webhooks to the host in process, signed and sent by the sandbox's code."""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from email.message import Message
from http import HTTPStatus
from typing import Any
from unittest import mock
from urllib import error, request

from django.test import Client
from django.utils import timezone

from stackone_connect.sandbox import conf, control, sender, worker
from stackone_connect.sandbox.models import Delivery
from stackone_connect.testing._addresses import environ

#: The subscribed address; the host's URL is looked up on delivery.
URL = "https://host.test/webhooks/"
SECRET = "a-webhook-secret-of-the-tests"  # noqa: S105 - no secret of anybody

_State = Delivery.State


@dataclass(frozen=True, slots=True, kw_only=True)
class Destination:
    """The host's webhook URL."""

    path: str
    host: str
    secure: bool


class Transport:
    """Sends the sandbox's requests to the host's views and keeps the responses."""

    def __init__(self) -> None:
        self.responses: list[Any] = []
        self.destination = Destination(path="/", host="", secure=True)

    def open(self, post: request.Request, timeout: float) -> _Response:
        """The method of a ``urllib`` opener that the sandbox calls."""
        headers = dict(post.header_items())
        content_type = headers.pop("Content-type")
        data = post.data if isinstance(post.data, bytes) else b""
        path, extra = environ(self.destination.path, self.destination.host)
        response = Client(headers=headers).generic(
            "POST", path, data, content_type=content_type, secure=self.destination.secure, **extra
        )
        self.responses.append(response)
        if response.status_code >= HTTPStatus.MULTIPLE_CHOICES:
            raise error.HTTPError(post.full_url, response.status_code, "", Message(), io.BytesIO())
        return _Response(response.status_code)


class _Response:
    def __init__(self, status: int) -> None:
        self.status = status

    def __enter__(self) -> _Response:
        return self

    def __exit__(self, *_: object) -> None:
        pass


@contextmanager
def in_process_transport() -> Iterator[Transport]:
    """While the block runs, only :func:`deliver` sends webhooks, and no socket is used."""
    made = Transport()
    with (
        mock.patch.object(worker, "wake"),
        mock.patch.object(sender, "_opener", made),
    ):
        yield made


def deliver(
    transport: Transport,
    destination: Destination,
    *,
    project: str | None,
    duplicated: bool,
    reordered: bool,
    forged: bool,
) -> list[Any]:
    """Send every waiting delivery, due or not; the host's responses in the order of sending."""
    transport.destination = destination
    waiting = Delivery.objects.filter(state=_State.WAITING).order_by("next_attempt_at", "id")
    if project is not None:
        waiting = waiting.filter(project=conf.project_named(project))
    ids = list(waiting.values_list("pk", flat=True))
    if reordered:
        ids.reverse()
    before = len(transport.responses)
    for _ in range(2 if duplicated else 1):
        for pk in ids:
            control.redeliver(pk)
        _send(ids, forged=forged)
    return transport.responses[before:]


def _send(ids: list[int], *, forged: bool) -> None:
    """Send in this order. After a forged delivery the genuine one is still waiting."""
    start = timezone.now() - timedelta(seconds=1)
    deliveries = Delivery.objects.filter(pk__in=ids)
    genuine = list(deliveries.filter(forged=False).values_list("pk", flat=True))
    for index, pk in enumerate(ids):
        due = start + timedelta(microseconds=index)
        Delivery.objects.filter(pk=pk).update(next_attempt_at=due, held=False)
    if forged:
        deliveries.update(forged=True)
    sender.deliver_due(limit=len(ids))
    if forged:
        Delivery.objects.filter(pk__in=genuine).update(
            forged=False, state=_State.WAITING, attempts=0
        )

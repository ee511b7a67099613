"""The five jobs of the app: how each is prepared, done, and checked afterwards."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any, ClassVar

from reliability.people import (
    Subject,
    add_account,
    break_account,
    complete,
    connecting,
    deliver,
    event_body,
    issue,
    linked,
    pinned,
)
from reliability.world import API, Answer, Site, World
from stackone_connect.choices import EventState, SessionStatus
from stackone_connect.models import ConnectSession, LinkedAccount, WebhookEvent

#: What a disconnect is answered that is done, or will be.
CONFIRMED = (HTTPStatus.NO_CONTENT, HTTPStatus.ACCEPTED)
BOTH = ("stackone_process", "stackone_sync_accounts")


@dataclass(kw_only=True)
class Verdict:
    lost: list[str] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)

    def __bool__(self) -> bool:
        return not (self.lost or self.wrong)


class Job(ABC):
    """One of the five. ``prepare`` needs everything to work; ``act`` happens during the fault."""

    name: ClassVar[str]
    #: What cron runs that brings it to its end.
    commands: ClassVar[tuple[str, ...]] = ("stackone_process",)
    #: Nobody waits for it in a browser.
    is_command: ClassVar[bool] = False
    #: The status where nothing is broken.
    success: ClassVar[int] = HTTPStatus.OK

    @abstractmethod
    def prepare(self, world: World, site: Site) -> Subject: ...

    @abstractmethod
    def act(self, world: World, site: Site, subject: Subject, **headers: str) -> Answer: ...

    def again(self, world: World, site: Site, subject: Subject) -> None:  # noqa: B027 - only an event is sent again
        """What StackOne does by itself where it got no good response, once the fault is over."""

    @abstractmethod
    def lost(self, subject: Subject, stackone: Mapping[str, Any]) -> list[str]:
        """What was confirmed to somebody, and is not so in the end."""

    def verdict(self, world: World, subjects: Sequence[Subject]) -> list[Verdict]:
        """In the end, when the minute's jobs have run: one for each."""
        owner_ids = [subject.member.owner_id for subject in subjects]
        accounts = world.stackone.call("accounts", owner_ids=owner_ids)
        sessions = world.stackone.call("sessions", owner_ids=owner_ids)
        return [
            Verdict(
                lost=self.lost(
                    subject, {"accounts": accounts[owner_id], "sessions": sessions[owner_id]}
                ),
                wrong=differences(owner_id, accounts[owner_id]),
            )
            for subject, owner_id in zip(subjects, owner_ids, strict=True)
        ]


def differences(owner_id: str, stackone: Mapping[str, str]) -> list[str]:
    """Where our rows say something else than StackOne, or are not finished."""
    mine = LinkedAccount.objects.filter(owner__origin_owner_id=owner_id, disconnected_at=None)
    here = dict(mine.values_list("account_id", "status"))
    found = [
        f"account is {here.get(key, 'not connected')} here, {stackone.get(key, 'gone')} there"
        for key in here.keys() | stackone.keys()
        if here.get(key) != stackone.get(key)
    ]
    pending = ConnectSession.objects.filter(
        owner__origin_owner_id=owner_id, status=SessionStatus.PENDING
    )
    found += ["a session is still pending"] * pending.count()
    return found


class Issue(Job):
    name = "issue"
    success = HTTPStatus.CREATED

    def prepare(self, world: World, site: Site) -> Subject:
        return Subject(member=world.member())

    def act(self, world: World, site: Site, subject: Subject, **headers: str) -> Answer:
        return issue(site, subject.member, **headers)

    def lost(self, subject: Subject, stackone: Mapping[str, Any]) -> list[str]:
        found = []
        for answer in subject.answers:
            if answer.status != HTTPStatus.CREATED:
                continue
            row = ConnectSession.objects.filter(pk=answer.body["id"]).first()
            if row is None or row.status == SessionStatus.FAILED:
                found.append(f"an issued session is {row.status if row else 'not written down'}")
            elif row.stackone_id not in stackone["sessions"]:
                found.append("an issued session is none of StackOne's")
        return found


class Complete(Job):
    name = "complete"
    commands = BOTH

    def prepare(self, world: World, site: Site) -> Subject:
        return connecting(world, site)

    def act(self, world: World, site: Site, subject: Subject, **headers: str) -> Answer:
        return complete(site, subject, **headers)

    def lost(self, subject: Subject, stackone: Mapping[str, Any]) -> list[str]:
        confirmed = any(answer.is_good for answer in subject.answers)
        status = ConnectSession.objects.get(pk=subject.session_id).status
        if confirmed and status != SessionStatus.COMPLETED:
            return [f"a completed session is {status}"]
        return []


class Event(Job):
    """In turn of an account that is new, that has stopped working, and that was deleted."""

    name = "event"

    def prepare(self, world: World, site: Site) -> Subject:
        kind = next(world.names) % 3
        if kind == 0:
            subject = pinned(world, site)
            subject.account_id = add_account(world, subject, "bamboohr")
        else:
            subject = linked(world, site)
            if kind == 1:
                break_account(world, subject)
            else:
                world.stackone.call("delete_account", account_id=subject.account_id)
        happened = ("created", "updated", "deleted")[kind]
        subject.event = event_body(f"account.{happened}", subject)
        return subject

    def act(self, world: World, site: Site, subject: Subject, **headers: str) -> Answer:
        return deliver(site, subject.event, **headers)

    def again(self, world: World, site: Site, subject: Subject) -> None:
        if not any(answer.is_good for answer in subject.answers):
            subject.answers.append(deliver(site, subject.event))

    def lost(self, subject: Subject, stackone: Mapping[str, Any]) -> list[str]:
        if not any(answer.is_good for answer in subject.answers):
            return ["an event was not taken in after the fault either"]
        events = WebhookEvent.objects.filter(account_id=subject.account_id)
        states = list(events.values_list("state", "last_error"))
        if not states:
            return ["an accepted event is not written down"]
        return [
            f"an accepted event is {state} {why}"
            for state, why in states
            if state != EventState.DONE
        ]


class Sync(Job):
    """One organization's accounts: one was added at StackOne, and one has stopped working."""

    name = "sync"
    is_command = True
    commands = BOTH

    def prepare(self, world: World, site: Site) -> Subject:
        subject = linked(world, site)
        add_account(world, subject, "greenhouse")
        break_account(world, subject)
        return subject

    def act(self, world: World, site: Site, subject: Subject, **headers: str) -> Answer:
        key = str(subject.member.organization_id)
        said = world.cron.run(
            "stackone_sync_accounts",
            *("--organization", key),
            clock=float(headers.get("X-Reliability-Clock", 0)),
            kill=int(headers.get("X-Reliability-Kill", 0)),
        )
        if said.get("killed"):
            return Answer(status=0, seconds=0)
        if "X-Reliability-Kill" in headers:
            world.points.write_text(str(said["points"]))
        crash = f"ended with {said['crash']}" if said["crash"] else ""
        status = 500 if crash else 503 if said["error"] else 200
        return Answer(status=status, seconds=said["seconds"], problem=crash)

    def lost(self, subject: Subject, stackone: Mapping[str, Any]) -> list[str]:
        return []


class Disconnect(Job):
    name = "disconnect"
    success = HTTPStatus.NO_CONTENT

    def prepare(self, world: World, site: Site) -> Subject:
        return linked(world, site)

    def act(self, world: World, site: Site, subject: Subject, **headers: str) -> Answer:
        path = f"{API}/accounts/{subject.account_id}/"
        return site.call("DELETE", path, by=subject.member, headers=headers)

    def lost(self, subject: Subject, stackone: Mapping[str, Any]) -> list[str]:
        confirmed = [a.status for a in subject.answers if a.status in CONFIRMED]
        if confirmed and subject.account_id in stackone["accounts"]:
            return [f"a disconnect was answered {confirmed[0]:d}, and the account is still there"]
        return []


JOBS: Mapping[str, Job] = {
    job.name: job for job in (Issue(), Complete(), Event(), Sync(), Disconnect())
}

"""Any order, repetition and loss of hints, then one sync, ends in the same rows.

*Facts* happen once: sessions are issued, hubs finished or denied, accounts fall into error or are
deleted, and a browser calls ``complete``, which is a fact with a time because two completion calls
for one account are told apart by it. *Hints* say that something happened: webhooks, now, later,
twice, out of order or never; a sync of one organization or of all; a poll. The machine draws facts
and hints for two tenants at once; then the same facts are played again with other parsing.

After one sync, for the same facts, any hints, and a host's clock that is an hour behind or ahead
of StackOne's:

1. The connected rows of accounts equal StackOne's, always.
2. A session whose OAuth attempt names an account that StackOne still has reads the same outcome,
   always; and the right one, if the account was made by OAuth, too.
3. A session that finished by the hub's form and was completed by a true call reads the same
   outcome, if StackOne still has the account and nobody named that account falsely.
4. A session that neither attempt nor completion call names anything for reads the same guess, or
   none, if none of its tenant's accounts was deleted and no completion call of its tenant was
   false. Where every hub was finished by OAuth it reads no outcome.

Left open, as documented: an account that was deleted before anybody asked for it leaves no
evidence, so what it would have said of a session depends on whether a hint came in time. A false
completion call (a browser's lie, or the hub's "success" after StackOne refused an edit) is kept or
refused by what was known when it came, and a guess is a guess: a session that was opened and
abandoned can read ``update`` when another's form, without call, moved the account. All of it
happens within the hour and a half in which StackOne is asked about a session; an attempt that a
later one replaced before we asked is not seen.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from hypothesis import HealthCheck, note, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)

from stackone_connect import clock
from stackone_connect.models import ConnectSession, LinkedAccount, WebhookEvent
from tests.factories import OrganizationFactory
from tests.hypothesis_profiles import examples
from tests.machine.play import NOON, Fact, Play, undone
from tests.machine.world import Session, World

TENANTS = st.sampled_from([0, 1])
SECONDS = st.sampled_from([1, 3, 10, 60])
#: How far StackOne's clock may be ahead of the host's.
AHEAD = [timedelta(), timedelta(), timedelta(hours=1), timedelta(hours=-1)]
FOR_AN_ACCOUNT = {"account_id": "any"}
ASKED: list[dict[str, Any]] = [
    *({"provider": "bamboohr"}, {"provider": "bamboohr"}, {"provider": "greenhouse"}),
    *({"provider": "bamboohr", "multiple": True}, {"category": "hris"}, {}, FOR_AN_ACCOUNT),
]
#: What may happen; lies and deletions leave less to compare, so only some histories have them.
ORDINARY = ("finish", "finish", "finish", "deny", "say so", "fall_into_error")
KINDS = [
    ORDINARY,
    ORDINARY,
    (*ORDINARY, "lie"),
    (*ORDINARY, "delete"),
    (*ORDINARY, "lie", "delete"),
]


class AnyOrder(RuleBasedStateMachine):
    """Two tenants, one StackOne, and hints that can't be relied on."""

    @initialize(
        seed=st.integers(0, 2**16),
        opened=st.lists(st.tuples(TENANTS, st.sampled_from(ASKED[:-1])), min_size=1, max_size=4),
        kinds=st.sampled_from(KINDS),
        ahead=st.sampled_from(AHEAD),
    )
    def begin(
        self,
        seed: int,
        opened: list[tuple[int, dict[str, Any]]],
        kinds: Sequence[str],
        ahead: timedelta,
    ) -> None:
        self.chance = random.Random(seed)
        self.kinds = kinds
        self.facts: list[Fact] = []
        self.lies: set[tuple[int, str]] = set()
        self.around = ExitStack()
        self.around.enter_context(undone())
        self.traveller = self.around.enter_context(time_machine.travel(NOON, tick=False))
        tenants = [OrganizationFactory.create(name=name) for name in ("Acme", "Globex")]
        self.of_play = self.around.enter_context(ExitStack())
        self.of_play.enter_context(undone())
        self.play = Play(tenants, self.traveller, World(ahead))
        for tenant, asked in opened:
            self.happens("issue", 1, tenant=tenant, **asked)

    # --- Facts -----------------------------------------------------------------------------------

    def happens(self, name: str, seconds: int, **values: Any) -> None:
        fact = Fact(clock.now() + timedelta(seconds=seconds), name, values)
        self.facts.append(fact)
        note(f"{fact.at:%T} {name} {values}")
        self.play.do(fact)

    @rule(tenant=TENANTS, asked=st.sampled_from(ASKED), seconds=SECONDS, data=st.data())
    def a_session_is_issued(
        self, tenant: int, asked: dict[str, Any], seconds: int, data: st.DataObject
    ) -> None:
        ever = sorted(self.play.world.owners)
        if asked == FOR_AN_ACCOUNT:
            asked = {"account_id": data.draw(st.sampled_from(ever))} if ever else {}
        self.happens("issue", seconds, tenant=tenant, **asked)

    @rule(data=st.data(), seconds=SECONDS)
    def something_happens(self, data: st.DataObject, seconds: int) -> None:
        world = self.play.world
        about: dict[str, Sequence[Any]] = {
            "finish": [n for n, s in enumerate(world.sessions) if world.can_finish(s)],
            "deny": [n for n, s in enumerate(world.sessions) if world.can_finish(s)],
            "say so": [n for n, s in enumerate(world.sessions) if s.did],
            "lie": list(range(len(world.sessions))) if world.owners else [],
            "fall_into_error": sorted(world.accounts),
            "delete": sorted(world.accounts),
        }
        possible = [kind for kind in self.kinds if about[kind]]
        if not possible:
            return
        kind = data.draw(st.sampled_from(possible))
        which: Any = data.draw(st.sampled_from(about[kind]))
        if kind == "finish":
            provider = data.draw(st.sampled_from(world.sessions[which].offers()))
            oauth = data.draw(st.booleans())
            self.happens("finish", seconds, session=which, provider=provider, oauth=oauth)
            if data.draw(st.booleans()):
                self.says(which, world.sessions[which].account_id, 1)
        elif kind == "deny":
            self.happens("deny", seconds, session=which)
        elif kind == "say so":
            self.says(which, world.sessions[which].account_id, seconds)
        elif kind == "lie":
            self.says(which, data.draw(st.sampled_from(sorted(world.owners))), seconds)
        else:
            self.happens(kind, seconds, account_id=which)

    def says(self, number: int, account_id: str, seconds: int) -> None:
        session = self.play.world.sessions[number]
        if account_id != session.account_id:
            self.lies.add((number, account_id))
        tenant = self.organization_of(session)
        values = {"tenant": tenant, "session": number, "account_id": account_id}
        self.happens("complete", seconds, **values)

    # --- Hints -----------------------------------------------------------------------------------

    @rule(
        kind=st.sampled_from(["deliver", "deliver", "later", "drain", "sync", "one", "poll"]),
        tenant=TENANTS,
        data=st.data(),
    )
    def a_hint_comes(self, kind: str, tenant: int, data: st.DataObject) -> None:
        self.traveller.shift(timedelta(milliseconds=1))
        last = len(self.play.world.webhooks) - 1
        if kind in ("deliver", "later") and last >= 0:
            self.play.deliver(data.draw(st.integers(0, last)), later=kind == "later")
        elif kind == "one":
            self.play.sync(tenant)
        elif kind in ("drain", "sync", "poll"):
            getattr(self.play, kind)()

    # --- What holds at all times -----------------------------------------------------------------

    @invariant()
    def nothing_of_one_tenant_is_in_the_others_rows(self) -> None:
        owners = self.play.world.owners
        for row in LinkedAccount.objects.select_related("owner"):
            assert owners[row.account_id] == row.owner.origin_owner_id
        for session in ConnectSession.objects.select_related("owner"):
            for account_id in (
                *(session.account_id, session.attempt_account_id, session.claimed_account_id),
                session.requested_account_id,
            ):
                assert not account_id or owners[account_id] == session.owner.origin_owner_id

    @invariant()
    def outcomes_and_statuses_agree(self) -> None:
        makers = []
        known = set(LinkedAccount.objects.values_list("owner", "account_id"))
        for session in ConnectSession.objects.all():
            assert session.status != "pending"
            assert (session.status == "completed") == bool(session.outcome)
            assert bool(session.outcome) == bool(session.account_id)
            if session.outcome:
                assert (session.owner_id, session.account_id) in known
                assert session.notified_at is not None
            if session.outcome in ("create", "multiple"):
                assert session.multiple == (session.outcome == "multiple")
                assert not session.requested_account_id
                makers.append(session.account_id)
        assert len(makers) == len(set(makers))

    # --- And in the end --------------------------------------------------------------------------

    def teardown(self) -> None:
        if not hasattr(self, "around"):
            return
        with self.around:
            self.play.settle()
            assert self.play.accounts() == self.play.truth()
            first = self.play.outcomes()
            self.outcomes_and_statuses_agree()
            self.nothing_of_one_tenant_is_in_the_others_rows()
            self.what_is_known_for_sure_is_right(first)
            self.of_play.close()
            with undone():
                again = self.played_again()
            for number in self.comparable():
                assert again[number] == first[number], number
            with undone():
                silent = self.played_again(lambda play: None)
            for number in self.comparable():
                assert silent[number] == first[number], number

    def played_again(
        self, between: Callable[[Play], None] | None = None
    ) -> dict[int, tuple[str, str, str]]:
        """The same facts with other hints; without ``between`` any, at random."""
        self.traveller.move_to(NOON)
        play = Play(self.play.tenants, self.traveller, World(self.chance.choice(AHEAD)))
        hint = between or (lambda play: play.hint_at_random(self.chance))
        for fact in self.facts:
            play.do(fact)
            hint(play)
        play.settle()
        assert play.accounts() == play.truth()
        assert play.truth() == self.play.truth()
        return play.outcomes()

    def organization_of(self, session: Session) -> int:
        return [str(t.pk) for t in self.play.tenants].index(session.owner_id)

    def comparable(self) -> list[int]:
        """The sessions whose outcomes are guaranteed; see the top."""
        world = self.play.world
        named = {
            fact.values["session"]
            for fact in self.facts
            if fact.name == "complete" and fact.values["account_id"] in world.owners
        }
        lied_about = {account_id for _, account_id in self.lies}
        unsure = {world.owners[account_id] for account_id in lied_about}
        unsure |= {owner for name, owner in world.owners.items() if name not in world.accounts}
        unsure |= {world.sessions[number].owner_id for number, _ in self.lies}
        found = []
        for number, session in enumerate(world.sessions):
            is_there = session.account_id in world.accounts
            if session.attempt is not None and session.attempt.account_id:
                is_guaranteed = is_there
            elif number in named:
                liar = any(number == other for other, _ in self.lies)
                is_guaranteed = is_there and not liar and session.account_id not in lied_about
            else:
                is_guaranteed = session.owner_id not in unsure
            if is_guaranteed:
                found.append(number)
        return found

    def what_is_known_for_sure_is_right(self, outcomes: dict[int, tuple[str, str, str]]) -> None:
        world = self.play.world
        by_form = {s.owner_id for s in world.sessions if s.did and not _by_oauth(s)}
        by_form |= {world.sessions[number].owner_id for number, _ in self.lies}
        for number, session in enumerate(world.sessions):
            if session.account_id in world.accounts and _by_oauth(session):
                assert outcomes[number][2] == session.account_id
                if _by_oauth(world.makers[session.account_id]):
                    assert outcomes[number][1] == session.did
            if not session.did and session.owner_id not in by_form:
                assert outcomes[number] == ("issued", "", "")


def _by_oauth(session: Session) -> bool:
    return session.attempt is not None and bool(session.attempt.account_id)


@pytest.mark.django_db
def test_any_order_of_hints_ends_in_the_same_rows(configure: Callable[..., None]) -> None:
    configure(WEBHOOK_SECRETS=["test-secret"], ALLOW_MULTIPLE=True)
    run_state_machine_as_test(
        AnyOrder,
        settings=settings(
            max_examples=examples(12),
            stateful_step_count=25,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
    assert WebhookEvent.objects.count() == 0

"""``sessions.issue``: what is written, asked and told, whatever StackOne answers."""

from __future__ import annotations

import logging
import re
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine

from example_project.accounts.models import Organization, User
from stackone_connect import clock, exceptions
from stackone_connect.client import StackOneClient
from stackone_connect.entities import SessionGrant
from stackone_connect.exceptions import (
    AccountNotFoundError,
    ConfigurationError,
    InvalidRequestError,
    StackOneError,
    StackOneMisconfiguredError,
    StackOneUnavailableError,
)
from stackone_connect.models import ConnectSession, LinkedAccount, OriginOwner
from stackone_connect.services import sessions
from tests.factories import (
    AccountFactory,
    OrganizationFactory,
    OwnerFactory,
    SessionFactory,
    UserFactory,
    organization_of,
    snapshot_of,
)
from tests.fakes import FakeStackOne
from tests.services.conftest import Meeting

# --- What is written -------------------------------------------------------------------------


def test_an_issued_session_keeps_what_was_sent_and_never_the_token(
    owner: OriginOwner, member: User, stackone: FakeStackOne, told: list[Any]
) -> None:
    issued = sessions.issue(
        organization=organization_of(owner),
        user=member,
        provider="bamboohr",
        metadata={"source": "nightly"},
    )
    session = ConnectSession.objects.get()
    assert issued.session == session
    assert session.sent == stackone.bodies[0]
    assert session.sent["metadata"] == {"source": "nightly"}
    assert (session.status, session.stackone_id) == ("issued", "1")
    assert session.requested_by_id == str(member.pk)
    assert session.requested_by_name == "member@acme.example"
    assert session.expires_at == session.created_at + timedelta(seconds=1800)
    assert session.stackone_created_at is not None
    assert session.stackone_expires_at == session.stackone_created_at + timedelta(seconds=1800)
    assert session.duration_ms is not None
    assert told == [("session_issued", session.pk)]
    assert issued.token == "token-1"
    for shown in (repr(issued), str(issued), str(vars(session))):
        assert "token-1" not in shown


@pytest.mark.parametrize("ahead", [timedelta(hours=1), timedelta(0), timedelta(hours=-1)])
def test_expires_at_is_our_time_of_asking_plus_what_was_asked_for(
    owner: OriginOwner,
    stackone: FakeStackOne,
    ahead: timedelta,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Whatever StackOne's clock says: a browser compares it with clocks near ours."""
    grant = stackone.create_connect_session

    def of_another_clock(*args: Any, **kwargs: Any) -> SessionGrant:
        granted = grant(*args, **kwargs)
        return replace(granted, created_at=clock.now() - ahead)

    monkeypatch.setattr(stackone, "create_connect_session", of_another_clock)
    session = sessions.issue(organization=organization_of(owner), expires_in=60).session
    session.refresh_from_db()
    assert session.expires_at == session.created_at + timedelta(seconds=60)
    assert session.effective_status() == "issued"
    assert session.stackone_created_at is not None
    assert abs(session.stackone_created_at - (clock.now() - ahead)) < timedelta(seconds=30)


def test_no_session_lives_longer_than_the_setting_says(
    owner: OriginOwner, stackone: FakeStackOne
) -> None:
    issued = sessions.issue(organization=organization_of(owner), expires_in=604_800)
    assert issued.session.expires_at == issued.session.created_at + timedelta(days=7)
    with pytest.raises(InvalidRequestError):
        sessions.issue(organization=organization_of(owner), expires_in=604_801)


def test_nobody_in_particular_may_ask(owner: OriginOwner, stackone: FakeStackOne) -> None:
    session = sessions.issue(organization=organization_of(owner)).session
    assert (session.requested_by_id, session.requested_by_name) == ("", "")
    assert "origin_username" not in stackone.bodies[0]


def test_a_client_may_be_handed_in_for_one_call(owner: OriginOwner) -> None:
    own = FakeStackOne()
    assert sessions.issue(organization=organization_of(owner), client=own).token == "token-1"


def test_an_unsaved_organization_is_a_mistake_of_the_hosts(
    db: None, stackone: FakeStackOne
) -> None:
    mistakes: list[Any] = [Organization(name="unsaved"), None, 7]
    for nonsense in mistakes:
        with pytest.raises(ConfigurationError):
            sessions.issue(organization=nonsense)
    assert stackone.calls == []


def test_a_double_click_issues_two_sessions_that_do_no_harm(
    owner: OriginOwner, stackone: FakeStackOne
) -> None:
    both = [sessions.issue(organization=organization_of(owner), provider="bamboohr") for _ in "ab"]
    assert both[0].token != both[1].token
    assert [s.status for s in ConnectSession.objects.all()] == ["issued", "issued"]
    assert [s.path for s in ConnectSession.objects.all()] == ["create", "create"]


# --- What fails ------------------------------------------------------------------------------

ERRORS = [
    getattr(exceptions, name)
    for name in vars(exceptions)
    if isinstance(getattr(exceptions, name), type)
    and issubclass(getattr(exceptions, name), StackOneError)
    and getattr(exceptions, name) is not StackOneError
]


@pytest.mark.parametrize("kind", ERRORS)
def test_an_error_of_stackones_leaves_a_failed_row_with_its_code(
    kind: type[StackOneError],
    owner: OriginOwner,
    stackone: FakeStackOne,
    told: list[Any],
    lines: Callable[..., list[str]],
    caplog: pytest.LogCaptureFixture,
) -> None:
    stackone.failing["create_connect_session"] = kind(request_id="req 7")
    with pytest.raises(kind):
        sessions.issue(organization=organization_of(owner), provider="bamboohr")
    session = ConnectSession.objects.get()
    assert (session.status, session.error_code) == ("failed", kind.code)
    assert (session.expires_at, session.stackone_id) == (None, "")
    assert session.sent["provider"] == "bamboohr"
    assert told == []
    [line] = lines()
    assert re.sub(r"duration_ms=\d+", "duration_ms=N", line) == (
        f"connect_session.failed code={kind.code} path=create "
        f"organization={owner.organization_id} provider=bamboohr session={session.pk} "
        'duration_ms=N request_id="req 7"'
    )
    [record] = [r for r in caplog.records if r.getMessage() == line]
    refused_key = kind is StackOneMisconfiguredError
    assert record.levelno == (logging.ERROR if refused_key else logging.WARNING)
    assert vars(record)["error_code"] == kind.code
    assert vars(record)["connect_path"] == "create"
    assert vars(record)["organization_id"] == owner.organization_id


def test_a_bad_request_leaves_nothing_at_all(
    organization: Organization, stackone: FakeStackOne, lines: Callable[..., list[str]]
) -> None:
    with pytest.raises(InvalidRequestError):
        sessions.issue(organization=organization, provider="a b")
    assert not OriginOwner.objects.exists()
    assert not ConnectSession.objects.exists()
    assert lines() == []


def test_an_unknown_account_leaves_no_session(
    owner: OriginOwner, stackone: FakeStackOne, lines: Callable[..., list[str]], told: list[Any]
) -> None:
    with pytest.raises(AccountNotFoundError):
        sessions.issue(organization=organization_of(owner), account_id="unknown")
    assert stackone.names == ["get_account"]
    assert not ConnectSession.objects.exists()
    assert (lines(), told) == ([], [])


def test_an_id_that_could_not_be_confirmed_is_not_written_into_the_failed_row(
    owner: OriginOwner, stackone: FakeStackOne
) -> None:
    stackone.failing["get_account"] = StackOneUnavailableError()
    with pytest.raises(StackOneUnavailableError):
        sessions.issue(organization=organization_of(owner), account_id="nobody-knows-whose")
    [row] = ConnectSession.objects.values()
    assert (row["status"], row["path"]) == ("failed", "update")
    assert "nobody-knows-whose" not in str(row)


def test_a_confirmed_id_is_written_also_when_the_session_then_fails(
    owner: OriginOwner, stackone: FakeStackOne
) -> None:
    account = stackone.link(owner.origin_owner_id)
    stackone.failing["create_connect_session"] = StackOneUnavailableError()
    with pytest.raises(StackOneUnavailableError):
        sessions.issue(organization=organization_of(owner), account_id=account.account_id)
    session = ConnectSession.objects.get()
    assert session.requested_account_id == session.sent["account_id"] == account.account_id


# --- Accounts ---------------------------------------------------------------------------------


def test_a_known_account_is_confirmed_each_time(owner: OriginOwner, stackone: FakeStackOne) -> None:
    account = AccountFactory.create(owner=owner)
    stackone.accounts[account.account_id] = snapshot_of(account)
    issued = sessions.issue(
        organization=organization_of(owner), account_id=account.account_id, multiple=None
    )
    assert stackone.names == ["get_account", "create_connect_session"]
    assert stackone.bodies[0]["account_id"] == account.account_id
    assert (issued.session.path, issued.session.requested_account_id) == (
        "update",
        account.account_id,
    )


@pytest.mark.parametrize("known", [True, False], ids=["gone here", "never seen"])
def test_an_account_that_stackone_confirms_is_recorded(
    known: bool, owner: OriginOwner, stackone: FakeStackOne, told: list[Any]
) -> None:
    account = stackone.link(owner.origin_owner_id)
    if known:
        AccountFactory.create(
            owner=owner, account_id=account.account_id, disconnected_at=clock.now()
        )
    sessions.issue(organization=organization_of(owner), account_id=account.account_id)
    assert stackone.names == ["get_account", "create_connect_session"]
    row = LinkedAccount.objects.get()
    assert (row.account_id, row.disconnected_at) == (account.account_id, None)
    assert [name for name, _ in told] == ["account_linked", "session_issued"]


@pytest.mark.parametrize(
    ("account", "asked", "path"),
    [
        ({}, {"provider": "bamboohr"}, "update"),
        ({"status": "error"}, {"provider": "bamboohr"}, "update"),
        ({"type": ""}, {"provider": "bamboohr"}, "update"),
        ({"type": "test"}, {"provider": "bamboohr"}, "create"),
        (
            {"disconnected_at": datetime(2026, 1, 31, tzinfo=UTC)},
            {"provider": "bamboohr"},
            "create",
        ),
        ({"provider": "gusto"}, {"provider": "bamboohr"}, "create"),
        ({"origin_owner_name": "Before Ltd"}, {"provider": "bamboohr"}, "undetermined"),
        ({}, {}, "undetermined"),
        ({}, {"category": "hris"}, "undetermined"),
        ({}, {"category": "ats"}, "create"),
        ({"categories": []}, {"category": "ats"}, "undetermined"),
        ({}, {"provider": "bamboohr", "multiple": True}, "multiple"),
    ],
    ids=str,
)
def test_the_path_follows_from_the_accounts_there_are(
    account: dict[str, Any],
    asked: dict[str, Any],
    path: str,
    owner: OriginOwner,
    stackone: FakeStackOne,
    configure: Callable[..., None],
) -> None:
    configure(ALLOW_MULTIPLE=True)
    AccountFactory.create(owner=owner, **account)
    assert sessions.issue(organization=organization_of(owner), **asked).session.path == path


# --- The first look --------------------------------------------------------------------------


def test_the_first_issue_takes_in_what_stackone_has_and_pins_the_newest_live_name(
    organization: Organization, stackone: FakeStackOne, told: list[Any]
) -> None:
    owner_id, now = str(organization.pk), clock.now()
    old = stackone.link(owner_id, origin_owner_name="Acme Inc", created_at=now - timedelta(days=9))
    new = stackone.link(
        owner_id, origin_owner_name="Acme GmbH", created_at=now - timedelta(days=2), status="error"
    )
    stackone.link(owner_id, origin_owner_name="Trial", type="test")
    issued = sessions.issue(organization=organization, provider="bamboohr")
    owner = OriginOwner.objects.get()
    assert owner.origin_owner_name == "Acme GmbH"
    assert owner.accounts_read_at is not None
    assert stackone.names == ["accounts_of", "create_connect_session"]
    assert stackone.bodies[0]["origin_owner_name"] == "Acme GmbH"
    assert issued.session.sent == stackone.bodies[0]
    assert issued.session.path == "update"
    assert {a.account_id for a in LinkedAccount.objects.all()} == {a.account_id for a in (old, new)}
    assert [name for name, _ in told] == [
        *("account_linked", "account_linked", "account_needs_reconnect", "session_issued"),
    ]
    sessions.issue(organization=organization)
    assert stackone.names[2:] == ["create_connect_session"]


def test_without_live_accounts_todays_name_is_pinned(
    organization: Organization, stackone: FakeStackOne
) -> None:
    stackone.link(str(organization.pk), origin_owner_name="Trial", type="test")
    issued = sessions.issue(organization=organization, provider="bamboohr")
    assert OriginOwner.objects.get().origin_owner_name == "Acme"
    assert issued.session.path == "create"


def test_a_mute_stackone_is_waited_for_four_seconds_and_asked_again_after_a_minute(
    organization: Organization, stackone: FakeStackOne, lines: Callable[..., list[str]]
) -> None:
    stackone.link(str(organization.pk), origin_owner_name="Before Ltd")
    stackone.failing["accounts_of"] = StackOneUnavailableError(request_id="req-1")
    start = clock.now()
    with time_machine.travel(start, tick=False):
        issued = sessions.issue(organization=organization, provider="bamboohr")
    assert stackone.names == ["accounts_of", "create_connect_session"]
    assert 3 < stackone.remaining[0] <= 4
    assert 4 < stackone.remaining[1] <= 12
    assert issued.session.path == "undetermined"
    assert lines("look_failed") == [
        f"origin_owner.look_failed code=stackone_unavailable organization={organization.pk} "
        "request_id=req-1"
    ]
    with time_machine.travel(start + timedelta(seconds=59), tick=False):
        sessions.issue(organization=organization)
    assert stackone.names.count("accounts_of") == 1
    del stackone.failing["accounts_of"]
    with time_machine.travel(start + timedelta(seconds=60), tick=False):
        sessions.issue(organization=organization, provider="bamboohr")
    assert stackone.names.count("accounts_of") == 2
    assert stackone.bodies[-1]["origin_owner_name"] == "Before Ltd"
    assert ConnectSession.objects.all()[0].path == "update"


def test_a_renamed_organization_keeps_its_pinned_name(
    organization: Organization, stackone: FakeStackOne
) -> None:
    sessions.issue(organization=organization)
    organization.name = "Acme Worldwide"
    organization.save()
    sessions.issue(organization=organization)
    assert [body["origin_owner_name"] for body in stackone.bodies] == ["Acme", "Acme"]


def test_all_calls_of_one_issue_share_one_deadline(
    organization: Organization, stackone: FakeStackOne, configure: Callable[..., None]
) -> None:
    configure(DEADLINE=3)
    account = stackone.link(str(organization.pk))
    stackone.failing["accounts_of"] = StackOneUnavailableError()
    stackone.during["accounts_of"] = stackone.during["get_account"] = lambda: time.sleep(0.1)
    sessions.issue(organization=organization, account_id=account.account_id)
    assert stackone.names == ["accounts_of", "get_account", "create_connect_session"]
    look, confirm, create = stackone.remaining
    assert look <= 3
    assert confirm <= 2.9
    assert create <= 2.8


# --- Who the owner is ------------------------------------------------------------------------


def test_the_owner_is_named_by_the_hosts_callables(
    organization: Organization, stackone: FakeStackOne, configure: Callable[..., None]
) -> None:
    configure(OWNER_ID=lambda o: f"tenant-{o.pk}", OWNER_NAME=lambda o: f" {o.name}\nGroup\t")
    sessions.issue(organization=organization)
    assert stackone.bodies[0]["origin_owner_id"] == f"tenant-{organization.pk}"
    assert stackone.bodies[0]["origin_owner_name"] == "Acme Group"


def test_an_owner_id_that_another_organization_has_is_a_mistake_in_the_settings(
    organization: Organization, stackone: FakeStackOne, configure: Callable[..., None]
) -> None:
    configure(OWNER_ID=lambda o: "the same")
    sessions.issue(organization=organization)
    with pytest.raises(ConfigurationError, match="OWNER_ID"):
        sessions.issue(organization=OrganizationFactory.create())
    assert OriginOwner.objects.count() == ConnectSession.objects.count() == 1


def test_a_blank_owner_id_is_a_mistake_in_the_settings(
    organization: Organization, stackone: FakeStackOne, configure: Callable[..., None]
) -> None:
    configure(OWNER_ID=lambda o: " \n")
    with pytest.raises(ConfigurationError, match="blank"):
        sessions.issue(organization=organization)
    assert stackone.calls == []


def test_an_organization_without_a_name_goes_by_its_text(
    stackone: FakeStackOne, db: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Organization, "__str__", lambda self: f"Customer {self.pk}")
    organization = OrganizationFactory.create(name="")
    sessions.issue(organization=organization)
    assert stackone.bodies[0]["origin_owner_name"] == f"Customer {organization.pk}"


def test_two_workers_that_meet_a_new_organization_pin_one_owner(
    meeting: Meeting, stackone: FakeStackOne, configure: Callable[..., None]
) -> None:
    organization = OrganizationFactory.create(name="Acme")

    def named_while_the_other_comes(organization: Organization) -> str:
        meeting.point()
        return organization.name

    configure(OWNER_NAME=named_while_the_other_comes)
    issued = meeting.run(
        lambda: sessions.issue(organization=organization),
        lambda: sessions.issue(organization=organization),
    )
    assert [type(each) for each in issued] == [sessions.IssuedSession] * 2, issued
    assert OriginOwner.objects.count() == 1
    assert ConnectSession.objects.filter(status="issued").count() == 2


def test_two_workers_that_look_at_once_take_each_account_in_once(
    meeting: Meeting, stackone: FakeStackOne
) -> None:
    owner = OwnerFactory.create(accounts_read_at=None)
    stackone.link(owner.origin_owner_id, origin_owner_name="Before Ltd")
    stackone.during["accounts_of"] = meeting.point
    issued = meeting.run(
        lambda: sessions.issue(organization=organization_of(owner)),
        lambda: sessions.issue(organization=organization_of(owner)),
    )
    assert [type(each) for each in issued] == [sessions.IssuedSession] * 2, issued
    assert LinkedAccount.objects.count() == 1
    assert {body["origin_owner_name"] for body in stackone.bodies} == {"Before Ltd"}


# --- What the host decides -------------------------------------------------------------------


def test_session_defaults_win_and_newer_fields_are_passed_on_but_not_kept(
    owner: OriginOwner, member: User, stackone: FakeStackOne, configure: Callable[..., None]
) -> None:
    asked: list[object] = []

    def defaults(organization: Organization, user: User) -> dict[str, Any]:
        asked.extend([organization, user])
        return {"label": "ours", "category": "hris", "provider": None, "newer": {"than": "us"}}

    configure(SESSION_DEFAULTS=defaults)
    issued = sessions.issue(
        organization=organization_of(owner), user=member, label="theirs", provider="bamboohr"
    )
    assert asked == [owner.organization, member]
    body = stackone.bodies[0]
    assert (body["label"], body["categories"], body["provider"]) == ("ours", ["hris"], "bamboohr")
    assert body["newer"] == {"than": "us"}
    assert "newer" not in issued.session.sent


@pytest.mark.parametrize(
    "answered",
    [
        *({"origin_owner_id": "x"}, {"origin_username": "x"}, {"type": "test"}),
        *({"provider_version": "1"}, {"label": 7}, {"expires_in": 1}, None, ["label"]),
        *({"newer": datetime(2026, 1, 31, tzinfo=UTC)}, {"newer": float("nan")}),
    ],
    ids=str,
)
def test_session_defaults_that_break_a_rule_are_a_mistake_in_the_settings(
    answered: Any, owner: OriginOwner, stackone: FakeStackOne, configure: Callable[..., None]
) -> None:
    configure(SESSION_DEFAULTS=lambda organization, user: answered)
    with pytest.raises(ConfigurationError):
        sessions.issue(organization=organization_of(owner))
    assert stackone.calls == []
    assert not ConnectSession.objects.exists()


def test_an_origin_username_of_none_is_not_sent_but_the_users_name_is_kept(
    owner: OriginOwner, member: User, stackone: FakeStackOne, configure: Callable[..., None]
) -> None:
    configure(ORIGIN_USERNAME=lambda user: None)
    issued = sessions.issue(organization=organization_of(owner), user=member)
    assert "origin_username" not in stackone.bodies[0]
    assert issued.session.requested_by_name == "member@acme.example"


def test_an_origin_username_may_be_anything_of_the_users(
    owner: OriginOwner, stackone: FakeStackOne, configure: Callable[..., None]
) -> None:
    configure(ORIGIN_USERNAME=lambda user: user.email)
    user = UserFactory.create(email="who@acme.example", organization=owner.organization)
    sessions.issue(organization=organization_of(owner), user=user)
    assert stackone.bodies[0]["origin_username"] == "who@acme.example"


def test_test_accounts_are_asked_for_where_the_host_says_so(
    owner: OriginOwner, stackone: FakeStackOne, configure: Callable[..., None]
) -> None:
    configure(ACCOUNT_TYPE="test")
    AccountFactory.create(owner=owner)
    issued = sessions.issue(organization=organization_of(owner), provider="bamboohr")
    assert stackone.bodies[0]["type"] == "test"
    assert issued.session.path == "create"


# --- What is told ----------------------------------------------------------------------------


def test_an_issue_writes_exactly_one_line(
    owner: OriginOwner,
    stackone: FakeStackOne,
    lines: Callable[..., list[str]],
    caplog: pytest.LogCaptureFixture,
) -> None:
    session = sessions.issue(organization=organization_of(owner), provider="bamboohr").session
    [line] = lines()
    assert line == (
        f"connect_session.issued path=create organization={owner.organization_id} "
        f"provider=bamboohr session={session.pk} duration_ms={session.duration_ms}"
    )
    [record] = [r for r in caplog.records if r.getMessage() == line]
    extra = {
        "event": "connect_session.issued",
        "connect_path": "create",
        "organization_id": owner.organization_id,
        "provider": "bamboohr",
        "session_id": session.pk,
        "duration_ms": session.duration_ms,
    }
    assert record.levelno == logging.INFO
    assert extra.items() <= vars(record).items()


def test_a_key_without_a_value_is_there_all_the_same(
    owner: OriginOwner, stackone: FakeStackOne, lines: Callable[..., list[str]]
) -> None:
    sessions.issue(organization=organization_of(owner))
    assert " provider=- " in lines()[0]


def test_the_clients_own_lines_are_for_debugging_only(
    owner: OriginOwner, lines: Callable[..., list[str]], configure: Callable[..., None]
) -> None:
    client = StackOneClient(
        api_key="a", base_url="http://127.0.0.1:1", connect_timeout=1, read_timeout=1
    )
    configure(DEADLINE=0.05)
    with pytest.raises(StackOneUnavailableError):
        sessions.issue(organization=organization_of(owner), client=client)
    assert [line.split(" ")[0] for line in lines()] == ["connect_session.failed"]


def test_a_receiver_that_raises_does_no_harm(
    owner: OriginOwner, stackone: FakeStackOne, caplog: pytest.LogCaptureFixture
) -> None:
    from stackone_connect import signals

    def broken(**_: Any) -> None:
        raise ValueError("a host's mistake")

    signals.session_issued.connect(broken)
    try:
        assert sessions.issue(organization=organization_of(owner)).token
    finally:
        signals.session_issued.disconnect(broken)
    assert "a host's mistake" in caplog.text


def test_an_unknown_account_as_the_very_first_wish_leaves_no_row_at_all(
    organization: Organization, stackone: FakeStackOne
) -> None:
    with pytest.raises(AccountNotFoundError):
        sessions.issue(organization=organization, account_id="nobodys")
    assert not OriginOwner.objects.exists()


def test_an_unknown_account_leaves_the_owner_that_was_there_before(
    owner: OriginOwner, stackone: FakeStackOne
) -> None:
    with pytest.raises(AccountNotFoundError):
        sessions.issue(organization=organization_of(owner), account_id="nobodys")
    assert OriginOwner.objects.get() == owner


def test_a_session_whose_process_was_killed_is_closed_with_the_line_of_any_failure(
    owner: OriginOwner, lines: Callable[..., list[str]]
) -> None:
    killed = SessionFactory.create(
        owner=owner, status="pending", created_at=clock.now() - timedelta(minutes=1)
    )
    SessionFactory.create(owner=owner, status="pending", created_at=clock.now())
    lines()
    assert (sessions.close_abandoned(), sessions.close_abandoned()) == (1, 0)
    killed.refresh_from_db()
    assert (killed.status, killed.error_code) == ("failed", "abandoned")
    assert lines() == [
        f"connect_session.failed code=abandoned path={killed.path} "
        f"organization={owner.organization_id} provider=bamboohr session={killed.pk} "
        "duration_ms=- request_id=-"
    ]

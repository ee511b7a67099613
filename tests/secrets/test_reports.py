"""What Django's reports, its mails to the admins and Sentry really show of what was raised."""

from __future__ import annotations

import importlib.util
import json
import logging
import sys
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.db import DatabaseError, connection
from django.utils.log import AdminEmailHandler
from django.views.debug import ExceptionReporter

from stackone_connect import conf, signals
from stackone_connect.exceptions import ConfigurationError
from stackone_connect.models import WebhookEvent
from tests.required import missing
from tests.secrets.flows import KEY, PAYLOAD, SECRET, SECRETS, TRIGGER, Flows, problems
from tests.secrets.frames import inspected, interrupted

pytestmark = pytest.mark.slow

#: What is interrupted: our modules, and what they call with a secret.
_OURS = ("stackone_connect.", "requests.", "urllib3.", "http.client", "json", "hmac", "base64")
_FLOWS = ["issue", "complete", "webhook", "webhook_without_signature", "sync", "disconnect"]
#: Calls interrupted in each flow, spread over it. (The frames of all are looked at elsewhere.)
_INTERRUPTED = 8


@pytest.fixture
def sentry() -> Iterator[list[Any]]:
    """What Sentry was sent."""
    if importlib.util.find_spec("sentry_sdk") is None:
        missing("sentry_sdk is not installed")
    import sentry_sdk
    from sentry_sdk.transport import Transport

    sent: list[Any] = []

    class Recording(Transport):
        def capture_envelope(self, envelope: Any) -> None:
            sent.append(envelope.get_event())

    client = sentry_sdk.Client(
        dsn="https://key@sentry.test/1", transport=Recording, default_integrations=False
    )
    with sentry_sdk.isolation_scope() as scope:
        scope.set_client(client)
        yield sent


class _Mails(AdminEmailHandler):
    """Keeps what would be mailed to the admins."""

    def __init__(self) -> None:
        super().__init__(include_html=True)
        self.texts: list[str] = []

    def send_mail(self, subject: object, message: object, *args: Any, **kwargs: Any) -> None:
        self.texts += [str(subject), str(message), kwargs["html_message"]]


@pytest.fixture
def reports(sentry: list[Any]) -> Callable[[BaseException], str]:
    """Everything that is shown of an exception."""
    import sentry_sdk

    def of(error: BaseException) -> str:
        trace = error.__traceback__
        while trace is not None and trace.tb_frame.f_globals["__name__"].startswith("tests."):
            trace = trace.tb_next  # a test knows the secrets
        error = error.with_traceback(trace or error.__traceback__)
        reporter = ExceptionReporter(None, type(error), error, error.__traceback__)
        texts: list[str] = [reporter.get_traceback_html(), reporter.get_traceback_text()]
        raised = (type(error), error, error.__traceback__)
        record = logging.LogRecord(
            "django.request", logging.ERROR, "", 0, "%s", ("failed",), raised
        )
        mails = _Mails()
        mails.emit(record)
        texts += mails.texts
        sentry_sdk.capture_exception(error)
        event = sentry.pop()
        assert event["exception"]["values"][-1]["stacktrace"]["frames"][-1]["vars"] is not None
        texts.append(json.dumps(event, default=str))
        return "\n".join(texts)

    return of


def raised(flow: Callable[[], Any]) -> BaseException:
    """What a flow raised, from where a web server would have caught it."""
    error = outcome(flow)
    assert error is not None
    return error


def outcome(flow: Callable[[], Any]) -> BaseException | None:
    """The same of a flow that may raise nothing."""
    try:
        flow()
    except BaseException as error:  # noqa: BLE001 - whatever it is, it is reported
        return error
    return None


def logged(caplog: pytest.LogCaptureFixture) -> list[BaseException | None]:
    """The exceptions that were logged."""
    return [record.exc_info[1] for record in caplog.records if record.exc_info]


def shown_in(text: str) -> list[str]:
    return [name for name, secret in SECRETS.items() if secret in text]


# Whoever is interrupted while closing a socket leaves that to Python.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.parametrize("name", _FLOWS)
def test_the_reports_of_an_interrupted_flow_show_no_secret(name: str, reports: Any) -> None:
    calls = [
        where
        for where in inspected(getattr(Flows(), name)(), SECRETS).calls
        if where[0].startswith(_OURS)
    ]
    step = max(1, len(calls) // _INTERRUPTED)
    happened = 0
    for where in calls[::step]:
        interruption = interrupted(getattr(Flows(), name)(), where)
        if interruption is not None:
            happened += 1
            assert shown_in(reports(interruption)) == [], where
    assert happened >= min(_INTERRUPTED, len(calls)) // 2


def test_the_report_of_an_event_that_could_not_be_stored_shows_nothing_of_it(
    reports: Any,
) -> None:
    def fail_to_store(execute: Any, sql: str, *rest: Any) -> Any:
        if sql.startswith("INSERT") and WebhookEvent._meta.db_table in sql:
            raise DatabaseError("gone")
        return execute(sql, *rest)

    flow = Flows().webhook()
    with connection.execute_wrapper(fail_to_store):
        error = raised(flow)
    assert shown_in(reports(error)) == []


def test_the_report_of_a_failing_receiver_shows_nothing_of_the_event(
    reports: Any, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(payload: dict[str, Any], **_: Any) -> None:
        within = payload["setup_information"]
        raise RuntimeError(len(within))

    signals.event_verified.connect(fail)
    try:
        assert Flows().webhook()() == 200
    finally:
        signals.event_verified.disconnect(fail)
    (record,) = [r for r in caplog.records if r.name == "django.dispatch"]
    assert record.exc_info is not None
    assert record.exc_info[1] is not None
    text = reports(record.exc_info[1])
    assert "setup_information" in text
    assert shown_in(text) == []


@pytest.mark.parametrize(
    "secrets",
    [SECRET, [SECRET, None], {SECRET: 1}, [f"{SECRET}\n{SECRET}"], SECRET.encode(), [[SECRET]]],
    ids=["a text", "with none", "a dict", "two lines", "bytes", "a list in a list"],
)
def test_an_unsigned_delivery_never_provokes_a_report_that_shows_a_secret(
    secrets: Any,
    reports: Any,
    configure: Callable[..., None],
    caplog: pytest.LogCaptureFixture,
) -> None:
    configure(WEBHOOK_SECRETS=lambda: secrets)
    errors = [outcome(Flows().webhook_without_signature()), *logged(caplog)]
    assert shown_in("".join(map(reports, filter(None, errors)))) == []


@pytest.mark.parametrize("key", [[KEY], KEY.encode(), f"{KEY}\n{KEY}", {"key": KEY}, (KEY, None)])
@pytest.mark.parametrize("asked", [True, False])
def test_a_key_that_can_not_be_one_is_not_shown(
    asked: bool, key: Any, reports: Any, configure: Callable[..., None]
) -> None:
    configure(API_KEY=(lambda: key) if asked else key)
    with pytest.raises(ConfigurationError) as caught:
        conf.project("default").api_key  # noqa: B018 - it is read
    assert shown_in(reports(caught.value)) == []


@pytest.mark.parametrize(
    "wrong",
    [
        {"DEADLINE": "soon"},
        {"API_KEYS": [KEY]},
        {"SECRET": SECRET},
        {"WEBHOOK_SECRETS": {SECRET}},
        {"WEBHOOK_SECRETS": [SECRET, f"{SECRET}\n{SECRET}"]},
        {"PROJECTS": {"eu": {"API_KEY": KEY, "WEBHOOK_SECRET": SECRET}}},
        {
            "PROJECT_OF": str,
            "PROJECTS": {
                "eu": {"API_KEY": KEY, "WEBHOOK_SECRETS": [SECRET]},
                "us": {"API_KEY": KEY, "WEBHOOK_SECRETS": [SECRET]},
            },
        },
    ],
    ids="+".join,
)
def test_a_wrong_setting_shows_no_setting(
    wrong: dict[str, Any], reports: Any, configure: Callable[..., None]
) -> None:
    configure(**wrong)
    with pytest.raises(ConfigurationError) as caught:
        conf.read()
    assert shown_in(reports(caught.value)) == []
    assert inspected(problems, SECRETS).leaks == set()


@pytest.mark.parametrize("projects", [{"eu": KEY}, [KEY], {"eu": [KEY]}, {"eu": {"KEY": (KEY,)}}])
def test_projects_of_a_wrong_shape_are_in_no_frame(
    projects: Any, configure: Callable[..., None]
) -> None:
    configure(PROJECTS=projects, PROJECT_OF=str)
    assert inspected(problems, SECRETS).leaks == set()


def test_defaults_of_the_server_that_can_not_be_sent_are_not_shown(
    reports: Any, configure: Callable[..., None], caplog: pytest.LogCaptureFixture
) -> None:
    answer = {"external_trigger_token": TRIGGER, "more": {"list": [TRIGGER, object()]}}
    configure(SESSION_DEFAULTS=lambda organization, user: answer)
    errors = [outcome(Flows().issue()), *logged(caplog)]
    assert shown_in("".join(map(reports, filter(None, errors)))) == []
    assert shown_in(caplog.text) == []


def test_a_report_shows_what_is_not_redacted(reports: Any) -> None:
    def fail() -> None:
        payload = {"note": [PAYLOAD]}
        raise RuntimeError(len(payload))

    assert shown_in(reports(raised(fail))) == ["webhook payload"]
    assert sys.getprofile() is None

"""``PATCH accounts/{id}/``: the name that people give an account."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.utils import translation
from rest_framework.permissions import BasePermission

from stackone_connect.exceptions import StackOneRejectedError, StackOneUnavailableError
from stackone_connect.models import LinkedAccount, OriginOwner
from tests.api.conftest import Api, code
from tests.factories import AccountFactory, OwnerFactory, snapshot_of
from tests.fakes import FakeStackOne


class Nobody(BasePermission):
    def has_permission(self, request: Any, view: Any) -> bool:
        return False


@pytest.fixture
def account(owner: OriginOwner, stackone: FakeStackOne) -> LinkedAccount:
    made = AccountFactory.create(owner=owner)
    stackone.accounts[made.account_id] = snapshot_of(made)
    return made


def patch(api: Api, account_id: str, body: Any) -> Any:
    return api.patch(f"accounts/{account_id}/", body)


def test_an_account_is_named_and_reads_so(api: Api, account: LinkedAccount) -> None:
    answer = patch(api, account.account_id, {"label": "EMEA payroll"})
    assert answer.status_code == 200
    assert answer["Cache-Control"] == "no-store"
    assert answer.json()["label"] == "EMEA payroll"
    assert api.get(f"accounts/{account.account_id}/").json() == answer.json()


@pytest.mark.parametrize("none", ["", None])
def test_no_label_takes_the_name_back(none: Any, api: Api, account: LinkedAccount) -> None:
    patch(api, account.account_id, {"label": "EMEA"})
    answer = patch(api, account.account_id, {"label": none})
    assert (answer.status_code, answer.json()["label"]) == (200, None)


@pytest.mark.parametrize(
    "body",
    [{}, {"label": 7}, {"label": "a\nb"}, {"label": "a", "status": "active"}, {"labels": "a"}],
)
def test_anything_but_a_label_is_refused(
    body: Any, api: Api, account: LinkedAccount, stackone: FakeStackOne
) -> None:
    assert code(patch(api, account.account_id, body)) == (400, "invalid")
    assert stackone.calls == []


def test_who_may_not_connect_may_not_name(
    api: Api, account: LinkedAccount, stackone: FakeStackOne, configure: Callable[..., None]
) -> None:
    configure(PERMISSION_CLASSES={"connect": Nobody})
    answer = patch(api, account.account_id, {"label": "EMEA"})
    assert code(answer) == (403, "permission_denied")
    assert stackone.calls == []


def test_another_organizations_account_is_as_one_that_does_not_exist(
    api: Api, owner: OriginOwner, stackone: FakeStackOne
) -> None:
    foreign = AccountFactory.create(owner=OwnerFactory.create())
    answers = [patch(api, name, {"label": "EMEA"}) for name in (foreign.account_id, "no", "%20")]
    assert {(a.status_code, a.content) for a in answers} == {(404, answers[1].content)}
    assert stackone.calls == []


def test_a_label_that_stackone_refuses_is_no_error(
    api: Api, account: LinkedAccount, stackone: FakeStackOne
) -> None:
    stackone.failing["label_account"] = StackOneRejectedError(status=400)
    answer = patch(api, account.account_id, {"label": "EMEA"})
    assert (answer.status_code, answer.json()["label"]) == (200, "EMEA")


def test_stackone_that_does_not_answer_is_said(
    api: Api, account: LinkedAccount, stackone: FakeStackOne
) -> None:
    stackone.failing["get_account"] = StackOneUnavailableError(retry_after=5)
    answer = patch(api, account.account_id, {"label": "EMEA"})
    assert (code(answer), answer["Retry-After"]) == ((503, "stackone_unavailable"), "5")


def test_naming_counts_against_the_limit(
    api: Api, account: LinkedAccount, configure: Callable[..., None]
) -> None:
    configure(THROTTLE_RATE="1/min")
    assert patch(api, account.account_id, {"label": "One"}).status_code == 200
    assert code(patch(api, account.account_id, {"label": "Two"})) == (429, "throttled")


def test_sentences_are_in_the_language_of_the_request_and_codes_in_none(
    api: Api, account: LinkedAccount
) -> None:
    with translation.override("de"):
        missing = patch(api, "no", {"label": "EMEA"}).json()
        invalid = patch(api, account.account_id, {"label": "a\x07"}).json()
        refused = api.http.put(f"/api/stackone/accounts/{account.account_id}/").json()
    assert missing == {"code": "account_not_found", "detail": "Dieses Konto gibt es nicht."}
    assert invalid["errors"] == {"label": ["Steuerzeichen sind nicht erlaubt."]}
    assert refused["code"] == "method_not_allowed"
    assert refused["detail"] == "Diese Adresse nimmt diese Methode nicht an."
    assert patch(api, "no", {"label": "EMEA"}).json()["detail"] == "There is no such account."

"""StackOne's guide, sentence by sentence: each that a server can honour, against the sandbox."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from typing import Any

import pytest

from example_project.accounts.models import Organization, User
from stackone_connect import client
from stackone_connect.models import ConnectSession
from stackone_connect.redaction import RedactedBytes
from tests.api.conftest import Api, code
from tests.fakes import Sandbox


def finish(api: Api, sandbox: Sandbox, form: str = "bamboohr", **body: Any) -> dict[str, Any]:
    """Issue a session, do what the hub does, say so; the session as it ended."""
    issued = api.issue(**body).json()
    account_id = sandbox.finish_hub(issued["token"], form)
    answer = api.complete(issued["id"], account_id)
    assert answer.status_code == 200, answer.content
    ended: dict[str, Any] = answer.json()
    return ended


# "Connecting with the StackOne API must be done server-side. This is required to keep your API
# keys secure and prevent them from being exposed in the frontend code."


def test_the_api_key_goes_to_stackone_and_never_to_the_browser(api: Api) -> None:
    keys: list[str] = []

    def exchange(
        method: str, url: str, headers: Any, body: bytes
    ) -> tuple[int, dict[str, str], RedactedBytes]:
        keys.append(str(headers["Authorization"]))
        return 200, {}, RedactedBytes(b'{"token": "t"}' if method == "POST" else b"[]")

    with client.using(client.FromSettings(exchange=exchange)):
        answer = api.issue(provider="bamboohr")
    assert answer.status_code == 201
    sent = keys[-1]
    assert base64.b64decode(sent.removeprefix("Basic ")) == b"sandbox-key:"
    for page in (answer, api.http.get("/"), api.get("connect-sessions/"), api.get("accounts/")):
        shown = page.content.decode() + str(page.headers)
        assert "sandbox-key" not in shown
        assert sent.removeprefix("Basic ") not in shown


# "You will need a StackOne API key to successfully request a token via the Connect Sessions
# Endpoint."


def test_without_a_valid_api_key_no_token_is_issued(
    api: Api, sandbox: Sandbox, configure: Callable[..., None]
) -> None:
    configure(API_KEY="another-key")
    assert code(api.issue()) == (502, "stackone_misconfigured")


# "The origin_owner_id and origin_owner_name are required fields but the origin_username is
# optional."


def test_owner_id_and_name_are_sent_of_the_members_organization(
    api: Api, sandbox: Sandbox, organization: Organization
) -> None:
    assert api.issue().status_code == 201
    assert sandbox.sent[-1]["origin_owner_id"] == str(organization.pk)
    assert sandbox.sent[-1]["origin_owner_name"] == "Acme"


def test_the_origin_username_is_the_members_user_name(api: Api, sandbox: Sandbox) -> None:
    assert api.issue().status_code == 201
    assert sandbox.sent[-1]["origin_username"] == "member@acme.example"


def test_the_origin_username_may_be_left_out(
    api: Api, sandbox: Sandbox, configure: Callable[..., None]
) -> None:
    configure(ORIGIN_USERNAME=lambda user: None)
    assert api.issue().status_code == 201
    assert "origin_username" not in sandbox.sent[-1]


# "If the origin_owner_id, origin_owner_name and provider have been used before then the previously
# created account will be updated otherwise a new account will be created."


def test_owner_and_provider_not_used_before_create_an_account(
    api: Api, sandbox: Sandbox, organization: Organization
) -> None:
    ended = finish(api, sandbox, provider="bamboohr")
    assert (ended["path"], ended["outcome"], ended["status"]) == ("create", "create", "completed")
    assert [a["id"] for a in sandbox.accounts(str(organization.pk))] == [ended["account_id"]]


def test_owner_and_provider_used_before_update_that_account(
    api: Api, sandbox: Sandbox, organization: Organization
) -> None:
    first = finish(api, sandbox, provider="bamboohr")
    again = finish(api, sandbox, provider="bamboohr")
    assert (again["path"], again["outcome"]) == ("update", "update")
    assert again["account_id"] == first["account_id"]
    assert len(sandbox.accounts(str(organization.pk))) == 1


def test_another_provider_creates_another_account(api: Api, sandbox: Sandbox) -> None:
    finish(api, sandbox, provider="bamboohr")
    ended = finish(api, sandbox, "greenhouse", provider="greenhouse")
    assert (ended["path"], ended["outcome"]) == ("create", "create")
    assert len(sandbox.accounts()) == 2


def test_a_renamed_organization_still_updates_its_account(
    api: Api, sandbox: Sandbox, organization: Organization
) -> None:
    first = finish(api, sandbox, provider="bamboohr")
    organization.name = "Acme Worldwide"
    organization.save()
    again = finish(api, sandbox, provider="bamboohr")
    assert sandbox.sent[-1]["origin_owner_name"] == "Acme"
    assert (again["outcome"], again["account_id"]) == ("update", first["account_id"])


# "label: A label is a text field that can be used to store any string data against the account."


def test_a_label_is_stored_against_the_account(api: Api, sandbox: Sandbox) -> None:
    ended = finish(api, sandbox, provider="bamboohr", label="Zürich, main office")
    assert ended["label"] == "Zürich, main office"
    assert sandbox.accounts()[0]["label"] == "Zürich, main office"
    assert api.get("accounts/").json()["results"][0]["label"] == "Zürich, main office"


# "category: The hub page will open at the category selector (HRIS, ATS etc)…"


def test_a_category_narrows_what_the_hub_offers(api: Api, sandbox: Sandbox) -> None:
    issued = api.issue(category="ats").json()
    assert issued["categories"] == sandbox.sent[-1]["categories"] == ["ats"]
    offered = sandbox.call("GET", "connectors", issued["token"])["integrations"]
    assert {item["provider"] for item in offered} >= {"greenhouse", "lever"}
    assert "bamboohr" not in {item["provider"] for item in offered}


def test_several_categories_may_be_given(api: Api, sandbox: Sandbox) -> None:
    issued = api.issue(categories=["ats", "hris"]).json()
    assert issued["categories"] == sandbox.sent[-1]["categories"] == ["ats", "hris"]


# "provider: The Hub page will open directly at the final stage…"


def test_with_a_provider_the_hub_offers_that_one_only(api: Api, sandbox: Sandbox) -> None:
    issued = api.issue(provider="bamboohr").json()
    assert issued["provider"] == sandbox.sent[-1]["provider"] == "bamboohr"
    offered = sandbox.call("GET", "connectors", issued["token"])["integrations"]
    assert [item["provider"] for item in offered] == ["bamboohr"]


# "account_id: If an existing account id is included in the connect session then the hub will open
# on the Edit Account page where the credentials can be updated and the account can be re-linked."


def test_with_an_account_id_the_hub_edits_that_account(api: Api, sandbox: Sandbox) -> None:
    account_id = finish(api, sandbox, provider="bamboohr")["account_id"]
    issued = api.issue(account_id=account_id).json()
    assert (issued["path"], issued["account_id"]) == ("update", account_id)
    settings = sandbox.call("GET", "settings", issued["token"])
    assert settings["existing_account_id"] == account_id
    sandbox.call(
        "PATCH", f"accounts/{account_id}", issued["token"], {"credentials": {"api_key": "new"}}
    )
    ended = api.complete(issued["id"], account_id).json()
    assert (ended["outcome"], ended["account_id"]) == ("update", account_id)


def test_a_broken_account_can_be_linked_again(api: Api, sandbox: Sandbox) -> None:
    from stackone_connect.sandbox import control

    account_id = finish(api, sandbox, provider="bamboohr")["account_id"]
    control.set_account_status(account_id, "error", ["The key was revoked."])
    issued = api.issue(account_id=account_id).json()
    sandbox.call(
        "PATCH", f"accounts/{account_id}", issued["token"], {"credentials": {"api_key": "new"}}
    )
    api.complete(issued["id"], account_id)
    shown = api.get(f"accounts/{account_id}/").json()
    assert (shown["status"], shown["needs_reconnect"]) == ("active", False)


# "metadata: { source: "my-backend" } // optional - metadata to associate with the connection"


def test_metadata_is_sent_where_the_host_lets_the_browser_set_it(
    api: Api, sandbox: Sandbox, configure: Callable[..., None]
) -> None:
    configure(CLIENT_FIELDS=["provider", "metadata"])
    assert api.issue(provider="bamboohr", metadata={"source": "settings"}).status_code == 201
    assert sandbox.sent[-1]["metadata"] == {"source": "settings"}


def test_metadata_is_refused_from_the_browser_otherwise(api: Api, sandbox: Sandbox) -> None:
    answer = api.issue(metadata={"source": "settings"})
    assert code(answer) == (400, "invalid")
    assert sandbox.requests == []


def test_metadata_of_the_server_is_sent_whatever_the_browser_says(
    api: Api, sandbox: Sandbox, configure: Callable[..., None]
) -> None:
    configure(
        CLIENT_FIELDS=["metadata"],
        SESSION_DEFAULTS=lambda organization, user: {"metadata": {"source": "my-backend"}},
    )
    assert api.issue(metadata={"source": "forged"}).status_code == 201
    assert sandbox.sent[-1]["metadata"] == {"source": "my-backend"}


# "res.send({ token: result.connectSessionTokenAuthLink?.token });" and "If the request is
# successful, it will respond with an object that contains a token property. This token will be
# returned and can then be used by the frontend to connect the React Hub with your application."


def test_the_token_is_returned_and_opens_the_hub(api: Api, sandbox: Sandbox) -> None:
    answer = api.issue()
    assert answer.status_code == 201
    assert sandbox.call("GET", "connectors", answer.json()["token"])["integrations"]


def test_nothing_else_of_stackones_answer_is_returned(api: Api, sandbox: Sandbox) -> None:
    answered = json.loads(api.issue().content)
    assert "auth_link_url" not in answered
    assert not {"external_trigger_token", "organization_id", "project_id"} & answered.keys()


# "res.status(500).send('error when trying to fetch session');"


def test_an_error_is_answered_when_stackone_fails(api: Api, sandbox: Sandbox) -> None:
    api.issue()  # the first look is done

    def exchange(*_: Any) -> tuple[int, dict[str, str], RedactedBytes]:
        return 500, {}, RedactedBytes(b"secrets of StackOne's")

    with client.using(client.FromSettings(exchange=exchange)):
        answer = api.issue()
    assert code(answer) == (503, "stackone_unavailable")
    assert b"secrets" not in answer.content


# "In summary, the endpoint will send a POST request to the StackOne API /connect_sessions endpoint
# with the credentials and the request data."


def test_an_issue_is_one_post_to_connect_sessions(api: Api, sandbox: Sandbox) -> None:
    api.issue()
    before = len(sandbox.requests)
    api.issue(provider="bamboohr")
    [(method, path, body)] = sandbox.requests[before:]
    assert (method, path) == ("POST", "/connect_sessions")
    assert body == {
        "origin_owner_id": body["origin_owner_id"],
        "origin_owner_name": "Acme",
        "origin_username": "member@acme.example",
        "provider": "bamboohr",
        "type": "production",
        "expires_in": 1800,
    }


# "When the frontend process is completed an Account will either be created or updated."


def test_what_really_happened_is_known_afterwards(api: Api, sandbox: Sandbox) -> None:
    outcomes = [finish(api, sandbox)["outcome"] for _ in range(2)]
    assert outcomes == ["create", "update"]
    assert [s["outcome"] for s in api.get("connect-sessions/").json()["results"]] == [
        "update",
        "create",
    ]


# "The origin_owner_id should always be set via server-side logic and not be passed through
# directly via the client-side request."


@pytest.mark.parametrize(
    "field", ["origin_owner_id", "origin_owner_name", "origin_username", "type"]
)
def test_owner_fields_from_the_browser_are_refused_and_never_sent(
    field: str, api: Api, sandbox: Sandbox
) -> None:
    answer = api.issue(provider="bamboohr", **{field: "another"})
    assert code(answer) == (400, "invalid")
    assert answer.json()["errors"] == {field: ["This field is set by the server."]}
    assert sandbox.requests == []
    assert not ConnectSession.objects.exists()


# "If this behaviour is desired then you need to pass the multiple flag set to true when the
# Connect Session is created. If the multiple flag is set then any existing account with the same
# settings will be left untouched and a new account will be created."


def test_multiple_creates_another_account_and_leaves_the_first_untouched(
    api: Api, sandbox: Sandbox, configure: Callable[..., None]
) -> None:
    configure(ALLOW_MULTIPLE=True)
    first = finish(api, sandbox, provider="bamboohr")
    [before] = sandbox.accounts()
    second = finish(api, sandbox, provider="bamboohr", multiple=True)
    assert (second["path"], second["outcome"]) == ("multiple", "multiple")
    assert second["account_id"] != first["account_id"]
    assert before in sandbox.accounts()
    assert len(sandbox.accounts()) == len(api.get("accounts/").json()["results"]) == 2


# "In some limited use cases you may wish to have multiple connected accounts…"


def test_multiple_is_for_hosts_that_allow_it(api: Api, sandbox: Sandbox) -> None:
    assert code(api.issue(provider="bamboohr", multiple=True)) == (400, "invalid")
    assert sandbox.requests == []


# "…or specified an existing account_id then the existing account would be updated."


def test_with_an_account_id_multiple_is_not_sent(
    api: Api, sandbox: Sandbox, configure: Callable[..., None]
) -> None:
    configure(ALLOW_MULTIPLE=True)
    account_id = finish(api, sandbox)["account_id"]
    issued = api.issue(account_id=account_id, multiple=True).json()
    assert (issued["path"], issued["multiple"]) == ("update", False)
    assert "multiple" not in sandbox.sent[-1]


# The table: "category (optional), provider (optional)" … "A new account will be created."


def test_neither_category_nor_provider_is_needed(api: Api, sandbox: Sandbox) -> None:
    ended = finish(api, sandbox)
    assert (ended["path"], ended["outcome"], ended["provider"]) == ("create", "create", None)


def test_the_flow_holds_over_real_sockets(
    live_server: Any, member: User, configure: Callable[..., None]
) -> None:
    configure(BASE_URL=f"{live_server.url}/sandbox")
    api = Api(member)
    issued = api.issue(provider="bamboohr")
    assert issued.status_code == 201
    linked = api.http.post(
        "/sandbox/hub/accounts",
        {
            "integration_id": "sandbox-bamboohr",
            "credentials": {"subdomain": "acme", "api_key": "a-customers-secret"},
        },
        content_type="application/json",
        headers={"x-hub-session-token": issued.json()["token"]},
    )
    ended = api.complete(issued.json()["id"], linked.json()["id"]).json()
    assert (ended["status"], ended["outcome"]) == ("completed", "create")

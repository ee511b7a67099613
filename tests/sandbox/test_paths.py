"""Create, update, multiple: each test is a sentence of StackOne's guide."""

from __future__ import annotations

from typing import Any

from tests.sandbox.conftest import BAMBOO, Server


def settings(session: Any) -> Any:
    return session.call("GET", "hub/settings").json()["existing_account_id"]


def connected(session: Any, *form: Any) -> str:
    answer = session.connect(*form)
    assert answer.status_code == 201, answer.content
    return str(answer.json()["id"])


def test_owner_name_and_provider_not_used_before_make_a_new_account(
    server: Server, browser: Any
) -> None:
    session = browser(provider="bamboohr")
    assert settings(session) is None
    made = connected(session)
    assert [account["id"] for account in server.accounts()] == [made]


def test_owner_name_and_provider_used_before_update_that_account(
    server: Server, browser: Any
) -> None:
    first = connected(browser(provider="bamboohr"))
    again = browser(provider="bamboohr")
    assert settings(again) == first
    assert connected(again) == first
    assert len(server.accounts()) == 1


def test_used_before_counts_too_where_the_provider_is_chosen_in_the_hub(
    server: Server, browser: Any
) -> None:
    first = connected(browser())
    for session in (browser(), browser(categories=["hris"])):
        assert settings(session) is None
        assert connected(session) == first
    assert len(server.accounts()) == 1


def test_another_owner_another_name_or_another_provider_is_another_account(
    server: Server, browser: Any
) -> None:
    connected(browser())
    for fields in ({"origin_owner_id": "org-2"}, {"origin_owner_name": "Acme Ltd"}):
        assert settings(browser(provider="bamboohr", **fields)) is None
        connected(browser(**fields))
    connected(browser(), "greenhouse", {"api_key": "k"})
    assert len(server.accounts()) == 4


def test_neither_user_nor_type_nor_label_decide(server: Server, browser: Any) -> None:
    first = connected(browser(origin_username="ann", label="one", type="test"))
    again = browser(origin_username="bob", label="two", type="production")
    assert connected(again) == first
    [account] = server.accounts()
    assert (account["origin_username"], account["label"]) == ("bob", "two")
    assert account["type"] == "test"


def test_an_update_without_label_or_user_name_keeps_them(server: Server, browser: Any) -> None:
    connected(browser(origin_username="ann", label="one"))
    connected(browser())
    [account] = server.accounts()
    assert (account["origin_username"], account["label"]) == ("ann", "one")


def test_multiple_leaves_the_account_untouched_and_makes_a_new_one(
    server: Server, browser: Any
) -> None:
    first = connected(browser())
    before = server.call("GET", f"accounts/{first}").json()
    session = browser(provider="bamboohr", multiple=True)
    assert settings(session) is None
    second = connected(session)
    assert second != first
    assert server.call("GET", f"accounts/{first}").json() == before
    assert connected(browser(multiple=True)) not in {first, second}


def test_multiple_makes_a_new_account_where_there_is_none(server: Server, browser: Any) -> None:
    made = connected(browser(multiple=True))
    assert [account["id"] for account in server.accounts()] == [made]


def test_an_account_made_with_multiple_has_been_used_before(server: Server, browser: Any) -> None:
    made = connected(browser(multiple=True))
    assert connected(browser()) == made


def test_of_several_accounts_the_oldest_is_updated(server: Server, browser: Any) -> None:
    first = connected(browser())
    connected(browser(multiple=True))
    assert connected(browser()) == first


def test_an_account_id_opens_and_updates_that_account(server: Server, browser: Any) -> None:
    first = connected(browser())
    second = connected(browser(multiple=True))
    for account_id in (first, second):
        session = browser(account_id=account_id)
        assert settings(session) == account_id
        assert connected(session, "bamboohr", {"subdomain": "moved"}) == account_id
    assert len(server.accounts()) == 2


def test_an_account_id_goes_before_multiple(server: Server, browser: Any) -> None:
    first = connected(browser())
    session = browser(account_id=first, multiple=True)
    assert settings(session) == first
    assert connected(session) == first
    assert len(server.accounts()) == 1


def test_an_account_id_does_not_ask_for_another_provider(server: Server, browser: Any) -> None:
    first = connected(browser())
    session = browser(account_id=first)
    assert session.connect("lever", {"api_key": "k", "environment": "sandbox"}).status_code == 404
    assert len(server.accounts()) == 1


def test_an_account_id_is_an_edit_and_not_a_move_to_the_sessions_owner(
    server: Server, browser: Any
) -> None:
    first = connected(browser())
    assert connected(browser(account_id=first, origin_owner_id="org-2")) == first
    assert server.accounts()[0]["origin_owner_id"] == "org-1"


def test_an_account_of_an_inactive_connector_can_still_be_edited(
    server: Server, browser: Any
) -> None:
    first = connected(browser())
    server.call("PATCH", f"accounts/{first}", {"provider": "teamtailor"})
    session = browser(account_id=first)
    assert connected(session, "teamtailor", {"api_key": "k"}) == first


def test_the_type_of_the_session_becomes_the_accounts(server: Server, browser: Any) -> None:
    connected(browser(type="test"))
    assert server.accounts()[0]["type"] == "test"


def test_pressing_connect_twice_makes_one_account(server: Server, browser: Any) -> None:
    session = browser()
    assert connected(session, "bamboohr", BAMBOO) == connected(session, "bamboohr", BAMBOO)
    assert len(server.accounts()) == 1


def test_pressing_connect_twice_with_multiple_makes_two(server: Server, browser: Any) -> None:
    session = browser(multiple=True)
    assert connected(session) != connected(session)
    assert len(server.accounts()) == 2


def test_one_session_may_connect_one_provider_after_another(server: Server, browser: Any) -> None:
    session = browser()
    connected(session)
    connected(session, "greenhouse", {"api_key": "k"})
    assert [account["provider"] for account in server.accounts()] == ["bamboohr", "greenhouse"]


def test_the_form_leaves_no_connection_attempt(server: Server, browser: Any) -> None:
    made = server.session()
    connected(type(browser())(made["token"]))
    assert server.call("GET", f"connect_sessions/{made['id']}").json() == {
        name: value
        for name, value in made.items()
        if name not in {"token", "auth_link_url", "external_trigger_token"}
    } | {"external_trigger_token": None}

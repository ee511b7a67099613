"""The main job once, without a browser: connect, reconnect, add another, break, disconnect.

The first account is linked by the sandbox's webhook alone; later ones also by completion calls.
This script takes the place of the browser and of StackOne's hub, over HTTP, with the example
project served as `make demo` serves it. Prints a timeline; exits with 1 at the first failure.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import requests

from example_project.accounts.demo import MEMBERS, PASSWORD
from scripts.running_site import Site, SiteError, running_site

ACME, GLOBEX = MEMBERS.values()
CREDENTIALS = {"subdomain": "acme", "api_key": "a-secret-of-acme-1234"}
#: Seconds that a webhook may take to arrive and be processed.
ARRIVES_WITHIN = 15
MASK = "__secretvalue:**redacted**"


class SmokeError(Exception):
    """A check failed; the message says which."""


def check(fact: bool, otherwise: str) -> None:
    if not fact:
        raise SmokeError(otherwise)


class Timeline:
    """Prints one line per step: the seconds since the start, and what was seen."""

    def __init__(self) -> None:
        self.start = time.monotonic()

    @contextmanager
    def step(self, what: str) -> Iterator[list[str]]:
        seen: list[str] = []
        try:
            yield seen
        except Exception:
            self.line("FAILED", what)
            raise
        self.line("ok", f"{what:<44} {' '.join(seen)}".rstrip())

    def line(self, mark: str, text: str) -> None:
        print(f"{time.monotonic() - self.start:7.2f} s  {mark:<7} {text}", flush=True)


class Browser:
    """A member's browser: keeps cookies, sends the CSRF token, sends and reads JSON."""

    def __init__(self, site: Site) -> None:
        self.site = site
        self.http = requests.Session()

    def sign_in(self, username: str) -> None:
        address = f"{self.site.url}/sign-in/"
        self.http.get(address, timeout=10).raise_for_status()
        response = self.http.post(
            address,
            data={
                "username": username,
                "password": PASSWORD,
                "csrfmiddlewaretoken": self.http.cookies["csrftoken"],
            },
            timeout=10,
        )
        check(response.ok and "Integrations" in response.text, f"{username} could not sign in")

    def api(
        self, method: str, path: str, *, json: dict[str, Any] | None = None, expect: int = 200
    ) -> dict[str, Any]:
        response = self.http.request(
            method,
            f"{self.site.url}/api/stackone/{path}",
            json=json,
            headers={"X-CSRFToken": self.http.cookies["csrftoken"]},
            timeout=20,
        )
        return _json(response, expect)

    def accounts(self) -> list[dict[str, Any]]:
        return list(self.api("GET", "accounts/")["results"])

    def account(self, account_id: str) -> dict[str, Any]:
        return self.api("GET", f"accounts/{account_id}/")


class Hub:
    """StackOne's hub: has only its token and the address of its server."""

    def __init__(self, site: Site, token: str) -> None:
        self.base = f"{site.url}/sandbox/hub"
        self.headers = {"x-hub-session-token": token, "x-hub-version": "1.11.4"}

    def call(
        self, method: str, path: str, *, json: dict[str, Any] | None = None, expect: int = 200
    ) -> dict[str, Any]:
        response = requests.request(
            method, f"{self.base}{path}", json=json, headers=self.headers, timeout=10
        )
        return _json(response, expect)


def _json(response: requests.Response, expect: int) -> dict[str, Any]:
    where = f"{response.request.method} {(response.request.url or '').split('?')[0]}"
    status = response.status_code
    check(status == expect, f"{where} returned {status}, not {expect}: {response.text[:300]}")
    return dict(response.json()) if response.content else {}


def eventually(
    read: Callable[[], dict[str, Any]], fits: Callable[[dict[str, Any]], bool], otherwise: str
) -> dict[str, Any]:
    """What ``read`` returns once it ``fits``: a webhook takes a moment."""
    deadline = time.monotonic() + ARRIVES_WITHIN
    while not fits(seen := read()):
        check(time.monotonic() < deadline, otherwise)
        time.sleep(0.1)
    return seen


def connect(browser: Browser, timeline: Timeline) -> str:
    """The first account: the hub shows its list, the member fills the form."""
    with timeline.step("asks for a connect session") as seen:
        session = browser.api("POST", "connect-sessions/", json={"category": "hris"}, expect=201)
        check(session["path"] == "create", f"the path is {session['path']}, not create")
        seen += [f"path={session['path']}", f"expires_at={session['expires_at']}"]
    hub = Hub(browser.site, session["token"])
    with timeline.step("the hub lists the connectors") as seen:
        hub.call("GET", "/settings")
        connectors = hub.call("GET", "/connectors")["integrations"]
        chosen = next(item for item in connectors if item["provider"] == "bamboohr")
        check(
            {item["type"] for item in connectors} == {"hris"}, "connectors of other categories came"
        )
        seen.append(", ".join(item["name"] for item in connectors if item["active"]))
    with timeline.step("the hub sends the form") as seen:
        form = hub.call("GET", f"/connectors/{chosen['integration_id']}")["config"]
        check(
            {field["key"] for field in form["configFields"]} >= set(CREDENTIALS),
            "the form does not ask for what is sent",
        )
        body = {"integration_id": chosen["integration_id"], "credentials": CREDENTIALS}
        account = hub.call("POST", "/accounts", json=body, expect=201)
        seen.append(f"account={account['id']}")
    with timeline.step("the webhook alone completes the session") as seen:
        done = eventually(
            lambda: browser.api("GET", f"connect-sessions/{session['id']}/"),
            lambda response: response["status"] == "completed",
            "the session was not completed by the webhook",
        )
        check(done["outcome"] == "create", f"the outcome is {done['outcome']}, not create")
        seen += [f"outcome={done['outcome']}", f"status={browser.account(account['id'])['status']}"]
    return str(account["id"])


def reconnect(browser: Browser, timeline: Timeline, account_id: str) -> None:
    """Edit mode: the hub shows the account's form with masked secrets and sends what changed."""
    with timeline.step("asks for a session for that account") as seen:
        session = browser.api(
            "POST", "connect-sessions/", json={"account_id": account_id}, expect=201
        )
        check(session["path"] == "update", f"the path is {session['path']}, not update")
        seen.append(f"path={session['path']}")
    hub = Hub(browser.site, session["token"])
    with timeline.step("the hub shows it with masked secrets") as seen:
        existing = hub.call("GET", "/settings").get("existing_account_id")
        check(existing == account_id, "the settings do not name the account")
        account = hub.call("GET", f"/accounts/{account_id}")
        secret = account["secrets"]["api_key"]
        check(secret.startswith(MASK), "a secret is not masked")
        check(CREDENTIALS["api_key"] not in str(account), "a secret came back")
        seen.append(f"subdomain={account['setupInformation']['subdomain']}")
    with timeline.step("the hub sends the changed field"):
        requests.patch(
            f"{hub.base}/accounts/{account_id}",
            json={
                "integration_id": account["integrationId"],
                "credentials": {"subdomain": "acme-europe"},
            },
            headers=hub.headers,
            timeout=10,
        ).raise_for_status()
    confirm(browser, timeline, session, account_id, outcome="update")


def add_another(browser: Browser, timeline: Timeline, first: str) -> None:
    """``multiple``: a second account of the same provider; the first stays unchanged."""
    with timeline.step("asks for another of the same provider") as seen:
        session = browser.api(
            "POST",
            "connect-sessions/",
            json={"provider": "bamboohr", "multiple": True, "label": "Europe"},
            expect=201,
        )
        check(session["path"] == "multiple", f"the path is {session['path']}, not multiple")
        seen.append(f"path={session['path']}")
    hub = Hub(browser.site, session["token"])
    with timeline.step("the hub makes it") as seen:
        (chosen,) = hub.call("GET", "/connectors")["integrations"]
        body = {"integration_id": chosen["integration_id"], "credentials": CREDENTIALS}
        account = hub.call("POST", "/accounts", json=body, expect=201)
        check(account["id"] != first, "the first account was used again")
        seen.append(f"account={account['id']}")
    confirm(browser, timeline, session, account["id"], outcome="multiple")


def confirm(
    browser: Browser, timeline: Timeline, session: dict[str, Any], account_id: str, *, outcome: str
) -> None:
    with timeline.step("the server asks StackOne and confirms") as seen:
        path = f"connect-sessions/{session['id']}/complete/"
        done = browser.api("POST", path, json={"account_id": account_id})
        check(
            (done["status"], done["outcome"]) == ("completed", outcome),
            f"the session is {done['status']} with outcome {done['outcome']}, not {outcome}",
        )
        check("token" not in done, "a token came back after the session was issued")
        seen += [f"outcome={done['outcome']}"]
    with timeline.step("the account is listed") as seen:
        listed = {account["account_id"]: account for account in browser.accounts()}
        check(account_id in listed, "the account is not listed")
        check(listed[account_id]["status"] == "active", "the account is not active")
        seen += [f"accounts={len(listed)}", f"status={listed[account_id]['status']}"]


def repair(browser: Browser, timeline: Timeline, account_id: str) -> None:
    """The provider refuses the credentials, and the member reconnects the account."""
    with timeline.step("the account's status becomes error"):
        browser.site.manage(
            "stackone_sandbox",
            "account-status",
            "--reason=The API key was revoked.",
            *("--", account_id, "error"),
        )
    with timeline.step("the webhook arrives; it needs reconnecting") as seen:
        account = eventually(
            lambda: browser.account(account_id),
            lambda response: bool(response["needs_reconnect"]),
            "the account's error did not arrive",
        )
        seen += [f"status={account['status']}", f"needs_reconnect={account['needs_reconnect']}"]
    reconnect(browser, timeline, account_id)
    with timeline.step("it works again") as seen:
        account = browser.account(account_id)
        check(not account["needs_reconnect"], "the account still needs reconnecting")
        seen.append(f"status={account['status']}")


def disconnect(browser: Browser, timeline: Timeline, account_id: str) -> None:
    with timeline.step("the member disconnects it"):
        browser.api("DELETE", f"accounts/{account_id}/", expect=204)
        left = [account["account_id"] for account in browser.accounts()]
        check(account_id not in left, "the account is still listed")
    with timeline.step("an account is deleted at StackOne") as seen:
        (other,) = left
        requests.delete(
            f"{browser.site.url}/sandbox/accounts/{other}", auth=("sandbox-key", ""), timeout=10
        ).raise_for_status()
        seen.append(f"account={other}")
    with timeline.step("the webhook arrives; it is disconnected here") as seen:
        gone = eventually(
            lambda: browser.api("GET", f"accounts/{other}/"),
            lambda response: bool(response["disconnected_at"]),
            "the deletion did not arrive",
        )
        seen.append(f"disconnected_at={gone['disconnected_at']}")


def deliveries(browser: Browser, timeline: Timeline) -> None:
    """The sandbox's own record: every webhook was delivered."""
    with timeline.step("every webhook was delivered") as seen:
        told = eventually(
            lambda: {"lines": browser.site.manage("stackone_sandbox", "deliveries").splitlines()},
            lambda response: all(" delivered " in line for line in response["lines"]),
            "a webhook was not delivered",
        )["lines"]
        check(len(told) >= 6, f"{len(told)} webhooks, not 6 or more")  # noqa: PLR2004 - counted
        seen.append(f"webhooks={len(told)}")


def stay_out(browser: Browser, timeline: Timeline, account_id: str) -> None:
    """The other organization's member sees nothing, and learns nothing from a response."""
    with timeline.step("the other organization sees nothing of it") as seen:
        check(browser.accounts() == [], "another organization's account is listed")
        refused = [
            browser.api("POST", "connect-sessions/", json={"account_id": id_}, expect=404)
            for id_ in (account_id, "no-such-account")
        ]
        check(refused[0] == refused[1], "a foreign id and an unknown one differ")
        seen.append(f"code={refused[0]['code']}")


def main() -> int:
    timeline = Timeline()
    try:
        with running_site() as site:
            timeline.line("ok", f"the example is served at {site.url}")
            acme, globex = Browser(site), Browser(site)
            with timeline.step(f"{ACME} signs in"):
                acme.sign_in(ACME)
            account_id = connect(acme, timeline)
            reconnect(acme, timeline, account_id)
            add_another(acme, timeline, account_id)
            with timeline.step(f"{GLOBEX} signs in"):
                globex.sign_in(GLOBEX)
            stay_out(globex, timeline, account_id)
            repair(acme, timeline, account_id)
            disconnect(acme, timeline, account_id)
            deliveries(acme, timeline)
            for line in site.log.read_text(errors="replace").splitlines():
                _, event, rest = line.partition("connect_session.")
                if event:
                    print(f"{'':9}  log     {event}{rest}")
    except (SmokeError, SiteError, requests.RequestException, KeyError) as error:
        print(f"\n{type(error).__name__}: {error}", file=sys.stderr)
        return 1
    timeline.line("ok", "done")
    return 0


if __name__ == "__main__":
    sys.exit(main())

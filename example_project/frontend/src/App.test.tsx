import type { Account, HubModule, Session } from "@stackone-connect/react";
import { act, cleanup, fireEvent, render, screen, within } from "@testing-library/react";
import { StrictMode, useState } from "react";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

import { App } from "./App";
import { readConfig } from "./config";
import { account, ACCOUNTS, completed, Server, session, SESSIONS } from "../../../frontend/src/testing/server";

type HubProps = Parameters<typeof import("@stackone/hub").StackOneHub>[0];

// Milliseconds, as the package has them.
const WATCH_EVERY = 4_000;
const END_IS_NEAR = 120_000;

let server: Server;
let accounts: Account[];
let sessions: Session[];
let hubProps: HubProps;
let loadHub: () => Promise<HubModule>;

/** In place of StackOne's component: a form that forgets what was typed when it is a new one. */
function StackOneHub(props: HubProps) {
  hubProps = props;
  const [typed, setTyped] = useState("");
  return <input aria-label="hub" value={typed} onChange={(event) => setTyped(event.target.value)} />;
}

beforeEach(() => {
  vi.useFakeTimers();
  accounts = [];
  sessions = [];
  loadHub = vi.fn(() => Promise.resolve({ StackOneHub }));
  server = new Server()
    .issues({ auth_link_url: "https://stackone.test/link" } as Partial<Session>)
    .on(`GET ${ACCOUNTS}`, () => ({ data: { next: null, results: accounts } }))
    .on(`GET ${SESSIONS}`, () => ({ data: { next: null, results: sessions } }))
    .on(`GET ${ACCOUNTS}a1/`, { data: account() })
    .on(`GET ${SESSIONS}s1/`, { data: session() });
});
afterEach(() => {
  cleanup();
  vi.useRealTimers();
});

const pass = (milliseconds = 0) => act(() => vi.advanceTimersByTimeAsync(milliseconds));
const button = (name: string | RegExp) => screen.getByRole("button", { name });
const status = () => document.querySelector("[part=status]")?.textContent;
const accountsStatus = () => document.getElementById("accounts-status")?.textContent;

async function press(name: string | RegExp) {
  fireEvent.click(button(name));
  await pass();
}

async function show() {
  const told = document.createElement("div");
  Object.assign(told.dataset, {
    api: "/api/stackone/",
    allowMultiple: "true",
    signIn: "/sign-in/",
    organization: "Acme Inc",
    hubBaseUrl: "/sandbox",
    hubAppUrl: "",
    shortcuts: '[["bamboohr", "BambooHR"]]',
  });
  const page = (
    <App config={readConfig(told)} fetchFunction={server.fetch} loadHub={() => loadHub()} />
  );
  render(page, { wrapper: StrictMode });
  await act(() => vi.dynamicImportSettled());
  await pass();
}

describe("the lists", () => {
  it("are said to load, and to load slowly, before they are there", async () => {
    server.on(`GET ${ACCOUNTS}`, () => new Promise(() => {}));
    await show();
    expect(screen.getByText("Loading…")).toBeTruthy();
    await pass(4_000);
    expect(screen.getByText(/^Still loading/)).toBeTruthy();
  });

  it("are said to be empty where nothing is connected yet", async () => {
    await show();
    expect(screen.getByText("Nothing is connected yet.")).toBeTruthy();
    expect(screen.getByText("No sessions yet.")).toBeTruthy();
  });

  it("say what is wrong when they can't be had, and can be asked for again", async () => {
    server.on(`GET ${ACCOUNTS}`, new TypeError("Failed to fetch"));
    await show();
    expect(screen.getByText(/^The server cannot be reached/)).toBeTruthy();
    expect(screen.queryByText("Nothing is connected yet.")).toBeNull();
    server.on(`GET ${ACCOUNTS}`, { data: { next: null, results: [account()] } });
    await press("Try again");
    expect(screen.getByRole("heading", { name: "BambooHR Active" })).toBeTruthy();
    expect(screen.queryByText(/^The server cannot be reached/)).toBeNull();
  });

  it("keep what they have when a later look fails", async () => {
    accounts = [account()];
    await show();
    server.on(`GET ${ACCOUNTS}`, new TypeError("Failed to fetch"));
    act(() => void document.dispatchEvent(new Event("visibilitychange")));
    await pass();
    expect(screen.getByText(/^The server cannot be reached/)).toBeTruthy();
    expect(screen.getByRole("heading", { name: "BambooHR Active" })).toBeTruthy();
  });

  it("lead to the sign-in where the user has been signed out", async () => {
    server.on(`GET ${ACCOUNTS}`, { status: 403, data: { code: "not_authenticated" } });
    await show();
    const link = screen.getByRole("link", { name: "Sign in again" });
    expect(link.getAttribute("href")).toMatch(/^\/sign-in\/\?next=/);
  });

  it("show the status of accounts, as StackOne calls it where we have no text", async () => {
    const reason = { code: "401", description: "The key was revoked." };
    accounts = [
      account({ account_id: "a1", status: "error", needs_reconnect: true }),
      account({ account_id: "a2", provider: "new", provider_name: null, status: "dormant" }),
    ];
    accounts[0]!.status_reasons = [reason as Account["status_reasons"][number]];
    await show();
    expect(screen.getByText("Needs reconnecting").className).toContain("bad");
    expect(screen.getByText("The key was revoked.")).toBeTruthy();
    expect(screen.getByRole("heading", { name: "new dormant" })).toBeTruthy();
  });

  it("tell how sessions ended", async () => {
    sessions = [
      session({ id: "s4", categories: ["hris"] }),
      session({ id: "s3", last_attempt: { status: "error", code: "access_denied" } }),
      session({ id: "s2", status: "failed", error_code: "stackone_unavailable" }),
      completed(),
    ];
    await show();
    const rows = screen.getAllByRole("row").slice(1);
    expect(rows.map((row) => row.textContent)).toEqual([
      expect.stringContaining("Any HRIS"),
      expect.stringContaining("The provider refused: access_denied."),
      expect.stringContaining("StackOne cannot be reached at the moment."),
      expect.stringContaining("BambooHRCreateCreatedCompleted"),
    ]);
  });

  it("notice an account that breaks while the page is open", async () => {
    accounts = [account({ label: "Payroll UK" })];
    await show();
    accounts = [account({ label: "Payroll UK", status: "error", needs_reconnect: true })];
    await pass(30_000);
    expect(screen.getByText(/^Stopped working: BambooHR \(Payroll UK\)\./)).toBeTruthy();
    accounts = [account({ label: "Payroll UK" })];
    await pass(30_000);
    expect(screen.queryByText(/^Stopped working/)).toBeNull();
  });

  it("show six sessions, then the rest, then the next page, whatever host it names", async () => {
    const many = (from: number, count: number) =>
      Array.from({ length: count }, (_, index) => session({ id: `s${from + index}` }));
    server.on(`GET ${SESSIONS}`, {
      data: { next: `http://inside${SESSIONS}?cursor=abc`, results: many(0, 50) },
    });
    server.on(`GET ${SESSIONS}?cursor=abc`, { data: { next: null, results: many(50, 4) } });
    await show();
    expect(screen.getAllByRole("row")).toHaveLength(7);
    await press("Show older sessions");
    expect(screen.getAllByRole("row")).toHaveLength(51);
    await press("Show older sessions");
    expect(screen.getAllByRole("row")).toHaveLength(55);
    expect(screen.queryByRole("button", { name: "Show older sessions" })).toBeNull();
  });
});

describe("connecting", () => {
  it("asks for the category that was chosen, and loads the hub only then", async () => {
    await show();
    expect(loadHub).not.toHaveBeenCalled();
    fireEvent.click(screen.getByRole("radio", { name: "HRIS" }));
    await press("Connect");
    expect(server.calls).toContainEqual({ call: `POST ${SESSIONS}`, body: { category: "hris" } });
    expect(loadHub).toHaveBeenCalledTimes(1);
    expect(hubProps).toMatchObject({ token: "token-1", baseUrl: "/sandbox", accountId: undefined });
    expect(hubProps.appUrl).toBeUndefined();
    expect(document.activeElement?.textContent).toBe("Connect an account");
  });

  it("goes straight to a provider", async () => {
    await show();
    await press("BambooHR");
    expect(server.calls).toContainEqual({
      call: `POST ${SESSIONS}`,
      body: { provider: "bamboohr" },
    });
    expect(screen.getByRole("heading", { name: "Connect BambooHR" })).toBeTruthy();
  });

  it("opens the account's own form to reconnect it", async () => {
    accounts = [account()];
    await show();
    await press("Reconnect: BambooHR");
    expect(server.calls).toContainEqual({ call: `POST ${SESSIONS}`, body: { account_id: "a1" } });
    expect(hubProps.accountId).toBe("a1");
    expect(screen.getByRole("heading", { name: "Reconnect BambooHR" })).toBeTruthy();
  });

  it("adds another account of a provider", async () => {
    accounts = [account()];
    await show();
    await press("Add another: BambooHR");
    fireEvent.change(screen.getByLabelText("Name of the other account"), { target: { value: "UK" } });
    await press("Add another");
    const body = { provider: "bamboohr", multiple: true, label: "UK" };
    expect(server.calls).toContainEqual({ call: `POST ${SESSIONS}`, body });
    expect(screen.getByRole("heading", { name: "Add another BambooHR account" })).toBeTruthy();
  });

  it("says that it worked when the server says so, and not when the hub does", async () => {
    let confirm = (_: { data: Session }) => {};
    const answer = new Promise<{ data: Session }>((resolve) => (confirm = resolve));
    server.on(`POST ${SESSIONS}s1/complete/`, () => answer);
    await show();
    await press("Connect");
    act(() => hubProps.onSuccess?.({ id: "a1", provider: "bamboohr" }));
    expect(status()).toBe("Checking with StackOne…");
    expect(screen.getByText("Nothing is connected yet.")).toBeTruthy();
    accounts = [account()];
    confirm({ data: completed() });
    await pass();
    expect(status()).toBe("BambooHR is connected.");
    expect(screen.getByRole("heading", { name: "BambooHR Active" })).toBeTruthy();
  });

  it("asks which account is meant where the provider is connected already", async () => {
    accounts = [account(), account({ account_id: "a2", label: "Payroll UK" })];
    await show();
    await press("BambooHR");
    expect(server.count(`POST ${SESSIONS}`)).toBe(0);
    await press("Update BambooHR (Payroll UK)");
    expect(server.calls).toContainEqual({ call: `POST ${SESSIONS}`, body: { account_id: "a2" } });
  });

  it("says beforehand what a choice in the hub would overwrite", async () => {
    accounts = [account({ label: "Payroll UK" })];
    await show();
    await press("Connect");
    expect(
      screen.getByText(/^Already connected: BambooHR \(Payroll UK\)\. If you choose one/),
    ).toBeTruthy();
  });

  it("offers to check again where nothing has changed", async () => {
    server.on(`POST ${SESSIONS}s1/complete/`, { data: session() });
    await show();
    await press("Connect");
    act(() => hubProps.onSuccess?.({ id: "a1", provider: "bamboohr" }));
    await pass();
    expect(status()).toMatch(/^StackOne hasn’t confirmed a change yet\./);
    server.on(`POST ${SESSIONS}s1/complete/`, { data: completed() });
    await press("Check again");
    expect(status()).toBe("BambooHR is connected.");
  });

  it("says that access was denied, and leaves the form as it is", async () => {
    await show();
    await press("Connect");
    fireEvent.change(screen.getByLabelText("hub"), { target: { value: "typed" } });
    const last_attempt = { status: "error", code: "access_denied" };
    server.on(`GET ${SESSIONS}s1/`, { data: session({ last_attempt }) });
    await pass(WATCH_EVERY);
    expect(status()).toBe(
      "Access was not granted in the provider’s window, so nothing was connected. Try again",
    );
    expect(screen.getByLabelText<HTMLInputElement>("hub").value).toBe("typed");
  });

  it("offers a fresh form when the session ends soon, and makes none unasked", async () => {
    await show();
    await press("Connect");
    fireEvent.change(screen.getByLabelText("hub"), { target: { value: "typed" } });
    await pass(30 * 60_000 - END_IS_NEAR);
    expect(screen.getByText(/^This session ends soon\./)).toBeTruthy();
    expect(screen.getByLabelText<HTMLInputElement>("hub").value).toBe("typed");
    await press("Start again");
    expect(hubProps.token).toBe("token-2");
    expect(screen.getByLabelText<HTMLInputElement>("hub").value).toBe("");
    expect(screen.queryByText(/^This session/)).toBeNull();
  });

  it("gives the focus back to Connect when it is closed", async () => {
    await show();
    await press("Connect");
    await press("Cancel");
    expect(screen.queryByLabelText("hub")).toBeNull();
    expect(document.activeElement).toBe(button("Connect"));
  });

  it.each([
    ["can't be loaded", () => Promise.reject(new TypeError("Failed to fetch"))],
    [
      "crashes",
      () =>
        Promise.resolve({
          StackOneHub: () => {
            throw new Error("crash");
          },
        }),
    ],
  ])("leads to StackOne's own page where the hub %s", async (_, load) => {
    vi.spyOn(console, "error").mockImplementation(() => {});
    loadHub = load;
    await show();
    await press("Connect");
    const link = screen.getByRole("link", { name: "Open StackOne’s page" });
    expect(link.getAttribute("href")).toBe("https://stackone.test/link");
    accounts = [account()];
    server.on(`GET ${SESSIONS}s1/`, { data: completed() });
    await pass(WATCH_EVERY);
    expect(status()).toBe("BambooHR is connected.");
    expect(screen.queryByRole("link", { name: "Open StackOne’s page" })).toBeNull();
  });
});

describe("disconnecting", () => {
  const DELETE = `DELETE ${ACCOUNTS}a1/`;
  beforeEach(() => {
    accounts = [account()];
  });

  it("asks first, and the safe answer has the focus", async () => {
    await show();
    await press("Disconnect: BambooHR");
    expect(document.activeElement).toBe(button("Keep it"));
    fireEvent.keyDown(button("Keep it"), { key: "Escape" });
    await pass(50);
    expect(document.activeElement).toBe(button("Disconnect: BambooHR"));
    expect(server.count(DELETE)).toBe(0);
  });

  it("says so when StackOne has let go of the account (204)", async () => {
    server.on(DELETE, () => {
      accounts = [];
      return { status: 204 };
    });
    await show();
    await press("Disconnect: BambooHR");
    await press("Disconnect BambooHR");
    expect(accountsStatus()).toBe("BambooHR is disconnected.");
    expect(screen.getByText("Nothing is connected yet.")).toBeTruthy();
    expect(document.activeElement).toBe(screen.getByRole("heading", { name: "Linked accounts" }));
  });

  it("says so when StackOne does not answer and the server goes on trying (202)", async () => {
    server.on(DELETE, { status: 202, data: account() });
    await show();
    await press("Disconnect: BambooHR");
    await press("Disconnect BambooHR");
    expect(accountsStatus()).toMatch(/^StackOne does not answer just now\. BambooHR is no longer/);
    const row = screen.getByRole("heading", { name: "BambooHR Disconnecting" }).closest("li")!;
    expect(within(row).queryAllByRole("button")).toEqual([]);
  });

  it("can be tried again when it was refused", async () => {
    server.on(DELETE, { status: 502, data: { code: "stackone_misconfigured", detail: "…" } });
    await show();
    await press("Disconnect: BambooHR");
    await press("Disconnect BambooHR");
    expect(accountsStatus()).toMatch(/^Connecting is not set up correctly/);
    server.on(DELETE, { status: 204 });
    await press("Try again");
    expect(accountsStatus()).toBe("BambooHR is disconnected.");
  });

  it("counts a limit down on what was pressed, and asks for nothing meanwhile", async () => {
    const headers = { "Retry-After": "30" };
    server.on(DELETE, { status: 429, headers, data: { code: "throttled", detail: "…" } });
    accounts = [account(), account({ account_id: "a2", label: "US" })];
    await show();
    const first = /^Disconnect: BambooHR(?! \(US)/;
    const pressed = () => screen.getByRole("button", { name: first });
    fireEvent.click(pressed());
    fireEvent.click(screen.getByRole("button", { name: /^Disconnect BambooHR/ }));
    await pass();
    expect(accountsStatus()).toMatch(/30 seconds/);
    const waits = () => [pressed(), button("Try again")].map((node) => node.dataset.stackoneWait);
    expect(waits()).toEqual(["30 sec", "30 sec"]);
    await pass(10_000);
    expect(waits()).toEqual(["20 sec", "20 sec"]);
    const other = screen.getByRole("button", { name: /^Disconnect: BambooHR \(US/ });
    expect(other.dataset.stackoneWait).toBeUndefined();

    fireEvent.click(button("Try again"));
    fireEvent.click(other);
    const confirm = screen.getByRole("button", { name: /^Disconnect BambooHR \(US/ });
    expect(confirm.dataset.stackoneWait).toBe("20 sec");
    fireEvent.click(confirm);
    await pass();
    expect(server.count(DELETE)).toBe(1);

    server.on(DELETE, { status: 204 });
    await pass(20_000);
    expect(waits()).toEqual([undefined, undefined]);
    await press("Try again");
    expect(server.count(DELETE)).toBe(2);
  });

  it("closes the form of the account that is gone", async () => {
    server.on(DELETE, { status: 204 });
    await show();
    await press("Reconnect: BambooHR");
    await press("Disconnect: BambooHR");
    await press("Disconnect BambooHR");
    expect(screen.queryByLabelText("hub")).toBeNull();
  });
});

// What both the element and the React panel do: one table, gone through with each.

import { act } from "@testing-library/react";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

import { SLOW_AFTER } from "./core/flow.js";
import { END_IS_NEAR } from "./core/life.js";
import { WATCH_EVERY } from "./core/watch.js";
import { type Driven, element, panel, script, type Setup } from "./testing/drivers.js";
import { account, ACCOUNTS, completed, Server, session, SESSIONS } from "./testing/server.js";

vi.mock("./core/hub.js", async (original) => ({
  ...(await original<typeof import("./core/hub.js")>()),
  loadHubScript: () => script.load(),
}));

const POST = `POST ${SESSIONS}`;
const COMPLETE = `POST ${SESSIONS}s1/complete/`;
const LOOK = `GET ${SESSIONS}s1/`;
const ATTEMPT = "GET /sandbox/hub/connection_attempts/t1";
const LINK = { auth_link_url: "https://stackone.test/link" } as object;
const BAMBOOHR = { provider: "bamboohr" };
const LIFETIME = 30 * 60_000;

let server: Server;
let accounts: ReturnType<typeof account>[];
let popup: { closed: boolean } | null;

beforeEach(() => {
  vi.useFakeTimers();
  accounts = [];
  popup = { closed: false };
  server = new Server()
    .issues()
    .on(LOOK, { data: session() })
    .on(`GET ${ACCOUNTS}`, () => ({ data: { next: null, results: accounts } }))
    .on(`GET ${ACCOUNTS}a1/`, { data: account() });
  vi.spyOn(document, "hasFocus").mockReturnValue(true);
  vi.stubGlobal("open", vi.fn(() => popup));
});

const pass = (milliseconds = 0) => act(() => vi.advanceTimersByTimeAsync(milliseconds));
const hubFetch = async (token: string | null, address = "/sandbox/hub/connectors") => {
  await window.fetch(address, { headers: { "x-hub-session-token": token ?? "" } });
};
const textOf = (node: HTMLElement | null) => (node?.textContent ?? "").trim();
const respond = (status: number, code: string, headers = {}) => ({
  status,
  data: { code, detail: "…" },
  headers,
});

describe.each([element, panel])("$name", (driver) => {
  afterEach(() => {
    driver.unmount();
    vi.unstubAllGlobals();
    vi.restoreAllMocks();
    vi.useRealTimers();
  });

  let driven: Driven;
  const mount = async (setup: Omit<Setup, "server"> = {}) => {
    driven = await driver.mount({ server, ...setup });
  };
  const press = async (node: HTMLElement | null = driven.opener) => {
    act(() => node!.click());
    await pass();
  };
  const open = async (setup: Omit<Setup, "server"> = {}) => {
    await mount(setup);
    await press();
  };
  const status = () => textOf(driven.part("status"));
  const title = () => textOf(driven.part("title"));
  const note = () => textOf(driven.part("path"));
  const isShown = () => !driven.part("panel")!.hidden;
  const within = (part: string, selector: string) =>
    [...(driven.part(part)?.querySelectorAll<HTMLElement>(selector) ?? [])];
  const choices = () => within("choice", "li button").map(textOf);
  const add = () => within("choice", "form button")[0] ?? null;
  const again = () => within("status", "button")[0] ?? null;
  const requests = () => server.calls.filter(({ call }) => call === POST).map(({ body }) => body);
  const openWindow = (token = driven.token()) =>
    act(() => void window.open(`/sandbox/connect/oauth2/x?token=${token}&connection_attempt_id=t1`));
  const attempt = (status: string, code: string | null = null) =>
    server.on(ATTEMPT, { data: { status, account: null, error: code && { code } } });

  describe("before it is pressed", () => {
    it("asks for nothing and loads nothing", async () => {
      const loadHub = vi.fn(() => Promise.resolve());
      await mount({ loadHub });
      await pass(60_000);
      expect(loadHub).not.toHaveBeenCalled();
      expect(server.calls).toEqual([]);
      expect(isShown()).toBe(false);
    });

    it.each(["pointerover", "focus"])("fetches what a press will need, on %s", async (kind) => {
      const loadHub = vi.fn(() => Promise.resolve());
      await mount({ loadHub, request: BAMBOOHR });
      act(() => {
        if (kind === "focus") driven.opener.focus();
        for (const type of [kind, kind === "pointerover" ? "pointerenter" : "focusin"]) {
          driven.opener.dispatchEvent(new Event(type, { bubbles: type !== "pointerenter" }));
        }
      });
      await pass(10);
      expect(loadHub).toHaveBeenCalled();
      expect(server.calls.map(({ call }) => call)).toEqual([`GET ${ACCOUNTS}`]);
      await press();
      expect(server.count(`GET ${ACCOUNTS}`)).toBe(1);
      expect(requests()).toEqual([BAMBOOHR]);
    });
  });

  describe("a press", () => {
    it("asks for one session, however often it comes, and shows the form", async () => {
      await mount({ request: BAMBOOHR });
      act(() => {
        driven.opener.click();
        driven.opener.click();
      });
      await pass();
      await press();
      expect(requests()).toEqual([BAMBOOHR]);
      expect(driven.token()).toBe("token-1");
      expect(isShown()).toBe(true);
      expect(note()).toBe("This adds a new account.");
      expect(status()).toBe("");
    });

    it("while the form is open leaves it as it is, also where it was asked which account", async () => {
      accounts = [];
      await open({ request: BAMBOOHR });
      await pass(10_000);
      await press();
      expect([requests(), driven.token()]).toEqual([[BAMBOOHR], "token-1"]);

      await press(driven.part("cancel"));
      accounts = [account()];
      await press();
      await press(within("choice", "li button")[0]!);
      await pass(10_000);
      await press();
      expect([requests().length, driven.token()]).toEqual([2, "token-2"]);
    });

    it("says that the form is loading, and that it takes long", async () => {
      let load = () => {};
      await open({ loadHub: () => new Promise((resolve) => (load = resolve)) });
      expect(status()).toBe("Loading the form…");
      await pass(SLOW_AFTER);
      expect(status()).toMatch(/^Still loading the form\..* Cancel$/);
      load();
      await pass();
      expect(status()).toBe("");
    });

    it("that takes long can be called off", async () => {
      server.on(POST, () => new Promise(() => {}));
      await open();
      expect(status()).toBe("Asking StackOne for a session…");
      await pass(SLOW_AFTER);
      await press(again());
      expect(status()).toBe("");
      expect(isShown()).toBe(false);
    });

    it("leads to StackOne's own page where the form can't be loaded", async () => {
      server.issues(LINK);
      await open({ loadHub: () => Promise.reject(new TypeError()) });
      expect(textOf(driven.part("hosted"))).toMatch(/^StackOne’s form could not be loaded\./);
      const link = within("hosted", "a")[0]!;
      expect(link.getAttribute("href")).toBe("https://stackone.test/link");
      server.on(LOOK, { data: completed() });
      await pass(WATCH_EVERY + 10);
      expect(status()).toBe("BambooHR is connected.");
      expect(isShown()).toBe(false);
    });

    it("keeps its session where there is neither form nor page", async () => {
      let isThere = false;
      await open({ loadHub: () => (isThere ? Promise.resolve() : Promise.reject(new TypeError())) });
      expect(status()).toMatch(/^StackOne’s form could not be loaded\. .* Try again$/);
      isThere = true;
      await press(again());
      expect(driven.token()).toBe("token-1");
      expect(requests()).toHaveLength(1);
    });
  });

  describe("what is connected already", () => {
    const two = [
      account({ label: "Payroll UK" }),
      account({ account_id: "a2", label: "Payroll US" }),
    ];

    it("is asked about before the form opens", async () => {
      accounts = two;
      await open({ request: BAMBOOHR });
      expect(requests()).toEqual([]);
      expect(note()).toBe("BambooHR is already connected. Which account do you want to update?");
      expect(choices()).toEqual(["Update BambooHR (Payroll UK)", "Update BambooHR (Payroll US)"]);
      expect(add()).toBeNull();
      await press(within("choice", "li button")[1]!);
      expect(requests()).toEqual([{ account_id: "a2" }]);
    });

    it("is read again however the computer's clock was set meanwhile", async () => {
      accounts = [];
      await open({ request: BAMBOOHR });
      await press(driven.part("cancel"));
      vi.setSystemTime(Date.now() - 3_600_000);
      await pass(20_000);
      accounts = [account()];
      await press();
      expect(choices()).toEqual(["Update BambooHR"]);
    });

    it("may get company where the server allows it, under a name", async () => {
      accounts = [account()];
      await open({ request: BAMBOOHR, allowMultiple: true });
      expect(note()).toBe("BambooHR is already connected. Update that account, or add another?");
      within("choice", "input").forEach((input) => ((input as HTMLInputElement).value = " UK "));
      await press(add());
      expect(requests()).toEqual([{ provider: "bamboohr", multiple: true, label: "UK" }]);
      expect(title()).toMatch(/Connect/);
    });

    it("makes it ask for the name of another one that is asked for without", async () => {
      accounts = [account()];
      await open({ request: { ...BAMBOOHR, multiple: true } });
      expect(choices()).toEqual([]);
      await press(add());
      expect(requests()).toEqual([{ provider: "bamboohr", multiple: true }]);
    });

    it.each([
      ["none is connected", [], BAMBOOHR],
      ["another system is connected", [account({ provider: "gusto" })], BAMBOOHR],
      ["it was disconnected", [account({ disconnected_at: "2026-01-31T12:00:00Z" })], BAMBOOHR],
      ["the account is named", [account()], { account_id: "a1" }],
      ["it has a name already", [account()], { ...BAMBOOHR, multiple: true, label: "UK" }],
    ])("is not asked about where %s", async (_, connected, request) => {
      accounts = connected;
      await open({ request });
      expect(requests()).toEqual([request]);
    });

    it("is not asked about who may not see it, and nothing is promised", async () => {
      server.on(`GET ${ACCOUNTS}`, respond(403, "permission_denied"));
      await open({ request: BAMBOOHR });
      expect(requests()).toEqual([BAMBOOHR]);
    });

    it("keeps the form closed where it can't be read just now", async () => {
      server.on(`GET ${ACCOUNTS}`, new TypeError("Failed to fetch"));
      await open({ request: BAMBOOHR });
      expect(requests()).toEqual([]);
      expect(status()).toMatch(/^The server cannot be reached\./);
      accounts = [account()];
      server.on(`GET ${ACCOUNTS}`, () => ({ data: { next: null, results: accounts } }));
      await press(again());
      expect(choices()).toEqual(["Update BambooHR"]);
    });

    it("is read to its end, however many there are", async () => {
      const many = (from: number) =>
        Array.from({ length: 50 }, (_, i) => account({ account_id: `x${from + i}`, provider: "x" }));
      server.on(`GET ${ACCOUNTS}`, {
        data: { next: `http://inside${ACCOUNTS}?cursor=2`, results: many(0) },
      });
      server.on(`GET ${ACCOUNTS}?cursor=2`, { data: { next: null, results: [account()] } });
      await open({ request: BAMBOOHR });
      expect(choices()).toEqual(["Update BambooHR"]);
    });

    it("is told apart by its date where it has no name", async () => {
      accounts = [
        account({ linked_at: "2026-01-31T12:03:00Z" }),
        account({ account_id: "a2", linked_at: "2026-03-05T12:03:00Z" }),
        account({ account_id: "a3", linked_at: "2026-03-05T12:03:00Z" }),
      ];
      await open({ request: BAMBOOHR });
      expect(choices()).toEqual([
        "Update BambooHR (connected Jan 31, 2026)",
        "Update BambooHR (connected Mar 5, 2026) · a2",
        "Update BambooHR (connected Mar 5, 2026) · a3",
      ]);
    });

    it("is said beforehand where the choice is made inside the form", async () => {
      accounts = [...two, account({ account_id: "a3", provider: "x", provider_name: "X" })];
      accounts.push(account({ account_id: "a4", provider: "y", provider_name: "Y" }));
      accounts.push(account({ account_id: "a5", provider: "z", categories: ["ats"] }));
      await open({ request: { category: "hris" } });
      expect(note()).toBe(
        "Already connected: BambooHR (Payroll UK), BambooHR (Payroll US), X, and 1 more. " +
          "If you choose one of them here, its credentials are replaced.",
      );
    });
  });

  describe("the provider's own window", () => {
    const CLOSED = "The provider’s window was closed, so nothing was connected.";
    const isFormShown = () => !(driven.part("hub") ?? driven.part("panel")!.querySelector("slot"))!.hidden;
    const ENDS: [string, () => void, string, string][] = [
      [
        "closed by hand",
        () => {
          attempt("pending");
          popup!.closed = true;
        },
        CLOSED,
        "window_closed",
      ],
      [
        "in which access was denied, though it stays open",
        () => void attempt("error", "access_denied"),
        "Access was not granted in the provider’s window, so nothing was connected.",
        "access_denied",
      ],
      [
        "of a provider that refused",
        () => void attempt("error", "invalid_scope"),
        "The provider refused to connect (invalid_scope), so nothing was connected.",
        "provider_refused",
      ],
      [
        "called off in the form",
        () => void attempt("cancelled"),
        "Connecting was cancelled, so nothing was connected.",
        "cancelled",
      ],
      [
        "that StackOne gave up",
        () => void attempt("expired"),
        "The provider’s window was open for too long, so nothing was connected.",
        "window_timed_out",
      ],
      [
        "that StackOne can't be asked about, and is gone",
        () => {
          server.on(ATTEMPT, new TypeError("Failed to fetch"));
          popup!.closed = true;
        },
        "If you have closed the provider’s window, nothing was connected.",
        "window_closed",
      ],
    ];
    it.each(ENDS)("%s: told within two seconds, with one button", async (_, end, text, reason) => {
      await open();
      attempt("pending");
      openWindow();
      await pass(3_100);
      expect(status()).toBe("");
      end();
      await pass(2_000);
      expect(status()).toBe(`${text} Try again`);
      expect(isFormShown()).toBe(text !== CLOSED);
      expect(within("status", "button, a")).toHaveLength(1);
      await press(again());
      expect(driven.token()).toBe("token-2");
      expect(status()).toBe("");

      popup = { closed: false };
      openWindow();
      end();
      await pass(2_000);
      await press(driven.part("cancel"));
      expect(driven.events.at(-1)).toMatchObject({ name: "closed", reason });
    });

    it("blocked by the browser: told at once", async () => {
      popup = null;
      await open();
      openWindow();
      expect(status()).toMatch(/^Your browser blocked the provider’s window\..* Try again$/);
      await press(driven.part("cancel"));
      expect(driven.events.at(-1)).toMatchObject({ reason: "window_blocked" });
    });

    it("that outlasts the form's patience: told", async () => {
      await open();
      attempt("pending");
      openWindow();
      await pass(296_000);
      expect(status()).toBe("");
      popup!.closed = true;
      attempt("cancelled");
      await pass(2_000);
      const text = "The provider’s window was open for too long, so nothing was connected.";
      expect(status()).toBe(`${text} Try again`);
      await press(driven.part("cancel"));
      expect(driven.events.at(-1)).toMatchObject({ reason: "window_timed_out" });
    });

    it("that nobody ever closes: told when the form's patience is over", async () => {
      await open();
      attempt("pending");
      openWindow();
      await pass(299_000);
      expect(status()).toBe("");
      await pass(3_000);
      expect(status()).toMatch(/^The provider’s window was open for too long/);
    });

    it("out of sight under a policy for openers is not taken for closed", async () => {
      const focus = vi.spyOn(document, "hasFocus").mockReturnValue(false);
      await open();
      attempt("pending");
      openWindow();
      popup!.closed = true;
      await pass(20_000);
      expect(status()).toBe("");
      focus.mockReturnValue(true);
      await pass(2_000);
      expect(status()).toBe(
        "If you have closed the provider’s window, nothing was connected. Try again",
      );
    });

    it("in which access was granted: nothing is said before the server confirms it", async () => {
      server.on(COMPLETE, { data: completed() });
      await open();
      attempt("pending");
      openWindow();
      await pass(1_000);
      attempt("authenticated");
      popup!.closed = true;
      await pass(2_000);
      expect(status()).toBe("");
      act(() => driven.succeed({ id: "a1" }));
      await pass();
      expect(status()).toBe("BambooHR is connected.");
    });

    it("of another form, and a page of the host's own, are left alone", async () => {
      await open();
      openWindow("token-of-another");
      act(() => void window.open("/help/?token=token-1"));
      popup!.closed = true;
      await pass(5_000);
      expect(status()).toBe("");
      expect(server.count(ATTEMPT)).toBe(0);
    });

    it("is none where another script has locked the functions that are listened to", async () => {
      await mount();
      const locked = { value: window.fetch, writable: false, configurable: true };
      Object.defineProperty(window, "fetch", locked);
      await press();
      expect(status()).toBe("");
      expect(driven.token()).toBe("token-1");
      Object.defineProperty(window, "fetch", { ...locked, writable: true });
    });

    it("leaves a call of the page's own as it is, right or wrong", async () => {
      await open();
      for (const [address, headers] of [["http://[", {}], ["/x", { "not a name": "" }]] as const) {
        await expect(window.fetch(address, { headers })).rejects.toThrow("sets up no answer");
      }
    });

    it("is no longer listened to when the form is gone", async () => {
      await mount();
      const before = { open: window.open, fetch: window.fetch };
      await press();
      expect(window.open).not.toBe(before.open);
      await press(driven.part("cancel"));
      expect(window.open).toBe(before.open);
      expect(window.fetch).toBe(before.fetch);
    });
  });

  describe("the life of a session", () => {
    it("that StackOne ended early: our sentence beside the form, and a fresh start", async () => {
      await open();
      server.on("GET /sandbox/hub/connectors", { status: 401, data: {} });
      await act(() => hubFetch(driven.token()));
      await pass();
      expect(textOf(driven.part("renewal"))).toMatch(/^StackOne ended this session early\./);
      expect(driven.token()).toBe("token-1");
      await press(within("renewal", "button")[0]!);
      expect(driven.token()).toBe("token-2");
      expect(textOf(driven.part("renewal"))).toBe("");
    });

    it("of another form that was refused is none of it", async () => {
      await open();
      server.on("GET /sandbox/hub/connectors", { status: 401, data: {} });
      server.on("GET /elsewhere", { status: 401, data: {} });
      await act(() => hubFetch("token-of-another"));
      await act(() => hubFetch(driven.token(), "/elsewhere"));
      await pass();
      expect(textOf(driven.part("renewal"))).toBe("");
    });

    it("is said to end, and never ended unasked", async () => {
      await open();
      await pass(LIFETIME - END_IS_NEAR);
      expect(textOf(driven.part("renewal"))).toMatch(/^This session ends soon\./);
      await pass(END_IS_NEAR);
      expect(textOf(driven.part("renewal"))).toMatch(/^This session has ended\./);
      expect(driven.token()).toBe("token-1");
      await press(driven.part("cancel"));
      expect(driven.events.at(-1)).toMatchObject({ name: "closed", reason: "session_ended" });
    });

    it("ends within seconds where the user was signed out, with a link to sign in", async () => {
      await open({ signIn: "/sign-in/?theme=x" });
      server.on(LOOK, respond(403, "not_authenticated"));
      await pass(WATCH_EVERY + 10);
      expect(status()).toBe("You have been signed out. Sign in again");
      const link = within("status", "a")[0]!;
      expect(new URL(link.getAttribute("href")!).search).toBe("?theme=x&next=%2F");
      await press(driven.part("cancel"));
      expect(driven.events.at(-1)).toMatchObject({ name: "closed", reason: "signed_out" });
    });
  });

  describe("a limit", () => {
    it("is said and counted down on what was pressed, and nothing is asked before", async () => {
      server.on(POST, respond(429, "throttled", { "Retry-After": "90" }));
      await open();
      expect(status()).toMatch(/^That was a lot .* Please wait 90 seconds\. Try again$/);
      expect(driven.opener.dataset.stackoneWait).toBe("90 sec");
      expect(again()!.dataset.stackoneWait).toBe("90 sec");
      expect(again()!.getAttribute("aria-disabled")).toBe("true");
      await pass(80_000);
      expect(driven.opener.dataset.stackoneWait).toBe("10 sec");
      await press();
      await press(again());
      expect(requests()).toHaveLength(1);

      server.issues();
      await pass(10_000);
      expect(driven.opener.dataset.stackoneWait).toBeUndefined();
      expect(again()!.getAttribute("aria-disabled")).toBeNull();
      await press(again());
      expect(driven.token()).toBe("token-2");
    });

    it("ends in its time though the computer's clock is set back meanwhile", async () => {
      server.on(POST, respond(429, "throttled", { "Retry-After": "90" }));
      await open();
      vi.setSystemTime(Date.now() - 3_600_000);
      await pass(120_000);
      expect(driven.opener.dataset.stackoneWait).toBeUndefined();
    });

    it("that is over when the message was closed is said again while it lasts", async () => {
      server.on(POST, respond(503, "stackone_rate_limited", { "Retry-After": "30" }));
      await open();
      await pass(10_000);
      await press();
      expect(status()).toContain("Please wait 30 seconds.");
      expect(driven.opener.dataset.stackoneWait).toBe("20 sec");
    });
  });

  describe("in a modal dialog", () => {
    const dialog = (isModal: boolean) => {
      const node = document.createElement("dialog");
      document.body.append(node);
      const matches = node.matches.bind(node);
      node.matches = (selector) => (selector === ":modal" ? isModal : matches(selector));
      return node;
    };

    it("it tells the developer, and offers StackOne's own page", async () => {
      const warn = vi.spyOn(console, "warn").mockImplementation(() => {});
      server.issues(LINK);
      await open({ within: dialog(true) });
      expect(warn.mock.calls.flat().join()).toMatch(/modal dialog/);
      expect(driven.token()).toBeNull();
      expect(textOf(driven.part("hosted"))).toMatch(/^StackOne’s form does not work in this dialog\./);
    });

    it("is one that only the style of the body tells of", async () => {
      const warn = vi.spyOn(console, "warn").mockImplementation(() => {});
      server.issues(LINK);
      document.body.style.pointerEvents = "none";
      await open();
      document.body.style.pointerEvents = "";
      expect(warn.mock.calls.flat().join()).toMatch(/modal dialog/);
      expect(driven.token()).toBeNull();
    });

    it("without such a page the form is shown all the same", async () => {
      const warn = vi.spyOn(console, "warn").mockImplementation(() => {});
      await open({ within: dialog(true) });
      expect(warn).toHaveBeenCalled();
      expect(driven.token()).toBe("token-1");
    });

    it("that is not modal nothing is different", async () => {
      const warn = vi.spyOn(console, "warn");
      server.issues(LINK);
      await open({ within: dialog(false) });
      expect(warn).not.toHaveBeenCalled();
      expect(driven.token()).toBe("token-1");
    });
  });

  describe("the result", () => {
    it.each([
      ["create", BAMBOOHR, "BambooHR (UK) is connected."],
      ["update", BAMBOOHR, "BambooHR (UK) is updated."],
      ["update", { account_id: "a1" }, "BambooHR (UK) is connected again."],
      ["multiple", { ...BAMBOOHR, multiple: true }, "Another BambooHR account is connected."],
      [null, BAMBOOHR, "BambooHR (UK) is confirmed."],
    ] as const)("of %s is said by the account's name", async (outcome, request, text) => {
      server.on(`GET ${ACCOUNTS}a1/`, { data: account({ label: "UK" }) });
      server.on(COMPLETE, { data: completed({ outcome }) });
      await open({ request });
      act(() => driven.succeed({ id: "a1" }));
      expect(status()).toBe("Checking with StackOne…");
      await pass();
      expect(status()).toBe(text);
      expect(title()).toBe("BambooHR (UK)");
      expect(textOf(driven.part("cancel"))).toBe("Done");
      expect(driven.events.at(-1)).toMatchObject({ name: "completed", account: { label: "UK" } });
      const events = driven.events.length;
      await press(driven.part("cancel"));
      const left = driven.events.slice(events).map((event) => "reason" in event && event.reason);
      expect(left.filter(Boolean)).toEqual([]);
    });

    it("that StackOne does not show is not shown as one", async () => {
      server.on(COMPLETE, { data: session() });
      await open();
      act(() => driven.succeed({ id: "a1" }));
      await pass();
      expect(status()).toBe("StackOne hasn’t confirmed a change yet. Check again");
      server.on(COMPLETE, { data: completed() });
      await press(again());
      expect(status()).toBe("BambooHR is connected.");
    });

    it("that could not be asked for can be asked for again", async () => {
      server.on(COMPLETE, respond(503, "stackone_unavailable"));
      await open();
      act(() => driven.succeed({ id: "a1" }));
      await pass();
      expect(status()).toBe("StackOne cannot be reached at the moment. Check again");
      await press(driven.part("cancel"));
      expect(driven.events.at(-1)).toMatchObject({ name: "closed", reason: "failed" });
    });
  });

  describe("the focus", () => {
    const active = () => {
      let found = document.activeElement;
      while (found?.shadowRoot?.activeElement) found = found.shadowRoot.activeElement;
      return found;
    };

    it("goes to the title and, after Cancel, back to what was pressed", async () => {
      await open();
      expect(active()).toBe(driven.part("title"));
      await press(driven.part("cancel"));
      expect(active()).toBe(driven.opener);
      expect(driven.events.at(-1)).toMatchObject({ name: "closed", reason: "cancelled" });
    });

    it("goes to the result where the form took it away", async () => {
      server.on(COMPLETE, { data: completed() });
      await open();
      (active() as HTMLElement).blur();
      act(() => driven.succeed({ id: "a1" }));
      await pass();
      expect(active()).toBe(driven.part("status"));
    });

    it("stays where the user is meanwhile", async () => {
      const elsewhere = document.createElement("input");
      document.body.append(elsewhere);
      server.on(COMPLETE, { data: completed() });
      await open();
      elsewhere.focus();
      act(() => driven.succeed({ id: "a1" }));
      await pass();
      expect(active()).toBe(elsewhere);
    });

    it("is found back in somebody else's shadow tree", async () => {
      const outer = document.createElement("div");
      const inside = document.createElement("div");
      outer.attachShadow({ mode: "open" }).append(inside);
      document.body.append(outer);
      await open({ within: inside });
      await press(driven.part("cancel"));
      expect(active()).toBe(driven.opener);
    });
  });

  it("speaks the page's language, in dates and times as well", async () => {
    server.on(POST, respond(429, "throttled", { "Retry-After": "90" }));
    await open({ language: "de" });
    expect(status()).toBe(
      "Das waren viele Versuche in kurzer Zeit. Bitte warten Sie 90 Sekunden. Erneut versuchen",
    );
  });

  it("hands out no token", async () => {
    server.issues(LINK);
    server.on(COMPLETE, { data: completed() });
    await open();
    openWindow();
    act(() => driven.succeed({ id: "a1" }));
    await pass();
    await press(driven.part("cancel"));
    expect(driven.events.length).toBeGreaterThan(0);
    expect(JSON.stringify(driven.events)).not.toMatch(/token-|stackone\.test/);
  });
});

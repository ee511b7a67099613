import { act, cleanup, render, renderHook } from "@testing-library/react";
import { StrictMode, useEffect } from "react";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

import { GIVE_UP_AFTER } from "../core/api.js";
import { SLOW_AFTER } from "../core/flow.js";
import { DOUBLE_CLICK } from "../core/issuing.js";
import { END_IS_NEAR } from "../core/life.js";
import { CONFIRM_WITHIN } from "../core/opened.js";
import type { ErrorCode, SessionRequest } from "../core/types.js";
import { WATCH_EVERY } from "../core/watch.js";
import { Messages } from "../messages/index.js";
import { account, ACCOUNTS, completed, Server, session, SESSIONS } from "../testing/server.js";
import { type HubModule, useConnectSession } from "./useConnectSession.js";

const LIFETIME = 30 * 60_000;
const POST = `POST ${SESSIONS}`;
const COMPLETE = `POST ${SESSIONS}s1/complete/`;
const LOOK = `GET ${SESSIONS}s1/`;
const HUB: HubModule = { StackOneHub: () => null };
const API = "/api/stackone/";
const messages = new Messages();
/** Every code of the API document, or this does not compile. */
const STATUSES = {
  invalid: 400,
  not_authenticated: 403,
  permission_denied: 403,
  no_organization: 403,
  not_found: 404,
  account_not_found: 404,
  method_not_allowed: 405,
  not_acceptable: 406,
  conflict: 409,
  unsupported_media_type: 415,
  stackone_rejected: 422,
  throttled: 429,
  stackone_misconfigured: 502,
  stackone_bad_answer: 502,
  stackone_rate_limited: 503,
  stackone_unavailable: 503,
  unavailable: 503,
} satisfies Record<ErrorCode, number>;

let server: Server;
let loadHub: () => Promise<HubModule>;
const onSuccess = vi.fn();
const onExit = vi.fn();
const onChange = vi.fn();

beforeEach(() => {
  vi.useFakeTimers({ now: new Date("2020-05-05T05:05:05Z") }); // a browser's clock may be wrong
  server = new Server()
    .issues()
    .on(LOOK, { data: session() })
    .on(`GET ${ACCOUNTS}`, { data: { next: null, results: [] } })
    .on(`GET ${ACCOUNTS}a1/`, { data: account() })
    .on(`GET ${ACCOUNTS}47/`, { data: account({ account_id: "47" }) });
  loadHub = () => Promise.resolve(HUB);
  for (const mock of [onChange, onSuccess, onExit]) mock.mockReset();
});
afterEach(() => {
  cleanup();
  vi.useRealTimers();
});

const pass = (milliseconds = 0) => act(() => vi.advanceTimersByTimeAsync(milliseconds));

/** Under StrictMode, which mounts everything twice. */
function use() {
  const hub = { loadHub: () => loadHub() };
  const options = { api: API, fetch: server.fetch, ...hub, onChange, onSuccess, onExit };
  const { result, unmount } = renderHook(() => useConnectSession(options), { wrapper: StrictMode });
  return { now: () => result.current, unmount };
}

async function useOpened(request: SessionRequest = {}) {
  const hook = use();
  act(() => hook.now().open(request));
  await pass();
  expect(hook.now().phase).toBe("open");
  return hook;
}

/** A component that opens by itself, as a page made for connecting does. */
function Opening({ request = {} }: { request?: SessionRequest }) {
  const { open, session } = useConnectSession({ api: API, fetch: server.fetch, loadHub });
  useEffect(() => open(request), []);
  return <output>{session?.token}</output>;
}

describe("opening", () => {
  it("requests the session that was asked for, and returns it with the hub's code", async () => {
    const { now } = await useOpened({ category: "hris" });
    expect(server.calls).toContainEqual({ call: POST, body: { category: "hris" } });
    expect(now()).toMatchObject({
      request: { category: "hris" },
      session: { id: "s1", token: "token-1" },
      hub: HUB,
      loading: null,
      life: "valid",
      confirmed: null,
      problem: null,
    });
    expect(onChange).toHaveBeenCalledTimes(1);
  });

  it("loads nothing before it is asked to", async () => {
    loadHub = vi.fn(loadHub);
    use();
    await pass(60_000);
    expect(loadHub).not.toHaveBeenCalled();
    expect(server.calls).toEqual([]);
  });

  it("makes one session of a double mount under StrictMode", async () => {
    const { container } = render(<Opening />, { wrapper: StrictMode });
    await pass();
    expect(server.count(POST)).toBe(1);
    expect(container.textContent).toBe("token-1");
  });

  it("makes one session of two components that ask for the same at once", async () => {
    const { container } = render(
      <>
        <Opening request={{ provider: "bamboohr", multiple: true }} />
        <Opening request={{ multiple: true, provider: "bamboohr" }} />
      </>,
    );
    await pass();
    expect(server.count(POST)).toBe(1);
    expect(container.textContent).toBe("token-1token-1");
  });

  it("makes one session of a component that is taken away and put back", async () => {
    render(<Opening />).unmount();
    const { container } = render(<Opening />);
    await pass();
    expect(server.count(POST)).toBe(1);
    expect(container.textContent).toBe("token-1");
  });

  it("makes two sessions of two different requests", async () => {
    render(
      <>
        <Opening request={{ provider: "bamboohr" }} />
        <Opening request={{ provider: "greenhouse" }} />
      </>,
    );
    await pass();
    expect(server.count(POST)).toBe(2);
  });

  it("makes one session of a double click", async () => {
    const { now } = use();
    act(() => {
      now().open();
      now().open();
    });
    await pass();
    expect(server.count(POST)).toBe(1);
  });

  it("makes one session of two different presses, the first of which is under way", async () => {
    const { now } = use();
    act(() => now().open({ provider: "bamboohr" }));
    act(() => now().open({ provider: "greenhouse" }));
    await pass();
    expect(server.count(POST)).toBe(1);
    expect(now().request).toEqual({ provider: "bamboohr" });
  });

  it("makes one session of a slow double click, even with a fetch of every drawing", async () => {
    const { result } = renderHook(() =>
      useConnectSession({
        api: API,
        fetch: (address, init) => server.fetch(address, init),
        loadHub,
      }),
    );
    act(() => result.current.open());
    await pass(DOUBLE_CLICK / 2);
    act(() => result.current.open());
    await pass();
    expect(server.count(POST)).toBe(1);
  });

  it("makes another session for the same request later", async () => {
    const { now } = await useOpened();
    await pass(DOUBLE_CLICK);
    act(() => now().close());
    act(() => now().open());
    await pass();
    expect(now().session?.id).toBe("s2");
  });

  it("keeps the form in use until the next session is there, and when there is none", async () => {
    const { now } = await useOpened();
    server.on(POST, { status: 503, data: { code: "stackone_unavailable", detail: "…" } });
    act(() => now().open({ provider: "greenhouse" }));
    expect(now()).toMatchObject({ loading: "session", phase: "open", session: { id: "s1" } });
    await pass();
    expect(now()).toMatchObject({ loading: null, phase: "open", session: { id: "s1" } });
    expect(now().problem?.code).toBe("stackone_unavailable");

    server.issues();
    act(() => now().tryAgain());
    await pass();
    expect(now()).toMatchObject({ request: { provider: "greenhouse" }, problem: null });
  });

  it("says so when it takes long, and can be called off", async () => {
    server.on(POST, () => new Promise(() => {}));
    const { now } = use();
    act(() => now().open());
    expect(now().slow).toBe(false);
    await pass(SLOW_AFTER);
    expect(now()).toMatchObject({ loading: "session", slow: true });
    act(() => now().close());
    expect(now()).toMatchObject({ loading: null, slow: false, phase: "idle" });
  });

  it("shows nothing of an answer that comes after it was called off", async () => {
    const { now } = use();
    act(() => now().open());
    act(() => now().close());
    await pass();
    expect(now()).toMatchObject({ phase: "idle", session: null });
  });

  it("gives up on a server that never answers", async () => {
    server.fetch = (_, { signal }) =>
      new Promise((_resolve, reject) => signal?.addEventListener("abort", () => reject()));
    const { now } = use();
    act(() => now().open());
    await pass(GIVE_UP_AFTER);
    expect(now()).toMatchObject({ loading: null, problem: { code: "timeout" } });
  });

  it("answers the session without the hub where its code can't be loaded", async () => {
    loadHub = () => Promise.reject(new TypeError("Failed to fetch"));
    server.issues({ auth_link_url: "https://stackone.test/link" } as object);
    const { now } = await useOpened();
    expect(now()).toMatchObject({ session: { id: "s1" }, hub: null, instead: "hub_missing" });
  });
});

describe("the life of a session", () => {
  it("is renewed before it is shown, when loading the hub has used it up", async () => {
    loadHub = () => new Promise((resolve) => setTimeout(() => resolve(HUB), LIFETIME - END_IS_NEAR));
    const { now } = use();
    act(() => now().open());
    await pass(LIFETIME - END_IS_NEAR);
    expect(server.count(POST)).toBe(2);
    expect(now()).toMatchObject({ session: { id: "s2" }, life: "valid" });
  });

  it("is said to end soon, and to have ended, while the form keeps its token", async () => {
    const { now } = await useOpened();
    await pass(LIFETIME - END_IS_NEAR - 1);
    expect(now().life).toBe("valid");
    await pass(1);
    expect(now().life).toBe("ending");
    await pass(END_IS_NEAR);
    expect(now().life).toBe("ended");
    expect(now().session?.token).toBe("token-1");
    expect(server.count(POST)).toBe(1);
  });

  it("begins again with a new session, and so with a new key, when the user asks for it", async () => {
    const { now } = await useOpened({ account_id: "a1" });
    await pass(LIFETIME);
    act(() => now().renew());
    await pass();
    expect(server.calls.filter(({ call }) => call === POST)[1]?.body).toEqual({ account_id: "a1" });
    expect(now()).toMatchObject({ session: { id: "s2" }, life: "valid", phase: "open" });
  });

  it("warns at half time when there is little time at all", async () => {
    server.issues({ expires_at: "2026-01-31T12:01:00Z" });
    const { now } = await useOpened();
    await pass(29_999);
    expect(now().life).toBe("valid");
    await pass(1);
    expect(now().life).toBe("ending");
  });

  it("is looked at again when the computer wakes up", async () => {
    const { now } = await useOpened();
    vi.setSystemTime(Date.now() + LIFETIME);
    act(() => void document.dispatchEvent(new Event("visibilitychange")));
    expect(now().life).toBe("ended");
  });

  it("ends in silence when the server does not say when", async () => {
    server.issues({ expires_at: null });
    const { now } = await useOpened();
    await pass(LIFETIME);
    expect(now().life).toBe("valid");
  });

  it("never begins when the component goes before the answer comes", async () => {
    const { now, unmount } = use();
    act(() => now().open());
    unmount();
    await pass(DOUBLE_CLICK);
    expect(vi.getTimerCount()).toBe(0);
  });

  it("stops when the component goes", async () => {
    const { unmount } = await useOpened();
    unmount();
    const calls = server.calls.length;
    await pass(LIFETIME);
    expect(server.calls.length).toBe(calls);
    expect(vi.getTimerCount()).toBe(0);
  });
});

describe("success", () => {
  it("is posted, and shown only as the server confirms it", async () => {
    server.on(COMPLETE, { data: completed() });
    const { now } = await useOpened();
    act(() => now().completed({ id: "a1" }));
    expect(now()).toMatchObject({ phase: "checking", confirmed: null });
    await pass();
    expect(server.calls).toContainEqual({ call: COMPLETE, body: { account_id: "a1" } });
    expect(now()).toMatchObject({ phase: "confirmed", confirmed: { outcome: "create" } });
    expect(onChange).toHaveBeenCalledTimes(2);
  });

  it("is posted once, however often the hub reports it", async () => {
    server.on(COMPLETE, { data: completed() });
    const { now } = await useOpened();
    act(() => {
      now().completed({ id: "a1" });
      now().completed({ id: "a1" });
    });
    await pass();
    act(() => now().completed({ id: "a1" }));
    await pass();
    expect(server.count(COMPLETE)).toBe(1);
  });

  it("may name the account by a number", async () => {
    server.on(COMPLETE, { data: completed({ account_id: "47" }) });
    const { now } = await useOpened();
    act(() => now().completed({ id: 47 }));
    await pass();
    expect(server.calls).toContainEqual({ call: COMPLETE, body: { account_id: "47" } });
  });

  it("without an id means the account that the form was for", async () => {
    server.on(COMPLETE, { data: completed({ outcome: "update" }) });
    const { now } = await useOpened({ account_id: "a1" });
    act(() => now().completed({ id: undefined }));
    await pass();
    expect(server.calls).toContainEqual({ call: COMPLETE, body: { account_id: "a1" } });
    expect(now().phase).toBe("confirmed");
  });

  it("without any id is waited for until the server has heard of it", async () => {
    const { now } = await useOpened();
    act(() => now().completed(undefined));
    await pass(5_000);
    expect(now()).toMatchObject({ phase: "checking", confirmed: null });
    server.on(LOOK, { data: completed() });
    await pass(5_000);
    expect(now()).toMatchObject({ phase: "confirmed", confirmed: { account_id: "a1" } });
    expect(server.count(COMPLETE)).toBe(0);
  });

  it("without any id that nobody confirms is said to be that, and can be checked again", async () => {
    const { now } = await useOpened();
    act(() => now().completed(null));
    await pass(CONFIRM_WITHIN);
    expect(now()).toMatchObject({ phase: "unconfirmed", problem: { code: "no_account" } });
    server.on(LOOK, { data: completed() });
    act(() => now().tryAgain());
    await pass();
    expect(now()).toMatchObject({ phase: "confirmed", problem: null });
  });

  it("that is none is not shown as one, until StackOne shows the change", async () => {
    server.on(COMPLETE, { data: session({ account_id: "a1" }) });
    const { now } = await useOpened({ account_id: "a1" });
    act(() => now().completed({ id: "a1" }));
    await pass();
    expect(now()).toMatchObject({ phase: "unconfirmed", confirmed: null, problem: null });

    server.on(COMPLETE, { data: completed({ outcome: "update" }) });
    act(() => now().tryAgain());
    await pass();
    expect(now()).toMatchObject({ phase: "confirmed", confirmed: { outcome: "update" } });
  });

  it("that the server learns of later is noticed by polling", async () => {
    server.on(COMPLETE, { data: session() });
    const { now } = await useOpened();
    act(() => now().completed({ id: "a1" }));
    await pass();
    server.on(LOOK, { data: completed() });
    await pass(WATCH_EVERY);
    expect(now().phase).toBe("confirmed");
    const looks = server.count(LOOK);
    await pass(10 * WATCH_EVERY);
    expect(server.count(LOOK)).toBe(looks);
  });

  it("can be checked again when the network went off at the wrong moment", async () => {
    server.on(COMPLETE, new TypeError("Failed to fetch"));
    const { now } = await useOpened();
    act(() => now().completed({ id: "a1" }));
    await pass();
    expect(now()).toMatchObject({ phase: "unconfirmed", problem: { code: "offline" } });
    server.on(COMPLETE, { data: completed() });
    act(() => now().tryAgain());
    await pass();
    expect(now()).toMatchObject({ phase: "confirmed", problem: null });
  });

  it("ends the offer of a fresh start", async () => {
    server.on(COMPLETE, { data: completed() });
    const { now } = await useOpened();
    await pass(LIFETIME - END_IS_NEAR);
    expect(now().life).toBe("ending");
    act(() => now().completed({ id: "a1" }));
    await pass(END_IS_NEAR);
    expect(now()).toMatchObject({ life: "valid", phase: "confirmed" });
  });

  it("of a session that was closed meanwhile changes the lists and nothing else", async () => {
    server.on(COMPLETE, { data: completed() });
    const { now } = await useOpened();
    act(() => now().completed({ id: "a1" }));
    act(() => now().close());
    onChange.mockReset();
    await pass();
    expect(now()).toMatchObject({ phase: "idle", confirmed: null });
    expect(onChange).toHaveBeenCalledTimes(1);
  });
});

describe("the provider's own window", () => {
  it("tells of a denial that only the server has heard of, once", async () => {
    const { now } = await useOpened();
    server.on(LOOK, {
      data: session({ last_attempt: { status: "error", code: "access_denied" } }),
    });
    await pass(WATCH_EVERY);
    expect(now()).toMatchObject({ phase: "open", window: { ending: "denied" } });
    act(() => now().renew());
    await pass();
    expect(now().window).toBeNull();
  });

  it("tells of an account that the hub says nothing about", async () => {
    const { now } = await useOpened();
    server.on(LOOK, { data: completed() });
    await pass(WATCH_EVERY);
    expect(now()).toMatchObject({ phase: "confirmed", confirmed: { account_id: "a1" } });
    expect(onChange).toHaveBeenCalledTimes(2);
  });

  it("is not asked about in vain: a lost look is passed over", async () => {
    const { now } = await useOpened();
    server.on(LOOK, new TypeError("Failed to fetch"));
    await pass(WATCH_EVERY);
    expect(now()).toMatchObject({ phase: "open", problem: null });
  });

  it("is not asked about for ever", async () => {
    const { now } = await useOpened();
    await pass(LIFETIME);
    expect(now().life).toBe("ended");
    const looks = server.count(LOOK);
    await pass(LIFETIME);
    expect(server.count(LOOK)).toBe(looks);
  });

  it("ends with a message where the user has been signed out", async () => {
    const { now } = await useOpened();
    server.on(LOOK, { status: 403, data: { code: "not_authenticated", detail: "…" } });
    await pass(WATCH_EVERY);
    expect(now().problem?.code).toBe("not_authenticated");
    const looks = server.count(LOOK);
    await pass(10 * WATCH_EVERY);
    expect(server.count(LOOK)).toBe(looks);
  });
});

describe("a failure", () => {
  it.each(Object.entries(STATUSES))("%s has a message of its own, and can be tried again", async (code, status) => {
    server.on(POST, { status, data: { code, detail: "The server's own detail." } });
    const { now } = use();
    act(() => now().open());
    await pass();
    const problem = now().problem;
    expect(problem?.code).toBe(code);
    const text = messages.failure(problem!);
    expect(text).not.toContain(code);
    expect(text).not.toBe(messages.get("unknown"));
    expect(now()).toMatchObject({ phase: "idle", loading: null, session: null });
    expect(onChange).toHaveBeenCalledTimes(1);

    server.issues();
    act(() => now().tryAgain());
    await pass();
    expect(now()).toMatchObject({ phase: "open", problem: null });
  });

  it("with a code that nobody knows is said to be on our side", async () => {
    server.on(POST, { status: 500, data: { code: "never_heard_of", detail: "…" } });
    const { now } = use();
    act(() => now().open());
    await pass();
    expect(now().problem?.code).toBe("never_heard_of");
    const text = "Something went wrong on our side. Try again in a while.";
    expect(messages.failure(now().problem!)).toBe(text);
    expect(messages.failure({ code: "toString", errors: {}, retryAfter: null })).toBe(text);
    expect(messages.get("toString")).toBe("toString");
  });

  it("says how long to wait, and what was wrong with a field", async () => {
    server.on(POST, {
      status: 429,
      data: { code: "throttled", detail: "…", errors: { provider: ["Not this one."] } },
      headers: { "Retry-After": "1" },
    });
    const { now } = use();
    act(() => now().open());
    await pass();
    expect(messages.failure(now().problem!)).toMatch(/ Not this one\. Please wait 1 second\.$/);
  });

  it("of the network is said to be that", async () => {
    server.on(POST, new TypeError("Failed to fetch"));
    const { now } = use();
    act(() => now().open());
    await pass();
    expect(now().problem).toMatchObject({ code: "offline" });
  });

  it.each([
    ["a sign-in page", 200, "<!doctype html>"],
    ["a wall before the server", 403, "<html>Are you a robot?</html>"],
    ["an answer without a token", 201, { id: "s1" }],
    ["nothing but null", 201, null],
    ["an error in a list", 400, ["oops"]],
  ])("to understand the answer is said to be that: %s", async (_, status, data) => {
    server.on(POST, { status, data });
    const { now } = use();
    act(() => now().open());
    await pass();
    expect(now()).toMatchObject({ phase: "idle", problem: { code: "unreadable" } });
  });

  it.each([
    ["a proxy whose server is down", 502, "<html>Bad gateway</html>", "unknown"],
    ["a proxy that is busy", 503, "<html>Busy</html>", "unknown"],
    ["a server's page of errors", 500, "<h1>Server Error</h1>", "unknown"],
    ["an error in a list", 500, ["oops"], "unknown"],
    ["a proxy's limit", 429, "<html>Too many</html>", "throttled"],
    ["a gateway's limit", 429, { message: "Too many" }, "throttled"],
    ["a proxy's sign-in", 401, "<html>Sign in</html>", "not_authenticated"],
    ["a gateway's sign-in", 401, { message: "Unauthorized" }, "not_authenticated"],
  ])("of what stands before the server is told by its status: %s", async (_, status, data, code) => {
    server.on(POST, { status, data, headers: { "Retry-After": "30" } });
    const { now } = use();
    act(() => now().open());
    await pass();
    expect(now()).toMatchObject({ phase: "idle", problem: { code, retryAfter: 30 } });
  });

  it("to reach the server is told from being sent to sign in on another site", async () => {
    server.on(POST, new TypeError("Failed to fetch"));
    const away = { type: "opaqueredirect" } as Response;
    const fetch: typeof server.fetch = (address, init) =>
      init.redirect === "manual" ? Promise.resolve(away) : server.fetch(address, init);
    const options = { api: API, fetch, loadHub };
    const { result } = renderHook(() => useConnectSession(options));
    act(() => result.current.open());
    await pass();
    expect(result.current.problem).toMatchObject({ code: "not_authenticated" });
  });

  it("of a function of the host's does not make a failure of what was confirmed", async () => {
    const reported = vi.fn();
    vi.stubGlobal("reportError", reported);
    onSuccess.mockImplementation(() => {
      throw new Error("The host's own.");
    });
    server.on(COMPLETE, { data: completed() });
    const { now } = await useOpened();
    act(() => now().completed({ id: "a1" }));
    await pass();
    expect(now()).toMatchObject({ phase: "confirmed", problem: null });
    expect(onChange).toHaveBeenCalledTimes(2);
    expect(reported).toHaveBeenCalledOnce();
    vi.unstubAllGlobals();
  });

  it("of a completion leaves the session to be checked again", async () => {
    server.on(COMPLETE, { status: 409, data: { code: "conflict", detail: "…" } });
    const { now } = await useOpened();
    act(() => now().completed({ id: "a1" }));
    await pass();
    expect(now()).toMatchObject({ phase: "unconfirmed", problem: { code: "conflict" } });
    expect(onChange).toHaveBeenCalledTimes(2);
  });
});

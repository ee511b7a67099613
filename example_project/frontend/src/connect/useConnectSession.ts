// One connect session from the press of a button to what the server confirms.
//
//     const connect = useConnectSession(fetchFunction, {
//       sessions: "/api/stackone/connect-sessions/",
//       loadHub: () => import("@stackone/hub"),
//       onChange: reloadLists,
//     });
//     <button onClick={() => connect.open({ provider: "bamboohr" })}>Connect</button>
//     {connect.session && connect.hub && (
//       <connect.hub.StackOneHub
//         key={connect.session.id}
//         token={connect.session.token}
//         accountId={connect.request.account_id ?? undefined}
//         onSuccess={connect.completed}
//         onClose={connect.close}
//       />
//     )}
//
// `key` makes every session a form of its own: a hub that is handed another token does not start
// again reliably, and loses what was typed when it does (hub §4). Put no modal dialog around it:
// its lists are drawn outside, where they could not be clicked.

import { useEffect, useState, useSyncExternalStore } from "react";

import {
  ApiError,
  call,
  type Attempt,
  type FetchFunction,
  type IssuedSession,
  type Session,
  type SessionRequest,
} from "./api";
import { problemOf, type Problem } from "./messages";

// Milliseconds.
/** How long before its end a session is renewed before it is shown, and a fresh one offered. */
export const END_IS_NEAR = 120_000;
export const WATCH_EVERY = 4_000;
export const SLOW_AFTER = 4_000;
/** The second half of a double click comes this late at most. */
export const DOUBLE_CLICK = 1_000;
export const CONFIRM_EVERY = 2_000;
export const CONFIRM_WITHIN = 30_000;

export interface ConnectOptions<Hub> {
  /** Address of the API's `connect-sessions/`, with the slash at its end. */
  sessions: string;
  /** Brings the hub's code; called when it is first needed, and once for every session. */
  loadHub: () => Promise<Hub>;
  /** The server may know something new: load lists again. */
  onChange?: () => void;
}

export interface ConnectState<Hub> {
  /**
   * `open`: the hub is on screen. `checking`: it reported success, and the server is asked.
   * `confirmed`: the server saw it, see `confirmed`. `unconfirmed`: StackOne shows no change.
   */
  phase: "idle" | "open" | "checking" | "confirmed" | "unconfirmed";
  /** A session is being asked for. An older hub stays as it is until the new one is there. */
  busy: boolean;
  /** `busy` takes longer than people expect. */
  slow: boolean;
  request: SessionRequest;
  session: IssuedSession | null;
  /** `null` beside a session means that its code could not be loaded. */
  hub: Hub | null;
  /** Not `valid`: offer `renew`, which begins with an empty form. */
  life: "valid" | "ending" | "ended";
  /** The latest attempt in a provider's own window, as far as the server knows of one. */
  attempt: Attempt | null;
  /** The session as the server confirmed it; before that, nothing has been connected. */
  confirmed: Session | null;
  /** `tryAgain` repeats what led to it. */
  problem: Problem | null;
}

export interface ConnectSession<Hub> extends ConnectState<Hub> {
  open: (request?: SessionRequest) => void;
  /** The same again with a new session, and so with an empty form. */
  renew: () => void;
  close: () => void;
  /** For the hub's `onSuccess`. Its word is a hint: StackOne is asked before anything is shown. */
  completed: (account?: { id?: unknown } | null) => void;
  tryAgain: () => void;
}

/**
 * `fetchFunction` carries the host's authentication. Define it outside the component: then also two
 * components that mount at once share one session.
 */
export function useConnectSession<Hub>(
  fetchFunction: FetchFunction,
  options: ConnectOptions<Hub>,
): ConnectSession<Hub> {
  const [connecting] = useState(() => new Connecting<Hub>(fetchFunction, options));
  useEffect(() => {
    connecting.fetchFunction = fetchFunction;
    connecting.options = options;
  });
  useEffect(() => connecting.mount(), [connecting]);
  const state = useSyncExternalStore(connecting.subscribe, connecting.read, connecting.read);
  const { open, renew, close, completed, tryAgain } = connecting;
  return { ...state, open, renew, close, completed, tryAgain };
}

interface Issued {
  session: IssuedSession;
  askedAt: number;
}

interface Opened extends Issued {
  request: SessionRequest;
  shownAt: number;
}

/** What nobody can mend by waiting. */
const FINAL = new Set(["not_authenticated", "permission_denied", "no_organization", "not_found"]);

class Connecting<Hub> {
  #state: ConnectState<Hub> = idle();
  #listeners = new Set<() => void>();
  #mounted = false;
  /** Counts what was begun: an answer to anything but the newest is dropped. */
  #turn = 0;
  /** The session on screen: whatever comes in for another one is dropped. */
  #opened: Opened | null = null;
  #again: (() => void) | null = null;
  #lifeTimer: ReturnType<typeof setTimeout> | undefined;
  #watchTimer: ReturnType<typeof setInterval> | undefined;

  constructor(
    public fetchFunction: FetchFunction,
    public options: ConnectOptions<Hub>,
  ) {}

  read = (): ConnectState<Hub> => this.#state;

  subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  #set(change: Partial<ConnectState<Hub>>): void {
    this.#state = { ...this.#state, ...change };
    for (const listener of this.#listeners) listener();
  }

  /** StrictMode mounts twice: what was asked for meanwhile goes on, only the clocks stop. */
  mount(): () => void {
    this.#mounted = true;
    this.#startClocks();
    document.addEventListener("visibilitychange", this.#comeBack);
    return () => {
      this.#mounted = false;
      this.#stopClocks();
      document.removeEventListener("visibilitychange", this.#comeBack);
    };
  }

  open = (request: SessionRequest = {}): void => {
    const opened = this.#opened;
    const secondClick =
      opened !== null &&
      Date.now() - opened.shownAt < DOUBLE_CLICK &&
      keyOf(opened.request) === keyOf(request);
    if (!this.#state.busy && !secondClick) void this.#start(request, false);
  };

  renew = (): void => {
    if (!this.#state.busy && this.#opened) void this.#start(this.#opened.request, true);
  };

  close = (): void => {
    this.#turn += 1;
    this.#opened = this.#again = null;
    this.#stopClocks();
    this.#set(idle());
  };

  tryAgain = (): void => {
    if (!this.#state.busy) this.#again?.();
  };

  completed = (account?: { id?: unknown } | null): void => {
    const opened = this.#opened;
    const { phase, confirmed } = this.#state;
    if (!opened || phase === "checking") return;
    // In edit mode there is only one account it can be.
    const id = accountIdOf(account?.id) ?? opened.request.account_id ?? null;
    if (confirmed && (id === null || id === confirmed.account_id)) return;
    void this.#check(opened, id);
  };

  async #start(request: SessionRequest, fresh: boolean): Promise<void> {
    const turn = ++this.#turn;
    const isNewest = () => turn === this.#turn;
    this.#set({ busy: true, slow: false, problem: null });
    const slow = setTimeout(() => isNewest() && this.#set({ slow: true }), SLOW_AFTER);
    try {
      const loading = this.options.loadHub().catch(() => null);
      let issued = await this.#issue(request, fresh);
      const hub = await loading;
      if (isNewest() && lifeOf(issued).life !== "valid") issued = await this.#issue(request, true);
      if (isNewest()) this.#show(request, issued, hub);
    } catch (error) {
      if (isNewest()) this.#fail(error, () => void this.#start(request, fresh));
    } finally {
      clearTimeout(slow);
      if (isNewest()) this.#set({ busy: false, slow: false });
      this.options.onChange?.();
    }
  }

  #issue(request: SessionRequest, fresh: boolean): Promise<Issued> {
    return issue(this.fetchFunction, this.options.sessions, request, fresh);
  }

  #show(request: SessionRequest, issued: Issued, hub: Hub | null): void {
    if (!this.#mounted) return;
    this.#opened = { ...issued, request, shownAt: Date.now() };
    this.#again = null;
    const problem = hub ? null : problemOf(new ApiError("hub_not_loaded"));
    const { session } = issued;
    this.#set({ ...idle<Hub>(), phase: "open", busy: true, request, session, hub, problem });
    this.#startClocks();
  }

  #fail(error: unknown, again: () => void): void {
    this.#again = again;
    this.#set({ problem: problemOf(error) });
  }

  // --- What time does to a session ---------------------------------------------------------------

  #startClocks(): void {
    this.#stopClocks();
    if (!this.#opened) return;
    this.#age();
    // The hub says nothing when it opens a provider's window, nor when access is denied there: so
    // the session is looked at all the while. A read costs our server one query, StackOne nothing.
    this.#watchTimer = setInterval(() => void this.#watch(), WATCH_EVERY);
  }

  #stopClocks(): void {
    clearTimeout(this.#lifeTimer);
    clearInterval(this.#watchTimer);
  }

  /** Timers sleep with the computer. */
  #comeBack = (): void => {
    if (document.hidden || !this.#opened) return;
    this.#age();
    void this.#watch();
  };

  #age(): void {
    clearTimeout(this.#lifeTimer);
    if (!this.#opened || this.#state.phase !== "open") return;
    const { life, changesIn } = lifeOf(this.#opened);
    if (life !== this.#state.life) this.#set({ life });
    if (changesIn !== null) this.#lifeTimer = setTimeout(() => this.#age(), changesIn);
  }

  async #watch(): Promise<void> {
    const opened = this.#opened;
    const { phase } = this.#state;
    if (!opened || document.hidden || lifeOf(opened).life === "ended") return;
    if (phase !== "open" && phase !== "unconfirmed") return;
    try {
      const seen = await this.#look(opened);
      if (opened !== this.#opened || this.#state.phase !== phase) return;
      this.#learn(seen);
      if (seen.status === "completed") this.options.onChange?.();
    } catch (error) {
      if (opened !== this.#opened || !(error instanceof ApiError) || !FINAL.has(error.code)) return;
      clearInterval(this.#watchTimer);
      this.#fail(error, () => void this.#start(opened.request, true));
    }
  }

  // --- What became of it -------------------------------------------------------------------------

  async #look({ session }: Issued): Promise<Session> {
    const address = `${this.options.sessions}${session.id}/`;
    return (await call<Session>(this.fetchFunction, "GET", address)).data;
  }

  /** Takes over what the server says of the session on screen. */
  #learn(seen: Session): void {
    if (seen.status === "completed") {
      this.#stopClocks();
      this.#again = null;
      const settled = { life: "valid", attempt: null, problem: null } as const;
      this.#set({ ...settled, phase: "confirmed", confirmed: seen });
    } else if (!sameAttempt(seen.last_attempt, this.#state.attempt)) {
      this.#set({ attempt: seen.last_attempt });
    }
  }

  async #check(opened: Opened, accountId: string | null): Promise<void> {
    const isShown = () => opened === this.#opened;
    const again = () => void this.#check(opened, accountId);
    clearTimeout(this.#lifeTimer);
    this.#set({ phase: "checking", life: "valid", attempt: null, confirmed: null, problem: null });
    try {
      const seen =
        accountId === null ? await this.#wait(opened) : await this.#complete(opened, accountId);
      if (!isShown()) return;
      this.#again = again;
      if (seen.status !== "completed") this.#set({ phase: "unconfirmed" });
      this.#learn(seen);
      if (seen.status !== "completed" && accountId === null) throw new ApiError("no_account");
    } catch (error) {
      if (!isShown()) return;
      this.#set({ phase: "unconfirmed" });
      this.#fail(error, again);
    } finally {
      this.options.onChange?.();
    }
  }

  async #complete({ session }: Issued, accountId: string): Promise<Session> {
    const address = `${this.options.sessions}${session.id}/complete/`;
    const body = { account_id: accountId };
    return (await call<Session>(this.fetchFunction, "POST", address, body)).data;
  }

  /** Without an account there is nothing to claim; StackOne tells our server in its own time. */
  async #wait(opened: Opened): Promise<Session> {
    const until = Date.now() + CONFIRM_WITHIN;
    for (;;) {
      const seen = await this.#look(opened);
      const settled = seen.status === "completed" || opened !== this.#opened;
      if (settled || Date.now() >= until) return seen;
      await new Promise((resolve) => setTimeout(resolve, CONFIRM_EVERY));
    }
  }
}

function idle<Hub>(): ConnectState<Hub> {
  return {
    phase: "idle",
    busy: false,
    slow: false,
    request: {},
    session: null,
    hub: null,
    life: "valid",
    attempt: null,
    confirmed: null,
    problem: null,
  };
}

/** Requests under way, and for a moment those just answered: who asks for the same shares it. */
const asked = new WeakMap<FetchFunction, Map<string, Promise<Issued>>>();

function issue(
  fetchFunction: FetchFunction,
  address: string,
  request: SessionRequest,
  fresh: boolean,
): Promise<Issued> {
  const shared = asked.get(fetchFunction) ?? new Map<string, Promise<Issued>>();
  asked.set(fetchFunction, shared);
  const key = `${address} ${keyOf(request)}`;
  const underWay = shared.get(key);
  if (underWay && !fresh) return underWay;

  const askedAt = Date.now();
  const issued = call<IssuedSession>(fetchFunction, "POST", address, request).then(({ data }) => {
    // Whatever answered 2xx without a token, there is no session to show.
    if (typeof data?.token !== "string" || !data.token) throw new ApiError("unreadable");
    return { session: data, askedAt };
  });
  const forget = () => {
    if (shared.get(key) === issued) shared.delete(key);
  };
  shared.set(key, issued);
  issued.then(() => setTimeout(forget, DOUBLE_CLICK), forget);
  return issued;
}

/**
 * Counted from when it was asked for, and not by the browser's clock, which may be wrong: only
 * differences of server times and of browser times are taken.
 */
function lifeOf({ session, askedAt }: Issued): {
  life: ConnectState<unknown>["life"];
  changesIn: number | null;
} {
  const lifetime = Date.parse(session.expires_at ?? "") - Date.parse(session.created_at);
  if (Number.isNaN(lifetime)) return { life: "valid", changesIn: null };
  const age = Date.now() - askedAt;
  const endsSoonAt = Math.max(lifetime - END_IS_NEAR, lifetime / 2);
  if (age >= lifetime) return { life: "ended", changesIn: null };
  if (age >= endsSoonAt) return { life: "ending", changesIn: lifetime - age };
  return { life: "valid", changesIn: endsSoonAt - age };
}

const keyOf = (request: SessionRequest): string =>
  JSON.stringify(Object.entries(request).sort(([one], [other]) => (one < other ? -1 : 1)));

/** The hub hands through what it was answered: a number, or nothing at all (hub §1). */
function accountIdOf(id: unknown): string | null {
  return (typeof id === "string" && id !== "") || typeof id === "number" ? String(id) : null;
}

const sameAttempt = (one: Attempt | null, other: Attempt | null): boolean =>
  one?.status === other?.status && one?.code === other?.code;

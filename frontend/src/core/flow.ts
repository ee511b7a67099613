// From the press of a button to a session on the screen. It knows neither React nor elements: both
// show its state, and report what a person and the hub did.

import { ApiError } from "./api.js";
import { atStake, choiceOf, KnownAccounts } from "./existing.js";
import { issue, type Issued } from "./issuing.js";
import { lifeOf } from "./life.js";
import { Limit } from "./limit.js";
import { Opened } from "./opened.js";
import { report } from "./report.js";
import { type ConnectState, idle, type Problem, reasonOf } from "./state.js";
import { type FlowOptions, Store } from "./store.js";
import { warnOfModal } from "./surroundings.js";
import { type Account, keyOf, type SessionRequest, withoutSecrets } from "./types.js";

// Milliseconds.
export const SLOW_AFTER = 4_000;

interface Manner {
  isChosen?: boolean; // What was asked before is answered.
  isFresh?: boolean; // With a session of its own.
  wish?: SessionRequest; // What was pressed, where a question made another request of it.
}

export class ConnectFlow<Hub> {
  #store: Store<Hub>;
  #isMounted = false;
  /** Counts requests: a response to any but the newest is dropped. */
  #turn = 0;
  #opened: Opened<Hub> | null = null;
  #wish: SessionRequest = {}; // What was pressed for the form on the screen.
  /** A session that was not shown, because the hub's code did not load. */
  #unused: Issued | null = null;
  #known = new KnownAccounts();
  #again: (() => void) | null = null;
  #limit = new Limit((waiting) => this.#store.set({ waiting }));

  constructor(options: FlowOptions<Hub>) {
    this.#store = new Store(options);
    this.read = this.#store.read;
    this.subscribe = this.#store.subscribe;
  }

  readonly read: () => ConnectState<Hub>;
  readonly subscribe: (listener: () => void) => () => void;

  get options(): FlowOptions<Hub> {
    return this.#store.options;
  }

  set options(options: FlowOptions<Hub>) {
    this.#store.options = options;
  }

  /** StrictMode mounts twice: requests go on, only the timers stop. */
  mount(): () => void {
    this.#isMounted = true;
    this.#limit.resume();
    this.#opened?.resume();
    document.addEventListener("visibilitychange", this.#comeBack);
    return () => {
      this.#isMounted = false;
      this.#opened?.pause();
      this.#limit.stop();
      document.removeEventListener("visibilitychange", this.#comeBack);
    };
  }

  #comeBack = (): void => {
    if (!document.hidden) this.#opened?.comeBack();
  };

  // --- What a person does ------------------------------------------------------------------------

  /** Fetches what the next press will need: for pointers that hover and buttons that get the focus. */
  prefetch = (): void => {
    const { connection } = navigator as { connection?: { saveData?: boolean } };
    if (connection?.saveData) return;
    this.options.loadHub?.().catch(() => null);
    this.#known.read(this.options.api).catch(() => null);
  };

  /** `isChosen`: the page itself has asked what is to become of accounts that exist. */
  open = (request: SessionRequest = {}, isChosen = false): void => {
    const { loading, waiting, problem } = this.read();
    if (loading || this.isOpenFor(request)) return;
    // Nothing is asked; what says how long to wait is there, or is brought back.
    if (waiting) this.#store.set({ problem: problem ?? new ApiError("throttled", {}, waiting) });
    else void this.#start(request, { isChosen });
  };

  /** Whether the form for this request is on the screen, and not yet sent. */
  isOpenFor(request: SessionRequest): boolean {
    const keys = [this.#opened?.issued.key, keyOf(this.#wish)];
    return this.read().phase === "open" && keys.includes(keyOf(request));
  }

  /** The response to `choice`: an account to update, or a further one under this name. */
  choose = (chosen: { update: string } | { label: string }): void => {
    const { request, choice, loading, waiting } = this.read();
    if (!choice || loading || waiting) return;
    const { expires_in } = request;
    const label = "label" in chosen ? chosen.label.trim() : "";
    const update = "update" in chosen && { account_id: chosen.update, ...(expires_in && { expires_in }) };
    const add = { ...request, multiple: true, ...(label && { label }) };
    void this.#start(update || add, { isChosen: true, wish: request });
  };

  /** The same request with a new session, and with an empty form. */
  renew = (): void => {
    const { loading, waiting } = this.read();
    const request = this.#opened?.issued.request;
    if (loading || waiting || !request) return;
    void this.#start(request, { isChosen: true, isFresh: true, wish: this.#wish });
  };

  close = (): void => {
    const state = this.read();
    const { confirmed, session } = state;
    this.#turn += 1;
    this.#leave();
    this.#store.set({ ...idle(), waiting: state.waiting });
    if (state.phase === "idle" && !state.loading) return;
    this.#store.emit({
      name: "closed",
      session: session && withoutSecrets(confirmed ?? session),
      completed: confirmed !== null,
      reason: confirmed ? null : reasonOf(state),
    });
  };

  tryAgain = (): void => {
    const { loading, waiting } = this.read();
    if (!loading && !waiting) this.#again?.();
  };

  /** For the hub's success, with the account that it names. */
  completed = (account?: { id?: unknown } | null): void => this.#opened?.completed(account?.id);

  hubCrashed = (): void => this.#store.set({ hub: null, instead: "hub_crashed" });

  /** A problem that was found elsewhere on the page, where nothing else is going on. */
  show = (problem: Problem): void => {
    const { phase, loading } = this.read();
    if (phase === "idle" && !loading) this.#store.set({ problem });
  };

  // --- Getting a session and the hub -------------------------------------------------------------

  async #start(request: SessionRequest, manner: Manner = {}): Promise<void> {
    const turn = ++this.#turn;
    const isNewest = () => turn === this.#turn;
    const store = this.#store;
    const slowly = () => setTimeout(() => isNewest() && store.set({ slow: true }), SLOW_AFTER);
    store.set({ loading: "session", slow: false, problem: null, window: null });
    let slow = slowly();
    try {
      const loading = this.#loadHub();
      const known = request.account_id ? null : await this.#known.read(this.options.api);
      if (!isNewest()) return;
      const choice = manner.isChosen ? null : choiceOf(request, known, this.options.allowMultiple);
      if (choice) {
        this.#leave();
        return store.set({ ...idle<Hub>(), phase: "choosing", request, choice });
      }
      let issued = await this.#issue(request, manner.isFresh ?? false);
      if (!isNewest()) return;
      clearTimeout(slow);
      slow = slowly();
      store.set({ loading: "form", slow: false });
      const hub = await loading;
      if (isNewest() && lifeOf(issued).life !== "valid") issued = await this.#issue(request, true);
      if (!isNewest()) return;
      this.#show(issued, hub, atStake(request, known ?? []));
      this.#wish = manner.wish ?? request;
    } catch (error) {
      if (isNewest()) this.#fail(error, () => void this.#start(request, manner));
    } finally {
      clearTimeout(slow);
      if (isNewest()) store.set({ loading: null, slow: false });
      store.emit({ name: "changed" });
    }
  }

  async #loadHub(): Promise<Hub | null> {
    return (await this.options.loadHub?.().catch(() => null)) ?? null;
  }

  async #issue(request: SessionRequest, isFresh: boolean): Promise<Issued> {
    const kept = this.#unused;
    this.#unused = null;
    if (kept?.key === keyOf(request) && lifeOf(kept).life === "valid") return kept;
    const issued = await issue(this.options.api, request, isFresh);
    this.#store.emit({ name: "issued", session: withoutSecrets(issued.session) });
    return issued;
  }

  #show(issued: Issued, hub: Hub | null, overwritten: Account[]): void {
    if (!this.#isMounted) return;
    const { session, request } = issued;
    const isModal = this.options.isModal?.() ?? false;
    if (isModal) warnOfModal();
    const address = session.auth_link_url;
    if (!hub && !address) {
      this.#unused = issued;
      throw new ApiError("hub_missing");
    }
    this.#leave();
    const isHosted = !hub || (isModal && Boolean(address));
    const missing = this.options.loadHub ? "hub_missing" : "hosted_only";
    this.#store.set({
      ...idle<Hub>(),
      phase: "open",
      loading: "form",
      request,
      session,
      hub: isHosted ? null : hub,
      instead: isHosted ? (hub ? "modal" : missing) : null,
      atStake: overwritten,
    });
    this.#opened = new Opened(issued, this.#store, {
      fail: (error, again) => this.#fail(error, again),
      renew: this.renew,
      settle: () => {
        this.#again = null;
        this.#known.forget();
      },
    });
    this.#opened.resume();
  }

  #leave(): void {
    this.#opened?.close();
    this.#opened = this.#again = null;
  }

  /** `null`: nothing went wrong, and it can be tried again all the same. */
  #fail(error: unknown, again: () => void): void {
    this.#again = again;
    if (error === null) return;
    if (!(error instanceof ApiError)) report(error);
    const known = error instanceof ApiError ? error : new ApiError("unknown");
    const { code, errors, retryAfter } = known;
    this.#store.set({ problem: { code, errors, retryAfter } });
    if (retryAfter) this.#limit.start(retryAfter);
    const session = this.#opened?.issued.session;
    const about = session ? { session: withoutSecrets(session) } : {};
    this.#store.emit({ name: "failed", code, error: known, ...about });
  }
}

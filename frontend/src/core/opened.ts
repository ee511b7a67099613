// The session on the screen: how long it lasts, what the server and the provider's window say of it,
// and what it did as the server confirms it.

import { ApiError } from "./api.js";
import { now } from "./clock.js";
import { HubApi, watchToken } from "./hubApi.js";
import type { Issued } from "./issuing.js";
import { lifeOf } from "./life.js";
import type { Around, Store } from "./store.js";
import { type Session, withoutSecrets } from "./types.js";
import { Watch } from "./watch.js";
import { endOf, watchWindow, type WindowEnd } from "./window.js";

// Milliseconds.
export const CONFIRM_EVERY = 2_000;
export const CONFIRM_WITHIN = 30_000;

/** Errors that waiting cannot fix. */
const FINAL = new Set(["not_authenticated", "permission_denied", "no_organization", "not_found"]);

export class Opened<Hub> {
  /** Another one is on the screen, or none: responses about this one are dropped. */
  #isClosed = false;
  #seenAttempt: string;
  #isWindowOpen = false;
  #lifeTimer: ReturnType<typeof setTimeout> | undefined;
  #unlisten: (() => void)[] = [];
  #watch = new Watch(() => this.#look());

  constructor(
    readonly issued: Issued,
    readonly store: Store<Hub>,
    readonly around: Around,
  ) {
    this.#seenAttempt = JSON.stringify(issued.session.last_attempt);
  }

  close(): void {
    this.#isClosed = true;
    this.pause();
  }

  pause(): void {
    clearTimeout(this.#lifeTimer);
    this.#watch.stop();
    for (const stop of this.#unlisten) stop();
    this.#unlisten = [];
    this.#isWindowOpen = false;
  }

  resume(): void {
    this.pause();
    const { phase, hub } = this.store.read();
    if (phase === "confirmed") return;
    this.#age();
    this.#watch.start();
    if (!hub) return;
    const api = new HubApi(this.store.options.hubBaseUrl, this.issued.session.token);
    const isOpen = () => !this.#isClosed && this.store.read().phase === "open";
    this.#unlisten = [
      watchToken(api, () => isOpen() && this.store.set({ life: "refused" })),
      watchWindow(api, {
        opened: () => {
          this.#isWindowOpen = true;
          this.store.set({ window: null });
        },
        ended: (end) => {
          this.#isWindowOpen = false;
          if (isOpen()) this.#tell(end, this.issued.session);
        },
      }),
    ];
  }

  /** Timers stop while a laptop sleeps. */
  comeBack(): void {
    this.#age();
    this.#watch.now();
  }

  #age(): void {
    clearTimeout(this.#lifeTimer);
    const { phase, life: known } = this.store.read();
    if (phase !== "open" || known === "refused") return;
    const { life, changesIn } = lifeOf(this.issued);
    if (life !== known) this.store.set({ life });
    if (changesIn !== null) this.#lifeTimer = setTimeout(() => this.#age(), changesIn);
  }

  /** Returns whether to look again. */
  async #look(): Promise<boolean> {
    const { phase } = this.store.read();
    if (this.#isClosed || lifeOf(this.issued).life === "ended") return false;
    if (phase !== "open" && phase !== "unconfirmed") return true;
    try {
      const seen = await this.store.options.api.session(this.issued.session.id);
      if (this.#isClosed || this.store.read().phase !== phase) return !this.#isClosed;
      if (seen.status === "completed") await this.#confirm(seen);
      else this.#learn(seen);
      return seen.status !== "completed";
    } catch (error) {
      if (this.#isClosed) return false;
      if (!(error instanceof ApiError) || !FINAL.has(error.code)) return true;
      this.around.fail(error, this.around.renew);
      return false;
    }
  }

  /** An attempt that the server has heard of; a window that is open here is followed closer. */
  #learn(seen: Session): void {
    const attempt = JSON.stringify(seen.last_attempt);
    if (attempt === this.#seenAttempt) return;
    this.#seenAttempt = attempt;
    const end = endOf(seen.last_attempt);
    if (this.#isWindowOpen || this.store.read().window) return;
    if (end) this.#tell(end, seen);
  }

  #tell(end: WindowEnd, session: Session): void {
    this.store.set({ window: end });
    const code = `window_${end.ending}`;
    this.store.emit({ name: "failed", code, session: withoutSecrets(session) });
  }

  // --- The result --------------------------------------------------------------------------------

  /** The hub reported success. The server asks StackOne before anything is shown. */
  completed(reported: unknown): void {
    const { phase, confirmed } = this.store.read();
    if (phase === "checking") return;
    // In edit mode there is only one possible account.
    const id = accountIdOf(reported) ?? this.issued.request.account_id ?? null;
    if (confirmed && (id === null || id === confirmed.account_id)) return;
    void this.#check(id);
  }

  async #check(accountId: string | null): Promise<void> {
    const { store } = this;
    const { api } = store.options;
    const again = () => void this.#check(accountId);
    clearTimeout(this.#lifeTimer);
    store.set({ phase: "checking", life: "valid", window: null, confirmed: null, problem: null });
    try {
      const seen = await (accountId === null
        ? this.#wait()
        : api.complete(this.issued.session.id, accountId));
      if (seen.status === "completed") return await this.#confirm(seen);
      store.emit({ name: "changed" });
      if (this.#isClosed) return;
      store.set({ phase: "unconfirmed" });
      if (accountId === null) throw new ApiError("no_account");
      this.around.fail(null, again);
    } catch (error) {
      store.emit({ name: "changed" });
      if (this.#isClosed) return;
      store.set({ phase: "unconfirmed" });
      this.around.fail(error, again);
    }
  }

  /** Without an account there is nothing to claim: waits for StackOne's webhook to the server. */
  async #wait(): Promise<Session> {
    const until = now() + CONFIRM_WITHIN;
    for (;;) {
      const seen = await this.store.options.api.session(this.issued.session.id);
      const settled = seen.status === "completed" || this.#isClosed;
      if (settled || now() >= until) return seen;
      await new Promise((resolve) => setTimeout(resolve, CONFIRM_EVERY));
    }
  }

  async #confirm(session: Session): Promise<void> {
    const { store } = this;
    this.pause();
    const id = session.account_id;
    const account = id ? await store.options.api.account(id).catch(() => null) : null;
    if (!this.#isClosed) {
      this.around.settle();
      const settled = { life: "valid", window: null, problem: null } as const;
      store.set({ ...settled, phase: "confirmed", confirmed: session, account });
    }
    store.emit({ name: "completed", session: withoutSecrets(session), account });
    store.emit({ name: "changed" });
  }
}

/** The hub passes on the id of its response: a number, or nothing at all (StackOne notes §20.1). */
function accountIdOf(id: unknown): string | null {
  return (typeof id === "string" && id !== "") || typeof id === "number" ? String(id) : null;
}

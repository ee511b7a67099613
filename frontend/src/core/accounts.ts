// The linked accounts, kept up to date while the page is open and visible.

import { type Api, ApiError } from "./api.js";
import type { Problem } from "./state.js";
import type { Account } from "./types.js";

/** Milliseconds. A read costs the server a query for every 50 accounts, and StackOne nothing. */
export const ACCOUNTS_EVERY = 30_000;

export interface AccountsState {
  /** `null` until the first response. What was there stays when a later read fails. */
  accounts: Account[] | null;
  /** Those that broke since the page was opened. */
  broken: Account[];
  problem: Problem | null;
  loading: boolean;
}

export class AccountsWatch {
  #state: AccountsState = { accounts: null, broken: [], problem: null, loading: false };
  #listeners = new Set<() => void>();
  #timer: ReturnType<typeof setInterval> | undefined;
  /** Of two reads the one that was asked for later counts. */
  #turn = 0;

  constructor(public api: Api) {}

  read = (): AccountsState => this.#state;

  subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  /** Reads now, and then every so often; returns what stops it. */
  mount(): () => void {
    void this.reload();
    const look = () => void (document.hidden || this.reload());
    this.#timer = setInterval(look, ACCOUNTS_EVERY);
    document.addEventListener("visibilitychange", look);
    return () => {
      this.#turn += 1;
      clearInterval(this.#timer);
      document.removeEventListener("visibilitychange", look);
    };
  }

  reload = async (): Promise<void> => {
    const turn = ++this.#turn;
    this.#set({ loading: true });
    try {
      const accounts = await this.api.accounts();
      if (turn !== this.#turn) return;
      this.#set({ accounts, broken: this.#brokenIn(accounts), problem: null, loading: false });
    } catch (error) {
      if (turn !== this.#turn) return;
      const problem = error instanceof ApiError ? error : new ApiError("unknown");
      this.#set({ problem, loading: false });
    }
  };

  /** Stays noticed until it works again. */
  #brokenIn(accounts: Account[]): Account[] {
    const { accounts: before, broken } = this.#state;
    const worked = new Set(before?.filter((one) => !one.needs_reconnect).map((one) => one.account_id));
    for (const { account_id } of broken) worked.add(account_id);
    return accounts.filter((one) => one.needs_reconnect && worked.has(one.account_id));
  }

  #set(change: Partial<AccountsState>): void {
    this.#state = { ...this.#state, ...change };
    for (const listener of this.#listeners) listener();
  }
}

// The state of one connect session, and who listens to it.

import type { Api } from "./api.js";
import { report } from "./report.js";
import { type ConnectEvent, type ConnectState, idle } from "./state.js";

export interface FlowOptions<Hub> {
  api: Api;
  /** Loads the hub's code. Without it StackOne's hosted page is offered (`EXPOSE_AUTH_LINK`). */
  loadHub?: (() => Promise<Hub>) | null;
  /** As the hub gets it; for a sandbox. */
  hubBaseUrl?: string | undefined;
  /** The server's `ALLOW_MULTIPLE`: whether another account of a provider may be added. */
  allowMultiple?: boolean;
  /** Whether the hub would be shown in a modal dialog, where it can't be used. */
  isModal?: () => boolean;
  on?: (event: ConnectEvent) => void;
}

export class Store<Hub> {
  #state: ConnectState<Hub> = idle();
  #listeners = new Set<() => void>();

  constructor(public options: FlowOptions<Hub>) {}

  read = (): ConnectState<Hub> => this.#state;

  subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  set(change: Partial<ConnectState<Hub>>): void {
    this.#state = { ...this.#state, ...change };
    for (const listener of this.#listeners) listener();
  }

  /** What a function of the host's throws is reported, and changes nothing here. */
  emit(event: ConnectEvent): void {
    try {
      this.options.on?.(event);
    } catch (error) {
      report(error);
    }
  }
}

/** What a session on the screen needs of the flow around it. */
export interface Around {
  fail: (error: unknown, again: () => void) => void;
  /** The same request once more, with a new session. */
  renew: () => void;
  /** There is nothing to try again, and what was known of the accounts is out of date. */
  settle: () => void;
}


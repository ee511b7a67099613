// What is known of a connect session while a person goes through it.

import type { ApiError } from "./api.js";
import type { Choice } from "./existing.js";
import type { Account, IssuedSession, Session, SessionRequest } from "./types.js";
import type { WindowEnd } from "./window.js";

/** Why a person left without an account that the server confirmed. */
export type ExitReason =
  /** By the button, with nothing else having happened. */
  | "cancelled"
  /** The provider's window was closed, or can't be seen any more. */
  | "window_closed"
  | "window_blocked"
  | "window_timed_out"
  /** Access was denied in the provider's window. */
  | "access_denied"
  | "provider_refused"
  /** The session is over, or StackOne refuses its token. */
  | "session_ended"
  | "signed_out"
  /** The hub reported success, and StackOne shows no change (yet). */
  | "unconfirmed"
  /** Something went wrong: see `code`. */
  | "failed";

/** An error to show: `code` decides what is offered. */
export type Problem = Pick<ApiError, "code" | "errors" | "retryAfter">;

export interface ConnectState<Hub> {
  /**
   * `choosing`: see `choice`. `open`: the hub is shown. `checking`: it reported success, and the server
   * is asked. `confirmed`: the server confirmed it, see `confirmed`. `unconfirmed`: StackOne shows no
   * change.
   */
  phase: "idle" | "choosing" | "open" | "checking" | "confirmed" | "unconfirmed";
  /** What is waited for. An older hub stays until the new one is ready. */
  loading: "session" | "form" | null;
  /** `loading` takes longer than people expect. */
  slow: boolean;
  request: SessionRequest;
  choice: Choice | null;
  session: IssuedSession | null;
  /** `null` beside a session means that StackOne's hosted page is offered instead. */
  hub: Hub | null;
  /** Why there is no hub. */
  instead: "hub_missing" | "hub_crashed" | "modal" | "hosted_only" | null;
  /** The accounts that a choice inside the hub would overwrite. */
  atStake: Account[];
  /** Not `valid`: offer `renew`, which begins with an empty form. `refused`: StackOne ended it early. */
  life: "valid" | "ending" | "ended" | "refused";
  /** How the provider's own window ended, if without an account. */
  window: WindowEnd | null;
  /** The session as the server confirmed it; before that, nothing has been connected. */
  confirmed: Session | null;
  account: Account | null;
  /** `tryAgain` repeats what led to it. */
  problem: Problem | null;
  /** Seconds until anything may be asked again. */
  waiting: number;
}

export function idle<Hub>(): ConnectState<Hub> {
  return {
    phase: "idle",
    loading: null,
    slow: false,
    request: {},
    choice: null,
    session: null,
    hub: null,
    instead: null,
    atStake: [],
    life: "valid",
    window: null,
    confirmed: null,
    account: null,
    problem: null,
    waiting: 0,
  };
}

const OF_WINDOWS = {
  closed: "window_closed",
  lost: "window_closed",
  blocked: "window_blocked",
  denied: "access_denied",
  refused: "provider_refused",
  cancelled: "cancelled",
  timed_out: "window_timed_out",
} as const satisfies Record<WindowEnd["ending"], ExitReason>;

/** Why it ends, if it ends now. */
export function reasonOf(state: ConnectState<unknown>): ExitReason {
  if (state.problem?.code === "not_authenticated") return "signed_out";
  if (state.problem) return "failed";
  if (state.phase === "checking" || state.phase === "unconfirmed") return "unconfirmed";
  if (state.window) return OF_WINDOWS[state.window.ending];
  return state.life === "ended" || state.life === "refused" ? "session_ended" : "cancelled";
}

/** What happened, for the page around it; nothing of it holds a token. */
export type ConnectEvent =
  | { name: "issued"; session: Session }
  | { name: "completed"; session: Session; account: Account | null }
  | { name: "failed"; code: string; error?: Problem; session?: Session }
  | { name: "closed"; session: Session | null; completed: boolean; reason: ExitReason | null }
  /** The lists may have changed at the server. */
  | { name: "changed" };

// The provider's own window, in which access is granted. The hub opens it and says nothing of how it
// ended (StackOne notes §20.2); so its `window.open` is listened to while a hub is open.

import { now } from "./clock.js";
import type { AttemptStatus, HubApi } from "./hubApi.js";
import { listen } from "./listen.js";

/** How it ended without an account. `lost`: perhaps closed, it can't be seen any more. */
export type WindowEnding =
  | "closed"
  | "lost"
  | "blocked"
  | "denied"
  | "refused"
  | "cancelled"
  | "timed_out";

export interface WindowEnd {
  ending: WindowEnding;
  /** The provider's, where it refused. */
  code: string | null;
}

// Milliseconds.
const LOOK_EVERY = 250;
export const ASK_EVERY = 1_500;
/** The hub's own patience with the window is five minutes; it then closes it and calls the attempt off. */
const TIMED_OUT_AFTER = 300_000;
const NEARLY = 5_000;

/** Reports `opened` and, if no account comes of it, `ended`. Returns what stops it. */
export function watchWindow(
  api: HubApi,
  report: { opened: () => void; ended: (end: WindowEnd) => void },
): () => void {
  let stop = () => {};
  const end = (ending: WindowEnding, code: string | null = null) => {
    stop();
    report.ended({ ending, code });
  };
  const deafen = listen("open", ([address], opened) => {
    const url = new URL(address ?? "", location.href);
    const isProviders = url.pathname.includes("/connect/oauth2/");
    if (!isProviders || url.searchParams.get("token") !== api.token) return;
    stop();
    report.opened();
    if (!opened || opened.closed) end("blocked");
    else stop = follow(opened, url.searchParams.get("connection_attempt_id") ?? "", api, end);
  });
  return () => {
    deafen();
    stop();
  };
}

type End = (ending: WindowEnding, code?: string | null) => void;

function follow(opened: Window, attemptId: string, api: HubApi, end: End): () => void {
  const openedAt = now();
  let isStopped = false;
  let isAsking = false;
  let isGone = false;
  /** Whether it was gone before the last response was asked for, which then is the last word. */
  let isAskedSince = false;
  /** Out of sight, but perhaps still open. */
  let isSevered = false;
  let askedAt = openedAt;

  const ask = async () => {
    askedAt = now();
    isAsking = true;
    isAskedSince = isGone;
    const attempt = await api.attempt(attemptId);
    isAsking = false;
    if (isStopped) return;
    const left = TIMED_OUT_AFTER - (now() - openedAt);
    const isLate = left <= 0 || (left <= NEARLY && (isAskedSince || attempt?.status === "cancelled"));
    const ending = attempt && endingOf(attempt.status, attempt.code);
    if (attempt?.status === "authenticated") stop();
    else if (isLate || ending === "timed_out") end("timed_out");
    else if (ending) end(ending, attempt.code);
    else if (isAskedSince && document.hasFocus()) end(attempt && !isSevered ? "closed" : "lost");
  };
  const look = () => {
    // Under a `Cross-Origin-Opener-Policy` a window of another origin reads as closed at once, while
    // it has the focus. One that was really closed gives the focus back to this page.
    isSevered ||= isGone && !document.hasFocus();
    isGone = opened.closed;
    const isDue = now() - askedAt >= ASK_EVERY || (isGone && !isAskedSince);
    if (isDue && !isAsking) void ask();
  };
  const timer = setInterval(look, LOOK_EVERY);
  const stop = () => {
    isStopped = true;
    clearInterval(timer);
  };
  return stop;
}

function endingOf(status: AttemptStatus, code: string | null): WindowEnding | null {
  if (status === "error") return code === "access_denied" ? "denied" : "refused";
  if (status === "cancelled") return "cancelled";
  return status === "expired" ? "timed_out" : null;
}

/** How an attempt ended that only the server has heard of, such as one of the hosted page. */
export const endOf = (attempt: { status: string; code: string | null } | null): WindowEnd | null => {
  const ending = attempt && endingOf(attempt.status as AttemptStatus, attempt.code);
  return ending && { ending, code: attempt.code };
};

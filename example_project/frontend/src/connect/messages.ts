// Every failure as a sentence that a person understands.

import { ApiError, type ErrorCode } from "./api";

/** What only the browser can notice. */
type BrowserCode =
  | "offline"
  | "timeout"
  | "unreadable"
  | "no_account"
  | "hub_not_loaded"
  | "hub_crashed";

// A code that the API document gains is missing here, and the build says so.
const MESSAGES: Record<ErrorCode | BrowserCode, string> = {
  invalid: "That choice is not accepted here.",
  not_authenticated: "You have been signed out.",
  permission_denied:
    "You are not allowed to do this. If you have just signed in, reload the page; " +
    "else ask your administrator.",
  no_organization: "You are not in an organization. Ask your administrator to add you.",
  not_found: "This session no longer exists. Start a new one.",
  account_not_found: "That account is no longer linked to your organization.",
  conflict: "That account does not fit this session. What StackOne holds is listed below.",
  throttled: "That was a lot of attempts in a short time.",
  stackone_rejected: "StackOne does not accept this choice. Pick another system.",
  stackone_misconfigured:
    "Connecting is not set up correctly on our side. " +
    "Our team has to mend this; please tell support.",
  stackone_bad_answer: "StackOne answered with something we cannot use. Try again in a while.",
  stackone_rate_limited: "StackOne is busy.",
  stackone_unavailable: "StackOne cannot be reached at the moment.",
  method_not_allowed: "This page and the server do not fit together. Reload the page.",
  not_acceptable: "This page and the server do not fit together. Reload the page.",
  unsupported_media_type: "This page and the server do not fit together. Reload the page.",
  offline: "The server cannot be reached. Check your connection and try again.",
  timeout: "The server did not answer in time. Try again.",
  unreadable: "The server answered with something this page cannot read. Reload the page.",
  no_account:
    "StackOne’s form finished without saying which account it connected. " +
    "What StackOne has confirmed is listed below.",
  hub_not_loaded: "StackOne’s form could not be loaded. Check your connection and reload the page.",
  hub_crashed: "StackOne’s form stopped working.",
};
const UNKNOWN = "Something went wrong on our side. Try again in a while.";

/** A problem as the page shows it. `code` is for deciding what to offer, `message` for reading. */
export interface Problem {
  code: string;
  message: string;
}

export function problemOf(error: unknown): Problem {
  const { code, sentences, retryAfter } =
    error instanceof ApiError ? error : new ApiError("unknown");
  const seconds = retryAfter === 1 ? "second" : "seconds";
  const wait = retryAfter && `Please wait ${retryAfter} ${seconds}.`;
  return { code, message: [known(code) ?? UNKNOWN, ...sentences, wait].filter(Boolean).join(" ") };
}

/** Why a session in the history failed; a code that we have no words for is shown as it is. */
export function failure(code: string): string {
  if (code === "abandoned") return "The server was stopped before StackOne answered.";
  return known(code) ?? code;
}

function known(code: string): string | undefined {
  return Object.hasOwn(MESSAGES, code) ? MESSAGES[code as keyof typeof MESSAGES] : undefined;
}

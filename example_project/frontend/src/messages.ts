// Texts about accounts and sessions.

import type { Account, Session } from "@stackone-connect/react";
import { Messages } from "@stackone-connect/react/messages";

export type Tone = "neutral" | "good" | "warn" | "bad";
export type Pill = readonly [text: string, tone: Tone];

export const CATEGORIES = [
  ["", "Any"],
  ["hris", "HRIS"],
  ["ats", "ATS"],
] as const;

export const PATH: Record<Session["path"], string> = {
  create: "Create",
  update: "Update",
  multiple: "Add another",
  undetermined: "Undetermined",
};

export const OUTCOME: Record<NonNullable<Session["outcome"]>, string> = {
  create: "Created",
  update: "Updated",
  multiple: "Added another",
};

export const SESSION_STATUS: Record<Session["status"], Pill> = {
  pending: ["Starting", "neutral"],
  issued: ["Waiting", "neutral"],
  completed: ["Completed", "good"],
  failed: ["Failed", "bad"],
  expired: ["Expired", "neutral"],
};

const ACCOUNT_STATUS: ReadonlyMap<string, Pill> = new Map<string, Pill>([
  ["active", ["Active", "good"]],
  ["error", ["Needs reconnecting", "bad"]],
  ["expired", ["Test ended", "neutral"]],
  ["inactive", ["Inactive", "neutral"]],
  ["suspended", ["Suspended", "warn"]],
  ["archived", ["Archived", "neutral"]],
]);

/** StackOne may add statuses; an unknown one is shown as it is. */
export const accountStatus = (status: string | null): Pill =>
  ACCOUNT_STATUS.get(status ?? "") ?? [status ?? "Unknown", "neutral"];

/** The package's texts, in English as this page is. */
export const messages = new Messages();

/** Why a session in the history failed; an unknown code is shown as it is. */
export const failure = (code: string): string => messages.get(code);

/** The display name of a provider such as `bamboohr`, taken from the accounts or the shortcuts. */
export type Naming = (provider: string | null, accountId?: string | null) => string | null;

export function naming(accounts: Account[], shortcuts: ReadonlyMap<string, string>): Naming {
  return (provider, accountId) => {
    const account =
      accounts.find((one) => accountId && one.account_id === accountId) ??
      accounts.find((one) => provider && one.provider === provider);
    if (account && accountId) return messages.name(account, accounts);
    return account ? messages.system(account) : (shortcuts.get(provider ?? "") ?? provider);
  };
}

/** Why an attempt failed; `null` for one that succeeded or is under way. */
export function attemptTrouble(attempt: Session["last_attempt"]): string | null {
  if (attempt?.status === "error")
    return `The provider refused: ${attempt.code ?? "no reason given"}.`;
  if (attempt?.status === "cancelled") return "Cancelled in the provider’s window.";
  if (attempt?.status === "expired") return "The provider’s window was open for too long.";
  return null;
}

const WHEN = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "short" });
export const when = (iso: string): string => WHEN.format(new Date(iso));

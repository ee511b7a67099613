// What the page says about accounts and sessions.

import type { Account, Attempt, Session, SessionRequest } from "./connect/api";

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

export const EXPECTATION: Record<Session["path"], string> = {
  create: "This adds a new account.",
  update: "This updates the account you already have.",
  multiple: "This adds another account and leaves the existing ones as they are.",
  undetermined: "Whether this adds or updates an account depends on the system you choose.",
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

/** StackOne may add statuses; one we have no word for is shown as it is. */
export const accountStatus = (status: string | null): Pill =>
  ACCOUNT_STATUS.get(status ?? "") ?? [status ?? "Unknown", "neutral"];

export const accountName = (account: Account): string =>
  account.provider_name || account.provider || "Account";

/** Turns `bamboohr` into what people write, as far as the accounts or the shortcuts tell. */
export type Naming = (provider: string | null, accountId?: string | null) => string | null;

export function naming(accounts: Account[], shortcuts: ReadonlyMap<string, string>): Naming {
  return (provider, accountId) => {
    const account =
      accounts.find((one) => accountId && one.account_id === accountId) ??
      accounts.find((one) => provider && one.provider === provider);
    return account ? accountName(account) : (shortcuts.get(provider ?? "") ?? provider);
  };
}

export function titleOf(request: SessionRequest, name: Naming): string {
  const system = name(request.provider ?? null, request.account_id);
  if (request.account_id) return `Reconnect ${system ?? "the account"}`;
  if (request.multiple) return `Add another ${system ?? ""} account`;
  return system ? `Connect ${system}` : "Choose a system";
}

/** What a session did, once the server has confirmed it. */
export function resultOf(session: Session, name: Naming): string {
  const system = name(session.provider, session.account_id) ?? "The account";
  if (session.outcome === "create") return `${system} is connected.`;
  if (session.outcome === "update") return `${system} is up to date.`;
  if (session.outcome === "multiple") return `Another ${system} account is connected.`;
  return `${system} is confirmed.`;
}

/** Nothing where there is nothing to be sorry about. */
export function attemptTrouble(attempt: Attempt | null): string | null {
  if (attempt?.status === "error")
    return `The provider refused: ${attempt.code ?? "no reason given"}.`;
  if (attempt?.status === "cancelled") return "Cancelled in the provider’s window.";
  if (attempt?.status === "expired") return "The provider’s window was open for too long.";
  return null;
}

const WHEN = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "short" });
export const when = (iso: string): string => WHEN.format(new Date(iso));

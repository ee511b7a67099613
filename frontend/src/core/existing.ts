// What is connected already, and what connecting again would do to it (StackOne notes §3.1).

import type { Api, ApiError } from "./api.js";
import { now } from "./clock.js";
import type { Account, SessionRequest } from "./types.js";

/** Milliseconds. Not asked for again within this time, such as from hovering to pressing. */
const KNOWN_FOR = 5_000;

const NOT_ALLOWED = new Set(["permission_denied"]);

/** What is connected, as far as a press needs to know. */
export class KnownAccounts {
  #known: { at: number; accounts: Promise<Account[] | null> } | null = null;

  /**
   * `null` for who may connect and not see what is connected: then nothing is asked and nothing
   * promised. Throws where the server can't be reached: a form that overwrites must not open unasked.
   */
  read(api: Api): Promise<Account[] | null> {
    const at = now();
    if (!this.#known || at - this.#known.at > KNOWN_FOR) {
      const accounts = api.accounts().catch((error: ApiError) => {
        this.forget();
        if (NOT_ALLOWED.has(error.code)) return null;
        throw error;
      });
      this.#known = { at, accounts };
    }
    return this.#known.accounts;
  }

  forget(): void {
    this.#known = null;
  }
}

/** A question that is asked before the hub opens. */
export interface Choice {
  /** `which`: update one of them, or add another. `name`: another is added, under which name? */
  kind: "which" | "name";
  /** The connected accounts of the provider, never none. */
  accounts: Account[];
  canAdd: boolean;
}

/** `null` where nothing has to be asked. */
export function choiceOf(
  request: SessionRequest,
  accounts: Account[] | null,
  allowMultiple = false,
): Choice | null {
  if (!accounts || request.account_id || !request.provider) return null;
  const same = connected(accounts).filter(({ provider }) => provider === request.provider);
  if (same.length === 0) return null;
  if (!request.multiple) return { kind: "which", accounts: same, canAdd: allowMultiple };
  return request.label ? null : { kind: "name", accounts: same, canAdd: true };
}

/**
 * The accounts that a choice inside the hub would overwrite: with no provider asked for, StackOne
 * updates the account of the one that is chosen there.
 */
export function atStake(request: SessionRequest, accounts: Account[]): Account[] {
  if (request.account_id || request.provider || request.multiple) return [];
  const asked = request.categories ?? (request.category ? [request.category] : []);
  const fits = ({ categories }: Account) =>
    !asked.length || !categories.length || categories.some((one) => asked.includes(one));
  return connected(accounts).filter(fits);
}

const connected = (accounts: Account[]) => accounts.filter((account) => !account.disconnected_at);

// The texts of one language, or of the host, and what is made of them.

import type { Problem } from "../core/state.js";
import type { Account, Session } from "../core/types.js";
import { duration } from "./duration.js";
import { en, type MessageKey } from "./en.js";
import { languageTag } from "./language.js";

export { duration } from "./duration.js";
export type { Catalogue, MessageKey } from "./en.js";

type Values = Record<string, string>;
/** What is not given stays English. */
export type Texts = Partial<Record<string, string>>;

/** Names are listed up to this many. */
const LISTED = 3;

export class Messages {
  readonly #texts: Texts[];
  readonly language: string | undefined;

  /** `texts`: the first that has a key wins. `language`: of dates, times and lists. */
  constructor(texts: Texts[] = [], language: string | undefined = "en") {
    this.#texts = [...texts, en];
    this.language = languageTag(language);
  }

  /** The text of a key; `otherwise`, or the key, for an unknown one. */
  get(key: MessageKey | (string & {}), values: Values = {}, otherwise: string = key): string {
    const found = this.#texts.find(
      (texts) => Object.keys(texts).includes(key) && typeof texts[key] === "string",
    );
    return (found?.[key] ?? otherwise).replace(/\{(\w+)\}/g, (whole, name) => values[name] ?? whole);
  }

  /** What went wrong, what is wrong with each field, and how long to wait. */
  failure({ code, errors, retryAfter }: Problem): string {
    const known = this.get(code, {}, this.get("unknown"));
    const fields = Object.values(errors ?? {}).flat();
    const wait = retryAfter ? this.get("wait", { time: duration(retryAfter, this.language) }) : "";
    return [known, ...fields, wait].filter(Boolean).join(" ");
  }

  /** What a confirmed session did, as the server says it. */
  result(session: Session, isReconnect: boolean, account: Account | null): string {
    if (session.status !== "completed") return this.get("unconfirmed");
    const system = account ? this.system(account) : session.provider || this.get("the_account");
    // Another account of the same system is called by that system.
    const isAnother = session.outcome === "multiple";
    const name = account && !isAnother ? this.name(account) : system;
    const key = isReconnect && session.outcome === "update" ? "reconnect" : session.outcome;
    return this.get(`outcome_${key}`, { name }, this.get("outcome_unknown", { name }));
  }

  system(account: Account): string {
    return account.provider_name || account.provider || this.get("the_account");
  }

  /** An account by its system and the name that people gave it; told from others by its date. */
  name(account: Account, others: readonly Account[] = []): string {
    const plain = this.#plain(account);
    const same = others.filter(
      (other) => other.account_id !== account.account_id && this.#plain(other) === plain,
    );
    if (!same.length || !account.linked_at) return plain;
    const date = this.date(account.linked_at);
    const name = this.get("name_since", { name: plain, date });
    const isSameDay = ({ linked_at }: Account) => linked_at && this.date(linked_at) === date;
    return same.some(isSameDay) ? `${name} · ${account.account_id}` : name;
  }

  #plain(account: Account): string {
    const name = this.system(account);
    return account.label ? this.get("name_label", { name, label: account.label }) : name;
  }

  names(accounts: readonly Account[]): string {
    const names = accounts.slice(0, LISTED).map((account) => this.name(account, accounts));
    const left = accounts.length - names.length;
    if (left) names.push(this.get("and_more", { count: String(left) }));
    return new Intl.ListFormat(this.language).format(names);
  }

  date(iso: string): string {
    return new Intl.DateTimeFormat(this.language, { dateStyle: "medium" }).format(new Date(iso));
  }
}

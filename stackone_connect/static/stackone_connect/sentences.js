// Every word that <stackone-connect> says. Each can be replaced, for another language or another
// tone, by its key: with the element's attribute `sentences` (a JSON object), or for all elements
// of a page by changing `sentences` before the first one is used. `{name}`, `{code}` and `{time}`
// stand for what is known when the sentence is said.

export const sentences = {
  // What can be pressed.
  connect: "Connect",
  cancel: "Cancel",
  done: "Done",
  try_again: "Try again",
  check_again: "Check again",
  start_again: "Start again",
  reload: "Reload the page",
  open_page: "Open StackOne’s page",

  // Under way.
  asking: "Asking StackOne for a session…",
  asking_still: "Still waiting for StackOne. This may take a few seconds more.",
  checking: "Checking with StackOne…",
  hosted: "StackOne’s page opens in a new tab. Come back here when you are done.",
  ends_soon: "This session ends soon. A fresh one starts with an empty form.",
  ended: "This session has ended. A fresh one starts with an empty form.",

  // What a session is expected to do, before it has done it.
  path_create: "This adds a new account.",
  path_update: "This updates the account you already have.",
  path_multiple: "This adds another account and leaves the existing ones as they are.",
  path_undetermined: "Whether this adds or updates an account depends on the system you choose.",

  // What it did, as the server confirmed it.
  outcome_create: "{name} is connected.",
  outcome_update: "{name} is up to date.",
  outcome_multiple: "Another {name} account is connected.",
  outcome_unknown: "{name} is confirmed.",
  unconfirmed: "StackOne hasn’t confirmed a change yet.",
  the_account: "The account",

  // How an attempt in the provider's own window ended.
  attempt_denied: "Access was not granted in the provider’s window. Nothing was connected.",
  attempt_error: "The provider refused to connect ({code}). Nothing was connected.",
  attempt_cancelled: "The provider’s window was cancelled. Nothing was connected.",

  // Our API's error codes.
  invalid: "That choice is not accepted here.",
  not_authenticated: "You have been signed out. Reload the page to sign in again.",
  permission_denied: "You are not allowed to do this. Ask your administrator.",
  no_organization: "You are not in an organization. Ask your administrator to add you.",
  not_found: "This session no longer exists. Start a new one.",
  account_not_found: "That account is no longer linked to your organization.",
  conflict: "That account does not fit this session. Start a new one.",
  throttled: "That was a lot of attempts in a short time.",
  stackone_rejected: "StackOne does not accept this choice. Pick another system.",
  stackone_misconfigured:
    "Connecting is not set up correctly on our side. Our team has to mend this; please tell support.",
  stackone_bad_answer: "StackOne answered with something we cannot use. Try again in a while.",
  stackone_rate_limited: "StackOne is busy.",
  stackone_unavailable: "StackOne cannot be reached at the moment.",
  abandoned: "The server was stopped before StackOne answered.",

  // What only the browser can know.
  offline: "The server cannot be reached. Check your connection and try again.",
  timeout: "The server did not answer in time. Try again in a while.",
  csrf: "This page is out of date. Reload it and try again.",
  hub_missing: "StackOne’s form could not be loaded. Check your connection and try again.",
  unknown: "Something went wrong on our side. Try again in a while.",
  wait: "Please wait {time}.",
};

const UNITS = [[3600, "hour"], [60, "minute"]];

/** Errors after which only a new page helps. */
const STALE = new Set(["csrf", "not_authenticated"]);
export const needsReload = (error) => STALE.has(error.code);

/** The words of an element, by its attribute `sentences`. */
export function wordsOf(element) {
  let own = {};
  try {
    own = JSON.parse(element.getAttribute("sentences") || "{}") ?? {};
  } catch (error) {
    reportError(error);
  }
  // Times are in the language of the sentence around them.
  return new Words(own, "wait" in own ? languageOf(element) : "en");
}

function languageOf(element) {
  try {
    return Intl.getCanonicalLocales(element.closest("[lang]")?.lang || [])[0];
  } catch {
    return undefined; // such as "de_DE", which is none: the browser's own
  }
}

/** The sentences of one element: its own words where it has them, ours everywhere else. */
export class Words {
  #own;
  #language;

  constructor(own, language) {
    this.#own = own;
    this.#language = language;
  }

  /** The sentence of a key; an unknown key is answered by `otherwise`. */
  say(key, { otherwise = key, ...values } = {}) {
    const has = (words) => Object.hasOwn(words, key) && typeof words[key] === "string";
    const text = has(this.#own) ? this.#own[key] : has(sentences) ? sentences[key] : otherwise;
    return text.replace(/\{(\w+)\}/g, (whole, name) => values[name] ?? whole);
  }

  /** What went wrong, in a sentence; what is wrong with each field; and how long to wait. */
  failure(error) {
    const known = this.say(error.code, { otherwise: this.say("unknown") });
    const fields = Object.values(error.errors ?? {}).flat();
    const wait = error.retryAfter && this.say("wait", { time: this.duration(error.retryAfter) });
    return [known, ...fields, wait].filter(Boolean).join(" ");
  }

  /** What a confirmed session did, as the server says it. */
  result(session, name) {
    if (session.status !== "completed") return this.say("unconfirmed");
    const values = { name: name || this.say("the_account") };
    const otherwise = this.say("outcome_unknown", values);
    return this.say(`outcome_${session.outcome}`, { ...values, otherwise });
  }

  /** How an attempt in the provider's window ended, or nothing for one that goes on or went well. */
  attempt({ status, code }) {
    if (status === "cancelled") return this.say("attempt_cancelled");
    if (status !== "error") return "";
    return code === "access_denied"
      ? this.say("attempt_denied")
      : this.say("attempt_error", { code: code || "–" });
  }

  /** `90` as "90 seconds", `600` as "10 minutes", in the sentences' language. */
  duration(seconds) {
    const [size, unit] = UNITS.find(([size]) => seconds >= 2 * size) ?? [1, "second"];
    const format = { style: "unit", unit, unitDisplay: "long" };
    return new Intl.NumberFormat(this.#language, format).format(Math.ceil(seconds / size));
  }
}

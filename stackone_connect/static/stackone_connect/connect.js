// <stackone-connect>: a button that asks our server for a connect session, opens StackOne's hub with
// it below the button, and believes only what our server confirms afterwards.
//
//   <stackone-connect api="/api/stackone/" hub-script="/static/vendor/stackone-hub.js"
//                     provider="bamboohr">Connect BambooHR</stackone-connect>
//
// The template tag {% stackone_connect %} writes it. Attributes: `api` (where stackone_connect.urls is
// mounted); `hub-script`, `hub-base-url`, `hub-app-url`; `provider`, `category`, `account-id`,
// `label`, `multiple` (what to ask for, read at each press); `heading` (of the panel); `theme`
// (light or dark); `sentences` (JSON); `csrf-token`, `csrf-cookie`, `csrf-header`; `nonce`.
//
// Events, all bubbling, none with a token: `stackone-connect:issued` {session}, `:completed`
// {session, account}, `:failed` {code, error?, session?}, `:closed` {session, completed}.

import { Api, ApiError, csrfOf } from "./api.js";
import { loadHub, makeHub, themeAround } from "./hub.js";
import { needsReload, wordsOf } from "./sentences.js";
import { View } from "./view.js";

// Milliseconds.
const WARN_BEFORE = 120_000;
const RENEW_BEFORE = 60_000;
const SLOW_AFTER = 4_000;
const WATCH_EVERY = 4_000;
const WATCH_RARELY = 15_000;

export class StackOneConnect extends HTMLElement {
  #view = null;
  #words;
  #api;
  #opening = false;
  #waiting = null;
  /** A session that no hub was shown for, because the hub's script did not come. */
  #unused = null;
  /** What the panel is open for: what was asked, the session, its timers, and how it goes. */
  #current = null;

  connectedCallback() {
    this.#view ??= this.#makeView();
    document.addEventListener("visibilitychange", this.#awake);
  }

  disconnectedCallback() {
    document.removeEventListener("visibilitychange", this.#awake);
    // Moving an element within a page takes it out and puts it in again.
    queueMicrotask(() => this.isConnected || this.#close());
  }

  #makeView() {
    this.#words = wordsOf(this);
    this.#api = new Api(this.getAttribute("api"), () => csrfOf(this));
    return new View(this, this.#words, {
      connect: () => this.open(),
      cancel: () => this.#close({ focus: true }),
      renew: () => this.#start(this.#current.asked),
    });
  }

  /** What the attributes ask for; see `POST connect-sessions/`. */
  get fields() {
    const names = { provider: "provider", category: "category", label: "label", account_id: "account-id" };
    const fields = this.hasAttribute("multiple") ? { multiple: true } : {};
    for (const [field, name] of Object.entries(names)) {
      if (this.getAttribute(name)) fields[field] = this.getAttribute(name);
    }
    return fields;
  }

  /** Our words, for pages that say more around it: `sentence("conflict")`, or of an `ApiError`. */
  sentence(about, values) {
    return typeof about === "string" ? this.#words.say(about, values) : this.#words.failure(about);
  }

  /** Calls our API below `api`, such as `call("GET", "accounts/")`; throws an error with a `code`. */
  call(method, path, body) {
    return this.#api.call(method, path, body);
  }

  /** As the button does, or for other `fields`, under a `heading` of its own. While one opening is
   * under way another does nothing; and a hub that is open for the same keeps what was typed. */
  async open(fields = this.fields, { heading } = {}) {
    if (this.#opening || this.#waiting) return;
    const asked = {
      fields,
      key: JSON.stringify(fields),
      heading: heading || this.getAttribute("heading") || this.textContent.trim() || this.#words.say("connect"),
      opener: this.#view.opener(),
    };
    const isOpen = this.#current?.asked.key === asked.key && !this.#current.isOver;
    if (isOpen) this.#view.focus();
    else await this.#start(asked);
  }

  /** A session and the hub's script, at the same time; then a panel with a new hub. */
  async #start(asked) {
    if (this.#opening) return;
    this.#setOpening(true);
    this.#view.say(this.#words.say("asking"));
    const slow = setTimeout(() => this.#view.say(this.#words.say("asking_still")), SLOW_AFTER);
    try {
      const [issued, hasHub] = await Promise.all([this.#issue(asked), this.#loadsHub()]);
      // The script may have taken its time: better a new session than one that ends under a form.
      const fresh = isEnding(issued) ? await this.#issue(asked) : issued;
      this.#show(asked, fresh, hasHub);
      this.#view.say("");
    } catch (error) {
      this.#fail(error, "try_again", () => this.#start(asked));
    } finally {
      clearTimeout(slow);
      this.#setOpening(false);
    }
  }

  #setOpening(value) {
    this.#opening = value;
    this.#view.busy = value || Boolean(this.#waiting);
  }

  async #issue(asked) {
    const kept = this.#unused;
    this.#unused = null;
    if (kept?.key === asked.key && !isEnding(kept)) return kept;
    const session = await this.#api.issue(asked.fields);
    // Counted from now and not by the browser's clock, which may be wrong.
    const lifetime = Date.parse(session.expires_at) - Date.parse(session.created_at);
    this.#tell("issued", { session: shown(session) });
    return { key: asked.key, session, lifetime, endsAt: Date.now() + lifetime };
  }

  async #loadsHub() {
    const url = this.getAttribute("hub-script");
    return Boolean(url) && loadHub(url, this.nonce).then(() => true, () => false);
  }

  /** The hub where its script came; else the way to StackOne's hosted page, where that is offered. */
  #show(asked, issued, hasHub) {
    const { session } = issued;
    if (!hasHub && !session.auth_link_url) {
      this.#unused = issued;
      throw new ApiError("hub_missing");
    }
    this.#close();
    const content = hasHub ? this.#hub(asked, session) : this.#view.hostedPage(session.auth_link_url);
    this.#current = { ...issued, asked, hasHub, offered: null, openedAt: Date.now() };
    const path = this.#words.say(`path_${session.path}`, { otherwise: "" });
    this.#view.open({ title: asked.heading, path }, content);
    this.#remind(this.#current);
    this.#watch(this.#current);
  }

  #hub(asked, session) {
    const hub = makeHub({
      token: session.token,
      baseUrl: this.getAttribute("hub-base-url"),
      appUrl: this.getAttribute("hub-app-url"),
      accountId: asked.fields.account_id,
      theme: this.getAttribute("theme") || themeAround(this),
    });
    const isCurrent = () => this.#current?.session === session;
    hub.addEventListener("success", (event) => isCurrent() && this.#finished(this.#current, event.detail));
    hub.addEventListener("close", () => isCurrent() && this.#close({ focus: true }));
    return hub;
  }

  /** Only offered: a new session is a new form, and what was typed would be lost. */
  #remind(current) {
    const left = current.endsAt - Date.now();
    const unwarned = left - Math.min(WARN_BEFORE, current.lifetime / 2);
    clearTimeout(current.reminder);
    const next = unwarned > 0 ? unwarned : left;
    if (next > 0) current.reminder = setTimeout(() => this.#remind(current), next);
    const offered = left <= 0 ? "ended" : unwarned <= 0 ? "ends_soon" : null;
    if (offered !== current.offered) this.#view.offer(offered && this.#words.say(offered));
    current.offered = offered;
  }

  /** Timers stop while a laptop sleeps, so what they would have done is done on waking; and who
   * comes back from the hosted page wants to know at once. */
  #awake = () => {
    const current = this.#current;
    if (document.hidden || !current || current.isConfirmed) return;
    if (!current.isOver) this.#remind(current);
    clearTimeout(current.watch);
    this.#watch(current, 0);
  };

  /** Asks our server how it goes: of a denied consent, and of the hosted page, nobody else tells. */
  #watch(current, pause = Math.min(WATCH_EVERY + (Date.now() - current.openedAt) / 20, WATCH_RARELY)) {
    const isWanted = () => this.#current === current && !current.isConfirmed;
    const timer = setTimeout(async () => {
      const seen = document.hidden ? null : await this.#api.session(current.session.id).catch(() => null);
      if (seen && isWanted() && !current.isChecking) await this.#learn(current, seen);
      if (isWanted() && current.watch === timer) this.#watch(current);
    }, pause);
    current.watch = timer;
  }

  async #learn(current, seen) {
    if (seen.status === "completed") return this.#confirmed(current, seen);
    const attempt = JSON.stringify(seen.last_attempt);
    if (attempt === current.attempt) return;
    current.attempt = attempt;
    const sentence = seen.last_attempt && this.#words.attempt(seen.last_attempt);
    if (!sentence) return;
    this.#view.say(sentence, "bad");
    this.#tell("failed", { code: `attempt_${seen.last_attempt.status}`, session: shown(seen) });
  }

  /** The hub's word is a hint: our server asks StackOne, and only its answer is shown. */
  async #finished(current, detail) {
    if (current.isChecking || current.isConfirmed) return;
    Object.assign(current, { isChecking: true, isOver: true });
    clearTimeout(current.reminder);
    if (this.#current === current) this.#view.finish();
    this.#view.say(this.#words.say("checking"));
    try {
      // The hub may not know the account; then ours may, by what was asked for or by a webhook.
      const id = detail?.id ?? current.asked.fields.account_id;
      const { session } = current;
      const seen = await (id ? this.#api.complete(session.id, String(id)) : this.#api.session(session.id));
      if (seen.status === "completed") await this.#confirmed(current, seen);
      else this.#view.say(this.#words.result(seen), "warn");
    } catch (error) {
      this.#fail(error, "check_again", () => this.#finished(current, detail), current.session);
    } finally {
      current.isChecking = false;
    }
  }

  async #confirmed(current, session) {
    if (current.isConfirmed) return;
    Object.assign(current, { isConfirmed: true, isOver: true });
    clearTimeout(current.reminder);
    const account = session.account_id && (await this.#api.account(session.account_id).catch(() => null));
    if (this.#current === current) {
      this.#view.finish();
      if (!current.hasHub) this.#close({ focus: this.#view.hasFocus });
    }
    this.#view.say(this.#words.result(session, account?.provider_name || session.provider), "good");
    this.#tell("completed", { session, account: account || null });
  }

  /** Says what went wrong and offers a way on, as soon as there is one. */
  #fail(error, key, again, session) {
    if (!(error instanceof ApiError)) reportError(error);
    const known = error instanceof ApiError ? error : new ApiError("unknown");
    const reload = () => window.location.reload();
    const action = needsReload(known) ? ["reload", reload] : [key, again];
    const link = this.#view.say(this.#words.failure(known), "bad", [this.#words.say(action[0]), action[1]]);
    if (known.retryAfter) this.#wait(link, known.retryAfter);
    this.#tell("failed", { code: known.code, error: known, ...(session && { session: shown(session) }) });
  }

  /** Nothing is asked again before StackOne, or our own limit, allows it. */
  #wait(link, seconds) {
    clearTimeout(this.#waiting);
    link.setAttribute("aria-disabled", "true");
    this.#waiting = setTimeout(() => {
      this.#waiting = null;
      this.#setOpening(this.#opening);
      link.removeAttribute("aria-disabled");
    }, seconds * 1000);
    this.#setOpening(this.#opening);
  }

  #close({ focus = false } = {}) {
    const closed = this.#current;
    if (!closed) return;
    this.#current = null;
    clearTimeout(closed.reminder);
    clearTimeout(closed.watch);
    this.#view.close();
    if (focus) this.#view.leave(closed.asked.opener);
    this.#tell("closed", { session: shown(closed.session), completed: Boolean(closed.isConfirmed) });
  }

  #tell(name, detail) {
    const event = new CustomEvent(`stackone-connect:${name}`, { bubbles: true, composed: true, detail });
    this.dispatchEvent(event);
  }
}

/** Whether a session ends before somebody who opens its form now could be done with it. */
const isEnding = ({ endsAt, lifetime }) => endsAt - Date.now() < Math.min(RENEW_BEFORE, lifetime / 2);

/** A session as others may see it. */
function shown({ token, auth_link_url, ...session }) {
  return session;
}

customElements.define("stackone-connect", StackOneConnect);

// <stackone-connect>: a button that asks the host's server for a connect session, opens StackOne's hub
// with it below the button, and shows only what the server confirms afterwards.
//
//   <stackone-connect api="/api/stackone/" hub-script="/static/vendor/stackone-hub.js"
//                     provider="bamboohr">Connect BambooHR</stackone-connect>
//
// The template tag {% stackone_connect %} writes it. docs/frontend.md has its attributes and events; none
// of these holds a token.

import { Api, ApiError } from "../core/api.js";
import { djangoFetch } from "../core/csrf.js";
import { button, element, focused } from "../core/dom.js";
import { later } from "../core/later.js";
import type { Act, Model, Notice } from "../core/model.js";
import type { ConnectEvent } from "../core/state.js";
import { adoptStyles } from "../core/styles.js";
import type { SessionRequest } from "../core/types.js";
import { markWaiting, View } from "../core/view.js";
import type { Catalogue, MessageKey } from "../messages/en.js";
import { duration, type Messages } from "../messages/index.js";
import { csrfOf, fieldsOf, type OpenOptions } from "./attributes.js";
import { catalogueFor, messagesFor } from "./language.js";
import { HubPlace } from "./place.js";

type Lazy = typeof import("./flow.js");
interface Loaded {
  parts: Lazy;
  flow: import("../core/flow.js").ConnectFlow<true>;
}

/** On a server there are no elements, and a page may be rendered there all the same. */
const Base = (globalThis.HTMLElement ?? class {}) as typeof HTMLElement;

export class StackOneConnect extends Base {
  #catalogue: Catalogue | null = null;
  #view: View | null = null;
  #button: HTMLButtonElement | null = null;
  #text: HTMLElement | null = null;
  #heading = "";
  #place: HubPlace | null = null;
  /** What was pressed while nothing may be asked. */
  #opener: HTMLButtonElement | null = null;
  #pressed = new Set<HTMLElement>();
  #again = () => {};
  #stop: (() => void)[] = [];
  #fetch = djangoFetch(() => csrfOf(this));
  #loaded: Loaded | null = null;
  #loading: Promise<Loaded | null> | null = null;
  /** Shown as long as nothing is loaded. */
  #before: Notice | null = null;

  connectedCallback(): void {
    if (!this.#view) this.#build();
    adoptStyles(this); // For buttons of the page that open this one.
    adoptStyles(this.#button!); // Once more where it was moved to another document.
    this.#place!.keep();
    this.#translate();
    if (this.#loaded) this.#mount(this.#loaded);
    else (globalThis.requestIdleCallback ?? setTimeout)(() => void this.#load());
  }

  disconnectedCallback(): void {
    this.#unmount();
    // Moving an element within a page takes it out and puts it in again.
    queueMicrotask(() => this.isConnected || this.#loaded?.flow.close());
  }

  /** The page's language may change, and its texts may not come at first. */
  #translate(): void {
    void catalogueFor(this).then((catalogue) => {
      this.#catalogue = catalogue;
      this.#draw();
    });
  }

  #load(): Promise<Loaded | null> {
    this.#loading ??= later("ConnectFlow", () => import("./flow.js")).then(
      (parts) => {
        const flow = new parts.ConnectFlow<true>({
          api: this.#makeApi(),
          isModal: () => parts.isInModal(this),
          on: (event) => this.#emit(event),
        });
        this.#loaded = { parts, flow };
        flow.subscribe(() => this.#draw());
        if (this.isConnected) this.#mount(this.#loaded);
        return this.#loaded;
      },
      () => (this.#loading = null),
    );
    return this.#loading;
  }

  #mount(loaded: Loaded): void {
    this.#unmount();
    this.#stop = [loaded.flow.mount(), this.#watchAccounts(loaded)];
  }

  #unmount(): void {
    for (const stop of this.#stop) stop();
    this.#stop = [];
  }

  /** What the attributes ask for; see `POST connect-sessions/`. */
  get fields(): SessionRequest {
    return fieldsOf(this);
  }

  /** Our texts, for the page around: `message("conflict")`, or `message(error)` for an `ApiError`. */
  message(about: MessageKey | ApiError, values?: Record<string, string>): string {
    const messages = this.#messages;
    return about instanceof ApiError ? messages.failure(about) : messages.get(about, values);
  }

  /** Calls our API below `api`, such as `call("GET", "accounts/")`; throws an error with a `code`. */
  async call(method: string, path: string, body?: unknown): Promise<unknown> {
    return (await this.#makeApi().call(method, path, body)).data;
  }

  /** As the button does, or for other `fields` and another `heading`; the focus returns to `opener`.
   * `asked`: the page has asked what is to become of accounts that exist, so that it is not asked here.
   * Does nothing while a session is requested; a hub open for the same fields stays as it is. */
  async open(
    fields: SessionRequest = this.fields,
    { heading = "", opener = focused(), asked = false }: OpenOptions = {},
  ): Promise<void> {
    this.#translate();
    if (!this.#loaded) this.#say({ tone: "neutral", text: this.message("asking") });
    const loaded = this.#loaded ?? (await this.#load());
    if (!loaded) {
      this.#again = () => void this.open(fields, { heading, opener, asked });
      const action = { act: "tryAgain", label: this.message("try_again") } as const;
      return this.#say({ tone: "bad", text: this.message("offline"), action });
    }
    const { flow } = loaded;
    const { loading, waiting } = flow.read();
    if (loading) return;
    if (flow.isOpenFor(fields)) return this.#view?.focus();
    this.#opener = opener instanceof HTMLButtonElement ? opener : this.#button;
    if (waiting) this.#pressed.add(this.#opener!);
    else {
      this.#heading = heading || this.getAttribute("heading") || this.textContent?.trim() || "";
      this.#view!.opener = opener ?? this.#button;
    }
    this.#configure(loaded);
    flow.open(fields, asked);
  }

  #say(notice: Notice): void {
    this.#before = notice;
    this.#draw();
  }

  /** Fetches what the next press will need, as hovering over the button does. */
  async prefetch(): Promise<void> {
    const loaded = await this.#load();
    if (!loaded) return;
    this.#configure(loaded);
    loaded.flow.prefetch();
  }

  /** Attributes may change between presses. */
  #configure({ flow, parts }: Loaded): void {
    Object.assign(flow.options, { api: this.#makeApi(), ...parts.optionsOf(this) });
  }

  #makeApi(): Api {
    return new Api(this.getAttribute("api") ?? "", this.#fetch);
  }

  #build(): void {
    const root = this.attachShadow({ mode: "open" });
    const wrapper = element("div");
    root.append(wrapper);
    const view = new View(wrapper, element("slot", { name: "hub" }), {
      act: (act) => this.#act(act),
      choose: (chosen) => this.#loaded?.flow.choose(chosen),
    });
    this.#text = element("slot");
    this.#button = button("button", "", () => void this.open(undefined, { opener: this.#button }));
    this.#button.append(this.#text);
    for (const name of ["pointerenter", "focus"]) {
      this.#button.addEventListener(name, () => void this.prefetch());
    }
    wrapper.prepend(this.#button);
    this.#view = view;
    this.#place = new HubPlace(this);
  }

  #act(act: Act): void {
    if (act === "reload") window.location.reload();
    else if (this.#loaded) this.#loaded.flow[act]();
    else this.#again();
  }

  get #messages(): Messages {
    return messagesFor(this, this.#catalogue);
  }

  #draw(): void {
    const messages = this.#messages;
    this.#text!.textContent = messages.get("connect");
    const state = this.#loaded?.flow.read();
    const seconds = state?.waiting ?? 0;
    const waiting = seconds ? duration(seconds, messages.language, "short") : "";
    this.#drawHub();
    const model = this.#model(messages);
    this.#button!.setAttribute("aria-disabled", String(model.isBusy));
    this.#view!.draw(model, waiting);
    if (waiting && state?.problem) this.#pressed.add(this.#opener ?? this.#button!);
    for (const node of this.#pressed) markWaiting(node, waiting);
    if (!waiting) this.#pressed.clear();
  }

  #model(messages: Messages): Model {
    const signIn = this.getAttribute("sign-in") ?? undefined;
    if (!this.#loaded) return { isBusy: false, status: this.#before, panel: null };
    const { flow, parts } = this.#loaded;
    return parts.modelOf(flow.read(), { messages, heading: this.#heading, signIn });
  }

  #drawHub(): void {
    if (!this.#loaded) return;
    const { flow, parts } = this.#loaded;
    const { session, hub } = flow.read();
    this.#place!.draw(hub && session ? session.token : null, () => parts.hubOf(this, flow));
  }

  #watchAccounts({ flow, parts }: Loaded): () => void {
    if (!this.hasAttribute("watch-accounts")) return () => {};
    const tell = (accounts: object) => this.#dispatch("accounts", accounts);
    return parts.watchAccounts(this.#makeApi(), tell, flow.show);
  }

  #emit({ name, ...detail }: ConnectEvent): void {
    if (name !== "changed") this.#dispatch(name, detail);
  }

  #dispatch(name: string, detail: object): void {
    const event = { bubbles: true, composed: true, detail };
    // One that was swapped out is heard by nobody else.
    const target = this.isConnected ? this : document;
    target.dispatchEvent(new CustomEvent(`stackone-connect:${name}`, event));
  }
}

if (globalThis.customElements && !customElements.get("stackone-connect")) {
  customElements.define("stackone-connect", StackOneConnect);
}

// What <stackone-connect> looks like. It knows no sessions: connect.js tells it what to show.
//
// Colours come from the page around (`currentColor`), so that it fits light and dark pages alike;
// a page changes them by the custom properties at the top, or by the parts it styles with ::part.

const STYLES = `
  :host { display: block; }
  :host([hidden]), [hidden] { display: none !important; }
  * { box-sizing: border-box; }
  p, h3 { margin: 0; }
  :focus-visible { outline: 2px solid var(--stackone-connect-accent, currentColor); outline-offset: 3px; }
  h3:focus, [part~="status"]:focus { outline: none; }

  button, a {
    display: inline-flex;
    align-items: center;
    justify-content: center;
    min-height: 2.75rem;
    max-width: 100%;
    padding: 0.25rem 1.125rem;
    border: 1px solid var(--stackone-connect-accent, currentColor);
    border-radius: var(--stackone-connect-radius, 8px);
    background: var(--stackone-connect-accent, transparent);
    color: var(--stackone-connect-on-accent, inherit);
    font: inherit;
    font-weight: var(--stackone-connect-button-weight, 560);
    text-decoration: none;
    cursor: pointer;
  }
  button:hover, a:hover { filter: brightness(1.12); }
  button[aria-disabled="true"] { opacity: 0.6; cursor: progress; }
  button[part~="quiet"] {
    min-height: 2.25rem;
    padding-inline: 0.75rem;
    border-color: color-mix(in srgb, currentColor 22%, transparent);
    background: transparent;
    color: inherit;
    font-size: 0.875rem;
    font-weight: 500;
  }
  button[part~="quiet"]:hover { filter: none; background: color-mix(in srgb, currentColor 8%, transparent); }
  button[part~="link"] {
    display: inline;
    min-height: 1.5rem;
    padding: 0;
    border: 0;
    background: none;
    color: inherit;
    text-decoration: underline;
    text-underline-offset: 0.18em;
  }
  button[part~="link"]:hover { filter: none; text-decoration-thickness: 2px; }

  .notice {
    margin-top: 1.25rem;
    padding: 0.75rem 1rem;
    border-radius: var(--stackone-connect-radius, 8px);
    background: color-mix(in srgb, var(--tone) 12%, transparent);
    font-size: 0.9375rem;
    line-height: 1.55;
    overflow-wrap: anywhere;
  }
  .notice.neutral { --tone: color-mix(in srgb, currentColor 60%, transparent); }
  .notice.good { --tone: var(--stackone-connect-good, #2f8f6b); }
  .notice.warn { --tone: var(--stackone-connect-warn, #b87a14); }
  .notice.bad { --tone: var(--stackone-connect-bad, #d0453e); }

  [part~="panel"] { margin-top: 2rem; scroll-margin: 1rem; }
  [part~="head"] { display: grid; grid-template-columns: 1fr auto; align-items: center; gap: 0 1rem; margin-bottom: 0.875rem; }
  [part~="head"] h3 { font-size: 1rem; font-weight: 600; line-height: 1.4; overflow-wrap: anywhere; }
  [part~="head"] p { grid-column: 1; font-size: 0.875rem; opacity: 0.8; text-wrap: pretty; }
  [part~="head"] button { grid-column: 2; grid-row: 1 / span 2; }
  [part~="renewal"] .notice { margin: 0 0 0.875rem; }
  [part~="hosted"] {
    display: grid;
    justify-items: start;
    gap: 1.25rem;
    padding: 1.5rem;
    border: 1px solid color-mix(in srgb, currentColor 22%, transparent);
    border-radius: var(--stackone-connect-radius, 8px);
  }
  ::slotted(stackone-hub) { display: block; min-height: 560px; }
`;

const sheet = new CSSStyleSheet();
sheet.replaceSync(STYLES);

/** An element with attributes and children; texts are never read as HTML. */
function element(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
  node.append(...children);
  return node;
}

function button(part, text, press) {
  const node = element("button", { type: "button", part }, text);
  node.addEventListener("click", () => {
    if (node.getAttribute("aria-disabled") !== "true") press();
  });
  return node;
}

export class View {
  #host;
  #root;
  #words;
  #button;
  #status = element("div", { part: "status", id: "status", role: "status", tabindex: "-1" });
  #panel = element("section", { part: "panel", id: "panel", "aria-labelledby": "title", hidden: "" });
  #title = element("h3", { part: "title", id: "title", tabindex: "-1" });
  #path = element("p", { part: "path", id: "path" });
  #cancel;
  #renew;
  #renewal = element("div", { part: "renewal", id: "renewal", role: "status" });
  #body = element("div", { part: "body" });
  #content = null;

  /** `pressed` are what to do when `connect`, `cancel` or `renew` is pressed. */
  constructor(host, words, pressed) {
    this.#host = host;
    this.#words = words;
    this.#root = host.attachShadow({ mode: "open" });
    this.#root.adoptedStyleSheets = [sheet];
    this.#button = button("button", "", pressed.connect);
    this.#button.append(element("slot", {}, words.say("connect")));
    this.#cancel = button("quiet cancel", words.say("cancel"), pressed.cancel);
    this.#renew = pressed.renew;
    this.#panel.append(
      element("header", { part: "head" }, this.#title, this.#path, this.#cancel),
      this.#renewal,
      this.#body,
      element("slot", { name: "hub" }),
    );
    this.#root.append(this.#button, this.#status, this.#panel);
  }

  /** The button takes no press now, but stays where the keyboard finds it. */
  set busy(value) {
    this.#button.setAttribute("aria-disabled", String(value));
  }

  /** Where the focus is to come back to when the panel closes. */
  opener() {
    const active = document.activeElement;
    return !active || active === document.body || active === this.#host ? this.#button : active;
  }

  /** Whether the focus is in the panel, a hub excepted. */
  get hasFocus() {
    return this.#panel.contains(this.#root.activeElement);
  }

  /** Back to where the focus came from, if that is still there. */
  leave(opener) {
    (opener.isConnected ? opener : this.#button).focus();
  }

  /** One sentence for everybody, read out where it is listened to. `action` is `[text, press]`. */
  say(text, tone = "neutral", action = null) {
    const hadFocus = this.#status.contains(this.#root.activeElement);
    const notice = element("p", { class: `notice ${tone}`, part: `notice ${tone}` }, text);
    const link = action && button("link", ...action);
    if (link) notice.append(" ", link);
    this.#status.replaceChildren(...(text ? [notice] : []));
    if (hadFocus) this.#status.focus();
    return link;
  }

  /** Shows the panel around `content`, which is a hub or the link of `hostedPage`. */
  open({ title, path }, content) {
    this.close();
    this.#content = content;
    this.#title.textContent = title;
    this.#path.textContent = path;
    this.#cancel.textContent = this.#words.say("cancel");
    if (content.localName === "stackone-hub") {
      // In the page itself and not in our shadow, where the host's own scripts can find it.
      content.slot = "hub";
      this.#host.append(content);
    } else {
      this.#body.append(content);
    }
    this.#panel.hidden = false;
    this.focus();
  }

  focus() {
    this.#title.focus();
    this.#panel.scrollIntoView({ block: "nearest" });
  }

  /** The panel has nothing more to cancel, and promises nothing any more. */
  finish() {
    this.#path.textContent = "";
    this.#cancel.textContent = this.#words.say("done");
    this.offer(null);
  }

  /** Offers a fresh start, or takes the offer back. */
  offer(sentence) {
    const again = button("link", this.#words.say("start_again"), this.#renew);
    const notice = element("p", { class: "notice neutral", part: "notice neutral" }, sentence ?? "", " ", again);
    this.#renewal.replaceChildren(...(sentence ? [notice] : []));
  }

  hostedPage(url) {
    const words = this.#words;
    const target = { href: url, target: "_blank", rel: "noopener", part: "button" };
    return element(
      "div",
      { part: "hosted" },
      element("p", {}, words.say("hosted")),
      element("a", target, words.say("open_page")),
    );
  }

  close() {
    this.#content?.remove();
    this.#content = null;
    this.#panel.hidden = true;
    this.offer(null);
  }
}

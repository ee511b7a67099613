// Draws a model: a line with the state, and the panel around the form. It is all that the element and
// the React panel show; the form itself is put into `hubPlace` by whoever has it.

import { button, element, focused, isWithin } from "./dom.js";
import type { Action, Act, Body, Model, Notice, Panel } from "./model.js";
import { adoptStyles } from "./styles.js";

export interface Pressed {
  act: (act: Act) => void;
  choose: (chosen: { update: string } | { label: string }) => void;
}

export class View {
  /** `hubPlace` is where the hub is drawn: a slot, or an element of its own. `ids` begins the ids. */
  constructor(
    readonly root: HTMLElement,
    readonly hubPlace: HTMLElement,
    readonly pressed: Pressed,
    readonly ids = "",
  ) {
    this.#status.id = `${ids}status`;
    this.#title.id = `${ids}title`;
    this.#renewal.id = `${ids}renewal`;
    this.#panel.id = `${ids}panel`;
    this.#panel.setAttribute("aria-labelledby", this.#title.id);
    const head = element("header", { part: "head" }, this.#words, this.#cancel);
    this.#panel.append(head, this.#renewal, this.#body, hubPlace);
    root.classList.add("stackone-connect-panel");
    root.replaceChildren(this.#status, this.#panel);
    adoptStyles(root);
  }

  #status = element("div", { part: "status", role: "status", tabindex: "-1" });
  #panel = element("section", { part: "panel", hidden: "" });
  #title = element("h3", { part: "title", tabindex: "-1" });
  #path = element("p", { part: "path" });
  #words = element("div", { part: "words" }, this.#title, this.#path);
  #cancel = button("quiet cancel", "", () => this.pressed.act("close"));
  #renewal = element("div", { part: "renewal", role: "status" });
  #body = element("div", { part: "body" });
  #drawn = new Map<HTMLElement, string>();
  #key: string | null = null;
  #opener: HTMLElement | null = null;
  #isConfirmed = false;

  /** Where the focus goes when the panel closes; what is focused now, unless it is given. */
  set opener(opener: HTMLElement | null) {
    this.#opener = opener;
  }

  draw(model: Model, waiting: string): void {
    const hadFocus = isWithin(focused(), this.#status);
    const isNew = this.#redraw(this.#status, model.status, (notice) => [noticeOf(notice, this.pressed)]);
    if (isNew && hadFocus) this.#status.focus();
    this.#drawPanel(model.panel);
    this.#countDown(waiting);
    // The hub's own screens take the focus away with them.
    const isConfirmed = model.status?.tone === "good";
    if (isConfirmed && !this.#isConfirmed && this.#hasLostFocus()) this.#status.focus();
    this.#isConfirmed = isConfirmed;
  }

  focus(): void {
    this.#title.focus();
    this.#panel.scrollIntoView?.({ block: "nearest" });
  }

  #hasLostFocus(): boolean {
    const active = focused();
    return !active || isWithin(active, this.#panel) || isWithin(active, this.hubPlace);
  }

  #drawPanel(panel: Panel | null): void {
    const hadFocus = this.#hasLostFocus();
    if (panel) {
      setText(this.#title, panel.title);
      setText(this.#path, panel.note);
      setText(this.#cancel, panel.cancel);
    }
    this.#redraw(this.#renewal, panel?.renewal ?? null, (notice) => [noticeOf(notice, this.pressed)]);
    const body = panel && panel.body.kind !== "hub" ? panel.body : null;
    this.#redraw(this.#body, body, (shown) => [bodyOf(shown, this.pressed, this.ids)]);
    this.hubPlace.hidden = panel?.hidesHub ?? true;
    this.#panel.hidden = !panel;
    const key = panel?.key ?? null;
    if (key === this.#key) return;
    const wasOpen = this.#key !== null;
    this.#key = key;
    if (panel) {
      if (!wasOpen) this.#opener ??= focused();
      this.focus();
    } else {
      if (hadFocus) this.#leave();
      this.#opener = null;
    }
  }

  /** The opener may be gone, such as that of an account that is no longer listed. */
  #leave(): void {
    const opener = this.#opener;
    if (opener?.isConnected) opener.focus();
    if (!opener || focused() !== opener) this.#status.focus();
  }

  /** Draws only what changed, so that the focus and what was typed stay. */
  #redraw<Value>(place: HTMLElement, value: Value | null, draw: (value: Value) => Node[]): boolean {
    const next = JSON.stringify(value);
    if (this.#drawn.get(place) === next) return false;
    this.#drawn.set(place, next);
    place.replaceChildren(...(value ? draw(value) : []));
    return true;
  }

  /** Beside the texts and not in them: a screen reader would read every second aloud. */
  #countDown(waiting: string): void {
    for (const node of this.root.querySelectorAll<HTMLElement>("[data-act]")) {
      markWaiting(node, node.dataset.act === "reload" || node.dataset.act === "close" ? "" : waiting);
    }
  }
}

/** Marks a button as not to be pressed yet, and shows how long. */
export function markWaiting(node: HTMLElement, waiting: string): void {
  if (waiting) {
    node.setAttribute("aria-disabled", "true");
    node.dataset.stackoneWait = waiting;
  } else if ("stackoneWait" in node.dataset) {
    node.removeAttribute("aria-disabled");
    delete node.dataset.stackoneWait;
  }
}

function setText(node: HTMLElement, text: string): void {
  if (node.textContent !== text) node.textContent = text;
}

function actionOf({ label, act, href }: Action, pressed: Pressed): HTMLElement {
  if (href) return element("a", { part: "link", href }, label);
  const node = button("link", label, () => pressed.act(act!));
  node.dataset.act = act;
  return node;
}

function noticeOf({ tone, text, action }: Notice, pressed: Pressed): HTMLElement {
  const notice = element("p", { part: `notice ${tone}`, class: `notice ${tone}` }, text);
  if (action) notice.append(" ", actionOf(action, pressed));
  return notice;
}

function bodyOf(body: Exclude<Body, { kind: "hub" }>, pressed: Pressed, ids: string): HTMLElement {
  if (body.kind === "hosted") {
    const target = { target: "_blank", rel: "noopener", part: "button" };
    const link = body.href
      ? element("a", { ...target, href: body.href }, body.label)
      : button("button", body.label, () => pressed.act("renew"));
    return element("div", { part: "hosted" }, element("p", {}, body.text), link);
  }
  const choice = element("div", { part: "choice" });
  const updates = body.updates.map(({ id, label }) => {
    const update = button("button", label, () => pressed.choose({ update: id }));
    update.dataset.act = "update";
    return element("li", {}, update);
  });
  if (updates.length) choice.append(element("ul", {}, ...updates));
  if (body.add) choice.append(addForm(body.add, pressed, ids));
  return choice;
}

function addForm(
  { label, field, help }: { label: string; field: string; help: string },
  pressed: Pressed,
  ids: string,
): HTMLFormElement {
  const input = element("input", { id: `${ids}label`, maxlength: "255", autocomplete: "off" });
  input.setAttribute("aria-describedby", `${ids}label-help`);
  const add = element("button", { type: "submit", part: "button", "data-act": "add" }, label);
  const form = element(
    "form",
    {},
    element("label", { for: input.id }, field),
    element("small", { id: `${ids}label-help` }, help),
    input,
    add,
  );
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    event.stopPropagation(); // In a React page it may be inside of a form of the host's.
    if (add.getAttribute("aria-disabled") !== "true") pressed.choose({ label: input.value });
  });
  return form;
}

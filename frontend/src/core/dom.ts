// Elements, and where the focus is.

/** An element with attributes and children; texts are never read as HTML. */
export function element<Tag extends keyof HTMLElementTagNameMap>(
  tag: Tag,
  attributes: Record<string, string> = {},
  ...children: (Node | string)[]
): HTMLElementTagNameMap[Tag] {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
  node.append(...children);
  return node;
}

/** A button that ignores presses while it is `aria-disabled`, and keeps its place in the tab order. */
export function button(part: string, text: string, press: () => void): HTMLButtonElement {
  const node = element("button", { type: "button", part }, text);
  node.addEventListener("click", () => {
    if (node.getAttribute("aria-disabled") !== "true") press();
  });
  return node;
}

/** What has the focus, looked for through open shadow roots; `null` where nothing has. */
export function focused(): HTMLElement | null {
  let found = document.activeElement;
  while (found?.shadowRoot?.activeElement) found = found.shadowRoot.activeElement;
  return found === document.body ? null : (found as HTMLElement | null);
}

/** Whether `inner` is `outer` or inside it, through shadow roots and slots. */
export function isWithin(inner: Element | null, outer: Element): boolean {
  for (let node: Node | null = inner; node; node = parentOf(node)) if (node === outer) return true;
  return false;
}

/** Through shadow roots and slots. */
export const parentOf = (node: Node): Node | null =>
  (node instanceof Element && node.assignedSlot) || node.parentNode || ((node as ShadowRoot).host ?? null);

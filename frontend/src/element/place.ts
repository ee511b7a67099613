// Where the hub is: in the page and not in our shadow tree, where the host's own scripts can find it, and
// where frameworks find it as well.

export class HubPlace {
  #hub: HTMLElement | null = null;

  constructor(readonly element: HTMLElement) {
    new MutationObserver(() => this.keep()).observe(element, { childList: true });
  }

  /** `make` makes one for another token; without a token there is none. */
  draw(token: string | null, make: () => HTMLElement): void {
    if (this.#hub?.getAttribute("token") === token) return;
    this.#hub?.remove();
    this.#hub = token ? make() : null;
    this.keep();
  }

  /** A copy of the element, such as a framework's of its page, brings the hub of another session; and who
   * writes a new text into it takes the hub out. */
  keep(): void {
    const { element } = this;
    for (const hub of element.querySelectorAll(":scope > stackone-hub")) if (hub !== this.#hub) hub.remove();
    if (this.#hub && this.#hub.parentNode !== element) element.append(this.#hub);
  }
}

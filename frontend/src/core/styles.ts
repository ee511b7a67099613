// What it looks like, in the element's shadow tree and in a React page alike.
//
// Colours come from the surrounding page (`currentColor`), which fits light and dark pages. A page
// changes them with the custom properties, or styles the parts: with `::part` from outside the
// element, with `[part~=…]` in a React page.

const ACCENT = "var(--stackone-connect-accent, currentColor)";
const faint = (percent: number) => `color-mix(in srgb, currentColor ${percent}%, transparent)`;

const STYLES = `
:host { display: block; }
:host([hidden]) { display: none !important; }
:host > .stackone-connect-panel { display: contents; }
.stackone-connect-panel {
  [hidden] { display: none !important; }
  * { box-sizing: border-box; }
  p, h3, ul, form { margin: 0; padding: 0; }
  :focus-visible { outline: 2px solid ${ACCENT}; outline-offset: 3px; }
  h3:focus, [part~="status"]:focus { outline: none; }

  [part~="button"], [part~="quiet"] {
    display: inline-flex;
    align-items: center;
    justify-content: center;
    min-height: 2.75rem;
    max-width: 100%;
    padding: 0.25rem 1.125rem;
    border: 1px solid ${ACCENT};
    border-radius: var(--stackone-connect-radius, 8px);
    background: var(--stackone-connect-accent, transparent);
    color: var(--stackone-connect-on-accent, inherit);
    font: inherit;
    font-weight: var(--stackone-connect-button-weight, 560);
    text-decoration: none;
    overflow-wrap: break-word;
    cursor: pointer;
  }
  [part~="button"] slot { display: block; min-width: 0; }
  [part~="button"]:hover { filter: brightness(1.12); }
  [aria-disabled="true"] { opacity: 0.6; cursor: progress; }
  [part~="quiet"] {
    min-height: 2.25rem;
    padding-inline: 0.75rem;
    border-color: ${faint(22)};
    background: transparent;
    color: inherit;
    font-size: 0.875rem;
    font-weight: 500;
  }
  [part~="quiet"]:hover { background: ${faint(8)}; }
  [part~="link"] {
    display: inline;
    min-height: 1.5rem;
    padding: 0;
    border: 0;
    background: none;
    color: inherit;
    font: inherit;
    text-decoration: underline;
    text-underline-offset: 0.18em;
    cursor: pointer;
  }
  [part~="link"]:hover { text-decoration-thickness: 2px; }

  [part~="notice"] {
    margin-top: 1.25rem;
    padding: 0.75rem 1rem;
    border-radius: var(--stackone-connect-radius, 8px);
    background: color-mix(in srgb, var(--tone) 12%, transparent);
    color: inherit;
    font-size: 0.9375rem;
    line-height: 1.55;
    overflow-wrap: break-word;
  }
  [part~="neutral"] { --tone: ${faint(60)}; }
  [part~="good"] { --tone: var(--stackone-connect-good, #2f8f6b); }
  [part~="warn"] { --tone: var(--stackone-connect-warn, #b87a14); }
  [part~="bad"] { --tone: var(--stackone-connect-bad, #d0453e); }

  [part~="panel"] { margin-top: 2rem; scroll-margin: 1rem; }
  [part~="head"] { display: flex; flex-wrap: wrap; align-items: center; gap: 0.25rem 1rem; margin-bottom: 0.875rem; }
  [part~="words"] { flex: 1 1 12rem; min-width: 0; }
  [part~="title"] { font-size: 1rem; font-weight: 600; line-height: 1.4; overflow-wrap: break-word; }
  [part~="path"] { font-size: 0.875rem; opacity: 0.8; overflow-wrap: break-word; text-wrap: pretty; }
  [part~="renewal"] [part~="notice"] { margin: 0 0 0.875rem; }
  [part~="hosted"], [part~="choice"] {
    display: grid;
    justify-items: start;
    gap: 1.25rem;
    padding: 1.5rem;
    border: 1px solid ${faint(22)};
    border-radius: var(--stackone-connect-radius, 8px);
  }
  [part~="choice"] form { display: grid; gap: 0.5rem; justify-items: start; width: 100%; }
  [part~="choice"], [part~="hosted"] { grid-template-columns: minmax(0, 1fr); }
  [part~="choice"] button { white-space: normal; text-align: start; overflow-wrap: anywhere; }
  [part~="choice"] ul { display: grid; gap: 0.75rem; list-style: none; max-width: 100%; }
  [part~="choice"] label { font-weight: 560; }
  [part~="choice"] small { font-size: 0.875rem; opacity: 0.8; }
  [part~="choice"] input {
    width: min(100%, 24rem);
    min-height: 2.75rem;
    padding: 0.25rem 0.75rem;
    border: 1px solid ${faint(55)};
    border-radius: var(--stackone-connect-radius, 8px);
    background: transparent;
    color: inherit;
    font: inherit;
  }
  [part~="choice"] form [part~="button"] { margin-top: 0.5rem; }
}
.stackone-connect-panel [part~="hub"], ::slotted(stackone-hub) { display: block; min-height: 560px; }
.stackone-connect-panel [part~="hub"]:empty { min-height: 0; }
:where([data-stackone-wait])::after { content: "\\a0(" attr(data-stackone-wait) ")"; }
`;

/** A document takes none of another's, such as an iframe's of its page's. */
const sheets = new WeakMap<Document, CSSStyleSheet>();

/** Gives the tree around `node` the styles, once. No policy for styles stands in the way of it. */
export function adoptStyles(node: Node): void {
  const root = node.getRootNode() as Document | ShadowRoot;
  const { adoptedStyleSheets } = root;
  if (!adoptedStyleSheets) return;
  const page = root.ownerDocument ?? (root as Document);
  let sheet = sheets.get(page);
  if (!sheet) {
    sheet = new (page.defaultView ?? window).CSSStyleSheet();
    sheet.replaceSync(STYLES);
    sheets.set(page, sheet);
  }
  if (!adoptedStyleSheets.includes(sheet)) adoptedStyleSheets.push(sheet);
}

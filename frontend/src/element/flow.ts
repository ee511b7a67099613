// What the element needs once it is used: loaded while the page is idle, or by the first press.

import { AccountsWatch } from "../core/accounts.js";
import type { Api } from "../core/api.js";
import type { ConnectFlow } from "../core/flow.js";
import { loadHubScript, makeHub } from "../core/hub.js";
import { needsReload } from "../core/show.js";
import type { Problem } from "../core/state.js";
import { themeAround } from "../core/surroundings.js";

export { ConnectFlow } from "../core/flow.js";
export { modelOf } from "../core/model.js";
export { isInModal } from "../core/surroundings.js";

/** What is asked of the flow; attributes may change between presses. */
export function optionsOf(element: HTMLElement) {
  const script = element.getAttribute("hub-script");
  const trust = { nonce: element.nonce, integrity: element.getAttribute("hub-integrity") };
  return {
    loadHub: script ? () => loadHubScript(script, trust).then(() => true as const) : null,
    hubBaseUrl: element.getAttribute("hub-base-url") ?? undefined,
    allowMultiple: element.hasAttribute("allow-multiple"),
  };
}

/** Milliseconds. One that is moved within the page is empty for a moment. */
const CRASHED_AFTER = 1_000;

/** A hub for the flow's session, with what `element` says of it. */
export function hubOf(element: HTMLElement, flow: ConnectFlow<true>): HTMLElement {
  const { session, request } = flow.read();
  const hub = makeHub({
    token: session?.token,
    "base-url": element.getAttribute("hub-base-url"),
    "app-url": element.getAttribute("hub-app-url"),
    "account-id": request.account_id,
    theme: element.getAttribute("theme") || themeAround(element),
    slot: "hub",
  });
  // One that is no longer in the page has nothing to say.
  hub.addEventListener("success", (event) => {
    const { detail } = event as CustomEvent<{ id?: unknown } | null>;
    if (hub.isConnected) flow.completed(detail);
  });
  hub.addEventListener("close", () => hub.isConnected && flow.close());
  // The hub says nothing when it fails to draw: React takes away what was there.
  const isBlank = () => hub.isConnected && !hub.hasChildNodes() && flow.read().phase === "open";
  const look = () => isBlank() && flow.hubCrashed();
  new MutationObserver(() => isBlank() && setTimeout(look, CRASHED_AFTER)).observe(hub, { childList: true });
  return hub;
}

/** Tells the accounts when they have been read, and what only a new page helps with, such as being signed out
 * in another tab. Returns what stops it. */
export function watchAccounts(
  api: Api,
  tell: (accounts: object) => void,
  show: (problem: Problem) => void,
): () => void {
  const watch = new AccountsWatch(api);
  let seen: unknown = null;
  watch.subscribe(() => {
    const { accounts, broken, problem } = watch.read();
    if (problem && needsReload(problem.code)) show(problem);
    if (!accounts || accounts === seen) return;
    seen = accounts;
    tell({ accounts, broken });
  });
  return watch.mount();
}

// StackOne's <stackone-hub>: loaded when first needed, and a new element for every session, because
// the element does not reliably accept a changed token (StackOne notes §20.4).

/** Milliseconds; the script is large. */
const GIVE_UP_AFTER = 60_000;
const loading = new Map<string, Promise<void>>();

export interface Trust {
  nonce?: string | undefined;
  integrity?: string | null;
}

/** Loads the hub's script once. Rejects if that fails; the next call tries again. With `integrity`
 * the browser runs it only if it has that hash. */
export function loadHubScript(url: string, trust: Trust = {}): Promise<void> {
  if (customElements.get("stackone-hub")) return Promise.resolve();
  const known = loading.get(url) ?? append(url, trust);
  loading.set(url, known);
  return known;
}

function append(url: string, { nonce, integrity }: Trust): Promise<void> {
  return new Promise((resolve, reject) => {
    const script = document.createElement("script");
    const fail = () => {
      clearTimeout(timer);
      loading.delete(url);
      script.remove();
      reject(new Error("The hub's script can't be loaded."));
    };
    const timer = setTimeout(fail, GIVE_UP_AFTER);
    if (nonce) script.nonce = nonce;
    if (integrity) Object.assign(script, { integrity, crossOrigin: "anonymous" });
    script.src = url;
    script.onload = () => {
      if (!customElements.get("stackone-hub")) return fail();
      clearTimeout(timer);
      return resolve();
    };
    script.onerror = fail;
    document.head.append(script);
  });
}

/** A hub for one session. `account-id` opens that account's form, even if the hub's settings call
 * says otherwise; without `base-url` it calls StackOne's servers. */
export function makeHub(attributes: Record<string, string | null | undefined>): HTMLElement {
  const hub = document.createElement("stackone-hub");
  const all = { "show-footer-links": "false", height: "560px", ...attributes };
  for (const [name, value] of Object.entries(all)) if (value) hub.setAttribute(name, value);
  return hub;
}

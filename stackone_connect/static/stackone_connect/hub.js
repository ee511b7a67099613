// StackOne's own <stackone-hub>: loaded when first needed, and a new element for every session,
// because the element does not take a changed token reliably.

/** Milliseconds: the script is large, but nobody waits longer than this. */
const GIVE_UP_AFTER = 60_000;
const loading = new Map();

/** Loads the hub's script once; rejects where that fails, and may then be tried again. */
export function loadHub(url, nonce) {
  if (customElements.get("stackone-hub")) return Promise.resolve();
  if (!loading.has(url)) loading.set(url, append(url, nonce));
  return loading.get(url);
}

function append(url, nonce) {
  return new Promise((resolve, reject) => {
    const script = document.createElement("script");
    const fail = () => {
      clearTimeout(patience);
      loading.delete(url);
      script.remove();
      reject(new Error("The hub's script can't be loaded."));
    };
    const patience = setTimeout(fail, GIVE_UP_AFTER);
    if (nonce) script.nonce = nonce;
    script.src = url;
    script.onload = () => {
      if (!customElements.get("stackone-hub")) return fail();
      clearTimeout(patience);
      return resolve();
    };
    script.onerror = fail;
    document.head.append(script);
  });
}

/** A hub for one session. `accountId` opens that account's form, whatever the hub's own settings
 * call says; without an address it talks to StackOne's servers. */
export function makeHub({ token, baseUrl, appUrl, accountId, theme }) {
  const hub = document.createElement("stackone-hub");
  const attributes = {
    token,
    "base-url": baseUrl,
    "app-url": appUrl,
    "account-id": accountId,
    "show-footer-links": "false",
    height: "560px",
    theme,
  };
  for (const [name, value] of Object.entries(attributes)) if (value) hub.setAttribute(name, value);
  return hub;
}

/** Dark where the text around is light: true for pages with a switch of their own, too. */
export function themeAround(element) {
  const context = new OffscreenCanvas(1, 1).getContext("2d");
  context.fillStyle = getComputedStyle(element).color;
  context.fillRect(0, 0, 1, 1);
  const [red, green, blue] = context.getImageData(0, 0, 1, 1).data;
  return 0.3 * red + 0.59 * green + 0.11 * blue > 127 ? "dark" : "light";
}

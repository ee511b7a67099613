// StackOne's own <stackone-hub>: loaded when first needed, and a new element for every session,
// because the element does not take a changed token reliably.

let loading = null;

/** Loads the hub's script once; rejects where that fails, and may then be tried again. */
export function loadHub(url) {
  loading ??= new Promise((resolve, reject) => {
    const script = document.createElement("script");
    const fail = () => {
      loading = null;
      script.remove();
      reject(new Error("The hub's script can't be loaded."));
    };
    script.src = url;
    script.onload = () => (customElements.get("stackone-hub") ? resolve() : fail());
    script.onerror = fail;
    document.head.append(script);
  });
  return loading;
}

const dark = window.matchMedia("(prefers-color-scheme: dark)");
const theme = () => (dark.matches ? "dark" : "light");

/** A hub for one session. `accountId` opens that account's form, whatever the settings call says. */
export function makeHub({ token, baseUrl, appUrl, accountId }) {
  const hub = document.createElement("stackone-hub");
  const attributes = {
    token,
    "base-url": baseUrl,
    "app-url": appUrl,
    "account-id": accountId,
    "show-footer-links": "false",
    height: "560px",
    theme: theme(),
  };
  for (const [name, value] of Object.entries(attributes)) if (value) hub.setAttribute(name, value);
  return hub;
}

dark.addEventListener("change", () => {
  document.querySelector("stackone-hub")?.setAttribute("theme", theme());
});

// The Integrations page works without this script, but for connecting, which needs <stackone-connect>.
// The script opens the element for what is pressed, asks the server's questions in a dialog, and
// reads the lists again when something may have changed. All texts come from the server.
//
//   data-stackone-open     opens the element: data-account, data-provider, data-multiple, data-heading
//   data-stackone-ask      a form whose page asks a question: [data-stackone-question]
//   data-stackone-close    leaves the question
//   data-stackone-limit    seconds until the question can be answered again
//   data-stackone-part     what is read again

/** Milliseconds. An account that breaks while the page is open is noticed by then. */
const REFRESH_EVERY = 60_000;
const PARTS = "[data-stackone-part]";
const QUESTION = "[data-stackone-question]";
/** Of ours; a host may keep one of its own open. */
const DIALOG = "dialog.stackone-dialog";
const DONE = "stackone_account";

const find = (selector, root = document) => root.querySelector(selector);
const all = (selector, root = document) => [...root.querySelectorAll(selector)];
const element = () => find("stackone-connect");

/** A page of the server, with the address that it came from; throws where there is none. */
async function load(url, options = {}) {
  const response = await fetch(url, { credentials: "same-origin", ...options });
  const page = new DOMParser().parseFromString(await response.text(), "text/html");
  const { url: from, ok, status } = response;
  return { page, url: from, ok, isDown: status >= 500, isGone: status === 404 };
}

// --- The element -------------------------------------------------------------------------------

async function open({ account, provider, multiple, heading }, label = "") {
  awaited = null;
  const fields = account ? { account_id: account } : { provider };
  if (multiple !== undefined) fields.multiple = true;
  if (label) fields.label = label;
  await customElements.whenDefined("stackone-connect");
  // This page has asked about the accounts that exist, and for a name.
  await element().open(fields, { heading, asked: true });
}

/** What the element's own button asks for: the chosen category, or another account. */
function choose() {
  const connect = element();
  if (!connect) return;
  const category = find("[name=stackone-category]:checked");
  if (category) connect.setAttribute("category", category.value);
  const another = find("[data-stackone-multiple]");
  const field = find("[data-stackone-new-label]");
  const isAnother = Boolean(another?.checked);
  if (field) field.hidden = !isAnother;
  connect.toggleAttribute("multiple", isAnother);
  connect.setAttribute("label", isAnother ? find("input", field).value.trim() : "");
}

// --- Questions ---------------------------------------------------------------------------------

/** Closes the menu that something was pressed in; what the focus goes back to afterwards. */
function leaveMenu(pressed) {
  const menu = pressed.closest("details.stackone-menu");
  if (!menu) return pressed;
  menu.open = false;
  return find("summary", menu);
}

function show(question, opener) {
  const dialog = document.createElement("dialog");
  dialog.className = "stackone-dialog";
  const title = find("h1", question);
  title.id = "stackone-dialog-title";
  dialog.setAttribute("aria-labelledby", title.id);
  dialog.append(document.adoptNode(question));
  // The element's own events are called so, too; this one does not bubble.
  dialog.addEventListener("close", () => {
    dialog.remove();
    opener.focus();
  });
  raise(dialog);
  watchLogos(dialog);
  countDown(dialog);
}

/** Shows a dialog, also one that was closed while its answer was on its way. */
function raise(dialog) {
  if (dialog.open) return;
  document.body.append(dialog);
  dialog.showModal();
}

/** Shows, while the question can't be answered again yet, how long that lasts on its button. */
function countDown(root) {
  const sentence = find("[data-stackone-limit]", root);
  const button = sentence && find("button[type=submit]", sentence.closest(QUESTION));
  if (!button) return;
  const until = performance.now() + 1000 * sentence.dataset.stackoneLimit;
  const language = document.documentElement.lang || undefined;
  const format = { style: "unit", unit: "second", unitDisplay: "short" };
  const tick = () => {
    const seconds = Math.ceil((until - performance.now()) / 1000);
    if (seconds > 0 && button.isConnected) {
      button.setAttribute("aria-disabled", "true");
      button.dataset.stackoneWait = new Intl.NumberFormat(language, format).format(seconds);
      return;
    }
    clearInterval(timer);
    button.removeAttribute("aria-disabled");
    delete button.dataset.stackoneWait;
    sentence.remove();
  };
  const timer = setInterval(tick, 1000);
  tick();
}

const dialogAround = (node) => node.closest(DIALOG);

/** The address of the question that is fetched: what was pressed last. */
let awaited = null;

/** Asks the question that the form's page asks; where there is none, connects at once. */
async function ask(form, submitter) {
  const fields = new URLSearchParams(new FormData(form));
  fields.set(submitter.name, submitter.value); // Not every browser has it among the form's.
  const url = `${form.action}?${fields}`;
  if (url === awaited) return;
  awaited = url;
  // Where nothing came, the browser says what is wrong.
  const { page, ok, isGone } = await load(url).catch(() => ({}));
  if (url !== awaited) return;
  awaited = null;
  const question = ok ? find(QUESTION, page) : null;
  if (isGone) location.reload();
  else if (!question) location.assign(url);
  else if (!find("[data-stackone-nothing]", question)) show(question, leaveMenu(submitter));
  else await open({ provider: submitter.value, heading: find("h1", question).textContent });
}

/** Sends the answer; shows the question again if it could not be done, else the page afterwards. */
async function answer(form) {
  const dialog = dialogAround(form);
  if (dialog.hasAttribute("aria-busy")) return;
  // StackOne may take its time.
  dialog.setAttribute("aria-busy", "true");
  const button = find("button[type=submit]", form);
  button.setAttribute("aria-disabled", "true");
  try {
    const body = new URLSearchParams(new FormData(form));
    const { page, url, isDown, isGone } = await load(form.action, { method: "POST", body });
    const again = find(QUESTION, page);
    if (again) {
      raise(dialog);
      find("h1", again).id = "stackone-dialog-title";
      find(QUESTION, dialog).replaceWith(document.adoptNode(again));
      countDown(dialog);
      find("[autofocus], button[type=submit]", dialog)?.focus();
    } else if (find(PARTS, page)) {
      dialog.close();
      replace(page, { force: true });
      find("[data-stackone-done]")?.focus();
    } else if (isDown) {
      throw new Error(url); // A proxy's page, in place of the server's.
    } else if (isGone) {
      location.reload();
    } else {
      location.assign(url);
    }
  } catch {
    raise(dialog);
    find("[data-stackone-offline]", dialog).hidden = false;
  } finally {
    dialog.removeAttribute("aria-busy");
    button.removeAttribute("aria-disabled");
  }
}

// --- The lists ---------------------------------------------------------------------------------

const isInUse = (part) =>
  part.contains(document.activeElement) || find("details[open], input:checked", part) !== null;

/** Puts the parts of another copy of this page in; without `force` only those not in use, and none below
 * a question, which gives the focus back to what it was asked from. */
function replace(page, { force = false } = {}) {
  if (!force && find(DIALOG)) return;
  for (const part of all(PARTS)) {
    const fresh = find(`[data-stackone-part="${part.dataset.stackonePart}"]`, page);
    if (!fresh || fresh.innerHTML === part.innerHTML || (!force && isInUse(part))) continue;
    part.replaceWith(document.adoptNode(fresh));
  }
  watchLogos();
  choose();
}

async function refresh(options) {
  if (!find(PARTS)) return;
  const { page, ok } = await load(location.href).catch(() => ({}));
  if (ok) replace(page, options);
}

/** A logo that can't be loaded leaves the monogram. */
function watchLogos(root = document) {
  for (const image of all(".stackone-tile img", root)) {
    if (image.complete && !image.naturalWidth) image.remove();
    else image.addEventListener("error", () => image.remove());
  }
}

async function learnLogos() {
  const due = find("[data-stackone-logos]");
  if (!due) return;
  const response = await fetch(due.dataset.stackoneLogos).catch(() => null);
  if (response?.ok) await refresh();
}

// --- What is pressed ---------------------------------------------------------------------------

document.addEventListener("click", (event) => {
  for (const menu of all("details.stackone-menu[open]")) {
    if (!menu.contains(event.target)) menu.open = false;
  }
  const pressed = event.target.closest?.("button[data-stackone-open], [data-stackone-close]");
  if (!pressed) return;
  const dialog = dialogAround(pressed);
  if ("stackoneClose" in pressed.dataset) {
    if (!dialog) return;
    event.preventDefault();
    dialog.close();
  } else {
    dialog?.close();
    leaveMenu(pressed).focus();
    open(pressed.dataset);
  }
});

/** What is done in place of sending a form; `null` for a form that is sent. */
function insteadOf(form, submitter) {
  if (submitter && "stackoneWait" in submitter.dataset) return () => {};
  // Without a submitter, as of an older browser, nobody knows what was pressed.
  if ("stackoneAsk" in form.dataset) return submitter ? () => ask(form, submitter) : null;
  if ("stackoneOpen" in form.dataset) {
    return () => {
      dialogAround(form)?.close();
      open(form.dataset, find("[name=label]", form).value.trim());
    };
  }
  return form.method === "post" && dialogAround(form) ? () => answer(form) : null;
}

// Before whoever sends the forms of a page itself, such as htmx where it boosts one.
document.addEventListener(
  "submit",
  (event) => {
    const act = insteadOf(event.target, event.submitter);
    if (!act) return;
    event.preventDefault();
    event.stopPropagation();
    act();
  },
  { capture: true },
);

document.addEventListener("keydown", (event) => {
  const menu = event.key === "Escape" && event.target.closest?.("details.stackone-menu[open]");
  if (!menu) return;
  menu.open = false;
  find("summary", menu).focus();
});

/** What a press of these opens takes a while to load, so it begins before. */
const OPENERS = "[data-stackone-open], .stackone-provider";

for (const name of ["pointerover", "focusin"]) {
  document.addEventListener(name, (event) => {
    if (event.target.closest?.(OPENERS)) element()?.prefetch?.();
  });
}

document.addEventListener("input", choose);
// A browser that comes back to a page restores what was chosen, after scripts and without an event.
window.addEventListener("pageshow", choose);
document.addEventListener("click", choose, { capture: true });
document.addEventListener("stackone-connect:completed", () => refresh({ force: true }));
for (const name of ["failed", "closed"]) {
  document.addEventListener(`stackone-connect:${name}`, () => refresh());
}
document.addEventListener("visibilitychange", () => document.hidden || refresh());
setInterval(() => document.hidden || find(DIALOG) || refresh(), REFRESH_EVERY);

// --- The page that is shown --------------------------------------------------------------------

let shown = null;

/** Begins with a page: the browser's, or one that a framework put in place of another. */
function begin() {
  const page = find(".stackone-page") ?? document.body;
  if (page === shown) return;
  shown = page;
  // What was just done is said once.
  const address = new URL(location.href);
  if (address.searchParams.has(DONE)) {
    address.searchParams.delete(DONE);
    history.replaceState(history.state, "", address);
    find("[data-stackone-done]")?.focus();
  }
  watchLogos();
  countDown(document);
  choose();
  learnLogos();
}

new MutationObserver(begin).observe(document, { childList: true, subtree: true });
begin();

// The Integrations page around <stackone-connect>: what is linked, what happened, and what can be done
// with each account. The element does the connecting; this page lists what the server says.

import { drawAccounts, drawSessions, element } from "./lists.js";

const SESSIONS_SHOWN = 6;
/** Milliseconds. */
const PATIENCE = 8_000;

const connect = document.querySelector("stackone-connect");
const find = (id) => document.getElementById(id);

let accounts = [];
let drawn = "";

function say(text, tone = "neutral", action = null) {
  const notice = element("p", { class: `notice ${tone}` }, text, " ", action);
  find("accounts-status").replaceChildren(...(text ? [notice] : []));
}

function button(text, onClick) {
  const node = element("button", { type: "button", class: "link" }, text);
  node.addEventListener("click", onClick);
  return node;
}

async function refresh() {
  try {
    const [linked, sessions] = await Promise.all([
      connect.call("GET", "accounts/"),
      connect.call("GET", "connect-sessions/"),
    ]);
    draw(linked.results, sessions.results.slice(0, SESSIONS_SHOWN));
    if (find("accounts-status").querySelector("[data-unread]")) say("");
  } catch (error) {
    const again = button("Try again", refresh);
    again.dataset.unread = "";
    say(connect.sentence(error), "bad", again);
    for (const list of [find("accounts"), find("sessions")]) {
      if (!drawn) list.replaceChildren(element("p", { class: "empty" }, "Not known at the moment."));
    }
  }
}

/** What is as before is left alone, and with it whatever has the focus there. */
function draw(linked, sessions) {
  const next = JSON.stringify([linked, sessions]);
  if (next === drawn) return;
  drawn = next;
  accounts = linked;
  drawAccounts(find("accounts"), accounts);
  drawSessions(find("sessions"), sessions, accounts, (code) => connect.sentence(code));
}

/** Asks in a dialog, and answers whether it was meant. */
function confirmed(name) {
  const dialog = find("disconnect");
  find("disconnect-title").textContent = `Disconnect ${name}?`;
  dialog.returnValue = "keep";
  dialog.showModal();
  return new Promise((resolve) => {
    const answer = () => resolve(dialog.returnValue === "disconnect");
    dialog.addEventListener("close", answer, { once: true });
  });
}

async function disconnect(id, name) {
  if (!(await confirmed(name))) return;
  say(`Disconnecting ${name}…`);
  try {
    const left = await connect.call("DELETE", `accounts/${encodeURIComponent(id)}/`);
    const text = left
      ? `${name} is no longer used here. StackOne does not answer just now and will be told again.`
      : `${name} is disconnected.`;
    say(text, left ? "warn" : "good");
  } catch (error) {
    say(connect.sentence(error), "bad");
  }
  await refresh();
  find("accounts-status").focus();
}

for (const radio of document.getElementsByName("category")) {
  radio.addEventListener("change", () => connect.setAttribute("category", radio.value));
}

document.addEventListener("click", ({ target }) => {
  const pressed = target.closest("[data-provider], [data-reconnect], [data-another], [data-disconnect]");
  if (!pressed) return;
  const { provider, reconnect, another, disconnect: id, name } = pressed.dataset;
  if (provider) connect.open({ provider }, { heading: `Connect ${pressed.textContent}` });
  if (reconnect) connect.open({ account_id: reconnect }, { heading: `Reconnect ${name}` });
  if (another) {
    connect.open({ provider: another, multiple: true }, { heading: `Add another ${name} account` });
  }
  if (id) disconnect(id, name);
});

for (const name of ["issued", "completed", "failed", "closed"]) {
  connect.addEventListener(`stackone-connect:${name}`, refresh);
}

// Coming back from StackOne's hosted page or another tab, the lists may have changed.
document.addEventListener("visibilitychange", () => {
  if (document.visibilityState === "visible") refresh();
});

const late = setTimeout(() => {
  say("A part of this page did not load.", "bad", button("Reload the page", () => location.reload()));
}, PATIENCE);
await customElements.whenDefined("stackone-connect");
clearTimeout(late);
// The browser may remember the choice of a page that is reloaded.
document.querySelector("[name=category]:checked").dispatchEvent(new Event("change"));
refresh();

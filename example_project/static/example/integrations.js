// The Integrations page: asks our server for a session, opens the hub with it, and believes only
// what our server confirms afterwards.

import { ApiError, call } from "./api.js";
import { loadHub, makeHub } from "./hub.js";
import { drawAccounts, drawSessions, element } from "./lists.js";
import { EXPECTATION, providerName, result, sentence } from "./words.js";

const WARN_BEFORE = 120_000;
const WATCH_EVERY = 4_000;
const SESSIONS_SHOWN = 6;

const find = (id) => document.getElementById(id);
const { dataset } = find("connect");
const panel = find("panel");
const panelBody = find("panel-body");

let accounts = [];
let opening = false;
/** The session whose panel is on screen: `{request, title, session, timers}`. */
let current = null;

function say(text, tone = "neutral", action = null) {
  find("status").replaceChildren(
    text ? element("p", { class: `notice ${tone}` }, text, " ", action) : "",
  );
}

function button(text, onClick) {
  const node = element("button", { type: "button", class: "link" }, text);
  node.addEventListener("click", onClick);
  return node;
}

async function refresh() {
  try {
    const [linked, sessions] = await Promise.all([
      call("GET", dataset.accountsApi),
      call("GET", dataset.api),
    ]);
    accounts = linked.results;
    drawAccounts(find("accounts"), accounts);
    drawSessions(find("sessions"), sessions.results.slice(0, SESSIONS_SHOWN), accounts);
  } catch (error) {
    say(sentence(error), "bad", button("Try again", refresh));
  }
}

/** Asks for a session and shows the hub; a second press while the first is under way does nothing. */
async function open(request, title) {
  if (opening) return;
  setOpening(true);
  say("Asking StackOne for a session…");
  try {
    const session = await call("POST", dataset.api, request);
    const hub = await hubFor(session, request);
    close();
    show({ request, title, session }, hub);
    say("");
  } catch (error) {
    say(sentence(error), "bad", button("Try again", () => open(request, title)));
  } finally {
    setOpening(false);
    refresh();
  }
}

function setOpening(value) {
  opening = value;
  document.body.toggleAttribute("data-opening", value);
  document.querySelector("#connect-form button").setAttribute("aria-disabled", String(value));
}

/** The hub where its script is installed and loads; else the way to StackOne's hosted page. */
async function hubFor(session, request) {
  const { hubScript, hubBaseUrl: baseUrl, hubAppUrl: appUrl } = dataset;
  try {
    if (!hubScript) return hostedPage(session);
    await loadHub(hubScript);
  } catch {
    return hostedPage(session);
  }
  const hub = makeHub({ token: session.token, baseUrl, appUrl, accountId: request.account_id });
  hub.addEventListener("success", (event) => complete(session, event.detail));
  hub.addEventListener("close", () => close({ focus: true }));
  return hub;
}

function hostedPage(session) {
  const link = element(
    "a",
    { class: "button", href: session.auth_link_url, target: "_blank", rel: "noopener" },
    "Open StackOne’s page",
  );
  return element(
    "div",
    { class: "hosted" },
    element(
      "p",
      {},
      "StackOne’s hosted page opens in a new tab. The account is listed here as soon as StackOne reports it.",
    ),
    element("p", {}, session.auth_link_url ? link : "This server does not offer it."),
  );
}

function show(next, content) {
  const { session } = next;
  current = next;
  find("panel-title").textContent = next.title;
  find("panel-path").textContent = EXPECTATION[session.path] ?? "";
  find("panel-close").textContent = "Cancel";
  panelBody.replaceChildren(content);
  panel.hidden = false;
  find("panel-title").focus();
  panel.scrollIntoView({ block: "nearest" });

  // Counted from now and not by the browser's clock, which may be wrong.
  const lifetime = Date.parse(session.expires_at) - Date.parse(session.created_at);
  const warnAt = Math.max(lifetime - WARN_BEFORE, lifetime / 2);
  current.timers = [
    setTimeout(() => offerRenewal("This session ends soon."), warnAt),
    setTimeout(() => offerRenewal("This session has ended."), lifetime),
  ];
  if (content.matches(".hosted")) {
    current.timers.push(setInterval(() => watch(session), WATCH_EVERY));
  }
}

/** The hosted page tells this one nothing; our server hears of the account from StackOne. */
async function watch(session) {
  const seen = await call("GET", `${dataset.api}${session.id}/`).catch(() => session);
  if (seen.status !== "completed" || current?.session !== session) return;
  close();
  await refresh();
  say(result(seen, providerName(seen.provider, accounts)), "good");
}

/** Only offered: a new session is a new form, and what was typed would be lost. */
function offerRenewal(text) {
  find("renewal").firstElementChild.textContent = `${text} A fresh one starts with an empty form.`;
  find("renewal").hidden = false;
}

function close({ focus = false } = {}) {
  current?.timers.forEach(clearTimeout);
  current = null;
  panelBody.replaceChildren();
  panel.hidden = true;
  find("renewal").hidden = true;
  if (focus) document.querySelector("#connect-form button").focus();
}

/** The hub's word is a hint: the server asks StackOne, and only its answer is shown. */
async function complete(session, detail) {
  if (current?.session !== session || current.completing) return;
  current.completing = true;
  current.timers.forEach(clearTimeout);
  find("renewal").hidden = true;
  say("Checking with StackOne…");
  try {
    if (!detail?.id) throw new ApiError("no_account");
    const confirmed = await call("POST", `${dataset.api}${session.id}/complete/`, {
      account_id: String(detail.id),
    });
    await refresh();
    if (current?.session === session) find("panel-path").textContent = "";
    const tone = confirmed.status === "completed" ? "good" : "warn";
    say(result(confirmed, providerName(detail.provider, accounts)), tone);
  } catch (error) {
    say(sentence(error), "bad", button("Check again", () => complete(session, detail)));
  } finally {
    if (current?.session === session) current.completing = false;
    find("panel-close").textContent = "Done";
  }
}

find("connect-form").addEventListener("submit", (event) => {
  event.preventDefault();
  const category = new FormData(event.target).get("category");
  open(category ? { category } : {}, "Choose a system");
});

find("panel-close").addEventListener("click", () => close({ focus: true }));
find("renew").addEventListener("click", () => open(current.request, current.title));

document.addEventListener("click", ({ target }) => {
  const pressed = target.closest("[data-provider], [data-reconnect], [data-another]");
  if (!pressed) return;
  const { provider, reconnect, another, name } = pressed.dataset;
  if (provider) open({ provider }, `Connect ${pressed.textContent}`);
  if (reconnect) open({ account_id: reconnect }, `Reconnect ${name}`);
  if (another) open({ provider: another, multiple: true }, `Add another ${name} account`);
});

// Coming back from StackOne's hosted page or another tab, the lists may have changed.
document.addEventListener("visibilitychange", () => {
  if (document.visibilityState === "visible") refresh();
});

refresh();

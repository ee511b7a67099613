// The linked accounts and the recent sessions, drawn from what the API answers.

import { OUTCOME, PATH, SESSION_STATUS, accountStatus, providerName, when } from "./words.js";

/** An element with attributes and children; texts are never read as HTML. */
export function element(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value !== null && value !== undefined) node.setAttribute(name, value);
  }
  node.append(...children.filter((child) => child !== null && child !== undefined && child !== ""));
  return node;
}

const pill = ([text, tone]) => element("span", { class: `pill ${tone}` }, text);
const time = (iso) => element("time", { datetime: iso }, when(iso));
const empty = (text) => element("p", { class: "empty" }, text);

export function drawAccounts(place, accounts) {
  if (!accounts.length) {
    place.replaceChildren(empty("Nothing is connected yet."));
    return;
  }
  place.replaceChildren(element("ul", { class: "accounts" }, ...accounts.map(accountRow)));
}

function accountRow(account) {
  const name = account.provider_name || account.provider;
  const facts = [account.label, account.categories.join(", ").toUpperCase()].filter(Boolean);
  const actions = [
    ["Reconnect", { "data-reconnect": account.account_id }],
    ["Add another", { "data-another": account.provider }],
    ["Disconnect", { "data-disconnect": account.account_id }],
  ].map(([text, data]) =>
    element(
      "button",
      {
        type: "button",
        class: data["data-reconnect"] && account.needs_reconnect ? null : "quiet",
        "data-name": name,
        "aria-label": `${text}: ${name}`,
        ...data,
      },
      text,
    ),
  );
  return element(
    "li",
    { "data-account": account.account_id },
    element("span", { class: "monogram", "aria-hidden": "true" }, name.slice(0, 1).toUpperCase()),
    element(
      "div",
      { class: "what" },
      element("h3", {}, name, " ", pill(accountStatus(account.status))),
      element("p", {}, facts.join(" · "), facts.length ? " · " : "", "Linked ", time(account.linked_at)),
      element("p", { class: "id" }, account.account_id),
      ...reasons(account),
    ),
    element("div", { class: "actions" }, ...actions),
  );
}

function reasons(account) {
  return (account.status_reasons ?? [])
    .map((reason) => reason.description || reason.code)
    .filter(Boolean)
    .map((text) => element("p", { class: "reason" }, text));
}

/** `sentence` puts an error code into words. */
export function drawSessions(place, sessions, accounts, sentence) {
  if (!sessions.length) {
    place.replaceChildren(empty("No sessions yet."));
    return;
  }
  const heads = ["When", "Who", "System", "Path", "Outcome", "Status"];
  const rows = sessions.map((session) => {
    const cells = [
      time(session.created_at),
      session.requested_by || "—",
      systemOf(session, accounts),
      PATH[session.path] ?? session.path,
      OUTCOME[session.outcome] ?? "—",
      element("span", {}, pill(SESSION_STATUS[session.status] ?? [session.status, "neutral"]), trouble(session, sentence)),
    ];
    return element(
      "tr",
      { "data-session": session.id },
      ...cells.map((cell, index) => element("td", { "data-label": heads[index] }, cell)),
    );
  });
  place.replaceChildren(
    element(
      "table",
      {},
      element("thead", {}, element("tr", {}, ...heads.map((head) => element("th", { scope: "col" }, head)))),
      element("tbody", {}, ...rows),
    ),
  );
}

function systemOf(session, accounts) {
  if (session.provider) return providerName(session.provider, accounts);
  const account = accounts.find(({ account_id: id }) => id === session.account_id);
  if (account) return account.provider_name || account.provider;
  return session.categories.length ? `Any ${session.categories.join(", ").toUpperCase()}` : "Any";
}

/** Why a session failed, or how the attempt in the provider's own window ended. */
function trouble(session, sentence) {
  const attempt = session.last_attempt?.status;
  const text =
    (session.error_code && sentence(session.error_code)) ||
    (attempt === "error" && `The provider refused: ${session.last_attempt.code || "no reason given"}`) ||
    (attempt === "cancelled" && "Cancelled in the provider’s window");
  return text ? element("small", {}, text) : null;
}

// Every word the page says about a session, an account or a failure.

const ERRORS = {
  invalid: "That choice is not accepted here.",
  not_authenticated: "You have been signed out. Reload the page to sign in again.",
  permission_denied: "You are not allowed to connect accounts. Ask your administrator.",
  no_organization: "You are not in an organization. Ask your administrator to add you.",
  not_found: "This session no longer exists. Start a new one.",
  account_not_found: "That account is no longer linked to your organization.",
  conflict: "That account does not fit this session. What StackOne holds is listed below.",
  throttled: "That was a lot of attempts in a short time.",
  stackone_rejected: "StackOne does not accept this choice. Pick another system.",
  stackone_misconfigured:
    "Connecting is not set up correctly on our side. Our team has to mend this; please tell support.",
  stackone_bad_answer: "StackOne answered with something we cannot use. Try again in a while.",
  stackone_rate_limited: "StackOne is busy.",
  stackone_unavailable: "StackOne cannot be reached at the moment.",
  offline: "The server cannot be reached. Check your connection and try again.",
  abandoned: "The server was stopped before StackOne answered.",
  no_account: "The hub finished without saying which account it connected. Start again.",
};

export function sentence(error) {
  const known = ERRORS[error.code] ?? "Something went wrong on our side. Try again in a while.";
  const details = Object.values(error.errors ?? {}).flat();
  const wait = error.retryAfter && `Please wait ${plural(error.retryAfter, "second")}.`;
  return [known, ...details, wait].filter(Boolean).join(" ");
}

export const failure = (code) => ERRORS[code] ?? code;

export const PATH = {
  create: "Create",
  update: "Update",
  multiple: "Add another",
  undetermined: "Undetermined",
};

export const EXPECTATION = {
  create: "This adds a new account.",
  update: "This updates the account you already have.",
  multiple: "This adds another account and leaves the existing ones as they are.",
  undetermined: "Whether this adds or updates an account depends on the system you choose.",
};

export const OUTCOME = { create: "Created", update: "Updated", multiple: "Added another" };

export const SESSION_STATUS = {
  pending: ["Starting", "neutral"],
  issued: ["Waiting", "neutral"],
  completed: ["Completed", "good"],
  failed: ["Failed", "bad"],
  expired: ["Expired", "neutral"],
};

const ACCOUNT_STATUS = {
  active: ["Active", "good"],
  error: ["Needs reconnecting", "bad"],
  expired: ["Test ended", "neutral"],
  inactive: ["Inactive", "neutral"],
  suspended: ["Suspended", "warn"],
  archived: ["Archived", "neutral"],
};

/** StackOne may add statuses; one we have no word for is shown as it is. */
export const accountStatus = (status) => ACCOUNT_STATUS[status] ?? [status, "neutral"];

/** What a confirmed session did, as the server says it. */
export function result(session, name) {
  if (session.status !== "completed") return "StackOne hasn’t confirmed a change yet.";
  return {
    create: `${name} is connected.`,
    update: `${name} is up to date.`,
    multiple: `Another ${name} account is connected.`,
  }[session.outcome] ?? `${name} is confirmed.`;
}

/** `bamboohr` as people write it, as far as the accounts or the page's own buttons tell. */
export const providerName = (provider, accounts = []) =>
  accounts.find((account) => account.provider === provider)?.provider_name ||
  document.querySelector(`[data-provider="${CSS.escape(provider)}"]`)?.textContent ||
  provider;

export const plural = (count, word) => `${count} ${word}${count === 1 ? "" : "s"}`;

const WHEN = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "short" });
export const when = (iso) => WHEN.format(new Date(iso));

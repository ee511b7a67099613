// What the lists say. What is said of a session under way is <stackone-connect>'s.

export const PATH = {
  create: "Create",
  update: "Update",
  multiple: "Add another",
  undetermined: "Undetermined",
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

/** `bamboohr` as people write it, as far as the accounts or the page's own buttons tell. */
export const providerName = (provider, accounts = []) =>
  accounts.find((account) => account.provider === provider)?.provider_name ||
  document.querySelector(`[data-provider="${CSS.escape(provider)}"]`)?.textContent ||
  provider;

const WHEN = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "short" });
export const when = (iso) => WHEN.format(new Date(iso));

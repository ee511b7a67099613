// Every text that is shown, by its key. What stands in braces is filled in when it is shown.

export const en = {
  // What can be pressed.
  connect: "Connect",
  cancel: "Cancel",
  done: "Done",
  try_again: "Try again",
  check_again: "Check again",
  start_again: "Start again",
  reload: "Reload the page",
  sign_in: "Sign in again",
  open_page: "Open StackOne’s page",

  // Above the form.
  title_any: "Connect an account",
  title_connect: "Connect {name}",
  title_reconnect: "Reconnect {name}",
  title_another: "Add another {name} account",

  // Under way.
  asking: "Asking StackOne for a session…",
  asking_still: "Still waiting for StackOne. This may take a few seconds more.",
  loading_form: "Loading the form…",
  loading_form_still: "Still loading the form. Your connection seems to be slow.",
  checking: "Checking with StackOne…",
  ends_soon: "This session ends soon. A fresh one starts with an empty form.",
  ended: "This session has ended. A fresh one starts with an empty form.",
  refused: "StackOne ended this session early. A fresh one starts with an empty form.",

  // StackOne's own page, in place of its form.
  hosted: "StackOne’s page opens in a new tab. Come back here when you are done.",
  hosted_missing: "StackOne’s form could not be loaded. Its own page does the same, in a new tab.",
  hosted_crashed: "StackOne’s form stopped working. Its own page does the same, in a new tab.",
  hosted_modal: "StackOne’s form does not work in this dialog. Its own page opens in a new tab.",

  // Before another form opens: what is connected, and what is to become of it.
  exists_one: "{name} is already connected. Do you want to update that account?",
  exists_many: "{name} is already connected. Which account do you want to update?",
  exists_one_or_add: "{name} is already connected. Update that account, or add another?",
  exists_many_or_add: "{name} is already connected. Update one of these accounts, or add another?",
  update: "Update {name}",
  add_another: "Add another",
  label: "Name of the other account",
  label_help: "So that you can tell it from the first, such as “Payroll UK”.",
  at_stake: "Already connected: {names}. If you choose one of them here, its credentials are replaced.",
  and_more: "{count} more",

  // What a session is expected to do, before it has done it.
  path_create: "This adds a new account.",
  path_update: "This updates the account you already have.",
  path_multiple: "This adds another account and leaves the existing ones as they are.",
  path_undetermined: "Whether this adds or updates an account depends on the system you choose.",

  // What it did, as the server confirmed it.
  outcome_create: "{name} is connected.",
  outcome_update: "{name} is updated.",
  outcome_multiple: "Another {name} account is connected.",
  outcome_reconnect: "{name} is connected again.",
  outcome_unknown: "{name} is confirmed.",
  unconfirmed: "StackOne hasn’t confirmed a change yet.",

  // How accounts are called.
  the_account: "The account",
  name_label: "{name} ({label})",
  name_since: "{name} (connected {date})",

  // How the provider's own window ended.
  window_closed: "The provider’s window was closed, so nothing was connected.",
  window_lost: "If you have closed the provider’s window, nothing was connected.",
  window_blocked: "Your browser blocked the provider’s window. Allow pop-ups for this page.",
  window_denied: "Access was not granted in the provider’s window, so nothing was connected.",
  window_refused: "The provider refused to connect ({code}), so nothing was connected.",
  window_cancelled: "Connecting was cancelled, so nothing was connected.",
  window_timed_out: "The provider’s window was open for too long, so nothing was connected.",

  // The API's error codes.
  invalid: "That choice is not accepted here.",
  not_authenticated: "You have been signed out.",
  permission_denied: "You are not allowed to do this. Ask your administrator.",
  no_organization: "You are not in an organization. Ask your administrator to add you.",
  not_found: "This session no longer exists. Start a new one.",
  account_not_found: "That account is no longer linked to your organization.",
  conflict: "That account does not fit this session. Start a new one.",
  throttled: "That was a lot of attempts in a short time.",
  stackone_rejected: "StackOne does not accept this choice. Pick another system.",
  stackone_misconfigured:
    "Connecting is not set up correctly on our side. Our team has to fix this; please tell support.",
  stackone_bad_answer: "StackOne answered with something we cannot use. Try again in a while.",
  stackone_rate_limited: "StackOne is busy.",
  stackone_unavailable: "StackOne cannot be reached at the moment.",
  unavailable: "The server is busy.",
  abandoned: "The server was stopped before StackOne answered.",
  method_not_allowed: "This page and the server do not fit together. Reload the page.",
  not_acceptable: "This page and the server do not fit together. Reload the page.",
  unsupported_media_type: "This page and the server do not fit together. Reload the page.",

  // What only the browser can know.
  offline: "The server cannot be reached. Check your connection and try again.",
  timeout: "The server did not answer in time. Try again in a while.",
  unreadable: "The server answered with something this page cannot read. Reload the page.",
  csrf: "This page is out of date. Reload it and try again.",
  no_account: "StackOne’s form finished without saying which account it connected.",
  hub_missing: "StackOne’s form could not be loaded. Check your connection and try again.",
  unknown: "Something went wrong on our side. Try again in a while.",
  wait: "Please wait {time}.",
};

export type MessageKey = keyof typeof en;
/** The texts of one language, all of them. */
export type Catalogue = Record<MessageKey, string>;
